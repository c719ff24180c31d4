//! Every route.

use actix_web::web::ServiceConfig;

use super::{api_keys, deliveries, endpoints, events, health, whoami};

/// Adds every route. The first ones are compared first: what is called most stands on top.
pub(crate) fn routes(config: &mut ServiceConfig) {
    events::routes(config);
    whoami::routes(config);
    deliveries::routes(config);
    endpoints::routes(config);
    api_keys::routes(config);
    health::routes(config);
}
