//! What a browser shows to say who it is.
//!
//! *Threat:* a token that is guessed, read from a copy of the database, or sent along by another site's page; a form that was opened in
//! one workspace and is sent when the session works in another.
//! *Defence:* 32 random bytes (ASVS 5.0, 7.2.3 asks for 16); only a digest is kept; a form that changes something carries a second
//! value, which follows from the token and cannot be had from the digest, so that another site, which can make the browser send
//! the cookie, does not know it; that value is of one workspace.
//! *Not defended:* whoever reads the cookie itself. And a page that shows the second value must not be compressed together with
//! text of strangers where other sites can make the browser ask for it with its cookie: `SameSite` keeps them from that.
//!
//! The digest is plain BLAKE3 under a name of its own: nobody can try 2^256 tokens, so neither salt nor cost is of use.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, random_bytes};
use crate::id::WorkspaceId;
use crate::secret::{Secret, bytes_are_equal};

const DIGEST_CONTEXT: &str = "devhub 2026-11-25 operator session digest";
const CSRF_CONTEXT: &str = "devhub 2026-11-25 operator session csrf";

/// The token of a session.
///
/// *Shape:* as text 43 characters of `A-Z a-z 0-9 - _`: base64url of 32 bytes without padding.
#[derive(Clone)]
pub struct SessionToken(Zeroizing<[u8; 32]>);

impl SessionToken {
    /// A token that nobody can guess.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(random_bytes(entropy)))
    }

    /// Reads a token; `None` when the text has another shape.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?);
        bytes.as_slice().try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// The text, for the cookie and for nothing else.
    pub fn to_secret(&self) -> Secret {
        Secret::new(BASE64URL_NOPAD.encode(&*self.0))
    }

    /// What is kept of it.
    pub fn digest(&self) -> SessionDigest {
        SessionDigest(blake3::derive_key(DIGEST_CONTEXT, &*self.0))
    }

    /// The value that forms carry whose sender works in no workspace yet, or in one alone.
    pub fn csrf(&self) -> Secret {
        Secret::new(BASE64URL_NOPAD.encode(&blake3::derive_key(CSRF_CONTEXT, &*self.0)))
    }

    /// The value that forms of a workspace carry: a form that was opened in one is none of another.
    pub fn csrf_in(&self, workspace_id: WorkspaceId) -> Secret {
        let bound = Zeroizing::new([&self.0[..], &workspace_id.as_bytes()[..]].concat());
        Secret::new(BASE64URL_NOPAD.encode(&blake3::derive_key(CSRF_CONTEXT, &bound)))
    }

    /// Whether a form carried that value. Takes the same time whatever it carried.
    pub fn has_csrf_in(&self, workspace_id: WorkspaceId, carried: &str) -> bool {
        bytes_are_equal(self.csrf_in(workspace_id).expose().as_bytes(), carried.as_bytes())
    }

    /// Whether a form of nobody's workspace carried its value. Takes the same time whatever it carried.
    pub fn has_csrf(&self, carried: &str) -> bool {
        bytes_are_equal(self.csrf().expose().as_bytes(), carried.as_bytes())
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What is kept of a token: enough to find its session, and nothing to sign in with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionDigest(pub [u8; 32]);

impl fmt::Debug for SessionDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[session digest]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    fn token(seed: u64) -> SessionToken {
        SessionToken::generate(&SeededEntropy::new(seed))
    }

    #[test]
    fn a_token_reads_back_what_it_says() {
        let text = token(1).to_secret();
        assert_eq!(text.expose().len(), 43);
        assert_eq!(SessionToken::parse(text.expose()).unwrap().digest(), token(1).digest());
        assert_ne!(token(2).digest(), token(1).digest());
    }

    #[test]
    fn a_text_of_another_shape_is_no_token() {
        let text = token(1).to_secret();
        let long = format!("{}A", text.expose());
        // The last character holds four bits: another one with the same four must not be a second text for the same token.
        let second: String = text.expose().chars().take(42).chain(['_']).collect();
        for other in ["", "short", &long, &second, &"=".repeat(43), &"ä".repeat(43)] {
            assert!(SessionToken::parse(other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_form_must_carry_the_value_of_its_own_session() {
        let (own, other) = (token(1), token(2));
        assert!(own.has_csrf(own.csrf().expose()));
        assert!(!own.has_csrf(other.csrf().expose()));
        assert!(!own.has_csrf(""));
        assert_ne!(own.csrf().expose(), own.to_secret().expose());
    }

    #[test]
    fn a_form_must_carry_the_value_of_its_workspace() {
        let [here, there] = [1, 2].map(|byte| WorkspaceId::from_bytes([byte; 16]));
        let value = token(1).csrf_in(here);
        assert!(token(1).has_csrf_in(here, value.expose()));
        assert!(!token(1).has_csrf_in(there, value.expose()));
        assert!(!token(2).has_csrf_in(here, value.expose()));
        assert!(!token(1).has_csrf(value.expose()));
        assert!(!token(1).has_csrf_in(here, token(1).csrf().expose()));
    }

    #[test]
    fn neither_is_printed() {
        assert_eq!(format!("{:?} {:?}", token(1), token(1).digest()), "[redacted] [session digest]");
    }
}
