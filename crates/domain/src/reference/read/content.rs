//! The forms of a body, with an example of each.

use serde_json::Value;

use super::Reader;
use super::lookup::{members, object, text};
use super::made;
use crate::reference::pointer::Place;
use crate::reference::{Example, Fault, MediaType, Schema};

/// Forms and examples of one body: more than anybody compares.
const FORMS_MAX: usize = 10;

/// The longest example that is shown as it is; one made from the schema stands for a longer one. Bytes.
const EXAMPLE_BYTES_MAX: usize = 32 * 1024;

impl<'d> Reader<'d> {
    /// What stands under `content`, JSON first.
    pub(super) fn content(&mut self, within: &'d Value, place: &Place<'_>) -> Result<Vec<MediaType>, Fault> {
        let all = place.name("content");
        let mut media = Vec::new();
        for (name, value) in members(within, "content", place)?.take(FORMS_MAX) {
            let at = all.name(name);
            object(value, &at)?;
            let schema = match value.get("schema") {
                Some(schema) => self.schema_of(schema, &at.name("schema"))?,
                None => Schema::of_kind("any"),
            };
            let examples = self.examples(value, &schema, &at)?;
            media.push(MediaType { name: self.budget.short(name, &at)?, schema, examples });
        }
        media.sort_by_key(|media| !is_json(&media.name));
        Ok(media)
    }

    fn examples(&mut self, media: &'d Value, schema: &Schema, place: &Place<'_>) -> Result<Vec<Example>, Fault> {
        let all = place.name("examples");
        let mut examples = Vec::new();
        if let Some(value) = media.get("example") {
            examples.extend(self.example(("", String::new()), value, place)?);
        }
        for (name, value) in members(media, "examples", place)?.take(FORMS_MAX) {
            let named = all.name(name);
            let target = self.resolve(value, &named)?;
            if let Some(value) = target.value.get("value") {
                examples.extend(self.example((name, text(target.value, "summary")), value, &named)?);
            }
        }
        if examples.is_empty() && schema.kind != "any" {
            let text = self.budget.whole(made::pretty(&made::value(schema)), place)?;
            examples.push(Example { name: String::new(), summary: String::new(), text, is_made: true });
        }
        Ok(examples)
    }

    /// `None` when it is too long to be shown.
    fn example(
        &mut self,
        (name, summary): (&str, String),
        value: &Value,
        at: &Place<'_>,
    ) -> Result<Option<Example>, Fault> {
        let text = value.as_str().map_or_else(|| made::pretty(value), ToOwned::to_owned);
        if text.len() > EXAMPLE_BYTES_MAX {
            return Ok(None);
        }
        let text = self.budget.whole(text, at)?;
        Ok(Some(Example { name: self.budget.short(name, at)?, summary, text, is_made: false }))
    }
}

/// `application/json`, and whatever calls itself a form of it.
fn is_json(media_type: &str) -> bool {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    kind == "application/json" || kind.ends_with("+json")
}
