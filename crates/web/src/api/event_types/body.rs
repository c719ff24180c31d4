//! What is said about event types, in both directions.

use devhub_domain::events::{
    CatalogEntry, KnownType, NewOwnType, OwnType, OwnTypeChanges, Payload, SAMPLE_BYTES_MAX, TypeDescription,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::openapi::{EventTypeText, TimeText};
use crate::problem_body::Problem;
use crate::request::{Invalid, Text, present};

/// What a type without a schema has: any payload.
const ANYTHING: &str = "{}";

/// An event type to add to the catalogue of the workspace.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEventType)]
pub(super) struct CreateEventType<'a> {
    /// Its name, which none of the catalogue has that comes with the hub.
    #[schema(value_type = EventTypeText)]
    name: String,
    /// When it happens, in a sentence.
    #[schema(min_length = 1, max_length = 500)]
    description: String,
    /// What its payloads look like: a JSON Schema, draft 2020-12, of at most 64 KiB; any payload when absent.
    #[serde(borrow, default, deserialize_with = "present")]
    #[schema(value_type = serde_json::Value, required = false)]
    schema: Option<&'a RawValue>,
    /// A payload that satisfies the schema, of at most 64 KiB.
    #[serde(borrow)]
    #[schema(value_type = serde_json::Value)]
    sample: &'a RawValue,
}

impl CreateEventType<'_> {
    pub(super) fn check(self) -> Result<NewOwnType, Problem> {
        let mut invalid = Invalid::default();
        let name = invalid.check("name", self.name.parse());
        let description = invalid.check("description", TypeDescription::new(&self.description));
        let sample = check_sample(self.sample, &mut invalid);
        let (Some(name), Some(description), Some(sample)) = (name, description, sample) else {
            return Err(invalid.into());
        };
        let schema = self.schema.map_or(ANYTHING, RawValue::get).to_owned();
        Ok(NewOwnType { name, description, schema, sample })
    }
}

/// What shall change of an event type; what is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EventTypeChanges)]
pub(super) struct UpdateEventType<'a> {
    /// When it happens, in a sentence.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 500)]
    description: Option<String>,
    /// What its payloads look like from now on: a JSON Schema, draft 2020-12, of at most 64 KiB.
    #[serde(borrow, default, deserialize_with = "present")]
    #[schema(value_type = serde_json::Value, required = false)]
    schema: Option<&'a RawValue>,
    /// A payload that satisfies the schema, of at most 64 KiB.
    #[serde(borrow, default, deserialize_with = "present")]
    #[schema(value_type = serde_json::Value, required = false)]
    sample: Option<&'a RawValue>,
    /// Whether it is over: shown, but not accepted any more by a strict workspace.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    archived: Option<bool>,
}

impl UpdateEventType<'_> {
    pub(super) fn check(self, expected_revision: Option<i64>) -> Result<OwnTypeChanges, Problem> {
        let mut invalid = Invalid::default();
        let description = self.description.map(|text| TypeDescription::new(&text));
        let description = description.and_then(|description| invalid.check("description", description));
        let sample = self.sample.and_then(|sample| check_sample(sample, &mut invalid));
        invalid.finish()?;
        let schema = self.schema.map(|schema| schema.get().to_owned());
        Ok(OwnTypeChanges { description, schema, sample, is_archived: self.archived, expected_revision })
    }
}

fn check_sample(sample: &RawValue, invalid: &mut Invalid) -> Option<Payload> {
    let checked = Payload::new(sample.get().as_bytes(), SAMPLE_BYTES_MAX);
    // A sample is a payload under another name.
    invalid.check("sample", checked.map_err(|error| error.to_string().replacen("payload", "sample", 1)))
}

/// An event type of the catalogue, or of the workspace itself.
#[derive(Serialize, ToSchema)]
#[schema(as = EventType)]
pub(super) struct EventTypeBody<'a> {
    #[schema(value_type = EventTypeText)]
    name: &'a str,
    /// When it happens.
    #[schema(min_length = 1, max_length = 500)]
    description: &'a str,
    /// A payload as receivers get it.
    #[schema(value_type = serde_json::Value)]
    sample: &'a RawValue,
    /// What its payloads look like: a JSON Schema, draft 2020-12.
    #[schema(value_type = serde_json::Value)]
    schema: &'a RawValue,
    /// Whether the workspace has added it, and may change it.
    own: bool,
    /// Whether it is over: shown, but not accepted any more by a strict workspace.
    archived: bool,
    /// Null for one that comes with the hub.
    created_at: Option<TimeText>,
    /// When it was changed last; null for one that comes with the hub.
    updated_at: Option<TimeText>,
    /// Counts changes; the `ETag` is this in quotes. Null for one that comes with the hub.
    #[schema(minimum = 1)]
    revision: Option<i64>,
}

impl<'a> TryFrom<&'a KnownType> for EventTypeBody<'a> {
    type Error = Problem;

    fn try_from(known: &'a KnownType) -> Result<Self, Problem> {
        match known {
            KnownType::BuiltIn(entry) => Ok(Self::from(*entry)),
            KnownType::Own(own) => Self::try_from(own),
        }
    }
}

impl From<&'static CatalogEntry> for EventTypeBody<'_> {
    fn from(entry: &'static CatalogEntry) -> Self {
        let json = |text| serde_json::from_str(text).expect("samples and schemas are JSON, as their own tests say");
        Self {
            name: entry.name,
            description: entry.description,
            sample: json(entry.sample),
            schema: json(entry.schema),
            own: false,
            archived: false,
            created_at: None,
            updated_at: None,
            revision: None,
        }
    }
}

impl<'a> TryFrom<&'a OwnType> for EventTypeBody<'a> {
    type Error = Problem;

    fn try_from(own: &'a OwnType) -> Result<Self, Problem> {
        Ok(Self {
            name: own.name.as_str(),
            description: own.description.as_str(),
            // Both were checked when they were written: what is no JSON now was damaged in the store.
            sample: serde_json::from_slice(own.sample.as_bytes()).map_err(Problem::internal)?,
            schema: serde_json::from_str(&own.schema).map_err(Problem::internal)?,
            own: true,
            archived: own.is_archived,
            created_at: Some(Text(own.created_at)),
            updated_at: Some(Text(own.updated_at)),
            revision: Some(own.revision),
        })
    }
}
