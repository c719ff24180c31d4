//! Operators and their sessions in memory.

use super::memory::{Content, insert};
use crate::id::{OperatorId, OperatorSessionId, WorkspaceId};
use crate::operators::{EmailAddress, Operator, OperatorSession, OperatorTx, SecondFactor, SessionDigest};
use crate::store::StoreError;
use crate::time::Timestamp;

impl OperatorTx for Content {
    fn insert_operator(&mut self, operator: &Operator) -> Result<(), StoreError> {
        let same = |other: &Operator| other.workspace_id == operator.workspace_id && other.email == operator.email;
        if self.operators.values().any(same) {
            return Err(StoreError::Conflict("operators.email"));
        }
        insert(&mut self.operators, operator.id, operator.clone(), "operators.id")
    }

    fn update_operator(&mut self, operator: &Operator) -> Result<(), StoreError> {
        match self.operators.get_mut(&operator.id) {
            Some(stored) if stored.revision == operator.revision - 1 => {
                *stored = operator.clone();
                Ok(())
            }
            _ => Err(StoreError::Conflict("operators.revision")),
        }
    }

    fn delete_operator(&mut self, id: OperatorId) -> Result<(), StoreError> {
        self.operators.remove(&id);
        self.second_factors.remove(&id);
        self.operator_sessions.retain(|_, session| session.operator_id != id);
        Ok(())
    }

    fn find_operator(&mut self, workspace_id: WorkspaceId, id: OperatorId) -> Result<Option<Operator>, StoreError> {
        Ok(self.operators.get(&id).filter(|operator| operator.workspace_id == workspace_id).cloned())
    }

    fn find_operator_by_email(
        &mut self,
        workspace_id: WorkspaceId,
        email: &EmailAddress,
    ) -> Result<Option<Operator>, StoreError> {
        let wanted = |operator: &&Operator| operator.workspace_id == workspace_id && operator.email == *email;
        Ok(self.operators.values().find(wanted).cloned())
    }

    fn list_operators(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Operator>, StoreError> {
        Ok(self.operators.values().filter(|operator| operator.workspace_id == workspace_id).cloned().collect())
    }

    fn find_second_factor(&mut self, operator_id: OperatorId) -> Result<Option<SecondFactor>, StoreError> {
        Ok(self.second_factors.get(&operator_id).cloned())
    }

    fn put_second_factor(&mut self, factor: &SecondFactor) -> Result<(), StoreError> {
        self.second_factors.insert(factor.operator_id, factor.clone());
        Ok(())
    }

    fn delete_second_factor(&mut self, operator_id: OperatorId) -> Result<(), StoreError> {
        self.second_factors.remove(&operator_id);
        Ok(())
    }

    fn insert_operator_session(&mut self, session: &OperatorSession) -> Result<(), StoreError> {
        if self.operator_sessions.values().any(|other| other.digest == session.digest) {
            return Err(StoreError::Conflict("operator_sessions.digest"));
        }
        insert(&mut self.operator_sessions, session.id, session.clone(), "operator_sessions.id")
    }

    fn touch_operator_session(&mut self, session: &OperatorSession) -> Result<(), StoreError> {
        if let Some(stored) = self.operator_sessions.get_mut(&session.id) {
            stored.last_seen_at = stored.last_seen_at.max(session.last_seen_at);
        }
        Ok(())
    }

    fn find_operator_session(&mut self, digest: &SessionDigest) -> Result<Option<OperatorSession>, StoreError> {
        Ok(self.operator_sessions.values().find(|session| session.digest == *digest).cloned())
    }

    fn list_operator_sessions(&mut self, operator_id: OperatorId) -> Result<Vec<OperatorSession>, StoreError> {
        let newest = self.operator_sessions.values().rev();
        Ok(newest.filter(|session| session.operator_id == operator_id).cloned().collect())
    }

    fn delete_operator_sessions(&mut self, ids: &[OperatorSessionId]) -> Result<(), StoreError> {
        self.operator_sessions.retain(|id, _| !ids.contains(id));
        Ok(())
    }

    fn delete_ended_operator_sessions(&mut self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let ended = self.operator_sessions.values().filter(|session| session.expires_at() <= now);
        let ids: Vec<_> = ended.map(|session| session.id).take(limit).collect();
        self.operator_sessions.retain(|id, _| !ids.contains(id));
        Ok(ids.len())
    }
}
