//! Which problem each failure of the sandbox is on a page.

use actix_web::http::StatusCode;
use devhub_sandbox::SandboxError;

use crate::problem_body::Problem;

impl From<SandboxError> for Problem {
    fn from(error: SandboxError) -> Self {
        use SandboxError as E;
        match error {
            E::Store(error) => error.into(),
            E::Event(error) => error.into(),
            E::Forbidden(error) => error.into(),
            E::CheckoutNotFound => {
                Self::new(StatusCode::NOT_FOUND, "checkout_not_found", "no payment has this address")
            }
            E::WorkspaceSuspended => Self::new(StatusCode::FORBIDDEN, error.code(), error.to_string()),
            E::GatewayNotFound(_) => Self::new(StatusCode::NOT_FOUND, "gateway_not_found", error.to_string()),
            // Whatever a page can bring about of these it tells itself; the API has answers of its own.
            E::PaymentNotFound(_)
            | E::TransactionNotFound
            | E::RefundNotFound
            | E::CustomerNotFound
            | E::GatewayOff(_)
            | E::NotPayable(_)
            | E::EmailTaken
            | E::NotRefundable(_)
            | E::NothingLeft
            | E::MoreThanLeft { .. }
            | E::TooManyRefunds
            | E::Amount(_)
            | E::RevisionStale { .. }
            | E::Transition(_) => Self::internal(error),
        }
    }
}
