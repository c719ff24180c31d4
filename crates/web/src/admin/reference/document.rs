//! The document that the workspace has uploaded: what is known of it, and the form that replaces it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use devhub_domain::audit::Actor;
use devhub_domain::operators::Role;
use devhub_domain::reference::{DOCUMENT_BYTES_MAX, DocumentError, text_of};
use devhub_domain::store::StoreError;

use super::pages::{Body, HubPage};
use super::paths::{DOCUMENT, REMOVE};
use super::site::Site;
use crate::admin::components::{Alert, ErrorSummary, Fact, FactValue, Facts, Field, FieldKind, TextArea, Tone};
use crate::admin::form_errors::{Places, Refused};
use crate::admin::moments::moment;
use crate::admin::notice::Notice;
use crate::admin::sentence::sentence;
use crate::admin::signed::Signed;
use crate::admin::uploaded::{File, Uploaded};
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

/// The longest text of a file that a refused form is shown again with: what is longer is mended in the file. Bytes.
const KEPT_BYTES_MAX: usize = 64 * 1024;

/// The page.
#[derive(Template)]
#[template(path = "admin/reference/document.html")]
pub(in crate::admin) struct DocumentView {
    title: String,
    alert: Option<Alert>,
    facts: Option<Facts>,
    /// `None` for whoever may not change it.
    form: Option<Form>,
}

struct Form {
    errors: Option<ErrorSummary>,
    token: String,
    revision: i64,
    file: Field,
    text: TextArea,
    /// Where it is asked whether the document shall be removed, when there is one.
    remove: Option<&'static str>,
}

/// Shows it.
pub(super) async fn show(signed: Signed) -> Result<HttpResponse, Problem> {
    let view = DocumentView::read(&signed).await?;
    view.answer(signed, StatusCode::OK).await
}

/// Puts another one in its place.
pub(super) async fn save(form: Uploaded) -> Result<HttpResponse, Problem> {
    let Uploaded { signed, fields, carried: File { bytes: file, turn } } = form;
    let revision = fields.text("revision").parse().unwrap_or_default();
    let source = if file.is_empty() { "text" } else { "file" };
    let text = match chosen(file, fields.text("text")) {
        Ok(text) => text,
        Err(refused) => return refuse(signed, revision, Some(fields.text("text").to_owned()), refused).await,
    };
    // What was pasted may stand nowhere else.
    let kept = (source == "text" || text.len() <= KEPT_BYTES_MAX).then(|| text.clone());
    let (documents, asker, workspace_id) =
        (signed.visit.services.reference_documents.clone(), signed.asker(), signed.workspace_id());
    // The turn is with the reading and not with whoever waits: a browser that hangs up ends the wait alone.
    let read = move || Ok((documents.upload(asker, workspace_id, &text, Some(revision))?, turn));
    let saved = match blocking::run(read).await {
        Ok((prepared, _turn)) => writes::run(prepared).await,
        Err(error) => Err(error),
    };
    let refused = match saved {
        Ok(_) => return Ok(signed.visit.see_other_with(DOCUMENT, Notice::ReferenceUploaded)),
        // The text stands below the file that it is of.
        Err(DocumentError::Refused(fault)) => {
            let at = if kept.is_some() { "text" } else { source };
            Refused::Fields(vec![(at, sentence(&fault.to_string()))])
        }
        Err(DocumentError::RevisionStale { .. }) => Refused::Stale("The document was changed meanwhile"),
        Err(error) => return Err(error.into()),
    };
    refuse(signed, revision, kept, refused).await
}

/// The text that is meant.
fn chosen(file: Vec<u8>, pasted: &str) -> Result<String, Refused> {
    let wrong = |text: &str| Refused::Fields(vec![("file", text.to_owned())]);
    match (file.is_empty(), pasted.trim().is_empty()) {
        (true, true) => Err(wrong("Choose a file, or paste the document below.")),
        (false, false) => Err(wrong("Choose a file or paste the document, and not both.")),
        (false, true) => text_of(file).map_err(|fault| wrong(&sentence(&fault.to_string()))),
        // Browsers send the ends of lines in their own way: the same document is the same text, whichever way it comes.
        (true, false) => Ok(pasted.replace("\r\n", "\n")),
    }
}

async fn refuse(signed: Signed, seen: i64, text: Option<String>, refused: Refused) -> Result<HttpResponse, Problem> {
    let mut view = DocumentView::read(&signed).await?;
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if let Some(form) = &mut view.form {
        form.text.value = text.unwrap_or_default();
        form.revision = refused.revision(seen, form.revision);
        let places = Places { title: &mut view.title, alert: &mut view.alert, errors: &mut form.errors };
        status = refused.tell(places, &mut [&mut form.file, &mut form.text], "The document was not uploaded");
    }
    view.answer(signed, status).await
}

impl DocumentView {
    async fn read(signed: &Signed) -> Result<Self, Problem> {
        let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
        let read = move || {
            let Some((summary, reference)) = services.reference_documents.reference(workspace_id)? else {
                return Ok(None);
            };
            let operators = services.pages.sessions.operators(workspace_id)?;
            let by = match summary.uploaded_by {
                Actor::Operator(id) => operators
                    .iter()
                    .find(|operator| operator.id == id)
                    .map_or_else(|| id.to_string(), |operator| operator.email.as_str().to_owned()),
                Actor::Key(id) => format!("Key {id}"),
                Actor::CommandLine => "Command line".to_owned(),
                Actor::System => "The hub itself".to_owned(),
            };
            Ok::<_, StoreError>(Some((summary, reference, by)))
        };
        let found = blocking::run(read).await?;
        let (mut alert, mut revision, mut facts) = (None, 0, None);
        if let Some((summary, reference, by)) = found {
            revision = summary.revision;
            let mut items = vec![Fact::text("Title", summary.title)];
            match reference {
                Ok(reference) => {
                    items.push(Fact::text("Version", reference.version.clone()));
                    items.push(Fact::text("Operations", reference.operations().count().to_string()));
                }
                Err(fault) => alert = Some(unreadable(&fault.to_string())),
            }
            let at = moment(summary.uploaded_at, &signed.workspace.time_zone);
            items.push(Fact::text("Format", summary.format.as_str().to_uppercase()));
            items.push(Fact::text("Size", format!("{} bytes", summary.text_bytes)));
            items.push(Fact::new("Uploaded", FactValue::Moment(at)));
            items.push(Fact::text("Uploaded by", by));
            facts = Some(Facts { items });
        }
        let may_change = signed.who.operator.role.manages(Role::Admin);
        let form = may_change.then(|| Form::new(signed.form_token(), revision));
        Ok(Self { title: "Document of the platform".to_owned(), alert, facts, form })
    }

    async fn answer(self, signed: Signed, status: StatusCode) -> Result<HttpResponse, Problem> {
        let site = Site::of_hub(&signed).await?;
        let body = Body::of(&self.title, &self)?.at(DOCUMENT);
        let page = HubPage::new(&signed, &site, body);
        signed.visit.page(status, &page)
    }
}

fn unreadable(fault: &str) -> Alert {
    Alert {
        tone: Tone::Bad,
        title: "The document is not shown".to_owned(),
        text: format!("This release reads it no more: correct it and upload it again. {}", sentence(fault)),
    }
}

impl Form {
    fn new(token: String, revision: i64) -> Self {
        let size = format!("{} MiB", DOCUMENT_BYTES_MAX / (1024 * 1024));
        Self {
            errors: None,
            token,
            revision,
            file: Field {
                name: "file",
                label: "File".to_owned(),
                kind: FieldKind::File,
                help: Some(format!(
                    "OpenAPI 3.0 or 3.1, as JSON or YAML, at most {size}, without references to other files."
                )),
                ..Field::default()
            },
            text: TextArea {
                name: "text",
                label: "Or its text".to_owned(),
                value: String::new(),
                rows: 12,
                help: Some("Instead of a file.".to_owned()),
                error: None,
                faults: Vec::new(),
            },
            remove: (revision > 0).then_some(REMOVE),
        }
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::Sample;

    impl Sample for DocumentView {
        const TEMPLATE: &'static str = "admin/reference/document.html";

        fn samples() -> Vec<Self> {
            let view = |alert, facts, form| Self { title: "Document of the platform".to_owned(), alert, facts, form };
            let facts = || Some(Facts { items: vec![Fact::text("Title", "Shop <b>"), Fact::text("Operations", "12")] });
            let form = |revision| Form::new("token".to_owned(), revision);
            let mut refused = view(None, facts(), Some(form(2)));
            if let Some(form) = &mut refused.form {
                form.text.value = "</textarea><script>alert(1)</script>".to_owned();
                let wrong = vec![("text", "Line 1, column 1: at /paths: this must be an object.".to_owned())];
                let places = Places { title: &mut refused.title, alert: &mut refused.alert, errors: &mut form.errors };
                Refused::Fields(wrong).tell(places, &mut [&mut form.text], "The document was not uploaded");
            }
            let unread = view(Some(unreadable("at /paths: <script>")), facts(), None);
            vec![view(None, None, None), view(None, None, Some(form(0))), unread, refused]
        }
    }
}
