//! Every list and every look for work is served by the index that its comment names, whatever its filter, on both backends.
//!
//! What the ports run is overheard, and the database is asked how it would run that.

use std::cell::RefCell;

use devhub_domain::api_keys::{
    ApiKeyFilter, Environment, KeySearch, KeyState, KeyStatus, Scope, TokenPrefix, Transition,
};
use devhub_domain::audit::{Actor, AuditFilter};
use devhub_domain::events::EventFilter;
use devhub_domain::id::{DeliveryId, EndpointId, EventId, WorkspaceId};
use devhub_domain::page::{PageRequest, Period};
use devhub_domain::store::StoreError;
use devhub_domain::testing::event;
use devhub_domain::time::Timestamp;
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::{DeliveryFilter, DeliveryState, Room};
use devhub_storage::{Database, DatabaseKind};
use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection, set_default_instrumentation};
use diesel::sql_types::{Integer, Text};
use diesel::{Connection, PgConnection, RunQueryDsl};

use crate::support::{Guard, connect_sqlite, look, on_each, put};
use crate::write_plans::with_types;

thread_local! {
    /// Statements of this thread, in their order: reads, and writes that wait, run on the thread of their caller.
    static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

#[expect(clippy::unnecessary_wraps, reason = "Diesel asks for it so")]
fn listener() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            HEARD.with_borrow_mut(|heard| heard.push(query.to_string()));
        }
    }))
}

/// A database whose statements are heard, with enough in it that PostgreSQL has a choice.
pub(crate) fn heard(open: fn() -> (Database, Guard)) -> (Database, Guard) {
    heard_with(open, FILL)
}

/// The same, with what these statements put into PostgreSQL.
pub(crate) fn heard_with(open: fn() -> (Database, Guard), fill: &str) -> (Database, Guard) {
    set_default_instrumentation(listener).unwrap();
    let (database, guard) = open();
    if let Guard::Server(server) = &guard {
        let mut conn = PgConnection::establish(&server.url).unwrap();
        conn.batch_execute(fill).unwrap();
    }
    (database, guard)
}

/// Fifty workspaces with ten endpoints each; of a hundred deliveries 98 are delivered.
const FILL: &str = "
    CREATE FUNCTION made(n BIGINT) RETURNS BYTEA LANGUAGE SQL IMMUTABLE AS
        $$ SELECT decode(lpad(to_hex(n), 12, '0') || lpad(to_hex(n), 20, '0'), 'hex') $$;
    INSERT INTO workspaces SELECT made(n), 'Shop ' || n, 'active', 1 FROM generate_series(0, 49) n;
    INSERT INTO endpoints (id, workspace_id, url, description, event_types, status, disabled_reason, created_at_us, revision)
    SELECT made(n), made(n % 50), 'https://shop.example/', '', '*', 'active', NULL, 1, 1
        FROM generate_series(0, 499) n;
    INSERT INTO events SELECT made(n), made(n % 50), 'type_' || n % 7 || '.made', 'order-' || n, '{}', 1
        FROM generate_series(1, 20000) n;
    INSERT INTO deliveries (id, workspace_id, event_id, event_type, endpoint_id, state, due_at_us, lease_session_id, attempts,
        created_at_us)
        SELECT made(n), made(n % 50), made(n), 'type_' || n % 7 || '.made', made(n % 500),
            CASE WHEN n % 101 = 0 THEN 'exhausted' WHEN n % 103 = 0 THEN 'waiting' WHEN n % 4999 = 0 THEN 'leased'
                ELSE 'delivered' END,
            CASE WHEN n % 103 = 0 AND n % 101 <> 0 THEN n END,
            CASE WHEN n % 4999 = 0 AND n % 103 <> 0 AND n % 101 <> 0 THEN made(1) END, 1, n
        FROM generate_series(1, 20000) n;
    INSERT INTO api_keys SELECT made(n), made(n % 50), 'Shop', n::text, made(n) || made(n), 'token', 'read', 'default',
        CASE WHEN n % 101 < 20 THEN 'revoked' ELSE 'active' END, NULL, '', 1, 'system', NULL, 1
        FROM generate_series(1, 20000) n;
    INSERT INTO audit_entries SELECT made(n % 50), n, 1, 'system', 'did_' || n % 7, 'key_' || n, '{}', made(n) || made(n),
        made(n) || made(n)
        FROM generate_series(1, 20000) n;
    INSERT INTO idempotency_answers SELECT made(n), made(n), '', 200, '', n FROM generate_series(1, 20000) n;
    INSERT INTO endpoint_revisions SELECT made(n % 500), n, made(n), 'https://shop.example/', '*', 'active', NULL
        FROM generate_series(1, 20000) n;
    INSERT INTO key_hours SELECT made(n % 500), n, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '' FROM generate_series(1, 20000) n;
    INSERT INTO unknown_attempts SELECT n, n::text, 1, 0 FROM generate_series(1, 20000) n;
    INSERT INTO endpoint_hours SELECT made(n % 500), n, 1, 0, '' FROM generate_series(1, 20000) n;
    INSERT INTO operators SELECT made(n), made(n % 50), n::text, 'viewer', 1 FROM generate_series(0, 499) n;
    INSERT INTO operator_sessions SELECT made(n), made(n) || made(n), made(n % 50), made(n % 500), 1, n, n, '', ''
        FROM generate_series(1, 20000) n;
    ANALYZE";

/// How the database runs the last statement of a read.
pub(crate) fn plan_of_read(on: &(Database, Guard), read: impl Fn(&mut dyn Tx) -> Result<(), StoreError>) -> String {
    HEARD.take();
    look(&on.0, &read).unwrap();
    plan(&on.1, &last_heard())
}

/// How the database runs the last statement of a write.
pub(crate) fn plan_of_write(on: &(Database, Guard), write: impl Fn(&mut dyn Tx) -> Result<(), StoreError>) -> String {
    HEARD.take();
    put(&on.0, &write);
    plan(&on.1, &last_heard())
}

fn last_heard() -> String {
    let is_query = |sql: &String| !["BEGIN", "COMMIT", "ROLLBACK"].iter().any(|word| sql.starts_with(word));
    HEARD.take().into_iter().rfind(is_query).expect("the port has run a statement")
}

/// The statements that `run` has this thread run.
pub(crate) fn statements_of(run: impl FnOnce()) -> Vec<String> {
    HEARD.take();
    run();
    HEARD.take()
}

/// How the database runs a statement that was heard.
pub(crate) fn plan(guard: &Guard, heard: &str) -> String {
    let sql = heard.split(" -- binds:").next().unwrap();
    let lines: Vec<String> = match guard {
        Guard::Folder(_) => {
            let explain = diesel::dsl::sql::<(Integer, Integer, Integer, Text)>(&format!("EXPLAIN QUERY PLAN {sql}"));
            let rows: Vec<(i32, i32, i32, String)> = explain.load(&mut connect_sqlite(guard)).unwrap();
            rows.into_iter().map(|(_, _, _, detail)| detail).collect()
        }
        Guard::Server(server) => {
            let mut conn = PgConnection::establish(&server.url).unwrap();
            let sql = with_types(sql);
            let binds = (1..=40).take_while(|number| sql.contains(&format!("${number}"))).count();
            // Without knowing a value, as a statement that is prepared once and run often; in memory, as the newest rows are.
            conn.batch_execute("SET plan_cache_mode = force_generic_plan; SET random_page_cost = 1.1").unwrap();
            conn.batch_execute(&format!("PREPARE heard AS {sql}")).unwrap();
            let nulls = vec!["NULL"; binds].join(", ");
            let nulls = if binds == 0 { nulls } else { format!("({nulls})") };
            diesel::dsl::sql::<Text>(&format!("EXPLAIN EXECUTE heard{nulls}")).load(&mut conn).unwrap()
        }
    };
    lines.join("\n")
}

pub(crate) fn expect_index(on: &(Database, Guard), name: &str, plan: &str, index: &str) {
    // SQLite calls the index of a primary key by another name in each kind of table.
    let is_served = plan.contains(index) && !plan.contains("Seq Scan on") && !plan.contains("SCAN deliveries\n");
    assert!(is_served, "{name} on {}: expected {index} in\n{plan}", on.0.kind().as_str());
}

pub(crate) fn made(number: u64) -> [u8; 16] {
    ((u128::from(number) << 80) | u128::from(number)).to_be_bytes()
}

pub(crate) fn workspace() -> WorkspaceId {
    WorkspaceId::from_bytes(made(1))
}

pub(crate) fn page<Id>(after: Option<Id>) -> PageRequest<Id> {
    PageRequest { after, ..PageRequest::default() }
}

fn period() -> Period {
    Period { from: Some(Timestamp::from_micros(4_000_000)), before: Some(Timestamp::from_micros(9_000_000)) }
}

fn lists_of_deliveries_use_their_indexes(open: fn() -> (Database, Guard)) {
    let on = heard(open);
    let all = DeliveryFilter::default;
    let endpoint_id = Some(EndpointId::from_bytes(made(51)));
    let event_id = Some(EventId::from_bytes(made(5_001)));
    let (leased, delivered) = (Some(DeliveryState::Leased), Some(DeliveryState::Delivered));
    let (exhausted, created) = (Some(DeliveryState::Exhausted), period());
    let (of_workspace, of_endpoint) = ("deliveries_by_workspace", "deliveries_by_endpoint");
    let (event_type, of_type) = ("type_3.made".parse().ok(), "deliveries_by_type");
    let unsettled = "deliveries_unsettled_by_workspace";
    let unsettled_of_endpoint = "deliveries_unsettled_by_endpoint";
    let rows = [
        ("all", all(), of_workspace),
        ("event", DeliveryFilter { event_id, ..all() }, of_workspace),
        ("period", DeliveryFilter { created, ..all() }, of_workspace),
        ("event, period", DeliveryFilter { event_id, created, ..all() }, of_workspace),
        ("type", DeliveryFilter { event_type: event_type.clone(), ..all() }, of_type),
        ("type, period", DeliveryFilter { event_type: event_type.clone(), created, ..all() }, of_type),
        ("type, delivered", DeliveryFilter { event_type: event_type.clone(), state: delivered, ..all() }, of_type),
        ("type, exhausted", DeliveryFilter { event_type, state: exhausted, ..all() }, unsettled),
        ("endpoint", DeliveryFilter { endpoint_id, ..all() }, of_endpoint),
        ("endpoint, period", DeliveryFilter { endpoint_id, created, ..all() }, of_endpoint),
        ("delivered", DeliveryFilter { state: delivered, ..all() }, of_workspace),
        ("delivered, period", DeliveryFilter { state: delivered, created, ..all() }, of_workspace),
        ("delivered, endpoint", DeliveryFilter { state: delivered, endpoint_id, ..all() }, of_endpoint),
        ("exhausted", DeliveryFilter { state: exhausted, ..all() }, unsettled),
        ("exhausted, period", DeliveryFilter { state: exhausted, created, ..all() }, unsettled),
        ("exhausted, endpoint", DeliveryFilter { state: exhausted, endpoint_id, ..all() }, unsettled_of_endpoint),
        (
            "exhausted, endpoint, period",
            DeliveryFilter { state: exhausted, endpoint_id, created, ..all() },
            unsettled_of_endpoint,
        ),
        ("leased", DeliveryFilter { state: leased, ..all() }, "deliveries_leased"),
        ("leased, endpoint", DeliveryFilter { state: leased, endpoint_id, ..all() }, "deliveries_leased"),
    ];
    for (name, filter, index) in rows {
        for after in [None, Some(DeliveryId::from_bytes(made(15_000)))] {
            let plan = plan_of_read(&on, |tx| tx.list_deliveries(workspace(), &filter, page(after)).map(drop));
            expect_index(&on, name, &plan, index);
        }
    }
}

fn lists_of_events_use_their_indexes(open: fn() -> (Database, Guard)) {
    let on = heard(open);
    let (event_type, accepted) = (Some(event(1).event_type), period());
    let external_id = "order-77".parse().ok();
    let all = EventFilter::default;
    let rows = [
        ("all", all(), "events_by_workspace"),
        ("period", EventFilter { accepted, ..all() }, "events_by_workspace"),
        ("type", EventFilter { event_type: event_type.clone(), ..all() }, "events_by_type"),
        ("type, period", EventFilter { event_type, accepted, ..all() }, "events_by_type"),
        ("external id", EventFilter { external_id, ..all() }, "events_by_external_id"),
    ];
    for (name, filter, index) in rows {
        let plan = plan_of_read(&on, |tx| tx.list_events(workspace(), &filter, page(None)).map(drop));
        expect_index(&on, name, &plan, index);
    }
}

fn lists_of_keys_use_their_indexes(open: fn() -> (Database, Guard)) {
    let on = heard(open);
    let (status, prefix) = (Some(KeyStatus::Revoked), Some("77".to_owned()));
    let (of_workspace, of_status, of_prefix) = ("api_keys_by_workspace", "api_keys_by_status", "api_keys_by_prefix");
    let all = ApiKeyFilter::default;
    let search = |text| {
        let search = KeySearch::new(text, &TokenPrefix::default()).unwrap();
        ApiKeyFilter { search: Some(search), ..all() }
    };
    let rows = [
        ("all", all(), of_workspace),
        ("status", ApiKeyFilter { status, ..all() }, of_status),
        ("prefix", ApiKeyFilter { prefix: prefix.clone(), ..all() }, of_prefix),
        ("status, prefix", ApiKeyFilter { status, prefix, ..all() }, of_prefix),
        ("active", ApiKeyFilter { state: Some(KeyState::Active), ..all() }, of_status),
        ("expired", ApiKeyFilter { state: Some(KeyState::Expired), ..all() }, of_workspace),
        ("scope", ApiKeyFilter { scope: Some(Scope::Write), ..all() }, of_workspace),
        ("unused", ApiKeyFilter { unused_since: Some(Timestamp::default()), ..all() }, of_workspace),
        ("expiring", ApiKeyFilter { expires_before: Some(Timestamp::default()), ..all() }, of_workspace),
        ("locked ones", ApiKeyFilter { open_to: Some(Transition::Unlock), ..all() }, of_status),
        ("environment", ApiKeyFilter { environment: Some(Environment::default()), ..all() }, of_workspace),
        ("text", search("Shop"), of_workspace),
        ("text or digits", search("op_77"), of_workspace),
        ("token", search("op_77777777.aae2"), of_prefix),
    ];
    for (name, filter, index) in rows {
        let plan = plan_of_read(&on, |tx| {
            tx.list_api_keys(workspace(), &filter, Timestamp::from_micros(2), page(None)).map(drop)
        });
        expect_index(&on, name, &plan, index);
    }
}

fn lists_of_the_audit_log_use_their_indexes(open: fn() -> (Database, Guard)) {
    let on = heard(open);
    let (subject, action) = (Some("key_77".to_owned()), Some("did_3".to_owned()));
    let primary_key = if on.0.kind() == DatabaseKind::Sqlite { "PRIMARY KEY" } else { "audit_entries_pkey" };
    let rows = [
        ("all", AuditFilter::default(), primary_key),
        ("action", AuditFilter { action: action.clone(), ..AuditFilter::default() }, "audit_entries_by_action"),
        ("subject", AuditFilter { subject: subject.clone(), ..AuditFilter::default() }, "audit_entries_by_subject"),
        ("action, subject", AuditFilter { action, subject, ..AuditFilter::default() }, "audit_entries_by_subject"),
        ("actor", AuditFilter { actor: Some(Actor::System), ..AuditFilter::default() }, primary_key),
        ("period", AuditFilter { period: period(), ..AuditFilter::default() }, primary_key),
    ];
    for (name, filter, index) in rows {
        let plan = plan_of_read(&on, |tx| tx.list_audit_entries(workspace(), &filter, page(None)).map(drop));
        expect_index(&on, name, &plan, index);
    }
}

fn jobs_and_retention_look_for_deliveries_by_their_indexes(open: fn() -> (Database, Guard)) {
    let on = heard(open);
    let all = DeliveryFilter::default;
    let end = DeliveryId::from_bytes(made(19_000));
    let (event_type, state) = ("type_3.made".parse().ok(), Some(DeliveryState::Exhausted));
    let endpoint_id = Some(EndpointId::from_bytes(made(51)));
    let rows = [
        ("period", DeliveryFilter { created: period(), ..all() }, "deliveries_by_workspace"),
        ("type", DeliveryFilter { event_type, ..all() }, "deliveries_by_type"),
        ("endpoint", DeliveryFilter { endpoint_id, ..all() }, "deliveries_by_endpoint"),
        ("exhausted", DeliveryFilter { state, ..all() }, "deliveries_unsettled_by_workspace"),
    ];
    for (name, filter, index) in rows {
        let between = (Some(DeliveryId::from_bytes(made(1_000))), end);
        let plan = plan_of_read(&on, |tx| tx.scan_deliveries(workspace(), &filter, between, 50).map(drop));
        expect_index(&on, name, &plan, index);
        let plan = plan_of_read(&on, |tx| tx.count_deliveries(workspace(), &filter, end, 100).map(drop));
        expect_index(&on, name, &plan, index);
    }
    let events: Vec<_> = (5_000..5_100).map(|number| EventId::from_bytes(made(number))).collect();
    let plan = plan_of_write(&on, |tx| tx.list_deliveries_of(&events, 501).map(drop));
    expect_index(
        &on,
        "of events",
        &plan,
        if on.0.kind() == DatabaseKind::Sqlite { "PRIMARY KEY" } else { "deliveries_pkey" },
    );
    let looked = plan_of_read(&on, |tx| tx.list_deliveries_of(&events, 501).map(drop));
    expect_index(
        &on,
        "of events, looked at",
        &looked,
        if on.0.kind() == DatabaseKind::Sqlite { "PRIMARY KEY" } else { "deliveries_pkey" },
    );
    revisions_are_looked_for_by_their_index(&on);
    let plan = plan_of_read(&on, |tx| tx.count_resent(workspace(), 200).map(drop));
    assert!(plan.contains("deliveries_resent"), "{plan}");
    let plan = plan_of_read(&on, |tx| tx.list_running_resend_jobs(Some(workspace()), 100).map(drop));
    assert!(on.0.kind() == DatabaseKind::Postgres || plan.contains("resend_jobs_open"), "{plan}");
}

/// Both looks, and not the removal of each that they find.
fn revisions_are_looked_for_by_their_index(on: &(Database, Guard)) {
    HEARD.take();
    put(&on.0, |tx| tx.delete_revisions(EventId::from_bytes(made(0)), 500));
    let looks = HEARD.take().into_iter().filter(|sql| sql.contains("endpoint_revisions"));
    let plans: Vec<_> = looks.map(|sql| plan(&on.1, &sql)).collect();
    assert_eq!(plans.len(), 2);
    for plan in plans {
        expect_index(on, "old revisions", &plan, "endpoint_revisions_by_last_event");
    }
}

fn looks_for_work_use_their_indexes(open: fn() -> (Database, Guard)) {
    let on = heard(open);
    let now = Timestamp::from_micros(50);
    let endpoint_id = EndpointId::from_bytes(made(51));
    let looks: [(&str, String, &str); 7] = [
        (
            "a probe",
            plan_of_write(&on, |tx| tx.claim_probe(session(), Timestamp::from_micros(0), endpoint_id).map(drop)),
            "deliveries_due_by_endpoint",
        ),
        ("old hours", plan_of_write(&on, |tx| tx.delete_tallies(0, 500).map(drop)), "endpoint_hours_by_age"),
        ("old hours of keys", plan_of_write(&on, |tx| tx.delete_key_hours(0, 500).map(drop)), "key_hours_by_age"),
        ("held", plan_of_write(&on, |tx| tx.release_held(now, 500).map(drop)), "deliveries_unsettled_by_endpoint"),
        ("deleted", plan_of_write(&on, |tx| tx.close_deleted(now, 500).map(drop)), "deliveries_unsettled_by_endpoint"),
        (
            "old answers",
            plan_of_write(&on, |tx| tx.delete_answers(Timestamp::from_micros(0), 500).map(drop)),
            "idempotency_answers_by_age",
        ),
        (
            "ended sessions",
            plan_of_write(&on, |tx| tx.delete_ended_operator_sessions(Timestamp::from_micros(0), 500).map(drop)),
            "operator_sessions_by_end",
        ),
    ];
    for (name, plan, index) in looks {
        assert!(plan.contains(index), "{name} on {}: expected {index} in\n{plan}", on.0.kind().as_str());
    }
}

/// What a claim and the look before it ask, and that none of it walks past what waits for other endpoints.
fn a_claim_costs_a_step_for_each_endpoint(open: fn() -> (Database, Guard)) {
    let on = heard(open);
    let now = Timestamp::from_micros(500);
    let next = plan_of_read(&on, |tx| tx.next_due_at().map(drop));
    HEARD.take();
    let room = Room { after: Some(EndpointId::from_bytes(made(51))), ..Room::of(2_000) };
    put(&on.0, |tx| tx.claim_due(session(), now, &room).map(drop));
    let of_claim = HEARD.take().into_iter().filter(|sql| sql.contains("due_at_us") && sql.contains("SELECT"));
    let mut plans: Vec<_> = of_claim.map(|sql| plan(&on.1, &sql)).collect();
    plans.push(next);
    for plan in plans {
        let reads = plan.lines().filter(|line| line.contains("deliveries")).collect::<Vec<_>>();
        let indexes = ["deliveries_due_by_endpoint", "deliveries_pkey"];
        let is_served = |line: &&str| indexes.iter().any(|index| line.contains(index));
        assert!(!reads.is_empty() && reads.iter().all(is_served), "on {}:\n{plan}", on.0.kind().as_str());
    }
}

pub(crate) fn session() -> devhub_domain::id::SessionId {
    devhub_domain::testing::session(1).id
}

on_each! {
    lists_of_deliveries_use_their_indexes
    lists_of_events_use_their_indexes
    lists_of_keys_use_their_indexes
    lists_of_the_audit_log_use_their_indexes
    jobs_and_retention_look_for_deliveries_by_their_indexes
    looks_for_work_use_their_indexes
    a_claim_costs_a_step_for_each_endpoint
}
