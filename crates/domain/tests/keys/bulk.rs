//! Many keys locked, unlocked or revoked at once.

use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKeyError, ApiKeyFilter, BULK_KEYS_MAX, BULK_MATCHES_MAX, BulkChange, BulkFate, BulkOutcome, BulkTarget, Denial,
    IssuedKey, KeyStatus, NewApiKey, Owner, Scope, ScopeSet, Transition,
};
use devhub_domain::audit::{AuditFilter, AuditLog};
use devhub_domain::id::KeyId;
use devhub_domain::page::PageRequest;
use devhub_domain::time::Clock;

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE, shop, token};

const OPERATOR: Asker = Asker::COMMAND_LINE;

fn of_keys(transition: Transition, keys: &[&IssuedKey]) -> BulkChange {
    BulkChange { transition, target: BulkTarget::Keys(keys.iter().map(|issued| issued.key.id).collect()) }
}

fn of_owner(transition: Transition, owner: &str, after: Option<KeyId>) -> BulkChange {
    let filter = ApiKeyFilter { owner: Owner::new(owner).ok(), ..ApiKeyFilter::default() };
    BulkChange { transition, target: BulkTarget::Matches { filter, after } }
}

fn owned(owner: &str) -> NewApiKey {
    NewApiKey { owner: Owner::new(owner).ok(), ..shop() }
}

fn change(hub: &Hub, asker: Asker, change: BulkChange) -> BulkOutcome {
    hub.keys.change_many(asker, WORKSPACE, change).unwrap().commit().unwrap()
}

fn fates(outcome: &BulkOutcome) -> Vec<BulkFate> {
    outcome.results.iter().map(|result| result.fate).collect()
}

fn logged(hub: &Hub, action: &str) -> usize {
    let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
    AuditLog::new(hub.store.clone()).list(WORKSPACE, &filter, PageRequest::default()).unwrap().items.len()
}

#[test]
fn keys_that_were_revoked_at_once_are_refused_by_the_next_request_and_logged_each() {
    let hub = Hub::new();
    let keys = [hub.issue(shop()), hub.issue(shop()), hub.issue(shop())];
    let outcome = change(&hub, OPERATOR, of_keys(Transition::Revoke, &[&keys[0], &keys[2], &keys[0]]));
    assert_eq!(fates(&outcome), [BulkFate::Changed(KeyStatus::Revoked); 2], "a key that stands twice counts once");
    assert_eq!(hub.authenticate(token(&keys[0])), Err(Denial::Revoked));
    assert!(hub.authenticate(token(&keys[1])).is_ok());
    assert_eq!(hub.authenticate(token(&keys[2])), Err(Denial::Revoked));
    assert_eq!(logged(&hub, "key.revoked"), 2);
}

#[test]
fn each_key_is_judged_as_if_it_were_asked_for_alone() {
    let hub = Hub::new();
    let wide = NewApiKey { scopes: ScopeSet::from_iter([Scope::Admin]), ..shop() };
    let [locked, too_wide, revoked, active] = [shop(), wide, shop(), shop()].map(|new| hub.issue(new));
    let foreign = hub.keys.issue(OPERATOR, OTHER_WORKSPACE, shop()).unwrap().commit().unwrap();
    change(&hub, OPERATOR, of_keys(Transition::Lock, &[&locked, &too_wide]));
    change(&hub, OPERATOR, of_keys(Transition::Revoke, &[&revoked]));
    let asker = Asker::key(active.key.id, ScopeSet::from_iter([Scope::KeysWrite, Scope::Read, Scope::Write]));
    let all = [&locked, &too_wide, &revoked, &active, &foreign];
    let outcome = change(&hub, asker, of_keys(Transition::Unlock, &all));
    let fate = |issued: &IssuedKey| outcome.results.iter().find(|result| result.id == issued.key.id).unwrap().fate;
    assert_eq!(fate(&locked), BulkFate::Changed(KeyStatus::Active));
    assert_eq!(fate(&too_wide), BulkFate::Refused("scopes_too_wide"));
    assert_eq!(fate(&revoked), BulkFate::Refused("key_revoked"));
    assert_eq!(fate(&active), BulkFate::Unchanged(KeyStatus::Active));
    assert_eq!(fate(&foreign), BulkFate::Refused("key_not_found"));
    assert_eq!(hub.authenticate(token(&too_wide)), Err(Denial::Locked));
}

#[test]
fn a_filter_reaches_what_it_wants_and_nothing_else() {
    let hub = Hub::new();
    let [ours, theirs] = ["us", "them"].map(|owner| hub.issue(owned(owner)));
    let foreign = hub.keys.issue(OPERATOR, OTHER_WORKSPACE, owned("us")).unwrap().commit().unwrap();
    let outcome = change(&hub, OPERATOR, of_owner(Transition::Revoke, "us", None));
    assert_eq!(outcome.results.iter().map(|result| result.id).collect::<Vec<_>>(), [ours.key.id]);
    assert_eq!(hub.authenticate(token(&ours)), Err(Denial::Revoked));
    assert!(hub.authenticate(token(&theirs)).is_ok() && hub.authenticate(token(&foreign)).is_ok());
}

#[test]
fn a_filter_that_wants_too_many_goes_on_when_it_is_repeated() {
    let hub = Hub::new();
    let many = BULK_MATCHES_MAX + 2;
    (0..many).for_each(|_| drop(hub.issue(owned("us"))));
    let first = change(&hub, OPERATOR, of_owner(Transition::Lock, "us", None));
    assert_eq!((first.results.len(), first.remaining, first.next.is_some()), (BULK_MATCHES_MAX, 2, true));
    let second = change(&hub, OPERATOR, of_owner(Transition::Lock, "us", None));
    assert_eq!((second.results.len(), second.remaining, second.next), (2, 0, None));
    let third = change(&hub, OPERATOR, of_owner(Transition::Lock, "us", None));
    assert!(third.results.is_empty());
}

#[test]
fn a_filter_goes_past_what_it_may_not_change() {
    let hub = Hub::new();
    let narrow = hub.issue(owned("us"));
    hub.clock.advance(Duration::from_millis(1));
    let wide = NewApiKey { scopes: ScopeSet::from_iter([Scope::Admin]), ..owned("us") };
    (0..BULK_MATCHES_MAX).for_each(|_| drop(hub.issue(wide.clone())));
    change(&hub, OPERATOR, of_owner(Transition::Lock, "us", None));
    change(&hub, OPERATOR, of_owner(Transition::Lock, "us", None));
    let asker = Asker::key(narrow.key.id, ScopeSet::from_iter([Scope::KeysWrite, Scope::Read, Scope::Write]));
    let first = change(&hub, asker, of_owner(Transition::Unlock, "us", None));
    assert!(fates(&first).iter().all(|fate| *fate == BulkFate::Refused("scopes_too_wide")));
    let second = change(&hub, asker, of_owner(Transition::Unlock, "us", first.next));
    assert_eq!(fates(&second), [BulkFate::Changed(KeyStatus::Active)]);
}

#[test]
fn a_preview_says_what_would_become_and_changes_nothing() {
    let hub = Hub::new();
    let keys = [hub.issue(owned("us")), hub.issue(owned("us"))];
    change(&hub, OPERATOR, of_keys(Transition::Lock, &[&keys[0]]));
    let wanted = of_owner(Transition::Revoke, "us", None);
    let preview = hub.keys.preview_many(OPERATOR, WORKSPACE, wanted.clone()).unwrap();
    assert_eq!((hub.authenticate(token(&keys[1])).is_ok(), logged(&hub, "key.revoked")), (true, 0));
    let mut changed = change(&hub, OPERATOR, wanted);
    assert!(changed.receipt.take().is_some());
    assert_eq!(changed, preview);
}

#[test]
fn a_receipt_says_that_every_node_refuses_what_was_revoked() {
    let hub = Hub::new();
    let keys = [hub.issue(shop()), hub.issue(shop())];
    let receipt = change(&hub, OPERATOR, of_keys(Transition::Revoke, &[&keys[0], &keys[1]])).receipt.unwrap();
    assert_eq!((receipt.nodes.len(), receipt.missing.len(), receipt.effective_at), (1, 0, hub.clock.now()));
}

#[test]
fn what_is_unbounded_or_not_allowed_is_refused() {
    let hub = Hub::new();
    let (transition, ids) = (Transition::Revoke, vec![KeyId::from_bytes([1; 16]); BULK_KEYS_MAX + 1]);
    let refused = |asker, target| {
        let change = BulkChange { transition, target };
        let preview = hub.keys.preview_many(asker, WORKSPACE, change.clone()).unwrap_err();
        assert_eq!(hub.keys.change_many(asker, WORKSPACE, change).map(drop).unwrap_err().code(), preview.code());
        preview
    };
    let everything = BulkTarget::Matches { filter: ApiKeyFilter::default(), after: None };
    assert!(matches!(refused(OPERATOR, BulkTarget::Keys(ids)), ApiKeyError::BulkTooLarge));
    assert!(matches!(refused(OPERATOR, everything), ApiKeyError::BulkFilterEmpty));
    let reader = Asker::key(KeyId::from_bytes([9; 16]), ScopeSet::from_iter([Scope::KeysRead]));
    assert!(matches!(refused(reader, BulkTarget::Keys(Vec::new())), ApiKeyError::Forbidden(_)));
}

#[test]
fn a_word_reads_back_the_transition_that_it_says() {
    assert_eq!(Transition::ALL.map(|transition| Transition::parse(transition.as_str())), Transition::ALL.map(Some));
    assert_eq!(Transition::parse("Revoke"), None);
}
