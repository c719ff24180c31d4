//! Event types of workspaces in memory.

use super::memory::{Content, insert};
use crate::events::{EventType, OwnType, OwnTypeTx};
use crate::id::WorkspaceId;
use crate::page::{Page, PageRequest};
use crate::store::StoreError;

impl OwnTypeTx for Content {
    fn insert_own_type(&mut self, own: &OwnType) -> Result<(), StoreError> {
        insert(&mut self.own_types, (own.workspace_id, own.name.clone()), own.clone(), "event_types.name")
    }

    fn find_own_type(&mut self, workspace_id: WorkspaceId, name: &EventType) -> Result<Option<OwnType>, StoreError> {
        Ok(self.own_types.get(&(workspace_id, name.clone())).cloned())
    }

    fn update_own_type(&mut self, own: &OwnType) -> Result<(), StoreError> {
        match self.own_types.get_mut(&(own.workspace_id, own.name.clone())) {
            Some(stored) if stored.revision == own.revision - 1 => {
                *stored = own.clone();
                Ok(())
            }
            _ => Err(StoreError::Conflict("event_types.revision")),
        }
    }

    fn delete_own_type(&mut self, own: &OwnType) -> Result<(), StoreError> {
        let key = (own.workspace_id, own.name.clone());
        match self.own_types.get(&key) {
            Some(stored) if stored.revision == own.revision => {
                self.own_types.remove(&key);
                Ok(())
            }
            _ => Err(StoreError::Conflict("event_types.revision")),
        }
    }

    fn count_own_types(&mut self, workspace_id: WorkspaceId) -> Result<usize, StoreError> {
        Ok(self.own_types.keys().filter(|(of, _)| *of == workspace_id).count())
    }

    fn list_own_types(
        &mut self,
        workspace_id: WorkspaceId,
        page: PageRequest<EventType>,
    ) -> Result<Page<OwnType, EventType>, StoreError> {
        let PageRequest { size, after } = page;
        let own = self.own_types.values().filter(|own| own.workspace_id == workspace_id);
        let rest = own.filter(|own| after.as_ref().is_none_or(|after| own.name > *after));
        Ok(Page::from_rows(rest.take(size.get() + 1).cloned().collect(), size, |own| own.name.clone()))
    }
}
