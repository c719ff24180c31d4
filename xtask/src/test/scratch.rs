//! A folder for one test.

use std::path::{Path, PathBuf};

/// A new empty folder; dropping it deletes it.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder. `name` must be another one in each test.
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the temporary folder takes a new one");
        Self(folder)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
