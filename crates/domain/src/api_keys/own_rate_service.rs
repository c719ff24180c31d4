//! The rate that a key is given with itself: an override of the default, written within the transaction of the key.
//!
//! *Threat:* a key that issues another one with a rate beyond all limits. *Defence:* whoever sets a rate needs `limits:write` besides.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::{ApiKey, ApiKeyError, ApiKeyTx};
use crate::access::Asker;
use crate::api_keys::Scope;
use crate::entropy::Entropy;
use crate::id::RateOverrideId;
use crate::rate::{KeyRate, Quota, Rulebook, write_key_rate};
use crate::store::StoreError;
use crate::time::Timestamp;

/// What is wanted of a key's own rate, and what became of it.
pub(super) struct OwnRate {
    rulebook: Arc<Rulebook>,
    /// With the id that a new override gets.
    wanted: Option<(Option<Quota>, RateOverrideId)>,
    now: Timestamp,
    /// Of the last run of the transaction, which is the one that counts.
    outcome: Mutex<KeyRate>,
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
        Ok(Arc::new(Self { rulebook, wanted, now, outcome: Mutex::new(KeyRate::Unchanged) }))
    }

    /// Writes what is wanted; says whether that changed anything.
    pub(super) fn write(&self, tx: &mut (dyn ApiKeyTx + '_), key: &ApiKey) -> Result<bool, ApiKeyError> {
        let Some((wanted, id)) = self.wanted else {
            return Ok(false);
        };
        // The revision of the rules is raised: whoever changes them takes turns.
        tx.audit_head(key.workspace_id)?;
        let overrides =
            tx.overrides().ok_or_else(|| StoreError::unavailable("this store keeps no rate limits of keys"))?;
        let outcome = write_key_rate(overrides, (key.workspace_id, key.id), (id, self.now), wanted)?;
        let is_changed = outcome != KeyRate::Unchanged;
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
        Ok(is_changed)
    }

    /// Lets the next request see it; called after the commit.
    pub(super) fn apply(&self) {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).apply(&self.rulebook);
    }

    /// Says that the commit may or may not have happened.
    pub(super) fn doubt(&self, key: &ApiKey) {
        if self.wanted.is_some() {
            self.rulebook.doubt(key.workspace_id);
        }
    }

    /// What the log says of the key, with what is wanted of its rate.
    pub(super) fn told(&self, mut detail: Value) -> Value {
        if let (Some((wanted, _)), Some(fields)) = (self.wanted, detail.as_object_mut()) {
            let described = wanted.map(
                |quota| json!({ "limit": quota.limit(), "window_s": quota.window().as_secs(), "burst": quota.burst() }),
            );
            fields.insert("rate_limit".to_owned(), json!(described));
        }
        detail
    }
}
