//! Documents as they are uploaded: text, in JSON or YAML.
//!
//! The threat: a text of 4 MiB that takes gigabytes, or the stack, when it is parsed: values inside each other, aliases of aliases.
//! The defence: bounds on bytes, depth and number of values, checked while the text is read; aliases are not followed. A name that
//! stands twice is refused, because two readers would see two documents.

mod format;
mod json;
mod node;
mod yaml;

pub use self::format::{DOCUMENT_BYTES_MAX, Format, NESTING_MAX, VALUES_MAX, read_text, text_of};

#[cfg(test)]
mod tests;
