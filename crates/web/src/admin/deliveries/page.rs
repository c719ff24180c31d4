//! One delivery: where it stands, its attempts, and one of them as it was sent and answered.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::id::DeliveryId;
use devhub_domain::webhooks::{
    Attempt, Delivery, DeliveryState, EndpointError, EndpointStatus, LogError, ShownAttempt,
};
use devhub_domain::workspaces::TimeZone;

use super::query::{LogQuery, PATH};
use super::state;
use super::timeline::{ATTEMPTS_SHOWN, Step, timeline};
use crate::admin::components::{Alert, Badge, Fact, FactValue, Facts, Shell, Tabs, Tone};
use crate::admin::fields::Fields;
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::moments::moment_to_second;
use crate::admin::signed::Signed;
use crate::admin::webhooks::{AttemptView, page_of, result_badge};
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::path_value;

/// The page.
#[derive(Template)]
#[template(path = "admin/deliveries/page.html")]
pub(in crate::admin) struct DeliveryPage {
    pub(super) shell: Shell,
    tabs: Tabs,
    title: String,
    badge: Badge,
    meaning: &'static str,
    /// Why it was not sent again.
    pub(super) alert: Option<Alert>,
    /// Why nothing left.
    blocked: Option<Alert>,
    resend: Option<Resend>,
    facts: Facts,
    /// What has happened to it and what will, newest first.
    timeline: Vec<Step>,
    /// How many attempts are not listed.
    hidden: Option<String>,
    shown: Option<AttemptView>,
    shown_title: String,
}

/// How it is sent again.
struct Resend {
    action: String,
    token: String,
    /// Why it cannot be; then there is no button.
    hindrance: Option<&'static str>,
}

/// What is read of a delivery.
pub(super) struct Read {
    delivery: Delivery,
    attempts: Vec<Attempt>,
    shown: Option<ShownAttempt>,
    /// The address of the endpoint and whether it can be sent to; `None` once it is deleted.
    endpoint: Option<(String, EndpointStatus)>,
}

/// Shows a delivery.
pub(in crate::admin) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let id = delivery_id(&req)?;
    let wanted = Fields::parse(req.query_string().as_bytes()).text("attempt").parse().ok();
    let read = read(&signed, id, wanted).await?;
    let page = DeliveryPage::of(&signed, &read);
    signed.visit.page(StatusCode::OK, &page)
}

/// Which delivery a path names.
pub(super) fn delivery_id(req: &HttpRequest) -> Result<DeliveryId, Problem> {
    path_value(req, "id").ok_or_else(|| Problem::no_such("delivery_not_found", "delivery"))
}

/// The address of a delivery's page.
pub(super) fn path_of(id: DeliveryId) -> String {
    format!("{PATH}/{id}")
}

/// Reads a delivery with the attempt that is `wanted`, else its last.
pub(super) async fn read(signed: &Signed, id: DeliveryId, wanted: Option<u32>) -> Result<Read, Problem> {
    let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
    let read = move || {
        let (delivery, attempts) = services.deliveries.find(workspace_id, id)?;
        let number = wanted.or_else(|| attempts.last().map(|last| last.number));
        let shown = match number.map(|number| services.log.attempt(workspace_id, id, number)).transpose() {
            // What was shown in a row of before may have been removed with its time.
            Err(LogError::AttemptNotFound(_)) => None,
            shown => shown?,
        };
        let endpoint = match services.endpoints.find(workspace_id, delivery.endpoint_id) {
            Ok(target) => Some((target.endpoint.url.as_str().to_owned(), target.endpoint.status)),
            Err(EndpointError::NotFound(_)) => None,
            Err(error) => return Err(error.into()),
        };
        Ok::<_, Problem>(Read { delivery, attempts, shown, endpoint })
    };
    blocking::run(read).await
}

impl DeliveryPage {
    pub(super) fn of(signed: &Signed, read: &Read) -> Self {
        let (delivery, zone) = (&read.delivery, &signed.workspace.time_zone);
        let title = delivery.event_type.as_str().to_owned();
        let hidden = read.attempts.len().saturating_sub(ATTEMPTS_SHOWN);
        let shown = read.shown.as_ref();
        let number = shown.map(|shown| shown.attempt.number);
        Self {
            shell: signed.shell(format!("Delivery of {title}"), Place::DeveloperHub),
            tabs: tabs(HubTab::Deliveries),
            title,
            badge: state::badge(delivery.state),
            meaning: state::meaning(delivery.state),
            alert: None,
            blocked: never_left(read),
            resend: signed.may(Scope::DeliveriesWrite).then(|| Resend {
                action: format!("{}/resend", path_of(delivery.id)),
                token: signed.form_token(),
                hindrance: hindrance(read),
            }),
            facts: facts(read, zone),
            timeline: timeline(delivery, &read.attempts, number, (signed.visit.services.clock.now(), zone)),
            hidden: (hidden > 0).then(|| format!("{hidden} earlier attempts are not listed; the API has them.")),
            shown_title: shown.map(|shown| format!("Attempt {}", shown.attempt.number)).unwrap_or_default(),
            shown: shown.map(|shown| AttemptView::new(shown, zone)),
        }
    }
}

/// Why a request never left: no attempt tells it.
fn never_left(read: &Read) -> Option<Alert> {
    let last = read.delivery.last.as_ref()?;
    let text = last.detail.clone()?;
    let title = format!("The last request never left: {}", result_badge(last.status, last.error_kind()).text);
    Some(Alert { tone: Tone::Bad, title, text })
}

fn hindrance(read: &Read) -> Option<&'static str> {
    match (&read.endpoint, read.delivery.state) {
        (None, _) => Some("It cannot be sent again: its endpoint is deleted."),
        (Some((_, EndpointStatus::Active)), DeliveryState::Leased) => {
            Some("It is being sent at this moment: reload the page for its outcome.")
        }
        (Some((_, EndpointStatus::Active)), _) => None,
        (Some(_), _) => Some("It can be sent again once its endpoint is resumed."),
    }
}

fn facts(read: &Read, zone: &TimeZone) -> Facts {
    let delivery = &read.delivery;
    let at = |name: &str, at| Fact::new(name, FactValue::Moment(moment_to_second(at, zone)));
    let endpoint = match &read.endpoint {
        Some((url, _)) => FactValue::Link { href: page_of(delivery.endpoint_id), text: url.clone() },
        None => FactValue::Code(delivery.endpoint_id.to_string()),
    };
    let event = LogQuery::of_event(delivery.event_id).href();
    let mut items = vec![
        Fact::new("Endpoint", endpoint),
        Fact::new("Event", FactValue::Link { href: event, text: delivery.event_id.to_string() }),
        Fact::new("Delivery", FactValue::Code(delivery.id.to_string())),
        Fact::text("Attempts", attempt_counts(delivery)),
        at("Created", delivery.created_at),
    ];
    items.extend(delivery.due_at.map(|due| at("Next attempt", due)));
    items.extend(delivery.withheld_at().map(|withheld| at("Withheld", withheld)));
    items.extend(delivery.ended_at().map(|finished| at("Finished", finished)));
    Facts { items }
}

fn attempt_counts(delivery: &Delivery) -> String {
    let counted = |count: u32, what: &str| (count > 0).then(|| format!("{count} of them {what}"));
    let parts = [counted(delivery.resends, "asked for"), counted(delivery.interruptions, "interrupted")];
    let parts = [Some(delivery.attempts.to_string())].into_iter().chain(parts).flatten();
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod samples {
    use super::super::timeline::samples::story;
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for DeliveryPage {
        const TEMPLATE: &'static str = "admin/deliveries/page.html";

        fn samples() -> Vec<Self> {
            let page = |state, resend| Self {
                shell: shell_sample("Delivery of payment.completed"),
                tabs: tabs(HubTab::Deliveries),
                title: "payment.completed".to_owned(),
                badge: state::badge(state),
                meaning: state::meaning(state),
                alert: None,
                blocked: None,
                resend,
                facts: Facts::samples().remove(0),
                timeline: story(),
                hidden: None,
                shown: None,
                shown_title: String::new(),
            };
            let resend = |hindrance| Resend {
                action: "/admin/developer/deliveries/dlv_1/resend".to_owned(),
                token: "token".to_owned(),
                hindrance,
            };
            let text = "10.0.0.7 is <b>private</b>".to_owned();
            let blocked = Alert { tone: Tone::Bad, title: "The last request never left".to_owned(), text };
            vec![
                Self {
                    hidden: Some("3 earlier attempts are not listed.".to_owned()),
                    shown: AttemptView::samples().into_iter().next(),
                    shown_title: "Attempt 2".to_owned(),
                    ..page(DeliveryState::Delivered, Some(resend(None)))
                },
                Self {
                    alert: Some(blocked.clone()),
                    blocked: Some(blocked),
                    ..page(DeliveryState::Held, Some(resend(Some("Not now."))))
                },
                page(DeliveryState::Waiting, None),
            ]
        }
    }
}
