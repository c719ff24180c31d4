//! Runs the steps in their order, up to the first that fails, and sums up.

use std::process::Command;
use std::time::Duration;

use super::steps::STEPS;
use crate::args::Flags;
use crate::install::Permission;
use crate::postgres::ThrowawayPostgres;
use crate::{process, ui};

/// How much is tested; each level holds the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Nothing but Rust: no installation, no PostgreSQL, no external checks.
    Quick,
    /// What must hold before a change goes in.
    Standard,
    /// Adds licences, sources and the large volumes.
    Full,
}

/// What the steps share.
pub(super) struct Session {
    level: Level,
    /// Whether something may be put on the machine.
    pub(super) permission: Permission,
    /// Set by the step that starts it; lives until the end, for the tests and the checks.
    pub(super) postgres: Option<ThrowawayPostgres>,
}

/// One part of the test command.
pub(super) struct Step {
    /// As said on the screen.
    pub(super) name: &'static str,
    /// The lowest level that has it.
    pub(super) from: Level,
    /// Fails when something does not hold.
    pub(super) run: fn(&mut Session) -> anyhow::Result<()>,
}

/// What became of a step.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Passed(Duration),
    Failed(Duration),
    NotRun,
}

/// Runs all tests and checks of the level that the flags choose.
pub(crate) fn command(arguments: &[String]) -> anyhow::Result<()> {
    let flags = Flags::parse(arguments, &["--quick", "--full", "--no-install"])?;
    anyhow::ensure!(!(flags.has("--quick") && flags.has("--full")), "--quick and --full exclude each other");
    let level = match () {
        () if flags.has("--quick") => Level::Quick,
        () if flags.has("--full") => Level::Full,
        () => Level::Standard,
    };
    let permission = if flags.has("--no-install") { Permission::LookOnly } else { Permission::Install };
    if level == Level::Quick {
        ui::say("--quick: PostgreSQL, the external checks and the installation are LEFT OUT");
    }
    let steps: Vec<&Step> = STEPS.iter().filter(|step| step.from <= level).collect();
    let total = ui::Stopwatch::start();
    let (outcomes, error) = run_all(&steps, &mut Session::new(level, permission));
    ui::say(&summary(&outcomes, total.elapsed()));
    if level == Level::Quick {
        ui::say("PostgreSQL and the external checks were LEFT OUT; `cargo xtask test` has them");
    }
    error.map_or(Ok(()), Err)
}

/// Stops at the first failure: later steps build on earlier ones, and the reader wants one thing to put right.
fn run_all<'a>(steps: &[&'a Step], session: &mut Session) -> (Vec<(&'a str, Outcome)>, Option<anyhow::Error>) {
    let mut outcomes = Vec::new();
    let mut failure = None;
    for (number, step) in (1..).zip(steps) {
        if failure.is_some() {
            outcomes.push((step.name, Outcome::NotRun));
            continue;
        }
        ui::say(&format!("\n==> {number}/{} {}", steps.len(), step.name));
        let stopwatch = ui::Stopwatch::start();
        let result = (step.run)(session);
        let time = stopwatch.elapsed();
        match result {
            Ok(()) => outcomes.push((step.name, Outcome::Passed(time))),
            Err(error) => {
                ui::say(&format!("{}: {error:#}", step.name));
                outcomes.push((step.name, Outcome::Failed(time)));
                failure = Some(error.context(step.name));
            }
        }
    }
    (outcomes, failure)
}

fn summary(outcomes: &[(&str, Outcome)], total: Duration) -> String {
    let lines = outcomes.iter().map(|(name, outcome)| match outcome {
        Outcome::Passed(time) => format!("  {name:<28}ok        {}", ui::spoken(*time)),
        Outcome::Failed(time) => format!("  {name:<28}FAILED    {}", ui::spoken(*time)),
        Outcome::NotRun => format!("  {name:<28}not run"),
    });
    let mut text = vec![String::new()];
    text.extend(lines);
    text.push(format!("  {:<38}{}", "in all", ui::spoken(total)));
    text.join("\n")
}

impl Session {
    /// A session in which nothing is running yet.
    pub(super) fn new(level: Level, permission: Permission) -> Self {
        Self { level, permission, postgres: None }
    }

    /// Gives a command the environment that tests and checks rely on, whatever the caller's own says.
    ///
    /// Tests that need PostgreSQL fail without `DEVHUB_TEST_POSTGRES_URL`, unless `DEVHUB_TEST_QUICK` says that they
    /// were left out on purpose.
    pub(super) fn equip<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("DEVHUB_TEST_TOOLS", process::tools());
        for name in ["DEVHUB_TEST_POSTGRES_URL", "DEVHUB_TEST_QUICK", "DEVHUB_TEST_FULL"] {
            command.env_remove(name);
        }
        match (&self.postgres, self.level) {
            (None, Level::Quick) => command.env("DEVHUB_TEST_QUICK", "1"),
            (None, _) => command,
            (Some(server), Level::Full) => {
                command.env("DEVHUB_TEST_POSTGRES_URL", server.url()).env("DEVHUB_TEST_FULL", "1")
            }
            (Some(server), _) => command.env("DEVHUB_TEST_POSTGRES_URL", server.url()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOLDS: Step = Step { name: "holds", from: Level::Quick, run: |_| Ok(()) };
    const BREAKS: Step = Step { name: "breaks", from: Level::Quick, run: |_| anyhow::bail!("on purpose") };

    fn words(outcomes: &[(&str, Outcome)]) -> Vec<&'static str> {
        let word = |outcome: &Outcome| match outcome {
            Outcome::Passed(_) => "passed",
            Outcome::Failed(_) => "failed",
            Outcome::NotRun => "not run",
        };
        outcomes.iter().map(|(_, outcome)| word(outcome)).collect()
    }

    #[test]
    fn what_comes_after_a_failure_is_listed_as_not_run() {
        let mut session = Session::new(Level::Quick, Permission::LookOnly);
        let (outcomes, error) = run_all(&[&HOLDS, &BREAKS, &HOLDS], &mut session);
        assert_eq!(words(&outcomes), ["passed", "failed", "not run"]);
        assert_eq!(format!("{:#}", error.unwrap()), "breaks: on purpose");
    }

    #[test]
    fn the_summary_has_a_line_for_each_step() {
        let outcomes = [
            ("format", Outcome::Passed(Duration::from_millis(1_200))),
            ("clippy", Outcome::Failed(Duration::from_secs(61))),
            ("tests", Outcome::NotRun),
        ];
        let text = summary(&outcomes, Duration::from_secs(62));
        let lines: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], ["format", "ok", "1.2", "s"]);
        assert_eq!(lines[1], ["clippy", "FAILED", "1", "min", "01", "s"]);
        assert_eq!(lines[2], ["tests", "not", "run"]);
        assert_eq!(lines[3], ["in", "all", "1", "min", "02", "s"]);
    }

    #[test]
    fn a_quick_session_says_so_to_the_tests_and_hides_a_server_of_the_caller() {
        let mut command = Command::new("true");
        command.env("DEVHUB_TEST_POSTGRES_URL", "postgres://elsewhere");
        Session::new(Level::Quick, Permission::LookOnly).equip(&mut command);
        let set: Vec<_> = command.get_envs().filter_map(|(name, value)| Some((name.to_str()?, value?))).collect();
        assert!(set.contains(&("DEVHUB_TEST_QUICK", "1".as_ref())), "{set:?}");
        assert!(!set.iter().any(|(name, _)| *name == "DEVHUB_TEST_POSTGRES_URL"), "{set:?}");
    }
}
