//! One operation: what is sent, and what may be answered.

use serde_json::Value;

use super::Reader;
use super::lookup::{is_set, members, object, text};
use crate::reference::pointer::Place;
use crate::reference::{Body, Fault, Header, Operation, Response};

impl<'d> Reader<'d> {
    /// What stands at a method of a path; its slug is still to be given.
    pub(super) fn operation(
        &mut self,
        item: &'d Value,
        value: &'d Value,
        (path, method): (&str, &'static str),
        path_place: &Place<'_>,
    ) -> Result<Operation, Fault> {
        let place = path_place.name(method);
        object(value, &place)?;
        let mut base_urls = self.servers(value, &place)?;
        if base_urls.is_empty() {
            base_urls = self.servers(item, path_place)?;
        }
        let summary = if value.get("summary").is_some() { text(value, "summary") } else { text(item, "summary") };
        Ok(Operation {
            slug: String::new(),
            method: method.to_uppercase(),
            path: self.budget.short(path, &place)?,
            summary,
            description: self.budget.long(value, &place)?,
            deprecated: is_set(value, "deprecated"),
            security: self.security(value, &place)?,
            parameters: self.parameters((item, path_place), (value, &place))?,
            body: self.body(value, &place)?,
            responses: self.responses(value, &place)?,
            base_urls,
        })
    }

    fn body(&mut self, operation: &'d Value, place: &Place<'_>) -> Result<Option<Body>, Fault> {
        let Some(value) = operation.get("requestBody") else { return Ok(None) };
        let named = place.name("requestBody");
        let target = self.resolve(value, &named)?;
        let at = target.place(&named);
        object(target.value, &at)?;
        let description = self.budget.long(target.value, &at)?;
        let media = self.content(target.value, &at)?;
        Ok(Some(Body { description, required: is_set(target.value, "required"), media }))
    }

    fn responses(&mut self, operation: &'d Value, place: &Place<'_>) -> Result<Vec<Response>, Fault> {
        let all = place.name("responses");
        let mut responses = Vec::new();
        for (status, value) in members(operation, "responses", place)?.filter(|(status, _)| !status.starts_with("x-")) {
            let named = all.name(status);
            let target = self.resolve(value, &named)?;
            let at = target.place(&named);
            object(target.value, &at)?;
            responses.push(Response {
                status: self.budget.short(status, &at)?,
                description: self.budget.long(target.value, &at)?,
                headers: self.headers(target.value, &at)?,
                media: self.content(target.value, &at)?,
            });
        }
        responses.sort_by(|one, other| one.status.cmp(&other.status));
        Ok(responses)
    }

    fn headers(&mut self, response: &'d Value, place: &Place<'_>) -> Result<Vec<Header>, Fault> {
        let all = place.name("headers");
        let mut headers = Vec::new();
        for (name, value) in members(response, "headers", place)? {
            let named = all.name(name);
            let target = self.resolve(value, &named)?;
            let at = target.place(&named);
            object(target.value, &at)?;
            let schema = self.schema_within(target.value, &at)?;
            headers.push(Header {
                name: self.budget.short(name, &at)?,
                description: self.budget.long(target.value, &at)?,
                required: is_set(target.value, "required"),
                example: self.plain_example(target.value, &schema, &at)?,
                schema,
            });
        }
        Ok(headers)
    }
}
