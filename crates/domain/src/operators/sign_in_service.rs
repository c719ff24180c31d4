//! The use cases of signing in: with mail address and password, again to step up, and to change the password.
//!
//! What fails is told by its code and counted (see `throttle`), and is no entry of the audit log: strangers must not write there.
//! Whoever answers writes it to the log of the process.

use std::net::IpAddr;
use std::sync::Arc;

use super::begin_service::Begun;
use super::password_hash::Verdict;
use super::{
    AccountDigest, ChangePasswordError, Client, EmailAddress, FailedSignIns, Operator, OperatorTx, Password,
    PasswordGiven, PasswordHash, Passwords, SignInError, SignedIn,
};
use crate::entropy::Entropy;
use crate::id::{OperatorId, WorkspaceId};
use crate::secret::Secret;
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
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

impl SignInAttempt {
    /// What its failure is counted by.
    fn counted_by(&self) -> (AccountDigest, IpAddr) {
        (AccountDigest::of(&self.email), self.client.address)
    }
}

impl std::fmt::Debug for SignInAttempt {
    /// People type their password where the address belongs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInAttempt").field("client", &self.client).finish_non_exhaustive()
    }
}

/// What a right password has led to.
#[derive(Clone, Debug)]
pub enum FirstStep {
    /// The operator has no second factor, and is signed in.
    SignedIn(Box<SignedIn>),
    /// A code has to follow.
    CodeNeeded(PasswordGiven),
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
    ($output:ty) => {
        Prepared<dyn OperatorTx, impl Change<dyn OperatorTx, Output = $output, Error = SignInError> + use<>>
    };
}

/// A prepared change of an operator's own password.
macro_rules! password_change {
    () => {
        Prepared<dyn OperatorTx, impl Change<dyn OperatorTx, Output = SignedIn, Error = ChangePasswordError> + use<>>
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

    /// What hashes passwords here: whoever hashes one for somebody else shares its bound.
    pub const fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// Signs an operator in that has no second factor: a new session with a new token, in the workspace that it is at home in. One that
    /// has is asked for a code.
    ///
    /// Reads, and hashes for some 20 ms, before it returns: call it where a thread may block. The session whose token the browser has
    /// `presented` ends in the same transaction (ASVS 5.0, 7.2.4), also when it is another operator's: the log says that this one ended it.
    ///
    /// A password that is kept in an old way is kept in today's from now on, also where a code has to follow: nobody has the password
    /// then. It is the one that was right, and opens no more than before.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn sign_in(
        &self,
        attempt: &SignInAttempt,
        presented: Option<&str>,
    ) -> Result<sign_in!(FirstStep), SignInError> {
        let (operator, rehashed) = self.compare(None, attempt)?;
        let (begun, now) = (self.begin(operator, attempt, presented), self.clock.now());
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            let operator = begun.compared(tx, rehashed.as_ref())?;
            if tx.find_second_factor(operator.id)?.is_some() {
                return Ok(FirstStep::CodeNeeded(PasswordGiven::new(&operator, now)));
            }
            Ok(FirstStep::SignedIn(Box::new(begun.insert(tx, operator)?)))
        };
        let (failures, (account, address)) = (Arc::clone(&self.failures), attempt.counted_by());
        let committed = move |step: &mut FirstStep| match step {
            FirstStep::SignedIn(_) => failures.forgive(&account, address),
            // Who knows the password could else guess codes for ever.
            FirstStep::CodeNeeded(_) => {}
        };
        Ok(prepare(&self.store, Lane::Interactive, change, committed))
    }

    /// Lets an operator that is signed in give its password again: a new session takes the place of the one that it has, and works where
    /// that did.
    ///
    /// As [`SignIns::sign_in`] otherwise, counted failures included. No code is asked for: the session that is replaced has had one, and
    /// must still be there when the new one is written.
    ///
    /// # Errors
    /// [`SignInError`]; [`SignInError::SessionEnded`] where the session was ended, or went to another workspace, meanwhile.
    pub fn again(
        &self,
        signed_in: &SignedIn,
        password: Secret,
        client: Client,
    ) -> Result<sign_in!(SignedIn), SignInError> {
        let email = signed_in.operator.email.as_str().to_owned();
        let attempt = SignInAttempt { email, password, client };
        let token = signed_in.token.to_secret();
        let (operator, rehashed) = self.compare(Some(signed_in.operator.workspace_id), &attempt)?;
        let forgiving = self.forgiving(&attempt, operator.id)?;
        let begun = self.begin(operator, &attempt, Some(token.expose()));
        let change = move |tx: &mut (dyn OperatorTx + 'static)| begun.renew(tx, rehashed.as_ref());
        Ok(prepare(&self.store, Lane::Interactive, change, forgiving))
    }

    fn begin(&self, operator: Operator, attempt: &SignInAttempt, presented: Option<&str>) -> Begun {
        Begun::new(operator, attempt.client.clone(), presented, self.clock.now(), &*self.entropy)
    }

    /// Gives an operator that is signed in another password. All of its sessions end, and a new one takes the place of this one.
    ///
    /// Reads, and hashes for some 40 ms, before it returns: call it where a thread may block. A wrong current password is counted, and
    /// waited for, as at a sign-in: who has found a browser open must not have more tries than who stands at the door.
    ///
    /// # Errors
    /// [`ChangePasswordError::Password`] before anything is compared, then [`ChangePasswordError::SignIn`].
    pub fn change_password(
        &self,
        signed_in: &SignedIn,
        current: &Secret,
        new: Secret,
        client: Client,
    ) -> Result<password_change!(), ChangePasswordError> {
        let Operator { workspace_id, email, .. } = &signed_in.operator;
        let new = Password::new(new, email)?;
        let attempt = SignInAttempt { email: email.as_str().to_owned(), password: current.clone(), client };
        let (operator, _) = self.compare(Some(*workspace_id), &attempt)?;
        let hash = self.passwords.hash(&new)?;
        let forgiving = self.forgiving(&attempt, operator.id)?;
        let token = signed_in.token.to_secret();
        let begun = self.begin(operator, &attempt, Some(token.expose()));
        let change = move |tx: &mut (dyn OperatorTx + 'static)| Ok(begun.write_with_password(tx, &hash)?);
        Ok(prepare(&self.store, Lane::Interactive, change, forgiving))
    }

    /// Who has typed its password, as this workspace knows it, or the one that it is at home in; with the password as it is to be kept from
    /// now on, if it is kept in an old way.
    fn compare(
        &self,
        workspace_id: Option<WorkspaceId>,
        attempt: &SignInAttempt,
    ) -> Result<(Operator, Option<PasswordHash>), SignInError> {
        let (account, address) = attempt.counted_by();
        if let Some(wait) = self.failures.wait(&account, address) {
            return Err(SignInError::Throttled { wait });
        }
        let operator = self.find_by_email(workspace_id, &attempt.email)?;
        let kept = operator.as_ref().and_then(|operator| operator.password.as_ref());
        match (self.passwords.verify(&attempt.password, kept)?, operator) {
            (Verdict::Right, Some(operator)) => Ok((operator, None)),
            (Verdict::RightRehashed(new), Some(operator)) => Ok((operator, Some(new))),
            _ => {
                self.failures.record(&account, address);
                Err(SignInError::Wrong)
            }
        }
    }

    /// What follows when one that is signed in has given its password once more. Where there is a second factor it forgives nothing: who
    /// has found a browser open and knows the password could else guess codes for ever.
    fn forgiving(
        &self,
        attempt: &SignInAttempt,
        operator_id: OperatorId,
    ) -> Result<impl FnMut(&mut SignedIn) + Send + use<>, StoreError> {
        let forgives = read(&*self.store, |tx| tx.find_second_factor(operator_id))?.is_none();
        let (failures, (account, address)) = (Arc::clone(&self.failures), attempt.counted_by());
        Ok(move |_: &mut SignedIn| {
            if forgives {
                failures.forgive(&account, address);
            }
        })
    }

    fn find_by_email(&self, workspace_id: Option<WorkspaceId>, typed: &str) -> Result<Option<Operator>, SignInError> {
        let Ok(email) = EmailAddress::new(typed) else {
            return Ok(None);
        };
        read(&*self.store, |tx| match workspace_id {
            Some(workspace_id) => Ok(tx.find_operator_by_email(workspace_id, &email)?),
            None => Ok(tx.find_operator_at_home(&email)?),
        })
    }
}
