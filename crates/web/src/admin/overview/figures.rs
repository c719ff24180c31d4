//! The numbers at the top, each with the page that tells more of it.

use devhub_domain::latencies::Latencies;
use devhub_domain::usage::{CallCounts, RefusalKind};
use devhub_domain::webhooks::{Answered, BACKLOG_COUNT_MAX, WorkspaceDeliveries};

use super::read::Read;
use super::strangers;
use crate::admin::grouped::grouped;
use crate::admin::next::KEYS;
use crate::admin::span::Span;
use crate::admin::{deliveries, rate_limits, webhooks};

/// One number.
pub(super) struct Figure {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) note: String,
    pub(super) href: String,
}

pub(super) fn figures(read: &Read, span: Span) -> Vec<Figure> {
    let answered = together(&read.deliveries);
    let always = [
        calls(&read.usage.total.counts, span),
        refusals(&read.usage.total.counts),
        latency(("95 % of calls within", KEYS), &read.usage.total.latencies, span),
        sent(&answered, span),
        latency(("95 % of attempts within", webhooks::PATH), &answered.latencies, span),
        backlog(&read.deliveries),
        failing(&read.deliveries),
    ];
    always.into_iter().chain(read.unknown.as_ref().map(strangers::figure)).collect()
}

/// How all endpoints answered in all of the time.
pub(super) fn together(deliveries: &WorkspaceDeliveries) -> Answered {
    deliveries.hours.iter().fold(Answered::default(), |mut sum, hour| {
        sum.merge(&hour.answered);
        sum
    })
}

fn calls(total: &CallCounts, span: Span) -> Figure {
    Figure { label: "API calls", value: grouped(total.calls()), note: span.said().to_owned(), href: KEYS.to_owned() }
}

fn refusals(total: &CallCounts) -> Figure {
    let counted = RefusalKind::ALL.map(|kind| (total.refused_for(kind), kind));
    let most = counted.into_iter().max_by_key(|(count, _)| *count).filter(|(count, _)| *count > 0);
    let note = most.map_or_else(
        || "no key was refused".to_owned(),
        |(_, kind)| format!("most: {}", kind.as_str().to_lowercase().replace('_', " ")),
    );
    Figure { label: "Refused", value: grouped(total.refused()), note, href: rate_limits::PATH.to_owned() }
}

fn sent(answered: &Answered, span: Span) -> Figure {
    let attempts = answered.successes.saturating_add(answered.failures);
    let note = match answered.success_per_10_000() {
        None => format!("nothing was sent {}", span.said()),
        Some(10_000) => "all of them delivered".to_owned(),
        Some(rate) => format!("{}.{} % delivered", rate / 100, rate % 100 / 10),
    };
    Figure { label: "Webhook attempts", value: grouped(attempts), note, href: deliveries::PATH.to_owned() }
}

fn latency((label, href): (&'static str, &str), latencies: &Latencies, span: Span) -> Figure {
    let shown = |percent| latencies.percentile_ms(percent).map(|ms| format!("{ms} ms"));
    let value = shown(95).unwrap_or_else(|| "–".to_owned());
    let note = shown(50)
        .map_or_else(|| format!("nothing was timed {}", span.said()), |half| format!("half of them within {half}"));
    Figure { label, value, note, href: href.to_owned() }
}

fn backlog(deliveries: &WorkspaceDeliveries) -> Figure {
    let count = deliveries.backlog.deliveries;
    let more = if count >= BACKLOG_COUNT_MAX { " or more" } else { "" };
    let note = if count == 0 { "nothing waits" } else { "deliveries wait, are held or withheld" };
    let value = format!("{}{more}", grouped(u64::try_from(count).unwrap_or(u64::MAX)));
    Figure { label: "Backlog", value, note: note.to_owned(), href: format!("{}?status=waiting", deliveries::PATH) }
}

fn failing(deliveries: &WorkspaceDeliveries) -> Figure {
    let of = if deliveries.is_whole { "" } else { " newest" };
    Figure {
        label: "Failing endpoints",
        value: deliveries.failing.len().to_string(),
        note: format!("of {}{of}", deliveries.endpoints),
        href: webhooks::PATH.to_owned(),
    }
}
