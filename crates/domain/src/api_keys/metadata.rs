//! What the systems of a key's holder keep with it.

use serde_json::{Map, Value};

use crate::json::depth;

/// Most bytes of a key's metadata, written without spaces.
pub const METADATA_MAX: usize = 4_096;

/// Most levels of objects and arrays within each other, the outermost included.
pub const METADATA_DEPTH_MAX: usize = 8;

/// A JSON object that the hub keeps, hands out and never reads: a customer's number, a plan, a link.
///
/// Whoever may see the key sees it: it is no place for secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(Map<String, Value>);

/// The metadata are no object, too long or too deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// Something else than an object.
    #[error("metadata must be a JSON object")]
    NoObject,
    /// Too many bytes.
    #[error("metadata must have at most {METADATA_MAX} bytes as JSON, got {length}")]
    TooLong {
        /// How many bytes.
        length: usize,
    },
    /// Too many levels.
    #[error("metadata must have at most {METADATA_DEPTH_MAX} levels of objects and arrays")]
    TooDeep,
}

impl Metadata {
    /// Checks a value.
    ///
    /// # Errors
    /// When it is outside its bounds.
    pub fn new(value: Value) -> Result<Self, MetadataError> {
        let Value::Object(members) = value else { return Err(MetadataError::NoObject) };
        let metadata = Self(members);
        let text = metadata.to_string();
        if text.len() > METADATA_MAX {
            return Err(MetadataError::TooLong { length: text.len() });
        }
        if depth(text.as_bytes()) > METADATA_DEPTH_MAX {
            return Err(MetadataError::TooDeep);
        }
        Ok(metadata)
    }

    /// Its members.
    pub const fn members(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl std::fmt::Display for Metadata {
    /// As JSON without spaces.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = serde_json::to_string(&self.0).or(Err(std::fmt::Error))?;
        f.write_str(&text)
    }
}

impl std::str::FromStr for Metadata {
    type Err = MetadataError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(serde_json::from_str(text).or(Err(MetadataError::NoObject))?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn metadata_are_an_object_and_nothing_else() {
        for value in [json!(null), json!([1]), json!("plan"), json!(7)] {
            assert_eq!(Metadata::new(value), Err(MetadataError::NoObject));
        }
        assert_eq!("{\"plan\"".parse::<Metadata>(), Err(MetadataError::NoObject));
        assert_eq!(Metadata::default().to_string(), "{}");
    }

    #[test]
    fn metadata_read_back_what_they_write() {
        let metadata = Metadata::new(json!({ "plan": "gold", "customer": { "number": 17 } })).unwrap();
        assert_eq!(metadata.to_string().parse(), Ok(metadata));
    }

    #[test]
    fn metadata_have_at_most_4_096_bytes_as_json() {
        let of = |length: usize| json!({ "k": "v".repeat(length - r#"{"k":""}"#.len()) });
        assert!(Metadata::new(of(4_096)).is_ok());
        assert_eq!(Metadata::new(of(4_097)), Err(MetadataError::TooLong { length: 4_097 }));
    }

    #[test]
    fn metadata_have_at_most_8_levels() {
        let of = |levels: usize| format!("{{\"k\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert!(of(8).parse::<Metadata>().is_ok());
        assert_eq!(of(9).parse::<Metadata>(), Err(MetadataError::TooDeep));
        assert_eq!(
            of(200).parse::<Metadata>(),
            Err(MetadataError::NoObject),
            "what is deeper than a reader goes is not read"
        );
    }
}
