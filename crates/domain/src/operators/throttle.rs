//! How often a sign-in may fail.
//!
//! *Threat:* somebody who tries passwords: many for one account, one for many accounts, from one machine or from many. Somebody who
//! fails on purpose, so that the owner is locked out. Somebody who learns from the answers which accounts exist.
//! *Defence:* two counts of failures, and of nothing else.
//! By **account and address**: five, then one a minute. By **address** (IPv6 by `/64`): thirty, then one in ten seconds.
//! Neither counts an account by itself: whatever strangers do elsewhere, the owner's own address is asked about the owner's own
//! failures, and a right password there passes and is forgiven them. Accounts that do not exist are counted like those that do,
//! so that a wait says nothing.
//! *Not defended:* many addresses that fail seldom each. Ten thousand of them have 600,000 attempts an hour at accounts
//! whose passwords have twelve unpredictable characters and cost 20 ms each; [`super::AT_ONCE_MAX`] bounds the work. Who shares an
//! address with an attacker waits with it. An attempt that is under way is not counted yet, so a few more than five may run.

use std::num::NonZeroU32;
use std::time::Duration;

use super::operator::EMAIL_BYTES_MAX;
use crate::rate::Quota;

/// Failures of one account at one address before it has to wait: a person's own mistakes.
const PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(5).expect("not zero");

/// Failures at one address before it has to wait: those of an office.
const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(30).expect("not zero");

/// What failures of one account at one address may come to: one a minute, five at once.
///
/// # Panics
/// Never: the quota is within its bounds.
pub fn account_quota() -> Quota {
    let quota = Quota::new(NonZeroU32::MIN, Duration::from_mins(1)).and_then(|quota| quota.with_burst(PER_ACCOUNT));
    quota.expect("the quota is within its bounds")
}

/// What failures at one address may come to: six a minute, thirty at once.
///
/// # Panics
/// Never: the quota is within its bounds.
pub fn address_quota() -> Quota {
    let quota = Quota::new(NonZeroU32::MIN, Duration::from_secs(10)).and_then(|quota| quota.with_burst(PER_ADDRESS));
    quota.expect("the quota is within its bounds")
}

/// Names what was typed as a mail address, without keeping it: the mail address of nobody must not stay in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountDigest(pub [u8; 16]);

impl AccountDigest {
    /// The digest of what was typed: the same for what means the same account.
    ///
    /// # Panics
    /// Never: a hash has more bytes.
    pub fn of(typed: &str) -> Self {
        // What is longer is no address: texts that begin alike may share their count.
        let beginning: String = typed.trim().chars().take(EMAIL_BYTES_MAX + 1).collect();
        let hash = blake3::hash(beginning.to_lowercase().as_bytes());
        Self(*hash.as_bytes().first_chunk().expect("a hash has 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_one_account_has_one_digest() {
        assert_eq!(AccountDigest::of(" Ada@Example.com "), AccountDigest::of("ada@example.com"));
        assert_ne!(AccountDigest::of("ada@example.com"), AccountDigest::of("eve@example.com"));
    }

    #[test]
    fn a_text_that_is_too_long_for_an_address_is_not_hashed_to_its_end() {
        let digest = |end: &str| AccountDigest::of(&format!("{}{end}", "a".repeat(255)));
        assert_eq!(digest("b"), digest(&"c".repeat(100_000)));
        assert_ne!(
            AccountDigest::of(&format!("{}b", "a".repeat(253))),
            AccountDigest::of(&format!("{}c", "a".repeat(253)))
        );
    }

    #[test]
    fn the_quotas_are_within_their_bounds() {
        assert_eq!((account_quota().burst().get(), address_quota().burst().get()), (5, 30));
    }
}
