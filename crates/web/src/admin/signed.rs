//! An operator who is signed in, as an argument of handlers: without it no handler knows who asks.
//!
//! *Threat:* a session that was ended, or a role that was taken away, goes on being used. *Defence:* both are read anew for each
//! request, and so are the workspace that the session works in and the role there; the use cases check what the operator may do.
//! *Not defended:* see `connection` and `csrf`.

use std::pin::Pin;

use actix_web::error::InternalError;
use actix_web::{Error, FromRequest, HttpRequest, dev};
use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Scope, ScopeSet};
use devhub_domain::id::{KeyId, OperatorId, WorkspaceId};
use devhub_domain::operators::{Membership, Role, SignedIn};
use devhub_domain::secret::Secret;
use devhub_domain::workspaces::{Workspace, WorkspaceStatus};
use devhub_sandbox::Sandbox;

use super::components::{Account, Alert, Elsewhere, Shell, Tone};
use super::cookies::Name;
use super::csrf;
use super::fields::Fields;
use super::menu::{self, Place};
use super::next::sign_in_then;
use super::notice::Notice;
use super::second_factor;
use super::visit::Visit;
use crate::blocking;
use crate::middleware::Record;
use crate::problem_body::Problem;
use crate::request::Incoming;
use crate::services::Services;

/// An operator who is signed in.
pub(super) struct Signed {
    pub(super) visit: Visit,
    pub(super) who: SignedIn,
    /// The workspace that the session works in.
    pub(super) workspace: Workspace,
    /// Where else the operator could work, and where it does: first where it is at home.
    pub(super) memberships: Vec<Membership>,
    notice: Option<Alert>,
}

/// A form that an operator has sent from a page of ours, of the workspace that it works in.
pub(super) struct Submitted {
    pub(super) signed: Signed,
    pub(super) fields: Fields,
}

/// The same, whatever workspace its page was of: for what means the session itself.
pub(super) struct SubmittedAnywhere(pub(super) Submitted);

/// What an extractor answers with, once the body is there.
type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

/// Checks which page a form came from.
type CheckForm = fn(&Signed, &str) -> Result<(), Problem>;

impl Signed {
    /// Finds out who asks. `wanted` is where the browser is led back to when somebody has to sign in first.
    pub(super) async fn of(mut visit: Visit, wanted: &str) -> Result<Self, Error> {
        let Some(token) = visit.session().map(Secret::new) else {
            return Err(sign_in_first(visit, wanted));
        };
        let (services, notice) = (visit.services.clone(), visit.notice);
        let found = blocking::run(move || {
            let Some(who) = services.pages.sessions.find(token.expose())? else {
                return Ok::<_, Problem>(None);
            };
            let workspace_id = who.operator.workspace_id;
            let workspace = services.workspaces.find(workspace_id)?;
            let workspace = workspace.ok_or_else(|| Problem::internal("the workspace of a session is missing"))?;
            let said = |notice: Notice| {
                notice.alert(&label(&services, workspace_id, notice.key_id()), services.pages.kept_for)
            };
            let notice = notice.map(said);
            let lacks_factor = second_factor::is_missing(&services.pages, who.operator.id)?;
            let memberships = services.pages.sessions.memberships(who.operator.id)?;
            Ok(Some((who, workspace, memberships, notice, lacks_factor)))
        });
        let Some((who, workspace, memberships, notice, lacks_factor)) = found.await? else {
            // A token of no session costs a read: whoever shows many is made to wait, as with keys.
            if let Some(wait) = visit.services.rates.record_failure(visit.client().address) {
                return Err(Problem::rate_limited(wait).into());
            }
            visit.remove(Name::Session);
            return Err(sign_in_first(visit, wanted));
        };
        if let Some(touch) = visit.services.pages.sessions.touch(&who) {
            // Nobody waits for it, and a use that is not noted is noted by the next one.
            touch.enqueue(|_| {});
        }
        if lacks_factor && !second_factor::is_open_without(visit.path()) {
            let answer = visit.see_other(second_factor::PATH);
            return Err(InternalError::from_response("a second factor is required", answer).into());
        }
        Ok(Self { visit, who, workspace, memberships, notice })
    }

    /// Has the log name who asked.
    pub(super) fn note(&self, req: &HttpRequest) {
        Record { operator_id: Some(self.operator_id()), ..Record::default() }.note(req);
    }

    /// The operator as one who asks for changes.
    pub(super) fn asker(&self) -> Asker {
        self.who.asker().at(self.visit.client().address)
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

    /// The sandbox.
    ///
    /// # Errors
    /// Where it is off, nothing has its addresses.
    pub(super) fn sandbox(&self) -> Result<Sandbox, Problem> {
        self.visit.services.sandbox.clone().ok_or_else(Problem::route_not_found)
    }

    /// Whether the operator is an owner of the first workspace: those answer for the hub.
    pub(super) fn is_owner_of_hub(&self) -> bool {
        self.role_in_first() == Some(Role::Owner)
    }

    /// Whether the operator is an owner or admin of the first workspace, wherever the session works: what is of the whole hub is theirs.
    pub(super) fn manages_hub(&self) -> bool {
        self.role_in_first().is_some_and(|role| role.manages(Role::Admin))
    }

    /// Whether the operator works in the first workspace, whose the hub itself is.
    pub(super) fn is_of_hub(&self) -> bool {
        self.role_in_first().is_some()
    }

    fn role_in_first(&self) -> Option<Role> {
        self.memberships.iter().find(|membership| self.is_first(membership)).map(|membership| membership.role)
    }

    fn is_first(&self, membership: &Membership) -> bool {
        membership.workspace_id == self.visit.services.pages.workspace_id()
    }

    /// What the forms of this page carry.
    pub(super) fn form_token(&self) -> String {
        // The release before knows the first workspace alone: while its nodes go on beside this one, a form of either is taken by the
        // other.
        match &self.memberships[..] {
            [only] if self.is_first(only) => self.form_token_anywhere(),
            _ => csrf::masked(&self.who.token.csrf_in(self.workspace_id()), &*self.visit.services.entropy),
        }
    }

    /// What forms carry that are taken in whatever workspace.
    fn form_token_anywhere(&self) -> String {
        csrf::masked(&self.who.token.csrf(), &*self.visit.services.entropy)
    }

    /// Checks that a form came from a page of this session and this workspace.
    ///
    /// # Errors
    /// Says that the workspace was left meanwhile, where the page was of another one in which the operator works.
    pub(super) fn check_form(&self, carried: &str) -> Result<(), Problem> {
        match self.origin_of_form(carried) {
            Some(origin) if origin.workspace_id == self.workspace_id() => Ok(()),
            Some(origin) => {
                tracing::warn!(operator.id = %self.operator_id(), "a form of a workspace that was left was refused");
                Err(Problem::workspace_switched(&origin.name, &self.workspace.name))
            }
            None => {
                tracing::warn!(operator.id = %self.operator_id(), "a form of another page or session was refused");
                Err(Problem::form_expired())
            }
        }
    }

    /// Checks that a form came from any page of this session, in whatever workspace.
    fn check_form_anywhere(&self, carried: &str) -> Result<(), Problem> {
        let is_of_session =
            self.origin_of_form(carried).is_some() || self.who.token.has_csrf(csrf::unmasked(carried).expose());
        if is_of_session { Ok(()) } else { Err(Problem::form_expired()) }
    }

    /// The workspace whose page a form came from; `None` when it was none of this session.
    fn origin_of_form(&self, carried: &str) -> Option<&Membership> {
        let value = csrf::unmasked(carried);
        let (token, carried) = (&self.who.token, value.expose());
        let is_of = |membership: &&Membership| {
            token.has_csrf_in(membership.workspace_id, carried) || self.is_first(membership) && token.has_csrf(carried)
        };
        self.memberships.iter().find(is_of)
    }

    /// The workspaces that the operator may go to.
    fn elsewhere(&self) -> Vec<Elsewhere> {
        let others = self.memberships.iter().filter(|membership| membership.workspace_id != self.workspace_id());
        let elsewhere = |membership: &Membership| Elsewhere {
            id: membership.workspace_id.to_string(),
            name: membership.name.to_string(),
            role: membership.role.as_str(),
        };
        others.map(elsewhere).collect()
    }

    /// What stands around a page.
    pub(super) fn shell(&self, title: impl Into<String>, place: Place) -> Shell {
        let operator = &self.who.operator;
        let title = title.into();
        let suspended = (self.workspace.status == WorkspaceStatus::Suspended).then(suspended);
        Shell {
            // First in the title: it is what a screen reader reads first.
            title: self.notice.as_ref().map_or_else(|| title.clone(), |notice| format!("{} {title}", notice.title)),
            nav: menu::sections(place, self.visit.services.sandbox.as_ref()),
            workspace: self.workspace.name.to_string(),
            elsewhere: self.elsewhere(),
            account: Account { email: operator.email.as_str().to_owned(), role: operator.role.as_str().to_owned() },
            token: self.form_token_anywhere(),
            notice: self.notice.clone().or(suspended),
            assets: self.visit.links(),
        }
    }
}

fn suspended() -> Alert {
    Alert {
        tone: Tone::Warn,
        title: "This workspace is suspended".to_owned(),
        text: "All of its keys are refused until it is active again.".to_owned(),
    }
}

/// Sends the browser to where one signs in.
fn sign_in_first(visit: Visit, wanted: &str) -> Error {
    let path = sign_in_then(wanted);
    let answer =
        if wanted.is_empty() { visit.see_other_with(&path, Notice::SignInAgain) } else { visit.see_other(&path) };
    InternalError::from_response("nobody is signed in", answer).into()
}

/// What people call the key that a notice is about. What cannot be found must not keep the page from being shown.
fn label(services: &Services, workspace_id: WorkspaceId, id: Option<KeyId>) -> String {
    let key = id.and_then(|id| services.keys.find(workspace_id, id).ok());
    key.map_or_else(|| "The key".to_owned(), |key| key.label.to_string())
}

impl Submitted {
    async fn checked(visit: Visit, req: &HttpRequest, body: &[u8], check: CheckForm) -> Result<Self, Error> {
        let fields = Fields::parse(body);
        // What was typed is gone when nobody is signed in, and there is no page to lead back to: it is said.
        let signed = Signed::of(visit, "").await?;
        signed.note(req);
        check(&signed, fields.text("token"))?;
        Ok(Self { signed, fields })
    }

    /// Waits for the body of a form, then does so.
    fn extract(req: &HttpRequest, payload: &mut dev::Payload, check: CheckForm) -> Extracted<Self> {
        let request = req.clone();
        let parts = Visit::of(req).and_then(|visit| Ok((visit, Incoming::from_request(req, payload).into_inner()?)));
        Box::pin(async move {
            let (visit, incoming) = parts?;
            // First: whoever sends it slowly would else be asked long before who it is, and go on as what it was then.
            let body = incoming.form(visit.services.limits).await.map_err(Problem::from)?;
            Self::checked(visit, &request, &body, check).await
        })
    }
}

impl FromRequest for Signed {
    type Error = Error;
    type Future = Extracted<Self>;

    fn from_request(req: &HttpRequest, _payload: &mut dev::Payload) -> Self::Future {
        let visit = Visit::of(req);
        let req = req.clone();
        Box::pin(async move {
            let signed = Self::of(visit?, req.path()).await?;
            signed.note(&req);
            Ok(signed)
        })
    }
}

impl FromRequest for Submitted {
    type Error = Error;
    type Future = Extracted<Self>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        Self::extract(req, payload, Signed::check_form)
    }
}

impl FromRequest for SubmittedAnywhere {
    type Error = Error;
    type Future = Extracted<Self>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let submitted = Submitted::extract(req, payload, Signed::check_form_anywhere);
        Box::pin(async move { submitted.await.map(Self) })
    }
}
