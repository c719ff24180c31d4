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
mod schema;
mod security;
mod servers;

use serde_json::Value;

use self::budget::Budget;
use self::lookup::{object, text};
use super::pointer::Place;
use super::{Fault, Problem, Reference};

pub use self::budget::{NODES_MAX, TEXT_BYTES_MAX};
pub use self::schema::DEPTH_MAX;

/// The most operations of a document. Enough for the largest APIs in public use, and few enough for one page of links.
pub const OPERATIONS_MAX: usize = 1_000;

/// What is read, and what may still be kept of it.
struct Reader<'d> {
    document: &'d Value,
    budget: Budget,
}

/// Reads an OpenAPI document of version 3.0 or 3.1.
///
/// *repeat*: the same document always gives the same reference, examples included.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read(document: &Value) -> Result<Reference, Fault> {
    let root = Place::ROOT;
    let top = object(document, &root)?;
    check_version(document)?;
    let info = top.get("info").ok_or_else(|| root.fault(Problem::Missing { name: "info" }))?;
    object(info, &root.name("info"))?;
    let Some(title) = info.get("title").and_then(Value::as_str).filter(|title| !title.trim().is_empty()) else {
        return Err(root.name("info").fault(Problem::Missing { name: "title" }));
    };
    let mut reader = Reader { document, budget: Budget::default() };
    Ok(Reference {
        title: reader.budget.short(title, &root)?,
        version: text(info, "version"),
        description: reader.budget.long(info, &root)?,
        base_urls: reader.servers(document, &root)?,
        groups: reader.groups(&root)?,
    })
}

fn check_version(document: &Value) -> Result<(), Fault> {
    let version = text(document, "openapi");
    if matches!(version.as_str(), "3.0" | "3.1") || version.starts_with("3.0.") || version.starts_with("3.1.") {
        return Ok(());
    }
    let found = match (version.as_str(), text(document, "swagger").as_str()) {
        ("", "") => "no version".to_owned(),
        ("", swagger) => format!("\"swagger\": {swagger:?}"),
        (version, _) => format!("{:?}", version.chars().take(20).collect::<String>()),
    };
    Err(Fault::whole(Problem::Version { found }))
}

#[cfg(test)]
pub(super) mod tests;
