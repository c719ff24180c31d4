//! Verifies what was received: for receivers in Rust, and for the hub's own demo.
//!
//! *Threat:* somebody who knows a receiver's address forges, changes or replays an event; or leaves the headers of the stronger
//! scheme out, so that the weaker one is asked.
//! *Defence:* the Standard Webhooks signature covers the event's id, the instant of the attempt and every byte of the body.
//! [`Verifier::standard`] refuses what is older or newer than the tolerance, compares in constant time, and refuses ids that
//! would let two requests mean the same signed bytes. A receiver chooses its scheme in its code; no header chooses it.
//! No error tells the signature that was expected.
//! *Not defended:* a replay within the tolerance verifies: keep [`Verified::id`] in a unique column and pass over what is there.
//! OwnPay's own headers ([`Verifier::own_pay`]) sign the body alone: who has caught a request can send it again with another
//! timestamp, so that a receiver of these must refuse duplicates by what the body says.
//!
//! A receiver reads the raw body first, verifies, keeps the event under its id, answers 2xx at once, and works afterwards:
//!
//! ```
//! use devhub_domain::secret::Secret;
//! use devhub_domain::time::Timestamp;
//! use devhub_domain::webhooks::SigningSecret;
//! use devhub_domain::webhooks::verify::{Verifier, look_up};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Two while the secret rotates, so that nothing is missed whichever signs.
//! let secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"]
//!     .map(|text| SigningSecret::new(Secret::new(text)));
//! let verifier = Verifier::new(secrets.into_iter().collect::<Result<_, _>>()?)?;
//!
//! // As they arrived. In a receiver, `now` is that of a clock, such as `SystemClock`.
//! let headers = [
//!     ("Webhook-Id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
//!     ("Webhook-Timestamp", "1614265330"),
//!     ("Webhook-Signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
//! ];
//! let body = br#"{"test": 2432232314}"#;
//! let now = Timestamp::from_seconds(1_614_265_331);
//!
//! let webhook = verifier.standard(look_up(&headers), body, now)?;
//! assert_eq!(webhook.id, "msg_p5jXN8AQM9LWM0D4loKWxJek");
//!
//! let refusal = verifier.standard(look_up(&headers), br#"{"test":2432232314}"#, now).expect_err("a space is gone");
//! assert_eq!(refusal.code(), "webhook_signature_mismatch");
//! # Ok(())
//! # }
//! ```

mod error;
mod header;
#[cfg(test)]
mod tests;
mod verifier;

pub use super::signing_secret::SECRETS_MAX;
pub use error::{VerifierError, VerifyError};
pub use header::look_up;
pub use verifier::{TOLERANCE, TOLERANCE_MAX, Verified, Verifier};
