//! `cargo xtask db`: a throwaway PostgreSQL to try things on.

use std::io::Read as _;

use crate::args::Flags;
use crate::postgres::{Disk, ThrowawayPostgres};
use crate::ui;

/// Starts a cluster, prints its URL and keeps it until Ctrl-C or the end of standard input.
pub(crate) fn command(arguments: &[String]) -> anyhow::Result<()> {
    let flags = Flags::parse(arguments, &["--print-url"])?;
    let server = ThrowawayPostgres::start(Disk::Unwaited)?;
    ui::answer(&server.url());
    if !flags.has("--print-url") {
        ui::say("a throwaway PostgreSQL listens there; Ctrl-C or the end of input stops and deletes it");
        ui::say(&format!("in another terminal: export DEVHUB_TEST_POSTGRES_URL={}", server.url()));
    }
    wait_for_end_of_input()?;
    drop(server);
    Ok(())
}

fn wait_for_end_of_input() -> std::io::Result<()> {
    let mut ignored = [0_u8; 256];
    let mut input = std::io::stdin().lock();
    while input.read(&mut ignored)? > 0 {}
    Ok(())
}
