//! What the hub tells of keys, as events that endpoints can subscribe to: by name, or all of them by `key.*`.

use serde_json::{Value, json};

use super::catalog::CatalogEntry;
use super::catalog_schemas::{list, operational_schema, schema_head};
use crate::api_keys::{KeyMatter, KeyNews, KeySpray, KeyTold, Owner, Scope, ToldKey};

/// An event about a key: its fields, and those of its own.
macro_rules! key_entry {
    ($event:literal, $what:literal, $successor:literal, $own_sample:literal, $own_fields:literal, [$($own:literal),*]) => {
        CatalogEntry {
            name: $event,
            description: concat!($what, " Comes from the hub itself; \"*\" does not want it."),
            sample: concat!(
                r#"{"event":""#, $event, r#"","event_id":"evt_06b6rk0004s4g1s0d5ju9o6m0k","#,
                r#""created_at":"2026-11-24T10:00:00.000000Z","data":{"key_id":"key_06b6rk0004s4g1s0d5ju9o6m0k","#,
                r#""label":"WooCommerce Plugin","prefix":"0a1b2c3d","environment":"live","owner":"checkout team","#,
                r#""scopes":["read","write"],"expires_at":"2026-12-01T10:00:00.000000Z","successor_id":"#, $successor,
                r#","actor":"command-line","at":"2026-11-24T10:00:00.000000Z""#, $own_sample, "}}"
            ),
            schema: operational_schema!(
                $event,
                [
                    "key_id", "label", "prefix", "environment", "owner", "scopes", "expires_at", "successor_id", "actor", "at"
                    $(, $own)*
                ],
                r##""key_id":{"type":"string"},"label":{"type":"string"},"prefix":{"type":"string"},"environment":{"type":"string"},"owner":{"type":["string","null"]},"scopes":{"type":"array","items":{"type":"string"}},"expires_at":{"type":["string","null"],"format":"date-time"},"successor_id":{"type":["string","null"]},"actor":{"type":"string"},"at":{"type":"string","format":"date-time"}"##,
                $own_fields
            ),
        }
    };
    ($event:literal, $what:literal) => {
        key_entry!($event, $what, "null", "", "", [])
    };
}

pub(super) const ISSUED: CatalogEntry =
    key_entry!("key.issued", "A key was issued, also as the successor of another; one that was imported is not told.");

pub(super) const ROTATED: CatalogEntry = key_entry!(
    "key.rotated",
    "A key has a successor, and is accepted until expires_at at the latest.",
    r#""key_06b6rk0004s4g1s0d5ju9o6m0g""#,
    "",
    "",
    []
);

pub(super) const LOCKED: CatalogEntry =
    key_entry!("key.locked", "A key was locked: it is refused until it is unlocked.");

pub(super) const UNLOCKED: CatalogEntry = key_entry!("key.unlocked", "A key was unlocked: it is accepted again.");

pub(super) const REVOKED: CatalogEntry = key_entry!("key.revoked", "A key was revoked: it is refused for good.");

pub(super) const EXPIRING: CatalogEntry = key_entry!(
    "key.expiring",
    "A key that is accepted expires within 7 days or within 1 day; told once for each.",
    "null",
    r#","days":7"#,
    r##","days":{"enum":[1,7]}"##,
    ["days"]
);

pub(super) const SPRAY: CatalogEntry = CatalogEntry {
    name: KeySpray::NAME,
    description: "From one network came many tokens that no key has; told once for each network and hour. The network is null for those that are too many to be counted by themselves. Comes from the hub itself; \"*\" does not want it.",
    sample: r#"{"event":"key.spray","event_id":"evt_06b6rk0004s4g1s0d5ju9o6m0k","created_at":"2026-11-24T10:00:00.000000Z","data":{"network":"203.0.113.0/24","unknown_keys":120,"since":"2026-11-24T10:00:00.000000Z","actor":"system","at":"2026-11-24T10:07:00.000000Z"}}"#,
    schema: operational_schema!(
        "key.spray",
        ["network", "unknown_keys", "since", "actor", "at"],
        r##""network":{"type":["string","null"]},"unknown_keys":{"type":"integer","minimum":1},"since":{"type":"string","format":"date-time"},"actor":{"type":"string"},"at":{"type":"string","format":"date-time"}"##
    ),
};

/// What is told: the fields of `data`.
pub(super) fn content(told: &KeyTold) -> Value {
    let mut fields = match &told.news {
        KeyNews::Key(matter, key) => of_key(*matter, key),
        KeyNews::Spray(KeySpray { network, since, unknown_keys }) => json!({
            "network": network.map(|network| network.to_string()),
            "unknown_keys": unknown_keys,
            "since": since.to_string(),
        }),
    };
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("actor".to_owned(), json!(told.actor.to_string()));
        fields.insert("at".to_owned(), json!(told.at.to_string()));
    }
    fields
}

fn of_key(matter: KeyMatter, key: &ToldKey) -> Value {
    let mut fields = json!({
        "key_id": key.id.to_string(),
        "label": key.label.as_str(),
        "prefix": key.prefix,
        "environment": key.environment.as_str(),
        "owner": key.owner.as_ref().map(Owner::as_str),
        "scopes": key.scopes.iter().map(Scope::as_str).collect::<Vec<_>>(),
        "expires_at": key.expires_at.map(|at| at.to_string()),
        "successor_id": key.successor_id.map(|id| id.to_string()),
    });
    if let (KeyMatter::Expiring { days }, Some(fields)) = (matter, fields.as_object_mut()) {
        fields.insert("days".to_owned(), json!(days));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Actor;
    use crate::events::{Schema, built_in};
    use crate::id::EventId;
    use crate::testing::api_key;
    use crate::time::Timestamp;

    const AT: Timestamp = Timestamp::from_seconds(7_200);

    fn all() -> Vec<KeyTold> {
        let matters = [
            KeyMatter::Issued,
            KeyMatter::Rotated,
            KeyMatter::Locked,
            KeyMatter::Unlocked,
            KeyMatter::Revoked,
            KeyMatter::Expiring { days: 1 },
        ];
        let id = EventId::from_bytes([1; 16]);
        let of_keys = matters.map(|matter| KeyTold::of(id, (Actor::System, AT), matter, &api_key(1)));
        let spray = KeySpray { network: None, since: AT, unknown_keys: 7 };
        let spray = KeyTold { news: KeyNews::Spray(spray), ..of_keys[0].clone() };
        of_keys.into_iter().chain([spray]).collect()
    }

    #[test]
    fn a_sample_has_the_fields_that_are_sent() {
        for told in all() {
            let sample: Value = serde_json::from_str(built_in(told.name()).unwrap().sample).unwrap();
            let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(&content(&told)), keys(&sample["data"]), "{}", told.name());
        }
    }

    #[test]
    fn what_is_sent_satisfies_its_schema() {
        for told in all() {
            let payload = json!({
                "event": told.name(), "event_id": told.id.to_string(), "created_at": AT.to_string(), "data": content(&told),
            });
            let schema = Schema::compile(built_in(told.name()).unwrap().schema).unwrap();
            assert!(schema.faults(payload.to_string().as_bytes()).is_empty(), "{payload}");
        }
    }
}
