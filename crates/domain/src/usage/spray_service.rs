//! Tells of networks from which many tokens come that no key has.

use std::collections::HashSet;
use std::num::NonZeroU64;
use std::sync::Arc;

use super::{UnknownAttempts, UnknownAttemptsId, UsageTx};
use crate::api_keys::{KeyNews, KeySpray, KeyTold, KeyWatcher, NoKeyWatcher, Telling};
use crate::audit::Actor;
use crate::entropy::Entropy;
use crate::id::{EventId, WorkspaceId};
use crate::page::{PageRequest, PageSize};
use crate::store::{Lane, StoreError, UnitOfWork, read, write};
use crate::tally::{hour_of, start_of};
use crate::time::{Clock, Timestamp};

/// Networks told of in one transaction, each with an event and its deliveries.
const TOLD_AT_ONCE: usize = 50;

/// What a look for sprays needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SprayRule {
    /// Who is told: the workspace that keeps the installation. A token that no key has is nobody else's.
    pub workspace_id: WorkspaceId,
    /// From so many unknown keys on, of one network in one hour. Of one that lets many people share an address some mistyped keys come
    /// in peace.
    pub threshold: NonZeroU64,
}

/// Looks at what is counted of unknown keys.
pub struct KeySprays {
    store: Arc<dyn UnitOfWork<dyn UsageTx>>,
    rule: SprayRule,
    watcher: Arc<dyn KeyWatcher>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Of this hour and the one before: spares writing what is stored. Bounded by how many networks are counted in an hour.
    told: HashSet<UnknownAttemptsId>,
}

impl std::fmt::Debug for KeySprays {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeySprays").field("rule", &self.rule).finish_non_exhaustive()
    }
}

impl KeySprays {
    /// Looks by this rule.
    pub fn new(
        store: Arc<dyn UnitOfWork<dyn UsageTx>>,
        rule: SprayRule,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { store, rule, watcher: Arc::new(NoKeyWatcher), clock, entropy, told: HashSet::new() }
    }

    /// The same, with somebody who hears of sprays.
    #[must_use]
    pub fn with_watcher(self, watcher: Arc<dyn KeyWatcher>) -> Self {
        Self { watcher, ..self }
    }

    /// Tells of each network that has passed the threshold in this hour or the one before, whose last counts may have been written
    /// late. Returns how many those were.
    ///
    /// *Repeat:* a network is told of once an hour, by whatever node.
    ///
    /// # Errors
    /// The store's own: what is left is told by the next call.
    pub fn look(&mut self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let hour = hour_of(now);
        self.told.retain(|id| id.hour >= hour - 1);
        let passed = self.passed(hour)?;
        for sprays in passed.chunks(TOLD_AT_ONCE) {
            self.tell(sprays, now)?;
            self.told.extend(sprays.iter().map(UnknownAttempts::id));
        }
        Ok(passed.len())
    }

    fn passed(&self, hour: i64) -> Result<Vec<UnknownAttempts>, StoreError> {
        let mut passed = Vec::new();
        let mut after = None;
        loop {
            let request = PageRequest { size: PageSize::MAX, after };
            let page = read(&*self.store, |tx| tx.list_unknown_attempts(hour - 1..hour + 1, request))?;
            let new = page
                .items
                .into_iter()
                .filter(|row| row.unknown >= self.rule.threshold.get() && !self.told.contains(&row.id()));
            passed.extend(new);
            after = page.next;
            if after.is_none() {
                return Ok(passed);
            }
        }
    }

    fn tell(&self, sprays: &[UnknownAttempts], now: Timestamp) -> Result<(), StoreError> {
        let told = sprays.iter().map(|row| KeyTold {
            id: EventId::generate(now, &*self.entropy),
            workspace_id: self.rule.workspace_id,
            actor: Actor::System,
            at: now,
            news: KeyNews::Spray(KeySpray {
                network: row.network,
                since: start_of(row.hour),
                unknown_keys: row.unknown,
            }),
        });
        let told: Vec<_> = told.collect();
        let telling = write(&*self.store, Lane::Background, |tx| {
            let mut telling = Telling::default();
            told.iter().try_for_each(|told| telling.tell(tx, told.clone()))?;
            Ok::<_, StoreError>(telling)
        })?;
        telling.hand_on(&*self.watcher);
        Ok(())
    }
}
