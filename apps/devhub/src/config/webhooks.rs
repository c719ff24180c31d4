//! `[webhooks]`.

use std::num::NonZeroUsize;
use std::time::Duration;

use devhub_domain::webhooks::address::{AddressPolicy, Destination};
use devhub_domain::webhooks::{CircuitRule, EndpointRules, PROBE_PAUSE_MAX, RetrySchedule, RetryScheduleError};

use super::fields::{Fields, Read};

/// Most entries of `webhooks.allow_hosts`: each is compared with every connection that is opened.
const ALLOW_HOSTS_MAX: usize = 200;
const DAY: Duration = Duration::from_hours(24);

/// What may be sent, where to, how much at once, and how often.
#[derive(Clone, Debug)]
pub(crate) struct WebhookSettings {
    /// Which endpoints are accepted.
    pub(crate) rules: EndpointRules,
    /// Largest payload, in bytes.
    pub(crate) payload_bytes_max: usize,
    /// Requests in flight, to all endpoints together.
    pub(crate) in_flight_max: NonZeroUsize,
    /// Requests in flight to one endpoint.
    pub(crate) per_endpoint_max: NonZeroUsize,
    /// How long events are kept with their deliveries and attempts; `None` for ever.
    pub(crate) kept_for: Option<Duration>,
    /// When a failed delivery is tried again.
    pub(crate) schedule: RetrySchedule,
    /// When an endpoint that fails is only probed, and when it is disabled.
    pub(crate) circuit: CircuitRule,
}

impl WebhookSettings {
    pub(super) fn read(fields: &mut Fields) -> Read<Self> {
        let allows_http = fields.flag("webhooks.allow_http");
        let allow = fields.parse_list("webhooks.allow_networks", "networks, such as [\"127.0.0.0/8\", \"::1/128\"]");
        let hosts = read_allow_hosts(fields);
        let payload_bytes_max = fields.integer("webhooks.payload_bytes_max", 1_024..=4_194_304_usize);
        let in_flight_max = fields.positive("webhooks.in_flight_max", 10_000);
        let per_endpoint_max = fields.positive("webhooks.per_endpoint_max", 1_000);
        let retention_days = fields.integer("webhooks.retention_days", 0..=3_650_u32);
        let schedule = read_schedule(fields);
        let circuit = read_circuit(fields);
        Ok(Self {
            rules: EndpointRules { allows_http: allows_http?, policy: AddressPolicy::new(allow?).with_hosts(hosts?) },
            payload_bytes_max: payload_bytes_max?,
            in_flight_max: in_flight_max?,
            per_endpoint_max: per_endpoint_max?,
            kept_for: Some(retention_days?).filter(|days| *days > 0).map(|days| DAY * days),
            schedule: schedule?,
            circuit: circuit?,
        })
    }
}

fn read_allow_hosts(fields: &mut Fields) -> Read<Vec<Destination>> {
    let key = "webhooks.allow_hosts";
    let texts: Vec<String> =
        fields.parse_list(key, "hosts with a port, such as [\"hooks.internal:8443\", \"10.0.0.7:9000\"]")?;
    if texts.len() > ALLOW_HOSTS_MAX {
        let message = format!("must hold at most {ALLOW_HOSTS_MAX} hosts, got {}: allow their network", texts.len());
        return fields.note(key, &message);
    }
    let mut hosts = Vec::with_capacity(texts.len());
    for text in &texts {
        match text.parse() {
            Ok(host) => hosts.push(host),
            Err(error) => return fields.note(key, &format!("{error}, got {text:?}")),
        }
    }
    Ok(hosts)
}

fn read_circuit(fields: &mut Fields) -> Read<CircuitRule> {
    let failures = fields.integer("webhooks.circuit_failures", 0..=1_000_000_u32);
    let pause_s = fields.integer("webhooks.circuit_pause_s", 1..=PROBE_PAUSE_MAX.as_secs());
    let pause_max_s = fields.integer("webhooks.circuit_pause_max_s", 1..=PROBE_PAUSE_MAX.as_secs());
    let disable_after_h = fields.integer("webhooks.disable_after_h", 0..=8_760_u64);
    let disable_failures = fields.integer("webhooks.disable_failures", 1..=1_000_000_u32);
    let (pause_s, pause_max_s) = (pause_s?, pause_max_s?);
    if pause_max_s < pause_s {
        let problem = format!("must be at least webhooks.circuit_pause_s, which is {pause_s}, got {pause_max_s}");
        return fields.note("webhooks.circuit_pause_max_s", &problem);
    }
    Ok(CircuitRule {
        failures: failures?,
        pause: Duration::from_secs(pause_s),
        pause_max: Duration::from_secs(pause_max_s),
        disable_after: Duration::from_hours(disable_after_h?),
        disable_failures: disable_failures?,
    })
}

fn read_schedule(fields: &mut Fields) -> Read<RetrySchedule> {
    let delays = fields.integers("webhooks.retry_delays_s");
    let jitter_percent = fields.integer("webhooks.retry_jitter_percent", 0..=255_u8);
    let delays = delays?.into_iter().map(Duration::from_secs).collect();
    match RetrySchedule::new(delays, jitter_percent?) {
        Ok(schedule) => Ok(schedule),
        Err(error @ RetryScheduleError::Jitter { .. }) => {
            fields.note("webhooks.retry_jitter_percent", &error.to_string())
        }
        Err(error) => fields.note("webhooks.retry_delays_s", &error.to_string()),
    }
}
