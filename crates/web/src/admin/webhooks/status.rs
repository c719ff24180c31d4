//! Pause, resume, delete: asked for on a page of its own, then done.

use actix_web::{Error, HttpRequest, HttpResponse};
use devhub_domain::api_keys::Scope;
use devhub_domain::webhooks::{Endpoint, EndpointStatus};

use super::paths::{PATH, below, endpoint_id, find, page_of};
use crate::admin::components::{Action, Confirm};
use crate::admin::confirm::ConfirmPage;
use crate::admin::kept_for::KeptFor;
use crate::admin::menu::Place;
use crate::admin::notice::Notice;
use crate::admin::signed::{Signed, Submitted};
use crate::problem_body::Problem;
use crate::writes;

/// What can be done to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Pause,
    Resume,
    Delete,
}

/// The words of all that can be done.
pub(in crate::admin) fn changes() -> [&'static str; 3] {
    Change::ALL.map(Change::word)
}

impl Change {
    const ALL: [Self; 3] = [Self::Pause, Self::Resume, Self::Delete];

    /// What can be done to an endpoint in this status. One that fails can be resumed too: its failures are forgotten then.
    pub(super) fn offered(status: EndpointStatus, is_failing: bool) -> impl Iterator<Item = Self> {
        let possible: &[Self] = match status {
            EndpointStatus::Active if is_failing => &Self::ALL,
            EndpointStatus::Active => &[Self::Pause, Self::Delete],
            EndpointStatus::Paused | EndpointStatus::Disabled(_) => &[Self::Resume, Self::Delete],
            EndpointStatus::Deleted => &[],
        };
        possible.iter().copied()
    }

    /// The link that asks.
    pub(super) fn action(self, endpoint: &Endpoint) -> Action {
        Action {
            label: self.label().to_owned(),
            href: below(endpoint.id, self.word()),
            is_danger: self == Self::Delete,
            is_question: true,
            accessible_label: format!("{} {}", self.label(), endpoint.url.as_str()),
        }
    }

    /// The word in addresses.
    const fn word(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Delete => "delete",
        }
    }

    /// The word on buttons.
    const fn label(self) -> &'static str {
        match self {
            Self::Pause => "Pause",
            Self::Resume => "Resume",
            Self::Delete => "Delete",
        }
    }

    /// What will happen.
    fn lines(self, kept_for: KeptFor) -> [String; 2] {
        let lines = match self {
            Self::Pause => {
                let kept = format!("Events that happen meanwhile are kept for it {kept_for}.");
                let sent =
                    "Nothing is sent to it until it is resumed; what is on its way at this moment comes to its end.";
                return [sent.to_owned(), kept];
            }
            Self::Resume => [
                "It is sent what waits for it, and whatever happens from now on.",
                "Its failures until now are forgotten.",
            ],
            Self::Delete => [
                "Nothing is sent to it any more, and what waits for it is given up. Its signing secrets are gone.",
                "This is final. What was delivered stays in the log.",
            ],
        };
        lines.map(str::to_owned)
    }

    const fn notice(self) -> Notice {
        match self {
            Self::Pause => Notice::EndpointPaused,
            Self::Resume => Notice::EndpointResumed,
            Self::Delete => Notice::EndpointDeleted,
        }
    }
}

/// Asks whether it shall be done.
pub(in crate::admin) async fn ask(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let (id, change) = (endpoint_id(&req)?, wanted(&req)?);
    signed.asker().require(Scope::EndpointsWrite).map_err(Problem::from)?;
    let endpoint = &find(&signed, id).await?.endpoint;
    let name = if endpoint.description.is_empty() { "this endpoint" } else { &endpoint.description };
    let mut lines = vec![format!("{}.", endpoint.url.as_str())];
    lines.extend(change.lines(signed.visit.services.pages.kept_for));
    let confirm = Confirm {
        title: format!("{} {name}?", change.label()),
        lines,
        action: below(id, change.word()),
        token: signed.form_token(),
        button: format!("{} endpoint", change.label()),
        is_danger: change == Change::Delete,
        cancel: page_of(id),
    };
    Ok(ConfirmPage::answer(signed, Place::DeveloperHub, confirm)?)
}

/// Does it.
pub(in crate::admin) async fn change(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Error> {
    let (id, change) = (endpoint_id(&req)?, wanted(&req)?);
    let signed = form.signed;
    let (endpoints, asker, workspace_id) = (&signed.visit.services.endpoints, signed.asker(), signed.workspace_id());
    let done = match change {
        Change::Pause => writes::run(endpoints.pause(asker, workspace_id, id)).await,
        Change::Resume => writes::run(endpoints.resume(asker, workspace_id, id)).await,
        Change::Delete => writes::run(endpoints.delete(asker, workspace_id, id, None)).await,
    };
    done.map_err(Problem::from)?;
    let back = if change == Change::Delete { PATH.to_owned() } else { page_of(id) };
    Ok(signed.visit.see_other_with(&back, change.notice()))
}

fn wanted(req: &HttpRequest) -> Result<Change, Problem> {
    let word = req.match_info().get("change").unwrap_or_default();
    let change = Change::ALL.into_iter().find(|change| change.word() == word);
    change.ok_or_else(Problem::route_not_found)
}
