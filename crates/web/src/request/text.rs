//! Domain values as JSON texts.

use std::fmt::Display;

use devhub_domain::api_keys::ScopeSet;
use serde::{Serialize, Serializer};

/// A value that is written as the text it displays: ids, instants, networks.
pub(crate) struct Text<T>(pub(crate) T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A set of scopes, written as a list of its words.
pub(crate) struct Scopes(pub(crate) ScopeSet);

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|scope| scope.as_str()))
    }
}
