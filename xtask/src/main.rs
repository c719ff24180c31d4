//! What the workspace does to itself: tests, rules, a throwaway database.
//!
//! `cargo xtask` without a command lists what there is. This crate is compiled before everything else, so that it
//! depends on next to nothing, and on no member of the workspace: it must still run when they do not compile.

mod args;
mod bench;
mod chaos;
mod db;
mod deps;
mod generate;
mod install;
mod postgres;
mod process;
mod test;
mod tidy;
mod ui;

use std::process::ExitCode;

/// One command: what is typed, what it is for, what it runs.
struct Command {
    name: &'static str,
    summary: &'static str,
    run: fn(&[String]) -> anyhow::Result<()>,
}

/// Every command; a new one is a line here and a module.
const COMMANDS: &[Command] = &[
    Command { name: "test", summary: "[--quick|--full] [--no-install]  all tests and checks", run: test::command },
    Command {
        name: "bench",
        summary: "[suite…] [--quick] [--json]  figures, each beside its aim",
        run: bench::command,
    },
    Command {
        name: "chaos",
        summary: "[scenario…] [--rounds N] [--backend sqlite|postgres] [--seed N]  kills, outages, full disks",
        run: chaos::command,
    },
    Command {
        name: "gen",
        summary: "[--check]  docs/{openapi.json,errors.md,events.md} from the code",
        run: generate::command,
    },
    Command { name: "deps", summary: "which crate may depend on which, and where versions stand", run: deps::command },
    Command { name: "tidy", summary: "the rules of the tree that neither rustc nor clippy knows", run: tidy::command },
    Command {
        name: "db",
        summary: "[--print-url]  a throwaway PostgreSQL until Ctrl-C or end of input",
        run: db::command,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        ui::say(&usage());
        return ExitCode::from(2);
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        ui::answer(&usage());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        ui::say(&format!("error: there is no command {name:?}\n{}", usage()));
        return ExitCode::from(2);
    };
    match (command.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ui::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn usage() -> String {
    let lines = COMMANDS.iter().map(|command| format!("  {:<8}{}", command.name, command.summary));
    let mut text = vec!["usage: cargo xtask <command>".to_owned()];
    text.extend(lines);
    text.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usage_has_one_line_for_each_command() {
        let text = usage();
        assert_eq!(text.lines().count(), COMMANDS.len() + 1);
        for command in COMMANDS {
            assert!(text.contains(&format!("\n  {}", command.name)), "{text}");
        }
    }
}
