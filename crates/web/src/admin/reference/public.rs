//! The reference for everybody, where that is switched on.
//!
//! *Threat:* what only operators may know is told to strangers. *Defence:* these pages read nothing of any workspace but the documents:
//! no policies, no event types of its own, no cookies; where the switch is off, they are not there. *Not defended:* a document that
//! says what should not be known.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template as _;

use super::errors::ErrorsView;
use super::events::EventsView;
use super::files::{MARKDOWN, llms};
use super::guide::GuideView;
use super::kept_answers::{Answer, Asked, Made};
use super::pages::{Body, PublicPage};
use super::paths::{index, operation, operation_of, query_of, source_of};
use super::site::{PUBLIC_PATH, Site};
use crate::admin::coding::{Coding, chosen};
use crate::admin::headers::on_every_answer;
use crate::admin::visit::Visit;
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::{Path, get, has_tag};
use crate::services::Services;

/// Adds the pages.
pub(in crate::admin) fn routes(config: &mut ServiceConfig) {
    let scope = web::scope(PUBLIC_PATH).default_service(web::to(async || Problem::route_not_found()));
    let scope = paths().into_iter().fold(scope, |scope, path| scope.service(path.into_resource()));
    let index = Path::new("/llms.txt", "GET, HEAD").route(get().to(show_llms));
    config.service(index.into_resource().wrap(from_fn(on_every_answer))).service(scope.wrap(from_fn(on_every_answer)));
}

fn paths() -> Vec<Path> {
    let page = |template| Path::below(PUBLIC_PATH, template, "GET, HEAD");
    vec![
        page("/reference").route(get().to(show_index)),
        page("/reference/authentication").route(get().to(show_guide)),
        page("/reference/events").route(get().to(show_events)),
        page("/reference/errors").route(get().to(show_errors)),
        page("/reference/{source}.md").route(get().to(show_markdown)),
        page("/reference/{source}").route(get().to(show_index)),
        page("/reference/{source}/{operation}").route(get().to(show_operation)),
    ]
}

async fn show_index(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let (source, query) = (source_of(&req).map(str::to_owned), query_of(&req));
    let searched = query.clone();
    answer(&req, searched, move |services, site| page(services, site, index(site, source.as_deref(), &query)?)).await
}

async fn show_guide(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let draw = |services: &Services, site: &Site| {
        page(services, site, Body::of("Authentication", &GuideView::new(site, services.token_prefix.as_str()))?)
    };
    answer(&req, String::new(), draw).await
}

async fn show_events(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let draw = |services: &Services, site: &Site| page(services, site, Body::of("Events", &EventsView::built_in())?);
    answer(&req, String::new(), draw).await
}

async fn show_errors(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let draw = |services: &Services, site: &Site| page(services, site, Body::of("Errors", &ErrorsView::new())?);
    answer(&req, String::new(), draw).await
}

async fn show_operation(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let (source, name) = (source_of(&req).unwrap_or_default().to_owned(), operation_of(&req).to_owned());
    let draw = move |services: &Services, site: &Site| {
        let (body, connect) = operation(site, (&source, &name), None)?;
        Ok(Made { connect: Some(connect), ..page(services, site, body)? })
    };
    answer(&req, String::new(), draw).await
}

async fn show_markdown(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let source = source_of(&req).unwrap_or_default().to_owned();
    let write = move |_: &Services, site: &Site| {
        let markdown = site.find(&source)?.reference.markdown();
        Ok(Made { hash: Some(markdown.hash), ..text(site, MARKDOWN, Bytes::from_owner(markdown.text)) })
    };
    answer(&req, String::new(), write).await
}

async fn show_llms(req: HttpRequest) -> Result<HttpResponse, Problem> {
    answer(&req, String::new(), |_, site| Ok(text(site, MARKDOWN, llms(site)))).await
}

fn page(services: &Services, site: &Site, body: Body) -> Result<Made, Problem> {
    let page = PublicPage::new(services.pages.assets().public_reference_links(), site, body);
    Ok(text(site, "text/html; charset=utf-8", page.render().map_err(Problem::internal)?))
}

fn text(site: &Site, content_type: &'static str, text: impl Into<Bytes>) -> Made {
    Made { version: site.version.clone(), content_type, text: text.into(), hash: None, connect: None }
}

/// Answers with what is kept, or with what is made now. The document is looked for each time, so that another one shows at once, also
/// where another node has taken it; it is read only when something is made.
async fn answer(
    req: &HttpRequest,
    query: String,
    make: impl FnOnce(&Services, &Site) -> Result<Made, Problem> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let visit = Visit::of(req)?;
    let services = visit.services.clone().into_inner();
    if !services.pages.is_reference_public {
        return Err(Problem::route_not_found());
    }
    let (documents, workspace_id) = (services.reference_documents.clone(), services.pages.workspace_id());
    let found = blocking::run(move || documents.find(workspace_id)).await?;
    let version = found.map(|summary| summary.text_hash).unwrap_or_default();
    let (hub_url, path) = (visit.base_url(), path(req));
    let coding = chosen(req.headers(), |coding| coding != Coding::Brotli);
    let asked = Asked { hub_url: hub_url.clone(), path, query, coding };
    let answers = services.pages.kept_answers.clone();
    let make = move || make(&services, &Site::public(&services, hub_url)?);
    Ok(respond(req, answers.find_or_make(&version, asked, make).await?))
}

/// The path as it is routed: one page is kept once, however its address is written.
fn path(req: &HttpRequest) -> String {
    req.match_info().as_str().to_owned()
}

/// A browser may keep it, and asks each time whether it is still the same.
fn respond(req: &HttpRequest, answer: Answer) -> HttpResponse {
    let is_known = has_tag(req.headers(), &answer.tag);
    let mut res = HttpResponse::build(if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    res.insert_header((CACHE_CONTROL, "no-cache")).insert_header((VARY, "Accept-Encoding"));
    res.insert_header((ETAG, answer.tag));
    if let Some(connect) = answer.connect {
        res.extensions_mut().insert(connect);
    }
    if is_known {
        return res.finish();
    }
    if let Some(token) = answer.coding.token() {
        res.insert_header((CONTENT_ENCODING, token));
    }
    res.insert_header((CONTENT_TYPE, answer.content_type)).body(answer.bytes)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::path;

    #[test]
    fn a_page_is_one_however_its_address_is_written() {
        for uri in ["/reference/hub", "/reference/%68u%62", "/r%65ference/hub?other=1"] {
            assert_eq!(path(&TestRequest::default().uri(uri).to_http_request()), "/reference/hub");
        }
    }
}
