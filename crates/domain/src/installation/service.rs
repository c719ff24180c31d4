//! Opens an installation, or makes it at the first start.

use super::{Installation, InstallationTx};
use crate::access::Asker;
use crate::api_keys::Pepper;
use crate::entropy::Entropy;
use crate::id::WorkspaceId;
use crate::sealing::{Place, SealError, Sealer};
use crate::store::{Lane, StoreError, UnitOfWork, write};
use crate::time::Clock;
use crate::workspaces::{NewWorkspace, TimeZone, WorkspaceName, begin_log};

/// Where the pepper stands. The row is always the same one.
const PEPPER: Place<'_> = Place { table: "installation", column: "sealed_pepper", row: b"1" };

/// An opened installation.
#[derive(Clone, Debug)]
pub struct Installed {
    /// The key of token digests.
    pub pepper: Pepper,
    /// The workspace that was made at setup.
    pub default_workspace_id: WorkspaceId,
    /// Whether this call made it.
    pub is_new: bool,
}

/// Why an installation does not open.
#[derive(Debug, thiserror::Error)]
pub enum InstallationError {
    /// The master key does not fit this store.
    #[error("the installation does not open")]
    Sealed(#[from] SealError),
    /// The store failed.
    #[error("the installation cannot be read")]
    Store(#[from] StoreError),
}

impl InstallationError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Sealed(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

/// Opens the installation, making it with a default workspace and a fresh pepper when the store is empty.
///
/// # Errors
/// [`InstallationError::Sealed`] when the master key is another than the one at setup, and the store's own.
///
/// # Panics
/// Never: the default workspace has a valid name.
pub fn open_or_install(
    store: &dyn UnitOfWork<dyn InstallationTx>,
    sealer: &Sealer,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Installed, InstallationError> {
    let now = clock.now();
    let pepper = Pepper::generate(entropy);
    let name = WorkspaceName::new("Default").expect("the name is within its bounds");
    let workspace = NewWorkspace { name, time_zone: TimeZone::utc(), owner: None }.begun(now, entropy);
    let new = Installation {
        sealed_pepper: sealer.seal(pepper.expose(), PEPPER, entropy),
        default_workspace_id: workspace.id,
        created_at: now,
    };
    let (installation, is_new) = write(store, Lane::Interactive, |tx| {
        if let Some(found) = tx.find_installation()? {
            return Ok::<_, StoreError>((found, false));
        }
        tx.insert_workspace(&workspace)?;
        begin_log(tx, &Asker::SYSTEM, &workspace)?;
        tx.insert_installation(&new)?;
        Ok((new.clone(), true))
    })?;
    let opened = sealer.open(&installation.sealed_pepper, PEPPER)?;
    let bytes = opened.as_slice().try_into().or(Err(SealError::Damaged))?;
    Ok(Installed { pepper: Pepper::from_bytes(bytes), default_workspace_id: installation.default_workspace_id, is_new })
}
