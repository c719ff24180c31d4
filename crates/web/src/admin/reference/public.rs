//! The reference for everybody, where that is switched on.
//!
//! *Threat:* what only operators may know is told to strangers. *Defence:* these pages read nothing of any workspace but the documents:
//! no policies, no event types of its own, no cookies; where the switch is off, they are not there. *Not defended:* a document that
//! says what should not be known.

use actix_web::http::StatusCode;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::errors::ErrorsView;
use super::events::EventsView;
use super::files::{llms, markdown_answer, markdown_of};
use super::guide::GuideView;
use super::pages::{Body, PublicPage};
use super::paths::{index, operation};
use super::site::{PUBLIC_PATH, Site};
use crate::admin::headers::on_every_answer;
use crate::admin::visit::Visit;
use crate::problem_body::Problem;
use crate::request::{Path, get};

/// Adds the pages.
pub(in crate::admin) fn routes(config: &mut ServiceConfig) {
    let scope = web::scope(PUBLIC_PATH).default_service(web::to(async || Problem::route_not_found()));
    let scope = paths().into_iter().fold(scope, |scope, path| scope.service(path.into_resource()));
    let index = Path::new("/llms.txt", "GET, HEAD").route(get().to(show_llms));
    config
        .service(index.into_resource().wrap(Compress::default()).wrap(from_fn(on_every_answer)))
        .service(scope.wrap(Compress::default()).wrap(from_fn(on_every_answer)));
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
    let (visit, site) = opened(&req).await?;
    let body = index(&req, &site)?;
    respond(visit, &site, body)
}

async fn show_guide(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let (visit, site) = opened(&req).await?;
    let body = Body::of("Authentication", &GuideView::new(&site, visit.services.token_prefix.as_str()))?;
    respond(visit, &site, body)
}

async fn show_events(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let (visit, site) = opened(&req).await?;
    respond(visit, &site, Body::of("Events", &EventsView::built_in())?)
}

async fn show_errors(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let (visit, site) = opened(&req).await?;
    respond(visit, &site, Body::of("Errors", &ErrorsView::new())?)
}

async fn show_operation(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let (visit, site) = opened(&req).await?;
    let (body, connect) = operation(&req, &site, None)?;
    let mut answer = respond(visit, &site, body)?;
    answer.extensions_mut().insert(connect);
    Ok(answer)
}

async fn show_markdown(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let (visit, site) = opened(&req).await?;
    markdown_of(&req, &visit, &site).await
}

async fn show_llms(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let (_, site) = opened(&req).await?;
    Ok(markdown_answer(llms(&site)))
}

async fn opened(req: &HttpRequest) -> Result<(Visit, Site), Problem> {
    let visit = Visit::of(req)?;
    if !visit.services.pages.is_reference_public {
        return Err(Problem::route_not_found());
    }
    let site = Site::public(&visit).await?;
    Ok((visit, site))
}

fn respond(visit: Visit, site: &Site, body: Body) -> Result<HttpResponse, Problem> {
    let page = PublicPage::new(&visit, site, body);
    visit.page(StatusCode::OK, &page)
}
