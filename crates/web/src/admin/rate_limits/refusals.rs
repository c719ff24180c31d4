//! What each policy has refused, and what those in shadow would have, by the hour.

use std::cmp::Reverse;

use devhub_domain::rate::{PolicyCounts, PolicyRef, PolicyUsage};
use devhub_domain::workspaces::TimeZone;

use super::paths::PATH;
use crate::admin::components::{Cell, Plot, PlotKind, Series, Spark, SparkBars, Tabs};
use crate::admin::grouped::grouped;
use crate::admin::span::Span;

/// Plots on one page: a week of one takes 32 KB, and 3 when it is compressed.
const PLOTS_MAX: usize = 6;
/// Bars in a row of the table: an hour of a day each, or seven of a week.
const SPARKS: usize = 24;

/// The section with the plots.
pub(super) struct Refusals {
    pub(super) spans: Tabs,
    pub(super) plots: Vec<Plot>,
    /// What is said below the plots, or instead of them.
    pub(super) note: String,
}

impl Refusals {
    /// A plot for each policy that has refused something or would have: the default, which has no row in the table, then the most of
    /// it in front. `name` tells what they are called.
    pub(super) fn of<'a>(
        usage: impl Iterator<Item = &'a PolicyUsage>,
        span: Span,
        zone: &TimeZone,
        name: impl Fn(PolicyRef) -> String,
    ) -> Self {
        let mut shown: Vec<_> = usage.filter(|usage| beyond(&usage.total) > 0).collect();
        shown.sort_by_key(|usage| (usage.policy != PolicyRef::Default, Reverse(beyond(&usage.total))));
        let more = shown.len().saturating_sub(PLOTS_MAX);
        let plots = shown.iter().take(PLOTS_MAX).map(|usage| plot(usage, span, zone, &name(usage.policy)));
        Self {
            spans: span.tabs(|span| format!("{PATH}?period={}#refusals-title", span.word())),
            plots: plots.collect(),
            note: note(shown.is_empty(), more, span, zone),
        }
    }
}

fn note(is_empty: bool, more: usize, span: Span, zone: &TimeZone) -> String {
    if is_empty {
        let said = span.said();
        return format!(
            "Nothing was refused {said}, and no rule in shadow would have refused anything. As soon as one does, it has a plot here: \
             hour by hour, what it refused with 429 and what it would have refused while it was in shadow."
        );
    }
    let others = match more {
        0 => String::new(),
        1 => " One more has refused less: its numbers are in the table of rules.".to_owned(),
        more => format!(" {more} more have refused less: their numbers are in the table of rules."),
    };
    format!("All nodes together, times in {zone}.{others}")
}

/// Requests that did not fit, whatever became of them.
const fn beyond(counts: &PolicyCounts) -> u64 {
    counts.refused.saturating_add(counts.shadow_refused)
}

fn plot(usage: &PolicyUsage, span: Span, zone: &TimeZone, name: &str) -> Plot {
    let series = [("Refused (429)", "ink-limit"), ("Shadow: would refuse", "ink-info")];
    let series = series.map(|(name, ink)| Series { name: name.to_owned(), ink });
    let points = usage.points.iter();
    let points = points.map(|(from, counts)| span.point(*from, zone, vec![counts.refused, counts.shadow_refused]));
    let title = format!("{name}: requests beyond the limit");
    Plot::new((&title, "requests", "Hour"), PlotKind::Bars, series.into(), points.collect())
}

/// The bars of a rule: what passed, and on it what was refused or would have been.
pub(super) fn sparks(usage: &PolicyUsage, span: Span, zone: &TimeZone) -> Cell {
    if usage.total.decided() == 0 {
        return Cell::Empty;
    }
    let spark = |points: &[(_, PolicyCounts)]| {
        let mut sum = PolicyCounts::default();
        for (_, counts) in points {
            sum.add(counts);
        }
        let from = points.first().map(|(from, _)| span.point(*from, zone, Vec::new()).title).unwrap_or_default();
        Spark { good: sum.allowed, bad: beyond(&sum), title: format!("From {from}: {}", told(&sum)) }
    };
    let size = usage.points.len().div_ceil(SPARKS).max(1);
    let label = format!("{} {}", told(&usage.total), span.said());
    Cell::Sparks(SparkBars::new(label, usage.points.chunks(size).map(spark).collect()))
}

/// In a sentence: `412 requests, 3 of them refused`.
fn told(counts: &PolicyCounts) -> String {
    let noun = if counts.decided() == 1 { "request" } else { "requests" };
    let refused = match counts.refused {
        0 => String::new(),
        refused => format!(", {} of them refused", grouped(refused)),
    };
    let shadow = match counts.shadow_refused {
        0 => String::new(),
        shadow => format!(", {} of them beyond the limit in shadow", grouped(shadow)),
    };
    format!("{} {noun}{refused}{shadow}", grouped(counts.decided()))
}

#[cfg(test)]
mod tests {
    use devhub_domain::time::Timestamp;

    use super::*;

    fn counts(allowed: u64, refused: u64, shadow_refused: u64) -> PolicyCounts {
        PolicyCounts { allowed, refused, shadow_refused }
    }

    #[test]
    fn a_sentence_tells_what_there_was() {
        let told = [counts(1, 0, 0), counts(1_200, 3, 0), counts(5, 0, 2), counts(5, 1, 2)].map(|sum| told(&sum));
        let expected = [
            "1 request",
            "1,203 requests, 3 of them refused",
            "7 requests, 2 of them beyond the limit in shadow",
            "8 requests, 1 of them refused, 2 of them beyond the limit in shadow",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn the_most_refusing_policies_have_a_plot_and_the_others_are_told_of() {
        let usage = |refused: u64| {
            let sum = counts(0, refused, 0);
            PolicyUsage { policy: PolicyRef::Default, total: sum, points: vec![(Timestamp::from_seconds(0), sum)] }
        };
        let all: Vec<_> = (0..=8).map(usage).collect();
        let section = Refusals::of(all.iter(), Span::Day, &TimeZone::utc(), |_| "default".to_owned());
        assert_eq!(section.plots.len(), PLOTS_MAX);
        assert!(section.note.ends_with(" 2 more have refused less: their numbers are in the table of rules."));
    }

    #[test]
    fn a_week_has_as_many_bars_as_a_day() {
        let bars = |hours: i64| {
            let point = |hour| (Timestamp::from_seconds(hour * 3_600), counts(1, 0, 0));
            let sum = counts(hours.unsigned_abs(), 0, 0);
            let usage = PolicyUsage { policy: PolicyRef::Default, total: sum, points: (0..hours).map(point).collect() };
            let Cell::Sparks(sparks) = sparks(&usage, Span::Week, &TimeZone::utc()) else { panic!("no sparks") };
            sparks.to_string().matches("<title>").count()
        };
        assert_eq!([bars(24), bars(168)], [24, 24]);
    }
}
