//! Fills a folder with deliveries, for measurements of their list: `seed_deliveries <folder> <count>`.
//!
//! Ten endpoints, events over thirty days, each delivered to all ten: 98 of 100 deliveries are delivered, one is exhausted, one is
//! waiting, held or blocked. A hub that is started on the folder sends nothing of it: what waits is due in years, and what is held is
//! held for a paused endpoint. The list is measured by `list_cost`.

use devhub_domain::events::Event;
use devhub_domain::id::{EndpointId, EventId, WorkspaceId};
use devhub_domain::store::{Lane, StoreError, UnitOfWork, read, write};
use devhub_domain::testing::{SeededEntropy, endpoint, event};
use devhub_domain::time::Timestamp;
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::{Close, Delivery, DeliveryState, Endpoint, EndpointStatus, Summary};
use devhub_domain::workspaces::{EventChecks, TimeZone, Workspace, WorkspaceName, WorkspaceStatus};
use devhub_storage::{Database, DatabaseUrl, Options, Synchronous};

const ENDPOINTS: u32 = 10;
/// Events of one transaction.
const CHUNK: u32 = 1_000;
const FIRST_AT: Timestamp = Timestamp::from_seconds(1_760_000_000);
const PERIOD_MICROS: i64 = 30 * 24 * 3_600 * 1_000_000;
/// Past the life of any measurement.
const DUE_AT: Timestamp = Timestamp::from_seconds(4_000_000_000);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(count)) = (arguments.next(), arguments.next()) else {
        return Err("usage: seed_deliveries <folder> <count>".into());
    };
    let options = Options { synchronous: Synchronous::Off, ..Options::default() };
    let database = Database::open(&DatabaseUrl::Sqlite { folder: folder.into() }, options)?;
    database.migrate()?;
    let store: &dyn UnitOfWork<dyn Tx> = &database;
    let endpoints = endpoints(store)?;
    let events = count.parse::<u32>()? / ENDPOINTS;
    let entropy = SeededEntropy::new(1);
    for start in (0..events).step_by(usize::try_from(CHUNK)?) {
        write(store, Lane::Background, |tx| {
            (start..events.min(start + CHUNK)).try_for_each(|number| {
                let at = FIRST_AT.as_micros() + PERIOD_MICROS / i64::from(events) * i64::from(number);
                let accepted_at = Timestamp::from_micros(at);
                let id = EventId::generate(accepted_at, &entropy);
                let workspace_id = endpoints.first().map_or(event(1).workspace_id, |endpoint| endpoint.workspace_id);
                let event = Event { id, workspace_id, accepted_at, ..event(1) };
                let deliveries: Vec<_> =
                    (0..).zip(&endpoints).map(|(place, endpoint)| delivery(&event, endpoint, number, place)).collect();
                tx.insert_event(&event)?;
                tx.insert_deliveries(&deliveries)
            })
        })?;
    }
    database.shutdown();
    Ok(())
}

/// Makes the endpoints, the last of them paused, and a workspace if there is none.
fn endpoints(store: &dyn UnitOfWork<dyn Tx>) -> Result<Vec<Endpoint>, StoreError> {
    let found = read(store, |tx| tx.list_workspaces())?.first().map(|workspace| workspace.id);
    let workspace_id = found.unwrap_or(endpoint(1).workspace_id);
    let made = |number| {
        let status = if number == ENDPOINTS { EndpointStatus::Paused } else { EndpointStatus::Active };
        let id = EndpointId::from_bytes(u128::from(number).to_be_bytes());
        Endpoint { id, workspace_id, status, ..endpoint(number) }
    };
    let endpoints: Vec<Endpoint> = (1..=ENDPOINTS).map(made).collect();
    write(store, Lane::Background, |tx| {
        if found.is_none() {
            tx.insert_workspace(&workspace(workspace_id))?;
        }
        endpoints.iter().try_for_each(|endpoint| tx.insert_endpoint(endpoint))
    })?;
    Ok(endpoints)
}

fn workspace(id: WorkspaceId) -> Workspace {
    let name = WorkspaceName::new("Shop").expect("the name is short");
    Workspace {
        id,
        name,
        status: WorkspaceStatus::Active,
        time_zone: TimeZone::utc(),
        event_checks: EventChecks::Off,
        created_at: FIRST_AT,
    }
}

/// The delivery of the `number`th event to the endpoint at a place.
fn delivery(event: &Event, endpoint: &Endpoint, number: u32, place: u32) -> Delivery {
    let active = Endpoint { status: EndpointStatus::Active, ..endpoint.clone() };
    let born = Delivery::born(event, &active, None);
    let state = match ((number + place * 11) % 100, endpoint.status) {
        (0, _) => DeliveryState::Exhausted,
        (1, EndpointStatus::Paused) => DeliveryState::Held,
        (1, _) if number.is_multiple_of(3) => DeliveryState::Closed(Close::Blocked),
        (1, _) => DeliveryState::Waiting,
        _ => DeliveryState::Delivered,
    };
    let at = event.accepted_at;
    let status = Some(if state == DeliveryState::Delivered { 200 } else { 503 });
    let last = Some(Summary { started_at: at, duration_ms: 42, status, failure: None, detail: None });
    let due_at = (state == DeliveryState::Waiting).then_some(DUE_AT);
    let finished_at = state.is_over().then_some(at);
    Delivery { state, due_at, attempts: 1, finished_at, last, ..born }
}
