//! Whether the hub may be sent requests.

use std::sync::atomic::{AtomicBool, Ordering};

use devhub_domain::installation::InstallationTx;
use devhub_domain::store::{UnitOfWork, read};
use devhub_storage::Database;
use devhub_web::{Readiness, Unready};

/// Ready while the database answers and nobody has asked the hub to leave. Migrations are done before anything is served.
pub(crate) struct HubReadiness {
    database: Database,
    is_leaving: AtomicBool,
}

impl HubReadiness {
    /// Ready as long as `database` answers.
    pub(crate) fn new(database: Database) -> Self {
        Self { database, is_leaving: AtomicBool::new(false) }
    }

    /// Says from now on that the hub is leaving, so that a proxy sends requests elsewhere.
    pub(crate) fn leave(&self) {
        self.is_leaving.store(true, Ordering::Release);
    }
}

impl Readiness for HubReadiness {
    fn unready(&self) -> Vec<Unready> {
        let mut unready = Vec::new();
        if self.is_leaving.load(Ordering::Acquire) {
            unready.push(Unready { component: "server", detail: "the hub is shutting down".to_owned() });
        }
        let store: &dyn UnitOfWork<dyn InstallationTx> = &self.database;
        if let Err(error) = read(store, |tx| tx.find_installation()) {
            unready.push(Unready { component: "store", detail: error.to_string() });
        }
        unready
    }
}
