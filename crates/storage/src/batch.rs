//! Group commit: many jobs, one transaction.
//!
//! A few jobs share a savepoint, for nearly all succeed and a savepoint costs half as much as a job. When one of them fails, all are
//! undone and run again in savepoints of their own, so that one that fails leaves no trace while the others commit; a batch of one
//! needs none. Everybody is answered after the commit.
//!
//! The failure rule: when the connection is lost, or SQLite may have rolled back on its own (disk full, I/O error, no memory), or a
//! statement of transaction control fails, or a job panics, the batch ends at once. No further job runs, for it might commit alone;
//! everybody in the batch is told that nothing was written; the connection is dropped, which rolls back what was open.
//! *Not defended:* a connection to PostgreSQL that breaks during COMMIT leaves unknown whether it happened, and a COMMIT of SQLite
//! whose sync fails may turn out to be on disk all the same; the callers are told that nothing was written, and the identifiers of their rows make a repetition a conflict instead of a double.

use std::panic::{AssertUnwindSafe, catch_unwind};

use devhub_domain::causes::chain;
use devhub_domain::store::{Lane, StoreError};

use crate::error::WriterError;
use crate::link::{Failure, Link, outcome};
use crate::queue::{Entry, Job};

/// How often a job is run again that was in the way of other transactions.
const RERUNS_MAX: u32 = 3;

/// Jobs that share a savepoint: as many are run twice when one of them fails.
const SHARED_MAX: usize = 16;

/// How a savepoint ends. Two statements in one string are one exchange with PostgreSQL.
struct Ends {
    kept: &'static str,
    /// A savepoint that was rolled back to is open again.
    undone: &'static str,
}

/// Before more jobs.
const NEXT: Ends = Ends { kept: "RELEASE SAVEPOINT job; SAVEPOINT job", undone: "ROLLBACK TO SAVEPOINT job" };
/// After the last job. A commit releases the savepoints that are open.
const LAST: Ends = Ends { kept: "COMMIT", undone: "ROLLBACK TO SAVEPOINT job; COMMIT" };

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
    let mut pieces = pieces(entries).peekable();
    while let Some(piece) = pieces.next() {
        let ends = if pieces.peek().is_some() { &NEXT } else { &LAST };
        link = run_piece(link, piece, ends, &mut verdicts)?;
    }
    Ok((link, verdicts))
}

/// The jobs of a batch that share a savepoint. Those of the background touch many rows, and those that were in the way of others may
/// be so again: they are no burden to anybody else.
fn pieces<L>(entries: &mut [Entry<L>]) -> impl Iterator<Item = &mut [Entry<L>]> {
    let shares = |entry: &Entry<L>| entry.lane != Lane::Background && entry.reruns == 0;
    let runs = entries.chunk_by_mut(move |one, next| shares(one) && shares(next));
    runs.flat_map(|run| run.chunks_mut(SHARED_MAX))
}

/// Runs jobs in one savepoint, as if all of them were to succeed; where one does not, all are undone and run again, each by itself.
fn run_piece<L: Link>(
    mut link: L,
    piece: &mut [Entry<L>],
    ends: &Ends,
    verdicts: &mut Vec<Verdict>,
) -> Result<L, Lost> {
    if piece.len() > 1 {
        let succeed;
        (link, succeed) = run_shared(link, piece)?;
        if succeed {
            control(&mut link, ends.kept)?;
            verdicts.extend(piece.iter().map(|_| Verdict::Finish(Ok(()))));
            return Ok(link);
        }
        control(&mut link, NEXT.undone)?;
    }
    let last = piece.len().saturating_sub(1);
    for (position, entry) in piece.iter_mut().enumerate() {
        let verdict;
        (link, verdict) = run_one(link, entry)?;
        let ends = if position == last { ends } else { &NEXT };
        control(&mut link, if is_kept(&verdict) { ends.kept } else { ends.undone })?;
        verdicts.push(verdict);
    }
    Ok(link)
}

/// Runs jobs one after the other until one fails; says whether none has.
fn run_shared<L: Link>(mut link: L, piece: &mut [Entry<L>]) -> Result<(L, bool), Lost> {
    for entry in piece {
        let verdict;
        (link, verdict) = run_one(link, entry)?;
        if !is_kept(&verdict) {
            return Ok((link, false));
        }
    }
    Ok((link, true))
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
