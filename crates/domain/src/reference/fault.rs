//! What can be wrong with a document, where, and what to change.

use std::fmt;

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: a JSON pointer (RFC 6901), empty for the whole document.
    pub pointer: String,
    /// Where in the text, counted from 1: line and column. `None` when it was no text that was read.
    pub position: Option<(usize, usize)>,
    /// What.
    pub problem: Problem,
}

/// What can be wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is larger than any document may be.
    #[error("the document is larger than {bytes_max} bytes: leave out what is not needed to call the API")]
    TooLarge {
        /// The most.
        bytes_max: usize,
    },
    /// Its bytes are no text.
    #[error("the document is not UTF-8: save it in that encoding")]
    NotUtf8,
    /// It is neither JSON nor YAML.
    #[error("the document is no valid {format}: {detail}")]
    Syntax {
        /// `JSON` or `YAML`.
        format: &'static str,
        /// What the parser stumbled over.
        detail: String,
    },
    /// A name stands twice in an object.
    #[error("{name:?} stands here twice: keep one of them")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// It has more values inside each other than are followed.
    #[error("values are nested more than {depth_max} deep: flatten them")]
    TooDeep {
        /// The most.
        depth_max: usize,
    },
    /// There is more of something than is kept.
    #[error("there are more than {max} {what}: divide the document or leave some out")]
    TooMany {
        /// Of what, in the plural.
        what: &'static str,
        /// The most.
        max: usize,
    },
    /// It is another document.
    #[error(
        "this is no OpenAPI document of version 3.0 or 3.1: it needs \"openapi\": \"3.1.0\" at its top, and has {found}"
    )]
    Version {
        /// What stands there.
        found: String,
    },
    /// Something is missing that must be there.
    #[error("{name:?} is missing here: add it")]
    Missing {
        /// Its name.
        name: &'static str,
    },
    /// Something is not what it must be.
    #[error("this must be {expected}, and is {found}")]
    Kind {
        /// What it must be, with its article.
        expected: &'static str,
        /// What it is, with its article.
        found: &'static str,
    },
    /// A reference leads out of the document.
    #[error(
        "the reference {reference:?} leads out of the document: copy what it names into the document and refer to it by \"#/…\""
    )]
    Outside {
        /// As it is written.
        reference: String,
    },
    /// A reference leads to nothing.
    #[error("the reference {reference:?} leads to nothing in the document: correct it or add what it names")]
    Dangling {
        /// As it is written.
        reference: String,
    },
    /// References lead in a circle, with nothing on their way.
    #[error("the reference {reference:?} leads back to itself: let it name what is meant")]
    Circle {
        /// As it is written.
        reference: String,
    },
    /// An alias of YAML, which is not followed.
    #[error("aliases and merge keys of YAML are not read: write the value out, or use \"$ref\"")]
    Alias,
    /// A path begins with something else.
    #[error("the path {path:?} must begin with a slash")]
    Path {
        /// As it is written.
        path: String,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.position {
            write!(f, "line {line}, column {column}: ")?;
        }
        if !self.pointer.is_empty() {
            write!(f, "at {}: ", self.pointer)?;
        }
        self.problem.fmt(f)
    }
}

impl std::error::Error for Fault {}

impl Fault {
    pub(super) const fn whole(problem: Problem) -> Self {
        Self { pointer: String::new(), position: None, problem }
    }
}
