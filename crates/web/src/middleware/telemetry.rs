//! Around every request: an id, a whole answer, where the caller stands with its rate limit, one access line, one count.
//!
//! *Threat:* a secret in the log, a path that forges log lines, a cause that leaks in an answer, a panic that cuts a connection.
//! *Defence:* the line names the route and not the path, a method only when it is a known one, the key's id and not its token;
//! causes go to the log and a request id to the client; a panic becomes a 500. *Not defended:* what panic messages hold: they are
//! written by us and carry no input.

use std::any::Any;
use std::future::{Future, Ready, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::{Method, StatusCode};
use actix_web::{Error, HttpMessage as _};
use devhub_domain::api_keys::TokenPrefix;
use devhub_domain::entropy::Entropy;
use devhub_domain::explain::Explanations;
use devhub_domain::rate::Policy;
use devhub_domain::time::Clock;
use devhub_domain::usage::KeyUsage;

use super::Record;
use super::rate_limit::RateLimitHeaders;
use super::refused::Refused;
use super::request_id::{RequestId, RequestIds, X_REQUEST_ID};
use super::usage::UsageLog;
use crate::metrics::{Metrics, RouteSeries, UNKNOWN, known_method};
use crate::problem_body::Problem;
use crate::request::Template;
use crate::services::{RateLimitFields, Services};
use crate::v1;

/// Gives each request an id, completes problem bodies with it, tells of the rate limit, writes one access line, and counts.
///
/// A handler that panics takes with it what was known of its request: that 500 alone says nothing of the rate limit.
#[derive(Clone)]
pub struct Telemetry {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    policy: Policy,
    fields: RateLimitFields,
    metrics: Metrics,
    usage: KeyUsage,
    explanations: Explanations,
    token_prefix: TokenPrefix,
}

impl std::fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telemetry").finish_non_exhaustive()
    }
}

impl Telemetry {
    /// The middleware with the clock, the entropy and the limits of these services.
    pub fn new(services: &Services) -> Self {
        Self {
            clock: Arc::clone(&services.clock),
            entropy: Arc::clone(&services.entropy),
            policy: *services.rates.default_policy(),
            fields: services.rate_limit_fields,
            metrics: services.metrics.clone(),
            usage: services.usage.clone(),
            explanations: services.explanations.clone(),
            token_prefix: services.token_prefix.clone(),
        }
    }
}

impl<S> Transform<S, ServiceRequest> for Telemetry
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = TelemetryService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(TelemetryService {
            service: Rc::new(service),
            ids: RequestIds::new(Arc::clone(&self.entropy)),
            worker: Rc::new(Worker {
                clock: Arc::clone(&self.clock),
                rate_limit: RateLimitHeaders::new(self.policy, self.fields),
                usage: UsageLog {
                    usage: self.usage.clone(),
                    explanations: self.explanations.clone(),
                    token_prefix: self.token_prefix.clone(),
                },
                unknown: self.metrics.route(UNKNOWN),
                metrics: self.metrics.clone(),
            }),
        }))
    }
}

/// [`Telemetry`] of one worker.
pub struct TelemetryService<S> {
    service: Rc<S>,
    ids: RequestIds,
    worker: Rc<Worker>,
}

/// What all answers of one worker need.
struct Worker {
    clock: Arc<dyn Clock>,
    rate_limit: RateLimitHeaders,
    usage: UsageLog,
    metrics: Metrics,
    unknown: RouteSeries,
}

impl<S> std::fmt::Debug for TelemetryService<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TelemetryService").finish_non_exhaustive()
    }
}

impl<S> Service<ServiceRequest> for TelemetryService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(service);

    fn call(&self, req: ServiceRequest) -> Self::Future {
        let started = self.worker.clock.elapsed();
        let id = self.ids.choose(req.headers());
        let (method, is_merchant) = (req.method().clone(), v1::is_below(req.path()));
        req.extensions_mut().insert(Record::default());
        let service = Rc::clone(&self.service);
        let worker = Rc::clone(&self.worker);
        Box::pin(async move {
            // Within the caught part, so that a panic before the first `.await` is caught too.
            let outcome = caught(async move { service.call(req).await }).await;
            let took = worker.clock.elapsed().saturating_sub(started);
            match outcome {
                Ok(Ok(res)) => Ok(worker.finished(res, &id, took)),
                Ok(Err(error)) => {
                    Err(worker.unfinished(Problem::from_service(&error), id, (&method, is_merchant), took))
                }
                Err(panic) => {
                    let problem = Problem::panicked(&message_of(&*panic));
                    Err(worker.unfinished(problem, id, (&method, is_merchant), took))
                }
            }
        })
    }
}

async fn caught<F: Future>(work: F) -> Result<F::Output, Box<dyn Any + Send>> {
    let mut work = pin!(work);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

impl Worker {
    fn finished(&self, mut res: ServiceResponse, id: &RequestId, took: Duration) -> ServiceResponse {
        let mut code = None;
        if let Some(refused) = Refused::of(&res, id) {
            code = Some(refused.code);
            log_cause(refused.cause.as_deref(), refused.code, id);
            let (req, _) = res.into_parts();
            res = ServiceResponse::new(req, refused.answer);
        }
        let record = res.request().extensions().get::<Record>().copied().unwrap_or_default();
        if let Some(standing) = &record.standing {
            self.rate_limit.write(res.headers_mut(), standing);
        }
        self.usage.note(&*self.clock, res.request(), id, (&record, res.status(), took));
        res.headers_mut().insert(X_REQUEST_ID, id.to_header());
        let (req, status) = (res.request(), res.status());
        let template = req.app_data::<Template>();
        template.map_or(&self.unknown, |route| route.series(&self.metrics)).count(req.method(), status, took);
        if tracing::enabled!(target: "devhub_web::access", tracing::Level::INFO) {
            let route = template.map_or(UNKNOWN, |template| template.path);
            Line { id, method: req.method(), route, status, code, took }.write(&record);
        }
        res
    }

    /// No answer came back, only an error: actix makes one of it after us, so that the id must travel inside.
    fn unfinished(
        &self,
        problem: Problem,
        id: RequestId,
        (method, is_merchant): (&Method, bool),
        took: Duration,
    ) -> Error {
        log_cause(problem.cause().as_deref(), problem.code(), &id);
        let (status, code) = (problem.status(), Some(problem.code()));
        self.unknown.count(method, status, took);
        Line { id: &id, method, route: UNKNOWN, status, code, took }.write(&Record::default());
        if is_merchant {
            v1::Failure::from(problem).with_request_id(id).into()
        } else {
            problem.with_request_id(id).into()
        }
    }
}

fn log_cause(cause: Option<&str>, code: &str, id: &RequestId) {
    if let Some(cause) = cause {
        tracing::error!(request.id = id.as_str(), code, "request failed: {cause}");
    }
}

/// One access line.
struct Line<'a> {
    id: &'a RequestId,
    method: &'a Method,
    route: &'static str,
    status: StatusCode,
    /// What the answer says is wrong.
    code: Option<&'static str>,
    took: Duration,
}

impl Line<'_> {
    fn write(&self, record: &Record) {
        tracing::event!(
            target: "devhub_web::access",
            tracing::Level::INFO,
            request.id = self.id.as_str(),
            method = known_method(self.method.as_str()),
            route = self.route,
            status = self.status.as_u16(),
            code = self.code,
            duration_ms = milliseconds(self.took),
            key.id = record.key_id.map(tracing::field::display),
            operator.id = record.operator_id.map(tracing::field::display),
            denial = record.denial.map(|denial| denial.code()),
            "answered"
        );
    }
}

/// Milliseconds with three decimals, because most answers take less than one. Past 71 minutes, 71 minutes.
fn milliseconds(took: Duration) -> f64 {
    f64::from(u32::try_from(took.as_micros()).unwrap_or(u32::MAX)) / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "each number is the one nearest to its text, divided or read")]
    fn a_duration_is_shown_in_milliseconds_to_the_microsecond() {
        let cases = [(Duration::ZERO, 0.0), (Duration::from_nanos(12_345_999), 12.345), (Duration::MAX, 4_294_967.295)];
        for (took, shown) in cases {
            assert_eq!(milliseconds(took), shown, "{took:?}");
        }
    }
}
