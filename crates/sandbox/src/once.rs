//! Changes of the sandbox under an `Idempotency-Key`: kept in their own transaction. *Source:* contract §2.12.

use devhub_domain::idempotency::{Answers, IdempotencyTx};
use devhub_domain::tx::Narrow;

use crate::ports::SandboxTx;

impl Narrow<dyn SandboxTx> for dyn SandboxTx {
    fn narrow(&mut self) -> &mut (dyn SandboxTx + 'static) {
        self
    }
}

impl Answers for dyn SandboxTx {
    fn answers(&mut self) -> &mut (dyn IdempotencyTx + '_) {
        self.hub()
    }
}
