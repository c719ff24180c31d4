//! How an endpoint does: in numbers, and in the sentence of the rule that decides what happens next.

use devhub_domain::webhooks::{Answered, CircuitRule, EndpointReport};
use devhub_domain::workspaces::TimeZone;

use super::words;
use crate::admin::components::{Alert, Cell, Column, Fact, FactValue, Facts, Row, Table, Tone};
use crate::admin::kept_for::KeptFor;
use crate::admin::moments::moment;
use crate::admin::sentence::sentence;

/// How an endpoint does, as its page draws it.
pub(super) struct Health {
    /// What is wrong with it.
    pub(super) alert: Option<Alert>,
    pub(super) facts: Facts,
    /// How it has answered.
    pub(super) answers: Table,
    /// When it is probed and when it is disabled.
    pub(super) rule: String,
}

/// How an endpoint does.
pub(super) fn health(report: &EndpointReport, rule: &CircuitRule, kept_for: KeptFor, zone: &TimeZone) -> Health {
    Health {
        alert: alert(report, kept_for),
        facts: facts(report, zone),
        answers: answers(&report.day, &report.week),
        rule: sentence(rule.sentence().trim_end_matches('.')),
    }
}

fn alert(report: &EndpointReport, kept_for: KeptFor) -> Option<Alert> {
    let alert = |tone, title: &str, text: String| Alert { tone, title: title.to_owned(), text };
    if let Some(reason) = report.status.disabled_reason() {
        let text = format!("{} What waits for it is kept {kept_for}: resume it to go on.", sentence(reason.sentence()));
        return Some(alert(Tone::Bad, "This endpoint is disabled", text));
    }
    let health = report.health.as_ref()?;
    let title = if health.circuit.is_some() { "This endpoint is being probed" } else { "This endpoint fails" };
    let text = match health.circuit {
        Some(_) => {
            format!(
                "Its circuit is open: what waits is kept {kept_for}, and one request at a time asks whether it is back."
            )
        }
        None => "Its circuit is closed: everything is sent, and failed deliveries are tried again.".to_owned(),
    };
    Some(alert(Tone::Warn, title, format!("{}. {text}", words::health_note(Some(health)))))
}

fn facts(report: &EndpointReport, zone: &TimeZone) -> Facts {
    let at = |name: &str, at| Fact::new(name, FactValue::Moment(moment(at, zone)));
    let health = report.health.as_ref();
    let circuit = health.and_then(|health| health.circuit);
    let mut items = vec![Fact::text("Waiting deliveries", words::backlog(report.backlog.deliveries))];
    items.extend(report.backlog.oldest_at.map(|oldest| at("Oldest waiting since", oldest)));
    items.extend(health.map(|health| at("Failing since", health.failing_since)));
    items.extend(health.map(|health| at("Last failure", health.failed_at)));
    items.extend(circuit.map(|circuit| at("Circuit open since", circuit.opened_at)));
    items.extend(circuit.map(|circuit| at("Next probe", circuit.probe_at)));
    Facts { items }
}

fn answers(day: &Answered, week: &Answered) -> Table {
    let millis = |ms: Option<u32>| Cell::Text(ms.map_or_else(|| "–".to_owned(), |ms| format!("≤ {ms} ms")));
    let row = |id: &str, period: &str, answered: &Answered| Row {
        is_dimmed: false,
        id: id.to_owned(),
        cells: vec![
            Cell::Strong(period.to_owned()),
            Cell::Text(answered.successes.to_string()),
            Cell::Text(answered.failures.to_string()),
            Cell::Text(words::success(answered)),
            millis(answered.latencies.percentile_ms(50)),
            millis(answered.latencies.percentile_ms(95)),
        ],
    };
    Table {
        caption: "How it has answered".to_owned(),
        columns: ["Period", "Succeeded", "Failed", "Success", "Half within", "95 % within"].map(Column::new).into(),
        rows: vec![row("last-24-hours", "Last 24 hours", day), row("last-7-days", "Last 7 days", week)],
    }
}

#[cfg(test)]
pub(super) mod samples {
    //! How endpoints may do.

    use std::time::Duration;

    use devhub_domain::id::{EndpointId, WorkspaceId};
    use devhub_domain::latencies::Latencies;
    use devhub_domain::time::Timestamp;
    use devhub_domain::webhooks::{Circuit, EndpointBacklog, EndpointStatus, Health as Failing};

    use super::*;

    fn drawn(failing: Option<Failing>) -> Health {
        let mut latencies = Latencies::default();
        latencies.count(Duration::from_millis(40));
        let day = Answered { successes: 2, failures: 1, latencies };
        let oldest_at = failing.is_some().then(|| Timestamp::from_seconds(1_795_514_400));
        let report = EndpointReport {
            status: EndpointStatus::Active,
            health: failing,
            backlog: EndpointBacklog { deliveries: 12, oldest_at },
            day,
            week: Answered::default(),
            hours: Vec::new(),
        };
        health(&report, &CircuitRule::DEFAULT, KeptFor(None), &TimeZone::utc())
    }

    /// One that does well.
    pub(in crate::admin::webhooks) fn well() -> Health {
        drawn(None)
    }

    /// One that is being probed.
    pub(in crate::admin::webhooks) fn failing() -> Health {
        let at = Timestamp::from_seconds(1_795_514_400);
        drawn(Some(Failing {
            endpoint_id: EndpointId::from_bytes([1; 16]),
            workspace_id: WorkspaceId::from_bytes([2; 16]),
            failures: 12,
            failing_since: at,
            failed_at: at,
            last_error: "500 <b>".to_owned(),
            circuit: Some(Circuit { opened_at: at, pause: Duration::from_secs(30), probe_at: at }),
        }))
    }
}
