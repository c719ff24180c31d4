//! Compiled schemas, kept by their text: a schema that was changed has another text, so that nothing kept here is ever stale.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Schema, SchemaError};

/// Text of all schemas that are kept: compiled, they take some ten times as much. Bytes.
const TEXTS_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The schemas that were met last. One for a process, shared by whoever publishes.
#[derive(Debug, Default)]
pub struct SchemaCache {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    by_text: HashMap<Box<str>, Arc<Schema>>,
    bytes: usize,
}

impl SchemaCache {
    /// The compiled schema; compiled now if it was not met before.
    ///
    /// # Errors
    /// Those of [`Schema::compile`].
    pub fn compiled(&self, text: &str) -> Result<Arc<Schema>, SchemaError> {
        if let Some(schema) = self.locked().by_text.get(text) {
            return Ok(Arc::clone(schema));
        }
        // Not under the lock: others go on meanwhile, and at worst compile the same.
        let schema = Arc::new(Schema::compile(text)?);
        let mut kept = self.locked();
        if kept.bytes.saturating_add(text.len()) > TEXTS_BYTES_MAX {
            *kept = Kept::default();
        }
        if kept.by_text.insert(text.into(), Arc::clone(&schema)).is_none() {
            kept.bytes = kept.bytes.saturating_add(text.len());
        }
        Ok(schema)
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_compiled_once() {
        let cache = SchemaCache::default();
        let first = cache.compiled("{}").unwrap();
        assert!(Arc::ptr_eq(&first, &cache.compiled("{}").unwrap()));
        assert!(!Arc::ptr_eq(&first, &cache.compiled("true").unwrap()));
        assert!(cache.compiled("1").is_err());
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let cache = SchemaCache::default();
        let text = |number: usize| format!(r#"{{"title":"{number}{}"}}"#, "t".repeat(60_000));
        for number in 0..100 {
            cache.compiled(&text(number)).unwrap();
        }
        let kept = cache.locked();
        assert!(kept.bytes <= TEXTS_BYTES_MAX && kept.bytes >= 60_000 * kept.by_text.len(), "{}", kept.bytes);
    }
}
