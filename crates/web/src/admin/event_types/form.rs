//! The form of a type of one's own: a new one, or one that is changed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use devhub_domain::events::{OwnType, OwnTypeError};

use super::typed::{ARCHIVED, Typed};
use super::{NEW, PATH, below, page_of};
use crate::admin::components::{Alert, ErrorSummary, Field, Link, Select, Shell, Tabs, TextArea};
use crate::admin::form_errors::{Places, Refusable, Refused};
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::sentence::sentence;
use crate::admin::signed::Signed;
use crate::problem_body::Problem;

/// Longest name, as the use case has it: what is longer need not be sent.
const NAME_CHARS_MAX: usize = 128;
/// Longest description, likewise.
const DESCRIPTION_CHARS_MAX: usize = 500;

/// The page.
#[derive(Template)]
#[template(path = "admin/event_types/form.html")]
pub(in crate::admin) struct TypeFormPage {
    shell: Shell,
    tabs: Tabs,
    title: String,
    alert: Option<Alert>,
    errors: Option<ErrorSummary>,
    action: String,
    token: String,
    /// The revision that was seen; empty for a new one.
    revision: String,
    /// `None` where it stands already.
    name: Option<Field>,
    description: Field,
    schema: TextArea,
    sample: TextArea,
    /// Whether it is over; `None` for a new one.
    status: Option<Select>,
    button: &'static str,
    cancel: Link,
}

/// What a form is for.
pub(super) enum Purpose<'t> {
    /// One more type.
    Add,
    /// A change of this type, of which this revision was seen.
    Edit { own: &'t OwnType, revision: i64 },
}

impl TypeFormPage {
    /// Shows a form that is filled with this.
    pub(super) fn show(signed: Signed, purpose: &Purpose<'_>, typed: &Typed) -> Result<HttpResponse, Problem> {
        let page = Self::new(&signed, purpose, typed);
        signed.visit.page(StatusCode::OK, &page)
    }

    /// Shows the form once more as it was sent, with what is wrong.
    pub(super) fn refuse(
        signed: Signed,
        purpose: &Purpose<'_>,
        typed: &Typed,
        refused: Refused,
    ) -> Result<HttpResponse, Problem> {
        let mut page = Self::new(&signed, purpose, typed);
        let status = page.refused(refused);
        signed.visit.page(status, &page)
    }

    fn new(signed: &Signed, purpose: &Purpose<'_>, typed: &Typed) -> Self {
        let shell = signed.shell(purpose.title(), Place::DeveloperHub);
        Self::drawn(shell, signed.form_token(), purpose, typed)
    }

    fn drawn(shell: Shell, token: String, purpose: &Purpose<'_>, typed: &Typed) -> Self {
        let (action, revision, name, status, button, back) = match purpose {
            Purpose::Add => (NEW.to_owned(), String::new(), Some(name(typed)), None, "Add event type", PATH.to_owned()),
            Purpose::Edit { own, revision } => {
                let (action, back) = (below(own.name.as_str(), "edit"), page_of(own.name.as_str()));
                (action, revision.to_string(), None, Some(status(typed)), "Save changes", back)
            }
        };
        Self {
            shell,
            tabs: tabs(HubTab::Webhooks),
            title: purpose.title(),
            alert: None,
            errors: None,
            action,
            token,
            revision,
            name,
            description: description(typed),
            schema: schema(typed),
            sample: sample(typed),
            status,
            button,
            cancel: Link { href: back, text: "Cancel".to_owned() },
        }
    }

    fn refused(&mut self, refused: Refused) -> StatusCode {
        let mut parts: Vec<&mut dyn Refusable> = Vec::new();
        parts.extend(self.name.as_mut().map(|name| -> &mut dyn Refusable { name }));
        parts.push(&mut self.description);
        parts.push(&mut self.schema);
        parts.push(&mut self.sample);
        let places = Places { title: &mut self.shell.title, alert: &mut self.alert, errors: &mut self.errors };
        refused.tell(places, &mut parts, "The event type was not saved")
    }
}

impl Purpose<'_> {
    fn title(&self) -> String {
        match self {
            Self::Add => "Add event type".to_owned(),
            Self::Edit { own, .. } => format!("Edit {}", own.name),
        }
    }
}

fn name(typed: &Typed) -> Field {
    Field {
        name: "name",
        label: "Name".to_owned(),
        value: typed.name.clone(),
        placeholder: "order.placed".to_owned(),
        help: Some(
            "Words joined by full stops. The first is its group: order.placed stands with order, and order.* subscribes to it. It cannot \
             be changed later."
                .to_owned(),
        ),
        is_required: true,
        max_length: Some(NAME_CHARS_MAX),
        ..Field::default()
    }
}

fn description(typed: &Typed) -> Field {
    Field {
        name: "description",
        label: "Description".to_owned(),
        value: typed.description.clone(),
        placeholder: "An order was placed.".to_owned(),
        help: Some("When it happens, in a sentence: it stands in the catalogue and in the reference.".to_owned()),
        is_required: true,
        max_length: Some(DESCRIPTION_CHARS_MAX),
        ..Field::default()
    }
}

fn schema(typed: &Typed) -> TextArea {
    TextArea {
        name: "schema",
        label: "Schema (optional)".to_owned(),
        value: typed.schema.clone(),
        rows: 12,
        help: Some(
            "What its payloads look like: a JSON Schema, draft 2020-12, at most 64 KiB. Nothing is any payload. A strict workspace \
             refuses what does not satisfy it."
                .to_owned(),
        ),
        error: None,
        faults: Vec::new(),
    }
}

fn sample(typed: &Typed) -> TextArea {
    TextArea {
        name: "sample",
        label: "Example".to_owned(),
        value: typed.sample.clone(),
        rows: 8,
        help: Some("A payload as receivers get it: JSON that satisfies the schema, at most 64 KiB.".to_owned()),
        error: None,
        faults: Vec::new(),
    }
}

fn status(typed: &Typed) -> Select {
    let options = [("active", "Active"), (ARCHIVED, "Archived: shown, and over")];
    let selected = if typed.is_archived { ARCHIVED } else { "active" };
    Select {
        help: Some("A strict workspace accepts no more events of an archived type.".to_owned()),
        ..Select::new("status", "Status", &options, selected)
    }
}

/// What is wrong where the use case refuses.
///
/// # Errors
/// What the form cannot mend.
pub(super) fn refused(error: OwnTypeError) -> Result<Refused, Problem> {
    let text = sentence(&error.to_string());
    match error {
        OwnTypeError::BuiltIn(_) | OwnTypeError::NameTaken(_) => Ok(Refused::Fields(vec![("name", text)])),
        OwnTypeError::Schema(_) => Ok(Refused::Fields(vec![("schema", text)])),
        OwnTypeError::Sample(faults) => {
            let at = |pointer: &str| if pointer.is_empty() { "the whole".to_owned() } else { pointer.to_owned() };
            let told = faults.iter().map(|fault| sentence(&format!("at {}: {}", at(&fault.pointer), fault.wanted)));
            let told = told.collect::<Vec<_>>().join(" ");
            Ok(Refused::Fields(vec![("sample", format!("It does not satisfy the schema. {told}"))]))
        }
        OwnTypeError::TooMany => Ok(Refused::Whole("There are too many event types", text)),
        OwnTypeError::RevisionStale { .. } => Ok(Refused::Stale("Somebody else has changed this event type meanwhile")),
        error => Err(error.into()),
    }
}

#[cfg(test)]
mod samples {
    use devhub_domain::events::{Payload, SAMPLE_BYTES_MAX, TypeDescription};
    use devhub_domain::id::WorkspaceId;
    use devhub_domain::time::Timestamp;

    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for TypeFormPage {
        const TEMPLATE: &'static str = "admin/event_types/form.html";

        fn samples() -> Vec<Self> {
            let at = Timestamp::from_seconds(1_795_514_400);
            let own = OwnType {
                workspace_id: WorkspaceId::from_bytes([1; 16]),
                name: "order.placed".parse().unwrap(),
                description: TypeDescription::new("An order was <b>placed</b>.").unwrap(),
                schema: "{\"type\":\"object\"}".to_owned(),
                sample: Payload::new(b"{\"order\":\"</textarea><b>\"}", SAMPLE_BYTES_MAX).unwrap(),
                is_archived: true,
                created_at: at,
                updated_at: at,
                revision: 2,
            };
            let page = |purpose: &Purpose<'_>, typed: &Typed| {
                Self::drawn(shell_sample(&purpose.title()), "token".to_owned(), purpose, typed)
            };
            let typed = Typed { name: "\"><i>".to_owned(), schema: "{".to_owned(), ..Typed::default() };
            let mut wrong = page(&Purpose::Add, &typed);
            wrong.refused(typed.new_type().unwrap_err());
            let edit = Purpose::Edit { own: &own, revision: own.revision };
            vec![page(&Purpose::Add, &Typed::default()), wrong, page(&edit, &Typed::from_own(&own))]
        }
    }
}
