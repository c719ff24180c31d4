//! Which deliveries are listed, as it stands in the address of the page.

use devhub_domain::id::{DeliveryId, EndpointId, EventId};
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::webhooks::{DeliveryFilter, EndpointName};
use devhub_domain::workspaces::TimeZone;
use url::form_urlencoded;

use super::choices::{read, read_period, read_state, said};
use super::tail;
use crate::admin::form_errors::Wrong;

/// The address of the log.
pub(in crate::admin) const PATH: &str = "/admin/developer/deliveries";

/// What a form sends the ends of the period as: the names that the API has for them.
pub(super) const CREATED_FROM: &str = "created_from";
pub(super) const CREATED_BEFORE: &str = "created_before";

/// Deliveries on one page.
const PAGE_SIZE: u64 = 25;

/// Which deliveries are listed, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::admin) struct LogQuery {
    pub(super) endpoint: String,
    pub(super) event_type: String,
    pub(super) status: String,
    pub(super) event: String,
    /// In the time of the workspace: `2026-11-29T21:51`, or with a second. Called as the API calls it.
    pub(super) created_from: String,
    pub(super) created_before: String,
    pub(super) after: Option<DeliveryId>,
}

impl LogQuery {
    /// Reads the query string of the log.
    pub(super) fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            match &*name {
                "endpoint" => value.clone_into(&mut read.endpoint),
                "type" => value.clone_into(&mut read.event_type),
                "status" => value.clone_into(&mut read.status),
                "event" => value.clone_into(&mut read.event),
                CREATED_FROM => value.clone_into(&mut read.created_from),
                CREATED_BEFORE => value.clone_into(&mut read.created_before),
                "after" => read.after = value.parse().ok(),
                _ => {}
            }
        }
        read
    }

    /// What was sent to one endpoint.
    pub(in crate::admin) fn of_endpoint(id: EndpointId) -> Self {
        Self { endpoint: id.to_string(), ..Self::default() }
    }

    /// What became of one event.
    pub(super) fn of_event(id: EventId) -> Self {
        Self { event: id.to_string(), ..Self::default() }
    }

    /// Whether anything but the page is chosen.
    pub(super) fn is_filtered(&self) -> bool {
        self.pairs().iter().any(|(_, value)| !value.is_empty())
    }

    /// What the store is asked for, of the endpoints that are `known`; times are those of the workspace.
    ///
    /// # Errors
    /// What cannot be looked for: to pass over it would show what was not asked for.
    pub(super) fn filter(&self, known: &[EndpointName], zone: &TimeZone) -> Result<DeliveryFilter, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let event_type = read("type", &self.event_type, &mut wrong);
        let endpoint_id = said(&self.endpoint)
            .and_then(|text| endpoint_called(text, known).map_err(|text| wrong.push(("endpoint", text))).ok());
        let event_id = read("event", &self.event, &mut wrong);
        let state = read_state(&self.status, &mut wrong);
        let (from, before) = ((CREATED_FROM, &*self.created_from), (CREATED_BEFORE, &*self.created_before));
        let created = read_period(from, before, zone, &mut wrong);
        let filter = DeliveryFilter { event_id, event_type, endpoint_id, state, created };
        if wrong.is_empty() { Ok(filter) } else { Err(wrong) }
    }

    /// Which part of the log is wanted.
    pub(super) fn page(&self) -> PageRequest<DeliveryId> {
        PageRequest { size: PageSize::new(PAGE_SIZE).unwrap_or_default(), after: self.after }
    }

    /// The address of the log with these choices.
    pub(in crate::admin) fn href(&self) -> String {
        let after = self.after.map(|id| id.to_string()).unwrap_or_default();
        self.append_to(PATH, ("after", &after))
    }

    /// Where what is newer is told as it comes, with these choices.
    pub(super) fn tail(&self, newest: Option<DeliveryId>) -> String {
        let since = newest.map(|id| id.to_string()).unwrap_or_default();
        self.append_to(tail::PATH, ("since", &since))
    }

    /// What is chosen, by name.
    fn pairs(&self) -> [(&str, &String); 6] {
        [
            ("endpoint", &self.endpoint),
            ("type", &self.event_type),
            ("status", &self.status),
            ("event", &self.event),
            (CREATED_FROM, &self.created_from),
            (CREATED_BEFORE, &self.created_before),
        ]
    }

    /// An address with these choices, and one more.
    fn append_to(&self, path: &str, more: (&str, &String)) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs().into_iter().chain([more]).filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// The endpoint with this id, also one that was deleted, or else the only one whose address has this in it.
fn endpoint_called(text: &str, known: &[EndpointName]) -> Result<EndpointId, String> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let wanted = text.to_lowercase();
    let mut found = known.iter().filter(|name| name.url.as_str().to_lowercase().contains(&wanted));
    match (found.next(), found.count()) {
        (Some(name), 0) => Ok(name.id),
        (Some(_), more) => {
            Err(format!("{} endpoints have this in their address: type more of it, or an id.", more + 1))
        }
        (None, _) => Err("No endpoint has this id, or this in its address.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use devhub_domain::webhooks::EndpointUrl;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_address_says_what_is_listed() {
        let query = LogQuery::parse("type=+payment.completed+&status=exhausted&endpoint=&x=y");
        assert_eq!(query.href(), "/admin/developer/deliveries?type=payment.completed&status=exhausted");
        assert_eq!(LogQuery::default().href(), PATH);
    }

    #[test]
    fn what_cannot_be_looked_for_is_named_and_not_passed_over() {
        let query = "type=no+type&status=gone&endpoint=1&event=whe_1&created_from=x&created_before=yesterday&after=1";
        let query = LogQuery::parse(query);
        let fields: Vec<_> =
            query.filter(&[], &TimeZone::utc()).unwrap_err().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["type", "endpoint", "event", "status", CREATED_FROM, CREATED_BEFORE]);
        assert_eq!(query.after, None);
    }

    #[test]
    fn an_endpoint_is_found_by_its_id_or_by_what_only_its_address_has() {
        let id = |byte| EndpointId::from_bytes([byte; 16]);
        let name = |byte, url: &str| EndpointName { id: id(byte), url: EndpointUrl::from_stored(url).unwrap() };
        let known = [name(1, "https://shop.example/hook"), name(2, "https://shop.example/till")];
        let found = |text: &str| endpoint_called(text, &known);
        assert_eq!(found("Example/TILL"), Ok(id(2)));
        assert_eq!(found(&id(3).to_string()), Ok(id(3)), "one that was deleted has deliveries too");
        assert!(found("shop").unwrap_err().starts_with("2 endpoints have this"));
        assert!(found("other.example").unwrap_err().starts_with("No endpoint has this"));
    }

    #[test]
    fn times_are_those_of_the_workspace_and_one_is_after_the_other() {
        let dhaka = "Asia/Dhaka".parse().unwrap();
        let created = |query: &str| LogQuery::parse(query).filter(&[], &dhaka).map(|filter| filter.created);
        let period = created("created_from=2026-11-29T21:51&created_before=2026-11-30").unwrap();
        assert_eq!(period.from.unwrap().to_string(), "2026-11-29T15:51:00.000000Z");
        assert_eq!(period.before.unwrap().to_string(), "2026-11-29T18:00:00.000000Z");
        let backwards = created("created_from=2026-11-30&created_before=2026-11-29T23:00").unwrap_err();
        assert_eq!(backwards[0].0, CREATED_BEFORE);
    }

    proptest! {
        #[test]
        fn an_address_reads_back_what_it_says(texts in prop::array::uniform6("[^\\pC]{0,40}")) {
            let [endpoint, event_type, status, event, created_from, created_before] =
                texts.map(|text| text.trim().to_owned());
            let after = Some(DeliveryId::from_bytes([7; 16]));
            let query = LogQuery { endpoint, event_type, status, event, created_from, created_before, after };
            let href = query.href();
            prop_assert_eq!(LogQuery::parse(href.split_once('?').map_or("", |(_, query)| query)), query);
        }
    }
}
