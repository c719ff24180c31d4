//! The sandbox: from asking for a payment to the webhook that says that it was made, the shopper's form between them.

use std::collections::{HashMap, HashSet};
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

/// One payment each, whether the ones before it have come to their end or not.
const EVERY: Duration = Duration::from_millis(20);
/// Who asks for them in turn: enough that an answer which takes 300 ms makes no payment late.
const CLIENTS: u32 = 16;
/// Payments before the first that counts.
const WARM_UP: u32 = 50;
/// A webhook that is not there by then is lost.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);
/// Largest webhook that is read: one has some two thousand bytes.
const BODY_BYTES_MAX: u64 = 64 * 1024;

/// Measures on SQLite, at fifty payments per second: an open loop, in which a hub that falls behind is measured by what was planned.
pub(super) fn run(effort: Effort) -> anyhow::Result<Vec<Measure>> {
    let scratch = Scratch::new()?;
    let hub =
        Hub::on(&scratch.database_url())?.with("webhooks.allow_http=true").with("webhooks.allow_networks=127.0.0.0/8");
    let server = hub.serve()?;
    let authorization = authorization(&hub)?;
    let connect = || Client::connect(&server.base, &[("authorization", &authorization)]);
    let shop = Shop::open()?;
    let body = json!({ "url": format!("{}/hook", shop.base), "event_types": ["payment.completed"] }).to_string();
    let answer = connect()?.post_json("/api/hub/v1/endpoints", &body)?;
    anyhow::ensure!(answer.status == 201, "an endpoint was refused with {}", answer.status);

    let count = if effort == Effort::Quick { 150 } else { 1_500 };
    let clients = (0..CLIENTS).map(|_| connect()).collect::<anyhow::Result<Vec<_>>>()?;
    let plan = Plan { clock: shop.clock, begins: shop.clock.elapsed(), payments: WARM_UP + count };
    let payments = pay_all(clients, &plan)?;
    let arrivals = shop.wait_for(&payments)?;
    let counted = || payments.iter().filter(|payment| payment.number >= WARM_UP);
    let arrived = |payment: &Payment| arrivals.get(&payment.id).copied().context("every webhook was waited for");
    let mut times = Vec::new();
    let mut last = Duration::ZERO;
    for payment in counted() {
        let arrived = arrived(payment)?;
        last = last.max(arrived);
        times.push(arrived.saturating_sub(plan.instant(payment.number)).as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().context("there were payments");
    let took = last.saturating_sub(plan.instant(WARM_UP));
    Ok(vec![
        Measure::new("sandbox.payment_to_webhook_p50_ms", at(50)?, "ms"),
        Measure::new("sandbox.payment_to_webhook_p99_ms", at(99)?, "ms"),
        Measure::new("sandbox.payments_per_s", f64::from(count) / took.as_secs_f64(), "1/s"),
    ])
}

/// When which payment is asked for.
struct Plan {
    clock: Stopwatch,
    begins: Duration,
    payments: u32,
}

impl Plan {
    /// When this payment is due, by the clock.
    fn instant(&self, number: u32) -> Duration {
        self.begins + EVERY * number
    }
}

/// One that was paid.
struct Payment {
    number: u32,
    id: String,
}

/// Pays what is planned; each client takes every sixteenth payment.
fn pay_all(clients: Vec<Client>, plan: &Plan) -> anyhow::Result<Vec<Payment>> {
    thread::scope(|scope| {
        let pay_share = |first: u32, mut client: Client| -> anyhow::Result<Vec<Payment>> {
            let share = (first..plan.payments).step_by(usize::try_from(CLIENTS)?);
            share
                .map(|number| {
                    wait(plan.instant(number).saturating_sub(plan.clock.elapsed()));
                    Ok(Payment { number, id: pay(&mut client)? })
                })
                .collect()
        };
        let shares: Vec<_> =
            (0..).zip(clients).map(|(first, client)| scope.spawn(move || pay_share(first, client))).collect();
        let mut payments = Vec::new();
        for share in shares {
            payments.extend(share.join().map_err(|_panic| anyhow::anyhow!("a client broke down"))??);
        }
        Ok(payments)
    })
}

/// A key that may ask for payments and make an endpoint.
fn authorization(hub: &Hub) -> anyhow::Result<String> {
    let scopes = "read,write,endpoints:write";
    let issued = process::text(&mut hub.command(&["keys", "issue", "--label", "Bench", "--scope", scopes, "--json"]))?;
    let issued: Value = serde_json::from_str(&issued)?;
    let token = issued.get("token").and_then(Value::as_str).context("an issued key has a token")?;
    Ok(format!("Bearer {token}"))
}

/// Asks for a payment and pays it; its id.
fn pay(client: &mut Client) -> anyhow::Result<String> {
    let answer = client.post_json("/api/v1/payments", r#"{"amount":"10.00","currency":"USD","reference":"77"}"#)?;
    let told: Value = serde_json::from_slice(&answer.body)?;
    let text =
        |pointer: &str| told.pointer(pointer).and_then(Value::as_str).with_context(|| format!("no payment: {told}"));
    let (id, token) = (text("/data/payment_id")?, text("/data/token")?);
    let paid = client.post(&format!("/checkout/intent/{token}/pay"), "gateway=test_card&outcome=success")?;
    anyhow::ensure!(paid.status == 303, "paying was answered with {}", paid.status);
    Ok(id.to_owned())
}

/// A webhook: of which payment, and when it was there.
type Arrival = (String, Duration);

/// Who receives webhooks; ends with the program.
struct Shop {
    base: String,
    /// What arrivals are told by.
    clock: Stopwatch,
    arrivals: Receiver<Arrival>,
}

impl Shop {
    fn open() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let base = format!("http://{}", listener.local_addr()?);
        let (told, arrivals) = channel();
        let clock = Stopwatch::start();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let told = told.clone();
                thread::spawn(move || receive(stream, clock, &told));
            }
        });
        Ok(Self { base, clock, arrivals })
    }

    /// When the webhook of each payment was there, once all are.
    fn wait_for(&self, payments: &[Payment]) -> anyhow::Result<HashMap<String, Duration>> {
        let mut missing: HashSet<&str> = payments.iter().map(|payment| payment.id.as_str()).collect();
        let mut arrived = HashMap::new();
        while !missing.is_empty() {
            let next = self.arrivals.recv_timeout(ARRIVES_WITHIN);
            let (id, at) = next.with_context(|| format!("{} webhooks did not arrive", missing.len()))?;
            missing.remove(id.as_str());
            arrived.entry(id).or_insert(at);
        }
        Ok(arrived)
    }
}

/// Takes webhooks off one connection until it ends.
fn receive(stream: TcpStream, clock: Stopwatch, told: &Sender<Arrival>) -> anyhow::Result<()> {
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
        let at = clock.elapsed();
        stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
        let event: Value = serde_json::from_slice(&body)?;
        told.send((event.get("payment_id").and_then(Value::as_str).unwrap_or_default().to_owned(), at))?;
    }
}
