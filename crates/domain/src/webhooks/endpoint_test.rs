//! Test sends: one request to one endpoint, at once, past the queue.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{HeaderOpenError, OpenError};
use crate::access::Forbidden;
use crate::events::{EventType, Payload};
use crate::id::{EndpointId, WorkspaceId};
use crate::store::StoreError;

/// Test sends of one node at a time: each holds a request of somebody who waits, for as long as the receiver likes.
pub const TESTS_MAX: usize = 8;

/// Test sends of one workspace at a time: half of them, so that one whose receivers are slow locks nobody else out.
pub const WORKSPACE_TESTS_MAX: usize = 4;

/// What is sent to test an endpoint.
#[derive(Clone, Debug)]
pub struct NewTest {
    /// What is said to have happened.
    pub event_type: EventType,
    /// What the receiver gets.
    pub payload: Payload,
}

/// What a test send can fail with, before anything left.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// The workspace has no such endpoint.
    #[error("no endpoint {0} in this workspace")]
    NotFound(EndpointId),
    /// Whoever asks lacks `endpoints:write`.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It is being tested at this moment.
    #[error("endpoint {0} is being tested at this moment: wait for the answer")]
    UnderWay(EndpointId),
    /// As many tests are under way as may be.
    #[error("{TESTS_MAX} endpoints are being tested at this moment: try again in a few seconds")]
    TooMany,
    /// As many tests of the workspace are under way as may be.
    #[error("{WORKSPACE_TESTS_MAX} endpoints of this workspace are being tested at this moment: wait for an answer")]
    TooManyOfWorkspace,
    /// A secret of the endpoint does not open.
    #[error("the request cannot be signed")]
    Open(#[from] OpenError),
    /// A header of the endpoint that says a secret does not open.
    #[error("the request cannot be made")]
    OpenHeader(#[from] HeaderOpenError),
    /// This node ended before the receiver answered.
    #[error("the hub is stopping: whether the test was sent is not known")]
    Ended,
    /// The store failed.
    #[error("the endpoint store failed")]
    Store(#[from] StoreError),
}

impl TestError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "endpoint_not_found",
            Self::Forbidden(error) => error.code(),
            Self::UnderWay(_) => "endpoint_test_under_way",
            Self::TooMany | Self::TooManyOfWorkspace => "too_many_endpoint_tests",
            Self::Open(error) => error.cause.code(),
            Self::OpenHeader(error) => error.cause.code(),
            Self::Ended => "endpoint_test_cut_off",
            Self::Store(error) => error.code(),
        }
    }
}

/// Which endpoints are being tested, and whose they are said to be.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<BTreeMap<EndpointId, WorkspaceId>>);

/// Leave to test one endpoint; given back when dropped.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Arc<Turns>,
    endpoint_id: EndpointId,
}

impl Turns {
    /// Takes a turn.
    pub(super) fn take(
        self: &Arc<Self>,
        workspace_id: WorkspaceId,
        endpoint_id: EndpointId,
    ) -> Result<Turn, TestError> {
        let mut tested = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tested.contains_key(&endpoint_id) {
            return Err(TestError::UnderWay(endpoint_id));
        }
        if tested.values().filter(|of| **of == workspace_id).count() >= WORKSPACE_TESTS_MAX {
            return Err(TestError::TooManyOfWorkspace);
        }
        if tested.len() >= TESTS_MAX {
            return Err(TestError::TooMany);
        }
        tested.insert(endpoint_id, workspace_id);
        Ok(Turn { turns: Arc::clone(self), endpoint_id })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.endpoint_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a turn for an endpoint of a workspace.
    fn take(turns: &Arc<Turns>, workspace: u8, endpoint: u8) -> Result<Turn, TestError> {
        turns.take(WorkspaceId::from_bytes([workspace; 16]), EndpointId::from_bytes([endpoint; 16]))
    }

    #[test]
    fn an_endpoint_is_tested_once_at_a_time() {
        let turns = Arc::new(Turns::default());
        let turn = take(&turns, 1, 1).unwrap();
        assert_eq!(take(&turns, 1, 1).unwrap_err().code(), "endpoint_test_under_way");
        drop(turn);
        assert!(take(&turns, 1, 1).is_ok());
    }

    #[test]
    fn four_endpoints_of_a_workspace_are_tested_at_once_and_lock_nobody_else_out() {
        let turns = Arc::new(Turns::default());
        let mut taken: Vec<_> = (1..=4).map(|endpoint| take(&turns, 1, endpoint).unwrap()).collect();
        let refused = take(&turns, 1, 5).unwrap_err();
        assert!(matches!(refused, TestError::TooManyOfWorkspace), "{refused}");
        assert!(take(&turns, 2, 5).is_ok());
        taken.pop();
        assert!(take(&turns, 1, 5).is_ok());
    }

    #[test]
    fn eight_endpoints_are_tested_at_once_and_a_ninth_must_wait() {
        let turns = Arc::new(Turns::default());
        let mut taken: Vec<_> = (1..=8).map(|number| take(&turns, number / 3, number).unwrap()).collect();
        assert!(matches!(take(&turns, 9, 9), Err(TestError::TooMany)));
        taken.pop();
        assert!(take(&turns, 9, 9).is_ok());
    }
}
