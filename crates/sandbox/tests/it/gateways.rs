//! Through whom is paid. *Source:* issue F, line 6.

use std::sync::Arc;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Scope, ScopeSet};
use devhub_domain::audit::{AuditFilter, AuditLog};
use devhub_domain::id::KeyId;
use devhub_domain::page::PageRequest;
use devhub_sandbox::{Gateway, GatewayChanges, Outcome, PaymentStatus, SandboxError};

use super::support::{Bench, bench, other_workspace_id, workspace_id};

fn change(bench: &Bench, name: &str, changes: GatewayChanges, expected: Option<i64>) -> Result<Gateway, SandboxError> {
    let of = (workspace_id(), name.parse().unwrap());
    bench.sandbox.gateways.change(Asker::COMMAND_LINE, of, changes, expected).commit()
}

fn off() -> GatewayChanges {
    GatewayChanges { is_on: Some(false), outcome: None }
}

#[test]
fn every_workspace_has_the_test_gateways_and_all_are_on() {
    let bench = bench();
    let listed = bench.sandbox.gateways.list(workspace_id()).unwrap();
    let shown: Vec<_> =
        listed.iter().map(|one| (one.gateway.name, one.gateway.kind.as_str(), one.is_on, one.revision)).collect();
    let wanted = [("test_card", "test", true, 0), ("test_wallet", "mfs", true, 0), ("test_bank", "bank", true, 0)];
    assert_eq!(shown, wanted);
}

#[test]
fn a_gateway_that_is_off_cannot_be_chosen_in_its_workspace() {
    let bench = bench();
    let payment = bench.payment("10.00");
    assert!(!change(&bench, "test_card", off(), None).unwrap().is_on);
    let refused = bench.pay(&payment.token, None).unwrap_err();
    assert_eq!(refused.to_string(), "the gateway test_card is off: choose another one");
    let shown = bench.sandbox.checkouts.find(&payment.token).unwrap().gateways;
    assert_eq!(shown.iter().map(|one| one.gateway.name).collect::<Vec<_>>(), ["test_wallet", "test_bank"]);
    assert!(bench.sandbox.gateways.list(other_workspace_id()).unwrap().iter().all(|one| one.is_on));
}

#[test]
fn the_outcome_of_a_gateway_comes_before_that_of_the_amount_and_after_that_of_the_payer() {
    let bench = bench();
    let outcome = GatewayChanges { is_on: None, outcome: Some(Some(Outcome::Failure)) };
    change(&bench, "test_card", outcome, None).unwrap();
    let pay = |chosen| bench.pay(&bench.payment("499").token, chosen).unwrap().payment.status;
    assert_eq!(pay(None), PaymentStatus::Failed);
    assert_eq!(pay(Some(Outcome::Success)), PaymentStatus::Completed);
    change(&bench, "test_card", GatewayChanges { is_on: None, outcome: Some(None) }, None).unwrap();
    assert_eq!(pay(None), PaymentStatus::Cancelled);
}

#[test]
fn a_change_is_refused_when_somebody_else_was_faster() {
    let bench = bench();
    change(&bench, "test_card", off(), Some(0)).unwrap();
    let stale = change(&bench, "test_card", GatewayChanges { is_on: Some(true), outcome: None }, Some(0)).unwrap_err();
    assert!(matches!(stale, SandboxError::RevisionStale { current: 1, .. }), "{stale:?}");
}

#[test]
fn a_change_is_audited_and_one_that_changes_nothing_is_not() {
    let bench = bench();
    change(&bench, "test_card", off(), None).unwrap();
    assert_eq!(change(&bench, "test_card", off(), None).unwrap().revision, 1);
    let log = AuditLog::new(Arc::new(bench.store.hub().clone()));
    let entries = log.list(workspace_id(), &AuditFilter::default(), PageRequest::default()).unwrap().items;
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].action.as_str(), entries[0].subject.as_str()), ("gateway.updated", "test_card"));
    let detail: serde_json::Value = serde_json::from_str(&entries[0].detail).unwrap();
    assert_eq!(detail["before"], serde_json::json!({ "is_on": true, "outcome": null }));
    assert_eq!(detail["after"], serde_json::json!({ "is_on": false, "outcome": null }));
}

#[test]
fn the_log_says_from_where_a_gateway_was_changed() {
    let bench = bench();
    let asker = Asker::COMMAND_LINE.at("203.0.113.7".parse().unwrap());
    let of = (workspace_id(), "test_card".parse().unwrap());
    bench.sandbox.gateways.change(asker, of, off(), None).commit().unwrap();
    let log = AuditLog::new(Arc::new(bench.store.hub().clone()));
    let entries = log.list(workspace_id(), &AuditFilter::default(), PageRequest::default()).unwrap().items;
    let detail: serde_json::Value = serde_json::from_str(&entries[0].detail).unwrap();
    assert_eq!(detail["from"], "203.0.113.7");
}

#[test]
fn whoever_may_not_change_endpoints_changes_no_gateway() {
    let bench = bench();
    let key = Asker::key(KeyId::from_bytes([1; 16]), ScopeSet::from_iter([Scope::EndpointsRead]));
    let of = (workspace_id(), "test_card".parse().unwrap());
    let refused = bench.sandbox.gateways.change(key, of, off(), None).commit().unwrap_err();
    assert_eq!(refused.code(), "insufficient_scope");
    let unknown = change(&bench, "stripe", off(), None).unwrap_err();
    assert_eq!(unknown.code(), "gateway_not_found");
}
