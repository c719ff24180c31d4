//! One operation of the API, as its noun describes it beside the routes.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, Parameter};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, Object, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, Schema};

use super::responses::Family;
use super::{parameters, responses};
use crate::auth::Need;
use crate::{csv, v1};

/// The name of the one way to authenticate.
pub(super) const BEARER: &str = "bearer";

/// How every request can fail: a head that is larger than it may be, what is not its fault, and a request of the hub's own.
const OF_ALL: [u16; 4] = [414, 431, 500, 508];
/// How every request with a key can fail besides: malformed, without a key, not allowed, not valid, too often, no store.
const OF_KEYS: [u16; 6] = [400, 401, 403, 422, 429, 503];
/// How every request with a body can fail besides.
const OF_BODIES: [u16; 3] = [408, 413, 415];

/// What an operation is, until [`super::document()`] makes it part of the document.
pub(crate) struct Operation {
    pub(super) method: HttpMethod,
    pub(super) path: &'static str,
    pub(super) schemas: Vec<(String, RefOr<Schema>)>,
    /// Names of schemas whose fields may be absent.
    pub(super) requests: Vec<String>,
    pub(super) builder: OperationBuilder,
    answers: Vec<(&'static str, ResponseBuilder)>,
    failures: BTreeSet<u16>,
    pub(super) has_key: bool,
}

impl Operation {
    /// An operation with its id; the tag is what its path calls the noun.
    pub(crate) fn new(method: HttpMethod, path: &'static str, id: &'static str) -> Self {
        let below = path.strip_prefix("/api/hub/v1").or_else(|| path.strip_prefix(v1::SCOPE)).unwrap_or(path);
        let tag = below.split('/').nth(1).unwrap_or_default();
        let tag = if path.starts_with("/api/") { tag } else { "hub" };
        let builder = OperationBuilder::new().operation_id(Some(id)).tag(tag);
        let (schemas, requests, failures) = (Vec::new(), Vec::new(), BTreeSet::from(OF_ALL));
        Self { method, path, schemas, requests, builder, answers: Vec::new(), failures, has_key: false }
    }

    /// Says what it does, in one sentence, and whatever else there is to know; and which key it needs.
    pub(crate) fn needs<N: Need>(mut self, summary: &'static str, more: &str) -> Self {
        let needed = N::SCOPE.map_or_else(|| "Any key.".to_owned(), |scope| format!("Needs the scope `{scope}`."));
        let description = if more.is_empty() { needed } else { format!("{more}\n\n{needed}") };
        self.builder = self.builder.summary(Some(summary)).description(Some(description));
        self.builder = self.builder.security(SecurityRequirement::new::<_, [&str; 0], &str>(BEARER, []));
        self.has_key = true;
        self.fails(&OF_KEYS)
    }

    /// Says what it does; anybody may ask.
    pub(crate) fn open_to_all(mut self, summary: &'static str, more: &'static str) -> Self {
        self.builder = self.builder.summary(Some(summary)).description(Some(more)).securities(Some([]));
        self
    }

    /// The statuses of problems that it can have besides.
    pub(crate) fn fails(mut self, statuses: &[u16]) -> Self {
        self.failures.extend(statuses);
        self
    }

    /// A parameter.
    pub(crate) fn parameter(mut self, parameter: Parameter) -> Self {
        self.builder = self.builder.parameter(parameter);
        self
    }

    /// The path names one thing, which may not be there.
    pub(crate) fn of(self, placeholder: &'static str, description: &'static str, example: &str) -> Self {
        self.parameter(parameters::path(placeholder, description, &json!(example))).fails(&[404])
    }

    /// A POST that may be named, so that it is carried out once.
    pub(crate) fn once(self) -> Self {
        self.with_header("Idempotent-Replayed").parameter(parameters::idempotency_key()).fails(&[409])
    }

    /// A change that must or may say which revision it builds on.
    pub(crate) fn if_match(self, required: Required) -> Self {
        let statuses: &[u16] = if matches!(required, Required::True) { &[409, 412, 428] } else { &[409, 412] };
        self.parameter(parameters::if_match(required)).fails(statuses)
    }

    /// Takes a body of this type.
    pub(crate) fn takes<T: ToSchema>(self, example: Value) -> Self {
        self.with_body::<T>(example, Required::True)
    }

    /// Takes a body of this type, or none.
    pub(crate) fn may_take<T: ToSchema>(self, example: Value) -> Self {
        self.with_body::<T>(example, Required::False)
    }

    fn with_body<T: ToSchema>(mut self, example: Value, required: Required) -> Self {
        self.collect::<T>();
        let mut within = Vec::new();
        T::schemas(&mut within);
        self.requests.extend(within.into_iter().map(|(name, _)| name));
        self.requests.push(T::name().into_owned());
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(T::name()))).example(Some(example));
        let body = RequestBodyBuilder::new().required(Some(required)).content("application/json", content.build());
        self.builder = self.builder.request_body(Some(body.build()));
        self.fails(&OF_BODIES)
    }

    /// The body that it takes has an object of this type in it, whose fields may be absent too.
    pub(crate) fn takes_within<T: ToSchema>(mut self) -> Self {
        self.requests.push(T::name().into_owned());
        self
    }

    /// Takes no body, or one that says nothing.
    pub(crate) fn takes_nothing(mut self) -> Self {
        let nothing = ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        let content = ContentBuilder::new().schema(Some(nothing)).example(Some(json!({})));
        let body =
            RequestBodyBuilder::new().required(Some(Required::False)).content("application/json", content.build());
        self.builder = self.builder.request_body(Some(body.build()));
        self.fails(&OF_BODIES)
    }

    /// Answers with a body of this type.
    pub(crate) fn answers<T: ToSchema>(
        mut self,
        status: &'static str,
        description: &'static str,
        example: Value,
    ) -> Self {
        self.collect::<T>();
        let schema: RefOr<Schema> = Ref::from_schema_name(T::name()).into();
        self.answered(status, description, Some((schema, example)))
    }

    /// Answers with a page of this type; `cursor` is an example of one.
    pub(crate) fn lists<T: ToSchema>(mut self, description: &'static str, item: &Value, cursor: &Value) -> Self {
        self.collect::<T>();
        let name = format!("{}Page", T::name());
        self.schemas.push((name.clone(), page_of(&T::name())));
        let example = json!({ "items": [item], "next_cursor": cursor });
        let page = parameters::page(cursor).into_iter().fold(self, Self::parameter);
        page.answered("200", description, Some((Ref::from_schema_name(name).into(), example)))
    }

    /// Answers with an array of this type, however long, or with the same as a text of another media type.
    pub(crate) fn answers_with_all<T: ToSchema>(
        mut self,
        description: &'static str,
        item: Value,
        (other, example): (&'static str, &'static str),
    ) -> Self {
        self.collect::<T>();
        let schema: RefOr<Schema> = ArrayBuilder::new().items(Ref::from_schema_name(T::name())).into();
        let operation = self.answered("200", description, Some((schema, Value::Array(vec![item]))));
        let text =
            ContentBuilder::new().schema(Some(Object::with_type(Type::String))).example(Some(json!(example))).build();
        let with_other = |(status, answer): (_, ResponseBuilder)| (status, answer.content(other, text.clone()));
        let answers = operation.answers.into_iter().map(with_other).collect();
        Self { answers, ..operation }
    }

    /// Its last answer may be a table instead; `columns` is how one begins.
    pub(crate) fn or_csv(mut self, columns: &'static str) -> Self {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let content = ContentBuilder::new().schema(Some(schema)).example(Some(json!(columns))).build();
        if let Some((status, answer)) = self.answers.pop() {
            self.answers.push((status, answer.content(csv::MEDIA_TYPE, content)));
        }
        self
    }

    /// Answers without a body.
    pub(crate) fn answers_nothing(self, status: &'static str, description: &'static str) -> Self {
        self.answered(status, description, None)
    }

    /// Every answer so far has this header.
    pub(crate) fn with_header(mut self, name: &'static str) -> Self {
        let carrying = |(status, answer)| (status, responses::carrying(answer, &[name]));
        self.answers = self.answers.into_iter().map(carrying).collect();
        self
    }

    pub(super) fn answered(
        mut self,
        status: &'static str,
        description: &'static str,
        body: Option<(RefOr<Schema>, Value)>,
    ) -> Self {
        let mut answer = ResponseBuilder::new().description(description);
        if let Some((schema, example)) = body {
            let content = ContentBuilder::new().schema(Some(schema)).example(Some(example));
            answer = answer.content("application/json", content.build());
        }
        answer = responses::carrying(answer, responses::OF_ALL);
        if self.is_merchant() {
            answer = responses::carrying(answer, responses::OF_MERCHANTS);
        }
        if self.has_key {
            answer = responses::carrying(answer, responses::OF_KEYS);
        }
        self.answers.push((status, answer));
        self
    }

    pub(super) fn collect<T: ToSchema>(&mut self) {
        self.schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(&mut self.schemas);
    }

    /// What the document holds of it.
    pub(super) fn build(self) -> utoipa::openapi::path::Operation {
        let answers = self.answers.into_iter();
        let builder = answers.fold(self.builder, |builder, (status, answer)| builder.response(status, answer));
        let problems = self.failures.into_iter();
        let family = if v1::is_below(self.path) { Family::Merchant } else { Family::Hub };
        let shared = |status| Ref::new(format!("#/components/responses/{}", responses::problem_name(family, status)));
        problems.fold(builder, |builder, status| builder.response(status.to_string(), shared(status))).build()
    }
}

fn page_of(item: &str) -> RefOr<Schema> {
    let items = ArrayBuilder::new().items(Ref::from_schema_name(item)).max_items(Some(100));
    let next = Object::builder()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some("What `cursor` takes for the next page; null when this is the last."));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("A page of a list."))
        .property("items", items)
        .property("next_cursor", next)
        .required("items")
        .required("next_cursor")
        .into()
}
