//! The series of the HTTP surface, found once and counted by every worker.

use std::sync::Arc;

use devhub_domain::events::Published;
use devhub_domain::rate::Admission;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::requests::Requests;
use super::{RouteSeries, Verdict};

/// Counts what the HTTP surface does. Clones count together.
///
/// [`Metrics::default`] counts for nobody: for an application that has no registry.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Series>);

#[derive(Debug)]
struct Series {
    authentications: [Counter; Verdict::ALL.len()],
    verifications: [Counter; Verdict::ALL.len()],
    throttled: Counter,
    rate_allowed: Counter,
    rate_refused: Counter,
    rate_exempt: Counter,
    rate_unchecked: Counter,
    rate_unavailable: Counter,
    events_accepted: Counter,
    events_duplicate: Counter,
    requests: Requests,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::registered(&mut Registry::default())
    }
}

impl Metrics {
    /// Adds all series to a registry, under names that start with `devhub_`. *Repeat:* a second set under the same names, which no
    /// scraper accepts.
    pub fn registered(registry: &mut Registry) -> Self {
        let authentications = counters(
            registry,
            ("devhub_authentications", "Requests that need a key, by how they were judged"),
            "code",
            Verdict::ALL.map(Verdict::code),
        );
        let verifications = counters(
            registry,
            ("devhub_verifications", "Tokens that a caller asked about, by how they were judged"),
            "code",
            Verdict::ALL.map(Verdict::code),
        );
        let throttled = Counter::default();
        registry.register(
            "devhub_authentication_throttles",
            "Requests that failed to authenticate and were told to wait, because their address had failed too often",
            throttled.clone(),
        );
        let [rate_allowed, rate_refused, rate_exempt, rate_unchecked, rate_unavailable] = counters(
            registry,
            ("devhub_rate_decisions", "Requests with an accepted key, by what the rate limit said"),
            "outcome",
            ["allowed", "refused", "exempt", "unchecked", "unavailable"],
        );
        let [events_accepted, events_duplicate] = counters(
            registry,
            ("devhub_events_published", "Events that were published, new or published before"),
            "outcome",
            ["accepted", "duplicate"],
        );
        let requests = Requests::registered(registry);
        Self(Arc::new(Series {
            authentications,
            verifications,
            throttled,
            rate_allowed,
            rate_refused,
            rate_exempt,
            rate_unchecked,
            rate_unavailable,
            events_accepted,
            events_duplicate,
            requests,
        }))
    }

    /// The series of one route, for one worker.
    pub(crate) fn route(&self, route: &'static str) -> RouteSeries {
        self.0.requests.route(route)
    }

    pub(crate) fn judged(&self, verdict: impl Into<Verdict>) {
        count(&self.0.authentications, verdict.into());
    }

    pub(crate) fn verified(&self, verdict: Verdict) {
        count(&self.0.verifications, verdict);
    }

    pub(crate) fn throttled(&self) {
        self.0.throttled.inc();
    }

    /// Counts what the rate limits said.
    pub(crate) fn rate_decided(&self, admission: &Admission) {
        let counter = match admission {
            Admission::Exempt => &self.0.rate_exempt,
            Admission::Decided(standing) if standing.decision.is_allowed() => &self.0.rate_allowed,
            Admission::Decided(_) => &self.0.rate_refused,
            Admission::Unchecked => &self.0.rate_unchecked,
            Admission::Unavailable { .. } => &self.0.rate_unavailable,
        };
        counter.inc();
    }

    pub(crate) fn events_published(&self, published: &[Published]) {
        for published in published {
            if published.is_duplicate { &self.0.events_duplicate } else { &self.0.events_accepted }.inc();
        }
    }
}

fn count(counters: &[Counter; Verdict::ALL.len()], verdict: Verdict) {
    let at = Verdict::ALL.iter().position(|known| *known == verdict);
    if let Some(counter) = at.and_then(|at| counters.get(at)) {
        counter.inc();
    }
}

/// One counter for each word of a label; all are there from the start, so that the first of its kind is an increase.
fn counters<const N: usize>(
    registry: &mut Registry,
    (name, help): (&str, &str),
    label: &'static str,
    words: [&'static str; N],
) -> [Counter; N] {
    let family = Family::<[(&'static str, &'static str); 1], Counter>::default();
    registry.register(name, help, family.clone());
    words.map(|word| family.get_or_create(&[(label, word)]).clone())
}
