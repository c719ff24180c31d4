//! Operators and their sessions in memory.

use std::collections::BTreeSet;

use super::memory::{Content, insert};
use crate::id::{OperatorId, OperatorSessionId, WorkspaceId};
use crate::operators::{EmailAddress, Membership, Operator, OperatorSession, OperatorTx, SecondFactor, SessionDigest};
use crate::store::StoreError;
use crate::time::Timestamp;

impl OperatorTx for Content {
    fn insert_operator(&mut self, operator: &Operator) -> Result<(), StoreError> {
        if self.operators.values().any(|other| other.email == operator.email) {
            return Err(StoreError::Conflict("operators.email"));
        }
        insert(&mut self.operators, operator.id, operator.clone(), "operators.id")
    }

    fn update_operator(&mut self, operator: &Operator) -> Result<(), StoreError> {
        let stored = self.operators.get_mut(&operator.id).filter(|stored| stored.revision == operator.revision - 1);
        let stored = stored.ok_or(StoreError::Conflict("operators.revision"))?;
        let role = if stored.home_id == operator.workspace_id {
            &mut stored.role
        } else {
            let membership = self.memberships.get_mut(&(operator.id, operator.workspace_id));
            &mut membership.ok_or(StoreError::Conflict("operators.revision"))?.0
        };
        *role = operator.role;
        stored.password.clone_from(&operator.password);
        stored.revision = operator.revision;
        Ok(())
    }

    fn insert_membership(&mut self, operator: &Operator) -> Result<(), StoreError> {
        if self.find_operator(operator.workspace_id, operator.id)?.is_some() {
            return Err(StoreError::Conflict("operator_memberships"));
        }
        self.memberships.insert((operator.id, operator.workspace_id), (operator.role, operator.created_at));
        Ok(())
    }

    fn delete_membership(&mut self, id: OperatorId, workspace_id: WorkspaceId) -> Result<(), StoreError> {
        self.memberships.remove(&(id, workspace_id));
        Ok(())
    }

    fn move_operator_home(&mut self, operator: &Operator) -> Result<(), StoreError> {
        let membership = self.memberships.remove(&(operator.id, operator.workspace_id));
        let (role, created_at) = membership.ok_or(StoreError::Conflict("operator_memberships"))?;
        if let Some(stored) = self.operators.get_mut(&operator.id) {
            (stored.workspace_id, stored.home_id) = (operator.workspace_id, operator.workspace_id);
            (stored.role, stored.created_at) = (role, created_at);
        }
        Ok(())
    }

    fn hold_operator(&mut self, _id: OperatorId) -> Result<(), StoreError> {
        // A transaction is the only one.
        Ok(())
    }

    fn list_memberships(&mut self, id: OperatorId) -> Result<Vec<Membership>, StoreError> {
        let home = self.operators.get(&id).map(|home| (home.workspace_id, home.role, home.created_at));
        let others = self.memberships.range((id, WorkspaceId::from_bytes([0; 16]))..);
        let others = others.take_while(|((operator_id, _), _)| *operator_id == id);
        let mut others: Vec<_> =
            others.map(|((_, workspace_id), (role, since))| (*workspace_id, *role, *since)).collect();
        others.sort_by_key(|(workspace_id, _, since)| (*since, *workspace_id));
        let named = |(workspace_id, role, since)| {
            let name = self.workspaces.get(&workspace_id)?.name.clone();
            Some(Membership { workspace_id, name, role, since })
        };
        Ok(home.into_iter().chain(others).filter_map(named).collect())
    }

    fn delete_operator(&mut self, id: OperatorId) -> Result<(), StoreError> {
        self.operators.remove(&id);
        self.second_factors.remove(&id);
        self.memberships.retain(|(operator_id, _), _| *operator_id != id);
        self.operator_sessions.retain(|_, session| session.operator_id != id);
        Ok(())
    }

    fn find_operator(&mut self, workspace_id: WorkspaceId, id: OperatorId) -> Result<Option<Operator>, StoreError> {
        Ok(self.operators.get(&id).and_then(|operator| self.known_in(workspace_id, operator)))
    }

    fn find_operator_by_email(
        &mut self,
        workspace_id: WorkspaceId,
        email: &EmailAddress,
    ) -> Result<Option<Operator>, StoreError> {
        let found = self.operators.values().find(|operator| operator.email == *email);
        Ok(found.and_then(|operator| self.known_in(workspace_id, operator)))
    }

    fn find_operator_at_home(&mut self, email: &EmailAddress) -> Result<Option<Operator>, StoreError> {
        Ok(self.operators.values().find(|operator| operator.email == *email).cloned())
    }

    fn list_operators(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Operator>, StoreError> {
        let known = self.operators.values().filter_map(|operator| self.known_in(workspace_id, operator));
        let mut known: Vec<_> = known.collect();
        known.sort_by_key(|operator| (operator.created_at, operator.id));
        Ok(known)
    }

    fn find_second_factor(&mut self, operator_id: OperatorId) -> Result<Option<SecondFactor>, StoreError> {
        Ok(self.second_factors.get(&operator_id).cloned())
    }

    fn list_second_factor_holders(&mut self, workspace_id: WorkspaceId) -> Result<BTreeSet<OperatorId>, StoreError> {
        let mut known = self.list_operators(workspace_id)?;
        known.retain(|operator| self.second_factors.contains_key(&operator.id));
        Ok(known.into_iter().map(|operator| operator.id).collect())
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

    fn move_operator_session(&mut self, id: OperatorSessionId, workspace_id: WorkspaceId) -> Result<bool, StoreError> {
        let stored = self.operator_sessions.get_mut(&id);
        Ok(stored.map(|stored| stored.workspace_id = workspace_id).is_some())
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

impl Content {
    /// An operator as a workspace knows it; `None` where it does not work.
    fn known_in(&self, workspace_id: WorkspaceId, operator: &Operator) -> Option<Operator> {
        if operator.workspace_id == workspace_id {
            return Some(operator.clone());
        }
        let (role, created_at) = *self.memberships.get(&(operator.id, workspace_id))?;
        Some(Operator { workspace_id, role, created_at, ..operator.clone() })
    }
}
