//! Running other programs from the root of the repository.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

/// The folder that holds the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask stands in a folder of the repository")
}

/// Where programs and packages that only tests need are put; never outside the repository, never committed.
pub(crate) fn tools() -> PathBuf {
    root().join("target/tools")
}

/// A command that starts at the root of the repository.
pub(crate) fn program(name: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command with the terminal as its own.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    anyhow::ensure!(status.success(), "`{shown}` failed ({status})");
    Ok(())
}

/// Runs a command and hands out what it wrote to standard output.
///
/// # Errors
/// When it cannot be started, does not succeed (the message carries its standard error) or writes no UTF-8.
pub(crate) fn text(command: &mut Command) -> anyhow::Result<String> {
    let shown = shown(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{shown}`"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "`{shown}` failed ({}): {}", output.status, complaint.trim());
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` wrote no UTF-8"))
}

/// Whether a command starts and succeeds; shows nothing of what it writes.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Whether a program of this name can be started.
pub(crate) fn exists(name: &str) -> bool {
    // The shell does the search, so that PATH means here exactly what it means at the prompt.
    succeeds(&mut program("sh", &["-c", "command -v \"$1\"", "sh", name]))
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(std::ffi::OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_does_not_exist() {
        assert!(exists("sh"));
        assert!(!exists("devhub-no-such-program"));
    }

    #[test]
    fn a_failed_command_is_named_with_its_complaint() {
        let error = text(&mut program("sh", &["-c", "echo broken >&2; exit 3"])).expect_err("exit code 3");
        let message = error.to_string();
        assert!(message.starts_with("`sh -c"), "{message}");
        assert!(message.ends_with("broken"), "{message}");
    }
}
