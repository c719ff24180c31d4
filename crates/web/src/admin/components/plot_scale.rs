//! Where the lines of a plot's value axis are, and what they say.

/// Lines above the foot, at most.
const LINES_MAX: u64 = 5;

/// An axis from nothing to a round number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    /// Between two lines: 1, 2 or 5 times a power of ten.
    step: u64,
    /// Lines above the foot; one at least.
    lines: u64,
}

impl Scale {
    /// The finest axis that holds `largest`. *Source:* P. S. Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990.
    pub(super) fn up_to(largest: u64) -> Self {
        let least = largest.div_ceil(LINES_MAX).max(1);
        let mut power: u64 = 1;
        while power.saturating_mul(10) <= least && power < u64::MAX / 10 {
            power *= 10;
        }
        let step = [1, 2, 5, 10].map(|factor| power.saturating_mul(factor));
        let step = step.into_iter().find(|step| *step >= least).unwrap_or(least);
        Self { step, lines: largest.div_ceil(step).max(1) }
    }

    /// The number at the top.
    pub(super) fn top(self) -> u64 {
        self.step.saturating_mul(self.lines)
    }

    /// The numbers of the lines, from the foot.
    pub(super) fn lines(self) -> impl Iterator<Item = u64> {
        (0..=self.lines).map(move |line| self.step.saturating_mul(line))
    }

    /// How high a number stands on an axis of so many units.
    pub(super) fn height(self, value: u64, units: u64) -> u64 {
        let scaled = u128::from(value.min(self.top())) * u128::from(units) / u128::from(self.top().max(1));
        u64::try_from(scaled).unwrap_or(units)
    }
}

/// A number as an axis has room for: `950`, `12k`, `1.5M`.
pub(super) fn short(value: u64) -> String {
    let (unit, word) = match value {
        0..1_000 => return value.to_string(),
        1_000..1_000_000 => (1_000, "k"),
        1_000_000..1_000_000_000 => (1_000_000, "M"),
        _ => (1_000_000_000, "G"),
    };
    match value % unit / (unit / 10) {
        0 => format!("{}{word}", value / unit),
        tenths => format!("{}.{tenths}{word}", value / unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_at_round_numbers() {
        let lines = |largest| Scale::up_to(largest).lines().collect::<Vec<_>>();
        assert_eq!(lines(0), [0, 1]);
        assert_eq!(lines(1), [0, 1]);
        assert_eq!(lines(7), [0, 2, 4, 6, 8]);
        assert_eq!(lines(93), [0, 20, 40, 60, 80, 100]);
        assert_eq!(lines(101), [0, 50, 100, 150]);
        assert_eq!(lines(5_000), [0, 1_000, 2_000, 3_000, 4_000, 5_000]);
    }

    #[test]
    fn the_axis_holds_every_number() {
        for largest in [0, 1, 9, 10, 11, 99, 12_345, u64::MAX / 3, u64::MAX] {
            let scale = Scale::up_to(largest);
            assert!(scale.top() >= largest, "{largest}");
            assert!(scale.lines().count() <= 6, "{largest}");
            assert!(scale.height(largest, 200) <= 200, "{largest}");
        }
    }

    #[test]
    fn numbers_are_short() {
        let cases = [(0, "0"), (999, "999"), (1_000, "1k"), (1_500, "1.5k"), (12_000, "12k"), (2_000_000, "2M")];
        for (value, expected) in cases {
            assert_eq!(short(value), expected);
        }
    }
}
