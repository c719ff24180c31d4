//! The rate that a key is given with itself: an override of the default, written within the transaction of the key.
//!
//! *Threat:* a key that issues another one with a rate beyond all limits; one that is on its way out and is given more, so that nobody
//! has a reason to change over; a rotation that loses the rate and with it what was agreed with the holder.
//! *Defence:* whoever sets a rate needs `limits:write` besides; a key that has a successor keeps its own rate or gets a lower one; a
//! successor gets every rate that its key has by itself, and a key that is revoked leaves none behind. *Not defended:* whoever may write the workspace's rules may raise any rate there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::{ApiKey, ApiKeyError, ApiKeyTx, ApiKeys, KeyStatus, Retirement};
use crate::access::Asker;
use crate::api_keys::Scope;
use crate::entropy::Entropy;
use crate::id::{KeyId, RateOverrideId};
use crate::rate::{
    KeyRate, OverrideSubject, PolicyRef, Quota, RateOverride, Rulebook, copy_key_rates, drop_key_rates, write_key_rate,
};
use crate::store::StoreError;
use crate::time::Timestamp;

/// What is wanted of a key's own rate, and what became of it.
pub(super) struct OwnRate {
    rulebook: Arc<Rulebook>,
    /// With the id that a new override gets.
    wanted: Option<(Option<Quota>, RateOverrideId)>,
    now: Timestamp,
    /// What the key had, and what became of it: of the last run of the transaction, which is the one that counts.
    outcome: Mutex<(Option<Quota>, KeyRate)>,
}

impl OwnRate {
    /// `wanted` leaves the rate as it is when it is `None`, and takes it away when it is `Some(None)`.
    #[expect(clippy::option_option, reason = "as it is and none at all are two wishes")]
    pub(super) fn new(
        rulebook: Arc<Rulebook>,
        asker: &Asker,
        wanted: Option<Option<Quota>>,
        (now, entropy): (Timestamp, &dyn Entropy),
    ) -> Result<Arc<Self>, ApiKeyError> {
        if wanted.is_some() {
            asker.require(Scope::LimitsWrite)?;
        }
        let wanted = wanted.map(|quota| (quota, RateOverrideId::generate(now, entropy)));
        Ok(Arc::new(Self { rulebook, wanted, now, outcome: Mutex::new((None, KeyRate::Unchanged)) }))
    }

    /// Writes what is wanted; says whether that changed anything.
    pub(super) fn write(&self, tx: &mut (dyn ApiKeyTx + '_), key: &ApiKey) -> Result<bool, ApiKeyError> {
        let Some((wanted, id)) = self.wanted else {
            return Ok(false);
        };
        if let Some(quota) = &wanted {
            self.rulebook.check_key_rate(key.workspace_id, quota)?;
        }
        // The revision of the rules is raised: whoever changes them takes turns.
        tx.audit_head(key.workspace_id)?;
        let overrides =
            tx.overrides().ok_or_else(|| StoreError::unavailable("this store keeps no rate limits of keys"))?;
        let (policy, subject) = (PolicyRef::Default, OverrideSubject::Key(key.id));
        let before = overrides.find_rate_override_of(key.workspace_id, policy, subject)?.map(|made| made.quota);
        check_retiring_rate(key, before, wanted)?;
        let outcome = write_key_rate(overrides, (key.workspace_id, key.id), (id, self.now), wanted)?;
        let is_changed = outcome != KeyRate::Unchanged;
        *self.outcome() = (before, outcome);
        Ok(is_changed)
    }

    /// Lets the next request see it; called after the commit.
    pub(super) fn apply(&self) {
        self.outcome().1.apply(&self.rulebook);
    }

    /// Says that the commit may or may not have happened.
    pub(super) fn doubt(&self, key: &ApiKey) {
        if self.wanted.is_some() {
            self.rulebook.doubt(key.workspace_id);
        }
    }

    /// What the log says of the key, with what is wanted of its rate.
    pub(super) fn told(&self, detail: Value) -> Value {
        match self.wanted {
            Some((wanted, _)) => with_rate(detail, wanted),
            None => detail,
        }
    }

    /// What the log says of the key as it was, with the rate that it had where another one is wanted.
    pub(super) fn told_before(&self, detail: Value) -> Value {
        if self.wanted.is_some() { with_rate(detail, self.outcome().0) } else { detail }
    }

    fn outcome(&self) -> MutexGuard<'_, (Option<Quota>, KeyRate)> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn with_rate(mut detail: Value, rate: Option<Quota>) -> Value {
    if let Some(fields) = detail.as_object_mut() {
        let described = rate.map(
            |quota| json!({ "limit": quota.limit(), "window_s": quota.window().as_secs(), "burst": quota.burst() }),
        );
        fields.insert("rate_limit".to_owned(), json!(described));
    }
    detail
}

impl ApiKeys {
    /// How often a key may ask by itself; `None` when as often as the rules of its workspace say. Reads nothing: the rules are in memory.
    pub fn own_rate_of(&self, id: KeyId) -> Option<Quota> {
        self.rulebook.overridden(PolicyRef::Default, OverrideSubject::Key(id))
    }
}

/// Of a key that has no rate of its own, nobody can say what is less: the rules decide, and they may change.
fn check_retiring_rate(key: &ApiKey, before: Option<Quota>, wanted: Option<Quota>) -> Result<(), ApiKeyError> {
    let Some(Retirement { successor_id, .. }) = key.retirement else {
        return Ok(());
    };
    let is_no_higher = match (before, wanted) {
        (None, None) => true,
        (Some(before), Some(quota)) => quota.is_within(&before),
        (None, Some(_)) | (Some(_), None) => false,
    };
    if is_no_higher { Ok(()) } else { Err(ApiKeyError::Retiring { id: key.id, successor_id }) }
}

/// The rates that a successor gets from its key.
pub(super) struct InheritedRates {
    rulebook: Arc<Rulebook>,
    entropy: Arc<dyn Entropy>,
    now: Timestamp,
    /// Of the last run of the transaction, which is the one that counts.
    copies: Mutex<Vec<RateOverride>>,
}

impl InheritedRates {
    pub(super) fn new(rulebook: Arc<Rulebook>, entropy: Arc<dyn Entropy>, now: Timestamp) -> Arc<Self> {
        Arc::new(Self { rulebook, entropy, now, copies: Mutex::default() })
    }

    /// Copies them.
    pub(super) fn write(
        &self,
        tx: &mut (dyn ApiKeyTx + '_),
        key: &ApiKey,
        successor_id: KeyId,
    ) -> Result<(), ApiKeyError> {
        // The revision of the rules is raised: whoever changes them takes turns.
        tx.audit_head(key.workspace_id)?;
        // A store that keeps no rates has none to copy.
        let copies = match tx.overrides() {
            Some(tx) => copy_key_rates(tx, key.workspace_id, (key.id, successor_id), (self.now, &*self.entropy))?,
            None => Vec::new(),
        };
        *self.copies() = copies;
        Ok(())
    }

    /// Lets the next request see them; called after the commit.
    pub(super) fn apply(&self) {
        self.copies().iter().for_each(|copy| self.rulebook.put_override(copy));
    }

    /// Says that the commit may or may not have happened.
    pub(super) fn doubt(&self, key: &ApiKey) {
        if !self.copies().is_empty() {
            self.rulebook.doubt(key.workspace_id);
        }
    }

    fn copies(&self) -> MutexGuard<'_, Vec<RateOverride>> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rates that keys lose when they are revoked.
pub(super) struct DroppedRates {
    rulebook: Arc<Rulebook>,
    /// Of the last run of the transaction, which is the one that counts.
    gone: Mutex<Vec<RateOverride>>,
}

impl DroppedRates {
    pub(super) fn new(rulebook: Arc<Rulebook>) -> Arc<Self> {
        Arc::new(Self { rulebook, gone: Mutex::default() })
    }

    /// Takes them away from those of the keys that are revoked. What became of the keys must be logged before: that takes the turn of
    /// the log.
    pub(super) fn write(
        &self,
        tx: &mut (dyn ApiKeyTx + '_),
        keys: &[ApiKey],
        by: (&Asker, Timestamp),
    ) -> Result<(), StoreError> {
        let mut gone = Vec::new();
        for key in keys.iter().filter(|key| key.status == KeyStatus::Revoked) {
            gone.extend(drop_key_rates(tx, (key.workspace_id, key.id), by)?);
        }
        *self.gone() = gone;
        Ok(())
    }

    /// Lets the next request see it; called after the commit.
    pub(super) fn apply(&self) {
        self.gone().iter().for_each(|gone| self.rulebook.remove_override(gone, gone.revision));
    }

    /// Says that the commit may or may not have happened.
    pub(super) fn doubt(&self) {
        self.gone().iter().for_each(|gone| self.rulebook.doubt(gone.workspace_id));
    }

    fn gone(&self) -> MutexGuard<'_, Vec<RateOverride>> {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
