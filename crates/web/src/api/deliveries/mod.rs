//! `/api/hub/v1/deliveries`: list, show, attempts, one attempt, resend.

mod attempt_body;
mod body;
mod filter;
mod reference;
mod routes;

pub(super) use attempt_body::{AttemptBody, Sight};
pub(super) use body::DeliveryBody;
pub(super) use filter::FilterTexts;
pub(super) use reference::{attempt_example, operations};
pub(super) use routes::paths;
