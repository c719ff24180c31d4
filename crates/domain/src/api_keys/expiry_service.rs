//! Tells of keys whose time is nearly over: a week and a day before.

use std::sync::Arc;
use std::time::Duration;

use super::tell_service::{NoKeyWatcher, Telling, event_ids};
use super::{ApiKey, ApiKeyTx, KeyMatter, KeyStatus, KeyTold, KeyWatcher, ScannedKeys};
use crate::audit::Actor;
use crate::entropy::Entropy;
use crate::id::KeyId;
use crate::store::{Lane, StoreError, UnitOfWork, read, write};
use crate::time::{Clock, Timestamp};

/// Rows of one read: about a millisecond's work.
const PAGE_ROWS: usize = 1_000;
/// Keys of one transaction, each with an event and its deliveries, so that others do not wait for long.
const TOLD_AT_ONCE: usize = 50;
/// How many days before its expiry a key is told of, the last first.
const DAYS: [u8; 2] = [1, 7];

/// What a step has come by.
#[derive(Debug)]
pub struct ExpiryStep {
    /// Whether there may be more; else the next step begins again with the first key.
    pub has_more: bool,
    /// Each key that cannot be read, named: nobody is told when its time is over.
    pub unreadable: Vec<StoreError>,
}

/// Looks for keys that expire soon, page by page.
pub struct KeyExpiries {
    store: Arc<dyn UnitOfWork<dyn ApiKeyTx>>,
    watcher: Arc<dyn KeyWatcher>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    after: Option<KeyId>,
}

impl std::fmt::Debug for KeyExpiries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyExpiries").field("after", &self.after).finish_non_exhaustive()
    }
}

impl KeyExpiries {
    /// Begins with the first key of the store.
    pub fn new(store: Arc<dyn UnitOfWork<dyn ApiKeyTx>>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, watcher: Arc::new(NoKeyWatcher), clock, entropy, after: None }
    }

    /// The same, with somebody who hears of these keys.
    #[must_use]
    pub fn with_watcher(self, watcher: Arc<dyn KeyWatcher>) -> Self {
        Self { watcher, ..self }
    }

    /// Looks at the next page. A key that cannot be read keeps nobody from being told of the others.
    ///
    /// A key that expires within a day is told of as that alone, also if nobody was told a week before.
    ///
    /// *Repeat:* what was told is not told again, by whatever node, for as long as its event is kept. A key whose expiry was moved is.
    ///
    /// # Errors
    /// The store's own; the same page is looked at by the next call.
    pub fn step(&mut self) -> Result<ExpiryStep, StoreError> {
        let (now, after) = (self.clock.now(), self.after);
        let ScannedKeys { keys, unreadable, last } =
            read(&*self.store, |tx| tx.scan_readable_api_keys(after, PAGE_ROWS))?;
        let due: Vec<&ApiKey> = keys.iter().filter(|key| days_left(key, now).is_some()).collect();
        for keys in due.chunks(TOLD_AT_ONCE) {
            self.tell(keys, now)?;
        }
        self.after = last;
        Ok(ExpiryStep { has_more: last.is_some(), unreadable })
    }

    fn tell(&self, keys: &[&ApiKey], now: Timestamp) -> Result<(), StoreError> {
        let ids = event_ids(&*self.entropy, now, keys.len());
        let telling = write(&*self.store, Lane::Background, |tx| {
            let mut telling = Telling::default();
            for (key, id) in keys.iter().zip(&ids) {
                // It may have been locked or given more time since it was read.
                let key = tx.find_api_key(key.workspace_id, key.id)?;
                let due = key.and_then(|key| days_left(&key, now).map(|days| (key, days)));
                if let Some((key, days)) = due {
                    let told = KeyTold::of(*id, (Actor::System, now), KeyMatter::Expiring { days }, &key);
                    telling.tell(tx, told)?;
                }
            }
            Ok::<_, StoreError>(telling)
        })?;
        telling.hand_on(&*self.watcher);
        Ok(())
    }
}

/// Within how many days a key expires, if it is to be told.
fn days_left(key: &ApiKey, now: Timestamp) -> Option<u8> {
    let expiry = key.expires_at.filter(|_| key.status == KeyStatus::Active && !key.has_expired(now))?;
    let left = expiry.since(now);
    DAYS.into_iter().find(|days| left <= Duration::from_hours(24 * u64::from(*days)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::api_key;

    const DAY: i64 = 24 * 60 * 60;

    #[test]
    fn a_key_is_due_a_week_and_a_day_before_its_time_is_over() {
        let rows = [
            ("no expiry", None, None),
            ("over", Some(0), None),
            ("a moment", Some(1), Some(1)),
            ("a day", Some(DAY), Some(1)),
            ("more than a day", Some(DAY + 1), Some(7)),
            ("a week", Some(7 * DAY), Some(7)),
            ("more than a week", Some(7 * DAY + 1), None),
        ];
        for (name, expiry, days) in rows {
            let key = ApiKey { expires_at: expiry.map(Timestamp::from_seconds), ..api_key(1) };
            assert_eq!(days_left(&key, Timestamp::from_seconds(0)), days, "{name}");
        }
    }

    #[test]
    fn a_key_that_is_refused_anyway_is_not_due() {
        let expires_at = Some(Timestamp::from_seconds(DAY));
        for status in [KeyStatus::Locked, KeyStatus::Revoked] {
            let key = ApiKey { status, expires_at, ..api_key(1) };
            assert_eq!(days_left(&key, Timestamp::from_seconds(0)), None, "{status:?}");
        }
    }
}
