//! How endpoints do is read for all of them at once, by indexes.

use std::sync::Arc;

use devhub_domain::id::{EndpointId, WorkspaceId};
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::sealing::{MasterKey, Sealer};
use devhub_domain::testing::{ManualClock, SeededEntropy, contract, endpoint};
use devhub_domain::webhooks::{Deliveries, RetrySchedule};
use devhub_storage::{Database, DatabaseKind};

use crate::plans::{expect_index, heard, made, plan_of_read, statements_of};
use crate::support::{Guard, on_each, put, sqlite};

/// As many as the page of a list has.
const PAGE: usize = 20;

fn a_page_of_endpoints_is_looked_up_by_indexes(open: fn() -> (Database, Guard)) {
    let on = heard(open);
    let ids: Vec<_> = (0..20).map(|number| EndpointId::from_bytes(made(number * 7))).collect();
    let of_endpoints = plan_of_read(&on, |tx| tx.list_backlogs(&ids, 10_000).map(drop));
    expect_looks(&on, &of_endpoints, "deliveries_unsettled_by_endpoint");
    let workspace_id = WorkspaceId::from_bytes(made(7));
    let of_workspace = plan_of_read(&on, |tx| tx.backlog_of_workspace(workspace_id, 10_000).map(drop));
    expect_looks(&on, &of_workspace, "deliveries_unsettled_by_workspace");
    let hours = plan_of_read(&on, |tx| tx.list_tallies(&ids, 19_000).map(drop));
    let key = if on.0.kind() == DatabaseKind::Sqlite { "PRIMARY KEY" } else { "endpoint_hours_pkey" };
    expect_index(&on, "hours", &hours, key);
    let attempts = plan_of_read(&on, |tx| tx.sum_unknown_attempts(30_000..30_168, 5).map(drop));
    let key = if on.0.kind() == DatabaseKind::Sqlite { "PRIMARY KEY" } else { "unknown_attempts_pkey" };
    expect_index(&on, "attempts", &attempts, key);
}

/// The count and the oldest of each state: four looks, and none past the index.
fn expect_looks(on: &(Database, Guard), plan: &str, index: &str) {
    let looks: Vec<_> = plan.lines().filter(|line| line.contains("deliveries")).collect();
    assert_eq!(looks.len(), 4, "on {}:\n{plan}", on.0.kind().as_str());
    assert!(looks.iter().all(|line| line.contains(index)), "on {}: expected {index} in\n{plan}", on.0.kind().as_str());
}

#[test]
fn however_many_endpoints_there_are_they_are_read_by_as_many_statements() {
    let counted = |endpoints: u32| {
        let (database, _guard) = heard(sqlite);
        contract::seed(&database);
        put(&database, |tx| (1..=endpoints).try_for_each(|number| tx.insert_endpoint(&endpoint(number))));
        let (clock, entropy) = (Arc::new(ManualClock::default()), Arc::new(SeededEntropy::new(1)));
        let sealer = Arc::new(Sealer::new(&MasterKey::from_bytes([3; 32])));
        let store = Arc::new(database.clone());
        let deliveries = Deliveries::new(store, sealer, Arc::new(RetrySchedule::DEFAULT), clock, entropy);
        let request = || PageRequest { size: PageSize::new(20).unwrap(), after: None };
        let list = statements_of(|| {
            assert!(deliveries.list_reports(endpoint(1).workspace_id, request()).unwrap().items.len() <= PAGE);
        });
        let overview = statements_of(|| {
            assert!(deliveries.of_workspace(endpoint(1).workspace_id, 24).unwrap().is_whole);
        });
        (list.len(), overview.len())
    };
    assert_eq!(counted(60), counted(1));
}

on_each! {
    a_page_of_endpoints_is_looked_up_by_indexes
}
