//! A receiver of webhooks, as the guide shows it, behind lines instead of HTTP.
//!
//! Usage: `verify <secrets>`. Reads one request a line, `{"headers": [["webhook-id", "…"], …], "body": "<base64>"}`, and answers
//! each with a line: the status, and a word for the log. The check of the guide drives it with what a real hub has sent.

mod own_pay;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{BufRead as _, Write as _};

use data_encoding::BASE64;
use devhub_domain::time::{Clock as _, SystemClock};
use serde_json::Value;

// What stands between the two marks is the guide's, letter by letter.
// guide: begin
use std::error::Error;

use devhub_domain::secret::Secret;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::SigningSecret;
use devhub_domain::webhooks::verify::{Verifier, look_up};

/// Made once, at the start, of what `WEBHOOK_SECRET` holds.
fn webhook_verifier(secrets: &str) -> Result<Verifier, Box<dyn Error>> {
    let secrets = secrets.split(' ').map(|secret| SigningSecret::new(Secret::new(secret)));
    Ok(Verifier::new(secrets.collect::<Result<_, _>>()?)?)
}

/// The status to answer, and a word for the log. `body` is the raw bytes; `keep` stores them unless the id is there already.
fn receive(
    verifier: &Verifier,
    headers: &[(String, String)],
    body: &[u8],
    now: Timestamp,
    keep: impl FnOnce(&str, &[u8]) -> std::io::Result<()>,
) -> (u16, &'static str) {
    match verifier.standard(look_up(headers), body, now) {
        Err(refusal) => (401, refusal.code()),
        Ok(webhook) => match keep(webhook.id, body) {
            Ok(()) => (204, "kept"),
            // The hub sends it again.
            Err(_) => (500, "not kept"),
        },
    }
}
// guide: end

fn main() -> Result<(), Box<dyn Error>> {
    let secrets = std::env::args().nth(1).unwrap_or_default();
    let (verifier, own_pay_verifier) = (webhook_verifier(&secrets)?, own_pay::webhook_verifier(&secrets)?);
    let clock = SystemClock::new();
    let mut inbox = BTreeMap::new();
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let request = Request::parse(&line?).ok_or("a line is no request")?;
        let keep = |id: &str, body: &[u8]| {
            if let Entry::Vacant(place) = inbox.entry(id.to_owned()) {
                place.insert(body.to_vec());
            }
            Ok(())
        };
        let (headers, body) = (&request.headers, &request.body);
        // What carries both schemes is held against the one that signs more: whoever adds a header chooses no weaker one.
        let is_standard = look_up(headers)("webhook-signature").is_some();
        let (status, word) = if !is_standard && look_up(headers)("x-ownpay-signature").is_some() {
            own_pay::receive(&own_pay_verifier, headers, body, clock.now(), |_| Ok(()))
        } else {
            receive(&verifier, headers, body, clock.now(), keep)
        };
        writeln!(out, "{status} {word}, {} in the inbox", inbox.len())?;
        out.flush()?;
    }
    Ok(())
}

/// A request as it was sent.
struct Request {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn parse(line: &str) -> Option<Self> {
        let request: Value = serde_json::from_str(line).ok()?;
        let pair = |header: &Value| {
            let text = |position: usize| header.get(position).and_then(Value::as_str).map(str::to_owned);
            text(0).zip(text(1))
        };
        let headers = request.get("headers")?.as_array()?.iter().map(pair).collect::<Option<_>>()?;
        let body = BASE64.decode(request.get("body")?.as_str()?.as_bytes()).ok()?;
        Some(Self { headers, body })
    }
}
