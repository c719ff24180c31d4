//! Keys and endpoints that were taken over from a platform, beside a sandbox that plays one.
//!
//! *Threat:* an imported key and an imported endpoint belong to a real shop. Whoever has the key could have the sandbox take a made-up
//! payment with the number of a real order, and the hub would sign `payment.completed` with the shop's own secret. *Defence:* the
//! sandbox is to be off before anything is imported; each import and `devhub check` say so where it is on. *Not defended:* an operator
//! who does not read it; the two are not refused together, because a hub for tests imports too.

use devhub_domain::audit::AuditFilter;
use devhub_domain::installation::InstallationTx;
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::store::{StoreError, UnitOfWork, read};
use devhub_storage::Database;

/// What to do where both are.
pub(crate) const SANDBOX_IS_ON: &str = "the sandbox is on, so that whoever has an imported key could have this hub sign \
     payment.completed for a real order that nobody has paid: set sandbox.enabled = false and start the hub again";

/// How the audit log calls an import.
const ACTIONS: [&str; 2] = ["key.imported", "endpoint.imported"];

/// Whether anything was ever imported, into any workspace. Blocks the thread.
///
/// # Errors
/// The store's own.
pub(crate) fn has_imports(database: &Database) -> Result<bool, StoreError> {
    let store: &dyn UnitOfWork<dyn InstallationTx> = database;
    read(store, |tx| {
        for workspace in tx.list_workspaces()? {
            for action in ACTIONS {
                // Served by audit_entries_by_action.
                let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
                let page = PageRequest { size: PageSize::ONE, after: None };
                if !tx.list_audit_entries(workspace.id, &filter, page)?.items.is_empty() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    })
}
