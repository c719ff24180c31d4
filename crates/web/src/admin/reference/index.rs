//! The list of operations, by their groups.

use askama::Template;
use devhub_domain::reference::{Group, Operation};

use super::media::method_badge;
use super::prose::Prose;
use super::site::Site;
use super::source::Source;
use crate::admin::components::{Badge, CopyField, EmptyState, Field, FieldKind, Link};

/// Characters that are searched for.
const QUERY_CHARS_MAX: usize = 100;

/// The list.
#[derive(Template)]
#[template(path = "admin/reference/index.html")]
pub(in crate::admin) struct IndexView {
    title: String,
    about: String,
    version: String,
    action: String,
    search: Field,
    is_filtered: bool,
    base_url: CopyField,
    details: Prose,
    /// Where all of it is as Markdown.
    markdown: String,
    sections: Vec<Section>,
    empty: Option<EmptyState>,
}

struct Section {
    id: String,
    title: String,
    about: Prose,
    rows: Vec<Listed>,
}

struct Listed {
    href: String,
    badge: Badge,
    path: String,
    summary: String,
    is_deprecated: bool,
    scopes: String,
}

impl IndexView {
    /// All of a source, or what matches in every source.
    pub(super) fn new(site: &Site, source: &Source, query: &str) -> Self {
        let query: String = query.trim().chars().take(QUERY_CHARS_MAX).collect();
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        let sections: Vec<_> = if words.is_empty() {
            source.reference.groups.iter().filter_map(|group| section(site, source, group, &words)).collect()
        } else {
            let groups = |source| Source::groups(source).filter_map(|group| section(site, source, group, &words));
            site.sources.iter().flat_map(groups).collect()
        };
        Self {
            title: source.name.clone(),
            about: source.about.clone(),
            version: source.reference.version.clone(),
            action: site.source_href(source),
            search: search(&query),
            is_filtered: !words.is_empty(),
            base_url: base_url(source.base_url(None, &site.hub_url)),
            details: Prose::plain(&source.reference.description),
            markdown: site.markdown_href(source),
            empty: sections.is_empty().then(|| nothing(site, source, &query)),
            sections,
        }
    }
}

impl Source {
    fn groups(&self) -> impl Iterator<Item = &Group> {
        self.reference.groups.iter()
    }
}

fn search(query: &str) -> Field {
    Field {
        name: "q",
        label: "Search".to_owned(),
        kind: FieldKind::Search,
        value: query.to_owned(),
        placeholder: "Method, path, summary or scope".to_owned(),
        is_required: true,
        max_length: Some(QUERY_CHARS_MAX),
        ..Field::default()
    }
}

fn base_url(value: String) -> CopyField {
    CopyField {
        id: "base-url".to_owned(),
        label: "Base URL".to_owned(),
        value,
        button: "Copy base URL".to_owned(),
        is_concealed: false,
        is_multiline: false,
    }
}

fn nothing(site: &Site, source: &Source, query: &str) -> EmptyState {
    let (title, text) = if query.is_empty() {
        ("No operation here", "The document has no paths.".to_owned())
    } else {
        ("No operation matches", format!("Nothing has “{query}” in its method, path, summary or scopes."))
    };
    EmptyState {
        title: title.to_owned(),
        text: vec![text],
        steps: Vec::new(),
        action: Some(Link { href: site.source_href(source), text: "Show all operations".to_owned() }),
    }
}

/// A group with what matches in it; `None` when nothing does.
fn section(site: &Site, source: &Source, group: &Group, words: &[String]) -> Option<Section> {
    let matching = group.operations.iter().filter(|operation| matches(operation, words));
    let rows: Vec<_> = matching.map(|operation| listed(site, source, operation)).collect();
    let title = if words.is_empty() { group.name.clone() } else { format!("{}: {}", source.name, group.name) };
    let id = format!("{}-{}", source.slug, group.slug);
    (!rows.is_empty()).then(|| Section { id, title, about: Prose::plain(&group.description), rows })
}

fn listed(site: &Site, source: &Source, operation: &Operation) -> Listed {
    Listed {
        href: site.operation_href(source, &operation.slug),
        badge: method_badge(&operation.method),
        path: operation.path.clone(),
        summary: operation.summary.clone(),
        is_deprecated: operation.deprecated,
        scopes: scopes(operation).collect::<Vec<_>>().join(", "),
    }
}

/// Each scope once.
pub(super) fn scopes(operation: &Operation) -> impl Iterator<Item = &str> {
    let all: Vec<_> = operation.security.iter().flat_map(|one| &one.scopes).map(String::as_str).collect();
    let first = |at: usize, scope: &&str| all.iter().take(at).all(|before| before != scope);
    let once: Vec<_> =
        all.iter().enumerate().filter(|(at, scope)| first(*at, scope)).map(|(_, scope)| *scope).collect();
    once.into_iter()
}

/// Whether every word is somewhere in what the list shows.
fn matches(operation: &Operation, words: &[String]) -> bool {
    let scopes: Vec<_> = scopes(operation).collect();
    let text = format!("{} {} {} {}", operation.method, operation.path, operation.summary, scopes.join(" "));
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(word))
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::Sample;
    use crate::admin::reference::samples::site;

    impl Sample for IndexView {
        const TEMPLATE: &'static str = "admin/reference/index.html";

        fn samples() -> Vec<Self> {
            let site = site();
            let view = |query| Self::new(&site, &site.sources[0], query);
            vec![view(""), view("post payment"), view("<script>")]
        }
    }
}
