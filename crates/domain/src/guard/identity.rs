//! Who a request comes from, in the headers by which a proxy tells it to what stands behind.
//!
//! *Threat:* a client sends these headers itself and passes for somebody else; a label with a line break in it makes another header.
//! *Defence:* their names are fixed and listed, so that a proxy can remove what a client sent; values are visible ASCII. *Not defended:*
//! a proxy that hands them on without removing them first, which the configurations of the guide do.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::api_keys::{KeySummary, ScopeSet};
use crate::id::{KeyId, WorkspaceId};

/// A key that was let in, for what stands behind the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The key.
    pub key_id: KeyId,
    /// The workspace that it opens.
    pub workspace_id: WorkspaceId,
    /// All that it may do.
    pub scopes: ScopeSet,
    /// What it is meant for.
    pub environment: Box<str>,
}

/// The name of a header that tells of an [`Identity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityHeader {
    /// `X-Devhub-Key-Id`.
    KeyId,
    /// `X-Devhub-Workspace-Id`.
    WorkspaceId,
    /// `X-Devhub-Scopes`: words with single spaces between.
    Scopes,
    /// `X-Devhub-Environment`: percent-encoded where it is not visible ASCII.
    Environment,
}

impl IdentityHeader {
    /// Every one of them: what a proxy must remove from the requests of its clients.
    pub const ALL: [Self; 4] = [Self::KeyId, Self::WorkspaceId, Self::Scopes, Self::Environment];

    /// The name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeyId => "x-devhub-key-id",
            Self::WorkspaceId => "x-devhub-workspace-id",
            Self::Scopes => "x-devhub-scopes",
            Self::Environment => "x-devhub-environment",
        }
    }
}

impl Identity {
    /// The headers with their values.
    pub fn headers(&self) -> [(IdentityHeader, String); 4] {
        [
            (IdentityHeader::KeyId, self.key_id.to_string()),
            (IdentityHeader::WorkspaceId, self.workspace_id.to_string()),
            (IdentityHeader::Scopes, self.scopes.to_string()),
            (IdentityHeader::Environment, visible(&self.environment)),
        ]
    }
}

impl From<KeySummary> for Identity {
    fn from(key: KeySummary) -> Self {
        let KeySummary { id, workspace_id, scopes, environment, .. } = key;
        Self { key_id: id, workspace_id, scopes, environment }
    }
}

/// What is not visible, and the sign that says so; what is no ASCII is written so anyway.
const HIDDEN: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

/// The text in visible ASCII; what is not, and the sign that says so, as `%` and two digits for each byte.
fn visible(text: &str) -> String {
    utf8_percent_encode(text, HIDDEN).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_visible_ascii_whatever_the_environment_is_called() {
        let cases = [("live", "live"), ("a b", "a%20b"), ("prüfung", "pr%C3%BCfung"), ("50%\r\n", "50%25%0D%0A")];
        for (environment, expected) in cases {
            assert_eq!(visible(environment), expected);
        }
    }

    #[test]
    fn every_header_is_named_once() {
        let names = IdentityHeader::ALL.map(IdentityHeader::name);
        assert_eq!(names, ["x-devhub-key-id", "x-devhub-workspace-id", "x-devhub-scopes", "x-devhub-environment"]);
    }
}
