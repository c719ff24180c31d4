//! How far back a page looks: the last 24 hours or the last 7 days, by the hour.

use std::time::Duration;

use devhub_domain::page::Period;
use devhub_domain::time::Timestamp;
use devhub_domain::usage::{Hours, Step};
use devhub_domain::workspaces::{TimeZone, local};
use url::form_urlencoded;

use crate::admin::components::{Point, Tab, Tabs};
use crate::problem_body::Problem;

/// The time that is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Span {
    #[default]
    Day,
    Week,
}

impl Span {
    const ALL: [Self; 2] = [Self::Day, Self::Week];

    /// The one that the address of a page chooses, as `period=7d`; the day where it says anything else.
    pub(super) fn read(query: &str) -> Self {
        let word = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "period").map(|(_, word)| word);
        Self::ALL.into_iter().find(|span| Some(span.word()) == word.as_deref()).unwrap_or_default()
    }

    /// Its word in the address.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
        }
    }

    /// As it is said: `in the last 24 hours`.
    pub(super) const fn said(self) -> &'static str {
        match self {
            Self::Day => "in the last 24 hours",
            Self::Week => "in the last 7 days",
        }
    }

    /// As it stands above something: `Last 24 hours`.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Day => "Last 24 hours",
            Self::Week => "Last 7 days",
        }
    }

    /// How long it is.
    pub(super) const fn hours(self) -> i64 {
        match self {
            Self::Day => 24,
            Self::Week => 7 * 24,
        }
    }

    /// Its hours, up to the one that has begun.
    pub(super) fn steps(self, now: Timestamp) -> Result<Hours, Problem> {
        let back = Duration::from_hours(u64::try_from(self.hours() - 1).unwrap_or_default());
        Hours::of(Period { from: Some(now.minus(back)), before: None }, Step::Hour, now).map_err(Problem::internal)
    }

    /// The links that choose another one.
    pub(super) fn tabs(self, href: impl Fn(Self) -> String) -> Tabs {
        let tab = |span: Self| Tab { label: span.label().to_owned(), href: href(span), is_current: span == self };
        Tabs { label: "Period".to_owned(), items: Self::ALL.map(tab).into() }
    }

    /// What a plot shows of one of its hours.
    pub(super) fn point(self, from: Timestamp, zone: &TimeZone, values: Vec<u64>) -> Point {
        // `2026-11-29 14:00`: the hour of a day, and the day of a week.
        let title = local(from, zone);
        let (day, hour) = title.split_once(' ').unwrap_or((&title, ""));
        let tick = match self {
            Self::Day => hour,
            Self::Week => day.split_once('-').map_or(day, |(_, rest)| rest),
        };
        Point { tick: tick.to_owned(), title: title.clone(), values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_chooses_how_far_back_and_what_is_none_is_a_day() {
        let read = ["period=7d", "a=b&period=24h", "period=1y", ""].map(Span::read);
        assert_eq!(read, [Span::Week, Span::Day, Span::Day, Span::Day]);
    }

    #[test]
    fn the_hour_that_has_begun_is_the_last_of_as_many_as_there_are() {
        let now = Timestamp::from_seconds(1_796_206_800);
        let ranges = Span::ALL.map(|span| span.steps(now).unwrap().range());
        assert_eq!(ranges, [498_923..498_947, 498_779..498_947]);
    }
}
