//! Operations of OwnPay's API: what they need, and how their answers and failures are wrapped.

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Schema};

use super::operation::BEARER;
use super::{Operation, parameters, responses};
use crate::problem_entry::CatalogEntry;
use crate::v1::{self, CODES, Meta, Permission};

/// What the schema of a failure is called.
pub(super) const FAILURE: &str = "MerchantFailure";

/// How every request with a key can fail besides: in two ways malformed, without a key, not allowed, too often, no store.
const OF_KEYS: [u16; 5] = [400, 401, 403, 429, 503];

impl Operation {
    /// Whether it is one of OwnPay's API.
    pub(super) fn is_merchant(&self) -> bool {
        v1::is_below(self.path)
    }

    /// Says what it does, in one sentence, and whatever else there is to know; and which key it needs.
    pub(crate) fn permits<P: Permission>(mut self, summary: &'static str, more: &str) -> Self {
        let scopes: Vec<_> = P::scopes().iter().map(|scope| format!("`{scope}`")).collect();
        let noun = if scopes.len() == 1 { "scope" } else { "scopes" };
        let needed = format!("Needs the {noun} {}.", scopes.join(", "));
        let description = if more.is_empty() { needed } else { format!("{more}\n\n{needed}") };
        self.builder = self.builder.summary(Some(summary)).description(Some(description));
        self.builder = self.builder.security(SecurityRequirement::new::<_, [&str; 0], &str>(BEARER, []));
        self.has_key = true;
        self.fails(&OF_KEYS)
    }

    /// Says what it does; anybody may ask, and a key is told more.
    pub(crate) fn may_have_key(mut self, summary: &'static str, more: &'static str) -> Self {
        let keys = SecurityRequirement::new::<_, [&str; 0], &str>(BEARER, []);
        self.builder = self.builder.summary(Some(summary)).description(Some(more));
        self.builder = self.builder.securities(Some([SecurityRequirement::default(), keys]));
        self.has_key = true;
        // Without its store the operation answers 503 itself.
        self.fails(&[400, 401, 403, 429])
    }

    /// Answers with this in the envelope.
    pub(crate) fn wraps<T: ToSchema>(
        mut self,
        status: &'static str,
        description: &'static str,
        example: &Value,
    ) -> Self {
        self.collect::<T>();
        let schema = enveloped(Ref::from_schema_name(T::name()).into(), false);
        self.answered(status, description, Some((schema, json!({ "success": true, "data": example }))))
    }

    /// Answers with a list of this in the envelope; `meta` is an example of what is told of its page, `None` where it has no pages.
    pub(crate) fn wraps_all<T: ToSchema>(
        mut self,
        description: &'static str,
        item: &Value,
        meta: Option<Value>,
    ) -> Self {
        self.collect::<T>();
        let items = ArrayBuilder::new().items(Ref::from_schema_name(T::name()));
        let schema = enveloped(items.into(), meta.is_some());
        let mut example = json!({ "success": true, "data": [item] });
        let mut operation = self;
        if let Some(meta) = meta {
            operation.collect::<Meta>();
            operation = parameters::numbered_pages().into_iter().fold(operation, Self::parameter).fails(&[422]);
            if let Some(fields) = example.as_object_mut() {
                fields.insert("meta".to_owned(), meta);
            }
        }
        operation.answered("200", description, Some((schema, example)))
    }

    /// Its answer has an object of this type in it, some of whose fields are absent at times.
    pub(crate) fn may_lack<T: ToSchema>(self) -> Self {
        self.takes_within::<T>()
    }

    /// A POST that may be named, so that it is carried out once in its workspace.
    pub(crate) fn once_in_workspace(self) -> Self {
        self.with_header("Idempotent-Replayed").parameter(parameters::workspace_idempotency_key()).fails(&[409, 422])
    }
}

fn enveloped(data: RefOr<Schema>, has_meta: bool) -> RefOr<Schema> {
    let success = Object::builder().schema_type(Type::Boolean).enum_values(Some([true]));
    let envelope = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("success", success)
        .property("data", data)
        .required("success")
        .required("data");
    let envelope = if has_meta {
        envelope.property("meta", Ref::from_schema_name(Meta::name())).required("meta")
    } else {
        envelope
    };
    envelope.into()
}

/// The shared answer that tells of a failure with this status.
pub(super) fn failure(status: u16) -> Response {
    let entries: Vec<&CatalogEntry> = CODES.iter().filter(|entry| entry.status == status).collect();
    let codes: Vec<_> = entries.iter().map(|entry| format!("- `{}`: {}", entry.code, entry.meaning)).collect();
    let entry = entries.iter().find(|entry| entry.code != "BAD_REQUEST");
    let (code, text) = entry.map(|entry| (entry.code, entry.meaning)).unzip();
    let example = json!({
        "success": false,
        "error": text,
        "message": text,
        "errors": [{ "code": code, "message": text }],
        "request_id": "order-77",
    });
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(FAILURE))).example(Some(example)).build();
    let title = responses::title(status);
    let response = ResponseBuilder::new()
        .description(format!("{title}. The `code` of an error is one of:\n\n{}", codes.join("\n")))
        .content("application/json", content);
    let response = responses::carrying(response, responses::OF_MERCHANTS);
    responses::by_status(response, status).build()
}

/// The body of a failure.
pub(super) fn failure_schema() -> Object {
    let text = || Object::builder().schema_type(Type::String);
    let codes = CODES.iter().map(|entry| entry.code);
    let error = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("One thing that is wrong."))
        .property("code", text().enum_values(Some(codes)).description(Some("The stable word for what happened.")))
        .property("message", text().description(Some("What to change; may be worded anew.")))
        .property(
            "field",
            text().description(Some("The field, parameter or header; absent for the request as a whole.")),
        )
        .required("code")
        .required("message");
    let retry_after = Object::builder()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .description(Some("The seconds in `Retry-After`, where there is one."));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("What a refused or failed request of OwnPay's API is answered with."))
        .property("success", Object::builder().schema_type(Type::Boolean).enum_values(Some([false])))
        .property("error", text().description(Some("The first message.")))
        .property("message", text().description(Some("The same, for clients that look here.")))
        .property("errors", ArrayBuilder::new().items(error).min_items(Some(1)).max_items(Some(20)))
        .property("request_id", text().description(Some("Names the request in the log.")))
        .property("retry_after", retry_after)
        .required("success")
        .required("error")
        .required("message")
        .required("errors")
        .required("request_id")
        .build()
}

/// A parameter of a list: a day or an instant.
pub(crate) fn day(name: &'static str, description: &'static str) -> Parameter {
    parameters::filter(name, description, any_text(), &json!("2026-11-24"))
}

/// A parameter that is one of these words; an empty one is none.
pub(crate) fn words_schema(words: impl Iterator<Item = &'static str>) -> Object {
    text_object().enum_values(Some(words.chain([""]))).build()
}

/// A parameter with a pattern.
pub(crate) fn text_schema(pattern: &str) -> Object {
    text_object().pattern(Some(pattern)).build()
}

/// A parameter with any text.
pub(crate) fn any_text() -> Object {
    text_object().build()
}

/// What is told of a page.
pub(crate) fn meta_example() -> Value {
    json!({ "page": 1, "per_page": 25, "total": 1, "total_pages": 1 })
}

fn text_object() -> ObjectBuilder {
    Object::builder().schema_type(Type::String)
}
