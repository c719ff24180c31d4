//! A store in memory that tells of each write, and can be made to fail.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use devhub_domain::id::{SessionId, WorkspaceId};
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::store::{Body, Lane, StoreError, UnitOfWork, read, write};
use devhub_domain::testing::MemoryStore;
use devhub_domain::webhooks::{Delivery, DeliveryFilter, DeliveryTx};
use tokio::sync::watch;

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(10);

/// A store of deliveries that tells of each write.
pub(crate) struct Store {
    pub(crate) memory: MemoryStore,
    writes: watch::Sender<usize>,
    failures: AtomicUsize,
    trouble: Mutex<Option<(Trouble, usize)>>,
}

/// What becomes of a write.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    /// It is refused, as it will always be.
    Refusal,
    /// Whoever asks for it breaks down.
    Panic,
}

impl Store {
    pub(crate) fn new() -> Self {
        Self {
            memory: MemoryStore::default(),
            writes: watch::Sender::new(0),
            failures: AtomicUsize::new(0),
            trouble: Mutex::default(),
        }
    }

    /// Lets the next `count` writes fail.
    pub(crate) fn fail(&self, count: usize) {
        self.failures.store(count, Ordering::SeqCst);
    }

    /// Lets the next `count` writes come to this.
    pub(crate) fn trouble(&self, trouble: Trouble, count: usize) {
        *self.trouble.lock().unwrap() = Some((trouble, count));
    }

    /// What the next write comes to.
    fn next_trouble(&self) -> Option<Trouble> {
        let mut trouble = self.trouble.lock().unwrap();
        let (next, count) = trouble.take()?;
        *trouble = count.checked_sub(2).map(|left| (next, left + 1));
        Some(next)
    }

    /// How many writes are still to fail.
    pub(crate) fn failures(&self) -> usize {
        self.failures.load(Ordering::SeqCst)
    }

    /// How many writes of deliveries there were.
    pub(crate) fn writes(&self) -> usize {
        *self.writes.borrow()
    }

    /// All deliveries of a workspace, newest first.
    pub(crate) fn deliveries(&self, workspace_id: WorkspaceId) -> Vec<Delivery> {
        let page = PageRequest { after: None, size: PageSize::new(100).unwrap() };
        let store: &dyn UnitOfWork<dyn DeliveryTx> = &self.memory;
        let listed: Result<_, StoreError> =
            read(store, |tx| tx.list_deliveries(workspace_id, &DeliveryFilter::default(), page));
        listed.unwrap().items
    }

    /// Writes a delivery that a session holds; `false` when it does not hold it.
    pub(crate) fn overwrite(&self, session_id: SessionId, delivery: &Delivery) -> bool {
        let store: &dyn UnitOfWork<dyn DeliveryTx> = &self.memory;
        let written: Result<_, StoreError> =
            write(store, Lane::Delivery, |tx| tx.record_delivery(session_id, delivery));
        written.unwrap()
    }

    /// Waits until all deliveries of a workspace are as `wanted`.
    #[track_caller]
    pub(crate) fn until(
        &self,
        workspace_id: WorkspaceId,
        wanted: fn(&Delivery) -> bool,
    ) -> impl Future<Output = Vec<Delivery>> {
        let mut writes = self.writes.subscribe();
        let at = std::panic::Location::caller();
        async move {
            let found = async {
                loop {
                    writes.borrow_and_update();
                    let deliveries = self.deliveries(workspace_id);
                    if deliveries.iter().all(wanted) {
                        return deliveries;
                    }
                    writes.changed().await.unwrap();
                }
            };
            let found = tokio::time::timeout(PATIENCE, found).await;
            found.unwrap_or_else(|_| panic!("waited in vain at {at}: {:#?}", self.deliveries(workspace_id)))
        }
    }

    /// Waits until `find` finds something, and asks again after each write.
    pub(crate) async fn written<T>(&self, find: impl Fn() -> Option<T>) -> T {
        let mut writes = self.writes.subscribe();
        let found = async {
            loop {
                writes.borrow_and_update();
                if let Some(found) = find() {
                    return found;
                }
                writes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, found).await.expect("it happens in time")
    }
}

impl UnitOfWork<dyn DeliveryTx> for Store {
    fn read(&self, body: &mut Body<'_, dyn DeliveryTx>) -> Result<(), StoreError> {
        self.memory.read(body)
    }

    fn write(&self, lane: Lane, body: &mut Body<'_, dyn DeliveryTx>) -> Result<(), StoreError> {
        let fails = self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if fails {
            return Err(StoreError::unavailable("the test says so"));
        }
        match self.next_trouble() {
            Some(Trouble::Refusal) => {
                return Err(StoreError::Corrupt {
                    table: "attempts",
                    column: "any",
                    id: "the test says so".to_owned(),
                });
            }
            Some(Trouble::Panic) => panic!("the test says so"),
            None => {}
        }
        let outcome = self.memory.write(lane, body);
        self.writes.send_modify(|writes| *writes += 1);
        outcome
    }
}
