//! Sealing: what must be readable again but not from a stolen database.
//!
//! *Threat:* a copied database file, backup or disk yields endpoint secrets and the pepper; a sealed value is moved to another row.
//! *Defence:* AES-256-GCM under a master key that is not in the database; the associated data names table, column, row and key, so
//! that a value opens in its own place only. *Not defended:* whoever has both the database and the master key.

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, random_bytes};

/// The key of all seals: 32 random bytes from configuration or from a file that only the hub's user may read.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// 32 fresh random bytes.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(random_bytes(entropy)))
    }

    /// The key with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, to be written to the key file or a backup.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// What names the key in each seal: its hash, so that a wrong key is told from a damaged value.
    pub fn id(&self) -> KeyFingerprint {
        let mut fingerprint = [0; 8];
        let mut hasher = blake3::Hasher::new_derive_key("devhub 2026-11 master key id");
        hasher.update(&*self.0).finalize_xof().fill(&mut fingerprint);
        KeyFingerprint(fingerprint)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({:?})", self.id())
    }
}

/// Names a master key without revealing it: 8 bytes, printed as 16 hex digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyFingerprint([u8; 8]);

impl fmt::Display for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a sealed value stands; a value opens in no other place.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The row's identifier.
    pub row: &'a [u8],
}

/// A sealed value: key fingerprint (8 bytes), nonce (12 bytes), ciphertext, tag (16 bytes).
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// The value as a store keeps it.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// What a store keeps.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// Why a value does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It was sealed under another master key.
    #[error(
        "sealed under master key {sealed_by}, but the configured master key is {configured}: configure the key that this data was made with"
    )]
    WrongKey {
        /// The key that sealed it.
        sealed_by: KeyFingerprint,
        /// The key at hand.
        configured: KeyFingerprint,
    },
    /// It was damaged, or stood in another place when it was sealed.
    #[error("a sealed value is damaged or was moved")]
    Damaged,
}

impl SealError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongKey { .. } => "wrong_master_key",
            Self::Damaged => "sealed_value_damaged",
        }
    }
}

/// Seals and opens under one master key.
pub struct Sealer {
    key: LessSafeKey,
    fingerprint: KeyFingerprint,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({})", self.fingerprint)
    }
}

impl Sealer {
    /// A sealer under `key`.
    ///
    /// # Panics
    /// Never: a master key has the length that AES-256 asks for.
    pub fn new(key: &MasterKey) -> Self {
        let unbound = UnboundKey::new(&AES_256_GCM, key.expose()).expect("a master key has the 32 bytes of AES-256");
        Self { key: LessSafeKey::new(unbound), fingerprint: key.id() }
    }

    /// Seals `plain` for its place.
    ///
    /// # Panics
    /// When `plain` has more than 64 GiB.
    pub fn seal(&self, plain: &[u8], place: Place<'_>, entropy: &dyn Entropy) -> Sealed {
        let nonce = random_bytes::<NONCE_LEN>(entropy);
        // With room for the tag, lest a larger copy leaves the plain text behind.
        let mut body = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len());
        body.extend_from_slice(plain);
        let aad = Aad::from(self.associated_data(place));
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body)
            .expect("no sealed value comes near the 64 GiB that AES-GCM allows");
        Sealed([&self.fingerprint.0[..], &nonce[..], &body[..]].concat())
    }

    /// Opens a value in its place.
    ///
    /// # Errors
    /// [`SealError::WrongKey`] when another master key sealed it, [`SealError::Damaged`] otherwise.
    pub fn open(&self, sealed: &Sealed, place: Place<'_>) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (sealed_by, rest) = sealed.0.split_first_chunk::<8>().ok_or(SealError::Damaged)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Damaged)?;
        let sealed_by = KeyFingerprint(*sealed_by);
        if sealed_by != self.fingerprint {
            return Err(SealError::WrongKey { sealed_by, configured: self.fingerprint });
        }
        let mut body = Zeroizing::new(body.to_vec());
        let aad = Aad::from(self.associated_data(place));
        let opened = self.key.open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut body);
        // The cause says only "unspecified": a closer one would help nobody but an attacker.
        let length = opened.map(|plain| plain.len()).or(Err(SealError::Damaged))?;
        body.truncate(length);
        Ok(body)
    }

    fn associated_data(&self, place: Place<'_>) -> Vec<u8> {
        [place.table.as_bytes(), b"\0", place.column.as_bytes(), b"\0", place.row, &self.fingerprint.0].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    const HERE: Place<'_> = Place { table: "endpoint_secrets", column: "sealed", row: b"1" };

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&MasterKey::from_bytes([byte; 32]))
    }

    #[test]
    fn a_sealed_value_opens_in_its_place() {
        let sealed = sealer(1).seal(b"whsec_test", HERE, &SeededEntropy::new(1));
        assert_eq!(sealer(1).open(&sealed, HERE).unwrap().as_slice(), b"whsec_test");
    }

    #[test]
    fn a_sealed_value_does_not_open_in_another_row() {
        let sealed = sealer(1).seal(b"whsec_test", HERE, &SeededEntropy::new(1));
        let elsewhere = Place { row: b"2", ..HERE };
        assert_eq!(sealer(1).open(&sealed, elsewhere), Err(SealError::Damaged));
    }

    #[test]
    fn a_wrong_master_key_is_told_from_damage() {
        let sealed = sealer(1).seal(b"whsec_test", HERE, &SeededEntropy::new(1));
        assert_eq!(sealer(2).open(&sealed, HERE).unwrap_err().code(), "wrong_master_key");
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_found() {
        let sealed = sealer(1).seal(b"whsec_test", HERE, &SeededEntropy::new(1));
        for position in 8..sealed.as_bytes().len() {
            let mut bytes = sealed.as_bytes().to_vec();
            bytes[position] ^= 1;
            assert_eq!(sealer(1).open(&Sealed::from_bytes(bytes), HERE), Err(SealError::Damaged));
            let cut = Sealed::from_bytes(sealed.as_bytes()[..position].to_vec());
            assert_eq!(sealer(1).open(&cut, HERE), Err(SealError::Damaged));
        }
    }

    #[test]
    fn a_fingerprint_prints_nothing_of_the_key() {
        assert!(!format!("{:?}", MasterKey::from_bytes([0xab; 32])).contains("abab"));
    }
}
