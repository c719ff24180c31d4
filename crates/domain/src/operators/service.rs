//! The use cases of operators: add and list.

use std::sync::Arc;

use serde_json::json;

use super::{EmailAddress, Operator, OperatorTx, Role};
use crate::audit::{Actor, AuditDraft, append};
use crate::entropy::Entropy;
use crate::id::{OperatorId, WorkspaceId};
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::Clock;

/// What a use case of operators can fail with.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// The workspace has an operator with this address already.
    #[error("an operator with this email exists already")]
    EmailTaken,
    /// The store failed.
    #[error("the operator store failed")]
    Store(#[from] StoreError),
}

impl OperatorError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EmailTaken => "email_taken",
            Self::Store(error) => error.code(),
        }
    }
}

/// The use cases of operators.
#[derive(Clone)]
pub struct Operators {
    store: Arc<dyn UnitOfWork<dyn OperatorTx>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Operators {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operators").finish_non_exhaustive()
    }
}

impl Operators {
    /// The use cases over a store.
    pub fn new(store: Arc<dyn UnitOfWork<dyn OperatorTx>>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, clock, entropy }
    }

    /// Adds an operator to a workspace.
    ///
    /// # Errors
    /// [`OperatorError::EmailTaken`], and the store's own.
    pub fn add(
        &self,
        actor: Actor,
        workspace_id: WorkspaceId,
        email: EmailAddress,
        role: Role,
    ) -> Prepared<dyn OperatorTx, impl Change<dyn OperatorTx, Output = Operator, Error = OperatorError> + use<>> {
        let at = self.clock.now();
        let id = OperatorId::generate(at, &*self.entropy);
        let operator = Operator { id, workspace_id, email, role, created_at: at };
        prepare(
            &self.store,
            Lane::Interactive,
            move |tx| {
                if tx.list_operators(workspace_id)?.iter().any(|other| other.email == operator.email) {
                    return Err(OperatorError::EmailTaken);
                }
                tx.insert_operator(&operator)?;
                let detail = json!({ "role": role.as_str() });
                let subject = id.to_string();
                append(tx, &AuditDraft { workspace_id, at, actor, action: "operator.added", subject, detail })?;
                Ok(operator.clone())
            },
            |_| {},
        )
    }

    /// Operators of a workspace, oldest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(&self, workspace_id: WorkspaceId) -> Result<Vec<Operator>, OperatorError> {
        read(&*self.store, |tx| Ok(tx.list_operators(workspace_id)?))
    }
}
