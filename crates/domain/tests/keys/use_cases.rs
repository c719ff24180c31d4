//! What the use cases of keys change, what they refuse, what they log.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKeyError, ApiKeyFilter, ApiKeyTx, ApiKeys, Credentials, Denial, DirectoryLoader, KeyChanges, KeyState, Label,
    LastUseFlusher, Lookup, NewApiKey, Pepper, Scope, ScopeSet, TokenHasher, Trust,
};
use devhub_domain::audit::{AuditFilter, AuditTx, verify_chain};
use devhub_domain::id::{KeyId, OperatorId};
use devhub_domain::operators::Role;
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::store::{Body, Change, Lane, StoreError, UnitOfWork, read, write};
use devhub_domain::testing::{ManualClock, MemoryStore, SeededEntropy};
use devhub_domain::time::Clock;
use devhub_domain::tx::Tx;
use devhub_domain::workspaces::{EventChecks, TimeZone, Workspace, WorkspaceName, WorkspaceStatus};

use crate::hub::{HERE, Hub, OTHER_WORKSPACE, WORKSPACE, shop, token};

#[test]
fn an_issued_key_opens_its_workspace() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    let principal = hub.authenticate(token(&issued)).unwrap();
    assert_eq!((principal.key_id, principal.workspace_id), (issued.key.id, WORKSPACE));
    assert_eq!(principal.scopes, ScopeSet::DEFAULT);
}

#[test]
fn a_locked_key_is_refused_until_it_is_unlocked() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    hub.keys.lock(Asker::SYSTEM, WORKSPACE, issued.key.id).commit().unwrap();
    assert_eq!(hub.authenticate(token(&issued)), Err(Denial::Locked));
    hub.keys.unlock(Asker::SYSTEM, WORKSPACE, issued.key.id).commit().unwrap();
    assert!(hub.authenticate(token(&issued)).is_ok());
}

#[test]
fn a_revoked_key_never_comes_back() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    hub.keys.revoke(Asker::SYSTEM, WORKSPACE, issued.key.id).commit().unwrap();
    hub.keys.revoke(Asker::SYSTEM, WORKSPACE, issued.key.id).commit().unwrap();
    let unlock = hub.keys.unlock(Asker::SYSTEM, WORKSPACE, issued.key.id).commit();
    assert!(matches!(unlock, Err(ApiKeyError::Revoked(_))));
    assert_eq!(hub.authenticate(token(&issued)), Err(Denial::Revoked));
}

#[test]
fn a_key_of_another_workspace_does_not_exist() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    let revoke = hub.keys.revoke(Asker::SYSTEM, OTHER_WORKSPACE, issued.key.id).commit();
    assert!(matches!(revoke, Err(ApiKeyError::NotFound(_))));
    assert!(matches!(hub.keys.find(OTHER_WORKSPACE, issued.key.id), Err(ApiKeyError::NotFound(_))));
    assert!(hub.authenticate(token(&issued)).is_ok());
}

#[test]
fn a_key_expires_when_its_time_is_over() {
    let hub = Hub::new();
    let expires_at = Some(hub.clock.now().plus(Duration::from_hours(1)));
    let issued = hub.issue(NewApiKey { expires_at, ..shop() });
    assert!(hub.authenticate(token(&issued)).is_ok());
    hub.clock.advance(Duration::from_hours(1));
    assert_eq!(hub.authenticate(token(&issued)), Err(Denial::Expired));
}

#[test]
fn a_list_of_what_has_expired_goes_by_the_clock() {
    let hub = Hub::new();
    let expires_at = Some(hub.clock.now().plus(Duration::from_hours(1)));
    hub.issue(NewApiKey { expires_at, ..shop() });
    let count = |state| {
        let filter = ApiKeyFilter { state: Some(state), ..ApiKeyFilter::default() };
        hub.keys.list(WORKSPACE, &filter, PageRequest::default()).unwrap().items.len()
    };
    assert_eq!((count(KeyState::Active), count(KeyState::Expired)), (1, 0));
    hub.clock.advance(Duration::from_hours(1));
    assert_eq!((count(KeyState::Active), count(KeyState::Expired)), (0, 1));
}

#[test]
fn a_key_cannot_issue_what_it_lacks() {
    let hub = Hub::new();
    let wanted = NewApiKey { scopes: ScopeSet::from_iter([Scope::Read, Scope::AuditRead]), ..shop() };
    let asker = Asker::key(KeyId::from_bytes([1; 16]), ScopeSet::from_iter([Scope::Read, Scope::KeysWrite]));
    let refused = hub.keys.issue(asker, WORKSPACE, wanted);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "a key cannot issue or change a key with scopes that it lacks: audit:read"
    );
}

#[test]
fn nothing_about_keys_is_changed_without_keys_write() {
    let hub = Hub::new();
    let id = hub.issue(shop()).key.id;
    let viewer = Asker::operator(OperatorId::from_bytes([1; 16]), Role::Viewer.scopes(), hub.clock.now());
    let outcomes = [
        hub.keys.issue(viewer, WORKSPACE, shop()).map(drop),
        hub.keys.update(viewer, WORKSPACE, id, KeyChanges::default()).map(drop),
        hub.keys.lock(viewer, WORKSPACE, id).commit().map(drop),
        hub.keys.unlock(viewer, WORKSPACE, id).commit().map(drop),
        hub.keys.revoke(viewer, WORKSPACE, id).commit().map(drop),
    ];
    for outcome in outcomes {
        let error = outcome.unwrap_err();
        assert_eq!(
            (error.code(), error.to_string().as_str()),
            ("insufficient_scope", "this needs the scope keys:write")
        );
    }
    assert_eq!(hub.keys.find(WORKSPACE, id).unwrap().revision, 1);
}

#[test]
fn a_key_that_could_do_nothing_is_not_issued() {
    let hub = Hub::new();
    let nothing = NewApiKey { scopes: ScopeSet::EMPTY, ..shop() };
    let over = NewApiKey { expires_at: Some(hub.clock.now()), ..shop() };
    let issue = |new| hub.keys.issue(Asker::SYSTEM, WORKSPACE, new)?.commit().map(drop);
    assert!(matches!(issue(nothing), Err(ApiKeyError::NoScopes)));
    assert!(matches!(issue(over), Err(ApiKeyError::ExpiryPassed)));
}

#[test]
fn unknown_malformed_and_narrow_tokens_are_told_apart_for_operators() {
    let hub = Hub::new();
    let unknown = "op_8ae87c48.aae2b54e89c755d768a9db81b820643d3da4257474735ebd";
    assert_eq!(hub.authenticate(unknown), Err(Denial::NotFound));
    assert_eq!(hub.authenticate("op_short"), Err(Denial::Malformed));
    let narrow = hub.issue(NewApiKey { scopes: ScopeSet::from_iter([Scope::Read]), ..shop() });
    let required = ScopeSet::DEFAULT;
    assert_eq!(hub.authenticate(token(&narrow)), Err(Denial::InsufficientScope { required }));
}

#[test]
fn a_spray_of_unknown_tokens_leaves_nothing_behind() {
    let hub = Hub::new();
    for number in 0..100 {
        assert_eq!(hub.authenticate(&format!("op_{number:08x}.unknown")), Err(Denial::NotFound));
    }
    assert!(hub.directory.is_empty());
}

#[test]
fn a_missing_key_reads_through_only_until_the_directory_is_whole() {
    let issued = Hub::new();
    let key = issued.issue(shop());
    let node = Hub::over(issued.store.clone());
    let credentials = Credentials { token: token(&key), address: HERE, required: ScopeSet::EMPTY };
    assert_eq!(node.authenticator.look_up(&credentials), Lookup::ReadNeeded);
    assert!(node.authenticate(token(&key)).is_ok());
    DirectoryLoader::new(node.store.clone(), node.directory.clone()).run().unwrap();
    assert_eq!(node.directory.trust(), Trust::Whole);
    let unknown = Credentials { token: "op_00000000.unknown", ..credentials };
    assert!(
        matches!(node.authenticator.look_up(&unknown), Lookup::Decided(Err(refusal)) if refusal.denial == Denial::NotFound)
    );
}

#[test]
fn a_directory_that_lost_trust_reads_through_and_sees_what_another_node_did() {
    let one = Hub::new();
    let key = one.issue(shop());
    let other = Hub::over(one.store.clone());
    DirectoryLoader::new(other.store.clone(), other.directory.clone()).run().unwrap();
    one.keys.revoke(Asker::SYSTEM, WORKSPACE, key.key.id).commit().unwrap();
    other.directory.set_trust(Trust::Lost);
    assert_eq!(other.authenticate(token(&key)), Err(Denial::Revoked));
}

#[test]
fn a_loader_that_is_late_does_not_undo_a_revocation() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    let node = Hub::over(hub.store.clone());
    let before = node.keys.find(WORKSPACE, issued.key.id).unwrap();
    node.keys.revoke(Asker::SYSTEM, WORKSPACE, issued.key.id).commit().unwrap();
    node.directory.put(&before);
    assert_eq!(node.authenticate(token(&issued)), Err(Denial::Revoked));
}

#[test]
fn last_uses_are_written_in_a_batch_and_once() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    hub.clock.advance(Duration::from_secs(5));
    hub.authenticate(token(&issued)).unwrap();
    hub.authenticate(token(&issued)).unwrap();
    assert_eq!(hub.keys.find(WORKSPACE, issued.key.id).unwrap().last_used_at, None);
    let flusher = LastUseFlusher::new(hub.store.clone(), hub.directory.clone());
    assert_eq!(flusher.flush().unwrap(), 1);
    assert_eq!(hub.keys.find(WORKSPACE, issued.key.id).unwrap().last_used_at, Some(hub.clock.now()));
    assert_eq!(flusher.flush().unwrap(), 0);
}

#[test]
fn every_change_is_in_the_audit_log_and_no_repetition_is() {
    let hub = Hub::new();
    let id: KeyId = hub.issue(shop()).key.id;
    hub.keys.lock(Asker::SYSTEM, WORKSPACE, id).commit().unwrap();
    hub.keys.lock(Asker::SYSTEM, WORKSPACE, id).commit().unwrap();
    hub.keys.revoke(Asker::SYSTEM, WORKSPACE, id).commit().unwrap();
    let page = PageRequest { size: PageSize::MAX, after: None };
    let store: &dyn UnitOfWork<dyn Tx> = &*hub.store;
    let mut log =
        read(store, |tx| AuditTx::list_audit_entries(tx, WORKSPACE, &AuditFilter::default(), page)).unwrap().items;
    log.reverse();
    let lines: Vec<_> = log.iter().map(|entry| (entry.action.as_str(), entry.subject.clone())).collect();
    let subject = id.to_string();
    let expected = ["key.issued", "key.locked", "key.revoked"].map(|action| (action, subject.clone()));
    assert_eq!(lines, expected);
    verify_chain(None, &log).unwrap();
}

#[test]
fn no_secret_is_in_the_audit_log() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    let store: &dyn UnitOfWork<dyn Tx> = &*hub.store;
    let log =
        read(store, |tx| AuditTx::list_audit_entries(tx, WORKSPACE, &AuditFilter::default(), PageRequest::default()))
            .unwrap();
    let (_, secret) = token(&issued).split_once('.').unwrap();
    assert!(!format!("{log:?}").contains(secret));
}

#[test]
fn a_label_keeps_what_people_call_a_key() {
    let hub = Hub::new();
    let issued = hub.issue(NewApiKey { label: Label::new("WooCommerce Plugin").unwrap(), ..shop() });
    assert_eq!(hub.keys.find(WORKSPACE, issued.key.id).unwrap().label.as_str(), "WooCommerce Plugin");
}

/// A store that commits and then says that it could not be reached, as a connection that breaks during the commit does.
struct Ambiguous(Arc<MemoryStore>);

impl UnitOfWork<dyn ApiKeyTx> for Ambiguous {
    fn read(&self, body: &mut Body<'_, dyn ApiKeyTx>) -> Result<(), StoreError> {
        self.0.read(body)
    }

    fn write(&self, lane: Lane, body: &mut Body<'_, dyn ApiKeyTx>) -> Result<(), StoreError> {
        self.0.write(lane, body)?;
        Err(StoreError::unavailable("the connection broke during the commit"))
    }
}

#[test]
fn a_key_whose_revocation_may_have_happened_is_asked_of_the_store() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    hub.directory.set_trust(Trust::Whole);
    let hasher = TokenHasher::new(Pepper::from_bytes([7; 32]));
    let store = Arc::new(Ambiguous(hub.store.clone()));
    let entropy = Arc::new(SeededEntropy::new(2));
    let keys = ApiKeys::new(store, hub.directory.clone(), hasher, hub.clock.clone(), entropy);
    assert!(keys.revoke(Asker::SYSTEM, WORKSPACE, issued.key.id).commit().is_err());
    assert_eq!(hub.authenticate(token(&issued)), Err(Denial::Revoked));
}

#[test]
fn a_key_of_a_suspended_workspace_is_refused_before_and_after_the_directory_is_whole() {
    let store = Arc::new(MemoryStore::default());
    let suspended = Workspace {
        id: WORKSPACE,
        name: WorkspaceName::new("Suspended").unwrap(),
        status: WorkspaceStatus::Suspended,
        time_zone: TimeZone::utc(),
        event_checks: EventChecks::Off,
        created_at: ManualClock::default().now(),
    };
    let tx: &dyn UnitOfWork<dyn Tx> = &*store;
    write(tx, Lane::Interactive, |tx| tx.insert_workspace(&suspended)).unwrap();
    let issued = Hub::over(store.clone()).issue(shop());
    let node = Hub::over(store);
    assert_eq!(node.authenticate(token(&issued)), Err(Denial::WorkspaceSuspended));
    let loaded = Hub::over(node.store.clone());
    DirectoryLoader::new(loaded.store.clone(), loaded.directory.clone()).run().unwrap();
    assert_eq!(loaded.authenticate(token(&issued)), Err(Denial::WorkspaceSuspended));
}

#[test]
fn an_embedder_issues_a_key_within_its_own_transaction() {
    let hub = Hub::new();
    let mut issue = hub.keys.issue(Asker::SYSTEM, WORKSPACE, shop()).unwrap().into_change();
    let store: &dyn UnitOfWork<dyn ApiKeyTx> = &*hub.store;
    let mut issued = write(store, Lane::Interactive, |tx| issue.apply(tx)).unwrap();
    issue.committed(&mut issued);
    assert!(hub.authenticate(token(&issued)).is_ok());
}
