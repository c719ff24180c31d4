//! Finds deliveries that are leased to this node and that it has lost.
//!
//! A commit whose outcome stays unknown, a setback that the store refuses like the result before it: each leaves a row that says
//! "this node is sending it" while the node knows nothing of it. As long as the node lives, nobody else would look for it.

use std::collections::HashSet;
use std::sync::Arc;

use devhub_domain::causes::chain;
use devhub_domain::id::DeliveryId;
use devhub_domain::store::StoreError;
use devhub_domain::webhooks::{Delivery, DeliveryError, Dispatcher};

use super::courier::{Courier, Phase};
use super::custody::Custody;
use super::dispatch::DispatchHandle;

/// Rows that are read beyond twice what is held: a burst whose records are on their way must not hide what was lost.
const ROWS_MORE: usize = 1_000;

/// Deliveries given back in one transaction.
const RELEASE_ROWS: usize = 500;

/// Compares what the store says this node is sending with what it holds, and gives back what was lost.
pub(super) struct Recount {
    pub(super) courier: Arc<Courier>,
    pub(super) dispatch: DispatchHandle,
    pub(super) missing: Missing,
}

/// The deliveries that were not here at the last look.
///
/// One look proves nothing: between a commit and the hand-over, and between a record and the end of its task, a delivery is rightly
/// in one place only.
#[derive(Default)]
pub(super) struct Missing(HashSet<DeliveryId>);

impl Missing {
    /// Which of the leased deliveries are missing for the second time in a row.
    pub(super) fn look(&mut self, leased: Vec<Delivery>, custody: &Custody) -> Vec<Delivery> {
        let missing = leased.into_iter().filter(|delivery| !custody.holds(delivery.id));
        let (lost, missing): (Vec<_>, Vec<_>) = missing.partition(|delivery| self.0.contains(&delivery.id));
        self.0 = missing.into_iter().map(|delivery| delivery.id).collect();
        lost
    }
}

impl Recount {
    /// Looks again and again until the engine drains: the end of the session gives back whatever it still has.
    pub(super) async fn run(mut self) {
        let courier = Arc::clone(&self.courier);
        tokio::select! {
            () = self.look_again() => {}
            () = courier.reached(Phase::Draining) => {}
        }
    }

    async fn look_again(&mut self) {
        loop {
            tokio::time::sleep(self.dispatch.options().recount).await;
            if let Err(error) = self.look().await {
                tracing::warn!(
                    error.code = error.code(),
                    error = chain(&error),
                    "cannot look for lost deliveries: the store failed; trying again",
                );
            }
        }
    }

    async fn look(&mut self) -> Result<(), DeliveryError> {
        let Some(session_id) = self.dispatch.session() else {
            return Ok(());
        };
        let deliveries = self.courier.deliveries.clone();
        let limit = self.courier.slots.held_max().saturating_mul(2).saturating_add(ROWS_MORE);
        let read = self.courier.runtime.spawn_blocking(move || deliveries.leased(session_id, limit)).await;
        let leased = read.map_err(StoreError::unavailable)??;
        let lost = self.missing.look(leased, &self.courier.custody);
        if lost.is_empty() {
            return Ok(());
        }
        tracing::warn!(
            deliveries = lost.len(),
            session.id = %session_id,
            "deliveries were leased to this node and not in its memory: they are given back and sent",
        );
        // Nobody remembers when they were due.
        let now = self.courier.clock.now();
        for rows in lost.chunks(RELEASE_ROWS) {
            self.courier.give_back(rows.iter().map(|lost| (lost.clone(), now)).collect()).await;
        }
        self.dispatch.wake();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use devhub_domain::id::SessionId;
    use devhub_domain::testing::{endpoint, event};

    use super::*;

    fn leased() -> Delivery {
        Delivery::born(&event(1), &endpoint(1), Some(SessionId::from_bytes([1; 16])))
    }

    #[test]
    fn a_delivery_that_is_missing_twice_in_a_row_is_lost() {
        let (mut missing, custody) = (Missing::default(), Arc::new(Custody::default()));
        assert_eq!(missing.look(vec![leased()], &custody), []);
        assert_eq!(missing.look(vec![leased()], &custody), [leased()]);
        assert_eq!(missing.look(vec![leased()], &custody), [], "what was given back begins anew");
    }

    #[test]
    fn a_delivery_that_was_here_in_between_is_not_lost() {
        let (mut missing, custody) = (Missing::default(), Arc::new(Custody::default()));
        assert_eq!(missing.look(vec![leased()], &custody), []);
        let kept = custody.keep(leased().id);
        assert_eq!(missing.look(vec![leased()], &custody), []);
        drop(kept);
        assert_eq!(missing.look(vec![leased()], &custody), []);
    }
}
