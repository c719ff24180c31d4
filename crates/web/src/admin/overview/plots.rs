//! The plots: calls by answer, refusals by reason, attempts by outcome, and how long the hub and receivers took to answer.

use devhub_domain::latencies::Latencies;
use devhub_domain::time::Timestamp;
use devhub_domain::usage::{AnswerKind, CallCounts, RefusalKind, WorkspaceUsage};
use devhub_domain::webhooks::WorkspaceDeliveries;
use devhub_domain::workspaces::TimeZone;

use crate::admin::api_keys::answer_ink;
use crate::admin::components::{Plot, PlotKind, Point, Series};
use crate::admin::span::Span;

/// The colour of each reason, in the order of [`RefusalKind::ALL`].
const REFUSAL_INKS: [&str; 7] = ["ink-bad", "ink-warn", "ink-none", "ink-rare", "ink-info", "ink-other", "ink-limit"];

/// Calls by how they were answered.
pub(super) fn calls(usage: &WorkspaceUsage, span: Span, zone: &TimeZone) -> Plot {
    let kinds: Vec<_> = AnswerKind::ALL.into_iter().filter(|kind| usage.total.counts.answered(*kind) > 0).collect();
    let series = kinds.iter().map(|kind| Series { name: kind.as_str().to_owned(), ink: answer_ink(*kind) }).collect();
    let values = |counts: &CallCounts| kinds.iter().map(|kind| counts.answered(*kind)).collect();
    Plot::new(("API calls by answer", "calls", "Hour"), PlotKind::Bars, series, points(usage, span, zone, values))
}

/// Refused calls by reason.
pub(super) fn refusals(usage: &WorkspaceUsage, span: Span, zone: &TimeZone) -> Plot {
    let kinds = RefusalKind::ALL.into_iter().zip(REFUSAL_INKS);
    let kinds: Vec<_> = kinds.filter(|(kind, _)| usage.total.counts.refused_for(*kind) > 0).collect();
    let name = |kind: &RefusalKind| kind.as_str().to_lowercase().replace('_', " ");
    let series = kinds.iter().map(|(kind, ink)| Series { name: name(kind), ink }).collect();
    let values = |counts: &CallCounts| kinds.iter().map(|(kind, _)| counts.refused_for(*kind)).collect();
    Plot::new(("Refused calls by reason", "calls", "Hour"), PlotKind::Bars, series, points(usage, span, zone, values))
}

fn points(usage: &WorkspaceUsage, span: Span, zone: &TimeZone, values: impl Fn(&CallCounts) -> Vec<u64>) -> Vec<Point> {
    usage.points.iter().map(|(from, calls)| span.point(*from, zone, values(&calls.counts))).collect()
}

/// Attempts to deliver by how they ended.
pub(super) fn attempts(deliveries: &WorkspaceDeliveries, span: Span, zone: &TimeZone) -> Plot {
    let series = [("delivered", "ink-good"), ("failed", "ink-bad")];
    let series = series.map(|(name, ink)| Series { name: name.to_owned(), ink }).into();
    let points = deliveries
        .hours
        .iter()
        .map(|hour| span.point(hour.from, zone, vec![hour.answered.successes, hour.answered.failures]));
    Plot::new(("Webhook attempts by outcome", "attempts", "Hour"), PlotKind::Bars, series, points.collect())
}

/// How long the hub took to answer calls, refused ones included.
pub(super) fn call_latency(usage: &WorkspaceUsage, span: Span, zone: &TimeZone) -> Plot {
    let hours = usage.points.iter().map(|(from, calls)| (*from, &calls.latencies));
    latency("Latency of API calls", hours, span, zone)
}

/// How long receivers took, of all endpoints together.
pub(super) fn attempt_latency(deliveries: &WorkspaceDeliveries, span: Span, zone: &TimeZone) -> Plot {
    let hours = deliveries.hours.iter().map(|hour| (hour.from, &hour.answered.latencies));
    latency("Latency of webhook attempts", hours, span, zone)
}

fn latency<'a>(
    title: &str,
    hours: impl Iterator<Item = (Timestamp, &'a Latencies)>,
    span: Span,
    zone: &TimeZone,
) -> Plot {
    let series = [("half within", "ink-good"), ("95 % within", "ink-warn")];
    let series = series.map(|(name, ink)| Series { name: name.to_owned(), ink }).into();
    let points = hours.map(|(from, latencies)| {
        let within = |percent| latencies.percentile_ms(percent).map_or(0, u64::from);
        span.point(from, zone, vec![within(50), within(95)])
    });
    Plot::new((title, "ms", "Hour"), PlotKind::Lines, series, points.collect())
}
