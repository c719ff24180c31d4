//! What the workspaces of a node share, and how much of it each may have: places in memory, payload bytes, turns.
//!
//! The rule: *a workspace gets one more while it has less than three times what is free; and of the last sixteenth, only while it has
//! none*. So who comes last finds something, however many came before and however slow their receivers are:
//! while no more workspaces have something than there are pieces in that sixteenth, there is one for whoever has none. Those who want
//! all they can get come to equal shares, and leave a third of one free; nobody is counted for that, and no share is set. Known as
//! dynamic thresholds from the buffers of switches.
//!
//! A workspace that wants all gets three quarters while it is the only one that wants anything: what is kept free cannot be lent,
//! because nobody gets it back from a receiver before its deadline. Where there is no other workspace at all, there is nothing to share,
//! and it gets everything.

use std::collections::HashMap;

use devhub_domain::id::WorkspaceId;

/// How many times what is free a workspace may have. With more of it one alone has more, and those who come after it find less.
const WEIGHT: usize = 3;

/// Which part of a stock is left to those who have none.
const LAST_PART: usize = 16;

/// Something that there is only so much of.
#[derive(Debug)]
pub(super) struct Stock {
    max: usize,
    /// Whether there is more than one workspace.
    is_shared: bool,
    taken: usize,
    /// What each workspace has; nobody who has nothing.
    by_workspace: HashMap<WorkspaceId, usize>,
}

impl Stock {
    /// So much, all of it free, that several workspaces share.
    pub(super) fn new(max: usize) -> Self {
        Self { max, is_shared: true, taken: 0, by_workspace: HashMap::new() }
    }

    /// Says whether there is more than one workspace.
    pub(super) fn share(&mut self, is_shared: bool) {
        self.is_shared = is_shared;
    }

    /// What everybody has together.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// What nobody has.
    pub(super) fn free(&self) -> usize {
        self.max.saturating_sub(self.taken)
    }

    /// Every workspace that has something, and how much.
    pub(super) fn holders(&self) -> impl Iterator<Item = (WorkspaceId, usize)> {
        self.by_workspace.iter().map(|(id, of_workspace)| (*id, *of_workspace))
    }

    /// Whether a workspace may take one more, however large: it may reach past the share, so that even one that is larger than everything
    /// is taken.
    pub(super) fn admits(&self, workspace_id: WorkspaceId) -> bool {
        match self.of(workspace_id) {
            0 => self.free() > 0,
            _ if !self.is_shared => self.free() > 0,
            own => own < self.free().saturating_mul(WEIGHT) && self.free() > self.max / LAST_PART,
        }
    }

    /// How many pieces a workspace may take that has `own` of them, while nobody else takes or gives back any.
    pub(super) fn room(&self, own: usize) -> usize {
        if !self.is_shared {
            return self.free();
        }
        let least = usize::from(own == 0).min(self.free());
        let share = self.free().saturating_add(1).saturating_mul(WEIGHT).saturating_sub(own) / (WEIGHT + 1);
        share.min(self.free().saturating_sub(self.max / LAST_PART)).max(least)
    }

    /// Whether a workspace has more than half of what it may have. Whoever brings it many at a time waits until it has less, so that these
    /// find room.
    pub(super) fn is_scarce(&self, workspace_id: WorkspaceId) -> bool {
        self.is_shared && self.of(workspace_id).saturating_mul(2) > self.free().saturating_mul(WEIGHT)
    }

    /// Gives a workspace so much.
    pub(super) fn take(&mut self, workspace_id: WorkspaceId, amount: usize) {
        self.taken += amount;
        *self.by_workspace.entry(workspace_id).or_default() += amount;
    }

    /// Takes back what a workspace was given.
    pub(super) fn give_back(&mut self, workspace_id: WorkspaceId, amount: usize) {
        self.taken -= amount;
        let left = self.by_workspace.get_mut(&workspace_id).map_or(0, |of_workspace| {
            *of_workspace -= amount;
            *of_workspace
        });
        if left == 0 {
            self.by_workspace.remove(&workspace_id);
        }
    }

    fn of(&self, workspace_id: WorkspaceId) -> usize {
        self.by_workspace.get(&workspace_id).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn workspace(number: u8) -> WorkspaceId {
        WorkspaceId::from_bytes([number; 16])
    }

    /// What each of so many workspaces has once none of them gets more, one piece at a time in turn.
    fn shares(max: usize, workspaces: u8) -> (Vec<usize>, usize) {
        let mut stock = Stock::new(max);
        while (0..workspaces).any(|number| stock.admits(workspace(number))) {
            for number in (0..workspaces).map(workspace) {
                if stock.admits(number) {
                    stock.take(number, 1);
                }
            }
        }
        ((0..workspaces).map(|number| stock.of(workspace(number))).collect(), stock.free())
    }

    #[test]
    fn those_who_want_all_have_the_same_and_something_stays_free() {
        assert_eq!(shares(512, 1), (vec![384], 128));
        assert_eq!(shares(512, 3), (vec![154, 154, 153], 51));
        assert_eq!(shares(1, 1), (vec![1], 0));
        assert_eq!(shares(4, 9), (vec![1, 1, 1, 1, 0, 0, 0, 0, 0], 0), "there are more of them than pieces");
    }

    #[test]
    fn who_comes_after_those_who_gave_nothing_back_finds_less_and_never_nothing() {
        let mut stock = Stock::new(512);
        let had = (0..34).map(|number| {
            let room = stock.room(0);
            stock.take(workspace(number), room);
            room
        });
        assert_eq!(had.collect::<Vec<_>>(), [&[384, 96][..], &[1; 32]].concat());
        assert!(!stock.admits(workspace(34)), "a sixteenth of 512");
    }

    #[test]
    fn the_only_workspace_has_everything_until_there_is_another() {
        let mut stock = Stock::new(512);
        stock.share(false);
        assert_eq!(stock.room(0), 512);
        stock.take(workspace(1), 511);
        assert_eq!((stock.room(511), stock.admits(workspace(1)), stock.is_scarce(workspace(1))), (1, true, false));
        stock.share(true);
        assert_eq!((stock.room(511), stock.admits(workspace(1)), stock.admits(workspace(2))), (0, false, true));
    }

    #[test]
    fn a_piece_that_is_larger_than_everything_is_taken_by_who_has_nothing() {
        let mut stock = Stock::new(100);
        assert!(stock.admits(workspace(1)));
        stock.take(workspace(1), 101);
        assert_eq!((stock.free(), stock.admits(workspace(1)), stock.admits(workspace(2))), (0, false, false));
        stock.give_back(workspace(1), 101);
        assert_eq!((stock.free(), stock.holders().count()), (100, 0));
    }

    #[test]
    fn a_share_is_scarce_past_its_half() {
        let mut stock = Stock::new(9);
        stock.take(workspace(1), 5);
        assert!(!stock.is_scarce(workspace(1)));
        stock.take(workspace(1), 1);
        assert!(stock.is_scarce(workspace(1)));
        assert!(!stock.is_scarce(workspace(2)), "who has nothing lacks nothing");
    }

    proptest! {
        /// Eight come and go, in whatever order, and there are at least as many pieces in the last sixteenth.
        #[test]
        fn who_has_nothing_finds_something_whatever_the_others_do(
            steps in prop::collection::vec((0..8_u8, any::<bool>()), 0..2_000),
            max in 144..600_usize,
        ) {
            let mut stock = Stock::new(max);
            for (number, takes) in steps {
                let workspace_id = workspace(number);
                if takes && stock.admits(workspace_id) {
                    stock.take(workspace_id, 1);
                } else if !takes && stock.of(workspace_id) > 0 {
                    stock.give_back(workspace_id, 1);
                }
                prop_assert_eq!(stock.taken(), stock.holders().map(|(_, own)| own).sum::<usize>());
                prop_assert!(stock.admits(workspace(9)), "{:?}", stock);
            }
        }

        #[test]
        fn the_room_of_a_workspace_is_what_it_can_take(
            others in prop::collection::vec(1..200_usize, 0..6),
            own in 0..400_usize,
            max in 1..600_usize,
        ) {
            let mut stock = Stock::new(max);
            for (number, count) in (1..).zip(others) {
                stock.take(workspace(number), count.min(stock.free()));
            }
            let own = own.min(stock.free());
            stock.take(workspace(0), own);
            let room = stock.room(own);
            let mut taken = 0;
            while stock.admits(workspace(0)) {
                stock.take(workspace(0), 1);
                taken += 1;
            }
            prop_assert_eq!(taken, room);
        }
    }
}
