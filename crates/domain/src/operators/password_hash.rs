//! How passwords are kept and compared.
//!
//! *Threat:* a copy of the database whose passwords are tried out at leisure; a sign-in page that tells by its duration which
//! addresses exist, or whose work brings the machine down; a stored hash whose parameters ask for hours.
//! *Defence:* Argon2id with a salt of its own for each password; a sign-in with an unknown address costs the same work; at most
//! [`AT_ONCE_MAX`] passwords are hashed at a time, the next is told to come again; what a stored hash may ask for is bounded.
//! *Not defended:* whoever reads the memory of the process.
//!
//! Hashing takes some 20 ms of one core: it is done before a transaction, never within one, or the one writer would wait for it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, ParamsBuilder, PasswordHasher as _, PasswordVerifier as _, Version};

use super::Password;
use crate::entropy::{Entropy, random_bytes};
use crate::secret::Secret;

/// Memory in KiB and passes. Source: OWASP Password Storage Cheat Sheet, Argon2id, m=19456, t=2, p=1.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What a hash that was made elsewhere may ask for: above all that is recommended, and some two seconds. RFC 9106 §4 recommends
/// 64 MiB, 3 passes and 4 lanes, or 2 GiB, which no sign-in shall take.
const MEMORY_KIB_MAX: u32 = 256 * 1024;
const PASSES_MAX: u32 = 10;
const LANES_MAX: u32 = 4;

/// Most passwords that are hashed at the same time: 76 MiB, and as many sign-ins a second as a hub of a thousand people needs.
pub const AT_ONCE_MAX: usize = 4;

/// The most bytes that are hashed: what the longest password can have.
const BYTES_MAX: usize = super::PASSWORD_CHARS_MAX * 4;

/// Compared with when there is no such operator: as much work as a real one, and no password fits.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGF0IGFsbCAuLg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password as it is kept: a PHC string of argon2id whose work is bounded. Source: the PHC string format; RFC 9106.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// The text is no hash of a password, or asks for too much work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("password hash must be a PHC string of argon2id with at most 256 MiB, 10 passes and 4 lanes")]
pub struct PasswordHashError;

impl std::str::FromStr for PasswordHash {
    type Err = PasswordHashError;

    fn from_str(text: &str) -> Result<Self, PasswordHashError> {
        let is_one = phc::PasswordHash::new(text).is_ok_and(|hash| {
            hash.algorithm.as_str() == "argon2id"
                && hash.hash.is_some()
                && Params::try_from(&hash).is_ok_and(|params| is_bounded(&params))
        });
        if is_one { Ok(Self(text.to_owned())) } else { Err(PasswordHashError) }
    }
}

const fn is_bounded(params: &Params) -> bool {
    params.m_cost() <= MEMORY_KIB_MAX && params.t_cost() <= PASSES_MAX && params.p_cost() <= LANES_MAX
}

impl PasswordHash {
    /// The text that a store keeps.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it was made with other parameters than those of today.
    fn is_outdated(&self) -> bool {
        let made_with = phc::PasswordHash::new(&self.0).ok().and_then(|hash| Params::try_from(&hash).ok());
        made_with.is_none_or(|made| (made.m_cost(), made.t_cost(), made.p_cost()) != (MEMORY_KIB, PASSES, LANES))
    }
}

impl fmt::Debug for PasswordHash {
    /// What guesses can be tried on does not belong in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[password hash]")
    }
}

/// As many passwords are being hashed as may be: come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked at once: try again in a moment")]
pub struct Busy;

/// What a comparison came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Another password, or nobody's.
    Wrong,
    /// The password.
    Right,
    /// The password, which should be kept as this from now on.
    RightRehashed(PasswordHash),
}

/// Hashes and compares passwords. Clones share their bound.
#[derive(Clone)]
pub struct Passwords {
    entropy: Arc<dyn Entropy>,
    at_work: Arc<AtomicUsize>,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords").field("at_work", &self.at_work).finish_non_exhaustive()
    }
}

impl Passwords {
    /// Hashes with salts from `entropy`. One for the whole process, so that the bound holds.
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self { entropy, at_work: Arc::default() }
    }

    /// Hashes a password with today's parameters and a fresh salt. Takes some 20 ms.
    ///
    /// # Errors
    /// [`Busy`] when [`AT_ONCE_MAX`] are at work.
    pub fn hash(&self, password: &Password) -> Result<PasswordHash, Busy> {
        self.work(|| self.hash_text(password.secret()))
    }

    /// Compares what was typed with what is kept; `None` for nobody, which takes as long. Takes some 20 ms.
    ///
    /// # Errors
    /// [`Busy`] when [`AT_ONCE_MAX`] are at work.
    pub(super) fn verify(&self, typed: &Secret, kept: Option<&PasswordHash>) -> Result<Verdict, Busy> {
        // Told apart before anything is looked at: says nothing about who exists.
        if typed.expose().len() > BYTES_MAX {
            return Ok(Verdict::Wrong);
        }
        self.work(|| {
            let hash = kept.map_or(NOBODY, PasswordHash::as_str);
            let is_right = argon2().verify_password(typed.expose().as_bytes(), hash).is_ok();
            match kept {
                Some(kept) if is_right && kept.is_outdated() => Verdict::RightRehashed(self.hash_text(typed)),
                Some(_) if is_right => Verdict::Right,
                _ => Verdict::Wrong,
            }
        })
    }

    fn hash_text(&self, text: &Secret) -> PasswordHash {
        let salt: [u8; 16] = random_bytes(&*self.entropy);
        let hash = argon2().hash_password_with_salt(text.expose().as_bytes(), &salt);
        PasswordHash(hash.expect("the parameters, the salt and the length are within their bounds").to_string())
    }

    fn work<R>(&self, work: impl FnOnce() -> R) -> Result<R, Busy> {
        let _place = Place::take(&self.at_work)?;
        Ok(work())
    }
}

/// One of the places at which a password is hashed; given back when it is dropped, also by a panic.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(at_work: &'a AtomicUsize) -> Result<Self, Busy> {
        if at_work.fetch_add(1, Ordering::Relaxed) < AT_ONCE_MAX {
            return Ok(Self(at_work));
        }
        at_work.fetch_sub(1, Ordering::Relaxed);
        Err(Busy)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn argon2() -> Argon2<'static> {
    let mut builder = ParamsBuilder::new();
    let params = builder.m_cost(MEMORY_KIB).t_cost(PASSES).p_cost(LANES).build();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.expect("the parameters are within their bounds"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::EmailAddress;
    use crate::testing::SeededEntropy;

    /// Made with argon2-cffi 25.1.0 (the reference implementation): "correct horse battery staple", salt "sixteen bytes ok".
    const KEPT: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBieXRlcyBvaw$bAfnes5HACCDehV3nD4BAoSgv8xaEH/F3i1SkZIIJbI";
    /// The same with one pass.
    const KEPT_OLD: &str =
        "$argon2id$v=19$m=19456,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$AilMLG5Vx/W0v7oU/fguWfSOPshUXR2m3MU5oiZHShY";

    fn passwords() -> Passwords {
        Passwords::new(Arc::new(SeededEntropy::new(1)))
    }

    fn typed(text: &str) -> Secret {
        Secret::new(text)
    }

    #[test]
    fn a_hash_of_the_reference_implementation_is_understood() {
        let kept: PasswordHash = KEPT.parse().unwrap();
        let verify = |text| passwords().verify(&typed(text), Some(&kept)).unwrap();
        assert_eq!(verify("correct horse battery staple"), Verdict::Right);
        assert_eq!(verify("correct horse battery stapler"), Verdict::Wrong);
    }

    #[test]
    fn a_hash_of_yesterdays_parameters_is_made_anew() {
        let kept: PasswordHash = KEPT_OLD.parse().unwrap();
        let text = typed("correct horse battery staple");
        let Verdict::RightRehashed(new) = passwords().verify(&text, Some(&kept)).unwrap() else {
            panic!("the parameters have changed");
        };
        assert_eq!(passwords().verify(&text, Some(&new)).unwrap(), Verdict::Right);
    }

    #[test]
    fn the_same_password_is_kept_differently_each_time() {
        let email = EmailAddress::new("ada@example.com").unwrap();
        let password = Password::new(Secret::new("seventeen blue teapots"), &email).unwrap();
        let passwords = passwords();
        let [one, other] = [(); 2].map(|()| passwords.hash(&password).unwrap());
        assert_ne!(one, other);
        assert!(one.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(format!("{one:?}"), "[password hash]");
    }

    #[test]
    fn nobodys_hash_is_one_of_todays_parameters() {
        let nobody: PasswordHash = NOBODY.parse().unwrap();
        assert!(!nobody.is_outdated());
        assert_eq!(passwords().verify(&typed("whatever was typed"), None).unwrap(), Verdict::Wrong);
    }

    #[test]
    fn the_fifth_at_once_is_told_to_come_again() {
        let passwords = passwords();
        let places: Vec<_> = (0..AT_ONCE_MAX).map(|_| Place::take(&passwords.at_work).unwrap()).collect();
        assert_eq!(passwords.verify(&typed("any"), None), Err(Busy));
        drop(places);
        assert_eq!(passwords.verify(&typed("any"), None), Ok(Verdict::Wrong));
    }

    #[test]
    fn a_hash_that_asks_for_too_much_work_is_none() {
        let hash = |parameters: &str| {
            let text = format!(
                "$argon2id$v=19${parameters}$c2l4dGVlbiBieXRlcyBvaw$bAfnes5HACCDehV3nD4BAoSgv8xaEH/F3i1SkZIIJbI"
            );
            text.parse::<PasswordHash>()
        };
        assert!(hash("m=262144,t=10,p=4").is_ok());
        for parameters in ["m=262145,t=1,p=1", "m=19456,t=11,p=1", "m=19456,t=1,p=5", "m=4294967295,t=4294967295,p=1"] {
            assert_eq!(hash(parameters), Err(PasswordHashError), "{parameters}");
        }
    }

    #[test]
    fn a_text_that_is_no_hash_is_refused() {
        for text in
            ["", "plain", "$argon2i$v=19$m=19456,t=2,p=1$c2l4dGVlbiBieXRlcyBvaw", "$2b$12$abcdefghijklmnopqrstuv"]
        {
            assert_eq!(text.parse::<PasswordHash>(), Err(PasswordHashError), "{text}");
        }
    }
}
