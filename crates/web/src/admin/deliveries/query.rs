//! Which deliveries are listed, as it stands in the address of the page.

use devhub_domain::id::{DeliveryId, EndpointId, EventId};
use devhub_domain::page::{PageRequest, PageSize, Period};
use devhub_domain::webhooks::{DeliveryFilter, EndpointName};
use url::form_urlencoded;

use super::choices::{read, read_state, said};
use super::tail;
use crate::admin::form_errors::Wrong;

/// The address of the log.
pub(in crate::admin) const PATH: &str = "/admin/developer/deliveries";

/// Deliveries on one page.
const PAGE_SIZE: u64 = 25;

/// Which deliveries are listed, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::admin) struct LogQuery {
    pub(super) endpoint: String,
    pub(super) event_type: String,
    pub(super) status: String,
    pub(super) event: String,
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
    pub(super) const fn is_filtered(&self) -> bool {
        let Self { endpoint, event_type, status, event, after: _ } = self;
        !(endpoint.is_empty() && event_type.is_empty() && status.is_empty() && event.is_empty())
    }

    /// What the store is asked for, of the endpoints that are `known`.
    ///
    /// # Errors
    /// What cannot be looked for: to pass over it would show what was not asked for.
    pub(super) fn filter(&self, known: &[EndpointName]) -> Result<DeliveryFilter, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let event_type = read("type", &self.event_type, &mut wrong);
        let endpoint_id = said(&self.endpoint)
            .and_then(|text| endpoint_called(text, known).map_err(|text| wrong.push(("endpoint", text))).ok());
        let event_id = read("event", &self.event, &mut wrong);
        let state = read_state(&self.status, &mut wrong);
        let filter = DeliveryFilter { event_id, event_type, endpoint_id, state, created: Period::default() };
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

    /// An address with these choices, and one more.
    fn append_to(&self, path: &str, (name, value): (&str, &String)) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let pairs = [
            ("endpoint", &self.endpoint),
            ("type", &self.event_type),
            ("status", &self.status),
            ("event", &self.event),
            (name, value),
        ];
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
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
        let query = LogQuery::parse("type=no+type&status=gone&endpoint=1&event=whe_1&after=1");
        let fields: Vec<_> = query.filter(&[]).unwrap_err().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["type", "endpoint", "event", "status"]);
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

    proptest! {
        #[test]
        fn an_address_reads_back_what_it_says(texts in prop::array::uniform4("[^\\pC]{0,40}")) {
            let [endpoint, event_type, status, event] = texts.map(|text| text.trim().to_owned());
            let query = LogQuery { endpoint, event_type, status, event, after: Some(DeliveryId::from_bytes([7; 16])) };
            let href = query.href();
            prop_assert_eq!(LogQuery::parse(href.split_once('?').map_or("", |(_, query)| query)), query);
        }
    }
}
