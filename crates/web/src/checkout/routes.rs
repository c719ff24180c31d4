//! The paths of the checkout.

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use super::headers::on_every_answer;
use super::{change, pay_page, result_page};
use crate::problem_body::Problem;
use crate::request::{Path, get, post};

/// What the addresses of all its pages begin with.
pub(super) const SCOPE: &str = "/checkout";

/// Adds the pages. The files that they are shown with are the hub's, under an address of their own.
pub(crate) fn routes(config: &mut ServiceConfig) {
    let scope = web::scope(SCOPE).default_service(web::to(async || Problem::route_not_found()));
    let scope = paths().into_iter().fold(scope, |scope, path| scope.service(path.into_resource()));
    // Not compressed: a page has 4 KiB, and holds its own address beside texts of the merchant.
    config.service(scope.wrap(from_fn(on_every_answer)));
}

fn paths() -> [Path; 4] {
    const SHOWN: &str = "GET, HEAD";
    let path = |template, allowed| Path::below(SCOPE, template, allowed);
    [
        path("/checkout/intent/{token}", SHOWN).route(get().to(pay_page::show)),
        path("/checkout/intent/{token}/result", SHOWN).route(get().to(result_page::show)),
        path("/checkout/intent/{token}/pay", "POST").route(post().to(change::pay)),
        path("/checkout/intent/{token}/cancel", "POST").route(post().to(change::cancel)),
    ]
}
