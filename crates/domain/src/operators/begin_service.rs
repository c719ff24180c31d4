//! How a session begins: what is written, what ends with it, and what the audit log is told.

use serde_json::json;

use super::authorise_service::Request;
use super::service::end_sessions;
use super::{
    Client, Operator, OperatorSession, OperatorTx, PasswordHash, SESSIONS_MAX, SessionDigest, SessionToken,
    SignInError, SignedIn,
};
use crate::access::Asker;
use crate::entropy::Entropy;
use crate::id::OperatorSessionId;
use crate::store::StoreError;
use crate::time::Timestamp;

/// A session that is about to be written.
pub(super) struct Begun {
    pub(super) operator: Operator,
    session: OperatorSession,
    token: SessionToken,
    presented: Option<SessionDigest>,
}

impl Begun {
    /// A session of an operator whose password was right, in a browser that has presented the token of another, or has none.
    pub(super) fn new(
        operator: Operator,
        client: Client,
        presented: Option<&str>,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Self {
        let token = SessionToken::generate(entropy);
        let session = OperatorSession {
            id: OperatorSessionId::generate(now, entropy),
            digest: token.digest(),
            workspace_id: operator.workspace_id,
            operator_id: operator.id,
            created_at: now,
            last_seen_at: now,
            client,
        };
        let presented = presented.and_then(SessionToken::parse).map(|token| token.digest());
        Self { operator, session, token, presented }
    }

    fn request(&self) -> Request {
        let Operator { id, role, workspace_id, .. } = self.operator;
        let at = self.session.created_at;
        Request { asker: Asker::operator(id, role.scopes(), at), workspace_id, at }
    }

    /// Writes the session, unless the operator or its password have changed since the password was compared.
    ///
    /// # Errors
    /// [`SignInError::Wrong`] where they have.
    pub(super) fn write(&self, tx: &mut (dyn OperatorTx + 'static)) -> Result<SignedIn, SignInError> {
        let operator = self.compared(tx, None)?;
        Ok(self.insert(tx, operator)?)
    }

    /// Writes the session in the place of the one that the browser has: whatever has ended that one has ended it for good. `rehashed` is
    /// the same password as it is to be kept from now on.
    ///
    /// # Errors
    /// [`SignInError::SessionEnded`] where that is over, and as [`Begun::write`].
    pub(super) fn renew(
        &self,
        tx: &mut (dyn OperatorTx + 'static),
        rehashed: Option<&PasswordHash>,
    ) -> Result<SignedIn, SignInError> {
        let operator = self.compared(tx, rehashed)?;
        self.find_presented(tx)?;
        Ok(self.insert(tx, operator)?)
    }

    /// Writes another password and the session in the place of all others, unless the operator or its password have changed meanwhile.
    ///
    /// # Errors
    /// As [`Begun::renew`].
    pub(super) fn write_with_password(
        &self,
        tx: &mut (dyn OperatorTx + 'static),
        password: &PasswordHash,
    ) -> Result<SignedIn, SignInError> {
        let operator = self.compared(tx, Some(password))?;
        self.find_presented(tx)?;
        end_sessions(tx, operator.id)?;
        Ok(self.add(tx, operator, "operator.password_changed")?)
    }

    /// Tells the audit log that a recovery code was used for this session.
    pub(super) fn log_recovery_code(&self, tx: &mut (dyn OperatorTx + 'static), left: usize) -> Result<(), StoreError> {
        let detail = json!({ "session": self.session.id.to_string(), "left": left });
        self.request().log(tx, "operator.recovery_code_used", self.operator.id, detail)
    }

    /// The operator as it is now, with the password as it is to be kept from now on, if that is another. Others take their turn after.
    ///
    /// # Errors
    /// [`SignInError::Wrong`] when the operator or its password have changed since the password was compared.
    pub(super) fn compared(
        &self,
        tx: &mut (dyn OperatorTx + 'static),
        kept: Option<&PasswordHash>,
    ) -> Result<Operator, SignInError> {
        self.request().take_turn(tx)?;
        // Another workspace may be about to reset the password, under the lock of its own log.
        tx.hold_operator(self.operator.id)?;
        let operator = tx.find_operator(self.operator.workspace_id, self.operator.id)?;
        let is_same = |operator: &Operator| operator.password == self.operator.password;
        let operator = operator.filter(is_same).ok_or(SignInError::Wrong)?;
        let Some(password) = kept else {
            return Ok(operator);
        };
        let operator = Operator { password: Some(password.clone()), revision: operator.revision + 1, ..operator };
        tx.update_operator(&operator)?;
        Ok(operator)
    }

    /// Ends the session that the browser has, those that are over, and the oldest beyond [`SESSIONS_MAX`]; adds the new one; tells the
    /// audit log.
    pub(super) fn insert(
        &self,
        tx: &mut (dyn OperatorTx + 'static),
        operator: Operator,
    ) -> Result<SignedIn, StoreError> {
        self.end_presented(tx)?;
        let sessions = tx.list_operator_sessions(operator.id)?;
        let (alive, over): (Vec<_>, Vec<_>) =
            sessions.iter().partition(|session| session.is_alive(self.session.created_at));
        let surplus = over.into_iter().chain(alive.into_iter().skip(SESSIONS_MAX - 1));
        tx.delete_operator_sessions(&surplus.map(|session| session.id).collect::<Vec<_>>())?;
        self.add(tx, operator, "operator.signed_in")
    }

    fn add(
        &self,
        tx: &mut (dyn OperatorTx + 'static),
        operator: Operator,
        action: &'static str,
    ) -> Result<SignedIn, StoreError> {
        tx.insert_operator_session(&self.session)?;
        let detail =
            json!({ "session": self.session.id.to_string(), "address": self.session.client.address.to_string() });
        self.request().log(tx, action, operator.id, detail)?;
        Ok(SignedIn { operator, session: self.session.clone(), token: self.token.clone() })
    }

    /// Finds the session that the browser has: alive, the operator's own, and still where the operator was looked up.
    fn find_presented(&self, tx: &mut (dyn OperatorTx + 'static)) -> Result<(), SignInError> {
        let Some(digest) = &self.presented else { return Err(SignInError::SessionEnded) };
        let Operator { id, workspace_id, .. } = self.operator;
        let goes_on = |session: &OperatorSession| {
            (session.operator_id, session.workspace_id) == (id, workspace_id)
                && session.is_alive(self.session.created_at)
        };
        if tx.find_operator_session(digest)?.is_some_and(|session| goes_on(&session)) {
            Ok(())
        } else {
            Err(SignInError::SessionEnded)
        }
    }

    /// Ends the session that the browser has; one that was over by itself is removed without a word.
    ///
    /// One of another workspace is told to the log of this one: a transaction holds the lock of one log.
    fn end_presented(&self, tx: &mut (dyn OperatorTx + 'static)) -> Result<(), StoreError> {
        let Some(digest) = &self.presented else {
            return Ok(());
        };
        let Some(session) = tx.find_operator_session(digest)? else {
            return Ok(());
        };
        tx.delete_operator_sessions(&[session.id])?;
        if !session.is_alive(self.session.created_at) {
            return Ok(());
        }
        let detail = json!({ "sessions": [session.id.to_string()] });
        self.request().log(tx, "session.ended", session.operator_id, detail)
    }
}
