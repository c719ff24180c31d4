//! What is known of an attempt besides its outcome, in one compact column.
//!
//! Nobody asks for it by its parts: it is shown, or not read at all. So it is one text of bytes: a version, then numbers of as many
//! bytes as they need (LEB128) and texts behind their lengths. A version that this release does not know was written by a later one,
//! and is passed over like no report at all; any other bytes that make no sense are damaged.

use std::time::Duration;

use devhub_domain::id::{EndpointSecretId, SessionId};
use devhub_domain::webhooks::{FirstSuccess, KeptHeaders, Report, Timings};

const VERSION: u8 = 1;

/// Bits that say which optional parts follow.
const HAS_DNS: u64 = 1;
const HAS_CONNECT: u64 = 1 << 1;
const HAS_TLS: u64 = 1 << 2;
const HAS_FIRST_BYTE: u64 = 1 << 3;
const HAS_REVISION: u64 = 1 << 4;
const HEADERS_CUT: u64 = 1 << 5;
const BODY_CUT: u64 = 1 << 6;
const HAS_SESSION: u64 = 1 << 7;

/// The column of an attempt, which has its session in another one; `None` when nothing is known.
pub(crate) fn report_bytes(report: &Report) -> Option<Vec<u8>> {
    let report = Report { session_id: None, ..report.clone() };
    if report == Report::default() {
        return None;
    }
    let mut bytes = vec![VERSION];
    push_report(&mut bytes, &report);
    Some(bytes)
}

/// The report of an attempt: nothing known for a later version; `None` when it is damaged.
pub(crate) fn read_report(bytes: &[u8]) -> Option<Report> {
    let mut rest = bytes;
    if byte(&mut rest)? > VERSION {
        return Some(Report::default());
    }
    let report = pull_report(&mut rest)?;
    rest.is_empty().then_some(report)
}

/// The column of a delivery that was delivered at once.
pub(crate) fn first_success_bytes(first: &FirstSuccess) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    push_report(&mut bytes, &first.report);
    push_number(&mut bytes, count(first.secret_ids.len()));
    for id in &first.secret_ids {
        bytes.extend(id.as_bytes());
    }
    bytes.extend(&first.body_excerpt);
    bytes
}

/// What a delivery keeps of its first success: `Some(None)` for a later version; `None` when it is damaged.
#[expect(clippy::option_option, reason = "one says damaged, the other unknown")]
pub(crate) fn read_first_success(bytes: &[u8]) -> Option<Option<FirstSuccess>> {
    let mut rest = bytes;
    if byte(&mut rest)? > VERSION {
        return Some(None);
    }
    let report = pull_report(&mut rest)?;
    let mut secret_ids = Vec::new();
    for _ in 0..number(&mut rest)? {
        secret_ids.push(EndpointSecretId::from_bytes(id(&mut rest)?));
    }
    Some(Some(FirstSuccess { report, body_excerpt: rest.to_vec(), secret_ids }))
}

fn push_report(bytes: &mut Vec<u8>, report: &Report) {
    let Timings { dns, connect, tls, first_byte } = report.timings;
    let revision = report.endpoint_revision.and_then(|revision| u64::try_from(revision).ok());
    let flag = |is_set: bool, flag: u64| if is_set { flag } else { 0 };
    let flags = flag(dns.is_some(), HAS_DNS)
        | flag(connect.is_some(), HAS_CONNECT)
        | flag(tls.is_some(), HAS_TLS)
        | flag(first_byte.is_some(), HAS_FIRST_BYTE)
        | flag(revision.is_some(), HAS_REVISION)
        | flag(report.headers.is_cut(), HEADERS_CUT)
        | flag(report.is_body_cut, BODY_CUT)
        | flag(report.session_id.is_some(), HAS_SESSION);
    push_number(bytes, flags);
    for step in [dns, connect, tls, first_byte].into_iter().flatten() {
        push_number(bytes, u64::try_from(step.as_micros()).unwrap_or(u64::MAX));
    }
    if let Some(revision) = revision {
        push_number(bytes, revision);
    }
    if let Some(id) = report.session_id {
        bytes.extend(id.as_bytes());
    }
    push_number(bytes, u64::from(report.body_bytes_read));
    push_number(bytes, count(report.headers.pairs().len()));
    for text in report.headers.pairs().iter().flat_map(|(name, value)| [name, value]) {
        push_number(bytes, count(text.len()));
        bytes.extend(text.as_bytes());
    }
}

fn pull_report(rest: &mut &[u8]) -> Option<Report> {
    let flags = number(rest)?;
    let has = |flag: u64| flags & flag != 0;
    let step = |rest: &mut &[u8], flag| {
        if has(flag) { number(rest).map(|us| Some(Duration::from_micros(us))) } else { Some(None) }
    };
    let timings = Timings {
        dns: step(rest, HAS_DNS)?,
        connect: step(rest, HAS_CONNECT)?,
        tls: step(rest, HAS_TLS)?,
        first_byte: step(rest, HAS_FIRST_BYTE)?,
    };
    let endpoint_revision = if has(HAS_REVISION) { Some(i64::try_from(number(rest)?).ok()?) } else { None };
    let session_id = if has(HAS_SESSION) { Some(SessionId::from_bytes(id(rest)?)) } else { None };
    let body_bytes_read = u32::try_from(number(rest)?).ok()?;
    let mut pairs = Vec::new();
    for _ in 0..number(rest)? {
        pairs.push((text(rest)?, text(rest)?));
    }
    let headers = KeptHeaders::from_stored(pairs, has(HEADERS_CUT));
    Some(Report { session_id, endpoint_revision, timings, headers, body_bytes_read, is_body_cut: has(BODY_CUT) })
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return bytes.push(low & 0x7f);
        }
        bytes.push(low | 0x80);
    }
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..u64::BITS).step_by(7) {
        let next = byte(rest)?;
        number |= u64::from(next & 0x7f).checked_shl(shift)?;
        if next & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn byte(rest: &mut &[u8]) -> Option<u8> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    Some(*first)
}

fn id(rest: &mut &[u8]) -> Option<[u8; 16]> {
    let (id, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*id)
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let len = usize::try_from(number(rest)?).ok()?;
    let (text, after) = rest.split_at_checked(len)?;
    *rest = after;
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Report {
        let headers = vec![("server".to_owned(), "nginx".to_owned()), ("x-ä".to_owned(), String::new())];
        Report {
            session_id: Some(SessionId::from_bytes([7; 16])),
            endpoint_revision: Some(300),
            timings: Timings {
                dns: Some(Duration::from_micros(127)),
                connect: Some(Duration::ZERO),
                tls: None,
                first_byte: Some(Duration::from_secs(30)),
            },
            headers: KeptHeaders::from_stored(headers, true),
            body_bytes_read: u32::MAX,
            is_body_cut: true,
        }
    }

    #[test]
    fn a_report_reads_back_without_its_session() {
        let read = read_report(&report_bytes(&whole()).unwrap()).unwrap();
        assert_eq!(read, Report { session_id: None, ..whole() });
        assert_eq!(report_bytes(&Report { session_id: whole().session_id, ..Report::default() }), None);
    }

    #[test]
    fn a_first_success_reads_back_whole() {
        let secret_ids = vec![EndpointSecretId::from_bytes([1; 16]), EndpointSecretId::from_bytes([2; 16])];
        for report in [whole(), Report::default()] {
            let first = FirstSuccess { report, body_excerpt: vec![0, 0xff], secret_ids: secret_ids.clone() };
            assert_eq!(read_first_success(&first_success_bytes(&first)), Some(Some(first)));
        }
    }

    #[test]
    fn what_a_later_release_wrote_is_unknown_and_what_is_cut_is_damaged() {
        let bytes = report_bytes(&whole()).unwrap();
        for end in 0..bytes.len() {
            assert_eq!(read_report(&bytes[..end]), None, "{end}");
        }
        assert_eq!(read_report(&[VERSION + 1, 1, 2, 3]), Some(Report::default()));
        assert_eq!(read_first_success(&[VERSION + 1]), Some(None));
        assert_eq!(read_report(&[bytes, vec![0]].concat()), None);
    }

    #[test]
    fn a_usual_success_takes_less_than_160_bytes() {
        let headers = [
            ("server", "nginx"),
            ("date", "Tue, 24 Nov 2026 10:30:00 GMT"),
            ("content-type", "application/json"),
            ("content-length", "11"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let report = Report {
            headers: KeptHeaders::from_stored(headers, false),
            body_bytes_read: 11,
            is_body_cut: false,
            ..whole()
        };
        let first = FirstSuccess {
            report,
            body_excerpt: br#"{"ok":true}"#.to_vec(),
            secret_ids: vec![EndpointSecretId::from_bytes([1; 16])],
        };
        let bytes = first_success_bytes(&first).len();
        assert!(bytes < 160, "{bytes}");
    }
}
