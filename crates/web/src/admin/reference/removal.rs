//! The document is removed: asked for on a page of its own, then done.

use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::operators::Role;
use devhub_domain::reference::DocumentError;

use super::paths::{DOCUMENT, REMOVE};
use crate::admin::components::Confirm;
use crate::admin::confirm::ConfirmPage;
use crate::admin::fields::Fields;
use crate::admin::menu::Place;
use crate::admin::notice::Notice;
use crate::admin::signed::{Signed, Submitted};
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

/// Asks whether the document shall be removed.
pub(super) async fn ask(signed: Signed) -> Result<HttpResponse, Problem> {
    if !signed.who.operator.role.manages(Role::Admin) {
        return Err(DocumentError::RoleTooLow.into());
    }
    let (documents, workspace_id) = (signed.visit.services.reference_documents.clone(), signed.workspace_id());
    let found = blocking::run(move || documents.find(workspace_id)).await?.ok_or(DocumentError::NotFound)?;
    let confirm = Confirm {
        title: format!("Remove {}?", found.title),
        lines: vec![
            "The reference shows its operations no more, to nobody.".to_owned(),
            "The hub keeps no copy: upload the document again to have it back.".to_owned(),
        ],
        action: format!("{REMOVE}?revision={}", found.revision),
        token: signed.form_token(),
        button: "Remove document".to_owned(),
        is_danger: true,
        cancel: DOCUMENT.to_owned(),
    };
    ConfirmPage::answer(signed, Place::DeveloperHub, confirm)
}

/// Removes it, as long as it is the one that was asked about.
pub(super) async fn remove(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let signed = form.signed;
    let documents = &signed.visit.services.reference_documents;
    // Where none is said, none was seen.
    let seen = Fields::parse(req.query_string().as_bytes()).text("revision").parse().unwrap_or_default();
    writes::run(documents.remove(signed.asker(), signed.workspace_id(), Some(seen))).await?;
    Ok(signed.visit.see_other_with(DOCUMENT, Notice::ReferenceRemoved))
}
