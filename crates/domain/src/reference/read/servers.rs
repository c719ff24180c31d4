//! Where an API is reached.

use serde_json::Value;

use super::Reader;
use super::lookup::{entries, members, object, text};
use crate::reference::pointer::Place;
use crate::reference::{BaseUrl, Fault};

/// More addresses than anybody chooses from.
const SERVERS_MAX: usize = 20;

impl Reader<'_> {
    /// The servers of the document, a path or an operation; what has no address is left out.
    pub(super) fn servers(&mut self, within: &Value, place: &Place<'_>) -> Result<Vec<BaseUrl>, Fault> {
        let mut urls = Vec::new();
        for (number, server) in entries(within, "servers", place)?.iter().take(SERVERS_MAX).enumerate() {
            let list = place.name("servers");
            let at = list.number(number);
            object(server, &at)?;
            let mut url = text(server, "url");
            for (name, variable) in members(server, "variables", &at)? {
                url = url.replace(&format!("{{{name}}}"), &text(variable, "default"));
            }
            // Slash at the end and slash at the beginning of a path would be two.
            let kept = url.trim_end_matches('/');
            let url = self.budget.short(if kept.is_empty() && !url.is_empty() { "/" } else { kept }, &at)?;
            if !url.is_empty() {
                urls.push(BaseUrl { url, description: self.budget.long(server, &at)? });
            }
        }
        Ok(urls)
    }
}
