//! Whether a workspace takes an event: in strict mode it must be of a known type, and its payload must satisfy the schema.
//!
//! Asked within the transaction that stores the event, so that a type that was changed before is never missed. A workspace without
//! strict mode pays nothing for it but one question that the store answers from memory.

use std::sync::Arc;

use super::{Event, EventError, EventTx, Schema, SchemaCache, built_in};
use crate::store::StoreError;
use crate::workspaces::EventChecks;

/// Checks an event as its workspace wants it. Also for whoever stores events without [`super::publish`].
///
/// # Errors
/// [`EventError::TypeUnknown`], [`EventError::PayloadRefused`], and the store's own.
pub fn check(tx: &mut (dyn EventTx + '_), event: &Event, schemas: Option<&SchemaCache>) -> Result<(), EventError> {
    match tx.event_checks(event.workspace_id)? {
        EventChecks::Off => Ok(()),
        EventChecks::Strict => check_strictly(tx, event, schemas),
    }
}

fn check_strictly(tx: &mut (dyn EventTx + '_), event: &Event, schemas: Option<&SchemaCache>) -> Result<(), EventError> {
    let name = &event.event_type;
    let schema = match built_in(name.as_str()) {
        Some(entry) => compiled(entry.schema, schemas),
        None => match tx.find_type_schema(event.workspace_id, name)? {
            Some(text) => compiled(&text, schemas),
            None => return Err(EventError::TypeUnknown(name.clone())),
        },
    };
    // It was compiled before it was stored: what does not compile now was damaged.
    let schema =
        schema.ok_or_else(|| StoreError::Corrupt { table: "event_types", column: "schema", id: name.to_string() })?;
    let faults = schema.faults(event.payload.as_bytes());
    if faults.is_empty() { Ok(()) } else { Err(EventError::PayloadRefused { event_type: name.clone(), faults }) }
}

fn compiled(text: &str, schemas: Option<&SchemaCache>) -> Option<Arc<Schema>> {
    match schemas {
        Some(schemas) => schemas.compiled(text).ok(),
        None => Schema::compile(text).ok().map(Arc::new),
    }
}
