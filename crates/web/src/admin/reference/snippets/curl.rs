//! For the shell.

use super::literal::shell;
use super::{KEY, SampleRequest, TIMEOUT_SECONDS};

pub(super) fn write(request: &SampleRequest) -> String {
    // Without globbing: brackets of an address are what they are.
    let mut lines = vec![format!("curl --globoff --silent --show-error --include --max-time {TIMEOUT_SECONDS}")];
    match request.method.as_str() {
        "GET" => {}
        "HEAD" => lines.push("--head".to_owned()),
        method => lines.push(format!("--request {method}")),
    }
    lines.push(shell(&request.url));
    if let Some((name, before)) = request.key_header() {
        lines.push(format!("--header \"{name}: {before}${KEY}\""));
    }
    for (name, value) in &request.headers {
        lines.push(format!("--header {}", shell(&format!("{name}: {value}"))));
    }
    if let Some(body) = &request.body {
        lines.push(format!("--data-raw {}", shell(body)));
    }
    lines.join(" \\\n  ")
}
