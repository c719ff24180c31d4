//! What cannot be done, as a page: the statuses of what only pages can fail with, and how every problem is drawn for people.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::ApiKey;
use devhub_domain::operators::{OperatorError, SignInError};
use devhub_domain::reference::DocumentError;
use devhub_domain::time::seconds_to_wait;
use devhub_domain::webhooks::RevealError;
use devhub_domain::workspaces::{WorkspaceError, WorkspaceName};

use super::components::Plain;
use super::headers;
use super::sentence::sentence;
use super::visit::Visit;
use crate::checkout;
use crate::middleware::RequestId;
use crate::problem_body::Problem;

/// The page.
#[derive(Template)]
#[template(path = "admin/problem.html")]
pub(super) struct ProblemPage {
    plain: Plain,
    detail: String,
    /// What the operator of the hub finds it by; only where it is theirs to mend.
    request_id: Option<String>,
}

/// The problem as a page, when a page was asked for: one of the hub, or of the checkout.
pub(crate) fn problem_page(req: &HttpRequest, problem: &Problem, id: &RequestId) -> Option<HttpResponse> {
    hub_page(req, problem, id).or_else(|| checkout::problem_page(req, problem, id))
}

fn hub_page(req: &HttpRequest, problem: &Problem, id: &RequestId) -> Option<HttpResponse> {
    let is_page = req.path().strip_prefix("/admin").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let visit = Visit::of(req).ok().filter(|_| is_page)?;
    let connection = visit.connection.clone();
    let page = ProblemPage {
        plain: visit.plain(title(problem)),
        detail: detail(problem),
        request_id: problem.status().is_server_error().then(|| id.as_str().to_owned()),
    };
    let mut answer = visit.page(problem.status(), &page).ok()?;
    headers::set(answer.headers_mut(), &connection);
    for (name, value) in problem.headers().iter().filter(|(name, _)| !matches!(*name, CONTENT_TYPE | WWW_AUTHENTICATE))
    {
        answer.headers_mut().insert(name.clone(), value.clone());
    }
    Some(answer)
}

fn title(problem: &Problem) -> &'static str {
    match (problem.code(), problem.status()) {
        ("form_expired", _) => "This form is out of date",
        ("workspace_switched", _) => "You have switched to another workspace",
        ("connection_not_encrypted", _) => "This connection is not encrypted",
        ("cross_site_request", _) => "This request came from another site",
        (_, StatusCode::FORBIDDEN) => "You may not do this",
        (_, StatusCode::NOT_FOUND) => "Nothing is here",
        (_, StatusCode::CONFLICT) => "This has changed meanwhile",
        (_, StatusCode::TOO_MANY_REQUESTS) => "Too many requests",
        (_, StatusCode::SERVICE_UNAVAILABLE) => "The hub cannot answer now",
        (_, status) if status.is_server_error() => "Something went wrong",
        _ => "This cannot be done",
    }
}

/// What people are told who would give away what they may not do themselves.
pub(super) const TOO_WIDE: &str = "Your role may not give all of these scopes. Nothing was changed.";

/// What programs are told is of no use to people where it speaks of paths, keys that ask, and ids.
fn detail(problem: &Problem) -> String {
    match problem.code() {
        "route_not_found" => "No page of the hub has this address.".to_owned(),
        "insufficient_scope" => "Your role does not allow this. Nothing was changed.".to_owned(),
        "scopes_too_wide" => TOO_WIDE.to_owned(),
        "key_revoked" => "The key is revoked, and that is final. Generate a new one.".to_owned(),
        "key_retiring" => "The key was rotated already: look at its successor. Nothing was changed.".to_owned(),
        "key_expired" => "The key has expired, and its successor would have too. Generate a new one.".to_owned(),
        "key_not_found" => "This workspace has no such key.".to_owned(),
        "endpoint_not_found" => "This workspace has no such endpoint.".to_owned(),
        "endpoint_secret_not_found" => "This endpoint has no such secret; its time may be over.".to_owned(),
        "gateway_not_found" => "The sandbox has no such gateway.".to_owned(),
        "rate_policy_not_found" => "This workspace has no such rule.".to_owned(),
        "rate_override_not_found" => "This workspace has no such override.".to_owned(),
        "rate_order_stale" => "The rules were changed meanwhile: look at them, then move the rule again.".to_owned(),
        "workspace_not_found" => "You work in no such workspace.".to_owned(),
        "delivery_not_found" => "This workspace has no such delivery.".to_owned(),
        _ => sentence(problem.detail()),
    }
}

impl Problem {
    /// A form without the value of the page that it stood on: the page is too old, or the browser keeps no cookies.
    pub(super) fn form_expired() -> Self {
        let detail = "nothing was changed: go back, reload the page and send the form again; cookies must be allowed";
        Self::new(StatusCode::FORBIDDEN, "form_expired", detail)
    }

    /// A form of a page of another workspace than the one that the session works in by now.
    pub(super) fn workspace_switched(from: &WorkspaceName, to: &WorkspaceName) -> Self {
        let detail = format!(
            "you have switched to {to} meanwhile, and this form was opened in {from}; nothing was changed: open the \
             Developer Hub and switch back to {from}, or do it anew in {to}"
        );
        Self::new(StatusCode::CONFLICT, "workspace_switched", detail)
    }

    /// What was asked for cannot be done to the key as it is now.
    pub(super) fn key_changed(key: &ApiKey) -> Self {
        let detail = format!("{} is {} now", key.label, key.status.as_str());
        Self::new(StatusCode::CONFLICT, "key_changed", detail)
    }

    /// Operators are managed by owners, and by admins as far as they are no owners.
    pub(super) fn role_too_low() -> Self {
        let detail = "operators are managed by owners, and by admins as far as they are no owners: ask one of them";
        Self::new(StatusCode::FORBIDDEN, "role_too_low", detail)
    }

    /// A form of another site.
    pub(super) fn cross_site() -> Self {
        let detail = "nothing was changed: forms are taken from the hub's own pages only. If this is one, tell its operator to set \
            server.public_url to the address in the browser";
        Self::new(StatusCode::FORBIDDEN, "cross_site_request", detail)
    }

    /// A connection on which a password can be read on the way.
    pub(super) fn not_encrypted() -> Self {
        let detail = "a password could be read on its way here: open the hub by https, or on its own machine by http://localhost. Its \
            operator sets server.tls_certificate_file, or behind a proxy server.public_url and server.trusted_proxies";
        Self::new(StatusCode::FORBIDDEN, "connection_not_encrypted", detail)
    }
}

impl From<OperatorError> for Problem {
    fn from(error: OperatorError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        let status = match error {
            OperatorError::NotFound(_) | OperatorError::SessionNotFound(_) | OperatorError::EmailUnknown => {
                StatusCode::NOT_FOUND
            }
            OperatorError::EmailTaken
            | OperatorError::TooMany
            | OperatorError::LastOwner
            | OperatorError::OnlyWorkspace => StatusCode::CONFLICT,
            OperatorError::RoleTooLow { .. }
            | OperatorError::StepUpNeeded
            | OperatorError::OwnSecondFactor
            | OperatorError::WorksElsewhere => StatusCode::FORBIDDEN,
            OperatorError::Store(error) => return error.into(),
        };
        Self::new(status, code, detail)
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match error {
            SignInError::Wrong => Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail),
            SignInError::SessionEnded => Self::new(StatusCode::CONFLICT, code, detail),
            SignInError::Throttled { wait } => Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail)
                .with_header(RETRY_AFTER, HeaderValue::from(seconds_to_wait(wait))),
            SignInError::Busy(_) => Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
                .with_header(RETRY_AFTER, HeaderValue::from_static("1")),
            SignInError::Store(error) => error.into(),
        }
    }
}

impl From<RevealError> for Problem {
    fn from(error: RevealError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match error {
            RevealError::OperatorsOnly | RevealError::StepUpNeeded => Self::new(StatusCode::FORBIDDEN, code, detail),
            RevealError::Endpoint(error) => error.into(),
            RevealError::Open(error) => Self::internal(error),
        }
    }
}

impl From<DocumentError> for Problem {
    fn from(error: DocumentError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        let status = match error {
            DocumentError::NotFound => StatusCode::NOT_FOUND,
            DocumentError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            DocumentError::RoleTooLow => StatusCode::FORBIDDEN,
            DocumentError::RevisionStale { .. } => StatusCode::PRECONDITION_FAILED,
            DocumentError::Store(error) => return error.into(),
        };
        Self::new(status, code, detail)
    }
}

impl From<WorkspaceError> for Problem {
    fn from(error: WorkspaceError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match error {
            WorkspaceError::Forbidden(error) => error.into(),
            WorkspaceError::NotFound(_) | WorkspaceError::OwnerUnknown => {
                Self::new(StatusCode::NOT_FOUND, code, detail)
            }
            WorkspaceError::RoleTooLow | WorkspaceError::NotOwner => Self::new(StatusCode::FORBIDDEN, code, detail),
            WorkspaceError::NameTaken | WorkspaceError::TooMany => Self::new(StatusCode::CONFLICT, code, detail),
            WorkspaceError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, plain_sample};

    impl Sample for ProblemPage {
        const TEMPLATE: &'static str = "admin/problem.html";

        fn samples() -> Vec<Self> {
            let page = |problem: &Problem, request_id: Option<&str>| Self {
                plain: plain_sample(title(problem)),
                detail: sentence(problem.detail()),
                request_id: request_id.map(str::to_owned),
            };
            vec![
                page(&Problem::not_encrypted(), None),
                page(&Problem::internal("the disk is full"), Some("4f1d2c3b4a5968778695a4b3c2d1e0ff")),
            ]
        }
    }
}
