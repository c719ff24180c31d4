//! Carries a change out once, however often it is asked for.
//!
//! *Threat:* an answer is lost on the way and the caller repeats its request: a second key, a second delivery; the same key with
//! another body is answered with the first, and its content is lost; a secret is shown again to whoever repeats a request.
//! *Defence:* the answer is kept in the transaction that changed something, so that one is there if and only if the other is; the
//! body's fingerprint is compared; what is kept holds no secret, and its hashes are keyed with the installation's pepper, so that
//! nobody who reads the database can try bodies against them. *Not defended:* a repetition after more than [`KEPT_FOR`].
//! *Source:* draft-ietf-httpapi-idempotency-key-header.

use std::marker::PhantomData;
use std::sync::Arc;

use super::{Answer, Answers, Caller, Fingerprint, IdempotencyKey, KEPT_FOR, RecordedAnswer};
use crate::api_keys::Pepper;
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, write};
use crate::time::{Clock, Timestamp};
use crate::tx::{Narrow, Tx};

/// Answers removed in one transaction: the bound of the background lane.
const PURGE_ROWS: usize = 500;

/// Domain separation: the pepper also keys the digests of tokens, which never start with this.
const SEAL_CONTEXT: &str = "devhub 2026-11 idempotency seal v1";

/// One request, as its caller names it.
#[derive(Clone, Copy, Debug)]
pub struct OnceRequest {
    /// Who asks.
    pub caller: Caller,
    /// How it names the request.
    pub key: IdempotencyKey,
    /// What it asks.
    pub fingerprint: Fingerprint,
}

/// What a change fails with that is carried out once.
#[derive(Debug, thiserror::Error)]
pub enum OnceError<E> {
    /// The caller has used the key for another request.
    #[error("this Idempotency-Key was already used for another request: use a new one")]
    KeyReused,
    /// The change itself failed, and nothing is kept: the same request may be sent again.
    #[error(transparent)]
    Change(E),
}

impl<E: From<StoreError>> From<StoreError> for OnceError<E> {
    fn from(error: StoreError) -> Self {
        Self::Change(error.into())
    }
}

/// What became of a request.
#[derive(Debug)]
pub enum Outcome<O> {
    /// It was carried out now.
    Done(O),
    /// It was carried out before, and answered so.
    Replayed(Answer),
}

/// A change over the port `P` that is carried out once for each request, within a wider transaction `W`.
pub struct Once<W: ?Sized, P: ?Sized, C, R> {
    change: C,
    request: OnceRequest,
    now: Timestamp,
    render: R,
    ports: PhantomData<fn(&mut W, &mut P)>,
}

impl<W: ?Sized, P: ?Sized, C, R> std::fmt::Debug for Once<W, P, C, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Once").field("request", &self.request).finish_non_exhaustive()
    }
}

impl<W, P, C, R> Change<W> for Once<W, P, C, R>
where
    W: ?Sized + Answers + Narrow<P>,
    P: ?Sized,
    C: Change<P>,
    R: FnMut(&C::Output) -> Answer + Send,
{
    type Output = Outcome<C::Output>;
    type Error = OnceError<C::Error>;

    fn apply(&mut self, tx: &mut W) -> Result<Self::Output, Self::Error> {
        let OnceRequest { caller, key, fingerprint } = &self.request;
        if let Some(recorded) = tx.answers().find_answer(*caller, key)?.filter(|recorded| recorded.stands(self.now)) {
            let is_same = recorded.fingerprint == *fingerprint;
            return if is_same { Ok(Outcome::Replayed(recorded.answer)) } else { Err(OnceError::KeyReused) };
        }
        let output = self.change.apply(tx.narrow()).map_err(OnceError::Change)?;
        tx.answers().put_answer(&RecordedAnswer {
            caller: *caller,
            key: *key,
            fingerprint: *fingerprint,
            answer: (self.render)(&output),
            created_at: self.now,
        })?;
        Ok(Outcome::Done(output))
    }

    fn committed(&mut self, outcome: &mut Self::Output) {
        if let Outcome::Done(output) = outcome {
            self.change.committed(output);
        }
    }

    fn unsettled(&mut self, outcome: &mut Self::Output) {
        if let Outcome::Done(output) = outcome {
            self.change.unsettled(output);
        }
    }
}

/// The use cases of idempotency keys.
#[derive(Clone)]
pub struct Idempotency {
    store: Arc<dyn UnitOfWork<dyn Tx>>,
    pepper: Pepper,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Idempotency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Idempotency").finish_non_exhaustive()
    }
}

impl Idempotency {
    /// The use cases over a store, keyed with an installation's pepper.
    pub fn new(store: Arc<dyn UnitOfWork<dyn Tx>>, pepper: Pepper, clock: Arc<dyn Clock>) -> Self {
        Self { store, pepper, clock }
    }

    /// Makes of a change one that is carried out once for `request`.
    ///
    /// `render` makes the answer that is kept and given to whoever repeats the request: it must hold no secret. It runs within the
    /// transaction, perhaps more than once.
    ///
    /// *Repeat:* the same request gets [`Outcome::Replayed`] for [`KEPT_FOR`]. One that failed may be sent again.
    ///
    /// # Errors
    /// [`OnceError::KeyReused`] for another request with the same key, and those of the change.
    pub fn once<P, C, R>(
        &self,
        request: OnceRequest,
        prepared: Prepared<P, C>,
        render: R,
    ) -> Prepared<dyn Tx, Once<dyn Tx, P, C, R>>
    where
        P: ?Sized + 'static,
        dyn Tx: Narrow<P>,
        C: Change<P>,
        R: FnMut(&C::Output) -> Answer + Send,
    {
        Prepared::new(Arc::clone(&self.store), Lane::Interactive, self.wrap(request, prepared.into_change(), render))
    }

    /// The same for a change of a wider transaction than this store's, such as one of a crate that builds on this one: it stays with its
    /// own store and lane, whose transactions lend their recorded answers.
    ///
    /// # Errors
    /// As for [`Idempotency::once`].
    pub fn once_in<W, C, R>(
        &self,
        request: OnceRequest,
        prepared: Prepared<W, C>,
        render: R,
    ) -> Prepared<W, Once<W, W, C, R>>
    where
        W: ?Sized + Answers + Narrow<W> + 'static,
        C: Change<W>,
        R: FnMut(&C::Output) -> Answer + Send,
    {
        prepared.map(|change| self.wrap(request, change, render))
    }

    fn wrap<W: ?Sized, P: ?Sized, C, R>(&self, request: OnceRequest, change: C, render: R) -> Once<W, P, C, R> {
        let request = OnceRequest {
            key: IdempotencyKey::from_bytes(self.sealed(request.key.as_bytes())),
            fingerprint: Fingerprint(self.sealed(&request.fingerprint.0)),
            ..request
        };
        Once { change, request, now: self.clock.now(), render, ports: PhantomData }
    }

    fn sealed(&self, hash: &[u8; 32]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(self.pepper.expose());
        *hasher.update(SEAL_CONTEXT.as_bytes()).update(hash).finalize().as_bytes()
    }

    /// Removes answers that are kept no longer, 500 at most; `true` when there may be more.
    ///
    /// # Errors
    /// The store's own.
    pub fn purge(&self) -> Result<bool, StoreError> {
        let made_before = self.clock.now().minus(KEPT_FOR);
        let rows = write(&*self.store, Lane::Background, |tx| tx.delete_answers(made_before, PURGE_ROWS))?;
        Ok(rows == PURGE_ROWS)
    }
}
