//! `/api/hub/v1/event-types`: what can happen, as the catalogue tells it.

use std::fmt;
use std::str::FromStr;

use actix_web::HttpResponse;
use devhub_domain::events::{CATALOG, CatalogEntry, OPERATIONAL};
use devhub_domain::page::{Page, PageRequest};
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa::openapi::path::HttpMethod;

use crate::auth::{AnyKey, Caller};
use crate::openapi::{EventTypeText, Operation};
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, PageBody, Path, get, ok, page_request};

pub(super) fn paths() -> Vec<Path> {
    vec![
        Path::new("/api/hub/v1/event-types", "GET, HEAD").route(get().to(list)),
        Path::new("/api/hub/v1/event-types/{name}", "GET, HEAD").route(get().to(find)),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    let example = json!({
        "name": "payment.completed",
        "description": "A payment was made: deliver the goods.",
        "sample": { "event": "payment.completed", "amount": "10.00" },
    });
    vec![
        Operation::new(HttpMethod::Get, "/api/hub/v1/event-types", "listEventTypes")
            .needs::<AnyKey>("Lists the event types of the catalogue, in its order.", "Others may be published, too.")
            .lists::<EventTypeBody>("A page of event types.", &example.clone(), &json!("payment.completed")),
        Operation::new(HttpMethod::Get, "/api/hub/v1/event-types/{name}", "findEventType")
            .of("name", "The name of the event type.", "payment.completed")
            .needs::<AnyKey>("Shows an event type.", "")
            .answers::<EventTypeBody>("200", "The event type.", example),
    ]
}

/// An event type of the catalogue.
#[derive(Serialize, ToSchema)]
#[schema(as = EventType)]
struct EventTypeBody {
    #[schema(value_type = EventTypeText)]
    name: &'static str,
    /// When it happens.
    description: &'static str,
    /// A payload as receivers get it.
    #[schema(value_type = serde_json::Value)]
    sample: &'static RawValue,
}

impl From<&CatalogEntry> for EventTypeBody {
    fn from(entry: &CatalogEntry) -> Self {
        let sample = serde_json::from_str(entry.sample).expect("samples are JSON, as their own test says");
        Self { name: entry.name, description: entry.description, sample }
    }
}

/// How many types stand before the rest of the catalogue; shown as the name of the last of them.
struct Seen {
    count: usize,
    name: &'static str,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl FromStr for Seen {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let mut counted = (1..).zip(entries());
        counted.find(|(_, entry)| entry.name == name).map(|(count, entry)| Self { count, name: entry.name }).ok_or(())
    }
}

/// What a platform tells, then what the hub itself does.
fn entries() -> impl Iterator<Item = &'static CatalogEntry> {
    CATALOG.iter().chain(OPERATIONAL)
}

async fn list(_caller: Caller<AnyKey>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    let params = incoming.params(&["limit", "cursor"])?;
    let mut invalid = Invalid::default();
    let PageRequest { size, after } = page_request::<Seen>(&params, &mut invalid);
    invalid.finish()?;
    let rest = entries().skip(after.map_or(0, |seen| seen.count)).take(size.get() + 1);
    Ok(ok(&PageBody::new(&Page::from_rows(rest.collect(), size, |entry| entry.name), |entry| {
        EventTypeBody::from(*entry)
    })))
}

async fn find(_caller: Caller<AnyKey>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let name = incoming.path_name();
    let found = entries().find(|entry| Some(entry.name) == name.as_deref());
    let entry = found.ok_or_else(Problem::no_event_type)?;
    Ok(ok(&EventTypeBody::from(entry)))
}
