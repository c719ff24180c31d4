//! The turns of the node: how many requests are in flight at a time, and which workspace has the next one.
//!
//! In the order of asking, passing over those whose workspace has its share: what waits for the slow receivers of one workspace keeps
//! nobody else from a turn.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use devhub_domain::id::WorkspaceId;
use tokio::sync::oneshot;

use super::stock::Stock;

/// The turns of the node.
pub(super) struct NodeTurns(Mutex<Line>);

struct Line {
    turns: Stock,
    /// Those who wait, by workspace and in the order of asking. Whenever the line is let go of, no workspace that waits may take more.
    waiting: HashMap<WorkspaceId, VecDeque<Waiter>>,
    /// Counts those who had to wait.
    asked: u64,
}

struct Waiter {
    number: u64,
    grant: oneshot::Sender<NodeTurn>,
}

/// Leave to have one request in flight; given back when dropped.
pub(super) struct NodeTurn {
    turns: Arc<NodeTurns>,
    workspace_id: WorkspaceId,
}

/// A place in the line; left when dropped.
struct Place<'a> {
    turns: &'a NodeTurns,
    workspace_id: WorkspaceId,
    number: u64,
}

impl NodeTurns {
    /// At most `max` at a time.
    pub(super) fn new(max: usize) -> Self {
        Self(Mutex::new(Line { turns: Stock::new(max), waiting: HashMap::new(), asked: 0 }))
    }

    /// Waits for a turn.
    pub(super) async fn next(self: &Arc<Self>, workspace_id: WorkspaceId) -> Option<NodeTurn> {
        // The place is left first, so that nobody is granted a turn that it cannot take.
        let (granted, place) = {
            let mut line = self.line();
            if !line.waiting.contains_key(&workspace_id) && line.turns.admits(workspace_id) {
                return Some(line.grant(self, workspace_id));
            }
            let (grant, granted) = oneshot::channel();
            (granted, self.place(&mut line, workspace_id, grant))
        };
        let turn = granted.await.ok();
        drop(place);
        turn
    }

    /// How many are taken.
    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        self.line().turns.taken()
    }

    fn place(&self, line: &mut Line, workspace_id: WorkspaceId, grant: oneshot::Sender<NodeTurn>) -> Place<'_> {
        line.asked += 1;
        let number = line.asked;
        line.waiting.entry(workspace_id).or_default().push_back(Waiter { number, grant });
        Place { turns: self, workspace_id, number }
    }

    /// Says whether there is more than one workspace.
    pub(super) fn share(self: &Arc<Self>, is_shared: bool) {
        self.grant_after(|turns| turns.share(is_shared));
    }

    /// Changes what there is, and grants what that makes free.
    fn grant_after(self: &Arc<Self>, change: impl FnOnce(&mut Stock)) {
        let mut line = self.line();
        change(&mut line.turns);
        let mut granted = Vec::new();
        while let Some((workspace_id, waiter)) = line.next() {
            granted.push((waiter, line.grant(self, workspace_id)));
        }
        drop(line);
        // Not under the lock: a turn that nobody waits for any more is given back when it is dropped here.
        for (waiter, turn) in granted {
            drop(waiter.grant.send(turn));
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // Nothing that runs under this lock panics between two writes that belong together.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn grant(&mut self, turns: &Arc<NodeTurns>, workspace_id: WorkspaceId) -> NodeTurn {
        self.turns.take(workspace_id, 1);
        NodeTurn { turns: Arc::clone(turns), workspace_id }
    }

    /// Who has the next turn, if there is one for anybody.
    fn next(&mut self) -> Option<(WorkspaceId, Waiter)> {
        let may_have = self.waiting.iter().filter(|(id, _)| self.turns.admits(**id));
        let (id, _) = may_have.min_by_key(|(_, waiters)| waiters.front().map(|waiter| waiter.number))?;
        let id = *id;
        let waiter = self.leave(id, 0)?;
        Some((id, waiter))
    }

    /// Takes one out of the line.
    fn leave(&mut self, workspace_id: WorkspaceId, index: usize) -> Option<Waiter> {
        let waiters = self.waiting.get_mut(&workspace_id)?;
        let waiter = waiters.remove(index);
        if waiters.is_empty() {
            self.waiting.remove(&workspace_id);
        }
        waiter
    }
}

impl Drop for NodeTurn {
    fn drop(&mut self) {
        self.turns.grant_after(|turns| turns.give_back(self.workspace_id, 1));
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut line = self.turns.line();
        let waiters = line.waiting.get(&self.workspace_id);
        // In the order of their numbers. Not there, when it was granted a turn.
        if let Some(Ok(index)) = waiters.map(|waiters| waiters.binary_search_by_key(&self.number, |one| one.number)) {
            line.leave(self.workspace_id, index);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn workspace(number: u8) -> WorkspaceId {
        WorkspaceId::from_bytes([number; 16])
    }

    /// What one who asks has now, if it is anything.
    fn now<F: Future<Output = Option<NodeTurn>>>(asked: Pin<&mut F>) -> Option<NodeTurn> {
        match asked.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turn) => turn,
            Poll::Pending => None,
        }
    }

    /// As many turns as a workspace gets at once.
    fn all(turns: &Arc<NodeTurns>, workspace_id: WorkspaceId) -> Vec<NodeTurn> {
        std::iter::from_fn(|| now(pin!(turns.next(workspace_id)))).collect()
    }

    #[test]
    fn a_workspace_leaves_a_quarter_and_another_has_its_turn_before_those_who_wait() {
        let turns = Arc::new(NodeTurns::new(512));
        let first = all(&turns, workspace(1));
        assert_eq!(first.len(), 384);
        let mut waits = pin!(turns.next(workspace(1)));
        assert!(now(waits.as_mut()).is_none());
        assert!(now(pin!(turns.next(workspace(2)))).is_some());
        drop(first);
        assert!(now(waits).is_some());
    }

    #[test]
    fn turns_come_in_the_order_of_asking_except_to_who_has_its_share() {
        let turns = Arc::new(NodeTurns::new(4));
        let mut first = all(&turns, workspace(1));
        let second = all(&turns, workspace(2));
        assert_eq!((first.len(), second.len()), (3, 1));
        let mut asked = [1, 2, 3].map(|number| Box::pin(turns.next(workspace(number))));
        assert!(asked.iter_mut().all(|asked| now(asked.as_mut()).is_none()));
        first.pop();
        let [of_first, of_second, of_third] = asked.each_mut().map(|asked| now(asked.as_mut()));
        assert!(of_first.is_some(), "two of three, and one is free");
        assert!(of_second.is_none() && of_third.is_none());
        drop((of_first, first));
        let [of_second, of_third] = [1, 2].map(|index| now(asked[index].as_mut()));
        assert!(of_second.is_some() && of_third.is_some());
    }

    #[test]
    fn who_ceases_to_wait_leaves_nothing_behind() {
        let turns = Arc::new(NodeTurns::new(1));
        let only = now(pin!(turns.next(workspace(1)))).unwrap();
        for number in 0..3 {
            let mut waits = Box::pin(turns.next(workspace(number)));
            assert!(now(waits.as_mut()).is_none());
        }
        assert!(turns.line().waiting.is_empty());
        let mut granted = Box::pin(turns.next(workspace(2)));
        assert!(now(granted.as_mut()).is_none());
        drop(only);
        assert_eq!(turns.line().turns.taken(), 1, "it has been granted one that it does not know of");
        drop(granted);
        assert_eq!(turns.line().turns.holders().count(), 0);
    }

    #[test]
    fn who_panics_gives_its_turn_back() {
        let turns = Arc::new(NodeTurns::new(1));
        let held = now(pin!(turns.next(workspace(1)))).unwrap();
        let broken = std::thread::spawn(move || {
            let _held = held;
            panic!("the test says so");
        });
        assert!(broken.join().is_err());
        assert_eq!(turns.line().turns.free(), 1);
    }
}
