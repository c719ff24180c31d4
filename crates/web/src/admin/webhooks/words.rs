//! How endpoints do, in words that people read.

use std::time::Duration;

use devhub_domain::webhooks::{Answered, BACKLOG_COUNT_MAX, EndpointOrigin, EndpointStatus, ErrorKind, Health};

use crate::admin::components::{Badge, Tone};
use crate::admin::sentence::sentence;

/// Characters of an address that a row of a table has room for.
const ADDRESS_CHARS_SHOWN: usize = 100;

/// An address as a table shows it; its own page has all of it.
pub(in crate::admin) fn short_address(url: &str) -> String {
    let shown: String = url.chars().take(ADDRESS_CHARS_SHOWN).collect();
    if shown.len() < url.len() { format!("{shown}…") } else { shown }
}

/// Whether an endpoint gets anything.
pub(in crate::admin) fn status_badge(status: EndpointStatus) -> Badge {
    let (tone, text) = match status {
        EndpointStatus::Active => (Tone::Good, "Active"),
        EndpointStatus::Paused => (Tone::Warn, "Paused"),
        EndpointStatus::Disabled(_) => (Tone::Bad, "Disabled"),
        EndpointStatus::Deleted => (Tone::Neutral, "Deleted"),
    };
    Badge { tone, text: text.to_owned() }
}

/// What stands in the place of the event types of an endpoint that payments name; `None` for any other.
pub(super) fn origin_badge(origin: EndpointOrigin) -> Option<Badge> {
    let text = "Payments that name it";
    (origin == EndpointOrigin::Callback).then(|| Badge { tone: Tone::Neutral, text: text.to_owned() })
}

/// Why an endpoint is disabled, as a sentence; empty for others.
pub(in crate::admin) fn disabled_note(status: EndpointStatus) -> String {
    status.disabled_reason().map(|reason| sentence(reason.sentence())).unwrap_or_default()
}

/// How an endpoint that is active does; `None` for others, whose status says it all.
pub(in crate::admin) fn health_badge(status: EndpointStatus, health: Option<&Health>) -> Option<Badge> {
    if status != EndpointStatus::Active {
        return None;
    }
    let (tone, text) = match Health::word(status, health) {
        "healthy" => (Tone::Good, "Healthy"),
        "failing" => (Tone::Warn, "Failing"),
        _ => (Tone::Bad, "Probed"),
    };
    Some(Badge { tone, text: text.to_owned() })
}

/// How an endpoint fails, in a few words; empty when it does not.
pub(in crate::admin) fn health_note(health: Option<&Health>) -> String {
    let failures = |health: &Health| match health.failures {
        1 => "1 failure".to_owned(),
        count => format!("{count} failures in a row"),
    };
    let circuit = |health: &Health| if health.circuit.is_some() { "; circuit open, one probe at a time" } else { "" };
    let note = |health: &Health| format!("{}, last: {}{}", failures(health), health.last_error, circuit(health));
    health.map(note).unwrap_or_default()
}

/// How an attempt ended: the status that was answered, or why there is none.
pub(in crate::admin) fn result_badge(status: Option<u16>, kind: Option<ErrorKind>) -> Badge {
    let tone = if kind.is_none() { Tone::Good } else { Tone::Bad };
    let text = match (status, kind) {
        (Some(status), Some(ErrorKind::Redirect)) => format!("{status} redirect"),
        (Some(status), _) => status.to_string(),
        (None, Some(kind)) => kind.as_str().replace('_', " "),
        (None, None) => "Unknown".to_owned(),
    };
    Badge { tone, text }
}

/// How many of a hundred attempts succeeded, rounded down, so that 100 means that none failed; a dash when there was none.
pub(super) fn success(answered: &Answered) -> String {
    match answered.success_per_10_000() {
        None => "–".to_owned(),
        Some(10_000) => "100 %".to_owned(),
        Some(rate) => format!("{}.{} %", rate / 100, rate % 100 / 10),
    }
}

/// How much waits.
pub(super) fn backlog(deliveries: usize) -> String {
    if deliveries >= BACKLOG_COUNT_MAX { format!("{BACKLOG_COUNT_MAX} or more") } else { deliveries.to_string() }
}

/// How long something took, to three digits or so.
pub(super) fn took(duration: Duration) -> String {
    let micros = duration.as_micros();
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..100_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        100_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{}.{:02} s", micros / 1_000_000, micros % 1_000_000 / 10_000),
    }
}

/// How long something took that was measured in milliseconds.
pub(in crate::admin) fn took_ms(millis: u32) -> String {
    if millis < 1_000 { format!("{millis} ms") } else { took(Duration::from_millis(millis.into())) }
}

/// A pause, in the largest unit that says it exactly.
pub(super) fn pause(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => "at once".to_owned(),
        _ if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_address_is_cut_where_a_row_has_no_room_for_it() {
        assert_eq!(short_address("https://shop.example/"), "https://shop.example/");
        let long = short_address(&format!("https://shop.example/{}", "ä".repeat(1_000)));
        assert_eq!((long.chars().count(), long.ends_with("ä…")), (101, true));
    }

    #[test]
    fn a_hundred_percent_means_that_none_failed() {
        let answered = |successes, failures| success(&Answered { successes, failures, ..Answered::default() });
        assert_eq!(answered(0, 0), "–");
        assert_eq!(answered(3, 0), "100 %");
        assert_eq!(answered(99_999, 1), "99.9 %");
        assert_eq!(answered(2, 1), "66.6 %");
        assert_eq!(answered(0, 1), "0.0 %");
    }

    #[test]
    fn a_duration_has_the_unit_that_people_would_say() {
        for (micros, expected) in
            [(0, "0 µs"), (999, "999 µs"), (1_540, "1.5 ms"), (340_900, "340 ms"), (10_040_000, "10.04 s")]
        {
            assert_eq!(took(Duration::from_micros(micros)), expected);
        }
    }

    #[test]
    fn a_pause_is_told_in_the_largest_unit_that_is_exact() {
        for (seconds, expected) in [(0, "at once"), (5, "5 s"), (90, "90 s"), (300, "5 min"), (86_400, "24 h")] {
            assert_eq!(pause(Duration::from_secs(seconds)), expected);
        }
    }
}
