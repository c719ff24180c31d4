//! What remains of a token in the store.
//!
//! *Threat:* a stolen database or a chosen token that collides in the directory's map.
//! *Defence:* BLAKE3 keyed with a pepper of 32 random bytes that is stored sealed: without the pepper a digest neither confirms a
//! guess nor can its bytes be chosen. *Not defended:* a thief who has the database and the master key and guesses 160 bits.

use std::fmt;
use std::hash::Hasher;

use zeroize::Zeroizing;

use crate::entropy::{Entropy, random_bytes};

/// The key of the keyed hash; made at setup, sealed at rest, never shown.
#[derive(Clone)]
pub struct Pepper(Zeroizing<[u8; 32]>);

impl Pepper {
    /// 32 fresh random bytes.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(random_bytes(entropy)))
    }

    /// The pepper that was stored.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, to be sealed.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A keyed digest: what a presented token is compared with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyDigest(pub [u8; 32]);

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[digest]")
    }
}

/// How a digest was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestScheme {
    /// Of the token itself: every key that was issued here.
    Token,
    /// Of the token's SHA-256: imported keys, of which OwnPay keeps nothing else.
    Sha256,
}

impl DigestScheme {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Sha256 => "sha256",
        }
    }

    /// The scheme with this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Token, Self::Sha256].into_iter().find(|scheme| scheme.as_str() == word)
    }
}

/// Makes digests.
#[derive(Clone, Debug)]
pub struct TokenHasher {
    pepper: Pepper,
}

impl TokenHasher {
    /// A hasher with the installation's pepper.
    pub fn new(pepper: Pepper) -> Self {
        Self { pepper }
    }

    /// The digest under which a key that was issued here is stored.
    pub fn digest(&self, token: &str) -> KeyDigest {
        self.keyed(token.as_bytes())
    }

    /// The digest under which an imported key is stored, given the SHA-256 of its whole token.
    pub fn imported_digest(&self, sha256: &[u8; 32]) -> KeyDigest {
        self.keyed(sha256)
    }

    /// The digest under which the imported key with this token is stored. Source: contract §1.1.
    pub fn imported_token_digest(&self, token: &str) -> KeyDigest {
        self.keyed(ring::digest::digest(&ring::digest::SHA256, token.as_bytes()).as_ref())
    }

    fn keyed(&self, input: &[u8]) -> KeyDigest {
        KeyDigest(*blake3::keyed_hash(self.pepper.expose(), input).as_bytes())
    }
}

/// Takes eight bytes of the digest as they are: a keyed digest is already as random as a hash can be.
#[derive(Default)]
pub(super) struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(head) = bytes.first_chunk::<8>() {
            self.0 = u64::from_le_bytes(*head);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "op_8ae87c48.aae2b54e89c755d768a9db81b820643d3da4257474735ebd";

    #[test]
    fn an_imported_key_is_found_by_its_token() {
        // The vector of contract §1.1.
        let sha256 = "41cea3b1ac3262502612d2ab11cb3c7c21ae30dd394d13acc44c8bb3c1243297";
        let sha256 = data_encoding::HEXLOWER.decode(sha256.as_bytes()).unwrap().try_into().unwrap();
        let hasher = TokenHasher::new(Pepper::from_bytes([1; 32]));
        assert_eq!(hasher.imported_token_digest(EXAMPLE), hasher.imported_digest(&sha256));
    }

    #[test]
    fn the_digest_depends_on_the_pepper() {
        let one = TokenHasher::new(Pepper::from_bytes([1; 32]));
        let two = TokenHasher::new(Pepper::from_bytes([2; 32]));
        assert_ne!(one.digest(EXAMPLE), two.digest(EXAMPLE));
    }

    #[test]
    fn a_digest_is_blake3_keyed_with_the_pepper() {
        // From the test vectors of BLAKE3: their key, and the input of length 0.
        let hasher = TokenHasher::new(Pepper::from_bytes(*b"whats the Elvish word for friend"));
        let expected = "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26";
        assert_eq!(data_encoding::HEXLOWER.encode(&hasher.digest("").0), expected);
    }
}
