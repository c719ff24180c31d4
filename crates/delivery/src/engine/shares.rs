//! What each workspace has room for.

use std::collections::HashMap;

use devhub_domain::id::WorkspaceId;

use super::slots::{Held, Slots};

impl Slots {
    /// Says whether there is more than one workspace.
    pub(super) fn share(&self, is_shared: bool) {
        let mut held = self.held();
        held.places.share(is_shared);
        held.bytes.share(is_shared);
        drop(held);
        self.turns.share(is_shared);
    }

    /// Workspaces of which a claim may bring fewer than of the others, none of those that have much of their share; and how many of the
    /// others. Room is announced once one of the former has less of its share.
    pub(super) fn room_of_workspaces(&self) -> (HashMap<WorkspaceId, usize>, usize) {
        let mut held = self.held();
        let scarce = held.places.holders().map(|(id, _)| id).filter(|id| held.is_scarce(*id)).collect();
        held.passed_over = scarce;
        let room = |id, own| if held.is_scarce(id) { 0 } else { held.places.room(own) };
        (held.places.holders().map(|(id, own)| (id, room(id, own))).collect(), held.places.room(0))
    }
}

impl Held {
    /// Whether a workspace may hold one more delivery.
    pub(super) fn admits(&self, workspace_id: WorkspaceId) -> bool {
        self.places.admits(workspace_id) && self.bytes.admits(workspace_id)
    }

    /// Whether a workspace holds so much that a claim passes over it.
    pub(super) fn is_scarce(&self, workspace_id: WorkspaceId) -> bool {
        self.places.is_scarce(workspace_id) || self.bytes.is_scarce(workspace_id)
    }

    /// Whether a claim could serve a workspace that the last one passed over, for the first time since. Whoever gave something back: a
    /// share grows with what is free.
    pub(super) fn serves_again(&mut self) -> bool {
        let mut passed_over = std::mem::take(&mut self.passed_over);
        let count = passed_over.len();
        passed_over.retain(|id| self.is_scarce(*id));
        self.passed_over = passed_over;
        self.passed_over.len() < count
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::{Context, Waker};
    use std::time::Duration;

    use devhub_domain::id::EndpointId;
    use devhub_domain::testing::ManualClock;
    use proptest::prelude::*;

    use super::*;
    use crate::engine::EngineOptions;
    use crate::engine::slot::Slot;
    use crate::engine::wish::{Limits, Wish};

    const MINE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
    const OTHER: WorkspaceId = WorkspaceId::from_bytes([2; 16]);
    const SHARE: usize = 64 * 1024 * 1024 / 4 * 3;

    /// The limits that a hub ships with.
    fn slots() -> Arc<Slots> {
        Arc::new(Slots::new(&EngineOptions::default()))
    }

    fn endpoint(number: usize) -> EndpointId {
        EndpointId::from_bytes(u128::try_from(number).unwrap().to_be_bytes())
    }

    fn take(slots: &Arc<Slots>, workspace_id: WorkspaceId, number: usize, bytes: usize) -> Option<Slot> {
        let wish = Wish { workspace_id, endpoint_id: endpoint(number), revision: 1, bytes, limits: Limits::default() };
        slots.take(&wish, Duration::ZERO)
    }

    /// As much as a workspace gets for 64 endpoints.
    fn all(slots: &Arc<Slots>) -> Vec<Slot> {
        (0..64 * 32).filter_map(|number| take(slots, MINE, number % 64, 1)).collect()
    }

    #[test]
    fn case_04_a_workspace_holds_three_quarters_of_the_places_and_another_has_room() {
        let slots = slots();
        let held = all(&slots);
        assert_eq!(held.len(), 768);
        assert!(!slots.has_room((MINE, endpoint(99)), Duration::ZERO), "also for an endpoint that holds nothing");
        assert!(slots.has_room((OTHER, endpoint(99)), Duration::ZERO));
        assert!(take(&slots, OTHER, 99, 1).is_some());
        drop(held);
        assert!(slots.has_room((MINE, endpoint(99)), Duration::ZERO));
    }

    #[test]
    fn case_04_a_workspace_holds_three_quarters_of_the_bytes_and_another_has_room() {
        let slots = slots();
        let _share = take(&slots, MINE, 1, SHARE).unwrap();
        assert!(take(&slots, MINE, 2, 1).is_none());
        assert!(take(&slots, OTHER, 3, 1).is_some());
    }

    #[test]
    fn case_04_a_claim_passes_over_a_workspace_that_has_much_of_its_share() {
        let slots = slots();
        assert_eq!(slots.room_of_workspaces(), (HashMap::new(), 768));
        let _some: Vec<_> = (0..614).map(|number| take(&slots, MINE, number % 64, 1).unwrap()).collect();
        assert_eq!(slots.room_of_workspaces(), ([(MINE, 154)].into(), 308));
        let _one = take(&slots, MINE, 1, 1).unwrap();
        assert_eq!(slots.room_of_workspaces(), ([(MINE, 0)].into(), 307));
        let _large = take(&slots, OTHER, 99, SHARE).unwrap();
        assert_eq!(slots.room_of_workspaces().0[&OTHER], 0, "of its bytes");
    }

    #[tokio::test]
    async fn case_04_room_is_announced_when_a_workspace_can_take_a_claim_again() {
        let slots = slots();
        let mut held: Vec<_> = (0..615).map(|number| take(&slots, MINE, number % 64, 1).unwrap()).collect();
        assert_eq!(slots.room_of_workspaces().0[&MINE], 0);
        held.pop();
        slots.freed().await;
        assert_eq!(slots.room_of_workspaces().0[&MINE], 154);
    }

    #[tokio::test]
    async fn case_04_room_is_announced_when_another_workspace_makes_it() {
        let slots = slots();
        let mut others: Vec<_> = (0..30).map(|number| take(&slots, OTHER, 100 + number % 30, 1).unwrap()).collect();
        let _mine: Vec<_> = (0..600).map(|number| take(&slots, MINE, number % 64, 1).unwrap()).collect();
        assert_eq!(slots.room_of_workspaces().0[&MINE], 0);
        others.truncate(25);
        assert_eq!(slots.room_of_workspaces().0[&MINE], 0, "399 free ones times three are fewer than 600 times two");
        let mut freed = pin!(slots.freed());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(freed.as_mut().poll(&mut cx).is_pending());
        drop(others);
        assert!(freed.as_mut().poll(&mut cx).is_ready());
        assert_ne!(slots.room_of_workspaces().0[&MINE], 0);
    }

    /// How a delivery leaves its place.
    #[derive(Clone, Copy, Debug)]
    enum End {
        Dropped,
        DroppedWithItsTurn,
        Waiting,
        Recalled,
        Panicked,
    }

    fn end(slots: &Slots, slot: Slot, how: End) {
        let clock = ManualClock::default();
        let mut cx = Context::from_waker(Waker::noop());
        let ended = std::panic::AssertUnwindSafe(move || {
            let slot = slot;
            let mut turn = pin!(slot.turn(&clock));
            let has_turn = !matches!(how, End::Dropped) && turn.as_mut().poll(&mut cx).is_ready();
            match how {
                End::Recalled if !has_turn => {
                    slots.recall(slot.endpoint_id, 2);
                    assert!(turn.as_mut().poll(&mut cx).is_ready());
                }
                End::Panicked => std::panic::resume_unwind(Box::new("the test says so")),
                End::Dropped | End::DroppedWithItsTurn | End::Waiting | End::Recalled => {}
            }
        });
        assert_eq!(std::panic::catch_unwind(ended).is_err(), matches!(how, End::Panicked));
    }

    proptest! {
        #[test]
        fn places_bytes_and_turns_come_back_whatever_ends_a_delivery(
            wishes in prop::collection::vec((1..4_u8, 0..5_usize, 0..100_usize), 1..60),
            ends in prop::collection::vec(
                prop::sample::select(vec![End::Dropped, End::DroppedWithItsTurn, End::Waiting, End::Recalled, End::Panicked]), 60),
        ) {
            let few = |count| std::num::NonZeroUsize::new(count).unwrap();
            let options = EngineOptions { in_flight_max: few(20), per_endpoint_max: few(4), ..EngineOptions::default() };
            let slots = Arc::new(Slots::new(&options));
            let workspace = |number| WorkspaceId::from_bytes([number; 16]);
            let held: Vec<_> =
                wishes.iter().filter_map(|(id, number, bytes)| take(&slots, workspace(*id), *number, *bytes)).collect();
            prop_assert_eq!(slots.total(), held.len());
            for (slot, how) in held.into_iter().zip(ends) {
                end(&slots, slot, how);
            }
            let held = slots.held();
            prop_assert_eq!((held.places.taken(), held.bytes.taken(), held.places.holders().count()), (0, 0, 0));
            prop_assert_eq!(held.bytes.holders().count(), 0);
            drop(held);
            prop_assert_eq!(slots.turns.taken(), 0);
        }
    }
}
