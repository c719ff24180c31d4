//! `cargo xtask chaos`: hubs that are killed, stopped, frozen and starved, and what became of each event.

use crate::process;

/// Where it is written: the standard library of Python has all that it needs, and it must not share code with the hub that it judges.
const PROGRAM: &str = "xtask/checks/chaos.py";

/// `cargo xtask chaos [scenario…] [--rounds N] [--backend sqlite|postgres] [--seed N]`.
///
/// # Errors
/// When an argument is unknown, or when something does not hold; the program has said which and why.
pub(crate) fn command(arguments: &[String]) -> anyhow::Result<()> {
    let mut command = process::program("python3", &["-B", PROGRAM]);
    process::run(command.args(arguments))
}
