//! How tests of the sandbox open a database, and what they store.

use std::sync::Arc;

use devhub_domain::id::WorkspaceId;
use devhub_domain::sealing::{MasterKey, Sealer};
use devhub_domain::store::{Lane, StoreError, UnitOfWork, read, write};
use devhub_domain::testing::{ManualClock, SeededEntropy};
use devhub_domain::webhooks::NoDispatcher;
use devhub_sandbox::{
    Metadata, Payment, PaymentId, PaymentStatus, PaymentUrls, Sandbox, SandboxParts, SandboxRules, SandboxTx,
    Transaction, TransactionStatus, WebUrl, testing,
};
use devhub_storage::{Database, Options};

use crate::support::{Guard, postgres};

/// A database on the throwaway PostgreSQL with four writers, so that transactions meet.
pub(crate) fn postgres_with_four_writers() -> (Database, Guard) {
    let (database, guard) = postgres();
    database.shutdown();
    let options = Options { writers: 4, batch_max: 1, ..Options::default() };
    (Database::open(&guard.url(), options).unwrap(), guard)
}

/// Writes, and fails the test when the database does.
pub(crate) fn put<R>(database: &Database, body: impl FnMut(&mut dyn SandboxTx) -> Result<R, StoreError>) -> R {
    try_put(database, body).unwrap()
}

/// Writes.
pub(crate) fn try_put<R>(
    database: &Database,
    mut body: impl FnMut(&mut dyn SandboxTx) -> Result<R, StoreError>,
) -> Result<R, StoreError> {
    let store: &dyn UnitOfWork<dyn SandboxTx> = database;
    write(store, Lane::Interactive, |tx| body(tx))
}

/// Reads.
pub(crate) fn look<R>(
    database: &Database,
    mut body: impl FnMut(&mut dyn SandboxTx) -> Result<R, StoreError>,
) -> Result<R, StoreError> {
    let store: &dyn UnitOfWork<dyn SandboxTx> = database;
    read(store, |tx| body(tx))
}

/// The use cases of a node over a database, with a clock that stands still. Each node draws other identifiers.
pub(crate) fn sandbox(database: &Database, clock: &Arc<ManualClock>, node: u64) -> Sandbox {
    Sandbox::new(SandboxParts {
        store: Arc::new(database.clone()),
        dispatcher: Arc::new(NoDispatcher),
        sealer: Arc::new(Sealer::new(&MasterKey::from_bytes([3; 32]))),
        rules: SandboxRules::default(),
        clock: clock.clone(),
        entropy: Arc::new(SeededEntropy::new(node)),
    })
}

pub(crate) fn workspace() -> WorkspaceId {
    payment(1).workspace_id
}

pub(crate) fn payment_id(number: u32) -> PaymentId {
    payment(number).id
}

/// A completed payment that has everything.
pub(crate) fn payment(number: u32) -> Payment {
    let url = |text| Some(WebUrl::parse(text).unwrap());
    Payment {
        status: PaymentStatus::Completed,
        customer: Some(1),
        urls: PaymentUrls {
            callback: url("https://shop.example/?wc-api=ownpay"),
            redirect: url("https://shop.example/paid?order=77"),
            cancel: url("https://shop.example/cart"),
        },
        gateway: Some("test_card".parse().unwrap()),
        metadata: Metadata::from_json(r#"{"order_id":"77"}"#).unwrap(),
        ..testing::payment(number)
    }
}

/// The completed transaction of the payment with this number.
pub(crate) fn transaction(number: u32) -> Transaction {
    let pending = testing::transaction(number.into(), &payment(number));
    Transaction { status: TransactionStatus::Completed, completed_at: Some(pending.created_at), ..pending }
}
