//! Why a schema is refused.

use super::compile::{NODES_MAX, SCHEMA_BYTES_MAX, SCHEMA_DEPTH_MAX};

/// Why a schema is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// More bytes than a schema may have.
    #[error("schema has {0} bytes, more than the limit of {SCHEMA_BYTES_MAX}")]
    TooLarge(usize),
    /// Not JSON.
    #[error("schema must be JSON: {0}")]
    NotJson(String),
    /// Nested too deeply.
    #[error("schema is nested more than {SCHEMA_DEPTH_MAX} levels deep")]
    TooDeep,
    /// Too many schemas within the schema.
    #[error("schema holds more than {NODES_MAX} schemas")]
    TooManyNodes,
    /// A word of it is wrong.
    #[error("schema{}: {problem}", told(pointer))]
    Invalid {
        /// Where, as a JSON pointer that may be cut; empty for the whole.
        pointer: String,
        /// What to change.
        problem: String,
    },
}

/// A place within a sentence.
fn told(pointer: &str) -> String {
    if pointer.is_empty() { String::new() } else { format!(" at {pointer}") }
}

impl SchemaError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) | Self::NotJson(_) | Self::TooDeep | Self::TooManyNodes | Self::Invalid { .. } => {
                "schema_invalid"
            }
        }
    }
}
