//! Requests by route, method and status, and how long their answers took.

use std::cell::OnceCell;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Methods that are counted by their names. Anything may be sent as a method, so that the rest is one word.
const METHODS: [&str; 7] = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Statuses that are counted by their numbers: those of our answers and those that actix makes. The rest is one word.
const STATUSES: [(u16, &str); 22] = [
    (200, "200"),
    (201, "201"),
    (202, "202"),
    (204, "204"),
    (304, "304"),
    (400, "400"),
    (401, "401"),
    (403, "403"),
    (404, "404"),
    (405, "405"),
    (408, "408"),
    (409, "409"),
    (412, "412"),
    (413, "413"),
    (414, "414"),
    (415, "415"),
    (422, "422"),
    (428, "428"),
    (429, "429"),
    (431, "431"),
    (500, "500"),
    (503, "503"),
];

/// The route of a path that none of ours matches.
pub(crate) const UNKNOWN: &str = "unknown";

/// The word for every method and status that has none of its own.
const OTHER: &str = "other";

/// Upper bounds of the classes of duration, in seconds: from an answer out of memory to a request that waits for a slow disk.
const DURATIONS_S: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The method when it is one that is counted by its name; any other text may be a token, and is [`OTHER`].
pub(crate) fn known_method(method: &str) -> &'static str {
    METHODS.into_iter().find(|known| *known == method).unwrap_or(OTHER)
}

type ByRequest = Family<[(&'static str, &'static str); 3], Counter>;
type ByRoute = Family<[(&'static str, &'static str); 1], Histogram, fn() -> Histogram>;

/// Requests of all routes.
#[derive(Debug)]
pub(super) struct Requests {
    counts: ByRequest,
    durations: ByRoute,
}

impl Requests {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let counts = ByRequest::default();
        registry.register(
            "devhub_http_requests",
            "Requests that were answered; route is the template of the path, or unknown",
            counts.clone(),
        );
        let durations = ByRoute::new_with_constructor(|| Histogram::new(DURATIONS_S));
        registry.register(
            "devhub_http_request_duration_seconds",
            "Time from the head of a request to the head of its answer",
            durations.clone(),
        );
        let requests = Self { counts, durations };
        // There from the start, like all that needs no request to be known.
        requests.route(UNKNOWN);
        requests
    }

    pub(super) fn route(&self, route: &'static str) -> RouteSeries {
        RouteSeries {
            route,
            counts: self.counts.clone(),
            found: Default::default(),
            duration: self.durations.get_or_create(&[("route", route)]).clone(),
        }
    }
}

/// Requests of one route, as one worker counts them: what it has found once it does not look up again.
#[derive(Debug)]
pub(crate) struct RouteSeries {
    route: &'static str,
    counts: ByRequest,
    found: [[OnceCell<Counter>; STATUSES.len() + 1]; METHODS.len() + 1],
    duration: Histogram,
}

impl RouteSeries {
    /// Counts one answer.
    pub(crate) fn count(&self, method: &Method, status: StatusCode, took: Duration) {
        self.duration.observe(took.as_secs_f64());
        let known = METHODS.iter().position(|known| *known == method.as_str());
        let (row, method) = (known.unwrap_or(METHODS.len()), known.and_then(|at| METHODS.get(at)).unwrap_or(&OTHER));
        let known = STATUSES.iter().position(|(known, _)| *known == status.as_u16());
        let (column, status) =
            (known.unwrap_or(STATUSES.len()), known.and_then(|at| STATUSES.get(at)).map_or(OTHER, |(_, word)| word));
        if let Some(found) = self.found.get(row).and_then(|row| row.get(column)) {
            let labels = || [("route", self.route), ("method", *method), ("status", status)];
            found.get_or_init(|| self.counts.get_or_create(&labels()).clone()).inc();
        }
    }
}
