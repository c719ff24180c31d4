//! Fills the workspace of a hub with events that were delivered, or that wait, for measurements: `seed_history <database url>
//! <delivered|waiting> <count>`.
//!
//! Each event has a payload of 500 bytes and one delivery; those go to the endpoints of the first workspace in turn. What waits is due
//! at once. The hub must not run meanwhile.

use devhub_domain::events::{Event, Payload};
use devhub_domain::id::EventId;
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::store::{Lane, StoreError, UnitOfWork, read, write};
use devhub_domain::testing::{SeededEntropy, event};
use devhub_domain::time::Timestamp;
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::{Delivery, DeliveryState, Endpoint, Summary};
use devhub_storage::{Database, DatabaseUrl, Options, Synchronous};

/// Events of one transaction.
const CHUNK: usize = 1_000;
const PAYLOAD_BYTES: usize = 500;
/// Before whatever a measurement publishes.
const FIRST_AT: Timestamp = Timestamp::from_seconds(1_760_000_000);
const BETWEEN_MICROS: i64 = 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, state, count] = &arguments[..] else {
        return Err("usage: seed_history <database url> <delivered|waiting> <count>".into());
    };
    let state = DeliveryState::parse(state).ok_or("the state is delivered or waiting")?;
    let url: DatabaseUrl = url.parse()?;
    let database = Database::open(&url, Options { synchronous: Synchronous::Off, ..Options::default() })?;
    let store: &dyn UnitOfWork<dyn Tx> = &database;
    let endpoints = endpoints(store)?;
    let workspace_id = endpoints.first().ok_or("the workspace has no endpoint")?.workspace_id;
    let entropy = SeededEntropy::new(u64::try_from(count.len())?);
    let payload = format!(r#"{{"event":"payment.completed","reference":"{}"}}"#, "x".repeat(PAYLOAD_BYTES - 43));
    let payload = Payload::new(payload.as_bytes(), PAYLOAD_BYTES * 2)?;
    let mut numbered = (0..count.parse::<i64>()?).zip(endpoints.iter().cycle()).peekable();
    while numbered.peek().is_some() {
        let chunk: Vec<_> = numbered.by_ref().take(CHUNK).collect();
        write(store, Lane::Background, |tx| {
            chunk.iter().try_for_each(|(number, endpoint)| {
                let accepted_at = Timestamp::from_micros(FIRST_AT.as_micros() + BETWEEN_MICROS * number);
                let id = EventId::generate(accepted_at, &entropy);
                let event = Event { id, workspace_id, accepted_at, payload: payload.clone(), ..event(1) };
                tx.insert_event(&event)?;
                tx.insert_deliveries(&[delivery(&event, endpoint, state)])
            })
        })?;
    }
    database.shutdown();
    Ok(())
}

fn endpoints(store: &dyn UnitOfWork<dyn Tx>) -> Result<Vec<Endpoint>, StoreError> {
    read(store, |tx| {
        let Some(workspace) = tx.list_workspaces()?.into_iter().next() else { return Ok(Vec::new()) };
        let page = PageRequest { after: None, size: PageSize::new(100).unwrap_or_default() };
        Ok(tx.list_endpoints(workspace.id, page)?.items)
    })
}

fn delivery(event: &Event, endpoint: &Endpoint, state: DeliveryState) -> Delivery {
    let born = Delivery::born(event, endpoint, None);
    if state == DeliveryState::Waiting {
        return Delivery { due_at: Some(event.accepted_at), ..born };
    }
    let at = event.accepted_at;
    let last = Some(Summary { started_at: at, duration_ms: 42, status: Some(200), failure: None, detail: None });
    Delivery { state, due_at: None, attempts: 1, finished_at: Some(at), last, ..born }
}
