//! What needs somebody: endpoints that fail, and keys that end or have been replaced.

use devhub_domain::api_keys::ApiKey;
use devhub_domain::webhooks::{Endpoint, Health};
use devhub_domain::workspaces::TimeZone;

use super::read::{EXPIRING_DAYS, Read};
use crate::admin::components::{Badge, Cell, Column, Link, Row, Table, Tone};
use crate::admin::next::KEYS;
use crate::admin::{moments, webhooks};

/// Endpoints that a short list shows.
const ENDPOINTS_SHOWN: usize = 5;

/// Endpoints that fail, the newest first; `None` when none does.
pub(super) fn endpoints(read: &Read) -> Option<Table> {
    let rows: Vec<_> = read.deliveries.failing.iter().take(ENDPOINTS_SHOWN).map(endpoint).collect();
    let columns = ["Endpoint", "State"].map(Column::new).into();
    (!rows.is_empty()).then(|| Table { caption: "Endpoints that fail".to_owned(), columns, rows })
}

fn endpoint((endpoint, health): &(Endpoint, Option<Health>)) -> Row {
    let badge = webhooks::health_badge(endpoint.status, health.as_ref());
    let note = [webhooks::disabled_note(endpoint.status), webhooks::health_note(health.as_ref())];
    let cells = vec![
        Cell::Linked {
            href: webhooks::page_of(endpoint.id),
            first: webhooks::short_address(endpoint.url.as_str()),
            second: endpoint.description.clone(),
        },
        Cell::Noted {
            badge: badge.unwrap_or_else(|| webhooks::status_badge(endpoint.status)),
            note: note.into_iter().filter(|note| !note.is_empty()).collect::<Vec<_>>().join(" "),
        },
    ];
    Row { is_dimmed: false, id: endpoint.id.to_string(), cells }
}

/// Keys that expire soon, then those whose successor is there; `None` when there are none.
pub(super) fn keys(read: &Read, zone: &TimeZone) -> Option<Table> {
    let expiring = read.expiring.iter().map(|key| row(key, "Expires soon", "expires", zone));
    let retiring = read.retiring.iter().map(|key| row(key, "Replaced", "works until", zone));
    let rows: Vec<_> = expiring.chain(retiring).collect();
    let columns = ["Key", "State", "Last used"].map(Column::new).into();
    (!rows.is_empty()).then(|| Table { caption: "Keys that need attention".to_owned(), columns, rows })
}

fn row(key: &ApiKey, state: &str, verb: &'static str, zone: &TimeZone) -> Row {
    let until = key.expires_at.map(|expiry| (verb, moments::moment(expiry, zone)));
    let cells = vec![
        Cell::Linked {
            href: format!("{KEYS}/{}", key.id),
            first: key.label.to_string(),
            second: key.owner.as_ref().map(ToString::to_string).unwrap_or_default(),
        },
        Cell::State { badge: Badge { tone: Tone::Warn, text: state.to_owned() }, until },
        moments::cell(key.last_used_at, zone),
    ];
    Row { is_dimmed: false, id: key.id.to_string(), cells }
}

/// Where all of those keys are.
pub(super) fn key_lists(read: &Read) -> Vec<Link> {
    let link = |is_there: bool, query: String, text: &str| {
        is_there.then(|| Link { href: format!("{KEYS}?{query}"), text: text.to_owned() })
    };
    let lists = [
        link(!read.expiring.is_empty(), format!("expiring={EXPIRING_DAYS}"), "All keys that expire soon"),
        link(!read.retiring.is_empty(), "status=retiring".to_owned(), "All keys that were replaced"),
    ];
    lists.into_iter().flatten().collect()
}
