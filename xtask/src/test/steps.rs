//! The steps of the test command.

use super::checks::{CHECKS, LIGHTHOUSE};
use super::run::{Level, Session, Step};
use crate::postgres::{Disk, ThrowawayPostgres};
use crate::process::{self, program};
use crate::{deps, generate, install, tidy, ui};

/// What tests switch on. Not all features: `postgres-tls` asks for OpenSSL's development files, which nothing else needs.
const FEATURES: &str = "devhub-domain/testing,devhub-storage/testing";

/// Every step, in the order of running: what is fast and often wrong comes first.
pub(super) const STEPS: &[Step] = &[
    Step { name: "install", from: Level::Standard, run: |session| install::ensure(session.permission) },
    Step { name: "format", from: Level::Quick, run: |_| cargo(&["fmt", "--all", "--check"]) },
    Step { name: "deps", from: Level::Quick, run: |_| deps::command(&[]) },
    Step { name: "tidy", from: Level::Quick, run: |_| tidy::command(&[]) },
    Step { name: "clippy", from: Level::Quick, run: |_| clippy() },
    Step { name: "gen", from: Level::Quick, run: |_| generate::command(&["--check".to_owned()]) },
    Step { name: "features", from: Level::Standard, run: |_| features() },
    Step { name: "rustdoc", from: Level::Quick, run: |_| rustdoc() },
    Step { name: "PostgreSQL", from: Level::Standard, run: start_postgres },
    Step { name: "tests", from: Level::Quick, run: |session| tests(session) },
    Step { name: "doctests", from: Level::Quick, run: |session| doctests(session) },
    Step { name: "checks", from: Level::Standard, run: |session| checks(session) },
    Step { name: "Lighthouse", from: Level::Full, run: |session| lighthouse(session) },
    Step { name: "feature postgres-tls", from: Level::Full, run: |session| postgres_tls(session) },
    Step { name: "bans, licences, sources", from: Level::Full, run: |session| cargo_deny(session) },
];

fn cargo(arguments: &[&str]) -> anyhow::Result<()> {
    process::run(&mut program("cargo", arguments))
}

fn clippy() -> anyhow::Result<()> {
    cargo(&["clippy", "--workspace", "--all-targets", "--features", FEATURES, "--", "-D", "warnings"])
}

/// That an embedder may leave out what it does not use, and that the guide's examples run on the least.
fn features() -> anyhow::Result<()> {
    for chosen in ["", "operators", "webhooks"] {
        let domain = ["clippy", "--package", "devhub-domain", "--no-default-features", "--features", chosen];
        cargo(&[&domain[..], &["--", "-D", "warnings"]].concat())?;
    }
    cargo(&["clippy", "--package", "devhub-limiter", "--no-default-features", "--", "-D", "warnings"])?;
    for example in ["authenticate", "sign", "limit"] {
        cargo(&["run", "--package", "devhub-domain", "--no-default-features", "--example", example])?;
    }
    Ok(())
}

fn rustdoc() -> anyhow::Result<()> {
    let mut doc = program("cargo", &["doc", "--workspace", "--features", FEATURES, "--no-deps"]);
    process::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

fn start_postgres(session: &mut Session) -> anyhow::Result<()> {
    let server = ThrowawayPostgres::start(Disk::Unwaited)?;
    ui::say(&format!("a throwaway cluster listens on {}", server.url()));
    session.postgres = Some(server);
    Ok(())
}

fn tests(session: &Session) -> anyhow::Result<()> {
    let has_nextest = process::succeeds(&mut program("cargo", &["nextest", "--version"]));
    let mut run = if has_nextest {
        program("cargo", &["nextest", "run", "--workspace", "--features", FEATURES])
    } else {
        ui::say("cargo-nextest is not here; `cargo test` does the same, slower");
        program("cargo", &["test", "--workspace", "--features", FEATURES, "--lib", "--bins", "--tests", "--examples"])
    };
    process::run(session.equip(&mut run))
}

fn doctests(session: &Session) -> anyhow::Result<()> {
    let mut run = program("cargo", &["test", "--doc", "--workspace", "--features", FEATURES]);
    process::run(session.equip(&mut run))
}

fn checks(session: &Session) -> anyhow::Result<()> {
    for (number, check) in (1..).zip(CHECKS) {
        ui::say(&format!("check {number}/{}: {}", CHECKS.len(), check.name()));
        check.run(session)?;
    }
    Ok(())
}

fn lighthouse(session: &Session) -> anyhow::Result<()> {
    install::lighthouse(session.permission)?;
    LIGHTHOUSE.run(session)
}

/// That it compiles and links: the tests of the default build cover the code.
fn postgres_tls(session: &Session) -> anyhow::Result<()> {
    install::openssl(session.permission)?;
    cargo(&["check", "--package", "devhub-storage", "--all-targets", "--features", "postgres-tls"])
}

fn cargo_deny(session: &Session) -> anyhow::Result<()> {
    let own = process::tools().join("bin/cargo-deny");
    if process::succeeds(&mut program("cargo", &["deny", "--version"])) {
        return cargo(&["deny", "check", "bans", "licenses", "sources"]);
    }
    if !own.is_file() {
        let mut install = program("cargo", &["install", "--locked", "cargo-deny", "--root"]);
        install.arg(process::tools());
        let by_hand = process::shown(&install);
        anyhow::ensure!(session.permission == install::Permission::Install, "missing: cargo-deny; run: {by_hand}");
        process::run(&mut install)?;
    }
    process::run(&mut program(own, &["check", "bans", "licenses", "sources"]))
}
