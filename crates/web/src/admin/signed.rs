//! An operator who is signed in, as an argument of handlers: without it no handler knows who asks.
//!
//! *Threat:* a session that was ended, or a role that was taken away, goes on being used. *Defence:* both are read anew for each
//! request, and the use cases check what the operator may do. *Not defended:* see `connection` and `csrf`.

use std::pin::Pin;

use actix_web::http::StatusCode;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse, ResponseError, dev};
use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Scope, ScopeSet};
use devhub_domain::id::{KeyId, OperatorId, WorkspaceId};
use devhub_domain::operators::SignedIn;
use devhub_domain::secret::Secret;
use devhub_domain::store::StoreError;
use devhub_domain::workspaces::Workspace;

use super::components::{Account, Alert, Shell};
use super::csrf;
use super::fields::Fields;
use super::menu::{self, Place};
use super::next::sign_in_then;
use super::visit::Visit;
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::Incoming;
use crate::services::Services;

/// An operator who is signed in.
pub(super) struct Signed {
    pub(super) visit: Visit,
    pub(super) who: SignedIn,
    pub(super) workspace: Workspace,
    notice: Option<Alert>,
}

/// A form that an operator has sent from a page of ours.
pub(super) struct Submitted {
    pub(super) signed: Signed,
    pub(super) fields: Fields,
}

/// Who sent this is not signed in: the browser is sent to where that can be done.
#[derive(Debug)]
struct SignInFirst(String);

impl std::fmt::Display for SignInFirst {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sign in first")
    }
}

impl ResponseError for SignInFirst {
    fn status_code(&self) -> StatusCode {
        StatusCode::SEE_OTHER
    }

    fn error_response(&self) -> HttpResponse {
        Visit::send_on(&self.0)
    }
}

impl Signed {
    async fn of(visit: Visit, wanted: String) -> Result<Self, Error> {
        let first = || SignInFirst(sign_in_then(&wanted));
        let token = Secret::new(visit.session().ok_or_else(first)?);
        let (services, notice) = (visit.services.clone(), visit.notice);
        let found = blocking::run(move || {
            let Some(signed_in) = services.pages.sessions.find(token.expose())? else {
                return Ok::<_, StoreError>(None);
            };
            let workspace_id = signed_in.operator.workspace_id;
            let workspace = services.workspaces.find(workspace_id)?;
            let notice = notice.map(|notice| notice.alert(&label(&services, workspace_id, notice.key_id())));
            Ok(workspace.map(|workspace| (signed_in, workspace, notice)))
        });
        let (who, workspace, notice) = found.await.map_err(Problem::from)?.ok_or_else(first)?;
        if let Some(touch) = visit.services.pages.sessions.touch(&who) {
            // Nobody waits for it, and a use that is not noted is noted by the next one.
            touch.enqueue(|_| {});
        }
        Ok(Self { visit, who, workspace, notice })
    }

    /// The operator as one who asks for changes.
    pub(super) fn asker(&self) -> Asker {
        self.who.asker()
    }

    /// All that the operator may do.
    pub(super) fn scopes(&self) -> ScopeSet {
        self.who.operator.role.scopes()
    }

    /// Whether a page offers what needs this. The use cases check again.
    pub(super) fn may(&self, scope: Scope) -> bool {
        self.scopes().contains(scope)
    }

    /// Who is signed in.
    pub(super) fn operator_id(&self) -> OperatorId {
        self.who.operator.id
    }

    /// The workspace that is administered.
    pub(super) const fn workspace_id(&self) -> WorkspaceId {
        self.workspace.id
    }

    /// What the forms of this page carry.
    pub(super) fn form_token(&self) -> String {
        csrf::masked(&self.who.token, &*self.visit.services.entropy)
    }

    /// What stands around a page.
    pub(super) fn shell(&self, title: impl Into<String>, place: Place) -> Shell {
        let operator = &self.who.operator;
        Shell {
            title: title.into(),
            nav: menu::sections(place),
            workspace: self.workspace.name.to_string(),
            account: Account { email: operator.email.as_str().to_owned(), role: operator.role.as_str().to_owned() },
            token: self.form_token(),
            notice: self.notice.clone(),
            assets: self.visit.links(),
        }
    }
}

/// What people call the key that a notice is about. What cannot be found must not keep the page from being shown.
fn label(services: &Services, workspace_id: WorkspaceId, id: Option<KeyId>) -> String {
    let key = id.and_then(|id| services.keys.find(workspace_id, id).ok());
    key.map_or_else(|| "The key".to_owned(), |key| key.label.to_string())
}

impl FromRequest for Signed {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, _payload: &mut dev::Payload) -> Self::Future {
        let visit = Visit::of(req);
        let wanted = req.uri().path_and_query().map_or_else(String::new, ToString::to_string);
        Box::pin(async move { Self::of(visit?, wanted).await })
    }
}

impl FromRequest for Submitted {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let parts = Visit::of(req).and_then(|visit| Ok((visit, Incoming::from_request(req, payload).into_inner()?)));
        Box::pin(async move {
            let (visit, incoming) = parts?;
            // What was typed is gone by then: the page that comes after signing in is where everything begins.
            let signed = Signed::of(visit, String::new()).await?;
            let body = incoming.form(signed.visit.services.limits).await.map_err(Problem::from)?;
            let fields = Fields::parse(&body);
            if csrf::is_of(&signed.who.token, fields.text("token")) {
                Ok(Self { signed, fields })
            } else {
                Err(Problem::form_expired().into())
            }
        })
    }
}
