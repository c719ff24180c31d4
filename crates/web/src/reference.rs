//! The reference as files: `docs/openapi.json`, `docs/errors.md`, `docs/events.md`. They are generated, and never edited.

use std::fmt::Write as _;

use devhub_domain::events::{CATALOG, OPERATIONAL, SHARED_DEFINITIONS, TEST_EVENT};
use serde_json::Value;

use crate::openapi::document;
use crate::problem_catalog::catalog;
use crate::problem_entry::CatalogEntry;

/// The first line of every generated page.
const GENERATED: &str = "<!-- Generated from the code by `cargo xtask gen`: change the code, not this file. -->";

/// The document of the API, as it is served at `/openapi.json`, in lines that can be compared.
///
/// # Panics
/// Never: a document of texts and numbers is JSON.
pub fn openapi_json() -> String {
    let mut json = serde_json::to_string_pretty(&document()).expect("a document of texts and numbers is JSON");
    json.push('\n');
    json
}

/// The codes of problems, for people.
///
/// # Panics
/// Never: a text can be written to.
pub fn errors_md() -> String {
    let mut page = format!(
        "{GENERATED}\n\n# Errors\n\n\
         Every refused or failed request is answered with a problem (RFC 9457), of content type `application/problem+json`.\n\
         Its `code` is stable, its `detail` says what to change and may be worded anew, its `errors` name fields.\n\
         A request that nobody here is to blame for is answered with 500 and a `request_id`, and nothing else.\n\n\
         {TABLE}"
    );
    write_rows(&mut page, &catalog());
    page.push_str(
        "\n## On OwnPay's API\n\n\
         Below `/api/v1` a failure has the shape that OwnPay's clients read: see [the API](API.md#ownpays-merchant-api).\n\
         These codes stand in its `errors`.\n\n",
    );
    page.push_str(TABLE);
    write_rows(&mut page, crate::v1::CODES);
    page.push_str("\n## On the pages\n\nThe pages show what is wrong in words; these codes stand in the log.\n\n");
    page.push_str(TABLE);
    write_rows(&mut page, crate::page_problem_catalog::PAGE_CATALOG);
    page
}

/// How a table of codes begins.
const TABLE: &str = "| status | code | what it means | what to do |\n|---|---|---|---|\n";

fn write_rows(page: &mut String, entries: &[CatalogEntry]) {
    for entry in entries {
        let (status, code) = (entry.status, entry.code);
        let line = writeln!(page, "| {status} | `{code}` | {} | {} |", entry.meaning, entry.remedy);
        line.expect("a text can be written to");
    }
}

/// The catalogue of event types, for people.
///
/// # Panics
/// Never: a text can be written to.
pub fn events_md() -> String {
    let mut page = format!(
        "{GENERATED}\n\n# Events\n\n\
         What endpoints can subscribe to without anything being set up.\n\
         Other types may be published, too: words of letters, digits, `_` and `-`, joined by dots.\n\n\
         Each type has a sample and a JSON Schema, draft 2020-12. A workspace adds types of its own, and holds what is published \
         against the schemas when it is strict: see [the API](API.md#event-types).\n\
         What the schemas share stands [at the end](#what-the-schemas-share), and is left out where each is shown; \
         `GET /api/hub/v1/event-types` has each of them whole.\n"
    );
    for entry in CATALOG {
        write_entry(&mut page, entry);
    }
    let hub = "\n## Events of the hub itself\n\n\
               What the hub tells of endpoints and deliveries.\n\
               Nobody publishes these, `*` does not want them, and none goes to the endpoint that it is about.\n";
    page.push_str(hub);
    for entry in OPERATIONAL {
        write_entry(&mut page, entry);
    }
    let (name, sample, schema) = (TEST_EVENT.name, fenced(TEST_EVENT.sample), fenced(&own_part(TEST_EVENT.schema)));
    let shared = fenced(&format!("{:#}", shared_definitions()));
    let rest = write!(
        page,
        "\n## The test event\n\n`{name}` is sent when somebody tests an endpoint.\nNobody subscribes to it.\n\n\
         {sample}\nIts schema:\n\n{schema}\n## What the schemas share\n\n\
         Stands in `$defs` of every schema that refers to it.\n\n{shared}"
    );
    rest.expect("a text can be written to");
    page
}

/// A type, what it means, how it looks.
fn write_entry(page: &mut String, entry: &devhub_domain::events::CatalogEntry) {
    let (name, description, sample, schema) = (entry.name, entry.description, entry.sample, own_part(entry.schema));
    let section =
        write!(page, "\n## `{name}`\n\n{description}\n\n{}\nIts schema:\n\n{}", fenced(sample), fenced(&schema));
    section.expect("a text can be written to");
}

fn fenced(json: &str) -> String {
    format!("```json\n{json}\n```\n")
}

fn shared_definitions() -> Value {
    serde_json::from_str(SHARED_DEFINITIONS).expect("the definitions are JSON, as their own test says")
}

/// A schema without the definitions that it shares with others.
fn own_part(schema: &str) -> String {
    let mut schema: Value = serde_json::from_str(schema).expect("schemas are JSON, as their own test says");
    let shared = shared_definitions();
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        definitions.retain(|name, definition| shared.get(name) != Some(definition));
    }
    format!("{schema:#}")
}
