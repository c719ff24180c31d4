//! What a caller fills in.

use serde_json::Value;

use super::Reader;
use super::lookup::{entries, is_set, object, text};
use super::made;
use crate::reference::pointer::Place;
use crate::reference::{Fault, Parameter, ParameterPlace, Problem, Schema};

/// More parameters than any operation takes.
const PARAMETERS_MAX: usize = 200;

impl<'d> Reader<'d> {
    /// The parameters of a path and of an operation, which replaces those of the same name and place.
    pub(super) fn parameters(
        &mut self,
        (item, item_place): (&'d Value, &Place<'_>),
        (operation, operation_place): (&'d Value, &Place<'_>),
    ) -> Result<Vec<Parameter>, Fault> {
        let mut kept: Vec<Parameter> = Vec::new();
        for (within, place) in [(item, item_place), (operation, operation_place)] {
            let list = place.name("parameters");
            for (number, value) in entries(within, "parameters", place)?.iter().enumerate() {
                if number >= PARAMETERS_MAX {
                    return Err(list.fault(Problem::TooMany { what: "parameters", max: PARAMETERS_MAX }));
                }
                let Some(parameter) = self.parameter(value, &list.number(number))? else { continue };
                let is_same = |other: &&mut Parameter| other.name == parameter.name && other.place == parameter.place;
                match kept.iter_mut().find(is_same) {
                    Some(other) => *other = parameter,
                    None => kept.push(parameter),
                }
            }
        }
        kept.sort_by_key(|parameter| parameter.place);
        Ok(kept)
    }

    /// `None` for a header that the document may not tell of, because it has a place of its own.
    fn parameter(&mut self, value: &'d Value, named: &Place<'_>) -> Result<Option<Parameter>, Fault> {
        let target = self.resolve(value, named)?;
        let (value, at) = (target.value, target.place(named));
        object(value, &at)?;
        let name = self.budget.short(&text(value, "name"), &at)?;
        if name.is_empty() {
            return Err(at.fault(Problem::Missing { name: "name" }));
        }
        let place = match text(value, "in").as_str() {
            "path" => ParameterPlace::Path,
            "query" => ParameterPlace::Query,
            "header" => ParameterPlace::Header,
            "cookie" => ParameterPlace::Cookie,
            "" => return Err(at.fault(Problem::Missing { name: "in" })),
            _ => {
                let expected = "\"path\", \"query\", \"header\" or \"cookie\"";
                return Err(at.name("in").fault(Problem::Kind { expected, found: "another word" }));
            }
        };
        let is_told_elsewhere = ["accept", "content-type", "authorization"].contains(&name.to_lowercase().as_str());
        if place == ParameterPlace::Header && is_told_elsewhere {
            return Ok(None);
        }
        let schema = self.schema_within(value, &at)?;
        Ok(Some(Parameter {
            name,
            place,
            required: is_set(value, "required") || place == ParameterPlace::Path,
            deprecated: is_set(value, "deprecated"),
            description: self.budget.long(value, &at)?,
            example: self.plain_example(value, &schema, &at)?,
            schema,
        }))
    }

    /// The schema of a parameter or header: its own, or that of its only media type.
    pub(super) fn schema_within(&mut self, value: &'d Value, place: &Place<'_>) -> Result<Schema, Fault> {
        let first = value.get("content").and_then(Value::as_object).and_then(|content| content.values().next());
        let schema = value.get("schema").or_else(|| first.and_then(|media| media.get("schema")));
        match schema {
            Some(schema) => self.schema_of(schema, &place.name("schema")),
            None => Ok(Schema::of_kind("any")),
        }
    }

    /// A value as it is written into a request: the document's own, or one made from the schema.
    pub(super) fn plain_example(
        &mut self,
        value: &'d Value,
        schema: &Schema,
        place: &Place<'_>,
    ) -> Result<String, Fault> {
        let named = value.get("examples").and_then(Value::as_object).and_then(|examples| examples.values().next());
        let named =
            named.map(|example| self.resolve(example, place)).transpose()?.and_then(|target| target.value.get("value"));
        let written = match value.get("example").or(named) {
            Some(example) => made::plain(example),
            None => made::plain(&made::value(schema)),
        };
        self.budget.short(&written, place)
    }
}
