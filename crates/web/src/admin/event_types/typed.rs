//! What was typed into the form of a type, and what it means.

use devhub_domain::events::{
    EventType, NewOwnType, OwnType, OwnTypeChanges, Payload, SAMPLE_BYTES_MAX, Schema, TypeDescription,
};

use crate::admin::fields::Fields;
use crate::admin::form_errors::{Refused, Wrong};
use crate::admin::sentence::sentence;

/// What a type without a schema has: any payload.
const ANYTHING: &str = "{}";

/// What a form sends for a type that is over.
pub(super) const ARCHIVED: &str = "archived";

/// The form as it was sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) schema: String,
    pub(super) sample: String,
    pub(super) is_archived: bool,
}

impl Typed {
    pub(super) fn of(fields: &Fields) -> Self {
        Self {
            name: fields.text("name").trim().to_owned(),
            description: fields.text("description").trim().to_owned(),
            schema: lines(fields.text("schema")),
            sample: lines(fields.text("sample")),
            is_archived: fields.text("status") == ARCHIVED,
        }
    }

    /// A type as a form shows it.
    pub(super) fn from_own(own: &OwnType) -> Self {
        Self {
            name: own.name.to_string(),
            description: own.description.to_string(),
            schema: lines(&own.schema),
            sample: lines(&String::from_utf8_lossy(own.sample.as_bytes())),
            is_archived: own.is_archived,
        }
    }

    /// The type that it asks for.
    ///
    /// # Errors
    /// Every field that is wrong by itself.
    pub(super) fn new_type(&self) -> Result<NewOwnType, Refused> {
        let mut wrong = Vec::new();
        let name = self.name.parse::<EventType>().map_err(|error| wrong.push(("name", sentence(&error.to_string()))));
        let (description, schema, sample) =
            (self.description(&mut wrong), self.schema(&mut wrong), self.sample(&mut wrong));
        let complete =
            || Some(NewOwnType { name: name.ok()?, description: description?, schema: schema?, sample: sample? });
        complete().ok_or(Refused::Fields(wrong))
    }

    /// The change of a type that it asks for, seen in this revision. What stands there as it was shown is left as it is.
    ///
    /// # Errors
    /// Every field that is wrong by itself.
    pub(super) fn changes(&self, own: &OwnType, seen: i64) -> Result<OwnTypeChanges, Refused> {
        let (shown, mut wrong) = (Self::from_own(own), Vec::new());
        let changes = OwnTypeChanges {
            description: self.description(&mut wrong),
            schema: if self.schema == shown.schema { None } else { self.schema(&mut wrong) },
            sample: if self.sample == shown.sample { None } else { self.sample(&mut wrong) },
            is_archived: Some(self.is_archived),
            expected_revision: Some(seen),
        };
        if wrong.is_empty() { Ok(changes) } else { Err(Refused::Fields(wrong)) }
    }

    fn description(&self, wrong: &mut Vec<Wrong>) -> Option<TypeDescription> {
        TypeDescription::new(&self.description)
            .map_err(|error| wrong.push(("description", sentence(&error.to_string()))))
            .ok()
    }

    /// Compiled already here, so that what is wrong with it is told together with the rest.
    fn schema(&self, wrong: &mut Vec<Wrong>) -> Option<String> {
        let text = if self.schema.is_empty() { ANYTHING } else { self.schema.as_str() };
        Schema::compile(text).map_err(|error| wrong.push(("schema", sentence(&error.to_string())))).ok()?;
        Some(text.to_owned())
    }

    fn sample(&self, wrong: &mut Vec<Wrong>) -> Option<Payload> {
        // A sample is a payload under another name.
        let told = |error: String| sentence(&error.replacen("payload", "example", 1));
        Payload::new(self.sample.as_bytes(), SAMPLE_BYTES_MAX)
            .map_err(|error| wrong.push(("sample", told(error.to_string()))))
            .ok()
    }
}

/// Browsers send the ends of lines in their own way: the same text is the same, whichever way it comes.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}
