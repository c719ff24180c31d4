//! Who asks for a change, and what it may ask for.
//!
//! *Threat:* a page or an API operation that forgets to check what its caller may do.
//! *Defence:* use cases that change something take an [`Asker`] and check it themselves, with the same scopes for keys and people.
//! What only people may do, which is to manage operators and the workspace, goes by their role, read within the transaction.
//! *Not defended:* a change whose asker loses its session or its scopes after it was authenticated and before it is written; and
//! publishing, where the caller of `Events` checks.

use std::net::IpAddr;
use std::time::Duration;

use crate::api_keys::{Scope, ScopeSet};
use crate::audit::Actor;
use crate::id::{KeyId, OperatorId};
use crate::time::Timestamp;

/// How long after a password was given its session may do what needs it. Source: keys-and-limits, ASVS 5.0, 7.5.3.
pub const STEP_UP_FOR: Duration = Duration::from_mins(10);

/// How far the clocks of two nodes may be apart, which one browser meets in turn.
const CLOCKS_APART_MAX: Duration = Duration::from_mins(1);

/// Who asks for a change. Made where somebody was authenticated, and changed nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker {
    actor: Actor,
    scopes: Option<ScopeSet>,
    password_given_at: Option<Timestamp>,
    address: Option<IpAddr>,
    answerable: Option<OperatorId>,
}

/// The asker lacks a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this needs the scope {required}")]
pub struct Forbidden {
    /// Which.
    pub required: Scope,
}

impl Forbidden {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        "insufficient_scope"
    }
}

impl Asker {
    /// A person with access to the machine.
    pub const COMMAND_LINE: Self = Self::new(Actor::CommandLine, None);

    /// A rule of the hub itself.
    pub const SYSTEM: Self = Self::new(Actor::System, None);

    const fn new(actor: Actor, scopes: Option<ScopeSet>) -> Self {
        Self { actor, scopes, password_given_at: None, address: None, answerable: None }
    }

    /// A program that holds a key with these scopes.
    pub const fn key(id: KeyId, scopes: ScopeSet) -> Self {
        Self::new(Actor::Key(id), Some(scopes))
    }

    /// A program that holds a key with these scopes and asks on OwnPay's API: `write` tests endpoints there, and manages keys together
    /// with `admin`. Source: wire contract §1.4.
    pub fn merchant(id: KeyId, scopes: ScopeSet) -> Self {
        let writes = scopes.contains(Scope::Write);
        let tests = writes.then_some(Scope::EndpointsWrite);
        let manages = (writes && scopes.contains(Scope::Admin)).then_some(Scope::KeysWrite);
        Self::key(id, scopes.iter().chain(tests).chain(manages).collect())
    }

    /// An operator whose session began when it gave its password.
    pub const fn operator(id: OperatorId, scopes: ScopeSet, password_given_at: Timestamp) -> Self {
        Self { password_given_at: Some(password_given_at), ..Self::new(Actor::Operator(id), Some(scopes)) }
    }

    /// The same, who asks from this address: the audit log tells it. Must be a peer's own or one that a trusted proxy vouches for.
    #[must_use]
    pub const fn at(self, address: IpAddr) -> Self {
        Self { address: Some(address), ..self }
    }

    /// The same, for whom this operator answers: the audit log tells it. That it was named proves nothing, and opens nothing.
    #[must_use]
    pub const fn answered_for_by(self, operator: OperatorId) -> Self {
        Self { answerable: Some(operator), ..self }
    }

    /// Who answers for what it asks, besides itself; `None` where nobody was named.
    pub const fn answerable(&self) -> Option<OperatorId> {
        self.answerable
    }

    /// From where it asks; `None` for who is on the machine, and where nobody has said it.
    pub const fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// As the audit log names it.
    pub const fn actor(&self) -> Actor {
        self.actor
    }

    /// What it may do; `None` everything, for the command line and the hub itself.
    pub const fn scopes(&self) -> Option<ScopeSet> {
        self.scopes
    }

    /// Checks that the asker has a scope.
    ///
    /// # Errors
    /// [`Forbidden`] when it has not.
    pub fn require(&self, required: Scope) -> Result<(), Forbidden> {
        if self.scopes.is_none_or(|scopes| scopes.contains(required)) { Ok(()) } else { Err(Forbidden { required }) }
    }

    /// Whether the asker has given its password within [`STEP_UP_FOR`]. Who has no session need not.
    ///
    /// *Time:* a password that was given in the future, by more than the minute that clocks of nodes may be apart, was not given: a
    /// clock that was a year ahead must not have opened everything for a year.
    pub fn has_stepped_up(&self, now: Timestamp) -> bool {
        let is_recent = |at: Timestamp| at.since(now) <= CLOCKS_APART_MAX && now.since(at) < STEP_UP_FOR;
        !matches!(self.actor, Actor::Operator(_)) || self.password_given_at.is_some_and(is_recent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATOR: OperatorId = OperatorId::from_bytes([1; 16]);

    #[test]
    fn a_key_may_do_what_its_scopes_say_and_the_command_line_everything() {
        let key = Asker::key(KeyId::from_bytes([1; 16]), ScopeSet::from_iter([Scope::KeysRead]));
        assert_eq!(key.require(Scope::KeysRead), Ok(()));
        let refused = key.require(Scope::KeysWrite).unwrap_err();
        assert_eq!(
            (refused.to_string().as_str(), refused.code()),
            ("this needs the scope keys:write", "insufficient_scope")
        );
        assert_eq!(Asker::COMMAND_LINE.require(Scope::KeysWrite), Ok(()));
    }

    #[test]
    fn on_ownpays_api_write_tests_endpoints_and_manages_keys_together_with_admin() {
        let rows =
            [("read", ""), ("write", "endpoints:write"), ("admin", ""), ("write admin", "endpoints:write keys:write")];
        for (held, more) in rows {
            let held: ScopeSet = held.parse().unwrap();
            let asker = Asker::merchant(KeyId::from_bytes([1; 16]), held);
            assert_eq!(held.lacks(asker.scopes().unwrap()), more.parse().unwrap(), "{held}");
        }
    }

    #[test]
    fn a_password_is_good_for_ten_minutes() {
        let given_at = Timestamp::from_seconds(1_000);
        let asker = Asker::operator(OPERATOR, ScopeSet::EMPTY, given_at);
        assert!(asker.has_stepped_up(Timestamp::from_seconds(1_599)));
        assert!(!asker.has_stepped_up(Timestamp::from_seconds(1_600)));
        assert!(!Asker { password_given_at: None, ..asker }.has_stepped_up(given_at));
        assert!(Asker::COMMAND_LINE.has_stepped_up(given_at));
    }

    #[test]
    fn a_password_that_was_given_in_the_future_was_not_given() {
        let asker = Asker::operator(OPERATOR, ScopeSet::EMPTY, Timestamp::from_seconds(1_000));
        assert!(asker.has_stepped_up(Timestamp::from_seconds(940)));
        assert!(!asker.has_stepped_up(Timestamp::from_seconds(939)));
    }
}
