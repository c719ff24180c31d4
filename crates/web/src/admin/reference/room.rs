//! How much of a document stands on one page.
//!
//! *Threat:* a small document tells of much, as its references are written out: each of its schemas is bounded, and a page of
//! hundreds of them is not. *Defence:* all schemas, examples and texts of a page fill the same room, and what comes after it is full
//! is left out, which the page says. *Not defended:* what fills the last of it may be too large by itself, by one text.

use std::cell::Cell;

/// Schemas of one page. The largest of our own has some 300; at some 500 bytes each they take one MiB of HTML.
const NODES_MAX: usize = 2_000;

/// Texts of one page, before they are escaped, which makes five of one at most. Bytes.
const TEXT_BYTES_MAX: usize = 512 * 1024;

/// What may still stand on a page.
pub(super) struct Room {
    nodes: Cell<usize>,
    text_bytes: Cell<usize>,
}

impl Room {
    /// That of a page on which nothing stands yet.
    pub(super) const fn of_page() -> Self {
        Self { nodes: Cell::new(NODES_MAX), text_bytes: Cell::new(TEXT_BYTES_MAX) }
    }

    /// Whether nothing more may stand there.
    pub(super) const fn is_full(&self) -> bool {
        self.nodes.get() == 0 || self.text_bytes.get() == 0
    }

    /// A schema takes its place, with so much text.
    pub(super) fn add_node(&self, text_bytes: usize) {
        self.nodes.set(self.nodes.get().saturating_sub(1));
        self.add_text(text_bytes);
    }

    /// So much text takes its place.
    pub(super) fn add_text(&self, bytes: usize) {
        self.text_bytes.set(self.text_bytes.get().saturating_sub(bytes));
    }

    /// The text, while there is room for it.
    pub(super) fn text<'t>(&self, text: &'t str) -> &'t str {
        if self.is_full() {
            return "";
        }
        self.add_text(text.len());
        text
    }
}
