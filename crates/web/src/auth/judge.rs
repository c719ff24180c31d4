//! From a request of actix to a verdict: memory decides all but a few, the others wait for the store.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use actix_web::web::Data;
use devhub_domain::api_keys::Denial;
use devhub_domain::guard::{CredentialError, Guard, Look, Presented, Reading, Refused, Request, Verdict};
use devhub_domain::rate::Route;

use crate::blocking;
use crate::client_address::client_address;
use crate::metrics;
use crate::middleware::Record;
use crate::problem_body::Problem;
use crate::services::Services;

/// What one request to an API of the hub costs.
pub(crate) const COST: u32 = 1;

/// A verdict that is there, or the look into the store that it waits for: boxed, because it is rare.
#[expect(clippy::large_enum_variant, reason = "it is part of one request's future, and a box would be an allocation")]
pub(crate) enum Judging {
    /// Taken by the first poll.
    Decided(Option<Verdict>),
    /// Waits for the store.
    Reading(Pin<Box<dyn Future<Output = Result<Verdict, Problem>>>>),
}

impl Future for Judging {
    type Output = Result<Verdict, Problem>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Decided(verdict) => Poll::Ready(Ok(verdict.take().expect("a future is not polled after its end"))),
            Self::Reading(reading) => reading.as_mut().poll(cx),
        }
    }
}

/// What the application was configured with.
pub(crate) fn part<T: 'static>(req: &HttpRequest) -> Result<&Data<T>, Problem> {
    req.app_data().ok_or_else(|| Problem::internal("the application was not configured with its services"))
}

/// What the client calls itself.
pub(crate) fn user_agent(req: &HttpRequest) -> Option<&str> {
    req.headers().get(USER_AGENT).and_then(|value| value.to_str().ok())
}

/// Judges a request.
pub(crate) fn judge(
    guard: &Guard,
    presented: Result<Presented<'_>, CredentialError>,
    request: &Request<'_>,
) -> Judging {
    match guard.look(presented, request) {
        Look::Decided(verdict) => Judging::Decided(Some(verdict)),
        Look::ReadNeeded(reading) => Judging::Reading(Box::pin(read(guard.clone(), reading, Owned::of(request)))),
    }
}

/// A request that outlives its head.
struct Owned {
    /// Method and path.
    route: Option<(String, String)>,
    user_agent: Option<String>,
    rest: Request<'static>,
}

impl Owned {
    fn of(request: &Request<'_>) -> Self {
        let Request { route, address, user_agent, required, cost } = *request;
        let rest = Request { route: None, address, user_agent: None, required, cost };
        let route = route.map(|Route { method, path }| (method.to_owned(), path.to_owned()));
        Self { route, user_agent: user_agent.map(str::to_owned), rest }
    }

    fn request(&self) -> Request<'_> {
        let route = self.route.as_ref().map(|(method, path)| Route { method, path });
        Request { route, user_agent: self.user_agent.as_deref(), ..self.rest }
    }
}

async fn read(guard: Guard, reading: Reading, request: Owned) -> Result<Verdict, Problem> {
    let decided = blocking::run(move || reading.run().map_err(Problem::from)).await?;
    Ok(guard.admit(decided, &request.request()))
}

/// Notes how a request was judged, for its log line, the headers of its answer, and the metrics.
pub(crate) fn note(req: &HttpRequest, services: &Services, judged: &Result<Verdict, Problem>) {
    let Ok(verdict) = judged else {
        return services.metrics.judged(metrics::Verdict::StoreFailed);
    };
    services.metrics.judged(verdict);
    let denial = match verdict.decided {
        Ok(_) => None,
        Err(Refused::Key(refusal)) => Some(refusal.denial),
        Err(Refused::Unchecked { .. }) => Some(Denial::RateLimited),
        Err(Refused::Credential(_)) => return throttled(services, verdict),
    };
    if let Some(admission) = &verdict.admission {
        services.metrics.rate_decided(admission);
    }
    let address = Some(client_address(req, &services.trusted_proxies));
    Record { key_id: verdict.key_id(), address, denial, standing: verdict.standing().copied(), ..Record::default() }
        .note(req);
    throttled(services, verdict);
}

fn throttled(services: &Services, verdict: &Verdict) {
    if verdict.throttled_for.is_some() {
        services.metrics.throttled();
    }
}
