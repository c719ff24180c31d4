//! Keeps a second hub off one PostgreSQL until hubs tell each other of changes.
//!
//! *Threat:* two hubs on one database, of which the second goes on accepting a key that was revoked on the first.
//! *Defence:* a hub claims the database for itself before it serves, and refuses when another one has. *Not defended:* what
//! [`SoleNode`] says, chiefly a second hub that starts after the database server was restarted under the first.

use std::time::Duration;

use anyhow::{Context as _, bail};
use devhub_storage::{Database, SoleNode};

/// How often to try: the server needs a moment to notice that a killed hub, which is being restarted here, is gone.
const TRIES_MAX: u32 = 8;
/// Pause between tries.
const TRY_EVERY: Duration = Duration::from_millis(250);

/// Claims the database for this hub, which must keep the claim for as long as it lives. `None` where several may share it.
///
/// # Errors
/// When another one has claimed it, and the database's own.
pub(crate) async fn refuse_second_node(database: &Database, allows_several: bool) -> anyhow::Result<Option<SoleNode>> {
    if allows_several {
        return Ok(None);
    }
    for tries in 1..=TRIES_MAX {
        let claim = database.sole_node().context("the database cannot be claimed for this hub")?;
        if claim.is_some() {
            return Ok(claim);
        }
        if tries < TRIES_MAX {
            tokio::time::sleep(TRY_EVERY).await;
        }
    }
    bail!(
        "another hub is running on this PostgreSQL: stop it first. Several hubs on one database are not finished, a key that \
         one revokes is still accepted by the others; nodes.experimental = true allows it all the same"
    )
}
