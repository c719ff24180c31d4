//! How policies, overrides and networks are changed, and that the next request sees it.

use std::sync::Arc;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Scope, ScopeSet};
use devhub_domain::audit::{AuditFilter, AuditTx};
use devhub_domain::id::{KeyId, RatePolicyId};
use devhub_domain::page::PageRequest;
use devhub_domain::rate::{
    DEFAULT_PER_MINUTE, NewOverride, OverrideSubject, POLICIES_MAX, POLICY_OVERRIDES_MAX, PolicyRef, PolicyRule,
    RateError, RateOverride, RateSnapshot, RulebookLoader, SubjectKind, parse_networks,
};
use devhub_domain::store::{Lane, StoreError, UnitOfWork, read, write};
use devhub_domain::testing::rate_override;
use devhub_domain::tx::Tx;

use crate::hub::{Hub, get, key, per_minute, rule, rule_at, units, workspace};

const ASKER: Asker = Asker::COMMAND_LINE;

fn actions(hub: &Hub) -> Vec<String> {
    let store: &dyn UnitOfWork<dyn AuditTx> = &hub.store;
    let page = read::<_, _, StoreError>(store, |tx| {
        tx.list_audit_entries(workspace(1), &AuditFilter::default(), PageRequest::default())
    });
    page.unwrap().items.into_iter().rev().map(|entry| entry.action).collect()
}

fn code<T>(result: Result<T, RateError>) -> &'static str {
    result.err().expect("the change is refused").code()
}

#[test]
fn every_change_is_seen_by_the_next_request_and_logged() {
    let hub = Hub::new();
    let at = workspace(1);
    let policy = hub.make(rule("first", 10));
    assert_eq!(hub.binding(&get(1, "/a")).0, "first");
    let renamed = hub.policies.replace(ASKER, (at, policy.id), Some(1), rule("second", 20)).unwrap();
    assert_eq!(renamed.commit().unwrap().changed.revision, 2);
    assert_eq!(hub.binding(&get(1, "/a")).0, "second");
    hub.give(PolicyRef::Of(policy.id), OverrideSubject::Key(key(1)), 30);
    // What was spent stays spent: 6 s by the first quota and 3 s by the second, of a minute, and now 2 s.
    assert_eq!(hub.binding(&get(1, "/a")).1, 24);
    let made = hub.overrides.list(at, PageRequest::default()).unwrap().items.remove(0);
    let change = hub.overrides.replace(ASKER, (at, made.id), Some(made.revision), per_minute(60)).unwrap();
    change.commit().unwrap();
    assert_eq!(hub.binding(&get(1, "/a")).1, 48);
    hub.overrides.delete(ASKER, (at, made.id), None).unwrap().commit().unwrap();
    assert_eq!(hub.binding(&get(1, "/a")).1, 15);
    hub.policies.delete(ASKER, (at, policy.id), Some(2)).unwrap().commit().unwrap();
    assert_eq!(hub.binding(&get(1, "/a")).0, "default");
    let networks = parse_networks("203.0.113.7");
    hub.policies.replace_networks(ASKER, at, Some(1), networks).unwrap().commit().unwrap();
    assert!(hub.ask(&get(1, "/a")).standing().is_none());
    let expected = [
        "rate_policy.created",
        "rate_policy.updated",
        "rate_override.created",
        "rate_override.updated",
        "rate_override.deleted",
        "rate_policy.deleted",
        "rate_networks.replaced",
    ];
    assert_eq!(actions(&hub), expected);
}

#[test]
fn what_changes_nothing_is_no_change() {
    let hub = Hub::new();
    let policy = hub.make(rule("first", 10));
    let again = hub.policies.replace(ASKER, (workspace(1), policy.id), Some(1), rule("first", 10)).unwrap();
    assert_eq!(again.commit().unwrap().changed, policy);
    hub.policies.reorder(ASKER, workspace(1), vec![policy.id]).unwrap().commit().unwrap();
    let none = hub.policies.replace_networks(ASKER, workspace(1), None, Ok(Vec::new())).unwrap();
    none.commit().unwrap();
    assert_eq!(actions(&hub), ["rate_policy.created"]);
}

#[test]
fn a_change_of_what_was_changed_meanwhile_is_refused() {
    let hub = Hub::new();
    let at = workspace(1);
    let policy = hub.make(rule("first", 10));
    let id = (at, policy.id);
    assert_eq!(code(hub.policies.replace(ASKER, id, Some(7), rule("x", 1)).unwrap().commit()), "revision_stale");
    assert_eq!(code(hub.policies.delete(ASKER, id, Some(7)).unwrap().commit()), "revision_stale");
    let networks = hub.policies.replace_networks(ASKER, at, Some(7), Ok(Vec::new())).unwrap();
    assert_eq!(code(networks.commit()), "revision_stale");
    hub.give(PolicyRef::Default, OverrideSubject::Key(key(1)), 5);
    let made = hub.overrides.list(at, PageRequest::default()).unwrap().items.remove(0);
    assert_eq!(code(hub.overrides.delete(ASKER, (at, made.id), Some(99)).unwrap().commit()), "revision_stale");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let hub = Hub::new();
    let at = workspace(1);
    let together = hub.make(PolicyRule { subject: SubjectKind::Workspace, ..rule("together", 10) });
    let create = |rule| hub.policies.create(ASKER, at, rule).and_then(|prepared| prepared.commit());
    assert_eq!(code(create(rule("together", 10))), "rate_policy_taken");
    assert_eq!(code(create(rule("default", 10))), "rate_policy_taken");
    assert_eq!(code(create(PolicyRule { cost: units(11), ..rule("x", 10) })), "rate_cost_above_burst");
    let order = |ids| hub.policies.reorder(ASKER, at, ids).unwrap().commit();
    assert_eq!(code(order(vec![])), "rate_order_stale");
    assert_eq!(code(order(vec![together.id, together.id])), "rate_order_stale");
    assert_eq!(code(order(vec![RatePolicyId::from_bytes([9; 16])])), "rate_order_stale");
    let give = |policy, subject| {
        let new = NewOverride { policy, subject, quota: per_minute(1) };
        hub.overrides.create(ASKER, at, new).unwrap().commit()
    };
    let (default, of) = (PolicyRef::Default, PolicyRef::Of(together.id));
    assert_eq!(code(give(of, OverrideSubject::Key(key(1)))), "rate_subject_mismatch");
    assert_eq!(code(give(default, OverrideSubject::Key(KeyId::from_bytes([9; 16])))), "key_not_found");
    assert_eq!(code(give(default, OverrideSubject::Key(key(3)))), "key_not_found");
    let unknown = PolicyRef::Of(RatePolicyId::from_bytes([9; 16]));
    assert_eq!(code(give(unknown, OverrideSubject::Workspace(at))), "rate_policy_not_found");
    give(default, OverrideSubject::Key(key(1))).unwrap();
    assert_eq!(code(give(default, OverrideSubject::Key(key(1)))), "rate_override_taken");
    let networks = hub.policies.replace_networks(ASKER, at, None, parse_networks("10.0.0.0/33"));
    assert_eq!(code(networks.map(drop)), "networks_refused");
}

/// Else a key of one workspace could close the door of another, or open it to everything.
#[test]
fn nobody_gives_another_workspace_a_quota() {
    let hub = Hub::new();
    let new = NewOverride {
        policy: PolicyRef::Default,
        subject: OverrideSubject::Workspace(workspace(2)),
        quota: per_minute(1),
    };
    assert_eq!(code(hub.overrides.create(ASKER, workspace(1), new).unwrap().commit()), "rate_subject_mismatch");
    assert_eq!(hub.binding(&get(3, "/a")).1, DEFAULT_PER_MINUTE.get() - 1);
}

#[test]
fn a_workspace_has_a_bounded_number_of_policies() {
    let hub = Hub::new();
    (0..POLICIES_MAX).for_each(|number| drop(hub.make(rule_at("/a", &format!("p{number}"), 1))));
    let one_more = hub.policies.create(ASKER, workspace(1), rule("more", 1)).unwrap();
    assert_eq!(code(one_more.commit()), "too_many_rate_policies");
}

#[test]
fn a_policy_has_a_bounded_number_of_overrides_and_the_default_more() {
    let hub = Hub::new();
    let policy = PolicyRef::Of(hub.make(rule("first", 10)).id);
    let most = u32::try_from(POLICY_OVERRIDES_MAX).unwrap();
    let store: &dyn UnitOfWork<dyn Tx> = &hub.store;
    let filled = write::<_, _, StoreError>(store, Lane::Interactive, |tx| {
        (1..=most)
            .try_for_each(|number| tx.insert_rate_override(&RateOverride { policy, ..rate_override(number + 100) }))
    });
    filled.unwrap();
    let give = |policy| {
        let new = NewOverride { policy, subject: OverrideSubject::Key(key(1)), quota: per_minute(1) };
        hub.overrides.create(ASKER, workspace(1), new).unwrap().commit()
    };
    assert_eq!(code(give(policy)), "too_many_rate_overrides");
    give(PolicyRef::Default).unwrap();
}

#[test]
fn whoever_may_not_change_limits_changes_none() {
    let hub = Hub::new();
    let policy = hub.make(rule("first", 10));
    let reader = Asker::key(key(1), ScopeSet::from_iter([Scope::LimitsRead]));
    let at = workspace(1);
    assert_eq!(code(hub.policies.create(reader, at, rule("x", 1))), "insufficient_scope");
    assert_eq!(code(hub.policies.replace(reader, (at, policy.id), None, rule("x", 1))), "insufficient_scope");
    assert_eq!(code(hub.policies.reorder(reader, at, vec![])), "insufficient_scope");
    assert_eq!(code(hub.policies.delete(reader, (at, policy.id), None)), "insufficient_scope");
    assert_eq!(code(hub.policies.replace_networks(reader, at, None, Ok(vec![]))), "insufficient_scope");
}

#[test]
fn the_policies_of_another_workspace_do_not_exist() {
    let hub = Hub::new();
    let policy = hub.make(rule("first", 10));
    let other = (workspace(2), policy.id);
    assert_eq!(code(hub.policies.find(other.0, other.1)), "rate_policy_not_found");
    assert_eq!(code(hub.policies.replace(ASKER, other, None, rule("x", 1)).unwrap().commit()), "rate_policy_not_found");
    assert_eq!(code(hub.policies.delete(ASKER, other, None).unwrap().commit()), "rate_policy_not_found");
    assert_eq!(hub.policies.list(workspace(2)).unwrap().policies, []);
}

#[test]
fn an_older_state_that_arrives_later_overwrites_nothing() {
    let hub = Hub::new();
    hub.make(rule("first", 10));
    let older = hub.policies.list(workspace(1)).unwrap();
    hub.make(rule_at("/a", "second", 5));
    let ids = hub.policies.list(workspace(1)).unwrap().policies.iter().rev().map(|policy| policy.id).collect();
    hub.policies.reorder(ASKER, workspace(1), ids).unwrap().commit().unwrap();
    hub.rulebook.put(&older);
    assert_eq!(hub.binding(&get(1, "/a")).0, "second");
    let nothing = RateSnapshot { policies: Vec::new(), ..older };
    hub.rulebook.put(&nothing);
    assert_eq!(hub.binding(&get(1, "/a")).0, "second");
}

#[test]
fn a_hub_that_starts_again_knows_its_rules_and_only_those() {
    let hub = Hub::new();
    let policy = hub.make(rule("kept", 10));
    hub.give(PolicyRef::Of(policy.id), OverrideSubject::Key(key(1)), 30);
    let started = Hub::new();
    let loader = RulebookLoader::new(Arc::new(hub.store.clone()), started.rulebook.clone());
    loader.load().unwrap();
    assert_eq!(started.binding(&get(1, "/a")), ("kept".to_owned(), 29));
    assert_eq!(started.binding(&get(2, "/a")), ("kept".to_owned(), 9));
    // Behind its back the override is gone: it asks again where it is in doubt.
    let made = hub.overrides.list(workspace(1), PageRequest::default()).unwrap().items.remove(0);
    hub.overrides.delete(ASKER, (workspace(1), made.id), None).unwrap().commit().unwrap();
    loader.settle().unwrap();
    assert_eq!(started.binding(&get(1, "/a")).1, 28);
    started.rulebook.doubt(workspace(1));
    loader.settle().unwrap();
    // 4 s of the minute were spent before, and 6 s now.
    assert_eq!(started.binding(&get(1, "/a")).1, 8);
}

#[test]
fn a_policy_that_was_deleted_takes_its_overrides_out_of_the_count() {
    let hub = Hub::new();
    let policy = hub.make(rule("first", 10));
    hub.give(PolicyRef::Of(policy.id), OverrideSubject::Key(key(1)), 30);
    hub.give(PolicyRef::Default, OverrideSubject::Key(key(1)), 40);
    hub.policies.delete(ASKER, (workspace(1), policy.id), None).unwrap().commit().unwrap();
    assert_eq!(hub.policies.list(workspace(1)).unwrap().state.override_count, 1);
    let store: &dyn UnitOfWork<dyn Tx> = &hub.store;
    let state = write::<_, _, StoreError>(store, Lane::Interactive, |tx| tx.find_rate_state(workspace(1)));
    assert_eq!(state.unwrap().unwrap().revision, 4);
}
