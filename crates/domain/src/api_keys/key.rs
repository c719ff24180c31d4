//! What an API key is, and how its status may change.

use ipnet::IpNet;

use super::{DigestScheme, KeyDigest, Metadata, ScopeSet};
use crate::audit::Actor;
use crate::id::{KeyId, WorkspaceId};
use crate::text::short_texts;
use crate::time::Timestamp;

/// A key as the hub keeps it: everything but the token, of which only a digest remains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its identifier.
    pub id: KeyId,
    /// Whose key it is.
    pub workspace_id: WorkspaceId,
    /// What people call it.
    pub label: Label,
    /// The eight hex digits that the token shows; not unique.
    pub prefix: String,
    /// What a presented token is compared with.
    pub digest: KeyDigest,
    /// How that digest was made.
    pub digest_scheme: DigestScheme,
    /// What it may do.
    pub scopes: ScopeSet,
    /// What it is meant for.
    pub environment: Environment,
    /// Whether it is accepted.
    pub status: KeyStatus,
    /// From this instant on it is refused; `None` never expires.
    pub expires_at: Option<Timestamp>,
    /// Networks that may use it; empty allows all.
    pub allow_list: Vec<IpNet>,
    /// Who answers for it; `None` when nobody was named.
    pub owner: Option<Owner>,
    /// What its holder's systems keep with it.
    pub metadata: Metadata,
    /// What its rotation left; `None` while it has no successor.
    pub retirement: Option<Retirement>,
    /// When it was issued.
    pub created_at: Timestamp,
    /// Who issued it.
    pub created_by: Actor,
    /// When it was last accepted, to within a few seconds; `None` before its first use.
    pub last_used_at: Option<Timestamp>,
    /// Counts changes, so that two at once cannot overwrite each other and a late reader cannot undo a revocation.
    pub revision: i64,
}

/// A key that has a successor, and is accepted until its holders have changed over.
///
/// The end of that grace is [`ApiKey::expires_at`], which a rotation moves forward and never back: so whoever knows nothing of rotations
/// refuses the key in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// When it was rotated.
    pub rotated_at: Timestamp,
    /// The key that took its place.
    pub successor_id: KeyId,
}

impl ApiKey {
    /// Whether its time is over.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.was_cut_off() || self.expires_at.is_some_and(|expiry| expiry <= now)
    }

    /// Whether it was rotated without a grace: its time is over then, whatever a clock says that was set back since.
    pub(super) fn was_cut_off(&self) -> bool {
        let over = self.expires_at.zip(self.retirement);
        over.is_some_and(|(expiry, retirement)| expiry <= retirement.rotated_at)
    }
}

/// Whether a key is accepted. Expiry is not a status: it follows from [`ApiKey::expires_at`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    /// Accepted.
    Active,
    /// Refused until it is unlocked.
    Locked,
    /// Refused for good.
    Revoked,
}

impl KeyStatus {
    /// The word that people, the API and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Locked => "locked",
            Self::Revoked => "revoked",
        }
    }

    /// The status with this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Locked, Self::Revoked].into_iter().find(|status| status.as_str() == word)
    }

    /// What a transition leads to; `None` when a revoked key would come back to life.
    pub(super) const fn after(self, transition: Transition) -> Option<Self> {
        match (self, transition) {
            (_, Transition::Revoke) => Some(Self::Revoked),
            (Self::Revoked, Transition::Lock | Transition::Unlock) => None,
            (Self::Active | Self::Locked, Transition::Lock) => Some(Self::Locked),
            (Self::Active | Self::Locked, Transition::Unlock) => Some(Self::Active),
        }
    }

    /// Whether a transition leads anywhere else.
    pub fn is_changed_by(self, transition: Transition) -> bool {
        self.after(transition).is_some_and(|status| status != self)
    }
}

/// A change of a key's status. Each may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// Refuses the key until it is unlocked.
    Lock,
    /// Accepts a locked key again.
    Unlock,
    /// Refuses the key for good.
    Revoke,
}

impl Transition {
    /// Every transition, in the order in which people are offered them.
    pub const ALL: [Self; 3] = [Self::Lock, Self::Unlock, Self::Revoke];

    /// The word that people and the API use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Revoke => "revoke",
        }
    }

    /// The transition with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|transition| transition.as_str() == word)
    }

    /// How the audit log calls it.
    pub(super) const fn action(self) -> &'static str {
        match self {
            Self::Lock => "key.locked",
            Self::Unlock => "key.unlocked",
            Self::Revoke => "key.revoked",
        }
    }
}

short_texts! {
    /// What people call a key, such as `WooCommerce Plugin`: 1 to 100 characters.
    Label, LabelError, 100, "label", "label must be 1 to 100 characters without control characters";
    /// What a key is meant for: a free word of 1 to 32 characters, of which `live` and `test` are known.
    Environment, EnvironmentError, 32, "environment", "environment must be 1 to 32 characters without control characters";
    /// Who answers for a key, such as `checkout team` or an address of mail: 1 to 100 characters.
    Owner, OwnerError, 100, "owner", "owner must be 1 to 100 characters without control characters";
}

impl Default for Environment {
    fn default() -> Self {
        Self("live".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_1_to_100_characters() {
        assert_eq!(Label::new("  "), Err(LabelError));
        assert_eq!(Label::new(" WooCommerce Plugin ").unwrap().as_str(), "WooCommerce Plugin");
        assert!(Label::new(&"ä".repeat(100)).is_ok());
        assert_eq!(Label::new(&"ä".repeat(101)), Err(LabelError));
        assert_eq!(Label::new("a\u{7}b"), Err(LabelError));
    }

    #[test]
    fn a_label_error_says_what_to_change() {
        assert_eq!(LabelError.to_string(), "label must be 1 to 100 characters without control characters");
    }

    #[test]
    fn a_revoked_key_can_neither_be_locked_nor_unlocked() {
        assert_eq!(KeyStatus::Revoked.after(Transition::Lock), None);
        assert_eq!(KeyStatus::Revoked.after(Transition::Unlock), None);
    }

    #[test]
    fn every_transition_may_be_repeated() {
        assert_eq!(KeyStatus::Locked.after(Transition::Lock), Some(KeyStatus::Locked));
        assert_eq!(KeyStatus::Active.after(Transition::Unlock), Some(KeyStatus::Active));
        assert_eq!(KeyStatus::Revoked.after(Transition::Revoke), Some(KeyStatus::Revoked));
    }
}
