//! Tells what a change has made of keys: within its transaction as events, and after its commit to whoever watches.

use std::sync::Arc;

use super::{ApiKeyError, ApiKeyTx, ApiKeys, Heard, KeyTold, KeyWatcher};
use crate::entropy::Entropy;
use crate::id::EventId;
use crate::store::{Change, Lane, Prepared, StoreError};
use crate::time::Timestamp;

/// Nobody watches: events wait for whoever claims them.
#[derive(Clone, Copy, Debug)]
pub struct NoKeyWatcher;

impl KeyWatcher for NoKeyWatcher {
    fn heard(&self, _: &[KeyTold], _: bool) {}
}

/// What one transaction has told, and no one has heard of yet.
#[derive(Debug, Default)]
pub(crate) struct Telling {
    told: Vec<KeyTold>,
    waits: bool,
}

impl Telling {
    /// Tells within the transaction; what was told before is passed over.
    pub(crate) fn tell<T: ApiKeyTx + ?Sized>(&mut self, tx: &mut T, told: KeyTold) -> Result<(), StoreError> {
        let heard = tx.tell(&told)?;
        if heard != Heard::Before {
            self.told.push(told);
            self.waits |= heard == Heard::Waits;
        }
        Ok(())
    }

    /// Hands on what was told, after the commit.
    pub(crate) fn hand_on(self, watcher: &dyn KeyWatcher) {
        if !self.told.is_empty() {
            watcher.heard(&self.told, self.waits);
        }
    }
}

impl ApiKeys {
    /// The same, with somebody who hears what becomes of keys.
    #[must_use]
    pub fn with_watcher(self, watcher: Arc<dyn KeyWatcher>) -> Self {
        Self { watcher, ..self }
    }

    /// Draws an id for each event of a change, before its transaction.
    pub(super) fn event_ids(&self, at: Timestamp, count: usize) -> Vec<EventId> {
        event_ids(&*self.entropy, at, count)
    }
}

pub(super) fn event_ids(entropy: &dyn Entropy, at: Timestamp, count: usize) -> Vec<EventId> {
    (0..count).map(|_| EventId::generate(at, entropy)).collect()
}

/// A change that tells: what its last run has told is handed on after the commit, and nothing of a run that was undone.
pub(super) struct TellingChange<A, K, U> {
    apply: A,
    committed: K,
    unsettled: U,
    watcher: Arc<dyn KeyWatcher>,
    telling: Telling,
}

impl<R, A, K, U> Change<dyn ApiKeyTx> for TellingChange<A, K, U>
where
    R: Send,
    A: FnMut(&mut (dyn ApiKeyTx + 'static), &mut Telling) -> Result<R, ApiKeyError> + Send,
    K: FnMut(&mut R) + Send,
    U: FnMut(&mut R) + Send,
{
    type Output = R;
    type Error = ApiKeyError;

    fn apply(&mut self, tx: &mut (dyn ApiKeyTx + 'static)) -> Result<R, ApiKeyError> {
        self.telling = Telling::default();
        (self.apply)(tx, &mut self.telling)
    }

    fn committed(&mut self, output: &mut R) {
        (self.committed)(output);
        std::mem::take(&mut self.telling).hand_on(&*self.watcher);
    }

    fn unsettled(&mut self, output: &mut R) {
        (self.unsettled)(output);
    }
}

impl ApiKeys {
    /// Prepares a change that tells, of what to do in its transaction, after its commit, and when its outcome is unknown.
    pub(super) fn prepare_telling<R, A, K, U>(
        &self,
        apply: A,
        committed: K,
        unsettled: U,
    ) -> Prepared<dyn ApiKeyTx, TellingChange<A, K, U>>
    where
        R: Send,
        A: FnMut(&mut (dyn ApiKeyTx + 'static), &mut Telling) -> Result<R, ApiKeyError> + Send,
        K: FnMut(&mut R) + Send,
        U: FnMut(&mut R) + Send,
    {
        let (watcher, telling) = (Arc::clone(&self.watcher), Telling::default());
        let change = TellingChange { apply, committed, unsettled, watcher, telling };
        Prepared::new(Arc::clone(&self.store), Lane::Interactive, change)
    }
}
