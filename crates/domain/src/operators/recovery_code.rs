//! Recovery codes: what signs an operator in once when the phone is lost.
//!
//! *Threat:* a code that is guessed, read from a copy of the database, or used a second time.
//! *Defence:* 80 random bits each; only a digest is kept, which is bound to the operator, so that a row which is moved to another
//! operator opens nothing; whoever accepts a code takes it out of the set in the same transaction.
//! *Not defended:* whoever finds the paper that they are written on and knows the password.
//!
//! The digest is plain BLAKE3 under a name of its own. A copy of the database tells each code to whoever tries 2^80 of them, which nobody
//! does; a slow hash for each of ten codes would let a stranger at the form keep the machine busy.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, random_bytes};
use crate::id::OperatorId;
use crate::secret::{Secret, bytes_are_equal};

/// How many codes an operator is given: enough for a few lost phones, and few enough to be written down.
pub const RECOVERY_CODES: usize = 10;

/// Random bytes of a code; base32 writes them without a rest.
const CODE_BYTES: usize = 10;

/// Characters between hyphens: what people copy without losing their place.
const GROUP_CHARS: usize = 4;

/// The longest text that is looked at: each of the sixteen characters with a blank or hyphen after it.
const TYPED_BYTES_MAX: usize = 32;

const DIGEST_CONTEXT: &str = "devhub 2026-11-30 operator recovery code digest";

/// A code that signs in once.
///
/// *Shape:* as text four groups of four characters of `A-Z 2-7` with hyphens between. Typed in any case, with blanks or without hyphens.
#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<[u8; CODE_BYTES]>);

impl RecoveryCode {
    /// A code that nobody can guess.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(random_bytes(entropy)))
    }

    /// Reads what was typed; `None` when it is no code.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > TYPED_BYTES_MAX {
            return None;
        }
        let text: Zeroizing<String> =
            Zeroizing::new(typed.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_uppercase()).collect());
        let bytes = Zeroizing::new(BASE32_NOPAD.decode(text.as_bytes()).ok()?);
        bytes.as_slice().try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// The text, to be shown once.
    pub fn to_secret(&self) -> Secret {
        let text = Zeroizing::new(BASE32_NOPAD.encode(&*self.0));
        let mut grouped = String::with_capacity(text.len() + text.len() / GROUP_CHARS);
        for (position, character) in text.chars().enumerate() {
            if position > 0 && position.is_multiple_of(GROUP_CHARS) {
                grouped.push('-');
            }
            grouped.push(character);
        }
        Secret::new(grouped)
    }

    /// What is kept of it, for this operator.
    pub fn digest(&self, operator_id: OperatorId) -> RecoveryDigest {
        let mut hasher = blake3::Hasher::new_derive_key(DIGEST_CONTEXT);
        // The code has one length, so that no two pairs are written the same.
        hasher.update(&*self.0).update(operator_id.to_string().as_bytes());
        RecoveryDigest(*hasher.finalize().as_bytes())
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What is kept of a code: enough to know it again, and nothing to sign in with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecoveryDigest(pub [u8; 32]);

impl fmt::Debug for RecoveryDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[recovery code digest]")
    }
}

/// The codes of an operator that are not used yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecoveryCodes(Vec<RecoveryDigest>);

impl RecoveryCodes {
    /// Ten new codes in the place of all before: what is kept of them, and what is shown once.
    pub fn generate(operator_id: OperatorId, entropy: &dyn Entropy) -> (Self, Vec<RecoveryCode>) {
        let codes: Vec<RecoveryCode> = (0..RECOVERY_CODES).map(|_| RecoveryCode::generate(entropy)).collect();
        (Self(codes.iter().map(|code| code.digest(operator_id)).collect()), codes)
    }

    /// Those that a store has kept; no more than [`RECOVERY_CODES`] are looked at.
    pub fn from_digests(digests: impl IntoIterator<Item = RecoveryDigest>) -> Self {
        Self(digests.into_iter().take(RECOVERY_CODES).collect())
    }

    /// What a store keeps.
    pub fn digests(&self) -> &[RecoveryDigest] {
        &self.0
    }

    /// How many are left.
    pub fn left(&self) -> usize {
        self.0.len()
    }

    /// The rest once this code is used; `None` when it is none of them.
    ///
    /// *Repeat:* the rest must be kept in the transaction that lets the operator in; the same code is `None` from then on.
    pub fn spend(&self, code: &RecoveryCode, operator_id: OperatorId) -> Option<Self> {
        let spent = code.digest(operator_id);
        let rest = self.0.iter().filter(|kept| !bytes_are_equal(&kept.0, &spent.0)).copied().collect::<Vec<_>>();
        (rest.len() < self.0.len()).then_some(Self(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;
    use crate::time::Timestamp;

    fn operator(seed: u64) -> OperatorId {
        OperatorId::generate(Timestamp::from_seconds(1), &SeededEntropy::new(seed))
    }

    fn generated() -> (RecoveryCodes, Vec<RecoveryCode>) {
        RecoveryCodes::generate(operator(1), &SeededEntropy::new(7))
    }

    #[test]
    fn an_operator_gets_ten_codes_none_of_them_twice() {
        let (kept, shown) = generated();
        let mut texts: Vec<String> = shown.iter().map(|code| code.to_secret().expose().to_owned()).collect();
        texts.sort();
        texts.dedup();
        assert_eq!((kept.left(), texts.len()), (10, 10));
    }

    #[test]
    fn a_code_is_four_groups_of_four_characters() {
        // The bytes 0 to 9 in base32, made with coreutils' `base32`.
        let code = RecoveryCode(Zeroizing::new([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
        assert_eq!(code.to_secret().expose(), "AAAQ-EAYE-AUDA-OCAJ");
    }

    #[test]
    fn a_code_may_be_typed_in_any_case_with_blanks_or_without_hyphens() {
        let digest = |typed| RecoveryCode::parse(typed).map(|code| code.digest(operator(1)));
        let shown = digest("AAAQ-EAYE-AUDA-OCAJ").unwrap();
        for typed in ["aaaq-eaye-auda-ocaj", "AAAQEAYEAUDAOCAJ", " AAAQ EAYE AUDA OCAJ "] {
            assert_eq!(digest(typed), Some(shown), "{typed}");
        }
    }

    #[test]
    fn what_has_another_shape_is_no_code() {
        for typed in ["", "AAAQ", "AAAQ-EAYE-AUDA-OCA1", "AAAQ-EAYE-AUDA-OCAJ-AAAA", "ÄAAQ-EAYE-AUDA-OCAJ"] {
            assert!(RecoveryCode::parse(typed).is_none(), "{typed}");
        }
        assert!(RecoveryCode::parse(&"-".repeat(1_000_000)).is_none());
    }

    #[test]
    fn a_code_is_used_once() {
        let (kept, shown) = generated();
        let rest = kept.spend(&shown[3], operator(1)).unwrap();
        assert_eq!(rest.left(), 9);
        assert_eq!(rest.spend(&shown[3], operator(1)), None);
        assert_eq!(rest.spend(&shown[4], operator(1)).unwrap().left(), 8);
    }

    #[test]
    fn a_code_of_one_operator_is_none_of_another() {
        let (kept, shown) = generated();
        assert_eq!(kept.spend(&shown[0], operator(2)), None);
    }

    #[test]
    fn new_codes_end_those_before() {
        let (_, before) = generated();
        let (now, _) = RecoveryCodes::generate(operator(1), &SeededEntropy::new(8));
        assert_eq!(now.spend(&before[0], operator(1)), None);
    }

    #[test]
    fn none_is_printed() {
        let (kept, shown) = generated();
        let printed = format!("{:?} {kept:?}", shown[0]);
        assert_eq!(printed.matches("[recovery code digest]").count(), 10);
        assert!(printed.starts_with("[redacted]"), "{printed}");
        assert!(!printed.contains(shown[0].to_secret().expose()));
    }
}
