//! What is older than the policy is removed, a few rows at a time.

use std::sync::Arc;
use std::time::Duration;

use devhub_delivery::Metrics;
use devhub_domain::causes::chain;
use devhub_domain::notices::Notifier;
use devhub_domain::retention::{Removed, Retention};
use devhub_domain::store::StoreError;
use devhub_storage::Database;
use tokio::sync::Mutex;

use crate::usage::{Usage, remove_old_usage};

/// How often there is a look for what has become old. To the hour is near enough for a policy of days.
const LOOK_EVERY: Duration = Duration::from_hours(1);
/// Between two steps: one takes some ten milliseconds of the writer's time, so that a third of it is taken at most.
const STEP_PAUSE: Duration = Duration::from_millis(20);
/// The same while others wait for the writer.
const BUSY_PAUSE: Duration = Duration::from_millis(200);
/// After the store has failed.
const RETRY_AFTER: Duration = Duration::from_mins(1);

/// Goes through everything that is old, again and again.
pub(crate) async fn remove_regularly(
    retention: Retention,
    usage: Usage,
    database: Database,
    metrics: Metrics,
    notifier: Arc<dyn Notifier>,
) {
    let retention = Arc::new(Mutex::new(retention));
    let mut removed = Removed::default();
    loop {
        let mut own = retention.clone().lock_owned().await;
        let pause = match tokio::task::spawn_blocking(move || own.step()).await {
            Ok(Ok(step)) => {
                metrics.expired(step.expired);
                add(&mut removed, step);
                match step {
                    Removed { is_last: true, .. } => {
                        tell(std::mem::take(&mut removed));
                        notify(&retention, notifier.clone()).await;
                        remove_usage(&usage).await
                    }
                    _ if database.stats().queued > 0 => BUSY_PAUSE,
                    _ => STEP_PAUSE,
                }
            }
            Ok(Err(error)) => failed(&error),
            Err(panicked) => {
                tracing::error!(error = %panicked, "the removal of what is old broke down; trying again");
                RETRY_AFTER
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Tells the operators what has expired. A mail blocks its thread for as long as its server likes.
async fn notify(retention: &Arc<Mutex<Retention>>, notifier: Arc<dyn Notifier>) {
    let notices = retention.lock().await.take_notices();
    let told = tokio::task::spawn_blocking(move || {
        for notice in notices {
            if let Err(error) = notifier.notify(&notice) {
                tracing::error!(notice = notice.kind(), error = chain(&error), "cannot tell the operators");
            }
        }
    });
    if let Err(panicked) = told.await {
        tracing::error!(error = %panicked, "the notifier broke down");
    }
}

async fn remove_usage(usage: &Usage) -> Duration {
    match remove_old_usage(usage).await {
        Ok(0) => LOOK_EVERY,
        Ok(rows) => {
            tracing::info!(rows, "what keys were used for and rate policies decided long ago is removed");
            LOOK_EVERY
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &StoreError) -> Duration {
    tracing::warn!(error = chain(error), "the removal of what is old has to wait: the store failed; trying again");
    RETRY_AFTER
}

fn add(sum: &mut Removed, step: Removed) {
    sum.events += step.events;
    sum.deliveries += step.deliveries;
    sum.attempts += step.attempts;
    sum.expired += step.expired;
    sum.revisions += step.revisions;
    sum.endpoints += step.endpoints;
    sum.stuck_endpoint = sum.stuck_endpoint.or(step.stuck_endpoint);
}

fn tell(removed: Removed) {
    let Removed { events, deliveries, attempts, expired, revisions, endpoints, stuck_endpoint, is_last: _ } = removed;
    if events + deliveries + attempts + revisions + endpoints > 0 {
        tracing::info!(events, deliveries, attempts, revisions, endpoints, "what was old is removed");
    }
    if expired > 0 {
        tracing::warn!(
            expired,
            "deliveries have expired: for as long as events are kept, nobody mended their endpoints or decided"
        );
    }
    if let Some(id) = stuck_endpoint {
        tracing::warn!(endpoint.id = %id, "a deleted endpoint cannot be removed: something still refers to it");
    }
}
