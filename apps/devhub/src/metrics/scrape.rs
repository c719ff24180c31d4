//! One answer of `/metrics`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::time::Clock;
use devhub_domain::webhooks::{Backlog, Deliveries};
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::Sources;
use super::now::register_backlog;

/// How long the backlog is taken for the truth: however often somebody scrapes, the database is asked no more often than this.
const BACKLOG_FRESH_FOR: Duration = Duration::from_secs(5);
/// How long a scrape waits for the database: far below the 10 seconds after which a scraper gives up, because the other figures
/// matter most when it does not answer.
const BACKLOG_WAIT: Duration = Duration::from_secs(2);

/// What the database said last, and when; no backlog when it failed. Locked as long as it is asked, so that one asks at a time.
type Latest = Arc<Mutex<Option<(Duration, Option<Backlog>)>>>;

/// All that is told of a hub.
pub(crate) struct Scrape {
    /// What is counted all the time.
    counted: Registry,
    sources: Sources,
    deliveries: Deliveries,
    clock: Arc<dyn Clock>,
    latest: Latest,
}

impl Scrape {
    /// Tells what `counted` holds, what `sources` say at the time, and what waits in the store.
    pub(crate) fn new(mut counted: Registry, sources: Sources, deliveries: Deliveries, clock: Arc<dyn Clock>) -> Self {
        counted.register(
            "devhub_build",
            "The program that answers",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        let started = Duration::from_micros(u64::try_from(clock.now().as_micros()).unwrap_or_default());
        counted.register(
            "process_start_time_seconds",
            "When the hub started, in seconds since 1970",
            ConstGauge::new(started.as_secs_f64()),
        );
        Self { counted, sources, deliveries, clock, latest: Latest::default() }
    }

    /// The whole answer. Without the backlog when the store does not tell it in time.
    ///
    /// # Errors
    /// When a figure has no text, which none is known to have.
    pub(crate) async fn text(&self) -> Result<String, fmt::Error> {
        let backlog = timeout(BACKLOG_WAIT, self.backlog()).await.ok().flatten();
        let mut now = self.sources.now();
        if let Some(backlog) = backlog {
            register_backlog(&mut now, &backlog, self.clock.now());
        }
        let mut text = String::new();
        encode_registry(&mut text, &self.counted)?;
        encode_registry(&mut text, &now)?;
        encode_eof(&mut text)?;
        Ok(text)
    }

    async fn backlog(&self) -> Option<Backlog> {
        let mut latest = self.latest.clone().lock_owned().await;
        if let Some((at, backlog)) = *latest
            && self.clock.elapsed().saturating_sub(at) < BACKLOG_FRESH_FOR
        {
            return backlog;
        }
        let (deliveries, clock) = (self.deliveries.clone(), self.clock.clone());
        // The lock goes along, because the question goes on when the scrape has given it up.
        let asking = tokio::task::spawn_blocking(move || {
            let backlog = deliveries.backlog();
            if let Err(error) = &backlog {
                tracing::warn!(error = chain(error), "the backlog is missing in the metrics: the store failed");
            }
            *latest = Some((clock.elapsed(), backlog.ok()));
            latest.and_then(|(_, backlog)| backlog)
        });
        // A panic was told by its own hook.
        asking.await.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use devhub_domain::api_keys::KeyDirectory;
    use devhub_domain::rate::{FAILED_AUTHENTICATIONS_PER_MINUTE, Quota};
    use devhub_domain::sealing::{MasterKey, Sealer};
    use devhub_domain::store::{Lane, UnitOfWork};
    use devhub_domain::testing::{ManualClock, MemoryStore, SeededEntropy, endpoint, event};
    use devhub_domain::tx::Tx;
    use devhub_domain::webhooks::{Delivery, RetrySchedule};
    use devhub_limiter::{AddressGuard, Buckets};
    use devhub_storage::{Database, DatabaseUrl, Options};

    use super::*;

    /// A scrape of a hub whose deliveries are in memory.
    fn scrape(store: &Arc<MemoryStore>, clock: &Arc<ManualClock>) -> (Scrape, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite { folder: folder.path().join("data") };
        let quota = Quota::per_minute(FAILED_AUTHENTICATIONS_PER_MINUTE);
        let sources = Sources {
            database: Database::open(&url, Options::default()).unwrap(),
            directory: Arc::new(KeyDirectory::new()),
            buckets: Arc::new(Buckets::new()),
            guard: Arc::new(AddressGuard::new(&quota, clock.clone())),
        };
        let sealer = Arc::new(Sealer::new(&MasterKey::from_bytes([8; 32])));
        let entropy = Arc::new(SeededEntropy::new(1));
        let schedule = Arc::new(RetrySchedule::DEFAULT);
        let deliveries = Deliveries::new(store.clone(), sealer, schedule, clock.clone(), entropy);
        (Scrape::new(Registry::default(), sources, deliveries, clock.clone()), folder)
    }

    /// Stores a delivery that is due at once.
    fn publish(store: &MemoryStore, clock: &ManualClock) {
        let store: &dyn UnitOfWork<dyn Tx> = store;
        let due = Delivery { due_at: Some(clock.now()), ..Delivery::born(&event(1), &endpoint(1), None) };
        let write = store.write(Lane::Interactive, &mut |tx| {
            tx.insert_endpoint(&endpoint(1))?;
            tx.insert_event(&event(1))?;
            tx.insert_deliveries(std::slice::from_ref(&due))
        });
        write.unwrap();
    }

    /// Makes every later transaction fail.
    fn break_store(store: &MemoryStore) {
        let store: &dyn UnitOfWork<dyn Tx> = store;
        let breaks = std::panic::AssertUnwindSafe(|| store.write(Lane::Background, &mut |_| panic!("it breaks")));
        drop(std::panic::catch_unwind(breaks));
    }

    async fn backlog(scrape: &Scrape) -> Vec<String> {
        let text = scrape.text().await.unwrap();
        let wanted = ["devhub_deliveries_waiting ", "devhub_delivery_oldest_due_age_seconds "];
        let lines = text.lines().filter(|line| wanted.iter().any(|name| line.starts_with(name)));
        lines.map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
    }

    #[tokio::test]
    async fn the_store_is_asked_for_the_backlog_once_in_a_while_and_its_age_goes_on() {
        let (store, clock) = (Arc::new(MemoryStore::default()), Arc::new(ManualClock::default()));
        let (scrape, _folder) = scrape(&store, &clock);
        assert_eq!(backlog(&scrape).await, ["0", "0.0"]);
        publish(&store, &clock);
        clock.advance(Duration::from_millis(4_999));
        assert_eq!(backlog(&scrape).await, ["0", "0.0"]);
        clock.advance(Duration::from_millis(1));
        assert_eq!(backlog(&scrape).await, ["1", "5.0"]);
        clock.advance(Duration::from_secs(2));
        assert_eq!(backlog(&scrape).await, ["1", "7.0"]);
    }

    #[tokio::test]
    async fn a_store_that_fails_takes_nothing_but_the_backlog_with_it() {
        let (store, clock) = (Arc::new(MemoryStore::default()), Arc::new(ManualClock::default()));
        let (scrape, _folder) = scrape(&store, &clock);
        break_store(&store);
        assert_eq!(backlog(&scrape).await, Vec::<String>::new());
        let text = scrape.text().await.unwrap();
        assert!(text.contains("\ndevhub_keys 0\n") && text.ends_with("# EOF\n"), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_does_not_answer_is_not_waited_for() {
        let (store, clock) = (Arc::new(MemoryStore::default()), Arc::new(ManualClock::default()));
        let (scrape, _folder) = scrape(&store, &clock);
        // As while another scrape asks.
        let _asking = scrape.latest.clone().lock_owned().await;
        assert_eq!(backlog(&scrape).await, Vec::<String>::new());
    }
}
