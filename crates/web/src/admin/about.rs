//! What the general page tells of the hub itself: what whoever is asked for support wants to know first, and nothing secret.

use std::time::Duration;

use devhub_domain::time::Clock;
use devhub_domain::workspaces::TimeZone;

use super::components::{Fact, FactValue, Facts};
use super::moments::moment;
use super::pages::Pages;

/// A node of the hub, as far as people may see it: no password, and no name to log in with.
#[derive(Clone, Debug)]
pub struct NodeFacts {
    /// What receipts call it.
    pub name: String,
    /// Which database answers, with its version: `SQLite 3.50.2`.
    pub database: String,
    /// Which database that is, without user and password: `postgres://db.example:5432/hub`.
    pub database_name: String,
    /// Where the node keeps what is not in the database.
    pub state_folder: String,
    /// What makes a backup of the database.
    pub backup: &'static str,
}

/// Who asks, and when.
pub(super) struct Seen<'s> {
    pub(super) clock: &'s dyn Clock,
    pub(super) zone: &'s TimeZone,
    /// Where things are is for those who run the hub.
    pub(super) sees_places: bool,
    pub(super) has_sandbox: bool,
}

/// The facts, for the page.
pub(super) fn about(pages: &Pages, seen: &Seen<'_>) -> Facts {
    let uptime = seen.clock.elapsed();
    let started_at = seen.clock.now().minus(uptime);
    let mut items = vec![Fact::new("Version", FactValue::Code(env!("CARGO_PKG_VERSION").to_owned()))];
    items.extend(pages.node.as_ref().map(|node| Fact::text("Node", node.name.clone())));
    items.push(Fact::new("Running since", FactValue::Moment(moment(started_at, seen.zone))));
    items.push(Fact::text("Uptime", words(uptime)));
    if let Some(node) = &pages.node {
        items.push(Fact::text("Database", node.database.clone()));
        if seen.sees_places {
            let code = |text: &str| FactValue::Code(text.to_owned());
            items.push(Fact::new("Kept in", code(&node.database_name)));
            items.push(Fact::new("Folder of this node", code(&node.state_folder)));
            items.push(Fact::new("Backup", code(node.backup)));
        }
    }
    let public_url = pages.public_url.as_ref().map_or_else(
        || FactValue::Text("Not set: links are made from the address in the browser (server.public_url)".to_owned()),
        |url| FactValue::Code(url.to_string()),
    );
    items.push(Fact::new("Public address", public_url));
    let is_public = pages.is_reference_public;
    let reference = if is_public { "Public: everybody may read it" } else { "For operators only (reference.public)" };
    items.push(Fact::text("Endpoint reference", reference));
    let sandbox = if seen.has_sandbox { "On: payments under /api/v1 move no money" } else { "Off" };
    items.push(Fact::text("Sandbox", sandbox));
    Facts { items }
}

/// The two largest units: `3 days 4 hours`.
fn words(duration: Duration) -> String {
    let minutes = duration.as_secs() / 60;
    let parts = [(minutes / 1440, "day"), (minutes / 60 % 24, "hour"), (minutes % 60, "minute")];
    let shown = parts.iter().skip_while(|(count, _)| *count == 0).take(2).filter(|(count, _)| *count > 0);
    let shown: Vec<_> =
        shown.map(|(count, unit)| format!("{count} {unit}{}", if *count == 1 { "" } else { "s" })).collect();
    if shown.is_empty() { "Less than a minute".to_owned() } else { shown.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uptime_has_its_two_largest_units() {
        let cases = [
            (59, "Less than a minute"),
            (60, "1 minute"),
            (3_600, "1 hour"),
            (3_660, "1 hour 1 minute"),
            (86_400 + 59 * 60, "1 day"),
            (30 * 86_400 + 5 * 3_600, "30 days 5 hours"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(words(Duration::from_secs(seconds)), expected);
        }
    }
}
