//! Changes of a key's label, scopes, environment, expiry and allow-list.

use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{ApiKeyError, Denial, Environment, KeyChanges, NewApiKey, Owner, Scope, ScopeSet};
use devhub_domain::audit::{AuditFilter, AuditLog};
use devhub_domain::id::KeyId;
use devhub_domain::page::PageRequest;
use devhub_domain::testing::label;
use devhub_domain::time::Clock;

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE, shop, token};

const OPERATOR: Asker = Asker::COMMAND_LINE;

fn key_with<const N: usize>(scopes: [Scope; N]) -> Asker {
    Asker::key(KeyId::from_bytes([9; 16]), ScopeSet::from_iter(scopes))
}

fn renamed() -> KeyChanges {
    KeyChanges { label: Some(label("Till")), ..KeyChanges::default() }
}

fn update(hub: &Hub, id: KeyId, changes: KeyChanges, expected: Option<i64>) -> Result<i64, ApiKeyError> {
    let wanted = KeyChanges { expected_revision: expected, ..changes };
    let prepared = hub.keys.update(OPERATOR, WORKSPACE, id, wanted)?;
    prepared.commit().map(|key| key.revision)
}

#[test]
fn a_change_touches_what_it_names_and_nothing_else() {
    let hub = Hub::new();
    let before = hub.issue(shop()).key;
    assert_eq!(update(&hub, before.id, renamed(), Some(1)).unwrap(), 2);
    let after = hub.keys.find(WORKSPACE, before.id).unwrap();
    assert_eq!((after.label.as_str(), after.revision), ("Till", 2));
    assert_eq!((after.scopes, after.environment, after.expires_at), (before.scopes, before.environment, None));
}

#[test]
fn a_change_that_was_based_on_an_older_revision_is_refused() {
    let hub = Hub::new();
    let id = hub.issue(shop()).key.id;
    update(&hub, id, renamed(), Some(1)).unwrap();
    let stale = update(&hub, id, KeyChanges { label: Some(label("Shop 2")), ..KeyChanges::default() }, Some(1));
    assert!(matches!(stale, Err(ApiKeyError::RevisionStale { current: 2, .. })));
    assert_eq!(hub.keys.find(WORKSPACE, id).unwrap().label, label("Till"));
}

#[test]
fn a_change_that_changes_nothing_leaves_the_revision_and_the_log_alone() {
    let hub = Hub::new();
    let id = hub.issue(shop()).key.id;
    let same = KeyChanges { label: Some(label("Shop")), ..KeyChanges::default() };
    assert_eq!(update(&hub, id, same, None).unwrap(), 1);
    let audit = AuditLog::new(hub.store.clone());
    let lines = audit.list(WORKSPACE, &AuditFilter::default(), PageRequest::default()).unwrap().items;
    assert_eq!(lines.iter().map(|line| line.action.as_str()).collect::<Vec<_>>(), ["key.issued"]);
}

#[test]
fn the_next_request_meets_the_new_scopes_expiry_and_networks() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    let narrow = KeyChanges { scopes: Some(ScopeSet::from_iter([Scope::Read])), ..KeyChanges::default() };
    update(&hub, issued.key.id, narrow, None).unwrap();
    assert_eq!(hub.authenticate(token(&issued)), Err(Denial::InsufficientScope { required: ScopeSet::DEFAULT }));
    let elsewhere = vec!["198.51.100.0/24".parse().unwrap()];
    update(&hub, issued.key.id, KeyChanges { allow_list: Some(elsewhere), ..KeyChanges::default() }, None).unwrap();
    assert_eq!(hub.authenticate(token(&issued)), Err(Denial::IpNotAllowed));
    let soon = Some(hub.clock.now().plus(Duration::from_secs(1)));
    update(&hub, issued.key.id, KeyChanges { expires_at: Some(soon), ..KeyChanges::default() }, None).unwrap();
    hub.clock.advance(Duration::from_secs(1));
    assert_eq!(hub.authenticate(token(&issued)), Err(Denial::Expired));
    update(&hub, issued.key.id, KeyChanges { expires_at: Some(None), ..KeyChanges::default() }, None).unwrap();
    assert_eq!(hub.authenticate(token(&issued)), Err(Denial::IpNotAllowed));
}

#[test]
fn a_key_gives_no_key_a_scope_that_it_lacks() {
    let hub = Hub::new();
    let id = hub.issue(shop()).key.id;
    let asker = key_with([Scope::KeysWrite]);
    let wider = KeyChanges { scopes: Some(ScopeSet::from_iter([Scope::EventsWrite])), ..KeyChanges::default() };
    let refused = hub.keys.update(asker, WORKSPACE, id, wider).map(drop);
    assert!(matches!(refused, Err(ApiKeyError::ScopesTooWide(_))));
}

#[test]
fn a_key_does_not_change_one_that_may_do_more_than_itself() {
    let hub = Hub::new();
    let id = hub.issue(shop()).key.id;
    let asker = key_with([Scope::KeysWrite, Scope::Read]);
    let unbound = KeyChanges { allow_list: Some(Vec::new()), expires_at: Some(None), ..KeyChanges::default() };
    let refused = hub.keys.update(asker, WORKSPACE, id, unbound).unwrap().commit();
    assert!(matches!(refused, Err(ApiKeyError::ScopesTooWide(missing)) if missing.to_string() == "write"));
    hub.keys.lock(asker, WORKSPACE, id).commit().unwrap();
    let set_free = hub.keys.unlock(asker, WORKSPACE, id).commit();
    assert!(matches!(set_free, Err(ApiKeyError::ScopesTooWide(_))));
}

#[test]
fn a_revoked_key_is_not_changed_and_that_of_another_workspace_does_not_exist() {
    let hub = Hub::new();
    let id = hub.issue(shop()).key.id;
    let elsewhere = hub.keys.update(OPERATOR, OTHER_WORKSPACE, id, renamed()).unwrap().commit();
    assert!(matches!(elsewhere, Err(ApiKeyError::NotFound(_))));
    hub.keys.revoke(Asker::SYSTEM, WORKSPACE, id).commit().unwrap();
    assert!(matches!(update(&hub, id, renamed(), None), Err(ApiKeyError::Revoked(_))));
}

#[test]
fn a_change_is_logged_with_what_was_and_what_is() {
    let hub = Hub::new();
    let id = hub.issue(shop()).key.id;
    let environment = Some(Environment::new("test").unwrap());
    update(&hub, id, KeyChanges { environment, ..KeyChanges::default() }, None).unwrap();
    let audit = AuditLog::new(hub.store.clone());
    let filter =
        AuditFilter { action: Some("key.updated".to_owned()), subject: Some(id.to_string()), ..AuditFilter::default() };
    let lines = audit.list(WORKSPACE, &filter, PageRequest::default()).unwrap().items;
    let detail: serde_json::Value = serde_json::from_str(&lines[0].detail).unwrap();
    assert_eq!((&detail["before"]["environment"], &detail["after"]["environment"]), (&"live".into(), &"test".into()));
}

#[test]
fn metadata_are_logged_by_their_size_and_an_owner_by_name() {
    let hub = Hub::new();
    let id = hub.issue(shop()).key.id;
    let metadata = r#"{"token":"hunter2"}"#.parse().ok();
    let owner = Some(Owner::new("checkout team").ok());
    update(&hub, id, KeyChanges { metadata, owner, ..KeyChanges::default() }, None).unwrap();
    let key = hub.keys.find(WORKSPACE, id).unwrap();
    assert_eq!(key.metadata.to_string(), r#"{"token":"hunter2"}"#);
    let audit = AuditLog::new(hub.store.clone());
    let filter =
        AuditFilter { action: Some("key.updated".to_owned()), subject: Some(id.to_string()), ..AuditFilter::default() };
    let lines = audit.list(WORKSPACE, &filter, PageRequest::default()).unwrap().items;
    let detail: serde_json::Value = serde_json::from_str(&lines[0].detail).unwrap();
    assert_eq!((&detail["after"]["owner"], &detail["after"]["metadata_bytes"]), (&"checkout team".into(), &19.into()));
    assert_eq!((&detail["metadata_changed"], lines[0].detail.contains("hunter2")), (&true.into(), false));
}

#[test]
fn an_owner_is_taken_off_and_metadata_are_replaced_as_a_whole() {
    let hub = Hub::new();
    let metadata = r#"{"plan":"gold","customer":17}"#.parse().unwrap();
    let id = hub.issue(NewApiKey { owner: Owner::new("Anna").ok(), metadata, ..shop() }).key.id;
    update(&hub, id, renamed(), None).unwrap();
    let kept = hub.keys.find(WORKSPACE, id).unwrap();
    assert_eq!(
        (kept.owner.map(|owner| owner.to_string()).as_deref(), kept.metadata.members().len()),
        (Some("Anna"), 2)
    );
    let metadata = r#"{"plan":"silver"}"#.parse().ok();
    update(&hub, id, KeyChanges { owner: Some(None), metadata, ..KeyChanges::default() }, None).unwrap();
    let changed = hub.keys.find(WORKSPACE, id).unwrap();
    assert_eq!((changed.owner, changed.metadata.to_string().as_str()), (None, r#"{"plan":"silver"}"#));
}
