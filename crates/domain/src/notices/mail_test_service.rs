//! The use case of mails that are sent for a test.
//!
//! *Threat:* somebody who has an operator's session makes the hub a source of unwanted mail, or hides that it was. *Defence:* owners and
//! admins alone, a few in a minute, always the same text, and each in the audit log before it is sent. *Not defended:* another node of
//! the same store counts for itself.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;

use super::{MailFault, MailTest};
use crate::access::Asker;
use crate::audit::{AuditDraft, append};
use crate::id::WorkspaceId;
use crate::operators::{EmailAddress, OperatorTx, Role, manages};
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::{Clock, Timestamp};

/// Mails that are sent for a test in one minute at most: enough to mend a setting and try again, too few to be a nuisance.
pub const MAIL_TESTS_A_MINUTE: usize = 5;

const MINUTE: Duration = Duration::from_mins(1);

/// A mail is not sent for a test.
#[derive(Debug, thiserror::Error)]
pub enum MailTestError {
    /// Whoever asks may not do this.
    #[error("this needs the role {}", Role::Admin.as_str())]
    RoleTooLow,
    /// There were too many in the last minute.
    #[error("at most {MAIL_TESTS_A_MINUTE} test mails are sent in a minute: wait a little, and try again")]
    TooMany,
    /// The store failed.
    #[error("the store of operators failed")]
    Store(#[from] StoreError),
}

/// Sends mails that test whether mail works. Clones count together.
#[derive(Clone)]
pub struct MailTests {
    store: Arc<dyn UnitOfWork<dyn OperatorTx>>,
    mail: Arc<dyn MailTest>,
    clock: Arc<dyn Clock>,
    /// When the last ones were allowed, oldest first; not more than [`MAIL_TESTS_A_MINUTE`].
    turns: Arc<Mutex<VecDeque<Timestamp>>>,
}

impl std::fmt::Debug for MailTests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailTests").finish_non_exhaustive()
    }
}

impl MailTests {
    /// Tests over `mail`, logged in `store`.
    pub fn new(store: Arc<dyn UnitOfWork<dyn OperatorTx>>, mail: Arc<dyn MailTest>, clock: Arc<dyn Clock>) -> Self {
        Self { store, mail, clock, turns: Arc::default() }
    }

    /// Allows one mail to `to`, and prepares to write that down; then [`MailTests::send`] sends it. Owners and admins may. Reads the
    /// store: call it where that is allowed.
    ///
    /// The log keeps the domain of the address and not the address: what stands there stays there.
    ///
    /// *Repeat:* counts once for each call, however often the transaction runs.
    ///
    /// # Errors
    /// [`MailTestError::RoleTooLow`], [`MailTestError::TooMany`], and the store's own.
    pub fn allow(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        to: &EmailAddress,
    ) -> Result<
        Prepared<dyn OperatorTx, impl Change<dyn OperatorTx, Output = (), Error = MailTestError> + use<>>,
        MailTestError,
    > {
        let at = self.clock.now();
        // Before it takes a turn of others.
        read(&*self.store, |tx| check_role(tx, &asker, workspace_id))?;
        if !take_turn(&self.turns, at) {
            return Err(MailTestError::TooMany);
        }
        let domain = to.as_str().split('@').next_back().unwrap_or_default().to_owned();
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            check_role(tx, &asker, workspace_id)?;
            let (actor, subject, detail) = (asker.actor(), workspace_id.to_string(), json!({ "to_domain": domain }));
            let draft = AuditDraft { workspace_id, at, actor, action: "mail.tested", subject, detail };
            append(tx, &draft.from_address(asker.address()))?;
            Ok(())
        };
        Ok(prepare(&self.store, Lane::Interactive, change, |()| {}))
    }

    /// Gives a turn of the minute back that [`MailTests::allow`] took, because nothing is sent.
    pub fn give_back(&self) {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner).pop_back();
    }

    /// Sends the mail that was allowed. May block; see [`MailTest::send_test`].
    ///
    /// # Errors
    /// [`MailFault`] when the server did not take it.
    pub fn send(&self, to: &EmailAddress) -> Result<String, MailFault> {
        self.mail.send_test(to.as_str())
    }
}

fn check_role(
    tx: &mut (dyn OperatorTx + 'static),
    asker: &Asker,
    workspace_id: WorkspaceId,
) -> Result<(), MailTestError> {
    if manages(tx, asker, workspace_id, Role::Admin)? { Ok(()) } else { Err(MailTestError::RoleTooLow) }
}

/// Whether one more fits into the minute that ends at `at`; counts it if so.
fn take_turn(turns: &Mutex<VecDeque<Timestamp>>, at: Timestamp) -> bool {
    let mut turns = turns.lock().unwrap_or_else(PoisonError::into_inner);
    // Those from the future are of a clock that was set back: they would count for longer than a minute.
    turns.retain(|turn| *turn <= at && at.since(*turn) < MINUTE);
    let has_room = turns.len() < MAIL_TESTS_A_MINUTE;
    if has_room {
        turns.push_back(at);
    }
    has_room
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::KeyId;
    use crate::testing::{ManualClock, MemoryStore};

    struct NoMail;

    impl MailTest for NoMail {
        fn send_test(&self, _to: &str) -> Result<String, MailFault> {
            Ok(String::new())
        }
    }

    fn allow(tests: &MailTests, asker: Asker) -> Result<(), MailTestError> {
        let to = EmailAddress::new("eve@shop.example").unwrap();
        let mut change = tests.allow(asker, WorkspaceId::from_bytes([1; 16]), &to)?.into_change();
        // As stores do where another transaction came between.
        for _ in 0..3 {
            crate::store::write(&*tests.store, Lane::Interactive, |tx| change.apply(tx))?;
        }
        Ok(())
    }

    #[test]
    fn a_transaction_that_runs_again_takes_one_turn_and_who_may_not_takes_none() {
        let tests =
            MailTests::new(Arc::new(MemoryStore::default()), Arc::new(NoMail), Arc::new(ManualClock::default()));
        let key = Asker::key(KeyId::from_bytes([1; 16]), crate::api_keys::ScopeSet::DEFAULT);
        assert!(matches!(allow(&tests, key), Err(MailTestError::RoleTooLow)));
        for _ in 0..MAIL_TESTS_A_MINUTE {
            allow(&tests, Asker::COMMAND_LINE).unwrap();
        }
        assert!(matches!(allow(&tests, Asker::COMMAND_LINE), Err(MailTestError::TooMany)));
    }

    #[test]
    fn a_minute_holds_a_few_tests_and_the_next_one_as_many() {
        let turns = Mutex::default();
        let at = |seconds: i64| Timestamp::from_seconds(1_795_514_400 + seconds);
        let allowed = (0..10).filter(|second| take_turn(&turns, at(*second))).count();
        assert_eq!(allowed, MAIL_TESTS_A_MINUTE);
        assert!(!take_turn(&turns, at(59)));
        assert!(take_turn(&turns, at(60)));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let turns = Mutex::default();
        let at = Timestamp::from_seconds(1_795_514_400);
        assert_eq!((0..10).filter(|_| take_turn(&turns, at)).count(), MAIL_TESTS_A_MINUTE);
        assert!(take_turn(&turns, at.minus(MINUTE * 60)));
    }
}
