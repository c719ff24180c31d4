//! Group commit: many jobs, one transaction.
//!
//! Each job runs in a savepoint of its own, so that one that fails leaves no trace while the others commit; a batch of one needs
//! none. Everybody is answered after the commit.
//!
//! The failure rule: when the connection is lost, or SQLite may have rolled back on its own (disk full, I/O error, no memory), or a
//! statement of transaction control fails, or a job panics, the batch ends at once. No further job runs, for it might commit alone;
//! everybody in the batch is told that nothing was written; the connection is dropped, which rolls back what was open.
//! *Not defended:* a connection to PostgreSQL that breaks during COMMIT leaves unknown whether it happened, and a COMMIT of SQLite
//! whose sync fails may turn out to be on disk all the same; the callers are told that nothing was written, and the identifiers of their rows make a repetition a conflict instead of a double.

use std::panic::{AssertUnwindSafe, catch_unwind};

use devhub_domain::causes::chain;
use devhub_domain::store::StoreError;

use crate::error::WriterError;
use crate::link::{Failure, Link, outcome};
use crate::queue::{Entry, Job};

/// How often a job is run again that was in the way of other transactions.
const RERUNS_MAX: u32 = 3;

/// The batch was given up, and why.
struct Lost(String);

/// What becomes of one job, if the batch commits.
enum Verdict {
    Finish(Result<(), StoreError>),
    Rerun,
}

/// What is left of a batch.
pub(crate) struct Ran<L> {
    /// The connection, unless it was lost.
    pub(crate) link: Option<L>,
    /// Jobs to be run in a later batch.
    pub(crate) again: Vec<Entry<L>>,
}

/// Runs jobs in the transaction that has just begun on `link`, commits, and finishes each.
pub(crate) fn run<L: Link>(link: L, mut entries: Vec<Entry<L>>) -> Ran<L> {
    match run_all(link, &mut entries) {
        Ok((link, verdicts)) => Ran { link: Some(link), again: settle(entries, verdicts) },
        Err(Lost(cause)) => {
            refuse(entries, &WriterError::BatchLost(cause));
            Ran { link: None, again: Vec::new() }
        }
    }
}

/// Finishes jobs that cannot be run.
pub(crate) fn refuse<L>(entries: Vec<Entry<L>>, cause: &WriterError) {
    for entry in entries {
        entry.job.finish(Err(cause.clone().into()));
    }
}

fn settle<L>(entries: Vec<Entry<L>>, verdicts: Vec<Verdict>) -> Vec<Entry<L>> {
    let mut again = Vec::new();
    for (entry, verdict) in entries.into_iter().zip(verdicts) {
        match verdict {
            Verdict::Finish(outcome) => entry.job.finish(outcome),
            Verdict::Rerun if entry.reruns < RERUNS_MAX => again.push(Entry { reruns: entry.reruns + 1, ..entry }),
            Verdict::Rerun => entry.job.finish(Err(WriterError::Contended(entry.reruns + 1).into())),
        }
    }
    again
}

fn run_all<L: Link>(link: L, entries: &mut [Entry<L>]) -> Result<(L, Vec<Verdict>), Lost> {
    match entries {
        [only] => run_alone(link, only),
        many => run_together(link, many),
    }
}

fn run_alone<L: Link>(link: L, entry: &mut Entry<L>) -> Result<(L, Vec<Verdict>), Lost> {
    let (mut link, verdict) = run_one(link, entry)?;
    control(&mut link, if is_kept(&verdict) { "COMMIT" } else { "ROLLBACK" })?;
    Ok((link, vec![verdict]))
}

fn run_together<L: Link>(mut link: L, entries: &mut [Entry<L>]) -> Result<(L, Vec<Verdict>), Lost> {
    let mut verdicts = Vec::with_capacity(entries.len());
    control(&mut link, "SAVEPOINT job")?;
    let last = entries.len().saturating_sub(1);
    for (position, entry) in entries.iter_mut().enumerate() {
        let (back, verdict) = run_one(link, entry)?;
        link = back;
        // Two statements in one string: one exchange with PostgreSQL. A savepoint that was rolled back to is open again.
        control(
            &mut link,
            match (is_kept(&verdict), position == last) {
                (true, false) => "RELEASE SAVEPOINT job; SAVEPOINT job",
                (true, true) => "RELEASE SAVEPOINT job; COMMIT",
                (false, false) => "ROLLBACK TO SAVEPOINT job",
                (false, true) => "ROLLBACK TO SAVEPOINT job; RELEASE SAVEPOINT job; COMMIT",
            },
        )?;
        verdicts.push(verdict);
    }
    Ok((link, verdicts))
}

const fn is_kept(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Finish(Ok(())))
}

fn control<L: Link>(link: &mut L, sql: &str) -> Result<(), Lost> {
    link.control(sql).map_err(|error| Lost(chain(&error)))
}

fn run_one<L: Link>(link: L, entry: &mut Entry<L>) -> Result<(L, Verdict), Lost> {
    let (mut link, own) = run_job(link, &mut entry.job)?;
    // Asked for even after success: the job may have gone on after a statement that failed.
    match link.take_failure() {
        Some(Failure::Lost(cause)) => Err(Lost(cause)),
        Some(Failure::Contended(_)) => Ok((link, Verdict::Rerun)),
        failure => Ok((link, Verdict::Finish(outcome(own, failure)))),
    }
}

fn run_job<L: Link>(mut link: L, job: &mut Job<L>) -> Result<(L, Result<(), StoreError>), Lost> {
    let panicked = || Lost("a job panicked".to_owned());
    match job {
        Job::Owned(job) => match catch_unwind(AssertUnwindSafe(|| job.run(&mut link))) {
            Ok(own) => Ok((link, own)),
            // What the panic says was reported by the hook of the program; the connection goes with this frame.
            Err(_payload) => Err(panicked()),
        },
        Job::Lent(ticket) => ticket.run(link).ok_or_else(panicked),
    }
}
