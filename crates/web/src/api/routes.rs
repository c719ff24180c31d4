//! Every route.

use actix_web::web::ServiceConfig;

use super::{
    api_keys, audit, auth_check, deliveries, endpoint_health, endpoint_secrets, endpoint_tests, endpoints,
    event_outcomes, event_types, events, explain, health, key_usage, limits, openapi, rates, resends, whoami,
    workspaces,
};
use crate::openapi::Operation;
use crate::request::Path;

/// Adds every route: those without a placeholder first, which are compared as texts. The others are regular expressions to actix, and
/// a few of them before a path that is called often cost it a twentieth of its time.
pub(crate) fn routes(config: &mut ServiceConfig) {
    let (patterns, texts): (Vec<_>, Vec<_>) = paths().partition(Path::has_placeholder);
    for path in texts.into_iter().chain(patterns) {
        config.service(path.into_resource());
    }
}

/// Every path. Among those of a kind the first ones are compared first: what is called most stands on top.
pub(crate) fn paths() -> impl Iterator<Item = Path> {
    let nouns = [
        events::paths,
        auth_check::paths,
        whoami::paths,
        api_keys::paths,
        key_usage::paths,
        explain::paths,
        deliveries::paths,
        resends::paths,
        endpoints::paths,
        endpoint_secrets::paths,
        endpoint_tests::paths,
        event_outcomes::paths,
        endpoint_health::paths,
        event_types::paths,
        limits::paths,
        rates::paths,
        audit::paths,
        workspaces::paths,
        health::paths,
        openapi::paths,
    ];
    nouns.into_iter().flat_map(|paths| paths())
}

/// Every operation, for the document.
pub(crate) fn operations() -> Vec<Operation> {
    let nouns = [
        whoami::operations,
        auth_check::operations,
        api_keys::operations,
        key_usage::operations,
        explain::operations,
        endpoints::operations,
        endpoint_secrets::operations,
        endpoint_tests::operations,
        endpoint_health::operations,
        event_types::operations,
        events::operations,
        event_outcomes::operations,
        deliveries::operations,
        resends::operations,
        limits::operations,
        rates::operations,
        audit::operations,
        workspaces::operations,
        health::operations,
        openapi::operations,
    ];
    nouns.into_iter().flat_map(|operations| operations()).collect()
}
