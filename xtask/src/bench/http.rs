//! The API with all of its middleware, against a bare actix-web server in the same run.

use anyhow::Context as _;
use serde_json::Value;

use super::hub::{Hub, Scratch, bare};
use super::latency::Client;
use super::load::{Load, prepare, requests_per_second};
use super::measure::Measure;
use super::suites::Effort;
use crate::process;

/// Deliveries that a page is looked for among.
const DELIVERIES: u32 = 1_000_000;

/// Measures `whoami` over the bare server, and pages of a long list.
pub(super) fn run(effort: Effort) -> anyhow::Result<Vec<Measure>> {
    prepare()?;
    let peer = bare_requests_per_second(effort)?;
    let scratch = Scratch::new()?;
    let hub = Hub::on(&scratch.database_url())?;
    let server = hub.serve()?;
    let authorization = hub.authorization()?;
    let whoami = format!("{}/api/hub/v1/whoami", server.base);
    let load = Load { url: &whoami, authorization: Some(&authorization), body: None };
    let whoami = requests_per_second(&load, effort)?;
    drop(server);
    let mut measures = vec![
        Measure::new("http.bare_actix_per_s", peer, "1/s"),
        Measure::new("http.whoami_per_s", whoami, "1/s"),
        Measure::new("http.whoami_over_bare_actix", whoami / peer, "ratio"),
    ];
    measures.extend(pages(&hub, &scratch, &authorization, effort)?);
    Ok(measures)
}

/// Pages of 50 among a million deliveries, by each filter; the slowest is the figure that has an aim.
fn pages(hub: &Hub, scratch: &Scratch, authorization: &str, effort: Effort) -> anyhow::Result<Vec<Measure>> {
    let build = ["build", "--quiet", "--release", "--package", "devhub-storage", "--example", "seed_deliveries"];
    process::run(&mut process::program("cargo", &build))?;
    let program = process::root().join("target/release/examples/seed_deliveries");
    process::run(&mut process::program(program, &[&scratch.folder(), &DELIVERIES.to_string()]))?;
    let server = hub.serve()?;
    let mut client = Client::connect(&server.base, &[("authorization", authorization)])?;
    let page: Value = serde_json::from_slice(&client.get("/api/hub/v1/deliveries?limit=50&state=exhausted")?.body)?;
    let last = page.pointer("/items/49").context("there are more than 50 of these")?;
    let text = |name: &str| last.get(name).and_then(Value::as_str).unwrap_or_default();
    let (endpoint, event, instant) = (text("endpoint_id"), text("event_id"), text("created_at"));
    let filters = [
        ("all", String::new()),
        ("delivered", "&state=delivered".to_owned()),
        ("exhausted", "&state=exhausted".to_owned()),
        ("endpoint", format!("&endpoint_id={endpoint}")),
        ("endpoint_exhausted", format!("&endpoint_id={endpoint}&state=exhausted")),
        ("event", format!("&event_id={event}")),
        ("period", format!("&created_before={instant}")),
    ];
    let mut measures = Vec::new();
    let mut slowest = 0.0_f64;
    for (name, filter) in filters {
        let path = format!("/api/hub/v1/deliveries?limit=50{filter}");
        let p99 = client.times(&path, effort)?.p99_ms;
        slowest = slowest.max(p99);
        measures.push(Measure::new(&format!("http.list_1m_{name}_p99_ms"), p99, "ms"));
    }
    measures.push(Measure::new("http.list_1m_p99_ms", slowest, "ms"));
    Ok(measures)
}

/// What the bare server answers per second.
pub(super) fn bare_requests_per_second(effort: Effort) -> anyhow::Result<f64> {
    let server = bare()?;
    requests_per_second(&Load { url: &server.base, authorization: None, body: None }, effort)
}
