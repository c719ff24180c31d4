//! How programs prove who they are, and what they are answered when they do not.

use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::reference::Response;

use super::prose::Prose;
use super::site::Site;
use super::source::Source;
use crate::admin::components::{Cell, Column, Row, Table};

/// The page.
#[derive(Template)]
#[template(path = "admin/reference/guide.html")]
pub(in crate::admin) struct GuideView {
    base_url: String,
    /// What every key begins with.
    key_prefix: String,
    scopes: Table,
    refusals: Vec<Refusals>,
    errors: String,
    is_public: bool,
}

/// What an API answers to whom it does not let in.
struct Refusals {
    name: String,
    answers: Vec<Refusal>,
}

struct Refusal {
    status: String,
    about: Prose,
    headers: Vec<String>,
    body: String,
}

impl GuideView {
    pub(super) fn new(site: &Site, key_prefix: &str) -> Self {
        Self {
            base_url: site.hub_url.clone(),
            key_prefix: key_prefix.to_owned(),
            scopes: scopes(),
            refusals: site.sources.iter().map(|source| refusals(site, source)).collect(),
            errors: site.href("errors"),
            is_public: site.is_public(),
        }
    }
}

fn scopes() -> Table {
    let row = |scope: &Scope| Row {
        is_dimmed: false,
        id: format!("scope-{}", scope.as_str().replace(':', "-")),
        cells: vec![Cell::Strong(scope.as_str().to_owned()), Cell::Text(scope.meaning().to_owned())],
    };
    let columns = ["Scope", "What it opens"].map(Column::new).into();
    Table { caption: "Scopes".to_owned(), columns, rows: Scope::ALL.iter().map(row).collect() }
}

/// The document's own answers, each from the first operation that has it.
fn refusals(site: &Site, source: &Source) -> Refusals {
    let answers = ["401", "403", "429"].into_iter().filter_map(|status| {
        let mut responses = source.reference.operations().flat_map(|operation| &operation.responses);
        responses.find(|response| response.status == status).map(|response| refusal(site, response))
    });
    Refusals { name: source.name.clone(), answers: answers.collect() }
}

fn refusal(site: &Site, response: &Response) -> Refusal {
    let example = response.media.first().and_then(|media| media.examples.first());
    Refusal {
        status: response.status.clone(),
        about: Prose::new(&response.description, |code| site.explain(code)),
        headers: response.headers.iter().map(|header| header.name.clone()).collect(),
        body: example.map(|example| example.text.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
impl crate::admin::components::Sample for GuideView {
    const TEMPLATE: &'static str = "admin/reference/guide.html";

    fn samples() -> Vec<Self> {
        vec![Self::new(&super::samples::site(), "op")]
    }
}
