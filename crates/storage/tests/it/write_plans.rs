//! What a write has to find is found by its key, whatever else there is, on both backends.

use devhub_domain::id::SessionId;
use devhub_domain::testing::{endpoint, event};
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Delivery, Room};
use devhub_storage::{Database, DatabaseKind};

use crate::plans::{expect_index, heard, made, plan, plan_of_write, session, statements_of};
use crate::support::{Guard, on_each, put};

/// The types of the columns of deliveries, which are values of arrays where a statement takes many rows: nothing else tells them.
const COLUMNS: &str = "bytea bytea bytea text bytea text bigint bytea bigint bigint bigint bigint bigint bigint text text bigint text \
    bigint bigint bytea";

pub(crate) fn with_types(sql: &str) -> String {
    let Some((head, rest)) = sql.split_once("unnest(") else { return sql.to_owned() };
    let (arrays, tail) = rest.split_once(')').unwrap();
    if arrays.split(", ").count() != COLUMNS.split_whitespace().count() {
        return sql.to_owned();
    }
    let typed = arrays.split(", ").zip(COLUMNS.split_whitespace()).map(|(array, of)| format!("{array}::{of}[]"));
    format!("{head}unnest({}){tail}", typed.collect::<Vec<_>>().join(", "))
}

/// However few leases there are: what a session has ended stays in the index of leases while a long snapshot keeps it there.
fn results_are_recorded_by_the_primary_key(open: fn() -> (Database, Guard)) {
    let on = heard(open);
    let leased = |number| Delivery::born(&event(number), &endpoint(1), Some(session()));
    let index = if on.0.kind() == DatabaseKind::Sqlite { "PRIMARY KEY" } else { "deliveries_pkey" };
    let one = plan_of_write(&on, |tx| tx.record_delivery(session(), &leased(1)).map(drop));
    let alone = plan_of_write(&on, |tx| tx.record_deliveries(session(), &[leased(1)]).map(drop));
    let together = plan_of_write(&on, |tx| tx.record_deliveries(session(), &[leased(1), leased(2)]).map(drop));
    for (name, plan) in [("a result", one), ("one of a batch", alone), ("a batch", together)] {
        expect_index(&on, name, &plan, index);
        assert!(!plan.contains("deliveries_leased"), "{name}:\n{plan}");
    }
}

/// The statement that stores an event with its deliveries: on SQLite those are several, and none of them looks for anything.
fn an_event_is_stored_without_a_look_at_others(open: fn() -> (Database, Guard)) {
    let on = heard(open);
    let event = event(1);
    let deliveries = [1, 2].map(|number| Delivery::born(&event, &endpoint(number), None));
    let plan = plan_of_write(&on, |tx| tx.insert_event_with(&event, &deliveries).map(drop));
    assert!(!plan.contains("Scan on deliveries") && !plan.contains("Scan on events"), "{plan}");
    assert!(on.0.kind() == DatabaseKind::Sqlite || plan.contains("Function Scan on"), "{plan}");
}

/// What is claimed and what is taken over: the looks may go by other indexes, the writes go by the key, however few leases there are.
fn what_is_claimed_or_taken_over_is_written_by_its_key(open: fn() -> (Database, Guard)) {
    let on = heard(open);
    let (holder, now) = (SessionId::from_bytes(made(1)), Timestamp::from_seconds(1));
    let heard = statements_of(|| {
        put(&on.0, |tx| tx.release_session(holder, now, 500).map(drop));
        put(&on.0, |tx| tx.claim_due(session(), now, &Room::of(10)).map(drop));
    });
    let writes: Vec<_> = heard.into_iter().filter(|sql| sql.starts_with("UPDATE \"deliveries\"")).collect();
    assert!(on.0.kind() == DatabaseKind::Sqlite || writes.len() >= 3, "{writes:?}");
    for sql in writes {
        let plan = plan(&on.1, &sql);
        assert!(plan.contains("deliveries_pkey") && !plan.contains("deliveries_leased"), "{sql}\n{plan}");
    }
}

on_each! {
    what_is_claimed_or_taken_over_is_written_by_its_key
    results_are_recorded_by_the_primary_key
    an_event_is_stored_without_a_look_at_others
}
