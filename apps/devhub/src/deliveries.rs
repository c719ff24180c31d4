//! `devhub deliveries`.

use std::iter;

use clap::Subcommand;

use crate::cli::Ending;
use crate::config::Settings;
use crate::control::{Action, Reply};
use crate::opened::{ask_hub_or_open, unexpected};
use crate::restored::{about_paused, counted, estimated};
use crate::terminal::Terminal;

/// What can be done with deliveries that were overdue when the database was restored.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum DeliveryCommand {
    /// Says how many wait for a decision
    Withheld,
    /// Withholds what waits and is overdue by more than an hour: after a restore of PostgreSQL, before the hub is started
    Withhold,
    /// Sends those that wait for a decision, few at a time, as a job for each workspace
    Release,
    /// Gives those that wait for a decision up
    Close,
}

/// Carries a command out, in the running hub when there is one.
///
/// # Errors
/// Whatever refuses, in its words.
pub(crate) fn run_delivery_command(
    settings: &Settings,
    command: DeliveryCommand,
    terminal: Terminal,
) -> anyhow::Result<Ending> {
    let action = match command {
        DeliveryCommand::Withheld => Action::CountWithheld,
        DeliveryCommand::Withhold => Action::WithholdOverdue,
        DeliveryCommand::Release => Action::ReleaseWithheld,
        DeliveryCommand::Close => Action::CloseWithheld,
    };
    match (ask_hub_or_open(settings, action.clone())?.reply, action) {
        (Reply::Deliveries { count }, Action::CloseWithheld) => {
            terminal.line(format_args!("{} given up", counted(count)))?;
        }
        (Reply::Withheld { count, paused }, Action::WithholdOverdue) => {
            terminal.line(format_args!("{} withheld", counted(count)))?;
            about_paused(&paused).into_iter().try_for_each(|about| terminal.line(about))?;
        }
        (Reply::Deliveries { count }, _) => {
            terminal.line(format_args!("{} waiting for a decision", estimated(count)))?;
        }
        (Reply::ResendJob { id, count, others, refused }, _) => {
            for (id, count) in iter::once((id, count)).chain(others) {
                terminal.line(format_args!("{id} sends {}; a running hub carries it out", estimated(count)))?;
            }
            refused.iter().try_for_each(|refused| terminal.warning(refused))?;
            return Ok(if refused.is_empty() { Ending::Done } else { Ending::Warned });
        }
        _ => return Err(unexpected()),
    }
    Ok(Ending::Done)
}
