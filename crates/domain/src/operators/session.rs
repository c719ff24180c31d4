//! One sign-in of an operator, for as long as it lasts.

use std::net::IpAddr;
use std::time::Duration;

use super::{Operator, SessionDigest, SessionToken};
use crate::access::Asker;
use crate::id::{OperatorId, OperatorSessionId, WorkspaceId};
use crate::time::Timestamp;

/// How long a session lasts at most, used or not: once a week a password is asked for. ASVS 5.0, 7.3.2.
pub const SESSION_AGE_MAX: Duration = Duration::from_hours(7 * 24);

/// How long an unused session lasts: a working day in a browser that stays open. ASVS 5.0, 7.3.1.
pub const SESSION_IDLE_MAX: Duration = Duration::from_hours(12);

/// How far in the future a session may have begun: what clocks of nodes are apart, or set back for, and no more.
const AHEAD_MAX: Duration = Duration::from_hours(1);

/// How stale `last_seen_at` may be: each request would otherwise be a write.
pub const SEEN_EVERY: Duration = Duration::from_mins(5);

/// Most sessions of one operator: each is a row that only a right password makes; the oldest ends for a new one.
pub const SESSIONS_MAX: usize = 20;

/// Most characters that are kept of what a browser calls itself.
pub const USER_AGENT_CHARS_MAX: usize = 200;

/// Where a sign-in comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The address, as the server trusts it.
    pub address: IpAddr,
    /// What the browser calls itself.
    pub user_agent: UserAgent,
}

/// What a browser calls itself: at most [`USER_AGENT_CHARS_MAX`] characters, none of them a control character.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserAgent(String);

impl UserAgent {
    /// Takes what fits; what does not is cut off, since nothing depends on it.
    pub fn cut(text: &str) -> Self {
        Self(text.chars().filter(|c| !c.is_control()).take(USER_AGENT_CHARS_MAX).collect())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One sign-in of an operator.
///
/// A session is as old as its password: who gives the password again gets a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorSession {
    /// Its identifier, which is shown.
    pub id: OperatorSessionId,
    /// What its token is found by.
    pub digest: SessionDigest,
    /// The workspace that it works in: where the operator is at home, until it goes to another.
    pub workspace_id: WorkspaceId,
    /// Who signed in.
    pub operator_id: OperatorId,
    /// When the password was given.
    pub created_at: Timestamp,
    /// When it was last used, to [`SEEN_EVERY`].
    pub last_seen_at: Timestamp,
    /// Where it was begun.
    pub client: Client,
}

impl OperatorSession {
    /// When it ends unless it is used before; exclusive.
    pub fn expires_at(&self) -> Timestamp {
        self.created_at.plus(SESSION_AGE_MAX).min(self.last_seen_at.plus(SESSION_IDLE_MAX))
    }

    /// Whether it may still be used.
    ///
    /// *Time:* one that began more than an hour in the future is refused until then: a clock was ahead when it began, and it would last
    /// a week from that instant on. Whoever signed in meanwhile signs in again, which removes it.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now < self.expires_at() && self.created_at.since(now) <= AHEAD_MAX
    }

    /// The session as it is to be written after a use; `None` while what is written is recent enough.
    pub(super) fn seen(&self, now: Timestamp) -> Option<Self> {
        (now.since(self.last_seen_at) >= SEEN_EVERY).then(|| Self { last_seen_at: now, ..self.clone() })
    }
}

/// An operator together with the session that it uses.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub operator: Operator,
    /// By which session.
    pub session: OperatorSession,
    /// The session's token, for the cookie and the forms.
    pub token: SessionToken,
}

impl SignedIn {
    /// The operator as one who asks for changes.
    pub fn asker(&self) -> Asker {
        Asker::operator(self.operator.id, self.operator.role.scopes(), self.session.created_at)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn session(created_at: i64, last_seen_at: i64) -> OperatorSession {
        OperatorSession {
            id: OperatorSessionId::from_bytes([1; 16]),
            digest: SessionDigest([1; 32]),
            workspace_id: WorkspaceId::from_bytes([1; 16]),
            operator_id: OperatorId::from_bytes([1; 16]),
            created_at: Timestamp::from_seconds(created_at),
            last_seen_at: Timestamp::from_seconds(last_seen_at),
            client: Client { address: Ipv4Addr::LOCALHOST.into(), user_agent: UserAgent::cut("Browser") },
        }
    }

    #[test]
    fn an_unused_session_lasts_twelve_hours() {
        let twelve_hours = 12 * 3_600;
        assert!(session(0, 0).is_alive(Timestamp::from_seconds(twelve_hours - 1)));
        assert!(!session(0, 0).is_alive(Timestamp::from_seconds(twelve_hours)));
    }

    #[test]
    fn a_used_session_lasts_a_week() {
        let week = 7 * 24 * 3_600;
        assert!(session(0, week - 60).is_alive(Timestamp::from_seconds(week - 1)));
        assert!(!session(0, week - 60).is_alive(Timestamp::from_seconds(week)));
    }

    #[test]
    fn a_session_from_more_than_an_hour_in_the_future_has_ended() {
        assert!(session(10_000, 10_000).is_alive(Timestamp::from_seconds(6_400)));
        assert!(!session(10_000, 10_000).is_alive(Timestamp::from_seconds(6_399)));
    }

    #[test]
    fn a_use_is_written_every_five_minutes() {
        assert_eq!(session(0, 0).seen(Timestamp::from_seconds(299)), None);
        assert_eq!(session(0, 0).seen(Timestamp::from_seconds(300)), Some(session(0, 300)));
    }

    #[test]
    fn a_clock_that_went_back_writes_nothing() {
        assert_eq!(session(1_000, 1_000).seen(Timestamp::from_seconds(10)), None);
    }

    #[test]
    fn what_a_browser_calls_itself_is_cut_and_cleaned() {
        assert_eq!(UserAgent::cut("a\r\nb\u{7}c").as_str(), "abc");
        assert_eq!(UserAgent::cut(&"ä".repeat(500)).as_str().chars().count(), 200);
    }
}
