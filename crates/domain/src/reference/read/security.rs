//! How a caller proves who it is.

use serde_json::Value;

use super::Reader;
use super::lookup::{entries, object, text};
use crate::reference::pointer::Place;
use crate::reference::{Fault, Problem, Security, SecurityKind};

/// More ways than anybody chooses from.
const WAYS_MAX: usize = 20;

impl<'d> Reader<'d> {
    /// What an operation asks for: what stands with it, or else with the document.
    pub(super) fn security(&mut self, operation: &'d Value, place: &Place<'_>) -> Result<Vec<Security>, Fault> {
        let root = Place::ROOT;
        let (within, place) =
            if operation.get("security").is_some() { (operation, place) } else { (self.document, &root) };
        let list = place.name("security");
        let mut ways = Vec::new();
        for (number, requirement) in entries(within, "security", place)?.iter().enumerate() {
            let at = list.number(number);
            for (name, scopes) in object(requirement, &at)? {
                if ways.len() < WAYS_MAX {
                    ways.push(self.way(name, scopes, &at)?);
                }
            }
        }
        Ok(ways)
    }

    fn way(&mut self, name: &str, scopes: &Value, place: &Place<'_>) -> Result<Security, Fault> {
        let schemes = self.document.get("components").and_then(|components| components.get("securitySchemes"));
        let Some(scheme) = schemes.and_then(|schemes| schemes.get(name)) else {
            let reference = format!("#/components/securitySchemes/{}", name.chars().take(100).collect::<String>());
            return Err(place.name(name).fault(Problem::Dangling { reference }));
        };
        let target = self.resolve(scheme, place)?;
        let scheme = target.value;
        let sent_as = text(scheme, "name");
        let kind = match (text(scheme, "type").as_str(), text(scheme, "in").as_str()) {
            ("apiKey", "query") => SecurityKind::Query(sent_as),
            ("apiKey", "cookie") => SecurityKind::Cookie(sent_as),
            ("apiKey", _) => SecurityKind::Header(sent_as),
            ("mutualTLS", _) => SecurityKind::Certificate,
            ("http", _) => match text(scheme, "scheme") {
                bearer if bearer.eq_ignore_ascii_case("bearer") => SecurityKind::Bearer,
                basic if basic.eq_ignore_ascii_case("basic") => SecurityKind::Basic,
                other => SecurityKind::Scheme(other),
            },
            _ => SecurityKind::Bearer,
        };
        let scopes = scopes.as_array().map(Vec::as_slice).unwrap_or_default();
        let mut kept = Vec::new();
        for scope in scopes.iter().filter_map(Value::as_str).take(50) {
            kept.push(self.budget.short(scope, place)?);
        }
        let description = self.budget.long(scheme, place)?;
        Ok(Security { name: self.budget.short(name, place)?, kind, scopes: kept, description })
    }
}
