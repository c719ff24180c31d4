//! Which deliveries are to be sent again, as it stands in an address or a form.

use devhub_domain::webhooks::DeliveryFilter;
use devhub_domain::workspaces::TimeZone;
use url::form_urlencoded;

use crate::admin::deliveries::{read, read_period, read_state};
use crate::admin::form_errors::Wrong;

/// The address of the list of jobs.
pub(in crate::admin) const PATH: &str = "/admin/developer/resends";

/// Where deliveries are chosen and counted.
pub(super) const NEW: &str = "/admin/developer/resends/new";

/// Which deliveries, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::admin) struct ResendQuery {
    pub(in crate::admin) endpoint: String,
    pub(in crate::admin) event_type: String,
    pub(in crate::admin) status: String,
    pub(in crate::admin) event: String,
    /// In the time of the workspace: `2026-11-29 21:51`, or with a second.
    pub(in crate::admin) from: String,
    pub(in crate::admin) before: String,
}

impl ResendQuery {
    /// Reads a query string, or a form that was sent.
    pub(super) fn parse(query: &[u8]) -> Self {
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(query) {
            let value = value.trim();
            let field = match &*name {
                "endpoint" => &mut read.endpoint,
                "type" => &mut read.event_type,
                "status" => &mut read.status,
                "event" => &mut read.event,
                "from" => &mut read.from,
                "before" => &mut read.before,
                _ => continue,
            };
            value.clone_into(field);
        }
        read
    }

    /// What is sent, by name.
    pub(super) fn pairs(&self) -> [(&'static str, &str); 6] {
        [
            ("endpoint", &self.endpoint),
            ("type", &self.event_type),
            ("status", &self.status),
            ("event", &self.event),
            ("from", &self.from),
            ("before", &self.before),
        ]
    }

    /// Whether anything was asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.pairs().iter().all(|(_, value)| value.is_empty())
    }

    /// Where it is counted what these choices match.
    pub(in crate::admin) fn href(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs().into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { NEW.to_owned() } else { format!("{NEW}?{query}") }
    }

    /// What the store is asked for; times are those of the workspace.
    ///
    /// # Errors
    /// What cannot be looked for, by field.
    pub(super) fn filter(&self, zone: &TimeZone) -> Result<DeliveryFilter, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let event_type = read("type", &self.event_type, &mut wrong);
        let endpoint_id = read("endpoint", &self.endpoint, &mut wrong);
        let event_id = read("event", &self.event, &mut wrong);
        let state = read_state(&self.status, &mut wrong);
        let created = read_period(("from", &self.from), ("before", &self.before), zone, &mut wrong);
        let filter = DeliveryFilter { event_id, event_type, endpoint_id, state, created };
        if wrong.is_empty() { Ok(filter) } else { Err(wrong) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> ResendQuery {
        ResendQuery::parse(text.as_bytes())
    }

    #[test]
    fn the_address_says_what_is_counted() {
        let asked = query("status=exhausted&from=2026-11-29T21:51&type=&x=y");
        assert_eq!(asked.href(), format!("{NEW}?status=exhausted&from=2026-11-29T21%3A51"));
        assert_eq!((query("").href(), query("").is_empty()), (NEW.to_owned(), true));
        let filter = asked.filter(&TimeZone::utc()).unwrap();
        assert_eq!(filter.created.from.unwrap().to_string(), "2026-11-29T21:51:00.000000Z");
    }

    #[test]
    fn what_cannot_be_looked_for_is_named() {
        let asked = query("status=gone&endpoint=1&event=2&type=no+type&from=yesterday&before=x");
        let fields: Vec<_> = asked.filter(&TimeZone::utc()).unwrap_err().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["type", "endpoint", "event", "status", "from", "before"]);
        let backwards = query("from=2026-11-29&before=2026-11-28").filter(&TimeZone::utc()).unwrap_err();
        assert_eq!(backwards[0].0, "before");
    }
}
