//! What an operator may do.

use crate::api_keys::{Scope, ScopeSet};

/// What an operator may do; each role includes those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything, including other owners.
    Owner,
    /// Limits, settings, and operators who are no owners.
    Admin,
    /// Keys, endpoints, event types and deliveries.
    Developer,
    /// Looks and changes nothing.
    Viewer,
}

/// The word is no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("role must be {}", Role::ALL.map(Role::as_str).join(", "))]
pub struct RoleError;

/// What looks only.
const READS: [Scope; 6] = [
    Scope::KeysRead,
    Scope::EventsRead,
    Scope::EndpointsRead,
    Scope::DeliveriesRead,
    Scope::LimitsRead,
    Scope::AuditRead,
];

/// What a developer may besides: everything of the hub but its limits.
const DEVELOPS: [Scope; 5] =
    [Scope::KeysWrite, Scope::EventsWrite, Scope::EventTypesWrite, Scope::EndpointsWrite, Scope::DeliveriesWrite];

impl Role {
    /// Every role, the widest first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Developer, Self::Viewer];

    /// The word that people, the API and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Developer => "developer",
            Self::Viewer => "viewer",
        }
    }

    /// The role with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// What it may do, in the words that keys use as well.
    ///
    /// Who may issue keys may give them only what is in here, so the scopes of `/api/v1` are in the set of everyone who may.
    pub fn scopes(self) -> ScopeSet {
        let reads = READS.into_iter();
        match self {
            Self::Owner | Self::Admin => Scope::ALL.iter().copied().collect(),
            Self::Developer => reads.chain(DEVELOPS).chain([Scope::Read, Scope::Write, Scope::Admin]).collect(),
            Self::Viewer => reads.collect(),
        }
    }

    /// Whether an operator of this role may add, change and remove one of the other.
    pub const fn manages(self, other: Self) -> bool {
        match self {
            Self::Owner => true,
            Self::Admin => !matches!(other, Self::Owner),
            Self::Developer | Self::Viewer => false,
        }
    }

    /// The least role that may manage one of this role.
    pub(super) const fn managed_by(self) -> Self {
        match self {
            Self::Owner => Self::Owner,
            Self::Admin | Self::Developer | Self::Viewer => Self::Admin,
        }
    }
}

impl std::str::FromStr for Role {
    type Err = RoleError;

    fn from_str(word: &str) -> Result<Self, RoleError> {
        Self::parse(word).ok_or(RoleError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_the_next_may() {
        let scopes = Role::ALL.map(Role::scopes);
        assert!(scopes.windows(2).all(|pair| pair[0].covers(pair[1])));
        assert_eq!(
            Role::Viewer.scopes().to_string(),
            "keys:read events:read endpoints:read deliveries:read limits:read audit:read"
        );
    }

    #[test]
    fn a_developer_may_do_everything_but_change_limits() {
        assert_eq!(Role::Developer.scopes().lacks(Role::Owner.scopes()).to_string(), "limits:write");
    }

    #[test]
    fn owners_are_managed_by_owners_only() {
        let managed = |role: Role| Role::ALL.map(|other| role.manages(other));
        assert_eq!(managed(Role::Owner), [true; 4]);
        assert_eq!(managed(Role::Admin), [false, true, true, true]);
        assert_eq!(managed(Role::Developer), [false; 4]);
        for role in Role::ALL {
            assert!(role.managed_by().manages(role), "{role:?}");
        }
    }

    #[test]
    fn a_role_reads_back_what_it_says() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("Owner"), None);
        assert_eq!(RoleError.to_string(), "role must be owner, admin, developer, viewer");
    }
}
