//! What the engine counts.
//!
//! Labels are words of this program: how an attempt ended, what became of a delivery. No endpoint, no receiver and no workspace is
//! one, because there are as many of those as customers make.

use std::sync::Arc;

use devhub_domain::webhooks::{Close, Delivery, DeliveryState, Exchange, FailureKind, Outcome};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper bounds of the classes of duration, in seconds. An attempt ends at its deadline at the latest.
const DURATIONS_S: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Counts what the engine does. Clones count together.
///
/// [`Metrics::default`] counts for nobody: for an application that has no registry.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Series>);

#[derive(Debug)]
struct Series {
    attempts: Attempts,
    duration: Histogram,
    latency: Histogram,
    finished: Finished,
    in_flight: Gauge,
    probed: Gauge,
}

#[derive(Debug)]
struct Attempts {
    delivered: Counter,
    informational: Counter,
    redirected: Counter,
    refused: Counter,
    receiver_failed: Counter,
    no_status: Counter,
    blocked: Counter,
    dns: Counter,
    connect: Counter,
    tls: Counter,
    timeout: Counter,
    protocol: Counter,
    too_large: Counter,
}

#[derive(Debug)]
struct Finished {
    delivered: Counter,
    exhausted: Counter,
    blocked: Counter,
    aborted: Counter,
    parked: Counter,
    expired: Counter,
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
        let attempts = Attempts::registered(registry);
        let duration = histogram(
            registry,
            "devhub_delivery_attempt_duration_seconds",
            "Time of an attempt, from the look-up of the name to the last byte of the answer",
        );
        let latency = histogram(
            registry,
            "devhub_delivery_latency_seconds",
            "Time from the acceptance of an event to its delivery, where the first attempt succeeded",
        );
        let finished = Finished::registered(registry);
        let in_flight = Gauge::default();
        registry.register("devhub_deliveries_in_flight", "Attempts under way in this process", in_flight.clone());
        let probed = Gauge::default();
        let help = "Endpoints that fail and are only probed, of all workspaces, as this process knows";
        registry.register("devhub_endpoints_probed", help, probed.clone());
        Self(Arc::new(Series { attempts, duration, latency, finished, in_flight, probed }))
    }

    /// Says how many circuits are open.
    pub(crate) fn probed(&self, endpoints: usize) {
        self.0.probed.set(i64::try_from(endpoints).unwrap_or(i64::MAX));
    }

    /// Counts an attempt as under way for as long as the answer lives.
    pub(crate) fn under_way(&self) -> UnderWay {
        self.0.in_flight.inc();
        UnderWay(self.0.in_flight.clone())
    }

    pub(crate) fn attempted(&self, exchange: &Exchange) {
        self.0.attempts.of(&exchange.outcome).inc();
        self.0.duration.observe(exchange.duration.as_secs_f64());
    }

    /// Counts deliveries that were given up because their endpoints could be sent nothing for as long as events are kept. Whoever
    /// removes what is old closes them, and no engine.
    pub fn expired(&self, deliveries: usize) {
        self.0.finished.expired.inc_by(u64::try_from(deliveries).unwrap_or(u64::MAX));
    }

    /// Counts a delivery that has just become what it is; one that is not over yet, or was over before, is passed over.
    pub(crate) fn recorded(&self, before: &Delivery, delivery: &Delivery) {
        if before.resend.is_some_and(|resend| resend.state == delivery.state) {
            return;
        }
        let finished = &self.0.finished;
        match delivery.state {
            DeliveryState::Delivered => finished.delivered.inc(),
            DeliveryState::Exhausted => finished.exhausted.inc(),
            DeliveryState::Closed(Close::Blocked) => finished.blocked.inc(),
            DeliveryState::Closed(Close::Aborted) => finished.aborted.inc(),
            DeliveryState::Parked => finished.parked.inc(),
            // The store closes what waits for a deleted endpoint, people what is withheld, and the retention what waits in vain; nothing
            // ends so here.
            DeliveryState::Closed(Close::EndpointDeleted | Close::Superseded | Close::Expired)
            | DeliveryState::Withheld
            | DeliveryState::Leased
            | DeliveryState::Waiting
            | DeliveryState::Held => return,
        };
        if delivery.state == DeliveryState::Delivered
            && delivery.attempts == 1
            && let Some(finished_at) = delivery.finished_at
        {
            self.0.latency.observe(finished_at.since(delivery.created_at).as_secs_f64());
        }
    }
}

/// An attempt that is under way.
pub(crate) struct UnderWay(Gauge);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Attempts {
    fn registered(registry: &mut Registry) -> Self {
        let family = by_one_label();
        let help = "Attempts, by how they ended: delivered, the class of another status, or why nothing was answered";
        registry.register("devhub_delivery_attempts", help, family.clone());
        let counter = |word| family.get_or_create(&[("outcome", word)]).clone();
        // The words of stores: graphs go on under the names that they have.
        let failure = |kind: FailureKind| counter(kind.stored_word());
        Self {
            delivered: counter("delivered"),
            informational: counter("1xx"),
            redirected: counter("3xx"),
            refused: counter("4xx"),
            receiver_failed: counter("5xx"),
            no_status: counter("other"),
            blocked: failure(FailureKind::Blocked),
            dns: failure(FailureKind::Dns),
            connect: failure(FailureKind::Connect),
            tls: failure(FailureKind::Tls),
            timeout: failure(FailureKind::Timeout),
            protocol: failure(FailureKind::Protocol),
            too_large: failure(FailureKind::TooLarge),
        }
    }

    fn of(&self, outcome: &Outcome) -> &Counter {
        match outcome {
            Outcome::Answered(answer) => match answer.status {
                200..300 => &self.delivered,
                100..200 => &self.informational,
                300..400 => &self.redirected,
                400..500 => &self.refused,
                500..600 => &self.receiver_failed,
                _ => &self.no_status,
            },
            Outcome::Failed(failure) => match failure.kind {
                FailureKind::Blocked => &self.blocked,
                FailureKind::Dns => &self.dns,
                FailureKind::Connect => &self.connect,
                FailureKind::Tls => &self.tls,
                FailureKind::Timeout => &self.timeout,
                FailureKind::Protocol => &self.protocol,
                FailureKind::TooLarge => &self.too_large,
                // No sender reports what was cut off with it.
                FailureKind::Interrupted => &self.no_status,
            },
        }
    }
}

impl Finished {
    fn registered(registry: &mut Registry) -> Self {
        let family = by_one_label();
        let help = "Deliveries that came to an end, by the state that they ended in; a resend may end once more";
        registry.register("devhub_deliveries_finished", help, family.clone());
        let counter = |state: DeliveryState| family.get_or_create(&[("state", state.as_str())]).clone();
        Self {
            delivered: counter(DeliveryState::Delivered),
            exhausted: counter(DeliveryState::Exhausted),
            blocked: counter(DeliveryState::Closed(Close::Blocked)),
            aborted: counter(DeliveryState::Closed(Close::Aborted)),
            parked: counter(DeliveryState::Parked),
            expired: counter(DeliveryState::Closed(Close::Expired)),
        }
    }
}

fn by_one_label() -> Family<[(&'static str, &'static str); 1], Counter> {
    Family::default()
}

fn histogram(registry: &mut Registry, name: &str, help: &str) -> Histogram {
    let histogram = Histogram::new(DURATIONS_S);
    registry.register(name, help, histogram.clone());
    histogram
}
