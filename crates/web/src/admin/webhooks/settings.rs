//! What an endpoint is, and how requests to it are made.

use std::time::Duration;

use devhub_domain::events::EventPattern;
use devhub_domain::webhooks::{CustomHeader, CustomValue, Endpoint, RetrySchedule};
use devhub_domain::workspaces::TimeZone;

use super::words;
use crate::admin::components::{Badge, Fact, FactValue, Facts, Tone};
use crate::admin::moments::moment;

/// The settings of an endpoint; what is as the hub does is said so.
pub(super) fn settings(endpoint: &Endpoint, zone: &TimeZone) -> Facts {
    let settings = &endpoint.settings;
    let badge = |pattern: &EventPattern| Badge { tone: Tone::Neutral, text: pattern.to_string() };
    let events = match words::origin_badge(endpoint.origin) {
        Some(badge) => vec![badge],
        None => endpoint.event_types.iter().map(badge).collect(),
    };
    let note = words::disabled_note(endpoint.status);
    let mut items = vec![
        Fact::new("Status", FactValue::Noted { badge: words::status_badge(endpoint.status), note }),
        Fact::new("Events", FactValue::Badges(events)),
        Fact::text("Timeout", timeout(settings.timeout.get())),
        Fact::text("Retries", settings.retry_schedule.as_ref().map_or_else(|| "As the hub does".to_owned(), schedule)),
        Fact::text("Rate", settings.rate.map_or_else(|| "Not limited".to_owned(), |rate| rate.to_string())),
        Fact::text(
            "In flight at most",
            settings.in_flight_max.map_or_else(|| "As the hub does".to_owned(), |max| max.get().to_string()),
        ),
    ];
    items.extend(settings.headers.iter().map(header));
    items.extend(settings.authorities.as_ref().map(|authorities| {
        let count = authorities.certificates().len();
        Fact::text("Own authorities", format!("{count}, SHA-256 {}", authorities.fingerprint()))
    }));
    items.push(Fact::new("Created", FactValue::Moment(moment(endpoint.created_at, zone))));
    items.push(Fact::new("Endpoint id", FactValue::Code(endpoint.id.to_string())));
    Facts { items }
}

/// In whole seconds where it has some, as it was given.
fn timeout(timeout: Duration) -> String {
    if timeout.subsec_nanos() == 0 { words::pause(timeout) } else { words::took(timeout) }
}

fn schedule(schedule: &RetrySchedule) -> String {
    let delays: Vec<_> = schedule.delays().iter().copied().map(words::pause).collect();
    format!("{}, ± {} %", delays.join(", "), schedule.jitter_percent())
}

fn header(header: &CustomHeader) -> Fact {
    let value = match &header.value {
        CustomValue::Plain(text) => text.as_str().to_owned(),
        CustomValue::Sensitive(_) => "a secret".to_owned(),
    };
    Fact::new("Own header", FactValue::Code(format!("{}: {value}", header.name.as_str())))
}
