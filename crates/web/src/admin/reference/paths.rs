//! Where the pages of the reference are, and what they are answered with for whoever is signed in.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::connect::ConnectTo;
use super::errors::ErrorsView;
use super::events::EventsView;
use super::files::markdown_of;
use super::guide::GuideView;
use super::index::IndexView;
use super::limits::Limits;
use super::operation::OperationView;
use super::pages::{Body, HubPage};
use super::site::Site;
use super::{document, removal};
use crate::admin::fields::Fields;
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::{Path, get, post};

/// The address of the tab.
pub(in crate::admin) const PATH: &str = "/admin/developer/reference";

/// The address of the page of the uploaded document.
pub(super) const DOCUMENT: &str = "/admin/developer/reference/document";

/// Where it is asked whether the document shall be removed.
pub(super) const REMOVE: &str = "/admin/developer/reference/document/remove";

/// What is answered below the tab. What has a name of its own stands before what is named by the document.
pub(in crate::admin) fn paths() -> Vec<Path> {
    const SHOWN: &str = "GET, HEAD";
    const SHOWN_AND_SENT: &str = "GET, HEAD, POST";
    let page = |template| Path::below("/admin", template, SHOWN);
    vec![
        page(PATH).route(get().to(show_index)),
        page("/admin/developer/reference/authentication").route(get().to(show_guide)),
        page("/admin/developer/reference/events").route(get().to(show_events)),
        page("/admin/developer/reference/errors").route(get().to(show_errors)),
        Path::below("/admin", DOCUMENT, SHOWN_AND_SENT)
            .route(get().to(document::show))
            .route(post().to(document::save)),
        Path::below("/admin", REMOVE, SHOWN_AND_SENT).route(get().to(removal::ask)).route(post().to(removal::remove)),
        page("/admin/developer/reference/{source}.md").route(get().to(show_markdown)),
        page("/admin/developer/reference/{source}").route(get().to(show_index)),
        page("/admin/developer/reference/{source}/{operation}").route(get().to(show_operation)),
    ]
}

async fn show_index(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let site = Site::of_hub(&signed).await?;
    let view = index(&site, source_of(&req), &query_of(&req))?;
    respond(signed, &site, view)
}

async fn show_guide(signed: Signed) -> Result<HttpResponse, Problem> {
    let site = Site::of_hub(&signed).await?;
    let view = GuideView::new(&site, signed.visit.services.token_prefix.as_str());
    respond(signed, &site, Body::of("Authentication", &view)?)
}

async fn show_events(signed: Signed) -> Result<HttpResponse, Problem> {
    let site = Site::of_hub(&signed).await?;
    let (event_types, workspace_id) = (signed.visit.services.event_types.clone(), signed.workspace_id());
    let view = blocking::run(move || EventsView::of_workspace(&event_types, workspace_id)).await?;
    respond(signed, &site, Body::of("Events", &view)?)
}

async fn show_errors(signed: Signed) -> Result<HttpResponse, Problem> {
    let site = Site::of_hub(&signed).await?;
    respond(signed, &site, Body::of("Errors", &ErrorsView::new())?)
}

async fn show_operation(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let site = Site::of_hub(&signed).await?;
    let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
    let limits = blocking::run(move || Limits::read(&services, workspace_id)).await?;
    let (view, connect) = operation(&site, (source_of(&req).unwrap_or_default(), operation_of(&req)), Some(&limits))?;
    let mut answer = respond(signed, &site, view)?;
    answer.extensions_mut().insert(connect);
    Ok(answer)
}

async fn show_markdown(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let site = Site::of_hub(&signed).await?;
    markdown_of(&req, &signed.visit, &site).await
}

fn respond(signed: Signed, site: &Site, body: Body) -> Result<HttpResponse, Problem> {
    let page = HubPage::new(&signed, site, body);
    signed.visit.page(StatusCode::OK, &page)
}

/// The source that is asked for, where one is.
pub(super) fn source_of(req: &HttpRequest) -> Option<&str> {
    req.match_info().get("source")
}

/// The operation that is asked for.
pub(super) fn operation_of(req: &HttpRequest) -> &str {
    req.match_info().get("operation").unwrap_or_default()
}

/// What is searched for; empty where nothing is.
pub(super) fn query_of(req: &HttpRequest) -> String {
    Fields::parse(req.query_string().as_bytes()).text("q").trim().to_owned()
}

/// The list of a source, or of all that matches.
pub(super) fn index(site: &Site, source: Option<&str>, query: &str) -> Result<Body, Problem> {
    let source = match source {
        Some(slug) => site.find(slug)?,
        None => site.sources.first().ok_or_else(Problem::route_not_found)?,
    };
    let body = Body::of(&source.name, &IndexView::new(site, source, query))?;
    Ok(body.at(&site.source_href(source)))
}

/// An operation, and where its page may send requests.
pub(super) fn operation(
    site: &Site,
    (source, operation): (&str, &str),
    limits: Option<&Limits>,
) -> Result<(Body, Arc<ConnectTo>), Problem> {
    let source = site.find(source)?;
    let (group, operation) = source.reference.find(operation).ok_or_else(Problem::route_not_found)?;
    let bases = operation.base_urls.iter().chain(&source.reference.base_urls);
    let connect = ConnectTo::new(bases.map(|base| base.url.as_str()).filter(|_| !source.is_own));
    let view = OperationView::new(site, source, (group, operation), limits, &connect);
    let body = Body::of(&format!("{} {}", operation.method, operation.path), &view)?;
    Ok((body.at(&site.source_href(source)), Arc::new(connect)))
}
