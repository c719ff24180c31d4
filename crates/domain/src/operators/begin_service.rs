//! How a session begins: what is written, what ends with it, and what the audit log is told.

use serde_json::json;

use super::authorise_service::Request;
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
    pub(super) fn write(
        &self,
        tx: &mut (dyn OperatorTx + 'static),
        new_password: Option<&PasswordHash>,
    ) -> Result<SignedIn, SignInError> {
        let request = self.request();
        request.take_turn(tx)?;
        let operator = tx.find_operator(self.operator.workspace_id, self.operator.id)?;
        let compared = |operator: &Operator| operator.password == self.operator.password;
        let mut operator = operator.filter(compared).ok_or(SignInError::Wrong)?;
        if let Some(password) = new_password {
            operator = Operator { password: Some(password.clone()), revision: operator.revision + 1, ..operator };
            tx.update_operator(&operator)?;
        }
        Ok(self.insert(tx, operator)?)
    }

    /// Ends the session that the browser has, and the oldest beyond [`SESSIONS_MAX`]; adds the new one; tells the audit log.
    pub(super) fn insert(
        &self,
        tx: &mut (dyn OperatorTx + 'static),
        operator: Operator,
    ) -> Result<SignedIn, StoreError> {
        self.end_presented(tx)?;
        let sessions = tx.list_operator_sessions(operator.id)?;
        let surplus: Vec<_> = sessions.iter().skip(SESSIONS_MAX - 1).map(|session| session.id).collect();
        tx.delete_operator_sessions(&surplus)?;
        tx.insert_operator_session(&self.session)?;
        let detail =
            json!({ "session": self.session.id.to_string(), "address": self.session.client.address.to_string() });
        self.request().log(tx, "operator.signed_in", operator.id, detail)?;
        Ok(SignedIn { operator, session: self.session.clone(), token: self.token.clone() })
    }

    /// Ends the session that the browser has, unless it has ended by itself.
    ///
    /// One of another workspace is told to the log of this one: a transaction holds the lock of one log.
    fn end_presented(&self, tx: &mut (dyn OperatorTx + 'static)) -> Result<(), StoreError> {
        let Some(digest) = &self.presented else {
            return Ok(());
        };
        let session = tx.find_operator_session(digest)?;
        let Some(session) = session.filter(|session| session.is_alive(self.session.created_at)) else {
            return Ok(());
        };
        tx.delete_operator_sessions(&[session.id])?;
        let detail = json!({ "sessions": [session.id.to_string()] });
        self.request().log(tx, "session.ended", session.operator_id, detail)
    }
}
