//! What stands in memory at the moment of a scrape: read then, instead of counted all the time.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::api_keys::KeyDirectory;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{BACKLOG_COUNT_MAX, Backlog};
use devhub_limiter::{AddressGuard, Buckets};
use devhub_storage::{BATCH_SIZES, Database, WriterStats};
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::process::resident_memory_bytes;

/// Where the figures are read.
pub(crate) struct Sources {
    /// Its writer.
    pub(crate) database: Database,
    /// The keys in memory.
    pub(crate) directory: Arc<KeyDirectory>,
    /// What the rate limits have counted.
    pub(crate) buckets: Arc<Buckets>,
    /// What failed authentications have counted.
    pub(crate) guard: Arc<AddressGuard>,
}

impl Sources {
    /// The figures of this moment. Takes some locks for a moment, and waits for nothing.
    pub(super) fn now(&self) -> Registry {
        let mut registry = Registry::default();
        register_writer(&mut registry, &self.database.stats());
        gauge(&mut registry, "devhub_keys", "Keys in memory, in every state", self.directory.len());
        self.register_buckets(&mut registry);
        if let Some(bytes) = resident_memory_bytes() {
            registry.register("process_resident_memory_bytes", "Resident memory", ConstGauge::new(bytes));
        }
        registry
    }

    fn register_buckets(&self, registry: &mut Registry) {
        let (limits, failures) = (self.buckets.stats(), self.guard.stats());
        gauge(registry, "devhub_rate_key_buckets", "Rate limit buckets of keys and workspaces", limits.subjects);
        gauge(
            registry,
            "devhub_rate_address_buckets",
            "Rate limit buckets of addresses, those of failed authentications included",
            limits.addresses + failures.addresses,
        );
        registry.register(
            "devhub_rate_buckets_evicted",
            "Buckets of addresses that were forgotten before they were idle, for want of room",
            ConstCounter::new(limits.evicted + failures.evicted),
        );
        registry.register(
            "devhub_rate_buckets_folded",
            "Requests that were counted by the network of their address, for want of room",
            ConstCounter::new(limits.folded + failures.folded),
        );
    }
}

/// Adds what waits to be delivered.
pub(super) fn register_backlog(registry: &mut Registry, backlog: &Backlog, now: Timestamp) {
    let help = format!("Deliveries that wait for an attempt, counted up to {BACKLOG_COUNT_MAX}: that many or more");
    gauge(registry, "devhub_deliveries_waiting", &help, backlog.waiting);
    let age = backlog.oldest_due_at.map_or(Duration::ZERO, |due_at| now.since(due_at));
    registry.register(
        "devhub_delivery_oldest_due_age_seconds",
        "How long ago the longest due delivery of an active endpoint was due; 0 when none is",
        ConstGauge::new(age.as_secs_f64()),
    );
}

fn register_writer(registry: &mut Registry, stats: &WriterStats) {
    gauge(registry, "devhub_writer_queue_jobs", "Writes that wait", stats.queued);
    registry.register("devhub_writer_batches", "Batches of writes that were begun", ConstCounter::new(stats.batches));
    registry.register("devhub_writer_jobs", "Writes in these batches", ConstCounter::new(stats.jobs));
    registry.register("devhub_writer_batch_jobs", "Writes in one batch", Batches(*stats));
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: usize) {
    registry.register(name, help, ConstGauge::new(value));
}

/// The sizes of batches as a histogram.
#[derive(Debug)]
struct Batches(WriterStats);

impl EncodeMetric for Batches {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> std::fmt::Result {
        let Self(stats) = self;
        let bounds = BATCH_SIZES.into_iter().map(float).chain([f64::INFINITY]);
        let classes: Vec<_> = bounds.zip(stats.batches_by_size).collect();
        encoder.encode_histogram::<NoLabelSet>(float(stats.jobs), stats.batches, &classes, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

/// The nearest float: a duration is what the standard library makes one of without a cast.
fn float(number: u64) -> f64 {
    Duration::from_secs(number).as_secs_f64()
}
