//! A receiver of OwnPay's own headers, as the guide shows it.

// What stands below the mark is the guide's, letter by letter.
// guide: begin
use std::error::Error;

use devhub_domain::secret::Secret;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::SigningSecret;
use devhub_domain::webhooks::verify::{Verifier, look_up};

/// Made once, at the start, of what `WEBHOOK_SECRET` holds.
pub(crate) fn webhook_verifier(secrets: &str) -> Result<Verifier, Box<dyn Error>> {
    let secrets = secrets.split(' ').map(|secret| SigningSecret::new(Secret::new(secret)));
    Ok(Verifier::new(secrets.collect::<Result<_, _>>()?)?)
}

/// The status to answer, and a word for the log. No id is signed: `keep` tells duplicates by what the body says.
pub(crate) fn receive(
    verifier: &Verifier,
    headers: &[(String, String)],
    body: &[u8],
    now: Timestamp,
    keep: impl FnOnce(&[u8]) -> std::io::Result<()>,
) -> (u16, &'static str) {
    match verifier.own_pay(look_up(headers), body, now) {
        Err(refusal) => (401, refusal.code()),
        Ok(()) => match keep(body) {
            Ok(()) => (204, "kept"),
            // The hub sends it again.
            Err(_) => (500, "not kept"),
        },
    }
}
