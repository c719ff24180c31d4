//! The use cases of the second factor: offer, add, new recovery codes, remove, and the second step of a sign-in.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::authorise_service::Request;
use super::begin_service::Begun;
use super::second_factor::{Accepted, open_offer, seal_offer};
use super::service::find_own;
use super::typed_code_service::ByCode;
use super::{
    AccountDigest, Client, FailedSignIns, Operator, OperatorSession, OperatorTx, PasswordGiven, RecoveryCode,
    RecoveryCodes, SecondFactor, SecondFactorError, SecondStepError, SignInError, SignedIn, TotpCode, TotpSecret,
};
use crate::access::{Asker, STEP_UP_FOR};
use crate::audit::Actor;
use crate::entropy::Entropy;
use crate::id::{OperatorId, WorkspaceId};
use crate::sealing::Sealer;
use crate::secret::Secret;
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::{Clock, Timestamp};

/// How long a secret that was shown may be confirmed: no longer than the password counts with which it was asked for.
const OFFER_AGE_MAX: Duration = STEP_UP_FOR;

/// How long the code may follow the password.
const PASSWORD_AGE_MAX: Duration = Duration::from_mins(5);

/// The recovery codes of an operator, which nobody can read afterwards.
type ShownOnce = Vec<RecoveryCode>;

/// A secret that is shown to an operator, and takes effect once a code of it comes back.
#[derive(Debug)]
pub struct Offer {
    /// Whom it was made for.
    pub operator_id: OperatorId,
    /// The secret, for the application.
    pub secret: TotpSecret,
    /// The same sealed, which the form carries back.
    pub sealed: Secret,
}

/// What a browser sends after the password.
#[derive(Debug)]
pub struct SecondStep {
    /// What it was given for the password.
    pub password_given: Secret,
    /// What was typed: a code or a recovery code.
    pub typed: Secret,
    /// Where.
    pub client: Client,
}

/// What became of a code.
enum Compared {
    Right,
    Wrong,
    /// It was not looked at: so long has to be waited.
    Early(Duration),
}

/// The use cases of the second factor.
#[derive(Clone)]
pub struct SecondFactors {
    store: Arc<dyn UnitOfWork<dyn OperatorTx>>,
    sealer: Arc<Sealer>,
    failures: Arc<dyn FailedSignIns>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for SecondFactors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondFactors").finish_non_exhaustive()
    }
}

/// A prepared change of a second factor.
macro_rules! factor_change {
    ($output:ty) => {
        Prepared<dyn OperatorTx, impl Change<dyn OperatorTx, Output = $output, Error = SecondFactorError> + use<>>
    };
}

/// A prepared sign-in by password and code.
macro_rules! second_step {
    () => {
        Prepared<dyn OperatorTx, impl Change<dyn OperatorTx, Output = SignedIn, Error = SecondStepError> + use<>>
    };
}

impl SecondFactors {
    /// The use cases over a store; `failures` are those of the passwords.
    pub fn new(
        store: Arc<dyn UnitOfWork<dyn OperatorTx>>,
        sealer: Arc<Sealer>,
        failures: Arc<dyn FailedSignIns>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { store, sealer, failures, clock, entropy }
    }

    /// The second factor of an operator, `None` when it has none.
    ///
    /// # Errors
    /// The store's own.
    pub fn find(&self, operator_id: OperatorId) -> Result<Option<SecondFactor>, StoreError> {
        read(&*self.store, |tx| tx.find_second_factor(operator_id))
    }

    /// A secret for an operator that wants a second factor. Nothing is kept of it before it is confirmed.
    pub fn offer(&self, operator_id: OperatorId) -> Offer {
        let secret = TotpSecret::generate(&*self.entropy);
        let sealed = seal_offer(&secret, (operator_id, self.clock.now()), &self.sealer, &*self.entropy);
        Offer { operator_id, secret, sealed }
    }

    /// The offer that a form carries, unless it was another operator's or is too old.
    pub fn offered(&self, operator_id: OperatorId, sealed: Secret) -> Option<Offer> {
        let (secret, at) = open_offer(sealed.expose(), operator_id, &self.sealer)?;
        is_fresh(at, self.clock.now(), OFFER_AGE_MAX).then_some(Offer { operator_id, secret, sealed })
    }

    /// Adds what was offered as the asker's own second factor, once a code of it was typed; gives its recovery codes.
    ///
    /// The operator's other sessions end: they have begun without a code, and whoever holds one could take the factor away again.
    ///
    /// # Errors
    /// [`SecondFactorError`].
    pub fn add(
        &self,
        asker: Asker,
        own_session: &OperatorSession,
        offer: &Offer,
        typed: &str,
    ) -> factor_change!(ShownOnce) {
        let request = Request { asker, workspace_id: own_session.workspace_id, at: self.clock.now() };
        let (operator_id, kept) = (offer.operator_id, own_session.id);
        let step = TotpCode::parse(typed).and_then(|code| offer.secret.accept(&code, request.at, None));
        let (recovery, codes) = RecoveryCodes::generate(operator_id, &*self.entropy);
        let sealed = SecondFactor::seal(&offer.secret, operator_id, &self.sealer, &*self.entropy);
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            own(tx, &request, operator_id)?;
            if tx.find_second_factor(operator_id)?.is_some() {
                return Err(SecondFactorError::On);
            }
            let last_step = step.ok_or(SecondFactorError::WrongCode)?;
            let (sealed, recovery) = (sealed.clone(), recovery.clone());
            tx.put_second_factor(&SecondFactor { operator_id, sealed, last_step, recovery, added_at: request.at })?;
            let others = tx.list_operator_sessions(operator_id)?.into_iter().map(|session| session.id);
            let others: Vec<_> = others.filter(|id| *id != kept).collect();
            tx.delete_operator_sessions(&others)?;
            let detail = json!({ "sessions_ended": others.len() });
            request.log(tx, "operator.second_factor_added", operator_id, detail)?;
            Ok(codes.clone())
        };
        prepare(&self.store, Lane::Interactive, change, |_| {})
    }

    /// Gives an operator that is signed in new recovery codes in the place of all before, for a code that it has typed.
    ///
    /// Reads before it returns: call it where a thread may block. A wrong code is counted, and waited for, as at a sign-in.
    ///
    /// *Repeat:* the code is used up, so that a second call is refused and the codes of the first one count.
    ///
    /// # Errors
    /// [`super::OperatorError::StepUpNeeded`] before the code is looked at; [`SecondFactorError`].
    pub fn renew(
        &self,
        signed_in: &SignedIn,
        typed: Secret,
        client: &Client,
    ) -> Result<factor_change!(ShownOnce), SecondFactorError> {
        let by_code = self.typed(signed_in, typed, client)?;
        let (recovery, codes) = RecoveryCodes::generate(signed_in.operator.id, &*self.entropy);
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            let Accepted { factor, by_recovery_code } = by_code.accept(tx)?;
            tx.put_second_factor(&SecondFactor { recovery: recovery.clone(), ..factor })?;
            by_code.log(tx, "operator.recovery_codes_renewed", by_recovery_code)?;
            Ok(codes.clone())
        };
        let forgive = self.forgiving(&signed_in.operator, client);
        Ok(prepare(&self.store, Lane::Interactive, change, move |_| forgive()))
    }

    /// Removes the second factor of an operator that is signed in, for a code that it has typed. That of another is reset by
    /// [`Operators`](super::Operators).
    ///
    /// As [`SecondFactors::renew`] otherwise.
    ///
    /// # Errors
    /// As for that.
    pub fn remove(
        &self,
        signed_in: &SignedIn,
        typed: Secret,
        client: &Client,
    ) -> Result<factor_change!(()), SecondFactorError> {
        let (by_code, id) = (self.typed(signed_in, typed, client)?, signed_in.operator.id);
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            let Accepted { by_recovery_code, .. } = by_code.accept(tx)?;
            tx.delete_second_factor(id)?;
            Ok(by_code.log(tx, "operator.second_factor_removed", by_recovery_code)?)
        };
        let forgive = self.forgiving(&signed_in.operator, client);
        Ok(prepare(&self.store, Lane::Interactive, change, move |()| forgive()))
    }

    /// A code for a change of the operator's own factor, which may be carried out as things are now.
    fn typed(&self, signed_in: &SignedIn, typed: Secret, client: &Client) -> Result<ByCode, SecondFactorError> {
        let SignedIn { operator, .. } = signed_in;
        let asker = signed_in.asker().at(client.address);
        let request = Request { asker, workspace_id: operator.workspace_id, at: self.clock.now() };
        // First: who has to give the password again has used no code up, and no attempt.
        if !asker.has_stepped_up(request.at) {
            return Err(super::OperatorError::StepUpNeeded.into());
        }
        let factor = self.find(operator.id)?.ok_or(SecondFactorError::Off)?;
        match self.compare((operator, &factor), &typed, client.address, request.at)? {
            Compared::Right => Ok(ByCode::new(signed_in, request, typed, Arc::clone(&self.sealer))),
            Compared::Wrong => Err(SecondFactorError::WrongCode),
            Compared::Early(wait) => Err(SecondFactorError::Throttled { wait }),
        }
    }

    /// What a browser shows to the hub with this first workspace when its code comes, for the password that was given.
    pub fn seal(&self, workspace_id: WorkspaceId, given: &PasswordGiven) -> Secret {
        given.seal(workspace_id, &self.sealer, &*self.entropy)
    }

    /// Whether a browser has given a password of late, so that a code may be asked for.
    pub fn awaits_code(&self, workspace_id: WorkspaceId, password_given: &str) -> bool {
        self.given(workspace_id, password_given).is_some()
    }

    /// Signs an operator in whose password was right, when the code is too. The code is used up in the same transaction.
    ///
    /// Reads before it returns: call it where a thread may block. A wrong code is counted, and waited for, as a wrong password is.
    ///
    /// # Errors
    /// [`SecondStepError`].
    pub fn sign_in(
        &self,
        workspace_id: WorkspaceId,
        step: &SecondStep,
        presented: Option<&str>,
    ) -> Result<second_step!(), SecondStepError> {
        let given = self.given(workspace_id, step.password_given.expose()).ok_or(SecondStepError::Expired)?;
        let found = read(&*self.store, |tx| {
            let Some(home) = tx.list_memberships(given.operator_id)?.into_iter().next() else {
                return Ok::<_, StoreError>(None);
            };
            let operator = tx.find_operator(home.workspace_id, given.operator_id)?;
            Ok(operator.zip(tx.find_second_factor(given.operator_id)?))
        })?;
        let (operator, factor) = found.filter(|(operator, _)| given.is_of(operator)).ok_or(SecondStepError::Expired)?;
        let now = self.clock.now();
        match self.compare((&operator, &factor), &step.typed, step.client.address, now)? {
            Compared::Right => {}
            Compared::Wrong => return Err(SecondStepError::WrongCode),
            Compared::Early(wait) => return Err(SignInError::Throttled { wait }.into()),
        }
        let forgive = self.forgiving(&operator, &step.client);
        let begun = Begun::new(operator, step.client.clone(), presented, now, &*self.entropy);
        let (sealer, typed) = (Arc::clone(&self.sealer), step.typed.clone());
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            let signed_in = begun.write(tx)?;
            // Once more, and by now nobody else can use the same code.
            let factor = tx.find_second_factor(signed_in.operator.id)?.ok_or(SecondStepError::Expired)?;
            let accepted = factor.accept(typed.expose(), &sealer, now)?.ok_or(SecondStepError::WrongCode)?;
            tx.put_second_factor(&accepted.factor)?;
            if accepted.by_recovery_code {
                begun.log_recovery_code(tx, accepted.factor.recovery.left())?;
            }
            Ok(signed_in)
        };
        Ok(prepare(&self.store, Lane::Interactive, change, move |_| forgive()))
    }

    /// Compares what was typed, unless too much has failed there, and counts it when it is wrong.
    fn compare(
        &self,
        (operator, factor): (&Operator, &SecondFactor),
        typed: &Secret,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Compared, StoreError> {
        let account = AccountDigest::of(operator.email.as_str());
        if let Some(wait) = self.failures.wait(&account, address) {
            return Ok(Compared::Early(wait));
        }
        if factor.accept(typed.expose(), &self.sealer, now)?.is_none() {
            self.failures.record(&account, address);
            return Ok(Compared::Wrong);
        }
        Ok(Compared::Right)
    }

    /// What follows a code that was right.
    fn forgiving(&self, operator: &Operator, client: &Client) -> impl Fn() + Send + use<> {
        let (failures, address) = (Arc::clone(&self.failures), client.address);
        let account = AccountDigest::of(operator.email.as_str());
        move || failures.forgive(&account, address)
    }

    fn given(&self, workspace_id: WorkspaceId, text: &str) -> Option<PasswordGiven> {
        let given = PasswordGiven::open(text, workspace_id, &self.sealer)?;
        is_fresh(given.at, self.clock.now(), PASSWORD_AGE_MAX).then_some(given)
    }
}

/// Whether something of this instant still counts; one of the future, as after a clock was set back, does not.
fn is_fresh(at: Timestamp, now: Timestamp, age_max: Duration) -> bool {
    at <= now && now.since(at) < age_max
}

/// Checks that the asker is this operator, and has given its password of late. Others take their turn after.
fn own(
    tx: &mut (dyn OperatorTx + 'static),
    request: &Request,
    operator_id: OperatorId,
) -> Result<(), SecondFactorError> {
    if request.asker.actor() != Actor::Operator(operator_id) {
        return Err(super::OperatorError::NotFound(operator_id).into());
    }
    find_own(tx, request, operator_id)?;
    Ok(())
}
