//! Durable publishes against the requests of a bare server in the same run.
//!
//! One workspace without endpoints, so that the figure is acceptance alone: parse, authenticate, store, sync, answer. The payload is
//! what a payment platform sends, 500 bytes.

use super::http::bare_requests_per_second;
use super::hub::{Hub, Scratch};
use super::load::{Load, prepare, requests_per_second};
use super::measure::Measure;
use super::suites::Effort;
use crate::postgres::{Disk, ThrowawayPostgres};

/// Measures both databases.
pub(super) fn run(effort: Effort) -> anyhow::Result<Vec<Measure>> {
    prepare()?;
    let peer = bare_requests_per_second(effort)?;
    let scratch = Scratch::new()?;
    let sqlite = publishes_per_second(&Hub::on(&scratch.database_url())?, effort)?;
    let cluster = ThrowawayPostgres::start(Disk::Waited)?;
    let postgres = publishes_per_second(&Hub::on(&cluster.url())?.in_folder(&scratch), effort)?;
    Ok(vec![
        Measure::new("publish.bare_per_s", peer, "1/s"),
        Measure::new("publish.sqlite_per_s", sqlite, "1/s"),
        Measure::new("publish.sqlite_over_bare", sqlite / peer, "ratio"),
        Measure::new("publish.postgres_per_s", postgres, "1/s"),
        Measure::new("publish.postgres_over_bare", postgres / peer, "ratio"),
    ])
}

fn publishes_per_second(hub: &Hub, effort: Effort) -> anyhow::Result<f64> {
    let server = hub.serve()?;
    let authorization = hub.authorization()?;
    let url = format!("{}/api/hub/v1/events", server.base);
    let body = body();
    requests_per_second(&Load { url: &url, authorization: Some(&authorization), body: Some(&body) }, effort)
}

/// A publish whose payload has 500 bytes.
fn body() -> String {
    let filler = "x".repeat(500 - r#"{"event":"payment.completed","reference":""}"#.len());
    let payload = format!(r#"{{"event":"payment.completed","reference":"{filler}"}}"#);
    format!(r#"{{"event_type":"payment.completed","payload":{payload}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_has_500_bytes() {
        let body: serde_json::Value = serde_json::from_str(&body()).unwrap();
        assert_eq!(body["payload"].to_string().len(), 500);
    }
}
