//! How long the hub takes to answer calls with a key, whichever door they come to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use devhub_domain::page::Period;
use devhub_domain::testing::ManualClock;
use devhub_domain::time::{Clock, Timestamp};
use devhub_domain::usage::{Step, TimedCalls};

use crate::hub::{Hub, WORKSPACE};

/// A clock that goes on by 40 ms from one look at it to the next.
struct Slow {
    clock: Arc<ManualClock>,
    looks: AtomicU32,
}

impl Clock for Slow {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(40) * self.looks.fetch_add(1, Ordering::Relaxed)
    }
}

/// What is kept of one call to this path.
async fn called(path: &str) -> TimedCalls {
    let mut hub = Hub::new();
    hub.services.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    hub.services.clock = Arc::new(Slow { clock: hub.clock.clone(), looks: AtomicU32::new(0) });
    let key = hub.key("read");
    hub.get(path, &key).await;
    let usage = &hub.services.usage;
    usage.flush().unwrap();
    let hours = usage.hours(Period::default(), Step::Hour).unwrap();
    usage.of_workspace(WORKSPACE, &hours).unwrap().total
}

#[actix_web::test]
async fn a_call_is_timed_from_the_request_to_the_head_of_its_answer() {
    let doors = [
        ("of the hub", "/api/hub/v1/whoami"),
        ("refused there", "/api/hub/v1/keys"),
        ("of merchants", "/api/v1/customers"),
        ("refused there", "/api/v1/api-keys"),
        ("of a proxy", "/auth/check"),
    ];
    for (name, path) in doors {
        let calls = called(path).await;
        let within = [50, 95].map(|percent| calls.latencies.percentile_ms(percent));
        assert_eq!((calls.counts.calls(), within), (1, [Some(48); 2]), "{name}: {path}");
    }
}
