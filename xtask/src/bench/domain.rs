//! The hot path of the domain crate, measured by its own program.

use super::measure::Measure;
use super::suites::Effort;
use crate::process;

/// Runs `crates/domain/benches/hot_path.rs`.
pub(super) fn run(effort: Effort) -> anyhow::Result<Vec<Measure>> {
    let mut arguments =
        vec!["bench", "--quiet", "--package", "devhub-domain", "--features", "testing", "--bench", "hot_path"];
    if effort == Effort::Quick {
        arguments.extend(["--", "--quick"]);
    }
    let text = process::text(&mut process::program("cargo", &arguments))?;
    text.lines().filter(|line| line.starts_with('{')).map(Measure::from_json).collect()
}
