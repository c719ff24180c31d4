//! The rates that a key has by itself: who gets them from it, and who gets no more of them.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKeyError, ApiKeys, BulkChange, BulkTarget, KeyChanges, NewApiKey, RotatedKey, Transition,
};
use devhub_domain::audit::{AuditEntry, AuditFilter, AuditLog};
use devhub_domain::grace::Grace;
use devhub_domain::id::KeyId;
use devhub_domain::page::PageRequest;
use devhub_domain::rate::{
    FAILED_AUTHENTICATIONS_PER_MINUTE, MethodSet, Mode, NewOverride, OnBackendError, OverrideSubject,
    POLICY_OVERRIDES_MAX, PolicyRef, PolicyRule, Quota, RateLimits, RateOverride, RateOverrides, RatePolicies,
    RateRequest, RateRules, Route, Rulebook, RulebookLoader, SubjectKind,
};
use devhub_domain::store::{Change, Lane, StoreError, UnitOfWork, read, write};
use devhub_domain::testing::{MemoryFailures, MemoryLimiter, SeededEntropy, rate_override};
use devhub_domain::tx::Tx;

use crate::hub::{HERE, Hub, WORKSPACE, shop};

struct Rated {
    hub: Hub,
    keys: ApiKeys,
    rulebook: Arc<Rulebook>,
    limits: RateLimits,
}

fn per_minute(count: u32) -> Quota {
    Quota::per_minute(NonZeroU32::new(count).unwrap())
}

fn hour() -> Grace {
    Grace::from_seconds(3_600).unwrap()
}

fn rated() -> Rated {
    let hub = Hub::new();
    let rulebook = Arc::new(Rulebook::new());
    let failures = MemoryFailures::new(Quota::per_minute(FAILED_AUTHENTICATIONS_PER_MINUTE), hub.clock.clone());
    let limiter = Arc::new(MemoryLimiter::default());
    let limits = RateLimits::new(RateRules::default(), limiter, Arc::new(failures), hub.clock.clone());
    let keys = hub.keys.clone().with_rulebook(rulebook.clone());
    Rated { limits: limits.with_rulebook(rulebook.clone()), hub, keys, rulebook }
}

impl Rated {
    fn issue(&self, rate_limit: Option<Quota>) -> KeyId {
        let new = NewApiKey { rate_limit, ..shop() };
        self.keys.issue(Asker::COMMAND_LINE, WORKSPACE, new).unwrap().commit().unwrap().key.id
    }

    fn rotate(&self, id: KeyId) -> KeyId {
        self.keys.rotate(Asker::COMMAND_LINE, WORKSPACE, id, hour()).unwrap().commit().unwrap().issued.key.id
    }

    fn give(&self, id: KeyId, rate_limit: Option<Quota>) -> Result<(), ApiKeyError> {
        let changes = KeyChanges { rate_limit: Some(rate_limit), ..KeyChanges::default() };
        self.keys.update(Asker::COMMAND_LINE, WORKSPACE, id, changes)?.commit().map(drop)
    }

    /// Makes a policy for exports, of which a key has so much.
    fn override_exports(&self, id: KeyId, quota: Quota) -> PolicyRef {
        let entropy = Arc::new(SeededEntropy::new(2));
        let (store, rulebook, clock) = (self.hub.store.clone(), self.rulebook.clone(), self.hub.clock.clone());
        let policies = RatePolicies::new(store.clone(), rulebook.clone(), clock.clone(), entropy.clone());
        let overrides = RateOverrides::new(store, rulebook, clock, entropy);
        let rule = PolicyRule {
            name: "exports".parse().unwrap(),
            quota: per_minute(9),
            cost: NonZeroU32::MIN,
            subject: SubjectKind::Key,
            methods: MethodSet::ALL,
            path: "/exports/**".parse().unwrap(),
            mode: Mode::Enforce,
            on_backend_error: OnBackendError::Allow,
        };
        let made = policies.create(Asker::COMMAND_LINE, WORKSPACE, rule).unwrap().commit().unwrap().changed;
        let policy = PolicyRef::Of(made.id);
        let new = NewOverride { policy, subject: OverrideSubject::Key(id), quota };
        overrides.create(Asker::COMMAND_LINE, WORKSPACE, new).unwrap().commit().unwrap();
        policy
    }

    /// How much a key has for a path.
    fn limit(&self, key_id: KeyId, path: &str) -> u32 {
        let route = Some(Route { method: "GET", path });
        let request = RateRequest { key_id, workspace_id: WORKSPACE, address: HERE, route, cost: 1 };
        self.limits.decide(&request).standing().unwrap().policy.quota().limit().get()
    }
}

#[test]
fn a_successor_has_every_rate_that_its_key_has_by_itself() {
    let rated = rated();
    let id = rated.issue(Some(per_minute(5)));
    rated.override_exports(id, per_minute(2));
    let successor = rated.rotate(id);
    for key in [id, successor] {
        assert_eq!((rated.limit(key, "/payments"), rated.limit(key, "/exports/1")), (5, 2));
    }
}

/// A key that has leaked cannot wait for somebody to make room.
#[test]
fn a_key_is_rotated_with_its_rate_although_its_policy_is_full() {
    let rated = rated();
    let id = rated.issue(None);
    let policy = rated.override_exports(id, per_minute(2));
    let store: &dyn UnitOfWork<dyn Tx> = &*rated.hub.store;
    let others = 2..=u32::try_from(POLICY_OVERRIDES_MAX).unwrap();
    let filled = write::<_, _, StoreError>(store, Lane::Interactive, |tx| {
        others.clone().try_for_each(|number| {
            tx.insert_rate_override(&RateOverride { policy, workspace_id: WORKSPACE, ..rate_override(number + 100) })
        })
    });
    filled.unwrap();
    assert_eq!(rated.limit(rated.rotate(id), "/exports/1"), 2);
}

#[test]
fn the_successor_of_a_key_without_a_rate_of_its_own_has_none_either() {
    let rated = rated();
    let successor = rated.rotate(rated.issue(None));
    assert_eq!(rated.limit(successor, "/payments"), 600);
}

#[test]
fn a_rotation_in_doubt_leaves_the_rates_to_be_read_again() {
    let rated = rated();
    let id = rated.issue(Some(per_minute(5)));
    let mut change = rated.keys.rotate(Asker::SYSTEM, WORKSPACE, id, hour()).unwrap().into_change();
    let committed = write(&*rated.hub.store, Lane::Interactive, |tx: &mut (dyn Tx + 'static)| change.apply(tx));
    let mut rotated: RotatedKey = committed.unwrap();
    change.unsettled(&mut rotated);
    RulebookLoader::new(rated.hub.store.clone(), rated.rulebook.clone()).settle().unwrap();
    assert_eq!(rated.limit(rotated.issued.key.id, "/payments"), 5);
}

#[test]
fn the_rate_of_a_key_is_told_and_its_change_is_logged_with_what_it_was() {
    let rated = rated();
    let id = rated.issue(Some(per_minute(5)));
    assert_eq!(rated.keys.own_rate_of(id), Some(per_minute(5)));
    rated.give(id, Some(per_minute(7))).unwrap();
    rated.give(id, None).unwrap();
    assert_eq!(rated.keys.own_rate_of(id), None);
    let filter = AuditFilter { action: Some("key.updated".to_owned()), ..AuditFilter::default() };
    let log = AuditLog::new(rated.hub.store.clone()).list(WORKSPACE, &filter, PageRequest::default()).unwrap();
    let limits = |entry: &AuditEntry| {
        let detail: serde_json::Value = serde_json::from_str(&entry.detail).unwrap();
        ["before", "after"].map(|side| detail[side]["rate_limit"]["limit"].as_u64())
    };
    assert_eq!(log.items.iter().map(limits).collect::<Vec<_>>(), [[Some(7), None], [Some(5), Some(7)]]);
}

#[test]
fn a_retiring_key_gets_no_higher_rate() {
    let rated = rated();
    let (with, without) = (rated.issue(Some(per_minute(60))), rated.issue(None));
    rated.rotate(with);
    rated.rotate(without);
    let per_second = |count| Quota::new(NonZeroU32::new(count).unwrap(), Duration::from_secs(1)).unwrap();
    for higher in [Some(per_minute(61)), Some(per_second(2)), None] {
        assert!(matches!(rated.give(with, higher), Err(ApiKeyError::Retiring { .. })), "{higher:?}");
    }
    for lower in [per_minute(60), per_second(1)] {
        rated.give(with, Some(lower)).unwrap();
    }
    assert!(matches!(rated.give(without, Some(per_minute(1))), Err(ApiKeyError::Retiring { .. })));
    rated.give(without, None).unwrap();
}

/// The rates that a key has by itself, and how many of the removals are logged.
fn left(rated: &Rated, id: KeyId) -> (Vec<RateOverride>, usize) {
    let store: &dyn UnitOfWork<dyn Tx> = &*rated.hub.store;
    let of_key = OverrideSubject::Key(id);
    let left = read::<_, _, StoreError>(store, |tx| tx.list_rate_overrides_of(WORKSPACE, of_key)).unwrap();
    let filter = AuditFilter { action: Some("rate_override.deleted".to_owned()), ..AuditFilter::default() };
    let log = AuditLog::new(rated.hub.store.clone()).list(WORKSPACE, &filter, PageRequest::default()).unwrap();
    (left, log.items.len())
}

/// Else its rates would take room in their policies for ever, and nobody would see for whom.
#[test]
fn a_revoked_key_leaves_no_rate_behind() {
    let rated = rated();
    let id = rated.issue(Some(per_minute(5)));
    rated.override_exports(id, per_minute(2));
    rated.keys.lock(Asker::COMMAND_LINE, WORKSPACE, id).commit().unwrap();
    assert_eq!((left(&rated, id).0.len(), rated.limit(id, "/payments")), (2, 5));
    rated.keys.revoke(Asker::COMMAND_LINE, WORKSPACE, id).commit().unwrap();
    assert_eq!(left(&rated, id), (Vec::new(), 2));
    assert_eq!((rated.limit(id, "/payments"), rated.limit(id, "/exports/1")), (600, 9));
}

#[test]
fn keys_that_are_revoked_together_leave_no_rate_behind() {
    let rated = rated();
    let ids = [rated.issue(Some(per_minute(5))), rated.issue(None), rated.issue(Some(per_minute(7)))];
    let change = BulkChange { transition: Transition::Revoke, target: BulkTarget::Keys(ids.to_vec()) };
    rated.keys.change_many(Asker::COMMAND_LINE, WORKSPACE, change).unwrap().commit().unwrap();
    assert_eq!(ids.map(|id| left(&rated, id)), [(); 3].map(|()| (Vec::new(), 2)));
    assert_eq!(ids.map(|id| rated.limit(id, "/payments")), [600; 3]);
}

#[test]
fn a_revocation_in_doubt_leaves_the_rates_to_be_read_again() {
    let rated = rated();
    let id = rated.issue(Some(per_minute(5)));
    let mut change = rated.keys.revoke(Asker::SYSTEM, WORKSPACE, id).into_change();
    let committed = write(&*rated.hub.store, Lane::Interactive, |tx: &mut (dyn Tx + 'static)| change.apply(tx));
    change.unsettled(&mut committed.unwrap());
    RulebookLoader::new(rated.hub.store.clone(), rated.rulebook.clone()).settle().unwrap();
    assert_eq!(rated.limit(id, "/payments"), 600);
}
