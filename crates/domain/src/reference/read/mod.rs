//! Reads an OpenAPI document.
//!
//! The threat: a document that is small and tells of much (references that name references, each twice), that goes in circles, or
//! that repeats one long text ten thousand times. The defence: everything that grows when references are written out is counted
//! ([`Budget`](budget::Budget)); schemas end where the count does, and texts beyond their bound are a fault. A reference that leads
//! out of the document is never followed.

mod bounds;
mod budget;
mod content;
mod lookup;
mod made;
mod merge;
mod operation;
mod parameter;
mod paths;
mod reader;
mod schema;
mod security;
mod servers;

use self::reader::Reader;

pub use self::budget::{NODES_MAX, TEXT_BYTES_MAX};
pub use self::reader::{OPERATIONS_MAX, read, read_schema};
pub use self::schema::DEPTH_MAX;

#[cfg(test)]
pub(super) mod tests;
