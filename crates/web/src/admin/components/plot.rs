//! A plot over time, drawn on the server: axes, units, a legend, each number at the pointer, and all of them as a table.
//!
//! It has no script and no style of its own; colours are classes, so that it is right in the dark and on paper.

use askama::Template;
use askama::filters::HtmlSafe;

use super::plot_scale::{Scale, short};

/// The picture, in units of its own; the page scales it. The unit of the numbers stands above it.
const WIDTH: u64 = 720;
const HEIGHT: u64 = 236;
/// What the axes take of it.
const LEFT: u64 = 56;
const RIGHT: u64 = 8;
const TOP: u64 = 12;
const BOTTOM: u64 = 32;
/// A circle around where a path has come to: what is measured once and has no neighbour is seen too.
const DOT: &str = "m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0";
/// Words below the time axis, at most: so many have room on a phone.
const TICKS_MAX: usize = 6;

/// A plot.
#[derive(Template)]
#[template(path = "components/plot.html")]
pub(crate) struct Plot {
    /// What it shows: `Calls by answer`.
    title: String,
    /// What its numbers count: `calls`, `ms`.
    unit: &'static str,
    /// What a point is, at the head of the table: `Hour`, `Day`.
    step: &'static str,
    series: Vec<Series>,
    points: Vec<Point>,
    /// What stands in the table for 0.
    nothing: &'static str,
    drawn: Drawn,
}

/// How points are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlotKind {
    /// The series on top of each other: they are parts of a whole.
    Bars,
    /// Each for itself.
    Lines,
}

/// One of the things that are counted.
pub(crate) struct Series {
    /// What: `2xx`.
    pub(crate) name: String,
    /// The class of its colour: one of `ink-good`, `ink-info`, `ink-warn`, `ink-limit`, `ink-bad`, `ink-none`.
    pub(crate) ink: &'static str,
}

/// What was counted in one step of time.
pub(crate) struct Point {
    /// At the time axis: `14:00`.
    pub(crate) tick: String,
    /// In full: `2026-11-29 14:00`.
    pub(crate) title: String,
    /// A number for each series. Of lines, 0 is nothing measured, and leaves a gap.
    pub(crate) values: Vec<u64>,
}

/// Everything with its place.
struct Drawn {
    lines: Vec<Line>,
    columns: Vec<Column>,
    /// The path of each series, for lines.
    paths: Vec<Path>,
    /// The foot of the plot, and where the words below it stand.
    foot: u64,
    words_y: u64,
}

struct Line {
    y: u64,
    words_y: u64,
    text: String,
}

struct Column {
    x: u64,
    width: u64,
    middle: u64,
    /// `None` where there is no room for a word.
    tick: Option<String>,
    hover: String,
    bars: Vec<Bar>,
}

struct Bar {
    ink: &'static str,
    x: u64,
    y: u64,
    width: u64,
    height: u64,
}

struct Path {
    ink: &'static str,
    data: String,
}

impl Plot {
    /// A plot of points in the order of time, of which each has a number for each series.
    pub(crate) fn new(
        (title, unit, step): (&str, &'static str, &'static str),
        kind: PlotKind,
        series: Vec<Series>,
        points: Vec<Point>,
    ) -> Self {
        let drawn = Drawn::of(kind, &series, &points, unit);
        let nothing = if kind == PlotKind::Lines { "–" } else { "0" };
        Self { title: title.to_owned(), unit, step, series, points, nothing, drawn }
    }

    /// Whether there is anything to see.
    pub(crate) fn is_empty(&self) -> bool {
        self.points.iter().all(|point| point.values.iter().all(|value| *value == 0))
    }
}

impl Drawn {
    fn of(kind: PlotKind, series: &[Series], points: &[Point], unit: &str) -> Self {
        let whole = |point: &Point| point.values.iter().fold(0_u64, |sum, value| sum.saturating_add(*value));
        let highest = |point: &Point| match kind {
            PlotKind::Bars => whole(point),
            PlotKind::Lines => point.values.iter().copied().max().unwrap_or_default(),
        };
        let scale = Scale::up_to(points.iter().map(highest).max().unwrap_or_default());
        let places = Places { count: points.len(), scale };
        let columns = points.iter().enumerate().map(|(number, point)| {
            let (x, width) = places.column(number);
            let bars = if kind == PlotKind::Bars { places.bars(number, series, point) } else { Vec::new() };
            let tick = places.has_tick(number).then(|| point.tick.clone());
            Column { x, width, middle: x + width / 2, tick, hover: hover(series, point, unit), bars }
        });
        let line = |value| {
            let y = places.y(value);
            Line { y, words_y: y + 4, text: short(value) }
        };
        let paths = series.iter().enumerate().filter(|_| kind == PlotKind::Lines);
        Self {
            lines: scale.lines().map(line).collect(),
            columns: columns.collect(),
            paths: paths.map(|(number, series)| places.path(number, series, points)).collect(),
            foot: places.y(0),
            words_y: HEIGHT - 8,
        }
    }
}

/// Where things are.
struct Places {
    count: usize,
    scale: Scale,
}

impl Places {
    /// Where the column of a point begins, and how wide it is.
    fn column(&self, number: usize) -> (u64, u64) {
        let count = u64::try_from(self.count.max(1)).unwrap_or(u64::MAX);
        let start = |number: usize| LEFT + (WIDTH - LEFT - RIGHT) * u64::try_from(number).unwrap_or(count) / count;
        let x = start(number);
        (x, start(number + 1).saturating_sub(x))
    }

    fn y(&self, value: u64) -> u64 {
        let units = HEIGHT - TOP - BOTTOM;
        TOP + units - self.scale.height(value, units)
    }

    /// The first point has a word, and so many after it that they do not touch.
    fn has_tick(&self, number: usize) -> bool {
        number.is_multiple_of(self.count.div_ceil(TICKS_MAX).max(1))
    }

    /// From the foot up. The height of each is that between two sums, so that rounding leaves no gap.
    fn bars(&self, number: usize, series: &[Series], point: &Point) -> Vec<Bar> {
        let (x, width) = self.column(number);
        let gap = width / 5;
        let mut below = 0_u64;
        let bar = |(series, value): (&Series, &u64)| {
            let (foot, sum) = (self.y(below), below.saturating_add(*value));
            below = sum;
            // What is not nothing is seen.
            let y = self.y(sum).min(foot.saturating_sub(1));
            (*value > 0).then(|| Bar {
                ink: series.ink,
                x: x + gap / 2,
                y,
                width: (width - gap).max(1),
                height: foot - y,
            })
        };
        series.iter().zip(&point.values).filter_map(bar).collect()
    }

    /// Points after each other are joined; one alone is a small circle.
    fn path(&self, number: usize, series: &Series, points: &[Point]) -> Path {
        let value_of = |point: &Point| point.values.get(number).copied().unwrap_or_default();
        let mut is_joined = false;
        let step = |(column, point): (usize, &Point)| {
            let value = value_of(point);
            let (x, width) = self.column(column);
            let (x, y, was_joined) = (x + width / 2, self.y(value), is_joined);
            is_joined = value > 0;
            let goes_on = points.get(column + 1).is_some_and(|next| value_of(next) > 0);
            match (value, was_joined) {
                (0, _) => String::new(),
                (_, true) => format!("L{x} {y}"),
                (_, false) if goes_on => format!("M{x} {y}"),
                (_, false) => format!("M{x} {y}{DOT}"),
            }
        };
        Path { ink: series.ink, data: points.iter().enumerate().map(step).collect() }
    }
}

/// What is said while a pointer rests on a point: what there was, and nothing of what there was not.
fn hover(series: &[Series], point: &Point, unit: &str) -> String {
    let there = series.iter().zip(&point.values).filter(|(_, value)| **value > 0);
    let there: Vec<_> = there.map(|(series, value)| format!("{} {value}", series.name)).collect();
    let said = if there.is_empty() { format!("no {unit}") } else { there.join(", ") };
    format!("{}: {said}", point.title)
}

impl HtmlSafe for Plot {}

#[cfg(test)]
impl super::Sample for Plot {
    const TEMPLATE: &'static str = "components/plot.html";

    fn samples() -> Vec<Self> {
        let series = || {
            let series = |(name, ink): (&str, _)| Series { name: name.to_owned(), ink };
            [("2xx", "ink-good"), ("<b>", "ink-bad")].map(series).into()
        };
        let points = || {
            let point = |hour: u64| Point {
                tick: format!("{hour}:00"),
                title: format!("2026-11-29 {hour}:00"),
                values: vec![hour % 3 * 10, hour % 2],
            };
            (8..12).map(point).collect()
        };
        let words = ("Calls by answer", "calls", "Hour");
        vec![
            Self::new(words, PlotKind::Bars, series(), points()),
            Self::new(words, PlotKind::Lines, series(), points()),
            Self::new(words, PlotKind::Bars, series(), Vec::new()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(points: &[&[u64]]) -> Vec<Vec<(u64, u64)>> {
        let point = |values: &&[u64]| Point { tick: String::new(), title: String::new(), values: values.to_vec() };
        let series = ["a", "b"].map(|name| Series { name: name.to_owned(), ink: "ink-good" });
        let points: Vec<_> = points.iter().map(point).collect();
        let plot = Plot::new(("Calls", "calls", "Hour"), PlotKind::Bars, series.into(), points);
        let heights = |column: &Column| column.bars.iter().map(|bar| (bar.y, bar.height)).collect();
        plot.drawn.columns.iter().map(heights).collect()
    }

    #[test]
    fn series_stand_on_each_other() {
        // 192 units hold 100, so that 50 and 50 take 96 each.
        assert_eq!(bars(&[&[50, 50]]), [[(108, 96), (12, 96)]]);
    }

    #[test]
    fn one_call_beside_a_million_is_seen() {
        assert_eq!(bars(&[&[1_000_000, 0], &[1, 0]])[1], [(203, 1)]);
    }

    #[test]
    fn numbers_that_do_not_end_are_drawn() {
        assert_eq!(bars(&[&[u64::MAX, u64::MAX]])[0].len(), 2);
    }

    #[test]
    fn an_hour_without_a_measure_is_a_gap_in_a_line() {
        let point = |value| Point { tick: String::new(), title: String::new(), values: vec![value] };
        let series = vec![Series { name: "a".to_owned(), ink: "ink-good" }];
        let points = [2, 2, 0, 1].map(point).into();
        let plot = Plot::new(("Times", "ms", "Hour"), PlotKind::Lines, series, points);
        assert_eq!(plot.drawn.paths[0].data, "M138 12L302 12M630 108m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0");
    }

    #[test]
    fn a_week_of_hours_has_six_words_below_it() {
        let points = (0..168).map(|hour| Point { tick: hour.to_string(), title: String::new(), values: vec![1] });
        let series = vec![Series { name: "a".to_owned(), ink: "ink-good" }];
        let plot = Plot::new(("Calls", "calls", "Hour"), PlotKind::Lines, series, points.collect());
        let words: Vec<_> = plot.drawn.columns.iter().filter_map(|column| column.tick.clone()).collect();
        assert_eq!(words, ["0", "28", "56", "84", "112", "140"]);
    }
}
