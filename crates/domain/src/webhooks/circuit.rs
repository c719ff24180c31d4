//! When an endpoint counts as failing, and what follows: pure decisions over what is stored of its failures.
//!
//! *Source:* webhooks §2 and §5 case 12; the rule is one sentence, [`CircuitRule::sentence`].

use std::time::Duration;

use super::{EndpointStatus, Failure, FailureKind, Outcome};
use crate::id::{EndpointId, WorkspaceId};
use crate::time::Timestamp;

/// The longest pause between two probes that a rule may have: a receiver that comes back is served within a day.
pub const PROBE_PAUSE_MAX: Duration = Duration::from_hours(24);

/// From how many failures on an endpoint is probed, and when it is disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitRule {
    /// Failures in a row that open the circuit; 0 never opens it.
    pub failures: u32,
    /// The pause before the first probe.
    pub pause: Duration,
    /// The longest pause between two probes.
    pub pause_max: Duration,
    /// For how long nothing but failures disables an endpoint; zero never does.
    pub disable_after: Duration,
    /// How many failures there must have been by then: an endpoint that is asked once a week is not judged by two answers.
    pub disable_failures: u32,
}

impl CircuitRule {
    /// Ten failures, pauses of 30 s to 15 min, five days. *Source:* webhooks §2.
    pub const DEFAULT: Self = Self {
        failures: 10,
        pause: Duration::from_secs(30),
        pause_max: Duration::from_mins(15),
        disable_after: Duration::from_hours(5 * 24),
        disable_failures: 10,
    };

    /// The rule in one sentence, for whoever asks why an endpoint gets nothing.
    pub fn sentence(&self) -> String {
        let opens = (self.failures > 0).then(|| {
            format!(
                "after {} failures in a row an endpoint is asked by one request at a time, first after {}, then after pauses that \
                 double up to {}, until one succeeds",
                self.failures,
                spoken(self.pause),
                spoken(self.pause_max),
            )
        });
        let disables = (!self.disable_after.is_zero()).then(|| {
            format!(
                "after {} with nothing but failures, and at least {} of them, it is disabled",
                spoken(self.disable_after),
                self.disable_failures,
            )
        });
        let parts: Vec<_> = opens.into_iter().chain(disables).collect();
        match parts.as_slice() {
            [] => "failures never stop deliveries.".to_owned(),
            parts => format!("{}.", parts.join("; ")),
        }
    }
}

impl Default for CircuitRule {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A length of time in its largest whole unit.
fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    match units.into_iter().find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length)) {
        Some((length, unit)) => format!("{} {unit}", seconds / length),
        None => format!("{seconds} s"),
    }
}

/// How an endpoint fails. There is none for an endpoint whose latest request succeeded, or that was never asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Which endpoint.
    pub endpoint_id: EndpointId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// Failures since the last success.
    pub failures: u32,
    /// When the first of them was recorded.
    pub failing_since: Timestamp,
    /// When the latest of them was recorded.
    pub failed_at: Timestamp,
    /// What the latest was, in a few words: a status or a kind of failure.
    pub last_error: String,
    /// How the endpoint is probed; `None` while its circuit is closed and everything is sent.
    pub circuit: Option<Circuit>,
}

/// An open circuit: what waits is kept, and one request at a time asks whether the receiver is back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circuit {
    /// Since when.
    pub opened_at: Timestamp,
    /// The pause before the next probe.
    pub pause: Duration,
    /// When the next probe is due, for people and for another node; the node that opened it counts the pause on its monotonic clock.
    pub probe_at: Timestamp,
}

/// A failed request, as far as it says something about its endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestFailure {
    /// Which endpoint.
    pub endpoint_id: EndpointId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// When the request began.
    pub started_at: Timestamp,
    /// What happened, in a few words.
    pub error: String,
}

/// What a failure leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// It was counted.
    Counted(Health),
    /// It opens the circuit.
    Opened(Health),
    /// It was a probe: the next one comes after a longer pause.
    Probed(Health),
    /// Nothing but failures for too long: the endpoint must be disabled.
    Disables(Health),
}

/// What an exchange says about its endpoint; `Ok` is a success, `None` says nothing: the request never left, or was cut off here.
pub(super) fn verdict(outcome: &Outcome) -> Option<Result<(), String>> {
    match outcome {
        Outcome::Answered(answer) if (200..300).contains(&answer.status) => Some(Ok(())),
        Outcome::Answered(answer) => Some(Err(format!("the receiver answered {}", answer.status))),
        Outcome::Failed(Failure { kind: FailureKind::Blocked | FailureKind::Interrupted, .. }) => None,
        Outcome::Failed(failure) => Some(Err(failed_words(failure.kind).to_owned())),
    }
}

/// Fixed words: a receiver's own could be anything, and they are shown to people and sent to other endpoints.
fn failed_words(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Blocked => "the address is not allowed",
        FailureKind::Dns => "the name did not resolve",
        FailureKind::Connect => "there was no connection",
        FailureKind::Tls => "there was no trusted encrypted connection",
        FailureKind::Timeout => "the receiver did not answer in time",
        FailureKind::Protocol => "the answer was no HTTP, or ended in the middle",
        FailureKind::TooLarge => "the head of the answer was too large",
        FailureKind::Interrupted => "this hub was stopped while it asked",
    }
}

impl Health {
    /// The health after one more failure that was recorded at `now`.
    pub fn after(before: Option<Self>, failure: RequestFailure, rule: &CircuitRule, now: Timestamp) -> AfterFailure {
        let RequestFailure { endpoint_id, workspace_id, started_at, error } = failure;
        let is_first = before.is_none();
        let before = before.unwrap_or(Self {
            endpoint_id,
            workspace_id,
            failures: 0,
            failing_since: now,
            failed_at: now,
            last_error: String::new(),
            circuit: None,
        });
        // While a circuit is open, requests leave one after the other. What began before the last failure was recorded had left
        // before it opened, and says nothing about the pause.
        let was_probe = !is_first && started_at >= before.failed_at;
        let failures = before.failures.saturating_add(1);
        let health = Self { failures, failed_at: now, last_error: error, ..before };
        if health.has_failed_too_long(rule, now) {
            return AfterFailure::Disables(health);
        }
        match health.circuit {
            None if rule.failures > 0 && failures >= rule.failures => {
                let circuit = Circuit { opened_at: now, pause: rule.pause, probe_at: now.plus(rule.pause) };
                AfterFailure::Opened(Self { circuit: Some(circuit), ..health })
            }
            Some(circuit) if was_probe => {
                let pause = circuit.pause.saturating_mul(2).min(rule.pause_max).max(rule.pause);
                let circuit = Circuit { pause, probe_at: now.plus(pause), ..circuit };
                AfterFailure::Probed(Self { circuit: Some(circuit), ..health })
            }
            None | Some(_) => AfterFailure::Counted(health),
        }
    }

    /// Every word that people and the API use for how an endpoint does.
    pub const WORDS: [&str; 5] = ["healthy", "failing", "probed", "paused", "disabled"];

    /// The word for how an endpoint in this status does. That it gets nothing says more than how it failed before.
    pub const fn word(status: EndpointStatus, health: Option<&Self>) -> &'static str {
        match (status, health) {
            (EndpointStatus::Active, None) => "healthy",
            (EndpointStatus::Active, Some(Self { circuit: None, .. })) => "failing",
            (EndpointStatus::Active, Some(_)) => "probed",
            (EndpointStatus::Paused | EndpointStatus::Disabled(_) | EndpointStatus::Deleted, _) => status.as_str(),
        }
    }

    /// The health while a probe is on its way that has `within` to come to its end: nobody else sends one before.
    #[must_use]
    pub fn probing(self, now: Timestamp, within: Duration) -> Self {
        let probe_at = |circuit: &Circuit| now.plus(circuit.pause).plus(within);
        let circuit = self.circuit.map(|circuit| Circuit { probe_at: probe_at(&circuit), ..circuit });
        Self { circuit, ..self }
    }

    fn has_failed_too_long(&self, rule: &CircuitRule, now: Timestamp) -> bool {
        !rule.disable_after.is_zero()
            && self.failures >= rule.disable_failures
            && now.since(self.failing_since) >= rule.disable_after
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhooks::Answer;

    const RULE: CircuitRule = CircuitRule { failures: 3, disable_failures: 5, ..CircuitRule::DEFAULT };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn failure(started_at: Timestamp) -> RequestFailure {
        RequestFailure {
            endpoint_id: EndpointId::from_bytes([1; 16]),
            workspace_id: WorkspaceId::from_bytes([2; 16]),
            started_at,
            error: "the receiver answered 500".to_owned(),
        }
    }

    /// What failures at these seconds lead to, each of a request that began a second before.
    fn failing(seconds: &[i64]) -> Vec<AfterFailure> {
        let mut health = None;
        let mut led_to = Vec::new();
        for second in seconds {
            let after = Health::after(health.take(), failure(at(second - 1)), &RULE, at(*second));
            health = Some(of(&after));
            led_to.push(after);
        }
        led_to
    }

    fn of(after: &AfterFailure) -> Health {
        match after {
            AfterFailure::Counted(health)
            | AfterFailure::Opened(health)
            | AfterFailure::Probed(health)
            | AfterFailure::Disables(health) => health.clone(),
        }
    }

    fn pause_s(after: &AfterFailure) -> Option<u64> {
        of(after).circuit.map(|circuit| circuit.pause.as_secs())
    }

    #[test]
    fn the_default_is_one_sentence() {
        assert_eq!(
            CircuitRule::DEFAULT.sentence(),
            "after 10 failures in a row an endpoint is asked by one request at a time, first after 30 s, then after pauses that \
             double up to 15 min, until one succeeds; after 5 d with nothing but failures, and at least 10 of them, it is disabled."
        );
        let never = CircuitRule { failures: 0, disable_after: Duration::ZERO, ..CircuitRule::DEFAULT };
        assert_eq!(never.sentence(), "failures never stop deliveries.");
    }

    #[test]
    fn the_last_failure_of_the_threshold_opens_the_circuit() {
        let led_to = failing(&[10, 20, 30]);
        assert!(matches!(led_to[..], [AfterFailure::Counted(_), AfterFailure::Counted(_), AfterFailure::Opened(_)]));
        let health = of(&led_to[2]);
        assert_eq!((health.failures, health.failing_since, health.failed_at), (3, at(10), at(30)));
        let opened = Circuit { opened_at: at(30), pause: Duration::from_secs(30), probe_at: at(60) };
        assert_eq!(health.circuit, Some(opened));
    }

    #[test]
    fn the_pauses_between_probes_double_up_to_their_longest() {
        let led_to = failing(&[1, 3, 5, 60, 120, 300, 600, 1_200, 2_400, 4_800]);
        let pauses: Vec<_> = led_to.iter().filter_map(pause_s).collect();
        assert_eq!(pauses, [30, 60, 120, 240, 480, 900, 900, 900]);
        assert!(led_to[3..].iter().all(|after| matches!(after, AfterFailure::Probed(_))));
    }

    #[test]
    fn what_had_left_before_the_circuit_opened_is_counted_and_makes_no_pause_longer() {
        let opened = failing(&[10, 20, 30]).remove(2);
        let late = Health::after(Some(of(&opened)), failure(at(25)), &RULE, at(31));
        let AfterFailure::Counted(health) = &late else { panic!("{late:?}") };
        assert_eq!((health.failures, health.circuit), (4, of(&opened).circuit));
    }

    #[test]
    fn only_failures_for_the_whole_time_disable_and_only_enough_of_them() {
        const DAYS_5: i64 = 432_000;
        let cases = [
            ("five days, five failures", vec![0, 10, 20, 30, DAYS_5], true),
            ("a second less", vec![0, 10, 20, 30, DAYS_5 - 1], false),
            ("one failure less", vec![0, 10, 20, DAYS_5], false),
        ];
        for (name, seconds, disables) in cases {
            let last = failing(&seconds).pop();
            assert_eq!(matches!(last, Some(AfterFailure::Disables(_))), disables, "{name}");
        }
    }

    #[test]
    fn zero_is_never() {
        let never = CircuitRule { failures: 0, disable_after: Duration::ZERO, ..RULE };
        let mut health = None;
        for second in 1..=100 {
            let after = Health::after(health, failure(at(second * 10_000)), &never, at(second * 10_000));
            assert!(matches!(after, AfterFailure::Counted(_)), "{after:?}");
            health = Some(of(&after));
        }
    }

    #[test]
    fn a_clock_that_goes_back_neither_disables_nor_shortens_a_pause() {
        let opened = of(&failing(&[10_000, 10_010, 10_020]).remove(2));
        let after = Health::after(Some(opened.clone()), failure(at(9_000)), &RULE, at(9_001));
        assert_eq!(pause_s(&after), Some(30));
        assert!(matches!(after, AfterFailure::Counted(_)));
    }

    #[test]
    fn a_request_that_never_left_says_nothing() {
        let failed = |kind| Outcome::Failed(Failure { kind, detail: String::new() });
        let answered = |status| Outcome::Answered(Answer { status, ..Answer::default() });
        assert_eq!(verdict(&failed(FailureKind::Blocked)), None);
        assert_eq!(verdict(&answered(204)), Some(Ok(())));
        assert_eq!(verdict(&answered(302)), Some(Err("the receiver answered 302".to_owned())));
        let timeout = verdict(&failed(FailureKind::Timeout));
        assert_eq!(timeout, Some(Err("the receiver did not answer in time".to_owned())));
    }
}
