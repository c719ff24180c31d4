//! A reference that is read once and shown many times.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::{Fault, Reference, markdown};

/// What a document holds, or what is wrong with it.
pub type ReadReference = Result<Arc<KeptReference>, Fault>;

/// A reference, and its Markdown once somebody has asked for it.
#[derive(Debug, Default)]
pub struct KeptReference {
    reference: Reference,
    markdown: OnceLock<WrittenMarkdown>,
}

/// The whole of a reference as Markdown. Clones share it.
#[derive(Clone, Debug)]
pub struct WrittenMarkdown {
    /// In UTF-8.
    pub text: Arc<[u8]>,
    /// The BLAKE3 hash of it, in hexadecimal.
    pub hash: Arc<str>,
}

impl KeptReference {
    /// Keeps a reference.
    pub const fn new(reference: Reference) -> Self {
        Self { reference, markdown: OnceLock::new() }
    }

    /// The whole of it as Markdown.
    ///
    /// *Time:* that of writing tens of megabytes at most, for whoever asks first; others wait meanwhile. *Repeat:* the same bytes,
    /// which are written no second time.
    pub fn markdown(&self) -> WrittenMarkdown {
        let write = || {
            let text: Arc<[u8]> = markdown(&self.reference).into_bytes().into();
            let hash = blake3::hash(&text).to_hex().as_str().into();
            WrittenMarkdown { text, hash }
        };
        self.markdown.get_or_init(write).clone()
    }

    /// The same where it is written already.
    pub fn written_markdown(&self) -> Option<WrittenMarkdown> {
        self.markdown.get().cloned()
    }
}

impl Deref for KeptReference {
    type Target = Reference;

    fn deref(&self) -> &Reference {
        &self.reference
    }
}
