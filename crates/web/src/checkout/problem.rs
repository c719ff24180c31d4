//! What cannot be done, as a page for payers.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::frame::Frame;
use super::headers;
use super::routes::SCOPE;
use crate::admin;
use crate::middleware::RequestId;
use crate::problem_body::Problem;
use crate::services::Services;

/// The page.
#[derive(Template)]
#[template(path = "checkout/problem.html")]
pub(crate) struct ProblemPage {
    frame: Frame,
    detail: &'static str,
    /// What the operator of the hub finds it by; only where it is theirs to mend.
    request_id: Option<String>,
}

/// The problem as a page, when a page of the checkout was asked for.
pub(crate) fn problem_page(req: &HttpRequest, problem: &Problem, id: &RequestId) -> Option<HttpResponse> {
    let is_page = req.path().strip_prefix(SCOPE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let services = req.app_data::<Data<Services>>().filter(|_| is_page)?;
    let (title, detail) = told(problem.status(), problem.code());
    let page = ProblemPage {
        frame: Frame {
            title: title.to_owned(),
            shop: "Checkout".to_owned(),
            assets: services.pages.assets().checkout_links(),
        },
        detail,
        request_id: problem.status().is_server_error().then(|| id.as_str().to_owned()),
    };
    let html = page.render().ok()?;
    let mut answer = HttpResponse::build(problem.status());
    for (name, value) in problem.headers() {
        answer.insert_header((name.clone(), value.clone()));
    }
    answer.insert_header((CONTENT_TYPE, "text/html; charset=utf-8"));
    let mut answer = answer.body(html);
    headers::set(answer.headers_mut(), admin::https_only(req));
    Some(answer)
}

/// Title and text. What a problem says of itself is for programs and operators.
fn told(status: StatusCode, code: &str) -> (&'static str, &'static str) {
    match status {
        StatusCode::FORBIDDEN if code == "workspace_suspended" => (
            "This shop takes no payments now",
            "Nothing can be paid or cancelled here for now. Ask the shop how to go on.",
        ),
        StatusCode::NOT_FOUND => (
            "There is no such payment",
            "Look whether the whole address was copied, or go back to the shop and begin again.",
        ),
        StatusCode::TOO_MANY_REQUESTS => ("Too many requests", "Wait a minute, then load this page again."),
        status if status.is_server_error() => {
            ("The payment cannot be shown now", "Nothing was paid by this. Load the page again in a moment.")
        }
        _ => ("This cannot be done", "Nothing was paid by this. Go back, load the page again and try once more."),
    }
}

#[cfg(test)]
mod samples {
    use super::super::frame::samples::frame;
    use super::*;
    use crate::admin::components::Sample;

    impl Sample for ProblemPage {
        const TEMPLATE: &'static str = "checkout/problem.html";

        fn samples() -> Vec<Self> {
            let page = |(status, code), request_id: Option<&str>| {
                let (title, detail) = told(status, code);
                let frame = Frame { shop: "Checkout".to_owned(), ..frame(title) };
                Self { frame, detail, request_id: request_id.map(str::to_owned) }
            };
            vec![
                page((StatusCode::NOT_FOUND, ""), None),
                page((StatusCode::TOO_MANY_REQUESTS, ""), None),
                page((StatusCode::UNSUPPORTED_MEDIA_TYPE, ""), None),
                page((StatusCode::FORBIDDEN, "workspace_suspended"), None),
                page((StatusCode::SERVICE_UNAVAILABLE, ""), Some("4f1d2c3b4a5968778695a4b3c2d1e0ff")),
            ]
        }
    }
}
