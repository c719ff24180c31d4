//! Rate policies and overrides: their indexes, their damaged rows, and the order of their locks.

use std::sync::Arc;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{ApiKeys, KeyDirectory, Pepper, TokenHasher};
use devhub_domain::audit::{AuditFilter, AuditLog};
use devhub_domain::id::{RateOverrideId, RatePolicyId, WorkspaceId};
use devhub_domain::page::PageRequest;
use devhub_domain::rate::{
    NewOverride, OverrideSubject, PolicyCounts, PolicyHour, PolicyRef, RateOverrides, RateState, Rulebook,
};
use devhub_domain::store::StoreError;
use devhub_domain::testing::{ManualClock, SeededEntropy, api_key, contract, rate_override, rate_policy};
use devhub_domain::tx::Tx;
use devhub_storage::{Database, DatabaseKind};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

use crate::plans::{expect_index, heard, made, page, plan_of_read, plan_of_write, statements_of};
use crate::support::{Guard, execute_on as damage, look, on_each, postgres, put, sqlite};

/// A hundred policies for each of fifty workspaces, of which ten have decided something for 400 hours, and four hundred overrides.
const FILL: &str = "
    INSERT INTO rate_states SELECT made(n), 1, '', 1, 400 FROM generate_series(0, 49) n;
    INSERT INTO rate_policies SELECT made(n), made(n % 50), n, 'p' || n, 1, 60000, 1, 1, 'key', '', '/**', 'enforce', 'allow', 1, 1, 1
        FROM generate_series(1, 5000) n;
    INSERT INTO policy_hours SELECT made(n % 50), made(n % 500), n / 500, 1, 1, 1 FROM generate_series(1, 200000) n;
    INSERT INTO rate_overrides SELECT made(n), made(n % 50), made(n % 500), 'key', made(n), 1, 60000, 1, 1, 1, n
        FROM generate_series(1, 20000) n;
    ANALYZE";

fn workspace() -> WorkspaceId {
    WorkspaceId::from_bytes(1_u128.to_be_bytes())
}

fn filled(open: fn() -> (Database, Guard)) -> (Database, Guard) {
    let (database, guard) = heard(open);
    contract::seed(&database);
    if let Guard::Server(server) = &guard {
        PgConnection::establish(&server.url).unwrap().batch_execute(FILL).unwrap();
    }
    (database, guard)
}

fn rules_are_found_by_their_indexes(open: fn() -> (Database, Guard)) {
    let on = filled(open);
    let is_sqlite = on.0.kind() == DatabaseKind::Sqlite;
    let key_of = |name| if is_sqlite { "PRIMARY KEY" } else { name };
    let policy = RatePolicyId::from_bytes(made(51));
    let (by_subject, by_age) = ("rate_overrides_by_subject", "rate_overrides_by_age");

    let plan = plan_of_read(&on, |tx| tx.list_rate_policies(workspace()).map(drop));
    expect_index(&on, "policies", &plan, "rate_policies_by_name");
    for after in [None, Some(RateOverrideId::from_bytes(made(15_000)))] {
        let plan = plan_of_read(&on, |tx| tx.list_rate_overrides(workspace(), page(after)).map(drop));
        expect_index(&on, "overrides", &plan, by_age);
    }
    let plan = plan_of_read(&on, |tx| tx.find_rate_override(workspace(), rate_override(1).id).map(drop));
    expect_index(&on, "one override", &plan, key_of("rate_overrides_pkey"));
    let subject = rate_override(1).subject;
    let plan = plan_of_read(&on, |tx| tx.find_rate_override_of(workspace(), PolicyRef::Of(policy), subject).map(drop));
    expect_index(&on, "of a subject", &plan, by_subject);
    let plan = plan_of_read(&on, |tx| tx.count_rate_overrides(workspace(), policy).map(drop));
    expect_index(&on, "count", &plan, by_subject);
    let plan = plan_of_write(&on, |tx| {
        tx.insert_rate_policy(&rate_policy(7))?;
        tx.delete_rate_policy(&rate_policy(7)).map(drop)
    });
    expect_index(&on, "those of a policy", &plan, by_subject);
    let policies = [PolicyRef::Default, PolicyRef::Of(policy), PolicyRef::Of(RatePolicyId::from_bytes(made(101)))];
    let plan = plan_of_read(&on, |tx| tx.list_policy_hours(workspace(), &policies, 10..34).map(drop));
    expect_index(&on, "hours of policies", &plan, key_of("policy_hours_pkey"));
    let plan = plan_of_write(&on, |tx| tx.delete_policy_hours(0, 500).map(drop));
    expect_index(&on, "old hours of policies", &plan, "policy_hours_by_age");
}

/// With the removals logged in the same transaction, and the count of overrides right for the next.
fn a_revoked_key_leaves_no_rate_behind(open: fn() -> (Database, Guard)) {
    let (database, _guard) = open();
    contract::seed(&database);
    put(&database, |tx| tx.insert_api_key(&api_key(1)));
    let store = Arc::new(database.clone());
    let (clock, entropy) = (Arc::new(ManualClock::default()), Arc::new(SeededEntropy::new(1)));
    let overrides = RateOverrides::new(store.clone(), Arc::default(), clock.clone(), entropy.clone());
    let subject = OverrideSubject::Key(api_key(1).id);
    let new = NewOverride { policy: PolicyRef::Default, subject, quota: rate_override(1).quota };
    overrides.create(Asker::COMMAND_LINE, workspace(), new).unwrap().commit().unwrap();
    let hasher = TokenHasher::new(Pepper::from_bytes([7; 32]));
    let keys = ApiKeys::new(store.clone(), Arc::new(KeyDirectory::new()), hasher, clock, entropy);
    keys.revoke(Asker::COMMAND_LINE, workspace(), api_key(1).id).commit().unwrap();
    let left = look(&database, |tx| Ok((tx.list_rate_overrides_of(workspace(), subject)?, tx.list_rate_states()?)));
    let (left, states) = left.unwrap();
    assert_eq!((left, states[0].override_count), (Vec::new(), 0));
    let log = AuditLog::new(store).list(workspace(), &AuditFilter::default(), PageRequest::default()).unwrap();
    let actions: Vec<_> = log.items.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["rate_override.deleted", "key.revoked", "rate_override.created"]);
}

on_each! {
    rules_are_found_by_their_indexes
    a_revoked_key_leaves_no_rate_behind
}

type Read = fn(&mut dyn Tx) -> Result<(), StoreError>;

fn hour() -> PolicyHour {
    let policy = PolicyRef::Of(rate_policy(1).id);
    PolicyHour { workspace_id: workspace(), policy, hour: 7, counts: PolicyCounts::default() }
}

/// What to damage, how to read it, and the table, the column and the row that the error names.
fn damages() -> [(&'static str, Read, (&'static str, &'static str, String)); 11] {
    let policies: Read = |tx| tx.list_rate_policies(workspace()).map(drop);
    let overrides: Read = |tx| tx.list_rate_overrides(workspace(), PageRequest::default()).map(drop);
    let states: Read = |tx| tx.list_rate_states().map(drop);
    let hours: Read = |tx| tx.list_policy_hours(workspace(), &[hour().policy], 0..99).map(drop);
    let (policy, of) = (rate_policy(1).id.to_string(), rate_override(1).id.to_string());
    [
        ("UPDATE rate_policies SET mode = 'maybe'", policies, ("rate_policies", "mode", policy.clone())),
        ("UPDATE rate_policies SET path = 'nowhere'", policies, ("rate_policies", "path", policy.clone())),
        ("UPDATE rate_policies SET methods = 'get get'", policies, ("rate_policies", "methods", policy.clone())),
        ("UPDATE rate_policies SET subject = 'nobody'", policies, ("rate_policies", "subject", policy.clone())),
        ("UPDATE rate_policies SET quota_limit = 0", policies, ("rate_policies", "quota_limit", policy.clone())),
        ("UPDATE rate_policies SET window_ms = 1", policies, ("rate_policies", "window_ms", policy.clone())),
        ("UPDATE rate_policies SET cost = -1", policies, ("rate_policies", "cost", policy.clone())),
        ("UPDATE policy_hours SET refused = -1", hours, ("policy_hours", "refused", format!("{policy}/7"))),
        (
            "UPDATE rate_overrides SET subject_kind = 'nobody'",
            overrides,
            ("rate_overrides", "subject_kind", of.clone()),
        ),
        ("UPDATE rate_overrides SET burst = 0", overrides, ("rate_overrides", "burst", of)),
        (
            "UPDATE rate_states SET exempt_networks = 'nowhere'",
            states,
            ("rate_states", "exempt_networks", workspace().to_string()),
        ),
    ]
}

#[test]
fn a_damaged_rule_is_named() {
    for backend in [sqlite, postgres] {
        for (sql, read, expected) in damages() {
            let (database, guard) = backend();
            contract::seed(&database);
            put(&database, |tx| {
                tx.insert_rate_policy(&rate_policy(1))?;
                tx.insert_rate_override(&rate_override(1))?;
                tx.add_policy_hour(&hour())?;
                tx.write_rate_state(&RateState { revision: 1, ..RateState::new(workspace()) })
            });
            damage(&guard, sql);
            match look(&database, read) {
                Err(StoreError::Corrupt { table, column, id }) => assert_eq!((table, column, id), expected, "{sql}"),
                other => panic!("expected a corrupt row after {sql}, got {other:?}"),
            }
        }
    }
}

/// Every change of a key locks the key and then the log: whoever takes the log first would wait for one that waits for it.
#[test]
fn an_override_locks_its_key_before_the_log_on_postgres() {
    let (database, guard) = heard(postgres);
    let Guard::Server(_) = &guard else { return };
    contract::seed(&database);
    put(&database, |tx| tx.insert_api_key(&api_key(1)));
    let (clock, entropy) = (Arc::new(ManualClock::default()), Arc::new(SeededEntropy::new(1)));
    let overrides = RateOverrides::new(Arc::new(database.clone()), Arc::new(Rulebook::new()), clock, entropy);
    let subject = OverrideSubject::Key(api_key(1).id);
    let new = NewOverride { policy: PolicyRef::Default, subject, quota: rate_override(1).quota };
    let prepared = overrides.create(Asker::COMMAND_LINE, workspace(), new).unwrap();
    let statements = statements_of(|| {
        prepared.commit().unwrap();
    });
    let first = |words: &str| {
        let place = statements.iter().position(|sql| sql.contains(words) && sql.contains("FOR"));
        place.unwrap_or_else(|| panic!("expected a lock of {words} in {statements:#?}"))
    };
    assert!(first("\"api_keys\"") < first("\"workspaces\""), "{statements:#?}");
}
