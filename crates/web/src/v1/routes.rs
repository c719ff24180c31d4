//! Every route of OwnPay's API.

use actix_web::dev::HttpServiceFactory;
use actix_web::middleware::from_fn;
use actix_web::web;

use super::cors::cors;
use super::{api_keys, customers, deliveries, health, payments, refunds, transactions, webhook_tests};
use crate::openapi::Operation;
use crate::problem_body::Problem;
use crate::request::Path;

/// What the addresses of all its paths begin with.
pub(crate) const SCOPE: &str = "/api/v1";

/// Whether a path is one of this API, served or not.
pub(crate) fn is_below(path: &str) -> bool {
    path.strip_prefix(SCOPE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The whole API. A slash at the end of a path is passed over, as OwnPay does.
pub(crate) fn root() -> impl HttpServiceFactory + use<> {
    let scope = web::scope(SCOPE).default_service(web::to(async || Problem::route_not_found()));
    let scope = paths().into_iter().fold(scope, |scope, path| scope.service(path.into_resource()));
    scope.wrap(from_fn(cors))
}

/// A path of this API.
pub(super) fn path(template: &'static str, allowed: &'static str) -> Path {
    Path::below_with_slash(SCOPE, template, allowed)
}

/// Every path. Among those of a kind the first ones are compared first.
pub(crate) fn paths() -> Vec<Path> {
    let nouns = [
        payments::paths,
        transactions::paths,
        refunds::paths,
        customers::paths,
        health::paths,
        webhook_tests::paths,
        deliveries::paths,
        api_keys::paths,
    ];
    nouns.into_iter().flat_map(|paths| paths()).collect()
}

/// Every operation, for the document.
pub(crate) fn operations() -> Vec<Operation> {
    let nouns = [
        payments::operations,
        transactions::operations,
        refunds::operations,
        customers::operations,
        api_keys::operations,
        webhook_tests::operations,
        deliveries::operations,
        health::operations,
    ];
    nouns.into_iter().flat_map(|operations| operations()).collect()
}
