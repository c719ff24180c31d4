//! How long the steps of an attempt took, side by side: where the time went is seen before it is read.

use std::time::Duration;

use devhub_domain::webhooks::Timings;

/// Units that the whole bar is wide.
const WIDTH: u128 = 1_000;

/// The least that a step is wide which took any time: a pixel or two, so that it is seen at all.
const LEAST: u128 = 4;

/// A bar.
pub(super) struct TimingBar {
    pub(super) parts: Vec<Part>,
}

/// A step. Its colour is that of its class; what it took stands beside the bar in words.
pub(super) struct Part {
    pub(super) class: &'static str,
    pub(super) start: u128,
    pub(super) width: u128,
}

impl TimingBar {
    /// The bar of an attempt; `None` when no step of it is known.
    pub(super) fn of(timings: &Timings, total_ms: u32) -> Option<Self> {
        let known = [timings.dns, timings.connect, timings.tls, timings.first_byte];
        if known.iter().all(Option::is_none) {
            return None;
        }
        let [dns, connect, tls, first_byte] = known.map(|step| step.unwrap_or_default().as_micros());
        let before = dns + connect + tls;
        let total = Duration::from_millis(total_ms.into()).as_micros().max(first_byte).max(before).max(1);
        let waited = first_byte.saturating_sub(before);
        // The rest is the body, or the wait for an answer that never came.
        let rest = total - before - waited;
        let steps = [
            ("timing-dns", dns),
            ("timing-connect", connect),
            ("timing-tls", tls),
            ("timing-wait", waited),
            ("timing-rest", rest),
        ];
        let mut start = 0;
        let mut parts = Vec::new();
        for (class, micros) in steps.into_iter().filter(|(_, micros)| *micros > 0) {
            let width = (micros * WIDTH / total).max(LEAST).min(WIDTH - start);
            parts.push(Part { class, start, width });
            start += width;
        }
        Some(Self { parts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(micros: [u64; 4], total_ms: u32) -> Vec<(&'static str, u128, u128)> {
        let [dns, connect, tls, first_byte] = micros.map(|micros| (micros > 0).then(|| Duration::from_micros(micros)));
        let bar = TimingBar::of(&Timings { dns, connect, tls, first_byte }, total_ms);
        let parts = bar.map(|bar| bar.parts).unwrap_or_default();
        parts.iter().map(|part| (part.class, part.start, part.width)).collect()
    }

    #[test]
    fn each_step_is_as_wide_as_it_took_of_the_whole() {
        let whole = drawn([10_000, 20_000, 30_000, 80_000], 100);
        let expected = [
            ("timing-dns", 0, 100),
            ("timing-connect", 100, 200),
            ("timing-tls", 300, 300),
            ("timing-wait", 600, 200),
            ("timing-rest", 800, 200),
        ];
        assert_eq!(whole, expected);
    }

    #[test]
    fn a_step_that_took_no_time_to_speak_of_is_still_seen_and_nothing_is_wider_than_the_bar() {
        assert_eq!(drawn([1, 0, 0, 0], 10_000), [("timing-dns", 0, 4), ("timing-rest", 4, 996)]);
        assert_eq!(drawn([0, 0, 0, 0], 10), []);
    }
}
