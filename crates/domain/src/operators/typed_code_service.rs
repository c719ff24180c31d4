//! A code that an operator types to change its own second factor, besides the password that it has given of late.
//!
//! *Threat:* who has found a browser open and knows the password makes recovery codes for itself, or turns the factor off, and has the
//! account from then on. *Defence:* a code, or a recovery code, is asked for; it counts once (RFC 6238 section 5.2), and wrong ones are
//! counted with those of sign-ins. Source: ASVS 5.0, 7.5.1. *Not defended:* the browser and password of an owner or admin,
//! which can add another of that role, who resets the factor; the log tells it.

use std::sync::Arc;

use serde_json::json;

use super::authorise_service::Request;
use super::second_factor::Accepted;
use super::service::find_own;
use super::{OperatorTx, SecondFactorError, SignedIn};
use crate::id::OperatorId;
use crate::sealing::Sealer;
use crate::secret::Secret;
use crate::store::StoreError;

/// A change of the asker's own second factor, with the code that it has typed for it.
pub(super) struct ByCode {
    request: Request,
    operator_id: OperatorId,
    typed: Secret,
    sealer: Arc<Sealer>,
}

impl ByCode {
    pub(super) fn new(signed_in: &SignedIn, request: Request, typed: Secret, sealer: Arc<Sealer>) -> Self {
        Self { request, operator_id: signed_in.operator.id, typed, sealer }
    }

    /// The second factor as it is once this code is used up. Whoever keeps it does so in this transaction.
    pub(super) fn accept(&self, tx: &mut (dyn OperatorTx + 'static)) -> Result<Accepted, SecondFactorError> {
        find_own(tx, &self.request, self.operator_id)?;
        let factor = tx.find_second_factor(self.operator_id)?.ok_or(SecondFactorError::Off)?;
        let accepted = factor.accept(self.typed.expose(), &self.sealer, self.request.at)?;
        accepted.ok_or(SecondFactorError::WrongCode)
    }

    /// Tells the audit log what was done with it, and whether it was a recovery code, which somebody may have found.
    pub(super) fn log(
        &self,
        tx: &mut (dyn OperatorTx + 'static),
        action: &'static str,
        by_recovery_code: bool,
    ) -> Result<(), StoreError> {
        self.request.log(tx, action, self.operator_id, json!({ "by_recovery_code": by_recovery_code }))
    }
}
