//! HTTP in: the REST API of the Developer Hub and its pages, mountable in any actix app.
//!
//! Either the whole application, with its middleware:
//!
//! ```no_run
//! # fn serve(services: devhub_web::Services) -> std::io::Result<()> {
//! let server = actix_web::HttpServer::new(move || devhub_web::app(services.clone())).bind(("127.0.0.1", 8780))?;
//! # drop(server);
//! # Ok(())
//! # }
//! ```
//!
//! or its routes within an application of one's own: `App::new().wrap(Telemetry::new(&services)).configure(configure(services))`.
//! Without [`Telemetry`] everything works and limits bind, but answers carry neither a request id nor rate limit headers, what pages
//! refuse is answered as the API would, and requests are neither logged nor counted; the limits on the head of a request and the end of
//! loops are [`app`]'s too. [`Metrics`] reach whoever
//! registers them; the others count for nobody.
//!
//! A handler authenticates, parses, calls one use case through [`blocking::run`], [`writes::run`] or `once::run`, and renders. HTTP
//! statuses stand in `problem.rs`, `problem_catalog.rs` and `request/answer.rs`, and once more in the document that describes them.

mod admin;
mod api;
mod app;
mod auth;
pub mod blocking;
mod checkout;
mod client_address;
mod csv;
mod event_problem;
mod head_limits;
mod hop;
mod metrics;
mod middleware;
mod once;
mod openapi;
mod page_problem_catalog;
mod paged_body;
mod problem;
mod problem_body;
mod problem_catalog;
mod problem_entry;
mod rate_problem;
pub mod reference;
mod request;
mod services;
mod test_sends;
mod v1;
pub mod writes;

pub use admin::{MailSettings, NodeFacts, Pages, People};
pub use app::{app, configure};
pub use auth::{KeyHolder, RequireKey, RequireKeyService};
pub use metrics::Metrics;
pub use middleware::Telemetry;
pub use problem_body::{FieldError, Problem};
pub use services::{AuthCheck, RateLimitFields, Readiness, Services, Unready, WebLimits};
pub use v1::MerchantApi;
