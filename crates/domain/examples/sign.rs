//! Signs an event as the hub does, and verifies it as its receiver does.
//!
//! `cargo run -p devhub-domain --no-default-features --example sign`

use devhub_domain::entropy::SystemEntropy;
use devhub_domain::time::{Clock as _, SystemClock};
use devhub_domain::webhooks::SigningSecret;
use devhub_domain::webhooks::signature::{SigningInput, signed_headers};
use devhub_domain::webhooks::verify::{Verifier, look_up};

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (clock, secret) = (SystemClock::new(), SigningSecret::generate(&SystemEntropy::new()));
    let body = br#"{"id":"pay_1","amount":"10.00","currency":"EUR"}"#;
    let headers = signed_headers(&SigningInput {
        event_id: "evt_1",
        delivery_id: "dlv_1",
        event_type: "payment.completed",
        attempted_at: clock.now(),
        body,
        secrets: std::slice::from_ref(&secret),
    });
    for (name, value) in &headers {
        println!("{name}: {value}");
    }

    let verifier = Verifier::new(vec![secret])?;
    let webhook = verifier.standard(look_up(&headers), body, clock.now())?;
    println!("verified {}", webhook.id);
    Ok(())
}
