//! The story of a delivery: accepted, tried, tried again, and when next.

use std::time::Duration;

use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Attempt, Delivery, DeliveryState, FailureKind};
use devhub_domain::workspaces::TimeZone;

use super::page::path_of;
use super::state;
use crate::admin::components::{Badge, Link, Moment};
use crate::admin::moments::moment_to_second;
use crate::admin::webhooks::{result_badge, took_ms};

/// Attempts that are told, the newest: a delivery that is resent again and again has more than anybody looks through.
pub(super) const ATTEMPTS_SHOWN: usize = 50;

/// Something that has happened to a delivery, or will.
pub(super) struct Step {
    /// The class that colours its dot.
    pub(super) class: &'static str,
    /// What it is; an attempt leads to what was sent and answered.
    pub(super) title: String,
    pub(super) link: Option<Link>,
    /// Whether it is shown below.
    pub(super) is_shown: bool,
    pub(super) badge: Option<Badge>,
    pub(super) moment: Option<Moment>,
    /// More of it in words; empty when there is nothing more to say.
    pub(super) note: String,
}

/// What is told of a delivery, newest first.
pub(super) fn timeline(
    delivery: &Delivery,
    attempts: &[Attempt],
    shown: Option<u32>,
    (now, zone): (Timestamp, &TimeZone),
) -> Vec<Step> {
    let next = delivery.due_at.map(|due| next(delivery, due, (now, zone)));
    let ended = delivery.ended_at().filter(|_| delivery.state != DeliveryState::Delivered);
    let ended = ended.map(|at| Step {
        badge: Some(state::badge(delivery.state)),
        moment: Some(moment_to_second(at, zone)),
        note: state::meaning(delivery.state).to_owned(),
        ..step("is-bad", "Given up")
    });
    let newest = attempts.iter().rev().take(ATTEMPTS_SHOWN);
    let tried = newest.map(|attempt| tried(attempt, shown == Some(attempt.number), zone));
    let accepted = Step {
        moment: Some(moment_to_second(delivery.created_at, zone)),
        note: "The event was accepted, and this delivery stored with it.".to_owned(),
        ..step("is-neutral", "Accepted")
    };
    next.into_iter().chain(ended).chain(tried).chain([accepted]).collect()
}

fn step(class: &'static str, title: &str) -> Step {
    Step { class, title: title.to_owned(), link: None, is_shown: false, badge: None, moment: None, note: String::new() }
}

fn next(delivery: &Delivery, due: Timestamp, (now, zone): (Timestamp, &TimeZone)) -> Step {
    let number = delivery.attempts.saturating_add(1);
    let note = match delivery.state {
        DeliveryState::Held => "It is sent once its endpoint is resumed.".to_owned(),
        DeliveryState::Withheld => "It is sent once somebody has decided so.".to_owned(),
        DeliveryState::Leased => "It is being sent at this moment.".to_owned(),
        _ => countdown(due.since(now)),
    };
    let title = format!("Next: attempt {number}");
    Step { moment: Some(moment_to_second(due, zone)), note, ..step("is-warn", &title) }
}

fn tried(attempt: &Attempt, is_shown: bool, zone: &TimeZone) -> Step {
    let kind = match (attempt.number, attempt.failure) {
        (_, Some(FailureKind::Interrupted)) => "interrupted, perhaps sent",
        (1, _) => "the first",
        _ => "sent again",
    };
    let detail = attempt.detail.iter().map(String::as_str);
    let took = took_ms(attempt.duration_ms);
    let note: Vec<_> = [kind, &*took].into_iter().chain(detail).collect();
    let kind = attempt.error_kind();
    let title = format!("Attempt {}", attempt.number);
    let href = format!("{}?attempt={}", path_of(attempt.delivery_id), attempt.number);
    Step {
        link: Some(Link { href, text: title.clone() }),
        is_shown,
        badge: Some(result_badge(attempt.status, kind)),
        moment: Some(moment_to_second(attempt.started_at, zone)),
        note: note.join(" · "),
        ..step(if kind.is_none() { "is-good" } else { "is-bad" }, &title)
    }
}

/// How long it is until then, to the two largest units.
pub(super) fn countdown(left: Duration) -> String {
    let seconds = left.as_secs();
    let (hours, minutes, rest) = (seconds / 3_600, seconds % 3_600 / 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, 0) => "Due now.".to_owned(),
        (0, 0, rest) => format!("In {rest} s."),
        (0, minutes, rest) => format!("In {minutes} min {rest} s."),
        (hours, minutes, _) => format!("In {hours} h {minutes} min."),
    }
}

#[cfg(test)]
pub(super) mod samples {
    //! A story with everything in it.

    use super::*;
    use crate::admin::components::{Sample, Tone};

    pub(in crate::admin::deliveries) fn story() -> Vec<Step> {
        let moment = || Moment::samples().into_iter().next();
        let href = "/admin/developer/deliveries/dlv_1?attempt=1".to_owned();
        let tried = Step {
            link: Some(Link { href, text: "Attempt 1".to_owned() }),
            is_shown: true,
            badge: Some(Badge { tone: Tone::Bad, text: "500".to_owned() }),
            moment: moment(),
            note: "the first · 12 ms · no <b>answer</b>".to_owned(),
            ..step("is-bad", "Attempt 1")
        };
        let next = Step { moment: moment(), note: "In 4 min 9 s.".to_owned(), ..step("is-warn", "Next: attempt 2") };
        vec![next, tried, step("is-neutral", "Accepted")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_countdown_has_the_two_largest_units() {
        for (seconds, expected) in [
            (0, "Due now."),
            (45, "In 45 s."),
            (249, "In 4 min 9 s."),
            (21_540, "In 5 h 59 min."),
            (86_400, "In 24 h 0 min."),
        ] {
            assert_eq!(countdown(Duration::from_secs(seconds)), expected);
        }
    }
}
