//! The configuration in force, for people: every key, its value with secrets masked, and where it came from.

use url::Url;

use super::fields::SECRET_KEYS;
use super::layers::{Layers, Raw};

/// What stands in place of a secret, whatever its length.
pub(super) const MASK: &str = "********";

/// One key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// With its section.
    pub(crate) key: String,
    /// As it would be written, secrets masked.
    pub(crate) value: String,
    /// Where it came from.
    pub(crate) origin: String,
}

/// Every key, in alphabetical order.
pub(super) fn list(layers: &Layers) -> Vec<Line> {
    let line = |(key, found): (&String, &super::layers::Found)| Line {
        key: key.clone(),
        value: shown(key, &found.raw),
        origin: found.origin.to_string(),
    };
    layers.known.iter().map(line).collect()
}

fn shown(key: &str, raw: &Raw) -> String {
    if !SECRET_KEYS.contains(&key) {
        return raw.to_string();
    }
    match raw {
        Raw::Text(text) if text.is_empty() => raw.to_string(),
        Raw::Text(text) if key == "database.url" => Raw::Text(without_password(text)).to_string(),
        _ => MASK.to_owned(),
    }
}

/// A database address whose password is masked. What cannot be read as an address is masked whole, but for a folder.
pub(super) fn without_password(text: &str) -> String {
    if text.starts_with("sqlite:") {
        return text.to_owned();
    }
    let Ok(mut url) = Url::parse(text) else {
        return MASK.to_owned();
    };
    if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
        return MASK.to_owned();
    }
    if url.query_pairs().any(|(name, _)| name == "password") {
        url.set_query(Some(MASK));
    }
    url.to_string()
}
