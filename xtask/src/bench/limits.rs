//! Rate limits, measured by a program of their own crate.

use super::measure::Measure;
use super::suites::Effort;
use crate::process;

/// Runs `crates/limiter/benches/limits.rs`.
pub(super) fn run(effort: Effort) -> anyhow::Result<Vec<Measure>> {
    let mut arguments = vec!["bench", "--quiet", "--package", "devhub-limiter", "--bench", "limits"];
    if effort == Effort::Quick {
        arguments.extend(["--", "--quick"]);
    }
    let text = process::text(&mut process::program("cargo", &arguments))?;
    text.lines().filter(|line| line.starts_with('{')).map(Measure::from_json).collect()
}
