//! The use cases of sessions: find by token, touch, list, end, purge.

use std::sync::Arc;

use serde_json::json;

use super::authorise_service::{Request, manages};
use super::{Operator, OperatorError, OperatorSession, OperatorTx, SessionToken, SignedIn};
use crate::access::Asker;
use crate::audit::Actor;
use crate::id::{OperatorId, OperatorSessionId, WorkspaceId};
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read, write};
use crate::time::Clock;

/// Rows removed in one transaction: the bound of the background lane.
const PURGE_ROWS: usize = 500;

/// The use cases of sessions.
#[derive(Clone)]
pub struct OperatorSessions {
    pub(super) store: Arc<dyn UnitOfWork<dyn OperatorTx>>,
    pub(super) clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for OperatorSessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OperatorSessions").finish_non_exhaustive()
    }
}

/// A prepared change of sessions.
macro_rules! session_change {
    ($output:ty, $error:ty) => {
        Prepared<dyn OperatorTx, impl Change<dyn OperatorTx, Output = $output, Error = $error> + use<>>
    };
}

impl OperatorSessions {
    /// The use cases over a store.
    pub fn new(store: Arc<dyn UnitOfWork<dyn OperatorTx>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Who shows this token, as the workspace knows it that its session works in; `None` when the session has ended, or never was, and
    /// when the operator works there no more. Read anew for every request, so that all of that counts at once.
    ///
    /// # Errors
    /// The store's own.
    pub fn find(&self, token: &str) -> Result<Option<SignedIn>, StoreError> {
        let Some(token) = SessionToken::parse(token) else {
            return Ok(None);
        };
        let (now, digest) = (self.clock.now(), token.digest());
        let found: Option<(Operator, OperatorSession)> = read(&*self.store, |tx| {
            let session = tx.find_operator_session(&digest)?.filter(|session| session.is_alive(now));
            let Some(session) = session else {
                return Ok::<_, StoreError>(None);
            };
            let operator = tx.find_operator(session.workspace_id, session.operator_id)?;
            Ok(operator.map(|operator| (operator, session)))
        })?;
        Ok(found.map(|(operator, session)| SignedIn { operator, session, token }))
    }

    /// What writes that a session was just used; `None` when the last time is recent enough. Nobody needs to wait for it.
    pub fn touch(&self, signed_in: &SignedIn) -> Option<session_change!((), StoreError)> {
        let seen = signed_in.session.seen(self.clock.now())?;
        let change = move |tx: &mut (dyn OperatorTx + 'static)| tx.touch_operator_session(&seen);
        Some(prepare(&self.store, Lane::Background, change, |()| {}))
    }

    /// The operators of a workspace, oldest first: whose sessions there may be. At most a thousand.
    ///
    /// # Errors
    /// The store's own.
    pub fn operators(&self, workspace_id: WorkspaceId) -> Result<Vec<Operator>, StoreError> {
        read(&*self.store, |tx| tx.list_operators(workspace_id))
    }

    /// The sessions of an operator that are alive, newest first: all of its own, of another those that work in the workspace.
    ///
    /// # Errors
    /// [`OperatorError::RoleTooLow`] when the asker may not manage the operator and is another, and the store's own.
    pub fn list(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        operator_id: OperatorId,
    ) -> Result<Vec<OperatorSession>, OperatorError> {
        let request = Request { asker, workspace_id, at: self.clock.now() };
        read(&*self.store, |tx| {
            let mut sessions = seen(tx, &request, operator_id)?;
            sessions.retain(|session| session.is_alive(request.at));
            Ok(sessions)
        })
    }

    /// Every operator of a workspace, oldest first, with its sessions that are alive and work there: at most a thousand, each found by its
    /// index.
    ///
    /// # Errors
    /// The store's own.
    pub fn list_all(&self, workspace_id: WorkspaceId) -> Result<Vec<(Operator, Vec<OperatorSession>)>, StoreError> {
        let now = self.clock.now();
        read(&*self.store, |tx| {
            let operators = tx.list_operators(workspace_id)?;
            let with_sessions = |operator: Operator| {
                let mut sessions = tx.list_operator_sessions(operator.id)?;
                sessions.retain(|session| session.is_alive(now) && session.workspace_id == workspace_id);
                Ok((operator, sessions))
            };
            operators.into_iter().map(with_sessions).collect()
        })
    }

    /// Ends one session: the next request with its token is nobody's. Also how an operator signs out.
    ///
    /// # Errors
    /// [`OperatorError::SessionNotFound`], also when it was ended before; as for [`OperatorSessions::list`]; and the store's own.
    pub fn end(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        operator_id: OperatorId,
        id: OperatorSessionId,
    ) -> session_change!((), OperatorError) {
        let request = Request { asker, workspace_id, at: self.clock.now() };
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            request.take_turn(tx)?;
            // What another workspace renews meanwhile would else go on.
            tx.hold_operator(operator_id)?;
            let sessions = seen(tx, &request, operator_id)?;
            if !sessions.iter().any(|session| session.id == id) {
                return Err(OperatorError::SessionNotFound(id));
            }
            tx.delete_operator_sessions(&[id])?;
            request.log(tx, "session.ended", operator_id, json!({ "sessions": [id.to_string()] }))?;
            Ok(())
        };
        prepare(&self.store, Lane::Interactive, change, |()| {})
    }

    /// Ends every session that [`OperatorSessions::list`] lists but `kept`; says how many.
    ///
    /// # Errors
    /// As for [`OperatorSessions::list`], and the store's own.
    pub fn end_all(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        operator_id: OperatorId,
        kept: Option<OperatorSessionId>,
    ) -> session_change!(usize, OperatorError) {
        let request = Request { asker, workspace_id, at: self.clock.now() };
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            request.take_turn(tx)?;
            // What another workspace renews meanwhile would else go on.
            tx.hold_operator(operator_id)?;
            let sessions = seen(tx, &request, operator_id)?;
            let ids: Vec<_> = sessions.iter().map(|session| session.id).filter(|id| Some(*id) != kept).collect();
            if ids.is_empty() {
                return Ok(0);
            }
            tx.delete_operator_sessions(&ids)?;
            let names: Vec<_> = ids.iter().map(ToString::to_string).collect();
            request.log(tx, "session.ended", operator_id, json!({ "sessions": names }))?;
            Ok(ids.len())
        };
        prepare(&self.store, Lane::Interactive, change, |_| {})
    }

    /// Removes sessions that have ended by themselves, 500 at most; `true` when there may be more.
    ///
    /// # Errors
    /// The store's own.
    pub fn purge(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let rows = write(&*self.store, Lane::Background, |tx| tx.delete_ended_operator_sessions(now, PURGE_ROWS))?;
        Ok(rows == PURGE_ROWS)
    }
}

/// An operator looks at and ends its own sessions, and those of whom it manages, as far as they work in the workspace: what they do
/// elsewhere is not its business. No step-up: to end a session must be easy.
fn seen(
    tx: &mut (dyn OperatorTx + 'static),
    request: &Request,
    operator_id: OperatorId,
) -> Result<Vec<OperatorSession>, OperatorError> {
    let operator = tx.find_operator(request.workspace_id, operator_id)?;
    let operator = operator.ok_or(OperatorError::NotFound(operator_id))?;
    let is_own = request.asker.actor() == Actor::Operator(operator_id);
    if !is_own && !manages(tx, &request.asker, request.workspace_id, operator.role)? {
        return Err(OperatorError::RoleTooLow { required: operator.role.managed_by() });
    }
    let mut sessions = tx.list_operator_sessions(operator_id)?;
    sessions.retain(|session| is_own || session.workspace_id == request.workspace_id);
    Ok(sessions)
}
