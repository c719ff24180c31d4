//! Event types that a workspace adds to the catalogue.

use super::{CatalogEntry, EventType, OwnTypeError, Payload, Schema};
use crate::id::WorkspaceId;
use crate::text::short_texts;
use crate::time::Timestamp;

/// Largest sample: it is read with each list of types. 64 KiB.
pub const SAMPLE_BYTES_MAX: usize = 64 * 1024;

short_texts! {
    /// When an event happens, in a sentence: 1 to 500 characters.
    TypeDescription, TypeDescriptionError, 500, "description", "description must be 1 to 500 characters without control characters";
}

/// An event type of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnType {
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// Its name, unique in the workspace and none of the catalogue that comes with the hub.
    pub name: EventType,
    /// When it happens.
    pub description: TypeDescription,
    /// What its payloads look like: a JSON Schema as it was written.
    pub schema: String,
    /// A payload as receivers get it, which satisfies the schema.
    pub sample: Payload,
    /// Whether it is over: shown, but not accepted any more in strict mode.
    pub is_archived: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Counts changes, from 1.
    pub revision: i64,
}

/// What a new event type shall be.
#[derive(Clone, Debug)]
pub struct NewOwnType {
    /// Its name.
    pub name: EventType,
    /// When it happens.
    pub description: TypeDescription,
    /// What its payloads look like: a JSON Schema.
    pub schema: String,
    /// A payload that satisfies the schema.
    pub sample: Payload,
}

/// What shall change of an event type; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct OwnTypeChanges {
    /// When it happens.
    pub description: Option<TypeDescription>,
    /// What its payloads look like from now on.
    pub schema: Option<String>,
    /// A payload that satisfies the schema.
    pub sample: Option<Payload>,
    /// Whether it is over.
    pub is_archived: Option<bool>,
    /// The revision that the caller has seen, so that two at once do not overwrite each other; `None` overwrites whatever is there.
    pub expected_revision: Option<i64>,
}

impl OwnTypeChanges {
    /// The event type with these changes.
    ///
    /// # Errors
    /// [`OwnTypeError::Schema`] and [`OwnTypeError::Sample`], when schema or sample are changed and do not fit.
    pub(super) fn applied_to(&self, own: &OwnType) -> Result<OwnType, OwnTypeError> {
        let changed = OwnType {
            description: self.description.clone().unwrap_or_else(|| own.description.clone()),
            schema: self.schema.clone().unwrap_or_else(|| own.schema.clone()),
            sample: self.sample.clone().unwrap_or_else(|| own.sample.clone()),
            is_archived: self.is_archived.unwrap_or(own.is_archived),
            ..own.clone()
        };
        if changed.schema != own.schema || changed.sample != own.sample {
            check_sample(&changed.schema, &changed.sample)?;
        }
        Ok(changed)
    }
}

/// Checks a schema, and that a sample satisfies it.
pub(super) fn check_sample(schema: &str, sample: &Payload) -> Result<(), OwnTypeError> {
    let faults = Schema::compile(schema)?.faults(sample.as_bytes());
    if faults.is_empty() { Ok(()) } else { Err(OwnTypeError::Sample(faults)) }
}

/// An event type of the catalogue as a workspace sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownType {
    /// One that comes with the hub.
    BuiltIn(&'static CatalogEntry),
    /// One of its own.
    Own(OwnType),
}
