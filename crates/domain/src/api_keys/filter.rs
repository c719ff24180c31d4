//! Which keys a list shows.

use super::{ApiKey, Environment, KeySearch, KeyStatus, Owner, Scope, Transition};
use crate::time::Timestamp;

/// Which keys a list shows; all that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiKeyFilter {
    /// Only keys with this status.
    pub status: Option<KeyStatus>,
    /// Only keys that have a successor, or only those that have none.
    pub has_successor: Option<bool>,
    /// Only keys in this state.
    pub state: Option<KeyState>,
    /// Only keys whose token shows this prefix, as in [`ApiKey::prefix`].
    pub prefix: Option<String>,
    /// Only keys that are meant for this.
    pub environment: Option<Environment>,
    /// Only keys that are found by this.
    pub search: Option<KeySearch>,
    /// Only keys for which exactly this one answers.
    pub owner: Option<Owner>,
    /// Only keys that may do this.
    pub scope: Option<Scope>,
    /// Only keys that nobody has used from then on: last used before, or never used and issued before.
    pub unused_since: Option<Timestamp>,
    /// Only keys that expire, or have expired, before then.
    pub expires_before: Option<Timestamp>,
    /// Only keys whose status this would change.
    pub open_to: Option<Transition>,
}

/// What becomes of a request with a key, as people ask for it: its status and its expiry together.
///
/// A key that is locked and has expired is in both states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Accepted, and nothing has taken its place.
    Active,
    /// Accepted until the grace of its rotation ends.
    Retiring,
    /// Refused because its time is over, and not revoked.
    Expired,
    /// Refused until it is unlocked.
    Locked,
    /// Refused for good.
    Revoked,
}

impl KeyState {
    /// Every state, in the order in which people look for them.
    pub const ALL: [Self; 5] = [Self::Active, Self::Retiring, Self::Expired, Self::Locked, Self::Revoked];

    /// The word in addresses of pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Expired => "expired",
            Self::Locked => "locked",
            Self::Revoked => "revoked",
        }
    }

    /// The state with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// All words, as somebody is told who wrote another one.
    pub fn words() -> String {
        told(&Self::ALL)
    }

    /// What the status of a key says, whether it has expired or not: never [`KeyState::Expired`].
    pub const fn of_status(key: &ApiKey) -> Self {
        match key.status {
            KeyStatus::Active if key.retirement.is_some() => Self::Retiring,
            KeyStatus::Active => Self::Active,
            KeyStatus::Locked => Self::Locked,
            KeyStatus::Revoked => Self::Revoked,
        }
    }

    /// Whether a key is in this state at `now`.
    pub fn holds(self, key: &ApiKey, now: Timestamp) -> bool {
        match self {
            Self::Active | Self::Retiring => {
                let is_accepted = key.status == KeyStatus::Active && !key.has_expired(now);
                is_accepted && key.retirement.is_some() == (self == Self::Retiring)
            }
            Self::Expired => key.status != KeyStatus::Revoked && key.has_expired(now),
            Self::Locked => key.status == KeyStatus::Locked,
            Self::Revoked => key.status == KeyStatus::Revoked,
        }
    }
}

/// The status that people ask for with this word, and whether its keys have a successor: two parts of an [`ApiKeyFilter`].
///
/// The words are those of [`KeyState::of_status`].
pub fn parse_status_word(word: &str) -> Option<(KeyStatus, Option<bool>)> {
    match KeyState::parse(word)? {
        KeyState::Active => Some((KeyStatus::Active, Some(false))),
        KeyState::Retiring => Some((KeyStatus::Active, Some(true))),
        KeyState::Expired => None,
        KeyState::Locked => Some((KeyStatus::Locked, None)),
        KeyState::Revoked => Some((KeyStatus::Revoked, None)),
    }
}

/// All words for a status, as somebody is told who wrote another one.
pub fn status_words() -> String {
    told(&KeyState::ALL.into_iter().filter(|state| *state != KeyState::Expired).collect::<Vec<_>>())
}

fn told(states: &[KeyState]) -> String {
    let words: Vec<_> = states.iter().map(|state| state.as_str()).collect();
    match words.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => words.concat(),
    }
}

impl ApiKeyFilter {
    /// Whether a key is to be shown at `now`.
    pub fn wants(&self, key: &ApiKey, now: Timestamp) -> bool {
        self.status.is_none_or(|status| key.status == status)
            && self.has_successor.is_none_or(|has| key.retirement.is_some() == has)
            && self.state.is_none_or(|state| state.holds(key, now))
            && self.prefix.as_ref().is_none_or(|prefix| key.prefix == *prefix)
            && self.environment.as_ref().is_none_or(|environment| key.environment == *environment)
            && self.search.as_ref().is_none_or(|search| search.finds(key))
            && (self.owner.is_none() || self.owner == key.owner)
            && self.scope.is_none_or(|scope| key.scopes.contains(scope))
            && self.unused_since.is_none_or(|since| key.last_used_at.unwrap_or(key.created_at) < since)
            && self.expires_before.is_none_or(|before| key.expires_at.is_some_and(|expiry| expiry < before))
            && self.open_to.is_none_or(|transition| key.status.is_changed_by(transition))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_keys::Retirement;
    use crate::testing::api_key;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn states(status: KeyStatus, expires_at: Option<i64>) -> Vec<KeyState> {
        let key = ApiKey { status, expires_at: expires_at.map(Timestamp::from_seconds), ..api_key(1) };
        KeyState::ALL.into_iter().filter(|state| state.holds(&key, NOW)).collect()
    }

    #[test]
    fn a_state_is_the_status_and_the_expiry_together() {
        let rows = [
            (KeyStatus::Active, None, vec![KeyState::Active]),
            (KeyStatus::Active, Some(1_001), vec![KeyState::Active]),
            (KeyStatus::Active, Some(1_000), vec![KeyState::Expired]),
            (KeyStatus::Locked, None, vec![KeyState::Locked]),
            (KeyStatus::Locked, Some(1_000), vec![KeyState::Expired, KeyState::Locked]),
            (KeyStatus::Revoked, Some(1_000), vec![KeyState::Revoked]),
        ];
        for (status, expires_at, expected) in rows {
            assert_eq!(states(status, expires_at), expected, "{status:?} {expires_at:?}");
        }
    }

    #[test]
    fn a_state_reads_back_what_it_says() {
        assert_eq!(KeyState::ALL.map(|state| KeyState::parse(state.as_str())), KeyState::ALL.map(Some));
        assert_eq!(KeyState::parse("Active"), None);
        assert_eq!(KeyState::words(), "active, retiring, expired, locked or revoked");
    }

    #[test]
    fn a_status_is_told_and_asked_for_with_the_same_word() {
        let retirement = Some(Retirement { rotated_at: NOW, successor_id: api_key(2).id });
        let rows = [
            (KeyStatus::Active, None, "active"),
            (KeyStatus::Active, retirement, "retiring"),
            (KeyStatus::Locked, retirement, "locked"),
            (KeyStatus::Revoked, None, "revoked"),
        ];
        for (status, retirement, expected) in rows {
            let key = ApiKey { status, retirement, ..api_key(1) };
            let word = KeyState::of_status(&key).as_str();
            let (status, has_successor) = parse_status_word(word).unwrap();
            let filter = ApiKeyFilter { status: Some(status), has_successor, ..ApiKeyFilter::default() };
            assert!(word == expected && filter.wants(&key, NOW), "{word}");
        }
        assert_eq!(parse_status_word("expired"), None);
        assert_eq!(status_words(), "active, retiring, locked or revoked");
    }
}
