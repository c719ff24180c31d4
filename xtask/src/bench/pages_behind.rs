//! The pages with much behind them: 10,000 keys and 100,000 deliveries, which wait for an endpoint that is paused.
//!
//! The server's time alone. What a browser takes besides is printed by the group `speed` of `xtask/checks/pages.mjs`.

use anyhow::Context as _;
use serde_json::Value;

use super::hub::Hub;
use super::latency::Client;
use super::measure::Measure;
use super::suites::Effort;

/// The most that one publish may hold.
const EVENTS_A_BATCH: usize = 100;
const API: &str = "/api/hub/v1";

/// How long each page takes; the slowest is the figure that has an aim.
///
/// # Errors
/// When the hub does not take what is published, or does not show a page.
pub(super) fn measure(
    hub: &Hub,
    base: &str,
    page_headers: &[(&str, &str)],
    effort: Effort,
) -> anyhow::Result<Vec<Measure>> {
    let batches = if effort == Effort::Quick { 20 } else { 1_000 };
    let authorization = hub.authorization()?;
    let mut api = Client::connect(base, &[("authorization", &authorization)])?;
    let endpoint = paused_endpoint(&mut api)?;
    publish(&mut api, batches)?;
    let delivery = first_id(&mut api, "deliveries")?;
    let key = first_id(&mut api, "keys")?;
    let mut pages = Client::connect(base, page_headers)?;
    let all = [
        ("overview", "/admin/overview".to_owned()),
        ("keys", "/admin/developer/api-keys".to_owned()),
        ("key", format!("/admin/developer/api-keys/{key}")),
        ("deliveries", "/admin/developer/deliveries".to_owned()),
        ("delivery", format!("/admin/developer/deliveries/{delivery}")),
        ("webhooks", "/admin/developer/webhooks".to_owned()),
        ("endpoint", format!("/admin/developer/webhooks/{endpoint}")),
        ("rate_limits", "/admin/rate-limits".to_owned()),
        ("audit", "/admin/audit".to_owned()),
    ];
    let mut slowest = 0.0_f64;
    let mut measures = Vec::new();
    for (name, path) in all {
        let times = pages.times(&path, effort)?;
        slowest = slowest.max(times.p99_ms);
        measures.push(Measure::new(&format!("pages.behind_{name}_p50_ms"), times.p50_ms, "ms"));
        measures.push(Measure::new(&format!("pages.behind_{name}_p99_ms"), times.p99_ms, "ms"));
    }
    measures.push(Measure::new("pages.behind_p99_ms", slowest, "ms"));
    Ok(measures)
}

/// Paused before anything is published: nothing is sent, and each event is one delivery that waits.
fn paused_endpoint(api: &mut Client) -> anyhow::Result<String> {
    let wanted = r#"{"url":"https://shop.example/hook","event_types":["*"]}"#;
    let made = post(api, "endpoints", wanted)?;
    let id = made.get("id").and_then(Value::as_str).context("an endpoint has an id")?.to_owned();
    post(api, &format!("endpoints/{id}/pause"), "{}")?;
    Ok(id)
}

fn publish(api: &mut Client, batches: usize) -> anyhow::Result<()> {
    let event = r#"{"event_type":"payment.completed","payload":{"reference":"1042","amount":"10.00"}}"#;
    let body = format!(r#"{{"events":[{}]}}"#, vec![event; EVENTS_A_BATCH].join(","));
    for _ in 0..batches {
        post(api, "events/batch", &body)?;
    }
    Ok(())
}

fn post(api: &mut Client, path: &str, json: &str) -> anyhow::Result<Value> {
    let answer = api.post_json(&format!("{API}/{path}"), json)?;
    anyhow::ensure!(answer.status < 300, "POST {path} answered {}", answer.status);
    serde_json::from_slice(&answer.body).with_context(|| format!("the answer to POST {path} is no JSON"))
}

/// The id of the newest one.
fn first_id(api: &mut Client, noun: &str) -> anyhow::Result<String> {
    let answer = api.get(&format!("{API}/{noun}?limit=1"))?;
    let listed: Value = serde_json::from_slice(&answer.body)?;
    let id = listed.pointer("/items/0/id").and_then(Value::as_str);
    id.map(str::to_owned).with_context(|| format!("there are {noun}"))
}
