//! Small bars in a row of a table: how a few hours or days have gone, at a glance.

use askama::Template;
use askama::filters::HtmlSafe;

/// Units from the foot to the top of the tallest bar.
const HEIGHT: u64 = 24;
/// Units from the start of one bar to that of the next; a bar fills three of them.
const STEP: usize = 4;

/// The bars of one row.
#[derive(Template)]
#[template(path = "components/spark_bars.html")]
pub(crate) struct SparkBars {
    /// All of it in a sentence, for whoever does not see the bars: `412 calls in 7 days, 3 of them refused`.
    label: String,
    width: usize,
    bars: Vec<Bar>,
}

/// How one step went.
pub(crate) struct Spark {
    /// What went well.
    pub(crate) good: u64,
    /// What did not.
    pub(crate) bad: u64,
    /// What is said while a pointer rests on it: `2026-11-29: 40 calls, 1 refused`.
    pub(crate) title: String,
}

struct Bar {
    x: usize,
    title: String,
    good_y: u64,
    good_height: u64,
    bad_y: u64,
    bad_height: u64,
}

impl SparkBars {
    /// Bars as tall as their numbers, the tallest from foot to top.
    pub(crate) fn new(label: String, sparks: Vec<Spark>) -> Self {
        let tallest = sparks.iter().map(Spark::sum).max().unwrap_or_default();
        let width = sparks.len().saturating_mul(STEP);
        let bars = sparks.into_iter().enumerate().map(|(number, spark)| Bar::new(number, spark, tallest)).collect();
        Self { label, width, bars }
    }
}

impl Spark {
    fn sum(&self) -> u128 {
        u128::from(self.good) + u128::from(self.bad)
    }
}

impl Bar {
    fn new(number: usize, spark: Spark, tallest: u128) -> Self {
        let bad_height = height(spark.bad, tallest);
        // Both are rounded up to be seen, and what failed first.
        let good_height = height(spark.good, tallest).min(HEIGHT - bad_height);
        let good_y = HEIGHT - good_height;
        Self { x: number * STEP, title: spark.title, good_y, good_height, bad_y: good_y - bad_height, bad_height }
    }
}

/// At most the whole height; what is not nothing is seen.
fn height(count: u64, tallest: u128) -> u64 {
    let units = (u128::from(count) * u128::from(HEIGHT)).div_ceil(tallest.max(1));
    u64::try_from(units).unwrap_or(HEIGHT).min(HEIGHT)
}

impl HtmlSafe for SparkBars {}

#[cfg(test)]
impl super::Sample for SparkBars {
    const TEMPLATE: &'static str = "components/spark_bars.html";

    fn samples() -> Vec<Self> {
        let spark = |good, bad| Spark { good, bad, title: format!("<b>: {good} calls, {bad} refused") };
        vec![
            Self::new("13 calls in 3 days, 1 of them refused".to_owned(), vec![spark(8, 0), spark(0, 0), spark(4, 1)]),
            Self::new("Nothing in 7 days".to_owned(), Vec::new()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(counts: &[(u64, u64)]) -> Vec<(u64, u64)> {
        let sparks = counts.iter().map(|(good, bad)| Spark { good: *good, bad: *bad, title: String::new() });
        let drawn = SparkBars::new(String::new(), sparks.collect());
        drawn.bars.iter().map(|bar| (bar.good_height, bar.bad_height)).collect()
    }

    #[test]
    fn the_tallest_bar_fills_the_row() {
        assert_eq!(bars(&[(6, 0), (12, 0), (6, 6)]), [(12, 0), (24, 0), (12, 12)]);
    }

    #[test]
    fn one_failure_among_a_million_is_seen() {
        assert_eq!(bars(&[(1_000_000, 1)]), [(23, 1)]);
        assert_eq!(bars(&[(1_000_000, 0), (10, 1)]), [(24, 0), (1, 1)]);
    }

    #[test]
    fn nothing_is_no_bar() {
        assert_eq!(bars(&[(0, 0), (0, 0)]), [(0, 0), (0, 0)]);
    }

    #[test]
    fn counts_that_do_not_end_fit() {
        assert_eq!(bars(&[(u64::MAX, u64::MAX)]), [(12, 12)]);
    }
}
