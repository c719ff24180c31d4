//! Which language a text is written in, and how it is read.

use serde_json::Value;

use super::node::Node;
use super::{json, yaml};
use crate::reference::{Fault, Problem, Reference, read};

/// The largest document that is read. Bytes.
pub const DOCUMENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How deep values may stand inside each other: some three times what large documents have.
pub const NESTING_MAX: usize = 64;

/// The most values of a document. With some 100 bytes each they take 40 MiB while it is read.
pub const VALUES_MAX: usize = 400_000;

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 8259.
    Json,
    /// YAML 1.2, its core schema, without aliases.
    Yaml,
}

impl Format {
    /// As it is stored: `json`, `yaml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Yaml => "yaml",
        }
    }

    /// Reads what [`as_str`](Self::as_str) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Json, Self::Yaml].into_iter().find(|format| format.as_str() == text)
    }

    /// What a document is written in: what begins with a brace is JSON.
    pub fn of(text: &str) -> Self {
        if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') { Self::Json } else { Self::Yaml }
    }
}

/// Reads an OpenAPI document from its text.
///
/// # Errors
/// What is wrong with it and where, with the line and the column.
pub fn read_text(text: &str) -> Result<Reference, Fault> {
    let node = parse(text)?;
    let document = Value::from(&node);
    read(&document).map_err(|fault| Fault { position: Some(node.position(&fault.pointer)), ..fault })
}

/// The text of a file.
///
/// # Errors
/// When it is too large, or no text.
pub fn text_of(bytes: Vec<u8>) -> Result<String, Fault> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(Fault::whole(Problem::TooLarge { bytes_max: DOCUMENT_BYTES_MAX }));
    }
    // The cause says at which byte, which no editor shows; the encoding is what is wrong.
    String::from_utf8(bytes).ok().ok_or_else(|| Fault::whole(Problem::NotUtf8))
}

pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    if text.len() > DOCUMENT_BYTES_MAX {
        return Err(Fault::whole(Problem::TooLarge { bytes_max: DOCUMENT_BYTES_MAX }));
    }
    let text = text.trim_start_matches('\u{feff}');
    match Format::of(text) {
        Format::Json => json::parse(text),
        Format::Yaml => yaml::parse(text),
    }
}
