//! `cargo xtask gen`: the documents that the code writes about itself.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::args::Flags;
use crate::process::{self, program};
use crate::ui;

/// What is generated, within `docs`.
const FILES: &[&str] = &["openapi.json", "errors.md", "events.md"];

/// Writes the documents, or with `--check` says which of them are stale.
///
/// # Errors
/// When they cannot be made, or with `--check` when one is not what the code says.
pub(crate) fn command(arguments: &[String]) -> anyhow::Result<()> {
    let flags = Flags::parse(arguments, &["--check"])?;
    let folder = process::root().join("target/gen");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let write = ["run", "--quiet", "--package", "devhub-web", "--example", "reference", "--"];
    process::run(program("cargo", &write).arg(&folder))?;
    let stale = stale(&folder, &docs())?;
    if flags.has("--check") {
        anyhow::ensure!(stale.is_empty(), "stale: {}; run: cargo xtask gen", stale.join(", "));
        ui::say(&format!("docs/{{{}}} are what the code says", FILES.join(",")));
        return Ok(());
    }
    for name in stale {
        fs::copy(folder.join(name), docs().join(name)).with_context(|| format!("cannot write docs/{name}"))?;
        ui::say(&format!("wrote docs/{name}"));
    }
    Ok(())
}

fn docs() -> PathBuf {
    process::root().join("docs")
}

/// The files that differ from what was generated, or are not there.
fn stale(generated: &Path, committed: &Path) -> anyhow::Result<Vec<&'static str>> {
    let mut stale = Vec::new();
    for name in FILES {
        let made = fs::read(generated.join(name)).with_context(|| format!("{name} was not generated"))?;
        if fs::read(committed.join(name)).ok().as_ref() != Some(&made) {
            stale.push(*name);
        }
    }
    Ok(stale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_differs_or_is_missing_is_stale() {
        let scratch = std::env::temp_dir().join(format!("devhub-gen-{}", std::process::id()));
        let (generated, committed) = (scratch.join("generated"), scratch.join("committed"));
        fs::create_dir_all(&generated).unwrap();
        fs::create_dir_all(&committed).unwrap();
        for name in FILES {
            fs::write(generated.join(name), "new").unwrap();
        }
        fs::write(committed.join("openapi.json"), "new").unwrap();
        fs::write(committed.join("errors.md"), "old").unwrap();
        assert_eq!(stale(&generated, &committed).unwrap(), ["errors.md", "events.md"]);
        fs::remove_dir_all(&scratch).unwrap();
    }
}
