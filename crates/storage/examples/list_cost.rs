//! What a page of 50 deliveries costs, by filter, in a folder that `seed_deliveries` has filled: `list_cost <folder>`.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a measurement, run by hand")]

use std::time::{Duration, Instant};

use devhub_domain::id::{DeliveryId, EndpointId, WorkspaceId};
use devhub_domain::page::{PageRequest, PageSize, Period};
use devhub_domain::store::{StoreError, UnitOfWork, read};
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::{DeliveryFilter, DeliveryState};
use devhub_storage::{Database, DatabaseUrl, Options};

const ROUNDS: usize = 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: list_cost <folder>")?;
    let database = Database::open(&DatabaseUrl::Sqlite { folder: folder.into() }, Options::default())?;
    let store: &dyn UnitOfWork<dyn Tx> = &database;
    let workspace_id = read(store, |tx| tx.list_workspaces())?.first().ok_or("no workspace")?.id;
    let middle = middle(store, workspace_id)?.ok_or("no deliveries")?;
    for (name, filter) in filters(store, workspace_id, middle)? {
        for (page, after) in [("first", None), ("middle", Some(middle))] {
            let (rows, times) = measured(store, workspace_id, &filter, after)?;
            let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
            println!("{name:<22} {page:<7} {rows:>3} rows  p50 {:>9.1?}  p99 {:>9.1?}", at(50), at(99));
        }
    }
    database.shutdown();
    Ok(())
}

/// A delivery with many before and after it.
fn middle(store: &dyn UnitOfWork<dyn Tx>, workspace_id: WorkspaceId) -> Result<Option<DeliveryId>, StoreError> {
    let mut page = PageRequest { size: PageSize::MAX, after: None };
    for _ in 0..1_000 {
        page.after = read(store, |tx| tx.list_deliveries(workspace_id, &DeliveryFilter::default(), page))?.next;
    }
    Ok(page.after)
}

type Named = (&'static str, DeliveryFilter);

fn filters(
    store: &dyn UnitOfWork<dyn Tx>,
    workspace_id: WorkspaceId,
    middle: DeliveryId,
) -> Result<Vec<Named>, StoreError> {
    let found = read(store, |tx| tx.find_delivery(workspace_id, middle))?;
    let event_id = found.as_ref().map(|delivery| delivery.event_id);
    let event_type = found.as_ref().map(|delivery| delivery.event_type.clone());
    let at = found.map(|delivery| delivery.created_at);
    let day = Duration::from_hours(24);
    let created = Period { from: at.map(|at| at.minus(day)), before: at.map(|at| at.plus(day)) };
    let endpoint_id = Some(EndpointId::from_bytes(3_u128.to_be_bytes()));
    let all = DeliveryFilter::default;
    let exhausted = Some(DeliveryState::Exhausted);
    Ok(vec![
        ("none", all()),
        ("state=exhausted", DeliveryFilter { state: exhausted, ..all() }),
        ("state=delivered", DeliveryFilter { state: Some(DeliveryState::Delivered), ..all() }),
        ("state=leased", DeliveryFilter { state: Some(DeliveryState::Leased), ..all() }),
        ("state=parked", DeliveryFilter { state: Some(DeliveryState::Parked), ..all() }),
        ("type", DeliveryFilter { event_type, ..all() }),
        ("endpoint", DeliveryFilter { endpoint_id, ..all() }),
        ("endpoint+exhausted", DeliveryFilter { endpoint_id, state: exhausted, ..all() }),
        ("event", DeliveryFilter { event_id, ..all() }),
        ("period", DeliveryFilter { created, ..all() }),
        ("period+exhausted", DeliveryFilter { created, state: exhausted, ..all() }),
    ])
}

fn measured(
    store: &dyn UnitOfWork<dyn Tx>,
    workspace_id: WorkspaceId,
    filter: &DeliveryFilter,
    after: Option<DeliveryId>,
) -> Result<(usize, Vec<Duration>), Box<dyn std::error::Error>> {
    let page = PageRequest { size: PageSize::new(50)?, after };
    let (mut rows, mut times) = (0, Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        let started = Instant::now();
        rows = read(store, |tx| tx.list_deliveries(workspace_id, filter, page))?.items.len();
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok((rows, times))
}
