//! How a thread that waits for its write joins the writer's batch: the writer lends it the connection.
//!
//! The body of a synchronous write borrows from its caller's stack, so it can run on the caller's thread only. The connection goes
//! there and comes back through two channels; if the caller panics, both channels close and the connection is lost with them,
//! which the writer sees and treats as any other lost connection.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use devhub_domain::store::StoreError;

use crate::error::WriterError;

enum Turn<L> {
    /// The body's turn: the transaction is open on this connection.
    Run(L),
    /// The batch is over.
    Done(Result<(), StoreError>),
}

/// The writer's end: stands in the queue.
pub(crate) struct Ticket<L> {
    turns: SyncSender<Turn<L>>,
    returns: Receiver<(L, Result<(), StoreError>)>,
}

/// The caller's end: waits.
pub(crate) struct Caller<L> {
    turns: Receiver<Turn<L>>,
    returns: SyncSender<(L, Result<(), StoreError>)>,
}

/// Two ends of one synchronous write.
pub(crate) fn pair<L>() -> (Ticket<L>, Caller<L>) {
    let (turns, turns_end) = sync_channel(1);
    let (returns, returns_end) = sync_channel(1);
    (Ticket { turns, returns: returns_end }, Caller { turns: turns_end, returns })
}

impl<L> Ticket<L> {
    /// Lends the connection out for one run of the body; `None` when it does not come back.
    pub(crate) fn run(&self, link: L) -> Option<(L, Result<(), StoreError>)> {
        self.turns.send(Turn::Run(link)).ok()?;
        self.returns.recv().ok()
    }

    /// Ends the caller's wait.
    pub(crate) fn finish(self, outcome: Result<(), StoreError>) {
        // A caller that is gone has panicked: nobody is left to tell.
        drop(self.turns.send(Turn::Done(outcome)));
    }
}

impl<L> Caller<L> {
    /// Waits, and runs the body each time the connection comes.
    pub(crate) fn wait(self, body: &mut dyn FnMut(&mut L) -> Result<(), StoreError>) -> Result<(), StoreError> {
        loop {
            match self.turns.recv() {
                Ok(Turn::Run(mut link)) => {
                    let own = body(&mut link);
                    // A writer that is gone closes the other channel as well: the next turn says so.
                    drop(self.returns.send((link, own)));
                }
                Ok(Turn::Done(outcome)) => return outcome,
                Err(_closed) => return Err(WriterError::BatchLost("the writer has ended".to_owned()).into()),
            }
        }
    }
}
