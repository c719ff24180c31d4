//! Publishes events that carry their number and the instant of their sending.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::receive::{INSTANT_DIGITS, SEQUENCE_DIGITS, STAMP, settled};
use crate::tally::{EVENTS_MAX, Tally};
use crate::wire::{Wire, find};

/// What a payment platform sends. Bytes.
const PAYLOAD_BYTES: usize = 500;
/// What the timer of the runtime may be late by; an event that is sent later than that is counted from when it was due.
const LATE_US: u64 = 2_000;

/// What to publish.
pub(crate) struct Load {
    pub(crate) target: String,
    pub(crate) path: String,
    pub(crate) authorization: String,
    pub(crate) events: usize,
    pub(crate) connections: usize,
    /// How many endpoints get each.
    pub(crate) per_event: usize,
    /// How many are published per second; 0 for as many as are answered.
    pub(crate) per_second: usize,
    /// Whether the latest receipt is sent instead of an event.
    pub(crate) replays: bool,
}

/// Publishes, waits for the receipts, and tells all about it.
pub(crate) async fn run(load: Load, tally: &Arc<Tally>) -> String {
    tally.reset(u8::try_from(load.per_event).unwrap_or(u8::MAX));
    let template = Arc::new(if load.replays { tally.latest() } else { publish(&load) });
    let load = Arc::new(Load { events: load.events.min(EVENTS_MAX), ..load });
    let (next, began_us) = (Arc::new(AtomicUsize::new(0)), tally.now_us());
    let mut senders = Vec::new();
    for _ in 0..load.connections {
        let sender = Sender {
            load: Arc::clone(&load),
            tally: Arc::clone(tally),
            next: Arc::clone(&next),
            began_us,
            request: template.to_vec(),
        };
        senders.push(tokio::spawn(sender.run()));
    }
    let mut failed = 0;
    for sender in senders {
        // A connection ends early when the hub is killed, and that is measured too.
        failed += usize::from(!matches!(sender.await, Ok(Ok(()))));
    }
    let published_us = tally.now_us() - began_us;
    let accepted = tally.accepted();
    if failed == 0 {
        settled(tally, accepted * load.per_event).await;
    }
    let latencies = tally.latencies_us();
    let percentile = |per_mille: usize| {
        f64::from(latencies.get(latencies.len() * per_mille / 1_000).copied().unwrap_or(0)) / 1_000.0
    };
    let seconds = |micros: u64| Duration::from_micros(micros).as_secs_f64();
    format!(
        r#"{{"accepted":{accepted},"failed":{failed},"published_s":{},"receipts":{},"received_s":{},"duplicates":{},"p50_ms":{},"p99_ms":{}}}"#,
        seconds(published_us),
        tally.receipts(),
        seconds(tally.last_us().saturating_sub(began_us)),
        tally.duplicates(),
        percentile(500),
        percentile(990),
    )
}

/// One connection that publishes.
struct Sender {
    load: Arc<Load>,
    tally: Arc<Tally>,
    next: Arc<AtomicUsize>,
    began_us: u64,
    request: Vec<u8>,
}

impl Sender {
    async fn run(mut self) -> std::io::Result<()> {
        let mut wire = Wire::new(TcpStream::connect(&self.load.target).await?)?;
        let digits = find(&self.request, STAMP.as_bytes()).map_or(0, |position| position + STAMP.len());
        loop {
            let sequence = self.next.fetch_add(1, Ordering::Relaxed);
            if sequence >= self.load.events {
                return Ok(());
            }
            let sent_us = self.turn(sequence).await;
            let stamp = format!("{sequence:0SEQUENCE_DIGITS$}{sent_us:0INSTANT_DIGITS$}");
            if let Some(place) = self.request.get_mut(digits..digits + stamp.len()) {
                place.copy_from_slice(stamp.as_bytes());
            }
            wire.send(&self.request).await?;
            let answer = wire.next().await?.ok_or(std::io::ErrorKind::UnexpectedEof)?;
            let status = answer.head.get(9..12).unwrap_or_default();
            if !status.starts_with(b"2") {
                return Err(std::io::Error::other("the hub refused an event"));
            }
            self.tally.accept(sequence);
        }
    }

    /// Waits until an event is due, and says from when its time counts.
    async fn turn(&self, sequence: usize) -> u64 {
        if self.load.per_second == 0 {
            return self.tally.now_us();
        }
        let offset = u64::try_from(sequence * 1_000_000 / self.load.per_second).unwrap_or(u64::MAX);
        let due_us = self.began_us + offset;
        tokio::time::sleep(Duration::from_micros(due_us.saturating_sub(self.tally.now_us()))).await;
        let now = self.tally.now_us();
        if now > due_us + LATE_US { due_us } else { now }
    }
}

/// The bytes of a publish; its stamp is written over each time.
fn publish(load: &Load) -> Vec<u8> {
    let stamp = "0".repeat(SEQUENCE_DIGITS + INSTANT_DIGITS);
    let start = format!(r#"{{"event":"payment.completed",{STAMP}{stamp}","reference":""#);
    let filler = "x".repeat(PAYLOAD_BYTES.saturating_sub(start.len() + 2));
    let body = format!(r#"{{"event_type":"payment.completed","payload":{start}{filler}"}}}}"#);
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        load.path,
        load.target,
        load.authorization,
        body.len(),
    );
    [head.into_bytes(), body.into_bytes()].concat()
}
