//! What a key was used for: its calls by hours or days, why some were refused, and where they came from.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::page::Period;
use devhub_domain::time::Timestamp;
use devhub_domain::usage::{AnswerKind, Hours, KeyUsage, RefusalKind, SeenAddress, Step, UsageReport};
use devhub_domain::workspaces::TimeZone;
use url::form_urlencoded;

use super::one_key::key_id;
use super::query::PATH;
use crate::admin::components::{Badge, Cell, Column, Plot, PlotKind, Point, Row, Series, Tab, Table, Tabs, Tone};
use crate::admin::grouped::grouped;
use crate::admin::moments;
use crate::admin::signed::Signed;
use crate::problem_body::Problem;

/// For how long back the calls are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Range {
    Day,
    #[default]
    Week,
    Month,
}

/// The part of the page of a key.
pub(super) struct Usage {
    pub(super) ranges: Tabs,
    pub(super) summary: String,
    /// `None` where there was no call.
    pub(super) plot: Option<Plot>,
    pub(super) refusals: Option<Table>,
    pub(super) addresses: Option<Table>,
}

/// Leads on to the page of the key, on which this is now: what was noted of the page of before stays good.
pub(in crate::admin) async fn moved_usage(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    Ok(signed.visit.see_other(&format!("{PATH}/{}#usage", key_id(&req)?)))
}

impl Range {
    const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The one that the address of a page chooses.
    pub(super) fn read(query: &str) -> Self {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let word = pairs.find(|(name, _)| name == "range").map(|(_, word)| word);
        Self::ALL.into_iter().find(|range| Some(range.word()) == word.as_deref()).unwrap_or_default()
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Day => "24 hours",
            Self::Week => "7 days",
            Self::Month => "30 days",
        }
    }

    const fn step(self) -> Step {
        match self {
            Self::Day | Self::Week => Step::Hour,
            Self::Month => Step::Day,
        }
    }

    /// The steps up to the one that has begun.
    pub(super) fn hours(self, usage: &KeyUsage, now: Timestamp) -> Result<Hours, Problem> {
        let back = match self {
            Self::Day => Duration::from_hours(23),
            Self::Week => Duration::from_hours(7 * 24 - 1),
            Self::Month => Duration::from_hours(29 * 24),
        };
        let period = Period { from: Some(now.minus(back)), before: None };
        usage.hours(period, self.step()).map_err(Problem::internal)
    }

    /// The links that choose another one.
    pub(super) fn links(self, href: impl Fn(Self) -> String) -> Tabs {
        let tab = |range: Self| Tab { label: range.label().to_owned(), href: href(range), is_current: range == self };
        Tabs { label: "Time shown".to_owned(), items: Self::ALL.map(tab).into() }
    }
}

impl Usage {
    pub(super) fn of(report: &UsageReport, range: Range, ranges: Tabs, zone: &TimeZone) -> Self {
        let (calls, refused) = (report.total.calls(), report.total.refused());
        let noun = if calls == 1 { "call" } else { "calls" };
        let label = range.label();
        let summary = if calls == 0 {
            format!("No calls in the last {label}.")
        } else {
            format!("{} {noun} in the last {label}, {} of them refused.", grouped(calls), grouped(refused))
        };
        Self {
            ranges,
            plot: (calls > 0).then(|| plot(report, range, zone)),
            summary,
            refusals: (refused > 0).then(|| refusals(report)),
            addresses: (!report.addresses.is_empty()).then(|| addresses(&report.addresses, zone)),
        }
    }
}

/// The calls of each step by how they were answered.
fn plot(report: &UsageReport, range: Range, zone: &TimeZone) -> Plot {
    let by_step: HashMap<_, _> = report.points.iter().map(|point| (point.from, point.counts)).collect();
    let point = |from: Timestamp| {
        let counts = by_step.get(&from).copied().unwrap_or_default();
        let (tick, title) = names(from, range, zone);
        Point { tick, title, values: AnswerKind::ALL.map(|kind| counts.answered(kind)).into() }
    };
    let series = AnswerKind::ALL.map(|kind| Series { name: kind.as_str().to_owned(), ink: answer_ink(kind) });
    let (title, step) = match range.step() {
        Step::Hour => ("Calls by the hour", "Hour"),
        Step::Day => ("Calls by the day of UTC", "Day"),
    };
    let points = steps(&report.hours).into_iter().map(point);
    Plot::new((title, "calls", step), PlotKind::Bars, series.into(), points.collect())
}

/// The colour of a kind of answer, wherever it is plotted.
pub(in crate::admin) const fn answer_ink(kind: AnswerKind) -> &'static str {
    match kind {
        AnswerKind::Success => "ink-good",
        AnswerKind::Redirect => "ink-info",
        AnswerKind::ClientError => "ink-warn",
        AnswerKind::TooMany => "ink-limit",
        AnswerKind::ServerError => "ink-bad",
        AnswerKind::Verification => "ink-none",
    }
}

/// What a step is called at the axis, and in full.
fn names(from: Timestamp, range: Range, zone: &TimeZone) -> (String, String) {
    let cut = |text: &str, skipped: usize, length: usize| text.chars().skip(skipped).take(length).collect();
    if range.step() == Step::Day {
        let day: String = cut(&from.to_string(), 0, 10);
        return (cut(&day, 5, 5), day);
    }
    let shown = moments::moment(from, zone).shown;
    let (day, hour) = shown.split_once(' ').unwrap_or((&shown, ""));
    let tick = if range == Range::Day { cut(hour, 0, 5) } else { cut(day, 5, 5) };
    (tick, shown.clone())
}

/// When each step begins.
fn steps(hours: &Hours) -> Vec<Timestamp> {
    let length = match hours.step() {
        Step::Hour => Duration::from_hours(1),
        Step::Day => Duration::from_hours(24),
    };
    std::iter::successors(Some(hours.from()), |at| Some(at.plus(length)).filter(|at| *at < hours.before())).collect()
}

/// The reasons that there were, the most frequent first, each with what to do about it.
fn refusals(report: &UsageReport) -> Table {
    let counted = RefusalKind::ALL.map(|kind| (kind, report.total.refused_for(kind)));
    let mut counted: Vec<_> = counted.into_iter().filter(|(_, count)| *count > 0).collect();
    counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let row = |(kind, count): &(RefusalKind, u64)| Row {
        is_dimmed: false,
        id: format!("refused-{}", kind.as_str().to_ascii_lowercase()),
        cells: vec![
            Cell::Strong(kind.as_str().to_owned()),
            Cell::Badges(vec![Badge { tone: Tone::Warn, text: grouped(*count) }]),
            Cell::Text(advice(*kind).to_owned()),
        ],
    };
    Table {
        caption: "Refusals by reason".to_owned(),
        columns: ["Reason", "Calls", "What to do"].map(Column::new).into(),
        rows: counted.iter().map(row).collect(),
    }
}

const fn advice(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::Revoked => "Whoever calls needs another key: this one cannot come back.",
        RefusalKind::Locked => "Unlock the key, or find out who still uses it by the addresses below.",
        RefusalKind::Expired => "Generate another key for whoever calls.",
        RefusalKind::WorkspaceSuspended => "Ask whoever runs this hub why the workspace is suspended.",
        RefusalKind::IpNotAllowed => "Add the caller's address to the allowed ones, if it is one of yours.",
        RefusalKind::InsufficientScope => "Give the program a key with the scope that its requests need.",
        RefusalKind::RateLimited => "Have the program wait as Retry-After says, or raise its limit.",
    }
}

fn addresses(addresses: &[SeenAddress], zone: &TimeZone) -> Table {
    let row = |(number, seen): (usize, &SeenAddress)| Row {
        is_dimmed: false,
        id: format!("address-{number}"),
        cells: vec![Cell::Strong(seen.address.to_string()), moments::cell(Some(seen.at), zone)],
    };
    Table {
        caption: "Last addresses, the latest first".to_owned(),
        columns: ["Address", "Last seen"].map(Column::new).into(),
        rows: addresses.iter().enumerate().map(row).collect(),
    }
}

#[cfg(test)]
pub(super) mod samples {
    use devhub_domain::testing::api_key;
    use devhub_domain::usage::{CallCounts, UsagePoint};

    use super::*;

    /// A day with two hours in which there were calls, or none.
    pub(in crate::admin::api_keys) fn usage(has_calls: bool) -> Usage {
        let now = Timestamp::from_seconds(1_796_206_800);
        let period = Period { from: Some(now.minus(Duration::from_hours(3))), before: None };
        let hours = Hours::of(period, Step::Hour, now).unwrap();
        let counts = CallCounts::new([1_234, 0, 3, 2, 0, 5], [0, 0, 0, 0, 1, 0, 2]);
        let point = |from| UsagePoint { from, counts, addresses: Vec::new() };
        let points = if has_calls { vec![point(hours.from())] } else { Vec::new() };
        let seen = SeenAddress { address: [203, 0, 113, 7].into(), at: now };
        let report = UsageReport {
            key: api_key(1),
            hours,
            total: if has_calls { counts } else { CallCounts::default() },
            points,
            addresses: if has_calls { vec![seen] } else { Vec::new() },
        };
        let links = Range::Day.links(|range| format!("{PATH}/key_1?range={}#usage", range.word()));
        Usage::of(&report, Range::Day, links, &TimeZone::utc())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_chooses_how_far_back_and_what_is_none_is_a_week() {
        let read = ["range=24h", "q=x&range=30d", "range=1y", ""].map(Range::read);
        assert_eq!(read, [Range::Day, Range::Month, Range::Week, Range::Week]);
    }

    #[test]
    fn each_step_of_a_time_has_its_place() {
        let now = Timestamp::from_seconds(1_796_206_800);
        let hours = |back, step| {
            let period = Period { from: Some(now.minus(Duration::from_hours(back))), before: None };
            steps(&Hours::of(period, step, now).unwrap()).len()
        };
        assert_eq!([hours(23, Step::Hour), hours(167, Step::Hour), hours(29 * 24, Step::Day)], [24, 168, 30]);
    }
}
