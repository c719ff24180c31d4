//! The whole document, as it is served at `/openapi.json` and kept in `docs/`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use actix_web::web::Bytes;
use data_encoding::HEXLOWER;
use utoipa::openapi::path::PathsBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, RefOr, Schema, ServerBuilder,
};

use super::operation::{BEARER, Operation};
use super::{merchant, responses};
use crate::{api, v1};

const ABOUT: &str = "Everything that the hub can do: API keys, webhook endpoints, events and their deliveries, rate limits, the audit log.

This document is generated from the code of the hub and served by it; `docs/API.md` explains it to people, `docs/errors.md` lists the codes \
of problems.

- Wherever GET is answered, HEAD is too: the same status and headers, without the body.
- Unknown fields and unknown parameters are refused, each by its name.
- Lists are newest first, unless they say otherwise, and stay stable while things are added.
- A path that is not here answers 404, another method 405, both with a problem.

What begins with `/api/v1` is OwnPay's merchant API, as its published clients call it, and differs from the rest: answers stand in \
`{\"success\": true, \"data\": …}`, failures in `{\"success\": false, \"error\": …, \"errors\": […]}`, unknown fields and parameters are passed \
over, and lists have numbered pages.";

const TAGS: &[(&str, &str)] = &[
    ("whoami", "The calling key."),
    ("keys", "API keys: issued once, shown once, refused from the moment they are revoked."),
    ("endpoints", "Receivers of events."),
    ("event-types", "What can happen."),
    ("events", "What happened: accepted once, stored with its deliveries."),
    ("deliveries", "How events reach their receivers."),
    ("limits", "How often callers may ask."),
    ("audit", "Who changed what: a chain of hashes from its first line."),
    ("workspaces", "Owners of everything else."),
    ("payments", "OwnPay's merchant API: payments, as its published clients create and follow them."),
    ("payment-intents", "The same payments, under the name that OwnPay's pages give them."),
    ("transactions", "OwnPay's merchant API: what was paid."),
    ("refunds", "OwnPay's merchant API: what was given back."),
    ("customers", "OwnPay's merchant API: who pays."),
    ("api-keys", "OwnPay's merchant API: its keys."),
    ("webhooks", "OwnPay's merchant API: tests and the last deliveries."),
    ("health", "OwnPay's merchant API: whether the platform is there."),
    ("hub", "The program itself; no key is needed."),
];

/// The document as it is served: made once, because it never changes while the program runs.
pub(crate) struct Served {
    /// The JSON.
    pub(crate) bytes: Bytes,
    /// Its `ETag`, quotes included.
    pub(crate) tag: String,
}

impl Served {
    /// The one copy of this process.
    pub(crate) fn find() -> &'static Self {
        static SERVED: LazyLock<Served> = LazyLock::new(|| {
            let bytes = serde_json::to_vec(&document()).expect("a document of texts and numbers is JSON");
            // Two programs of one version may hold different documents while one is being written: the content decides.
            let tag = format!("\"{}\"", HEXLOWER.encode(&fold(&bytes).to_be_bytes()));
            Served { bytes: Bytes::from(bytes), tag }
        });
        &SERVED
    }
}

/// FNV-1a: tells two documents apart, nothing more. *Source:* draft-eastlake-fnv.
fn fold(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Makes the document.
pub(crate) fn document() -> OpenApi {
    let operations: Vec<_> = api::operations().into_iter().chain(v1::operations()).collect();
    let requests: BTreeSet<_> = operations.iter().flat_map(|operation| operation.requests.clone()).collect();
    let schemas: Vec<_> = operations.iter().flat_map(|operation| operation.schemas.clone()).collect();
    let schemas = schemas.into_iter().map(|(name, schema)| {
        let is_request = requests.contains(&name);
        (name, if is_request { schema } else { with_all_fields(schema) })
    });
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The token of an API key."));
    let mut components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .schema("Problem", responses::problem_schema())
        .schema(merchant::FAILURE, merchant::failure_schema())
        .security_scheme(BEARER, SecurityScheme::Http(bearer.build()));
    for (name, header) in responses::headers() {
        components = components.header(name, header);
    }
    for (name, response) in responses::problems() {
        components = components.response(name, response);
    }
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Developer Hub").version(env!("CARGO_PKG_VERSION")).description(Some(ABOUT)))
        .servers(Some([ServerBuilder::new().url("/").description(Some("This hub.")).build()]))
        .tags(Some(TAGS.iter().map(|(name, description)| tag(name, description))))
        .paths(operations.into_iter().fold(PathsBuilder::new(), add))
        .components(Some(components.build()))
        .build()
}

fn add(paths: PathsBuilder, operation: Operation) -> PathsBuilder {
    let (path, method) = (operation.path, operation.method.clone());
    paths.path(path, PathItem::new(method, operation.build()))
}

fn tag(name: &str, description: &str) -> Tag {
    TagBuilder::new().name(name).description(Some(description)).build()
}

/// Answers carry every field, null where there is nothing to say; the derived schema takes an `Option` for a field that may be absent.
fn with_all_fields(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.required = object.properties.keys().cloned().collect();
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::AllOf(mut all)) => {
            all.items = all.items.into_iter().map(with_all_fields).collect();
            RefOr::T(Schema::AllOf(all))
        }
        other => other,
    }
}
