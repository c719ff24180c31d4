//! A reference that is read once and shown many times.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::{Reference, markdown};

/// A reference, and its Markdown once somebody has asked for it.
#[derive(Debug, Default)]
pub struct KeptReference {
    reference: Reference,
    markdown: OnceLock<Arc<[u8]>>,
}

impl KeptReference {
    /// Keeps a reference.
    pub const fn new(reference: Reference) -> Self {
        Self { reference, markdown: OnceLock::new() }
    }

    /// The whole of it as Markdown, in UTF-8.
    ///
    /// *Time:* that of writing tens of megabytes at most, for whoever asks first; others wait meanwhile. *Repeat:* the same bytes,
    /// which are written no second time.
    pub fn markdown(&self) -> Arc<[u8]> {
        Arc::clone(self.markdown.get_or_init(|| markdown(&self.reference).into_bytes().into()))
    }

    /// The same where it is written already.
    pub fn written_markdown(&self) -> Option<Arc<[u8]>> {
        self.markdown.get().cloned()
    }
}

impl Deref for KeptReference {
    type Target = Reference;

    fn deref(&self) -> &Reference {
        &self.reference
    }
}
