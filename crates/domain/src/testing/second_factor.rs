//! What an application on a phone does.

use crate::operators::{TotpSecret, TotpStep};
use crate::time::Timestamp;

/// The code that an application with this secret shows at an instant.
pub fn totp_code(secret: &TotpSecret, at: Timestamp) -> String {
    secret.code_at(TotpStep::at(at)).expose().to_owned()
}
