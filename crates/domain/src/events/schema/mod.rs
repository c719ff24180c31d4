//! JSON Schema, draft 2020-12: what the payloads of an event type look like.
//!
//! *Threat:* a schema that somebody uploads and that every later event is held against: one that refers to itself without end, whose
//! cost doubles with each level, whose regular expressions take for ever, or that makes the hub fetch an address.
//! *Defence:* a schema is compiled before it is kept, and refused if it is too large, refers outside itself, or returns to itself
//! without going deeper into the payload; patterns run in linear time; each check counts its steps and ends at [`STEPS_MAX`]. A
//! complaint quotes the schema, never the payload: neither its values nor names that the schema does not know.
//! *Not defended:* a schema that says something else than its author meant.
//!
//! Understood are the vocabularies *core*, *applicator*, *validation* and *meta-data*. `format` is told and not checked, as the draft
//! has it by default. Refused, so that nothing is silently passed over: `$anchor`, `$dynamicRef`, `$dynamicAnchor`, `$id` below the
//! root, `unevaluatedItems`, `unevaluatedProperties`, and the words of older drafts.

mod check;
mod compile;
mod error;
mod node;
mod number;
mod pattern;
#[cfg(test)]
mod tests;
mod words;

pub use check::{FAULTS_MAX, Fault, STEPS_MAX};
pub use compile::{SCHEMA_BYTES_MAX, Schema};
pub use error::SchemaError;
