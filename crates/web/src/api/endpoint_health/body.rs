//! What is said about the health of an endpoint.

use devhub_domain::webhooks::{Answered, CircuitRule, EndpointReport, Health};
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::{HealthStateWord, TimeText};
use crate::request::Text;

/// How an endpoint does.
#[derive(Serialize, ToSchema)]
#[schema(as = EndpointHealth)]
pub(super) struct HealthBody<'a> {
    #[schema(value_type = HealthStateWord)]
    state: &'static str,
    /// The rule by which endpoints that fail are probed and disabled, in one sentence.
    rule: String,
    /// Failures since the last success.
    #[schema(minimum = 0)]
    failures: u32,
    /// When the first of them was; null when there is none.
    failing_since: Option<TimeText>,
    /// When the latest of them was; null when there is none.
    failed_at: Option<TimeText>,
    /// What the latest of them was; null when there is none.
    last_error: Option<&'a str>,
    /// Since when it is only probed; null when it is not.
    probed_since: Option<TimeText>,
    /// When the next probe is due; null when it is not probed.
    next_probe_at: Option<TimeText>,
    /// Deliveries that wait, are held, or are withheld after a restore; 10000 means that many or more.
    #[schema(minimum = 0, maximum = 10_000)]
    backlog: usize,
    /// When the oldest of them was made; null when there is none.
    oldest_waiting_at: Option<TimeText>,
    /// The last 24 hours, the hour under way included.
    last_24_h: AnsweredBody,
    /// The last 7 days, the hour under way included.
    last_7_d: AnsweredBody,
}

/// How an endpoint has answered. Counters are up to 5 seconds late.
#[derive(Serialize, ToSchema)]
#[schema(as = EndpointAnswers)]
pub(super) struct AnsweredBody {
    /// Attempts that succeeded.
    #[schema(minimum = 0)]
    successes: u64,
    /// Attempts that left and did not.
    #[schema(minimum = 0)]
    failures: u64,
    /// Successes in a hundred attempts; null when there was none.
    #[schema(minimum = 0, maximum = 100)]
    success_percent: Option<f64>,
    /// Within how many milliseconds half of the attempts ended, at most a half too high; null when there was none.
    #[schema(minimum = 1)]
    p50_ms: Option<u32>,
    /// Within how many milliseconds 95 in a hundred attempts ended, at most a half too high; null when there was none.
    #[schema(minimum = 1)]
    p95_ms: Option<u32>,
}

impl From<&Answered> for AnsweredBody {
    fn from(answered: &Answered) -> Self {
        let hundredths = answered.success_per_10_000().and_then(|rate| u32::try_from(rate).ok());
        Self {
            successes: answered.successes,
            failures: answered.failures,
            success_percent: hundredths.map(|rate| f64::from(rate) / 100.0),
            p50_ms: answered.latencies.percentile_ms(50),
            p95_ms: answered.latencies.percentile_ms(95),
        }
    }
}

impl<'a> HealthBody<'a> {
    pub(super) fn new(report: &'a EndpointReport, rule: &CircuitRule) -> Self {
        let health = report.health.as_ref();
        let circuit = health.and_then(|health| health.circuit);
        Self {
            state: Health::word(report.status, health),
            rule: rule.sentence(),
            failures: health.map_or(0, |health| health.failures),
            failing_since: health.map(|health| Text(health.failing_since)),
            failed_at: health.map(|health| Text(health.failed_at)),
            last_error: health.map(|health| health.last_error.as_str()),
            probed_since: circuit.map(|circuit| Text(circuit.opened_at)),
            next_probe_at: circuit.map(|circuit| Text(circuit.probe_at)),
            backlog: report.backlog.deliveries,
            oldest_waiting_at: report.backlog.oldest_at.map(Text),
            last_24_h: (&report.day).into(),
            last_7_d: (&report.week).into(),
        }
    }
}
