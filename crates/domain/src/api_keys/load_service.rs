//! Fills the directory from the store, page by page, while requests are already being served.

use std::sync::Arc;

use super::{ApiKeyTx, KeyDirectory};
use crate::id::KeyId;
use crate::store::{StoreError, UnitOfWork, read};

/// Rows of one read: about a millisecond's work, so that a loader never holds a reader for long.
const PAGE_ROWS: usize = 1_000;

/// Loads every key into a directory.
pub struct DirectoryLoader {
    store: Arc<dyn UnitOfWork<dyn ApiKeyTx>>,
    directory: Arc<KeyDirectory>,
    after: Option<KeyId>,
    has_suspended: bool,
}

impl std::fmt::Debug for DirectoryLoader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirectoryLoader").field("after", &self.after).finish_non_exhaustive()
    }
}

impl DirectoryLoader {
    /// A loader that has loaded nothing yet.
    pub fn new(store: Arc<dyn UnitOfWork<dyn ApiKeyTx>>, directory: Arc<KeyDirectory>) -> Self {
        Self { store, directory, after: None, has_suspended: false }
    }

    /// Loads the next page; returns whether the directory is whole now.
    ///
    /// Keys that are issued meanwhile reach the directory by their own commit, so that nothing is missed between two pages.
    ///
    /// # Errors
    /// The store's own; the same page is loaded by the next call.
    pub fn step(&mut self) -> Result<bool, StoreError> {
        if !self.has_suspended {
            for workspace_id in read(&*self.store, |tx| tx.suspended_workspaces())? {
                self.directory.set_suspended(workspace_id, true);
            }
            self.has_suspended = true;
        }
        let after = self.after;
        let keys = read(&*self.store, |tx| tx.scan_api_keys(after, PAGE_ROWS))?;
        for key in &keys {
            self.directory.put(key);
        }
        let Some(last) = keys.last() else {
            self.directory.set_whole();
            return Ok(true);
        };
        self.after = Some(last.id);
        Ok(false)
    }

    /// Loads everything in one go. Call [`DirectoryLoader::step`] in a loop of your own to go on after an error.
    ///
    /// # Errors
    /// The store's own.
    pub fn run(mut self) -> Result<(), StoreError> {
        while !self.step()? {}
        Ok(())
    }
}
