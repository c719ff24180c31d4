//! The sandbox: from asking for a payment to the webhook that says that it was made, the shopper's form between them.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::hub::{Hub, Scratch};
use super::latency::Client;
use super::measure::Measure;
use super::start::wait;
use super::suites::Effort;
use crate::process;
use crate::ui::Stopwatch;

/// One payment each.
const EVERY: Duration = Duration::from_millis(20);
/// Payments before the first that counts.
const WARM_UP: usize = 50;
/// A webhook that is not there by then is lost.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);
/// Largest webhook that is read: one has some two thousand bytes.
const BODY_BYTES_MAX: u64 = 64 * 1024;

/// Measures on SQLite, at fifty payments per second.
pub(super) fn run(effort: Effort) -> anyhow::Result<Vec<Measure>> {
    let scratch = Scratch::new()?;
    let hub =
        Hub::on(&scratch.database_url())?.with("webhooks.allow_http=true").with("webhooks.allow_networks=127.0.0.0/8");
    let server = hub.serve()?;
    let authorization = authorization(&hub)?;
    let mut client = Client::connect(&server.base, &[("authorization", &authorization)])?;
    let shop = Shop::open()?;
    let body = json!({ "url": format!("{}/hook", shop.base), "event_types": ["payment.completed"] }).to_string();
    let answer = client.post_json("/api/hub/v1/endpoints", &body)?;
    anyhow::ensure!(answer.status == 201, "an endpoint was refused with {}", answer.status);

    let count = if effort == Effort::Quick { 150 } else { 1_500 };
    let started = Stopwatch::start();
    let mut times = Vec::with_capacity(count);
    for number in 0..WARM_UP + count {
        wait((EVERY * u32::try_from(number)?).saturating_sub(started.elapsed()));
        let took = pay(&mut client, &shop)?;
        if number >= WARM_UP {
            times.push(took.as_secs_f64() * 1_000.0);
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times.get(count * percent / 100).copied().context("there were payments");
    Ok(vec![
        Measure::new("sandbox.payment_to_webhook_p50_ms", at(50)?, "ms"),
        Measure::new("sandbox.payment_to_webhook_p99_ms", at(99)?, "ms"),
    ])
}

/// A key that may ask for payments and make an endpoint.
fn authorization(hub: &Hub) -> anyhow::Result<String> {
    let scopes = "read,write,endpoints:write";
    let issued = process::text(&mut hub.command(&["keys", "issue", "--label", "Bench", "--scope", scopes, "--json"]))?;
    let issued: Value = serde_json::from_str(&issued)?;
    let token = issued.get("token").and_then(Value::as_str).context("an issued key has a token")?;
    Ok(format!("Bearer {token}"))
}

/// Asks for a payment, pays it, and waits for the webhook.
fn pay(client: &mut Client, shop: &Shop) -> anyhow::Result<Duration> {
    let watch = Stopwatch::start();
    let answer = client.post_json("/api/v1/payments", r#"{"amount":"10.00","currency":"USD","reference":"77"}"#)?;
    let told: Value = serde_json::from_slice(&answer.body)?;
    let text =
        |pointer: &str| told.pointer(pointer).and_then(Value::as_str).with_context(|| format!("no payment: {told}"));
    let (id, token) = (text("/data/payment_id")?, text("/data/token")?);
    let paid = client.post(&format!("/checkout/intent/{token}/pay"), "gateway=test_card&outcome=success")?;
    anyhow::ensure!(paid.status == 303, "paying was answered with {}", paid.status);
    shop.wait_for(id)?;
    Ok(watch.elapsed())
}

/// Who receives webhooks; ends with the program.
struct Shop {
    base: String,
    paid: Receiver<String>,
}

impl Shop {
    fn open() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let base = format!("http://{}", listener.local_addr()?);
        let (told, paid) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let told = told.clone();
                thread::spawn(move || receive(stream, &told));
            }
        });
        Ok(Self { base, paid })
    }

    /// Returns once the webhook of this payment is there.
    fn wait_for(&self, id: &str) -> anyhow::Result<()> {
        loop {
            let paid = self.paid.recv_timeout(ARRIVES_WITHIN).context("a webhook did not arrive")?;
            if paid == id {
                return Ok(());
            }
        }
    }
}

/// Takes webhooks off one connection until it ends.
fn receive(stream: TcpStream, told: &Sender<String>) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    loop {
        let mut headers = HashMap::new();
        let mut line = String::new();
        while stream.read_line(&mut line)? > 2 {
            if let Some((name, value)) = line.trim_end().split_once(": ") {
                headers.insert(name.to_ascii_lowercase(), value.to_owned());
            }
            line.clear();
        }
        let length: u64 = headers.get("content-length").context("a webhook has a length")?.parse()?;
        anyhow::ensure!(length <= BODY_BYTES_MAX, "a webhook of {length} bytes is too large");
        let mut body = Vec::new();
        stream.by_ref().take(length).read_to_end(&mut body)?;
        stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
        let event: Value = serde_json::from_slice(&body)?;
        told.send(event.get("payment_id").and_then(Value::as_str).unwrap_or_default().to_owned())?;
    }
}
