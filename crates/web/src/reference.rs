//! The reference as files: `docs/openapi.json`, `docs/errors.md`, `docs/events.md`. They are generated, and never edited.

use std::fmt::Write as _;

use devhub_domain::events::{CATALOG, OPERATIONAL, TEST_EVENT};

use crate::openapi::document;
use crate::problem_catalog::{self, CatalogEntry};

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
    write_rows(&mut page, problem_catalog::CATALOG);
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
         Other types may be published, too: words of letters, digits, `_` and `-`, joined by dots.\n"
    );
    for entry in CATALOG {
        let section =
            write!(page, "\n## `{}`\n\n{}\n\n```json\n{}\n```\n", entry.name, entry.description, entry.sample);
        section.expect("a text can be written to");
    }
    let hub = "\n## Events of the hub itself\n\n\
               What the hub tells of endpoints and deliveries.\n\
               Nobody publishes these, `*` does not want them, and none goes to the endpoint that it is about.\n";
    page.push_str(hub);
    for entry in OPERATIONAL {
        let section =
            write!(page, "\n## `{}`\n\n{}\n\n```json\n{}\n```\n", entry.name, entry.description, entry.sample);
        section.expect("a text can be written to");
    }
    let test = write!(
        page,
        "\n## The test event\n\n`{}` is sent when somebody tests an endpoint.\nNobody subscribes to it.\n\n```json\n{}\n```\n",
        TEST_EVENT.name, TEST_EVENT.sample
    );
    test.expect("a text can be written to");
    page
}
