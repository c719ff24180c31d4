//! The form of an endpoint, empty or as it was sent, and what is wrong with it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use devhub_domain::events::{EventPattern, EventType, EventTypeError, subscribed, without_repeats};
use devhub_domain::webhooks::{Endpoint, EndpointError, EndpointOrigin, EndpointStatus};

use super::catalog::{Offered, offered};
use super::paths::{CHECK, ENDPOINT, PATH, below, page_of};
use super::picker::EventPicker;
use crate::admin::components::{Alert, ErrorSummary, Field, FieldKind, Link, Select, Shell, Tabs};
use crate::admin::fields::Fields;
use crate::admin::form_errors::{Places, Refusable, Refused};
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::kept_for::KeptFor;
use crate::admin::menu::Place;
use crate::admin::sentence::sentence;
use crate::admin::signed::Signed;
use crate::problem_body::Problem;

/// The page.
#[derive(Template)]
#[template(path = "admin/webhooks/form.html")]
pub(in crate::admin) struct FormPage {
    shell: Shell,
    tabs: Tabs,
    title: &'static str,
    /// What is wrong with more than a field.
    alert: Option<Alert>,
    errors: Option<ErrorSummary>,
    action: String,
    token: String,
    /// A hidden field, by name: of a form that adds its id, so that it adds one endpoint however often it is sent; else the revision
    /// that was seen.
    mark: (&'static str, String),
    url: Field,
    /// Where the address is checked, and what was found; `None` before it was asked.
    check: (String, Option<Alert>),
    description: Field,
    /// `None` for an endpoint that payments name: it gets their events.
    events: Option<Events>,
    status: Select,
    button: &'static str,
    cancel: Link,
}

/// Where events are chosen.
struct Events {
    event_types: EventPicker,
    patterns: Field,
}

/// What a form is for.
pub(super) enum Purpose<'e> {
    /// One more endpoint, once under this name.
    Add { form_id: String },
    /// A change of this endpoint, of which this revision was seen.
    Edit { endpoint: &'e Endpoint, revision: i64 },
}

/// The form as it was sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) url: String,
    pub(super) description: String,
    pub(super) event_types: Vec<String>,
    pub(super) patterns: String,
    pub(super) status: String,
}

/// What somebody wants to be told of, or what is wrong with it.
pub(super) type Patterns = Result<Vec<EventPattern>, Refused>;

impl Typed {
    pub(super) fn of(fields: &Fields) -> Self {
        Self {
            url: fields.text("url").trim().to_owned(),
            description: fields.text("description").trim().to_owned(),
            event_types: fields.values("event_types").map(str::to_owned).collect(),
            patterns: fields.text("patterns").trim().to_owned(),
            status: fields.text("status").to_owned(),
        }
    }

    /// An endpoint as a form shows it: what is not `offered` stands in the free field.
    pub(super) fn from_endpoint(endpoint: &Endpoint, offered: &[Offered]) -> Self {
        let is_offered = |pattern: &&EventPattern| offered.iter().any(|offered| offered.name == pattern.as_str());
        let (chosen, named): (Vec<_>, Vec<_>) = endpoint.event_types.iter().partition(is_offered);
        Self {
            url: endpoint.url.as_str().to_owned(),
            description: endpoint.description.clone(),
            event_types: chosen.into_iter().map(ToString::to_string).collect(),
            patterns: named.into_iter().map(EventPattern::as_str).collect::<Vec<_>>().join(" "),
            status: endpoint.status.as_str().to_owned(),
        }
    }

    /// Adds a type: what is not `offered` stands in the free field.
    pub(super) fn choose(&mut self, event_type: &EventType, offered: &[Offered]) {
        let name = event_type.as_str();
        if offered.iter().any(|offered| offered.name == name) {
            self.event_types.push(name.to_owned());
            return;
        }
        if !self.patterns.is_empty() {
            self.patterns.push(' ');
        }
        self.patterns.push_str(name);
    }

    /// What is to be sent: the boxes that are ticked, then what was typed; nothing twice.
    pub(super) fn patterns(&self) -> Patterns {
        let named = self.patterns.split([' ', ',', ';']).filter(|word| !word.is_empty());
        let pattern = |word: &str| {
            let wrong = |error: EventTypeError| format!("“{word}”: {}", sentence(&error.to_string()));
            subscribed(word).map_err(|error| at("patterns", wrong(error)))
        };
        let words = self.event_types.iter().map(String::as_str).chain(named);
        let patterns = without_repeats(words.map(pattern).collect::<Result<_, _>>()?);
        let nothing = || at("event_types", "Choose at least one event, or type * for all.".to_owned());
        if patterns.is_empty() { Err(nothing()) } else { Ok(patterns) }
    }
}

fn at(field: &'static str, text: String) -> Refused {
    Refused::Fields(vec![(field, text)])
}

/// What is wrong where a use case refuses.
///
/// # Errors
/// What the form cannot mend.
pub(super) fn refused(error: EndpointError) -> Result<Refused, Problem> {
    let text = sentence(&error.to_string());
    match error {
        EndpointError::Url(_) => Ok(at("url", text)),
        EndpointError::Description => Ok(at("description", text)),
        EndpointError::EventTypes | EndpointError::CallbackTypes => Ok(at("event_types", text)),
        EndpointError::HeaderValuesNeeded { .. } => Ok(at("url", HEADERS_NEEDED.to_owned())),
        EndpointError::TooMany => Ok(Refused::Whole("There are too many endpoints", text)),
        EndpointError::RevisionStale { .. } => Ok(Refused::Stale("Somebody else has changed this endpoint meanwhile")),
        error => Err(error.into()),
    }
}

const HEADERS_NEEDED: &str =
    "This endpoint sends secret headers that were given for another host: change both by the API.";

impl FormPage {
    /// Shows a form once more as it was sent, with what is wrong.
    pub(super) async fn refuse(
        signed: Signed,
        purpose: Purpose<'_>,
        typed: &Typed,
        refused: Refused,
    ) -> Result<HttpResponse, Problem> {
        let offered = offered(&signed).await?;
        let mut page = Self::new(&signed, purpose, typed, &offered);
        let status = page.refused(refused);
        signed.visit.page(status, &page)
    }

    /// Shows a form once more as it was sent, with what is known of its address.
    pub(super) async fn checked(
        signed: Signed,
        purpose: Purpose<'_>,
        typed: &Typed,
        said: Alert,
    ) -> Result<HttpResponse, Problem> {
        let offered = offered(&signed).await?;
        let mut page = Self::new(&signed, purpose, typed, &offered);
        page.tell(said);
        signed.visit.page(StatusCode::OK, &page)
    }

    /// Says it at the address, and first in the title.
    fn tell(&mut self, said: Alert) {
        self.shell.title = format!("{}. {}", said.title, self.shell.title);
        self.check.1 = Some(said);
    }

    /// A form that is filled with this.
    pub(super) fn new(signed: &Signed, purpose: Purpose<'_>, typed: &Typed, offered: &[Offered]) -> Self {
        let title = purpose.title();
        let mut page =
            Self::drawn(signed.shell(title, Place::DeveloperHub), signed.form_token(), purpose, (typed, offered));
        page.status.help = Some(status_help(signed.visit.services.pages.kept_for));
        page
    }

    fn drawn(shell: Shell, token: String, purpose: Purpose<'_>, filled: (&Typed, &[Offered])) -> Self {
        let (typed, offered) = filled;
        let title = purpose.title();
        let status = status(typed, &purpose);
        let events = purpose.chooses_events().then(|| Events {
            event_types: EventPicker::new(offered, &typed.event_types),
            patterns: patterns(&typed.patterns),
        });
        let check = check_of(&purpose);
        let (action, mark, button, back) = match purpose {
            Purpose::Add { form_id } => (format!("{PATH}/new"), ("form_id", form_id), "Add endpoint", PATH.to_owned()),
            Purpose::Edit { endpoint: Endpoint { id, .. }, revision } => {
                (below(*id, "edit"), ("revision", revision.to_string()), "Save", page_of(*id))
            }
        };
        Self {
            shell,
            tabs: tabs(HubTab::Webhooks),
            title,
            alert: None,
            errors: None,
            action,
            token,
            mark,
            url: url(&typed.url),
            check: (check, None),
            description: description(&typed.description),
            events,
            status,
            button,
            cancel: Link { href: back, text: "Cancel".to_owned() },
        }
    }

    fn refused(&mut self, refused: Refused) -> StatusCode {
        let mut parts: Vec<&mut dyn Refusable> = vec![&mut self.url, &mut self.description];
        if let Some(events) = &mut self.events {
            parts.push(&mut events.patterns);
            parts.push(&mut events.event_types);
        }
        let places = Places { title: &mut self.shell.title, alert: &mut self.alert, errors: &mut self.errors };
        refused.tell(places, &mut parts, "The endpoint was not saved")
    }
}

impl Purpose<'_> {
    fn chooses_events(&self) -> bool {
        !matches!(self, Self::Edit { endpoint, .. } if endpoint.origin == EndpointOrigin::Callback)
    }

    const fn title(&self) -> &'static str {
        match self {
            Self::Add { .. } => "Add endpoint",
            Self::Edit { .. } => "Edit endpoint",
        }
    }
}

/// Where the address of a form is checked: it is told which endpoint the form is of.
fn check_of(purpose: &Purpose<'_>) -> String {
    match purpose {
        Purpose::Add { .. } => CHECK.to_owned(),
        Purpose::Edit { endpoint, .. } => format!("{CHECK}?{ENDPOINT}={}", endpoint.id),
    }
}

fn url(typed: &str) -> Field {
    Field {
        name: "url",
        label: "URL".to_owned(),
        kind: FieldKind::Url,
        value: typed.to_owned(),
        placeholder: "https://shop.example/webhooks".to_owned(),
        help: Some("Where events are sent by POST: https, and an address that anybody can reach.".to_owned()),
        is_required: true,
        max_length: Some(1_000),
        ..Field::default()
    }
}

fn description(typed: &str) -> Field {
    Field {
        name: "description",
        label: "Description".to_owned(),
        value: typed.to_owned(),
        placeholder: "Order fulfilment".to_owned(),
        help: Some("What it is for, so that you recognise it later.".to_owned()),
        max_length: Some(200),
        ..Field::default()
    }
}

fn patterns(typed: &str) -> Field {
    Field {
        name: "patterns",
        label: "More events".to_owned(),
        value: typed.to_owned(),
        placeholder: "payment.* refund.*".to_owned(),
        help: Some("Groups such as payment.*, types of your own, or * for all; separated by spaces.".to_owned()),
        max_length: Some(10_000),
        ..Field::default()
    }
}

fn status(typed: &Typed, purpose: &Purpose<'_>) -> Select {
    let is_disabled =
        matches!(purpose, Purpose::Edit { endpoint, .. } if matches!(endpoint.status, EndpointStatus::Disabled(_)));
    let disabled = is_disabled.then_some(("disabled", "Disabled"));
    let options: Vec<_> = disabled.into_iter().chain([("active", "Active"), ("paused", "Paused")]).collect();
    Select::new("status", "Status", &options, &typed.status)
}

fn status_help(kept_for: KeptFor) -> String {
    format!("A paused endpoint is sent nothing; what happens meanwhile is kept for it {kept_for}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns_of(event_types: &[&str], patterns: &str) -> Result<Vec<String>, &'static str> {
        let event_types = event_types.iter().map(|text| (*text).to_owned()).collect();
        let typed = Typed { event_types, patterns: patterns.to_owned(), ..Typed::default() };
        let found = typed.patterns().map(|patterns| patterns.iter().map(ToString::to_string).collect());
        found.map_err(|refused| match refused {
            Refused::Fields(wrong) => wrong[0].0,
            Refused::Whole(title, _) | Refused::Stale(title) => title,
        })
    }

    #[test]
    fn what_is_ticked_and_what_is_typed_are_one_list() {
        let expected: Vec<_> = ["payment.completed", "refund.*", "*"].map(str::to_owned).into();
        assert_eq!(patterns_of(&["payment.completed"], "refund.*, *; payment.completed"), Ok(expected));
    }

    #[test]
    fn a_type_that_has_no_box_is_typed() {
        let offered = [Offered { name: "payment.completed".to_owned(), description: String::new() }];
        let mut typed = Typed::default();
        for name in ["payment.completed", "order.z", "order.y"] {
            typed.choose(&name.parse().unwrap(), &offered);
        }
        assert_eq!(
            (typed.event_types, typed.patterns.as_str()),
            (vec!["payment.completed".to_owned()], "order.z order.y")
        );
    }

    #[test]
    fn another_spelling_of_an_event_is_the_one_of_the_catalogue() {
        let expected: Vec<_> = ["payment.completed", "payment.cancelled"].map(str::to_owned).into();
        assert_eq!(patterns_of(&["payment.completed"], "payment.paid payment.canceled"), Ok(expected));
    }

    #[test]
    fn nothing_and_nonsense_are_told_at_different_fields() {
        assert_eq!(patterns_of(&[], " , "), Err("event_types"));
        assert_eq!(patterns_of(&["payment.completed"], "payment."), Err("patterns"));
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, Tone, shell_sample};

    impl Sample for FormPage {
        const TEMPLATE: &'static str = "admin/webhooks/form.html";

        fn samples() -> Vec<Self> {
            let offered = ["payment.completed", "refund.created"]
                .map(|name| Offered { name: name.to_owned(), description: format!("What {name} tells.") });
            let typed = Typed {
                url: "http://shop.example/<b>".to_owned(),
                event_types: vec!["payment.completed".to_owned()],
                patterns: "order.*".to_owned(),
                status: "paused".to_owned(),
                ..Typed::default()
            };
            let page = |typed: &Typed| {
                let purpose = Purpose::Add { form_id: "form-id".to_owned() };
                let mut page =
                    Self::drawn(shell_sample("Add endpoint"), "token".to_owned(), purpose, (typed, &offered));
                page.status.help = Some(status_help(KeptFor(None)));
                page
            };
            let mut wrong = page(&typed);
            wrong.refused(at("url", "Endpoint url must use https, got \"http\".".to_owned()));
            let mut stale = page(&typed);
            stale.refused(Refused::Stale("Somebody else has changed this endpoint meanwhile"));
            let mut checked = page(&typed);
            let (title, text) = ("This address cannot be an endpoint".to_owned(), "It is not <b>https</b>.".to_owned());
            checked.tell(Alert { tone: Tone::Bad, title, text });
            vec![page(&Typed::default()), wrong, stale, checked]
        }
    }
}
