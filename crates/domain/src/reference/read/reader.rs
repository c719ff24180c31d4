//! The document as a whole.

use serde_json::Value;

use super::budget::Budget;
use super::lookup::{object, text};
use crate::reference::pointer::Place;
use crate::reference::{Fault, Problem, Reference, Schema};

/// The most operations of a document. Enough for the largest APIs in public use, and few enough for one page of links.
pub const OPERATIONS_MAX: usize = 1_000;

/// What is read, and what may still be kept of it.
pub(super) struct Reader<'d> {
    pub(super) document: &'d Value,
    pub(super) budget: Budget,
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

/// Reads one JSON Schema that is complete in itself, such as that of an event: its references lead to its own definitions.
///
/// *repeat*: the same schema is always told the same way.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read_schema(document: &Value) -> Result<Schema, Fault> {
    Reader { document, budget: Budget::default() }.schema_of(document, &Place::ROOT)
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
