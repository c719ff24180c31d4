//! Named quotas.

use std::num::NonZeroU32;

use super::{PolicyName, Quota};

/// What each key may ask in a minute unless it is configured otherwise.
///
/// Ten times OwnPay's limit, which counts each address and path by itself: a shop's plugin that is refused loses a sale.
pub const DEFAULT_PER_MINUTE: NonZeroU32 = NonZeroU32::new(600).expect("600 is not zero");

/// How often one address may fail to authenticate in a minute unless it is configured otherwise: a person who mistypes never does.
pub const FAILED_AUTHENTICATIONS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).expect("60 is not zero");

/// A quota under a name that callers see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    name: PolicyName,
    quota: Quota,
}

impl Policy {
    /// A quota under this name.
    pub const fn new(name: PolicyName, quota: Quota) -> Self {
        Self { name, quota }
    }

    /// What each key has while no other policy is made for it: `default`.
    pub const fn default_per_key(quota: Quota) -> Self {
        Self::new(PolicyName::DEFAULT, quota)
    }

    /// What callers know it by.
    pub const fn name(&self) -> &PolicyName {
        &self.name
    }

    /// How much each of its subjects has.
    pub const fn quota(&self) -> &Quota {
        &self.quota
    }
}

impl Default for Policy {
    /// [`DEFAULT_PER_MINUTE`] for each key.
    fn default() -> Self {
        Self::default_per_key(Quota::per_minute(DEFAULT_PER_MINUTE))
    }
}
