//! The API with all of its middleware, against a bare actix-web server in the same run.

use super::hub::{Hub, Scratch, bare};
use super::load::{Load, prepare, requests_per_second};
use super::measure::Measure;
use super::suites::Effort;

/// Measures `whoami` over the bare server.
pub(super) fn run(effort: Effort) -> anyhow::Result<Vec<Measure>> {
    prepare()?;
    let peer = bare_requests_per_second(effort)?;
    let scratch = Scratch::new()?;
    let hub = Hub::on(&scratch.database_url())?;
    let server = hub.serve()?;
    let authorization = hub.authorization()?;
    let url = format!("{}/api/hub/v1/whoami", server.base);
    let load = Load { url: &url, authorization: Some(&authorization), body: None };
    let whoami = requests_per_second(&load, effort)?;
    Ok(vec![
        Measure::new("http.bare_actix_per_s", peer, "1/s"),
        Measure::new("http.whoami_per_s", whoami, "1/s"),
        Measure::new("http.whoami_over_bare_actix", whoami / peer, "ratio"),
    ])
}

/// What the bare server answers per second.
pub(super) fn bare_requests_per_second(effort: Effort) -> anyhow::Result<f64> {
    let server = bare()?;
    requests_per_second(&Load { url: &server.base, authorization: None, body: None }, effort)
}
