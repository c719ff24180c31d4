//! What people call keys of which a page knows the ids.

use std::collections::HashMap;

use devhub_domain::api_keys::ApiKeyError;
use devhub_domain::id::{KeyId, WorkspaceId};

use crate::problem_body::Problem;
use crate::services::Services;

/// The labels of keys.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyNames(HashMap<KeyId, String>);

impl KeyNames {
    /// Reads those of these keys, each once. Blocks. A page shows some dozens of keys at most.
    pub(super) fn read(
        services: &Services,
        workspace_id: WorkspaceId,
        ids: impl IntoIterator<Item = KeyId>,
    ) -> Result<Self, Problem> {
        let mut names = HashMap::new();
        for id in ids {
            if names.contains_key(&id) {
                continue;
            }
            match services.keys.find(workspace_id, id) {
                Ok(key) => {
                    names.insert(id, key.label.to_string());
                }
                // One of another workspace has no name here.
                Err(ApiKeyError::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Self(names))
    }

    /// What a key is called; its id when nobody knows.
    pub(super) fn of(&self, id: KeyId) -> String {
        self.find(id).map_or_else(|| id.to_string(), str::to_owned)
    }

    /// What a key is called, if it is known.
    pub(super) fn find(&self, id: KeyId) -> Option<&str> {
        self.0.get(&id).map(String::as_str)
    }
}
