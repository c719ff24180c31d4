//! What each figure is held against.

/// What a figure must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Aim {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

/// Every aim; figures without one are printed for the reader alone.
const AIMS: &[(&str, Aim)] = &[
    ("domain.hot_us", Aim::AtMost(0.3)),
    ("domain.random_100k_us", Aim::AtMost(1.0)),
    ("domain.random_1m_over_100k", Aim::AtMost(1.5)),
    ("domain.bytes_per_key", Aim::AtMost(300.0)),
    ("http.whoami_over_bare_actix", Aim::AtLeast(0.75)),
    ("http.list_1m_p99_ms", Aim::AtMost(5.0)),
    ("keys.verify_over_bare", Aim::AtLeast(0.6)),
    ("keys.auth_check_over_nginx", Aim::AtLeast(0.7)),
    ("limits.over_admitted", Aim::AtMost(0.0)),
    ("limits.decide_ns", Aim::AtMost(60.0)),
    ("limits.spray_rss_mib", Aim::AtMost(24.0)),
    ("pages.keys_10k_p99_ms", Aim::AtMost(20.0)),
    // The issue of the pages asks for 200 ms to the first thing seen; a browser takes 90 to 165 of them for itself,
    // as docs/BENCHMARKS.md tells, so that an answer in the middle must be far below this.
    ("pages.behind_p99_ms", Aim::AtMost(100.0)),
    ("pages.first_visit_kib", Aim::AtMost(60.0)),
    ("publish.sqlite_over_bare", Aim::AtLeast(0.10)),
    ("publish.postgres_over_bare", Aim::AtLeast(0.04)),
    ("start.ready_ms", Aim::AtMost(70.0)),
    ("start.idle_rss_mib", Aim::AtMost(30.0)),
    ("webhooks.sqlite_1_over_limit", Aim::AtLeast(0.15)),
    ("webhooks.sqlite_5_over_limit", Aim::AtLeast(0.25)),
    ("webhooks.postgres_1_over_limit", Aim::AtLeast(0.05)),
    ("webhooks.postgres_5_over_limit", Aim::AtLeast(0.10)),
    ("webhooks.c64_over_c16", Aim::AtLeast(0.95)),
    ("webhooks.publish_over_limit", Aim::AtLeast(0.15)),
    ("webhooks.latency_200_p50_ms", Aim::AtMost(0.4)),
    ("webhooks.latency_200_p99_ms", Aim::AtMost(0.9)),
    ("webhooks.latency_1000_p99_ms", Aim::AtMost(5.0)),
    ("webhooks.drain_1m_over_10k", Aim::AtLeast(0.9)),
    ("webhooks.rate_750k_over_70k", Aim::AtLeast(0.95)),
    ("webhooks.rss_100k_waiting_mib", Aim::AtMost(120.0)),
    ("webhooks.disk_per_event_kb", Aim::AtMost(1.5)),
    ("webhooks.last_delivery_after_restart_s", Aim::AtMost(2.0)),
];

/// The aim of the figure with this name.
pub(super) fn aim(name: &str) -> Option<Aim> {
    AIMS.iter().find(|(known, _)| *known == name).map(|(_, aim)| *aim)
}

impl Aim {
    /// Whether a figure is what it must be.
    pub(super) fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(bound) => value <= bound,
            Self::AtLeast(bound) => value >= bound,
        }
    }
}

impl std::fmt::Display for Aim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtMost(bound) => write!(f, "<= {bound}"),
            Self::AtLeast(bound) => write!(f, ">= {bound}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aim_includes_its_bound() {
        assert!(Aim::AtMost(0.3).holds(0.3));
        assert!(!Aim::AtMost(0.3).holds(0.300_001));
        assert!(Aim::AtLeast(0.75).holds(0.75));
        assert!(!Aim::AtLeast(0.75).holds(0.749));
    }

    #[test]
    fn a_figure_without_an_aim_is_only_printed() {
        assert_eq!(aim("domain.random_1m_us"), None);
    }
}
