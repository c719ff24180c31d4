//! Which deliveries are in this node's memory, from the moment when they are handed over to the one when the store has them back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use devhub_domain::id::DeliveryId;

/// The deliveries in this node's memory, by their ids.
#[derive(Default)]
pub(super) struct Custody {
    /// How often each is here: twice, when it came back under a new lease before the old one had ended.
    kept: Mutex<HashMap<DeliveryId, usize>>,
}

/// A delivery in memory; forgotten when dropped, also by a task that breaks down.
pub(super) struct Kept {
    custody: Arc<Custody>,
    id: DeliveryId,
}

impl Custody {
    /// Remembers a delivery for as long as the answer lives.
    pub(super) fn keep(self: &Arc<Self>, id: DeliveryId) -> Kept {
        *self.kept().entry(id).or_default() += 1;
        Kept { custody: Arc::clone(self), id }
    }

    /// Whether a delivery is here.
    pub(super) fn holds(&self, id: DeliveryId) -> bool {
        self.kept().contains_key(&id)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<DeliveryId, usize>> {
        // Nothing that runs under this lock panics.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let mut kept = self.custody.kept();
        if let Some(times) = kept.get_mut(&self.id) {
            *times -= 1;
            if *times == 0 {
                kept.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_here_until_its_last_keeper_lets_go() {
        let (custody, id) = (Arc::new(Custody::default()), DeliveryId::from_bytes([1; 16]));
        let (first, second) = (custody.keep(id), custody.keep(id));
        drop(first);
        assert!(custody.holds(id));
        drop(second);
        assert!(!custody.holds(id));
    }
}
