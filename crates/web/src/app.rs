//! The application: every route, and the middleware around them.

use actix_web::dev::{Service as _, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, Error, HttpRequest, web};

use crate::middleware::Telemetry;
use crate::problem_body::Problem;
use crate::services::Services;
use crate::{admin, api, checkout, head_limits, hop, v1};

/// The whole application. Call it once for each worker: each gets a counter of references of its own, so that workers do not
/// contend for one.
pub fn app(
    services: Services,
) -> App<impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>> {
    let telemetry = Telemetry::new(&services);
    let hop_mark = services.hop_mark;
    App::new()
        .configure(configure(services))
        .service(admin::root())
        .default_service(web::to(route_not_found))
        .wrap_fn(move |req, service| {
            let checked = head_limits::check(req.head()).map_err(Problem::from);
            let called = match checked.and_then(|()| hop::check(req.head(), hop_mark)) {
                Ok(()) => Ok(service.call(req)),
                Err(problem) => Err(req.error_response(problem)),
            };
            async move {
                match called {
                    Ok(answer) => answer.await,
                    Err(refused) => Ok(refused),
                }
            }
        })
        .wrap(telemetry)
}

/// The routes alone, for an application that has its own middleware and its own answer to unknown paths.
pub fn configure(services: Services) -> impl Fn(&mut ServiceConfig) + Clone {
    let guard = Data::new(services.guard());
    let services = Data::new(services);
    move |config| {
        config.app_data(services.clone()).app_data(guard.clone());
        api::routes(config);
        config.service(v1::root());
        admin::routes(config, &services.pages);
        checkout::routes(config);
    }
}

async fn route_not_found(_req: HttpRequest) -> Problem {
    Problem::route_not_found()
}
