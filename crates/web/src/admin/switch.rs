//! Going to another workspace.
//!
//! *Threat:* somebody goes where it does not work, or learns which workspaces there are. *Defence:* the use case looks for the membership
//! in the transaction of the change, and what it does not find is unknown, whether it is there or not. *Not defended:* pages that other
//! tabs show already; their forms are refused (see `csrf`).

use actix_web::HttpResponse;
use devhub_domain::id::WorkspaceId;
use devhub_domain::operators::OperatorError;

use super::next::HOME;
use super::notice::Notice;
use super::signed::{Submitted, SubmittedAnywhere};
use crate::problem_body::Problem;
use crate::writes;

/// Where the menu on top of every page sends its form.
pub(super) const PATH: &str = "/admin/workspaces/switch";

/// Has the session work in another workspace. Also from a page of one that it has left: it changes nothing there.
pub(super) async fn switch(form: SubmittedAnywhere) -> Result<HttpResponse, Problem> {
    let SubmittedAnywhere(Submitted { signed, fields }) = form;
    let to: WorkspaceId = fields.text("to").parse().ok().ok_or_else(unknown)?;
    match writes::run(signed.visit.services.pages.sessions.switch(&signed.who, signed.asker(), to)).await {
        Ok(()) => Ok(signed.visit.see_other_with(HOME, Notice::WorkspaceSwitched)),
        Err(OperatorError::NotFound(_)) => Err(unknown()),
        // It has ended meanwhile: the page is asked for by nobody, and leads to where one signs in.
        Err(OperatorError::SessionNotFound(_)) => Ok(signed.visit.see_other(HOME)),
        Err(error) => Err(error.into()),
    }
}

fn unknown() -> Problem {
    Problem::no_such("workspace_not_found", "workspace")
}
