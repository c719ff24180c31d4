//! Load by `wrk`: two threads, 64 connections that are kept alive.

use anyhow::Context as _;

use super::suites::Effort;
use crate::install::{self, Permission};
use crate::process;

/// Requests that `wrk` sends: the same one over and over.
pub(super) struct Load<'a> {
    /// Where to.
    pub(super) url: &'a str,
    /// The whole `authorization` header, if any.
    pub(super) authorization: Option<&'a str>,
    /// A JSON body to POST; GET without one.
    pub(super) body: Option<&'a str>,
}

/// Sends requests for a while and returns how many were answered per second.
///
/// # Errors
/// When `wrk` is missing or any answer is not 2xx: a fast refusal is no figure.
pub(super) fn requests_per_second(load: &Load<'_>, effort: Effort) -> anyhow::Result<f64> {
    let duration = if effort == Effort::Quick { "2s" } else { "8s" };
    let script = tempfile_with(&script(load))?;
    let arguments = ["-t2", "-c64", "-d", duration, "-s", &script.path, load.url];
    let text = process::text(&mut process::program("wrk", &arguments))?;
    let refused = text.lines().find(|line| line.trim_start().starts_with("Non-2xx"));
    anyhow::ensure!(refused.is_none(), "{}: {}", load.url, refused.unwrap_or_default().trim());
    let rate = text.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    rate.context("wrk printed no rate")?.trim().parse().context("wrk's rate is no number")
}

/// Installs `wrk` and whatever else of our tools is missing.
///
/// # Errors
/// When it cannot be installed; the message says which command to run.
pub(super) fn prepare() -> anyhow::Result<()> {
    install::ensure(Permission::Install)
}

fn script(load: &Load<'_>) -> String {
    let mut lines = Vec::new();
    if let Some(authorization) = load.authorization {
        lines.push(format!("wrk.headers[\"authorization\"] = {}", lua_text(authorization)));
    }
    if let Some(body) = load.body {
        lines.push("wrk.method = \"POST\"".to_owned());
        lines.push("wrk.headers[\"content-type\"] = \"application/json\"".to_owned());
        lines.push(format!("wrk.body = {}", lua_text(body)));
    }
    lines.join("\n")
}

/// Lua and JSON escape the same characters in the same way.
fn lua_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A file that is deleted when it is dropped.
struct Script {
    path: String,
}

impl Drop for Script {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.path));
    }
}

fn tempfile_with(text: &str) -> anyhow::Result<Script> {
    let path = std::env::temp_dir().join(format!("devhub-bench-{}.lua", std::process::id()));
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Script { path: path.to_string_lossy().into_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_with_a_body_is_posted() {
        let load = Load { url: "", authorization: Some("Bearer x"), body: Some("{\"a\":1}") };
        let expected = [
            "wrk.headers[\"authorization\"] = \"Bearer x\"",
            "wrk.method = \"POST\"",
            "wrk.headers[\"content-type\"] = \"application/json\"",
            "wrk.body = \"{\\\"a\\\":1}\"",
        ];
        assert_eq!(script(&load), expected.join("\n"));
    }
}
