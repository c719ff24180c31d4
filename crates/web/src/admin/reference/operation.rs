//! One operation: all that is known of it.

use askama::Template;
use devhub_domain::reference::{Group, Operation, ParameterPlace, Response};

use super::connect::ConnectTo;
use super::console::Console;
use super::filled::{placed, sample_request};
use super::index::scopes;
use super::limits::Limits;
use super::media::{MediaView, method_badge};
use super::prose::Prose;
use super::room::Room;
use super::schema_view::SchemaView;
use super::site::Site;
use super::snippets::{Snippet, snippets};
use super::source::Source;
use crate::admin::components::{Badge, CopyField, Link, Table};

/// The page.
#[derive(Template)]
#[template(path = "admin/reference/operation.html")]
pub(in crate::admin) struct OperationView {
    up: Link,
    group: String,
    badge: Badge,
    path: String,
    summary: String,
    is_deprecated: bool,
    about: Prose,
    address: CopyField,
    /// How it is proved who asks; one is enough.
    proofs: Vec<String>,
    scopes: Vec<String>,
    guide: String,
    parameters: Vec<Parameters>,
    body: Option<BodyView>,
    answers: Vec<Answer>,
    errors: Vec<Answer>,
    limits: Option<Table>,
    /// Where the limits are set.
    is_public: bool,
    snippets: Vec<SnippetView>,
    console: Option<Console>,
    before: Option<Link>,
    after: Option<Link>,
}

struct Parameters {
    label: &'static str,
    parts: Vec<SchemaView>,
}

struct BodyView {
    about: Prose,
    is_required: bool,
    media: Vec<MediaView>,
}

struct Answer {
    status: String,
    about: Prose,
    headers: Vec<(String, String)>,
    media: Vec<MediaView>,
}

struct SnippetView {
    snippet: Snippet,
    field: CopyField,
    is_first: bool,
}

impl OperationView {
    pub(super) fn new(
        site: &Site,
        source: &Source,
        (group, operation): (&Group, &Operation),
        limits: Option<&Limits>,
        connect: &ConnectTo,
    ) -> Self {
        let base_url = source.base_url(Some(operation), &site.hub_url);
        let (errors, answers): (Vec<_>, Vec<_>) = operation.responses.iter().partition(|response| is_error(response));
        let (before, after) = source.reference.neighbours(&operation.slug);
        let link = |operation: &Operation| Link {
            href: site.operation_href(source, &operation.slug),
            text: format!("{} {}", operation.method, operation.path),
        };
        let room = Room::of_page();
        // Nothing is counted of who is not asked for.
        let limits = limits.filter(|_| !operation.security.is_empty());
        Self {
            up: Link { href: site.source_href(source), text: source.name.clone() },
            group: group.name.clone(),
            badge: method_badge(&operation.method),
            path: operation.path.clone(),
            summary: operation.summary.clone(),
            is_deprecated: operation.deprecated,
            about: Prose::new(&operation.description, |code| site.explain(code)),
            address: copy("address", "Address", format!("{base_url}{}", operation.path)),
            proofs: operation.security.iter().map(devhub_domain::reference::Security::told).collect(),
            scopes: scopes(operation).map(str::to_owned).collect(),
            guide: site.href("authentication"),
            parameters: parameters(operation, &room),
            body: operation.body.as_ref().map(|body| BodyView {
                about: Prose::plain(&body.description),
                is_required: body.required,
                media: body.media.iter().map(|media| MediaView::new(media, &room)).collect(),
            }),
            answers: answers.into_iter().map(|response| answer(site, response, &room)).collect(),
            errors: errors.into_iter().map(|response| answer(site, response, &room)).collect(),
            limits: limits.map(|limits| limits.table(&operation.method, &path_of(&base_url, &operation.path))),
            is_public: site.is_public(),
            snippets: snippet_views(operation, &base_url),
            console: Console::new(source, operation, connect),
            before: before.map(link),
            after: after.map(link),
        }
    }
}

/// The whole path, for rules that are made of the whole: a document may have a part of it in its address.
fn path_of(base_url: &str, path: &str) -> String {
    let base = base_url.split_once("://").map_or("", |(_, rest)| rest).split_once('/').map_or("", |(_, path)| path);
    if base.is_empty() { path.to_owned() } else { format!("/{base}{path}") }
}

fn is_error(response: &Response) -> bool {
    !response.status.starts_with(['1', '2', '3'])
}

fn parameters(operation: &Operation, room: &Room) -> Vec<Parameters> {
    let places = [
        (ParameterPlace::Path, "In the path"),
        (ParameterPlace::Query, "In the query"),
        (ParameterPlace::Header, "Headers"),
        (ParameterPlace::Cookie, "Cookies"),
    ];
    let group = |(place, label)| {
        let parts = placed(operation, place).take_while(|_| !room.is_full()).map(|parameter| {
            let view = SchemaView::parameter(&parameter.name, &parameter.schema, parameter.required, room);
            view.about(room.text(&parameter.description))
        });
        Parameters { label, parts: parts.collect() }
    };
    places.map(group).into_iter().filter(|group| !group.parts.is_empty()).collect()
}

fn answer(site: &Site, response: &Response, room: &Room) -> Answer {
    Answer {
        status: response.status.clone(),
        about: Prose::new(room.text(&response.description), |code| site.explain(code)),
        headers: response
            .headers
            .iter()
            .map(|one| (one.name.clone(), room.text(&one.description).to_owned()))
            .collect(),
        media: response.media.iter().take_while(|_| !room.is_full()).map(|media| MediaView::new(media, room)).collect(),
    }
}

fn snippet_views(operation: &Operation, base_url: &str) -> Vec<SnippetView> {
    let all = snippets(&sample_request(operation, base_url)).into_iter().enumerate();
    let view = |(at, snippet): (usize, Snippet)| SnippetView {
        field: CopyField {
            is_multiline: true,
            ..copy(&format!("snippet-{}", snippet.slug), snippet.language, snippet.text.clone())
        },
        snippet,
        is_first: at == 0,
    };
    all.map(view).collect()
}

fn copy(id: &str, label: &str, value: String) -> CopyField {
    CopyField {
        id: id.to_owned(),
        label: label.to_owned(),
        value,
        button: format!("Copy {label}"),
        is_concealed: false,
        is_multiline: false,
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::Sample;
    use crate::admin::reference::samples::site;

    impl Sample for OperationView {
        const TEMPLATE: &'static str = "admin/reference/operation.html";

        fn samples() -> Vec<Self> {
            let site = site();
            let view = |source: usize, slug: &str| {
                let source = &site.sources[source];
                let found = source.reference.find(slug).unwrap();
                let connect = ConnectTo::new(source.reference.base_urls.iter().map(|base| base.url.as_str()));
                Self::new(&site, source, found, None, &connect)
            };
            vec![view(0, "createPayment"), view(0, "listPayments"), view(1, "createPayment")]
        }
    }

    #[test]
    fn the_path_of_an_address_stands_before_that_of_the_operation() {
        assert_eq!(path_of("https://pay.example/api/v1", "/payments"), "/api/v1/payments");
        assert_eq!(path_of("https://pay.example", "/payments"), "/payments");
    }
}
