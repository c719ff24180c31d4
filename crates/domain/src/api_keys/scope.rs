//! What a key may do.
//!
//! *Threat:* a leaked shop key forges `payment.completed`, adds an endpoint or reads payloads; a key issues a stronger key.
//! *Defence:* `read`, `write` and `admin` are OwnPay's and open `/api/v1` only; everything under `/api/hub/v1` needs its own
//! resource scope, none of which is given by default; [`ScopeSet::covers`] is asked before a key issues another.

use std::fmt;
use std::str::FromStr;

macro_rules! scopes {
    ($($variant:ident = $word:literal, $doc:literal;)*) => {
        /// One permission.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Scope {
            $(#[doc = $doc] $variant,)*
        }

        impl Scope {
            /// Every scope, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word that people, the API and the database use.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// What it permits, in a sentence for people.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }

            /// The bit that stands for this scope in a [`ScopeSet`]; its position is that of the variant.
            #[expect(clippy::as_conversions, reason = "a field-less enum has no other constant conversion")]
            const fn bit(self) -> u32 {
                1 << (self as u32)
            }
        }
    };
}

scopes! {
    Read = "read", "`GET` on `/api/v1`.";
    Write = "write", "Every other method on `/api/v1`.";
    Admin = "admin", "Administration on `/api/v1`, together with `write`.";
    KeysRead = "keys:read", "Lists and verifies keys.";
    KeysWrite = "keys:write", "Issues, locks and revokes keys.";
    EventsRead = "events:read", "Reads events with their payloads, also in attempts of deliveries.";
    EventsWrite = "events:write", "Publishes events.";
    EndpointsRead = "endpoints:read", "Lists webhook endpoints.";
    EndpointsWrite = "endpoints:write", "Creates and changes webhook endpoints.";
    DeliveriesRead = "deliveries:read", "Reads deliveries and their attempts, without payloads.";
    DeliveriesWrite = "deliveries:write", "Resends deliveries.";
    LimitsRead = "limits:read", "Reads rate limits.";
    LimitsWrite = "limits:write", "Changes rate limits.";
    AuditRead = "audit:read", "Reads the audit log.";
    EventTypesWrite = "event_types:write", "Changes the catalogue of event types, and whether events are held against it.";
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word names no scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope {0:?}: use {known}", known = known_scopes())]
pub struct ScopeError(String);

fn known_scopes() -> String {
    Scope::ALL.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(word: &str) -> Result<Self, ScopeError> {
        let known = Self::ALL.iter().copied().find(|scope| scope.as_str() == word);
        // Cut before it is repeated in an answer: the word comes from outside.
        known.ok_or_else(|| ScopeError(word.chars().take(40).collect()))
    }
}

/// A set of permissions.
///
/// *Shape:* printed and stored as the words separated by single spaces, in the order of [`Scope::ALL`].
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct ScopeSet(u32);

impl ScopeSet {
    /// No permission at all.
    pub const EMPTY: Self = Self(0);

    /// What a key gets when nothing is asked for: OwnPay's `read` and `write`, and nothing of the hub's own.
    pub const DEFAULT: Self = Self(Scope::Read.bit() | Scope::Write.bit());

    /// Whether `scope` is in the set.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether every scope of `other` is in this set.
    pub const fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// The scopes of `other` that this set lacks.
    #[must_use]
    pub const fn lacks(self, other: Self) -> Self {
        Self(other.0 & !self.0)
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes, in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.iter().copied().filter(move |scope| self.contains(*scope))
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, scope) in self.iter().enumerate() {
            let separator = if position == 0 { "" } else { " " };
            write!(f, "{separator}{scope}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}

impl FromStr for ScopeSet {
    type Err = ScopeError;

    fn from_str(words: &str) -> Result<Self, ScopeError> {
        words.split(' ').filter(|word| !word.is_empty()).map(Scope::from_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_key_has_no_scope_of_the_hub_itself() {
        assert_eq!(ScopeSet::DEFAULT.to_string(), "read write");
    }

    #[test]
    fn scopes_do_not_imply_each_other() {
        let admin = ScopeSet::from_iter([Scope::Admin]);
        assert!(!admin.contains(Scope::Write));
        assert!(!admin.covers(ScopeSet::DEFAULT));
    }

    #[test]
    fn a_set_names_what_it_lacks() {
        let wanted: ScopeSet = "read keys:write".parse().unwrap();
        assert_eq!(ScopeSet::DEFAULT.lacks(wanted).to_string(), "keys:write");
    }

    #[test]
    fn every_set_reads_back_what_it_prints() {
        let all: ScopeSet = Scope::ALL.iter().copied().collect();
        assert_eq!(all.to_string().parse::<ScopeSet>().unwrap(), all);
        assert_eq!(all.iter().count(), 15);
    }

    #[test]
    fn an_unknown_scope_is_refused_with_the_known_ones() {
        let error = "keys:admin".parse::<Scope>().unwrap_err().to_string();
        assert!(error.starts_with("unknown scope \"keys:admin\": use read, write, admin, keys:read"), "{error}");
    }
}
