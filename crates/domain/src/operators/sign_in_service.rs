//! The use cases of signing in: with mail address and password, and again to step up.
//!
//! What fails is told by its code and counted (see `throttle`), and is no entry of the audit log: strangers must not write there.
//! Whoever answers writes it to the log of the process.

use std::sync::Arc;

use super::begin_service::Begun;
use super::password_hash::Verdict;
use super::{
    AccountDigest, Client, EmailAddress, FailedSignIns, Operator, OperatorTx, Passwords, SignInError, SignedIn,
};
use crate::entropy::Entropy;
use crate::id::WorkspaceId;
use crate::secret::Secret;
use crate::store::{Change, Lane, Prepared, UnitOfWork, prepare, read};
use crate::time::Clock;

/// What was typed, and where.
#[derive(Clone)]
pub struct SignInAttempt {
    /// What was typed as the mail address. What is longer than one can be is nobody's.
    pub email: String,
    /// What was typed as the password.
    pub password: Secret,
    /// Where.
    pub client: Client,
}

impl std::fmt::Debug for SignInAttempt {
    /// People type their password where the address belongs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInAttempt").field("client", &self.client).finish_non_exhaustive()
    }
}

/// The use cases of signing in.
#[derive(Clone)]
pub struct SignIns {
    store: Arc<dyn UnitOfWork<dyn OperatorTx>>,
    passwords: Passwords,
    failures: Arc<dyn FailedSignIns>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for SignIns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIns").finish_non_exhaustive()
    }
}

/// A prepared sign-in.
macro_rules! sign_in {
    () => {
        Prepared<dyn OperatorTx, impl Change<dyn OperatorTx, Output = SignedIn, Error = SignInError> + use<>>
    };
}

impl SignIns {
    /// The use cases over a store.
    pub fn new(
        store: Arc<dyn UnitOfWork<dyn OperatorTx>>,
        passwords: Passwords,
        failures: Arc<dyn FailedSignIns>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { store, passwords, failures, clock, entropy }
    }

    /// Signs an operator in: a new session with a new token.
    ///
    /// Reads, and hashes for some 20 ms, before it returns: call it where a thread may block. The session whose token the browser has
    /// `presented` ends in the same transaction (ASVS 5.0, 7.2.4), also when it is another operator's: the log says that this one ended it.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn sign_in(
        &self,
        workspace_id: WorkspaceId,
        attempt: &SignInAttempt,
        presented: Option<&str>,
    ) -> Result<sign_in!(), SignInError> {
        let account = AccountDigest::of(&attempt.email);
        let address = attempt.client.address;
        if let Some(wait) = self.failures.wait(&account, address) {
            return Err(SignInError::Throttled { wait });
        }
        let operator = self.find_by_email(workspace_id, &attempt.email)?;
        let kept = operator.as_ref().and_then(|operator| operator.password.as_ref());
        let (operator, new_password) = match (self.passwords.verify(&attempt.password, kept)?, operator) {
            (Verdict::Right, Some(operator)) => (operator, None),
            (Verdict::RightRehashed(new), Some(operator)) => (operator, Some(new)),
            _ => {
                self.failures.record(&account, address);
                return Err(SignInError::Wrong);
            }
        };
        let begun = Begun::new(operator, attempt.client.clone(), presented, self.clock.now(), &*self.entropy);
        let change = move |tx: &mut (dyn OperatorTx + 'static)| begun.write(tx, new_password.as_ref());
        let failures = Arc::clone(&self.failures);
        let forgive = move |_: &mut SignedIn| failures.forgive(&account, address);
        Ok(prepare(&self.store, Lane::Interactive, change, forgive))
    }

    /// Lets an operator that is signed in give its password again: a new session takes the place of the one that it has.
    ///
    /// As [`SignIns::sign_in`] otherwise, counted failures included.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn again(&self, signed_in: &SignedIn, password: Secret, client: Client) -> Result<sign_in!(), SignInError> {
        let email = signed_in.operator.email.as_str().to_owned();
        let attempt = SignInAttempt { email, password, client };
        let token = signed_in.token.to_secret();
        self.sign_in(signed_in.operator.workspace_id, &attempt, Some(token.expose()))
    }

    fn find_by_email(&self, workspace_id: WorkspaceId, typed: &str) -> Result<Option<Operator>, SignInError> {
        let Ok(email) = EmailAddress::new(typed) else {
            return Ok(None);
        };
        read(&*self.store, |tx| Ok(tx.find_operator_by_email(workspace_id, &email)?))
    }
}
