//! What a merchant keeps with a payment.

use serde_json::{Map, Value};

/// How large a merchant's metadata may be, as JSON. It stands in a payload twice, which with all other fields is to stay far below
/// what the hub takes as one ([`PAYLOAD_BYTES_DEFAULT_MAX`](devhub_domain::events::PAYLOAD_BYTES_DEFAULT_MAX)): no event is refused for it.
pub const METADATA_BYTES_MAX: usize = 8 * 1024;

/// How deep it may be nested, itself included.
pub const METADATA_DEPTH_MAX: usize = 8;

/// A merchant's own object, which comes back with every event of its payment. Never printed: it may be about people.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Metadata(Map<String, Value>);

/// The object is more than is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// It is too large.
    #[error("metadata must have at most {METADATA_BYTES_MAX} bytes as JSON, got {bytes}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// It is nested too deep.
    #[error("metadata must be nested at most {METADATA_DEPTH_MAX} levels deep")]
    TooDeep,
}

impl Metadata {
    /// Checks an object.
    ///
    /// # Errors
    /// [`MetadataError`] when it is too large or nested too deep.
    pub fn new(object: Map<String, Value>) -> Result<Self, MetadataError> {
        let this = Self(object);
        let text = this.to_json();
        if text.len() > METADATA_BYTES_MAX {
            return Err(MetadataError::TooLarge { bytes: text.len() });
        }
        if devhub_domain::json::depth(text.as_bytes()) > METADATA_DEPTH_MAX {
            return Err(MetadataError::TooDeep);
        }
        Ok(this)
    }

    /// What a store has kept of [`Metadata::to_json`]; `None` for what is no object within the bounds.
    pub fn from_json(text: &str) -> Option<Self> {
        let object = serde_json::from_str(text).ok()?;
        Self::new(object).ok()
    }

    /// The object as JSON, for a store.
    ///
    /// # Panics
    /// Never: the names in an object are texts.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).expect("an object with texts for keys has a JSON form")
    }

    /// The object.
    pub const fn as_object(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl std::fmt::Debug for Metadata {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Metadata({} keys)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(value: &Value) -> Result<Metadata, MetadataError> {
        Metadata::new(value.as_object().unwrap().clone())
    }

    #[test]
    fn metadata_is_bounded_in_size_and_depth() {
        // {"k":"…"} has eight characters besides.
        assert!(check(&json!({ "k": "a".repeat(METADATA_BYTES_MAX - 8) })).is_ok());
        let bytes = METADATA_BYTES_MAX + 1;
        assert_eq!(check(&json!({ "k": "a".repeat(bytes - 8) })), Err(MetadataError::TooLarge { bytes }));
        assert!(check(&json!({ "1": { "2": { "3": { "4": { "5": { "6": { "7": [] } } } } } } })).is_ok());
        assert_eq!(
            check(&json!({ "1": { "2": { "3": { "4": { "5": { "6": { "7": [[]] } } } } } } })),
            Err(MetadataError::TooDeep)
        );
    }

    #[test]
    fn metadata_reads_back_and_what_is_none_does_not() {
        let metadata = check(&json!({ "whmcs_invoice_id": "77", "n": 1.5 })).unwrap();
        assert_eq!(Metadata::from_json(&metadata.to_json()), Some(metadata));
        assert_eq!(Metadata::from_json("[]"), None);
        assert_eq!(Metadata::from_json("{"), None);
    }

    #[test]
    fn metadata_is_not_printed() {
        assert_eq!(format!("{:?}", check(&json!({ "name": "Ada" })).unwrap()), "Metadata(1 keys)");
    }
}
