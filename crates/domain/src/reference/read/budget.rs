//! How much is kept of a document when its references are written out.

use serde_json::Value;

use crate::reference::pointer::Place;
use crate::reference::{Fault, Problem};

/// The most schemas that are kept of a document, references written out. At some 500 bytes each they take 30 MiB.
pub const NODES_MAX: usize = 60_000;

/// The most schemas below one body, parameter or header: more than anybody reads.
pub(super) const BRANCH_NODES_MAX: usize = 400;

/// The most text that is kept of a document, references written out. Bytes.
pub const TEXT_BYTES_MAX: usize = 24 * 1024 * 1024;

/// What is kept of a description, in characters: some two printed pages.
const LONG_MAX: usize = 8_000;

/// What is kept of the description of a tag, in characters: half a page, because the list of operations has all of them on one.
const TAG_MAX: usize = 2_000;

/// The most text of the descriptions of all tags. Bytes.
pub(super) const TAGS_TEXT_BYTES_MAX: usize = 256 * 1024;

/// What is kept of names and values, in characters.
const SHORT_MAX: usize = 400;

/// What may still be kept.
#[derive(Debug)]
pub(super) struct Budget {
    nodes: usize,
    branch_nodes: usize,
    text_bytes: usize,
    tags_text_bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { nodes: NODES_MAX, branch_nodes: 0, text_bytes: TEXT_BYTES_MAX, tags_text_bytes: TAGS_TEXT_BYTES_MAX }
    }
}

impl Budget {
    /// Another schema begins, which is shown by itself.
    pub(super) const fn begin_branch(&mut self) {
        self.branch_nodes = BRANCH_NODES_MAX;
    }

    /// Whether one more schema is kept.
    pub(super) const fn take_node(&mut self) -> bool {
        if self.nodes == 0 || self.branch_nodes == 0 {
            return false;
        }
        self.nodes -= 1;
        self.branch_nodes -= 1;
        true
    }

    /// The description of an object; empty when it has none.
    pub(super) fn long(&mut self, within: &Value, place: &Place<'_>) -> Result<String, Fault> {
        self.cut(description(within), LONG_MAX, place)
    }

    /// The description of a tag; empty when it has none.
    pub(super) fn of_tag(&mut self, tag: &Value, place: &Place<'_>) -> Result<String, Fault> {
        let kept = self.cut(description(tag), TAG_MAX, place)?;
        let Some(left) = self.tags_text_bytes.checked_sub(kept.len()) else {
            let what = "bytes of text in the descriptions of tags";
            return Err(place.fault(Problem::TooMany { what, max: TAGS_TEXT_BYTES_MAX }));
        };
        self.tags_text_bytes = left;
        Ok(kept)
    }

    /// A name or a value.
    pub(super) fn short(&mut self, text: &str, place: &Place<'_>) -> Result<String, Fault> {
        self.cut(text.trim(), SHORT_MAX, place)
    }

    /// A text as a whole.
    pub(super) fn whole(&mut self, text: String, place: &Place<'_>) -> Result<String, Fault> {
        match self.text_bytes.checked_sub(text.len()) {
            Some(left) => {
                self.text_bytes = left;
                Ok(text)
            }
            None => {
                Err(place
                    .fault(Problem::TooMany { what: "bytes of text, references written out", max: TEXT_BYTES_MAX }))
            }
        }
    }

    fn cut(&mut self, text: &str, characters_max: usize, place: &Place<'_>) -> Result<String, Fault> {
        let kept = match text.char_indices().nth(characters_max) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text.to_owned(),
        };
        self.whole(kept, place)
    }
}

fn description(within: &Value) -> &str {
    within.get("description").and_then(Value::as_str).unwrap_or_default().trim()
}
