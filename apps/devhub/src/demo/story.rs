//! The story: a key is issued, used, and revoked, and a signed webhook arrives in between.

use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use data_encoding::HEXLOWER;
use devhub_domain::secret::Secret;
use devhub_domain::time::{Clock, SystemClock};
use devhub_domain::webhooks::SigningSecret;
use devhub_domain::webhooks::verify::Verifier;
use hyper::Method;
use ring::hmac;
use serde_json::{Value, json};

use super::caller::{Call, Caller};
use super::receiver::{Received, Receiver};
use super::screen::Screen;
use crate::control::{Action, Desk, KeyChoice, NewKey, Reply};
use crate::hub::Hub;
use crate::terminal::Terminal;

/// Headers of a webhook that are worth looking at.
const SHOWN_HEADERS: [&str; 7] = [
    "user-agent",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "x-ownpay-event",
    "x-ownpay-timestamp",
    "x-ownpay-signature",
];

#[derive(Clone, Copy)]
enum Step {
    Issue,
    Call,
    CreateEndpoint,
    Publish,
    Verify,
    Revoke,
    CallAgain,
}

const STEPS: [(Step, &str); 7] = [
    (Step::Issue, "An administrator issues an API key"),
    (Step::Call, "An integrator calls the API with it"),
    (Step::CreateEndpoint, "The integrator creates a webhook endpoint"),
    (Step::Publish, "The platform publishes an event"),
    (Step::Verify, "The signed webhook arrives and verifies; with one byte changed it does not"),
    (Step::Revoke, "The administrator revokes the key"),
    (Step::CallAgain, "The very next request with it is refused"),
];

/// The story so far.
pub(super) struct Story {
    desk: Desk,
    caller: Caller,
    receiver: Receiver,
    screen: Screen,
    clock: Arc<dyn Clock>,
    key_id: String,
    token: Secret,
    signing_secret: Secret,
}

impl Story {
    pub(super) fn new(hub: &Hub, receiver: Receiver, terminal: Terminal) -> Self {
        Self {
            desk: hub.desk.clone(),
            caller: Caller::new(hub.address),
            receiver,
            screen: Screen::new(terminal),
            clock: Arc::new(SystemClock::new()),
            key_id: String::new(),
            token: Secret::new(""),
            signing_secret: Secret::new(""),
        }
    }

    /// Tells all steps, up to the first that does not do what it says; returns whether all did.
    ///
    /// # Errors
    /// Only when nobody reads the terminal.
    pub(super) async fn tell(&mut self) -> anyhow::Result<bool> {
        for (number, (step, title)) in (1..).zip(STEPS) {
            self.screen.heading(number, title)?;
            let started = self.clock.elapsed();
            if let Err(error) = self.carry_out(step).await {
                self.screen.failure(&error)?;
                return Ok(false);
            }
            self.screen.success(self.clock.elapsed().saturating_sub(started))?;
        }
        Ok(true)
    }

    /// Stops the receiver.
    pub(super) async fn end(self) {
        self.receiver.stop().await;
    }

    async fn carry_out(&mut self, step: Step) -> anyhow::Result<()> {
        match step {
            Step::Issue => self.issue().await,
            Step::Call => self.call_whoami(200).await,
            Step::CreateEndpoint => self.create_endpoint().await,
            Step::Publish => self.publish().await,
            Step::Verify => self.verify().await,
            Step::Revoke => self.revoke().await,
            Step::CallAgain => self.call_whoami(401).await,
        }
    }

    async fn issue(&mut self) -> anyhow::Result<()> {
        let scopes = ["events:write", "endpoints:write", "deliveries:read"].map(str::to_owned).to_vec();
        self.screen.line(format_args!("devhub keys issue --label \"Demo shop\" --scope {}", scopes.join(",")))?;
        let new = NewKey { label: "Demo shop".to_owned(), scopes, ..NewKey::default() };
        let Reply::Issued { key, token } = self.ask(Action::IssueKey(new)).await? else {
            bail!("the hub gave another answer than a key");
        };
        self.screen.hide(&token.0);
        self.screen.line(format_args!("→ {} {}", key.id, token.0.expose()))?;
        self.key_id = key.id;
        self.token = token.0;
        Ok(())
    }

    async fn call_whoami(&mut self, expected: u16) -> anyhow::Result<()> {
        let call = Call { method: Method::GET, path: "/api/hub/v1/whoami", token: &self.token, body: None };
        self.caller.call(call, expected, None, &mut self.screen).await.map(drop)
    }

    async fn create_endpoint(&mut self) -> anyhow::Result<()> {
        let body = json!({ "url": self.receiver.url(), "event_types": ["payment.*"] });
        let answer = self.post("/api/hub/v1/endpoints", &body, Some("secret")).await?;
        let secret = answer.get("secret").and_then(Value::as_str).context("the answer holds no secret")?;
        self.signing_secret = Secret::new(secret);
        Ok(())
    }

    async fn publish(&mut self) -> anyhow::Result<()> {
        let body = json!({
            "event_type": "payment.completed",
            "payload": { "payment_id": "3f0c9a1e", "amount": "10.00", "currency": "BDT", "status": "completed" },
        });
        self.post("/api/hub/v1/events", &body, None).await.map(drop)
    }

    async fn verify(&mut self) -> anyhow::Result<()> {
        let received = self.receiver.next().await?;
        self.screen.line("POST /webhooks")?;
        for name in SHOWN_HEADERS {
            if let Some(value) = received.headers.get(name) {
                self.screen.line(format_args!("  {name}: {value}"))?;
            }
        }
        self.screen.body(&serde_json::from_slice(&received.body)?)?;
        self.verify_standard(&received)?;
        self.verify_own_pay(&received)
    }

    fn verify_standard(&self, received: &Received) -> anyhow::Result<()> {
        let verifier = Verifier::new(vec![SigningSecret::new(self.signing_secret.clone())?])?;
        let header = |name: &str| received.headers.get(name).map(String::as_str);
        let check = |body: &[u8]| verifier.standard(header, body, self.clock.now());
        check(&received.body).context("the Standard Webhooks signature does not verify")?;
        ensure!(check(&changed(&received.body)).is_err(), "a changed body verifies by Standard Webhooks");
        self.screen.line("→ Standard Webhooks: verifies; with one byte changed: refused")?;
        Ok(())
    }

    /// What OwnPay's own clients do: the secret as it is shown, over the body alone, in hex.
    fn verify_own_pay(&self, received: &Received) -> anyhow::Result<()> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.signing_secret.expose().as_bytes());
        let signature = received.headers.get("x-ownpay-signature").context("there is no x-ownpay-signature")?;
        let signature = HEXLOWER.decode(signature.as_bytes()).ok().context("x-ownpay-signature is not hex")?;
        let verifies = |body: &[u8]| hmac::verify(&key, body, &signature).is_ok();
        ensure!(verifies(&received.body), "OwnPay's signature does not verify");
        ensure!(!verifies(&changed(&received.body)), "a changed body verifies by OwnPay's scheme");
        self.screen.line("→ OwnPay: verifies; with one byte changed: refused")?;
        Ok(())
    }

    async fn revoke(&mut self) -> anyhow::Result<()> {
        self.screen.line(format_args!("devhub keys revoke {}", self.key_id))?;
        let Reply::Key(key) =
            self.ask(Action::RevokeKey(KeyChoice { id: self.key_id.clone(), workspace: None })).await?
        else {
            bail!("the hub gave another answer than a key");
        };
        self.screen.line(format_args!("→ {}", key.status))?;
        ensure!(key.status == "revoked", "the key is not revoked");
        Ok(())
    }

    async fn post(&mut self, path: &str, body: &Value, secret: Option<&str>) -> anyhow::Result<Value> {
        let call = Call { method: Method::POST, path, token: &self.token, body: Some(body) };
        self.caller.call(call, 201, secret, &mut self.screen).await
    }

    /// What the command line would ask the hub over its control socket.
    async fn ask(&self, action: Action) -> anyhow::Result<Reply> {
        let desk = self.desk.clone();
        match tokio::task::spawn_blocking(move || desk.carry_out(action)).await? {
            Reply::Refused { message, .. } => bail!(message),
            reply => Ok(reply),
        }
    }
}

/// The same bytes but for one bit of the last.
fn changed(body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    if let Some(last) = body.last_mut() {
        *last ^= 1;
    }
    body
}
