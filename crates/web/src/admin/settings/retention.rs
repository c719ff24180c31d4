//! How long what is kept: a list, with the setting that changes each, and what happens when the time is over.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use devhub_domain::idempotency;
use devhub_domain::operators::{SESSION_AGE_MAX, SESSION_IDLE_MAX};
use devhub_domain::retention::{Kept, OLD_EVENTS_COUNTED_MAX};
use devhub_domain::webhooks::TALLY_HOURS_KEPT;
use devhub_domain::workspaces::TimeZone;

use super::tabs::{SettingsTab, tabs};
use crate::admin::components::{Cell, Column, Fact, FactValue, Facts, Row, Shell, Table, Tabs};
use crate::admin::kept_for::KeptFor;
use crate::admin::menu::Place;
use crate::admin::moments::moment;
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;

const SECONDS_AN_HOUR: u64 = 3_600;

/// The page.
#[derive(Template)]
#[template(path = "admin/settings/retention.html")]
pub(in crate::admin) struct RetentionPage {
    shell: Shell,
    tabs: Tabs,
    zone: String,
    table: Table,
    /// How far back events reach; `None` where nobody looks, and for whoever runs no more than a workspace.
    events: Option<Facts>,
    is_endless: bool,
}

/// Shows the list.
pub(super) async fn show(signed: Signed) -> Result<HttpResponse, Problem> {
    let services = &signed.visit.services;
    let zone = &signed.workspace.time_zone;
    let kept = services.pages.kept_events.clone().filter(|_| signed.manages_hub());
    let events = match kept {
        Some(kept) => Some(facts(&blocking::run(move || kept.look()).await?, zone)),
        None => None,
    };
    let kept_for = services.pages.kept_for;
    let page = RetentionPage {
        shell: signed.shell("Retention", Place::Settings),
        tabs: tabs(SettingsTab::Retention),
        zone: zone.to_string(),
        table: table(kept_for, services.usage.keeps_for()),
        events,
        is_endless: kept_for.0.is_none(),
    };
    signed.visit.page(StatusCode::OK, &page)
}

fn table(events: KeptFor, usage: Duration) -> Table {
    let fixed = || "Fixed".to_owned();
    let hours = |time: Duration| time.as_secs() / SECONDS_AN_HOUR;
    let health = u64::try_from(TALLY_HOURS_KEPT).unwrap_or(0) * SECONDS_AN_HOUR;
    let sessions =
        format!("{} hours without a click, at most {} days", hours(SESSION_IDLE_MAX), hours(SESSION_AGE_MAX) / 24);
    let kept = [
        ("Events, with their deliveries and attempts", events.to_string(), "webhooks.retention_days".to_owned()),
        ("What keys are used for, by the hour", KeptFor(Some(usage)).to_string(), "keys.usage_days".to_owned()),
        ("Attempts with unknown keys, by network", KeptFor(Some(usage)).to_string(), "keys.usage_days".to_owned()),
        ("What rate limits decide, by the hour", KeptFor(Some(usage)).to_string(), "keys.usage_days".to_owned()),
        ("Health of endpoints, by the hour", KeptFor(Some(Duration::from_secs(health))).to_string(), fixed()),
        ("Answers to requests with an Idempotency-Key", format!("for {} hours", hours(idempotency::KEPT_FOR)), fixed()),
        ("Sessions of operators", sessions, fixed()),
        ("Audit log", KeptFor(None).to_string(), fixed()),
    ];
    let rows = kept.into_iter().enumerate().map(|(index, (what, kept_for, setting))| {
        let setting = if setting.contains('.') { Cell::Code(setting) } else { Cell::Text(setting) };
        let cells = vec![Cell::Strong(what.to_owned()), Cell::Text(kept_for), setting];
        Row { is_dimmed: false, id: format!("kept-{index}"), cells }
    });
    let columns = ["What", "Kept", "Changed by"].map(Column::new).into();
    Table { caption: "What is kept for how long".to_owned(), columns, rows: rows.collect() }
}

fn facts(kept: &Kept, zone: &TimeZone) -> Facts {
    let oldest =
        kept.oldest_at.map_or_else(|| FactValue::Text("None yet".to_owned()), |at| FactValue::Moment(moment(at, zone)));
    let old = match kept.old {
        0 => "None".to_owned(),
        old if old >= OLD_EVENTS_COUNTED_MAX => format!("{OLD_EVENTS_COUNTED_MAX} or more"),
        old => old.to_string(),
    };
    Facts { items: vec![Fact::new("Oldest event", oldest), Fact::text("Past their time and still here", old)] }
}

#[cfg(test)]
mod samples {
    use devhub_domain::time::Timestamp;

    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for RetentionPage {
        const TEMPLATE: &'static str = "admin/settings/retention.html";

        fn samples() -> Vec<Self> {
            let day = |days: u64| Duration::from_hours(24 * days);
            let page = |kept_for: Option<Duration>, kept: Option<Kept>| Self {
                shell: shell_sample("Retention"),
                tabs: tabs(SettingsTab::Retention),
                zone: "UTC".to_owned(),
                table: table(KeptFor(kept_for), day(90)),
                events: kept.map(|kept| facts(&kept, &TimeZone::utc())),
                is_endless: kept_for.is_none(),
            };
            let oldest_at = Some(Timestamp::from_seconds(1_795_514_400));
            vec![
                page(Some(day(30)), Some(Kept { oldest_at, old: OLD_EVENTS_COUNTED_MAX })),
                page(Some(day(1)), Some(Kept { oldest_at: None, old: 0 })),
                page(None, None),
            ]
        }
    }
}
