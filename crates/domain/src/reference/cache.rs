//! What was read of documents, kept by the hash of their text: nothing kept here is ever stale.

use std::sync::{Mutex, PoisonError};

use super::ReadReference;

/// How many are kept: each may take some 100 MiB at most, with its Markdown, and installations have few workspaces that upload one.
const KEPT_MAX: usize = 4;

/// The references that were read last.
#[derive(Debug, Default)]
pub(super) struct ReferenceCache {
    /// The one that was asked for last stands last.
    kept: Mutex<Vec<(String, ReadReference)>>,
}

impl ReferenceCache {
    pub(super) fn find(&self, text_hash: &str) -> Option<ReadReference> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(hash, _)| hash == text_hash)?;
        let found = kept.remove(at);
        let reference = found.1.clone();
        kept.push(found);
        Some(reference)
    }

    pub(super) fn keep(&self, text_hash: &str, reference: ReadReference) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(hash, _)| hash != text_hash);
        if kept.len() >= KEPT_MAX {
            drop(kept.remove(0));
        }
        kept.push((text_hash.to_owned(), reference));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_last_ones_are_kept() {
        let cache = ReferenceCache::default();
        let reference: ReadReference = Ok(Arc::default());
        for number in 0..KEPT_MAX {
            cache.keep(&number.to_string(), reference.clone());
        }
        assert!(cache.find("0").is_some());
        cache.keep("new", reference);
        assert!(cache.find("0").is_some() && cache.find("1").is_none() && cache.find("new").is_some());
        assert_eq!(cache.kept.lock().unwrap().len(), KEPT_MAX);
    }
}
