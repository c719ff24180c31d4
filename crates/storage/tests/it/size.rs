//! What an event costs on disk.

use std::time::Duration;

use devhub_domain::events::{NewEvent, Payload, PreparedEvent, publish};
use devhub_domain::id::{EndpointSecretId, EventId, SessionId};
use devhub_domain::testing::contract::seed;
use devhub_domain::testing::{SeededEntropy, endpoint, session};
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Delivery, DeliveryState, FirstSuccess, KeptHeaders, Report, Room, Summary, Timings};

use crate::support::{Guard, put, sqlite};

const EVENTS: i64 = 2_000;

/// What a usual receiver answers, with all that is kept of it.
fn usual() -> FirstSuccess {
    let headers: [(&str, &[u8]); 5] = [
        ("server", b"nginx"),
        ("date", b"Tue, 24 Nov 2026 10:30:00 GMT"),
        ("content-type", b"application/json"),
        ("content-length", b"11"),
        ("x-request-id", b"0f8fad5b-d9cb-469f-a165-70867728950e"),
    ];
    let micros = |count| Some(Duration::from_micros(count));
    let report = Report {
        session_id: Some(SessionId::from_bytes([7; 16])),
        endpoint_revision: Some(3),
        timings: Timings {
            dns: micros(8_000),
            connect: micros(12_000),
            tls: micros(30_000),
            first_byte: micros(90_000),
        },
        headers: KeptHeaders::keep(headers),
        body_bytes_read: 11,
        is_body_cut: false,
    };
    let secret_ids = vec![EndpointSecretId::from_bytes([1; 16])];
    FirstSuccess { report, body_excerpt: br#"{"ok":true}"#.to_vec(), secret_ids }
}

#[test]
fn an_event_of_500_bytes_and_its_delivery_take_at_most_1500_bytes_of_file() {
    let (database, guard) = sqlite();
    seed(&database);
    put(&database, |tx| tx.insert_endpoint(&endpoint(1)));
    let payload = format!(r#"{{"text":"{}"}}"#, "x".repeat(489));
    let payload = Payload::new(payload.as_bytes(), 500).unwrap();
    let entropy = SeededEntropy::new(1);
    let Guard::Folder(folder) = &guard else { panic!("SQLite has a folder") };
    let file = folder.path().join("data").join(devhub_storage::DATABASE_FILE);
    let empty = std::fs::metadata(&file).unwrap().len();
    for first in (0..EVENTS).step_by(100) {
        put(&database, |tx| {
            for number in first..first + 100 {
                let new = NewEvent {
                    event_type: "payment.completed".parse().unwrap(),
                    payload: payload.clone(),
                    external_id: None,
                };
                let now = Timestamp::from_micros(1_795_514_400_000_000 + number * 1_000);
                let event = PreparedEvent::new(endpoint(1).workspace_id, new, now, &entropy);
                let published = publish(tx, &event, None).unwrap().event;
                deliver(tx, published.id, now)?;
            }
            Ok(())
        });
    }
    database.shutdown();
    let grown = std::fs::metadata(&file).unwrap().len() - empty;
    let each = grown / u64::try_from(EVENTS).unwrap();
    assert!(each <= 1_500, "{each} bytes for an event");
}

/// Claims the delivery of the event and records a usual success.
fn deliver(
    tx: &mut dyn devhub_domain::tx::Tx,
    event_id: EventId,
    now: Timestamp,
) -> Result<(), devhub_domain::store::StoreError> {
    let claimed = tx.claim_due(session(7).id, now, &Room::of(1))?.work.remove(0).delivery;
    assert_eq!(claimed.event_id, event_id);
    let last = Some(Summary { started_at: now, duration_ms: 90, status: Some(200), failure: None, detail: None });
    let delivered = Delivery {
        state: DeliveryState::Delivered,
        lease: None,
        attempts: 1,
        finished_at: Some(now),
        last,
        first_success: Some(Box::new(usual())),
        ..claimed
    };
    assert!(tx.record_delivery(session(7).id, &delivered)?);
    Ok(())
}
