//! Counts requests, and does what it is told.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use crate::publish::{self, Load};
use crate::tally::Tally;
use crate::wire::{Wire, find, header};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
/// Before the digits of the sequence and of the instant, in every payload.
pub(crate) const STAMP: &str = r#""stamp":""#;
pub(crate) const SEQUENCE_DIGITS: usize = 8;
pub(crate) const INSTANT_DIGITS: usize = 16;
/// Between two looks at a count.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// Nothing more comes after so long without a receipt.
const SILENCE_MAX_US: u64 = 12_000_000;

pub(crate) async fn serve(listener: TcpListener, tally: Arc<Tally>) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let tally = Arc::clone(&tally);
        // A connection that breaks is its sender's affair: what was not received is seen in the counts.
        tokio::spawn(async move { drop(converse(stream, &tally).await) });
    }
}

async fn converse(stream: TcpStream, tally: &Arc<Tally>) -> std::io::Result<()> {
    let mut wire = Wire::new(stream)?;
    loop {
        let Some(message) = wire.next().await? else { return Ok(()) };
        if message.head.starts_with(b"POST /hang") {
            std::future::pending::<()>().await;
        }
        if message.head.starts_with(b"POST") {
            tally.receive(stamp(message.body), || [message.head, message.body].concat());
            wire.send(OK).await?;
            continue;
        }
        let head = String::from_utf8_lossy(message.head).into_owned();
        let answer = obey(&head, tally).await;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", answer.len());
        wire.send(format!("{head}{answer}").as_bytes()).await?;
    }
}

/// The sequence of an event and when it was sent.
fn stamp(body: &[u8]) -> Option<(usize, u64)> {
    let digits = body.get(find(body, STAMP.as_bytes())? + STAMP.len()..)?;
    let number = |range: std::ops::Range<usize>| std::str::from_utf8(digits.get(range)?).ok()?.parse::<u64>().ok();
    let sequence = number(0..SEQUENCE_DIGITS)?;
    let sent_us = number(SEQUENCE_DIGITS..SEQUENCE_DIGITS + INSTANT_DIGITS)?;
    Some((usize::try_from(sequence).ok()?, sent_us))
}

async fn obey(head: &str, tally: &Arc<Tally>) -> String {
    let target = head.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let text = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let number = |name: &str| text(name).and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
    match path {
        "/reset" => {
            tally.reset(1);
            "{}".to_owned()
        }
        "/await" => {
            settled(tally, number("receipts")).await;
            format!(r#"{{"receipts":{},"seconds":{}}}"#, tally.receipts(), tally.receiving_s())
        }
        "/missing" => {
            let (missing, is_last) = tally.missing();
            format!(r#"{{"missing":{missing},"last":{}}}"#, u8::from(is_last))
        }
        "/load" => {
            let load = Load {
                target: text("target").unwrap_or_default().to_owned(),
                path: text("path").unwrap_or_default().to_owned(),
                authorization: header(head.as_bytes(), "authorization").unwrap_or_default().to_owned(),
                events: number("events"),
                connections: number("connections").max(1),
                per_event: number("per_event"),
                per_second: number("per_second"),
                replays: number("replay") == 1,
            };
            publish::run(load, tally).await
        }
        _ => r#"{"error":"there are /reset, /await, /load and /missing"}"#.to_owned(),
    }
}

/// Returns once so many receipts have come, or none comes any more.
pub(crate) async fn settled(tally: &Tally, receipts: usize) {
    let mut seen = (tally.receipts(), tally.now_us());
    while seen.0 < receipts && tally.now_us() - seen.1 < SILENCE_MAX_US {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = tally.receipts();
        if now > seen.0 {
            seen = (now, tally.now_us());
        }
    }
}
