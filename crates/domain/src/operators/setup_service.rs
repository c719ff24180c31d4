//! The use case of setup: the first owner of a hub.
//!
//! *Threat:* whoever reaches a new hub first takes it over. A default password that nobody changes.
//! *Defence:* there is no default account. While no owner exists who can sign in, each start makes a token of 32 random bytes and
//! shows it where only the machine's own people look; its digest stays in the memory of this process, so that no copy of the
//! database holds it, and a restart makes another. The owner is written only while there is none: of two at once one wins, and
//! the token is worth nothing afterwards, here and on every other node. ASVS 5.0, 6.3.2.
//! *Not defended:* whoever reads the log or the screen of the first start before its people do.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use super::authorise_service::Request;
use super::begin_service::Begun;
use super::{
    Client, EmailAddress, Operator, OperatorTx, Password, Passwords, Role, SessionDigest, SessionToken, SetupError,
    SignedIn,
};
use crate::access::Asker;
use crate::entropy::Entropy;
use crate::id::{OperatorId, WorkspaceId};
use crate::secret::{Secret, bytes_are_equal};
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::Clock;

/// Who becomes the first owner.
#[derive(Clone, Debug)]
pub struct FirstOwner {
    /// What it will sign in with.
    pub email: EmailAddress,
    /// The password that it chose.
    pub password: Secret,
    /// Where it is.
    pub client: Client,
}

/// The use case of setup. Clones share the token, and that setup is over.
#[derive(Clone)]
pub struct Setup {
    store: Arc<dyn UnitOfWork<dyn OperatorTx>>,
    workspace_id: WorkspaceId,
    passwords: Passwords,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    offered: Arc<Mutex<Option<SessionDigest>>>,
    is_over: Arc<AtomicBool>,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup").field("workspace_id", &self.workspace_id).finish_non_exhaustive()
    }
}

impl Setup {
    /// The setup of a workspace.
    pub fn new(
        store: Arc<dyn UnitOfWork<dyn OperatorTx>>,
        workspace_id: WorkspaceId,
        passwords: Passwords,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { store, workspace_id, passwords, clock, entropy, offered: Arc::default(), is_over: Arc::default() }
    }

    /// Whether there is no owner yet who can sign in.
    ///
    /// *Repeat:* asks the store until there is one, and never again in this process: pages ask for each request, and the last owner stays
    /// whoever wants it removed, the command line too. Who takes it out of the database itself has to start the hub anew.
    ///
    /// # Errors
    /// The store's own.
    pub fn is_open(&self) -> Result<bool, StoreError> {
        if self.is_over.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let is_open = read(&*self.store, |tx| has_no_owner(tx, self.workspace_id))?;
        if !is_open {
            self.is_over.store(true, Ordering::Relaxed);
        }
        Ok(is_open)
    }

    /// Makes the token, to be shown to the people of the machine; `None` when there is an owner already.
    ///
    /// *Shape:* 43 characters of `A-Z a-z 0-9 - _`. *Repeat:* another token, and the one before is worth nothing.
    ///
    /// # Errors
    /// The store's own.
    pub fn offer(&self) -> Result<Option<Secret>, StoreError> {
        if !self.is_open()? {
            return Ok(None);
        }
        let token = SessionToken::generate(&*self.entropy);
        *self.offered.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.digest());
        Ok(Some(token.to_secret()))
    }

    /// Makes the first owner and signs it in; as with any sign-in, the session whose token the browser has `presented` ends.
    ///
    /// Hashes for some 20 ms before it returns: call it where a thread may block.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn complete(
        &self,
        token: &str,
        owner: FirstOwner,
        presented: Option<&str>,
    ) -> Result<
        Prepared<dyn OperatorTx, impl Change<dyn OperatorTx, Output = SignedIn, Error = SetupError> + use<>>,
        SetupError,
    > {
        // First what a stranger may learn: that it is done is no secret, and the token is of no use then.
        if !self.is_open()? {
            return Err(SetupError::Done);
        }
        if !self.is_offered(token) {
            return Err(SetupError::WrongToken);
        }
        let password = self.passwords.hash(&Password::new(owner.password, &owner.email)?)?;
        let at = self.clock.now();
        let operator = Operator {
            id: OperatorId::generate(at, &*self.entropy),
            workspace_id: self.workspace_id,
            home_id: self.workspace_id,
            email: owner.email,
            role: Role::Owner,
            password: Some(password),
            created_at: at,
            revision: 1,
        };
        let request = Request { asker: Asker::SYSTEM, workspace_id: self.workspace_id, at };
        let begun = Begun::new(operator, owner.client, presented, at, &*self.entropy);
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            request.take_turn(tx)?;
            if !has_no_owner(tx, request.workspace_id)? {
                return Err(SetupError::Done);
            }
            let owner = begun.operator.clone();
            if tx.find_operator_at_home(&owner.email)?.is_some() {
                return Err(SetupError::EmailTaken);
            }
            tx.insert_operator(&owner)?;
            request.log(tx, "operator.added", owner.id, json!({ "role": Role::Owner.as_str() }))?;
            Ok(begun.insert(tx, owner)?)
        };
        let (offered, is_over) = (Arc::clone(&self.offered), Arc::clone(&self.is_over));
        let close = move |_: &mut SignedIn| {
            *offered.lock().unwrap_or_else(PoisonError::into_inner) = None;
            is_over.store(true, Ordering::Relaxed);
        };
        Ok(prepare(&self.store, Lane::Interactive, change, close))
    }

    fn is_offered(&self, token: &str) -> bool {
        let offered = *self.offered.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = SessionToken::parse(token).map(|token| token.digest());
        shown.zip(offered).is_some_and(|(shown, offered)| bytes_are_equal(&shown.0, &offered.0))
    }
}

fn has_no_owner(tx: &mut (dyn OperatorTx + 'static), workspace_id: WorkspaceId) -> Result<bool, StoreError> {
    Ok(!tx.list_operators(workspace_id)?.iter().any(Operator::is_able_owner))
}
