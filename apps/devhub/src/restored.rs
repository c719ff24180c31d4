//! A database that was restored from a backup: what is overdue on it waits for a decision, and is not sent by a start.
//!
//! `devhub restore` leaves a mark beside the database. It goes only once everything overdue is withheld and on disk, so that a start
//! that is cut off is followed by one that does it again. A start after a mere crash, or after days of downtime, finds no mark, and
//! sends what is due.
//!
//! Payments of the platform behind OwnPay's API that are due by then end without events: most of them had ended otherwise after the
//! backup, and their receivers were told so.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use devhub_domain::entropy::Entropy;
use devhub_domain::id::JobId;
use devhub_domain::resends::{ESTIMATE_MAX, ResendJobError, Resends};
use devhub_domain::restores::Restores;
use devhub_domain::webhooks::{DeliveryFilter, DeliveryState};
use devhub_domain::workspaces::{Workspace, Workspaces};
use devhub_sandbox::{Sandbox, TimeOuts};

use crate::opened::Opened;
use crate::private_file;
use crate::program::program;

/// Name of the mark in the folder of the database.
const MARK: &str = "hub.restored";
/// What it says to whoever looks into it.
const TEXT: &[u8] =
    b"This database was restored from a backup. The next start withholds overdue deliveries and removes this file.\n";

/// Jobs that are named to who starts the hub; the log names all.
const NAMED_MAX: usize = 10;

/// Which deliveries wait for a decision.
pub(crate) fn withheld() -> DeliveryFilter {
    DeliveryFilter { state: Some(DeliveryState::Withheld), ..DeliveryFilter::default() }
}

/// How many deliveries of these workspaces wait for a decision, of each counted up to [`ESTIMATE_MAX`].
///
/// # Errors
/// The store's own.
pub(crate) fn estimate_withheld(resends: &Resends, workspaces: &[Workspace]) -> Result<u64, ResendJobError> {
    workspaces.iter().map(|workspace| resends.estimate(workspace.id, &withheld())).sum()
}

/// Marks a folder before its database has its name.
///
/// # Errors
/// What the file system says.
pub(crate) fn mark(folder: &Path, entropy: &dyn Entropy) -> io::Result<PathBuf> {
    let path = folder.join(MARK);
    private_file::write(&path, TEXT, entropy)?;
    Ok(path)
}

/// Withholds what is overdue if the database was restored since its last start, and pauses jobs that were running; says which those
/// are. Blocks the thread; before anything is sent.
///
/// # Errors
/// When the database does not answer, or the mark cannot be removed.
pub(crate) fn withhold_if_restored(opened: &Opened, platform: Option<&Sandbox>) -> anyhow::Result<Vec<JobId>> {
    let Some(mark) = opened.places.database_folder.as_ref().map(|folder| folder.join(MARK)) else {
        return Ok(Vec::new());
    };
    if !mark.try_exists().context("the folder of the database cannot be read")? {
        return Ok(Vec::new());
    }
    let restores = Restores::new(Arc::new(opened.database.clone()), opened.clock.clone());
    let count = restores.withhold_all().context("overdue deliveries of the restored database cannot be withheld")?;
    let paused = restores.pause_jobs().context("jobs of the restored database cannot be paused")?;
    for job in &paused {
        tracing::warn!(job.id = %job, "the database was restored: a job that was running is paused");
    }
    if let Some(platform) = platform {
        end_payments(&platform.time_outs)?;
    }
    tracing::warn!(count, "the database was restored: deliveries that are overdue by more than an hour are withheld");
    std::fs::remove_file(&mark)
        .and_then(|()| private_file::sync_folder_of(&mark))
        .with_context(|| format!("{} cannot be removed", mark.display()))?;
    Ok(paused)
}

/// Ends what is due of payments, refunds and disputes, and tells nobody.
fn end_payments(time_outs: &TimeOuts) -> anyhow::Result<()> {
    let mut count = 0;
    loop {
        let passed = time_outs.run_untold().context("payments of the restored database cannot be ended")?;
        count += passed.expired + passed.settled + passed.refunds;
        if !passed.has_more {
            break;
        }
    }
    if count > 0 {
        tracing::warn!(
            count,
            "the database was restored: payments and refunds that were due have ended without events"
        );
    }
    Ok(())
}

/// What to do about jobs that a restore has paused; `None` when there are none.
pub(crate) fn about_paused<Id: ToString>(paused: &[Id]) -> Option<String> {
    let named: Vec<_> = paused.iter().take(NAMED_MAX).map(Id::to_string).collect();
    let more = if paused.len() > NAMED_MAX { " and others" } else { "" };
    (!paused.is_empty()).then(|| {
        format!(
            "{}{more} had been running and is paused since the restore: have it go on with \
             POST /api/hub/v1/deliveries/resends/{{id}}/resume, or end it with …/cancel",
            named.join(", ")
        )
    })
}

/// What to do about deliveries that wait for a decision; `None` when there are none.
///
/// # Errors
/// When the database does not answer.
pub(crate) fn about_withheld(opened: &Opened, resends: &Resends) -> anyhow::Result<Option<String>> {
    let workspaces = Workspaces::new(Arc::new(opened.database.clone()), opened.clock.clone()).list()?;
    let count = estimate_withheld(resends, &workspaces)?;
    let data = opened.places.database_folder.as_ref();
    let data = data.map(|folder| format!(" --data {}", folder.display())).unwrap_or_default();
    Ok((count > 0).then(|| {
        let program = program();
        format!(
            "{} wait for a decision since a restore: send them with `{program} deliveries release{data}`, or give them up with \
             `{program} deliveries close{data}`",
            estimated(count)
        )
    }))
}

/// How many deliveries an estimate says there are, in words.
pub(crate) fn estimated(count: u64) -> String {
    let is_exact = usize::try_from(count).is_ok_and(|count| count < ESTIMATE_MAX);
    if is_exact { counted(count) } else { format!("{count} deliveries or more") }
}

/// How many deliveries, in words.
pub(crate) fn counted(count: u64) -> String {
    if count == 1 { "1 delivery".to_owned() } else { format!("{count} deliveries") }
}
