//! Keeps a second hub off one PostgreSQL until hubs tell each other of changes.
//!
//! *Threat:* two hubs on one database, of which the second goes on accepting a key that was revoked on the first.
//! *Defence:* a hub that starts looks for another one's heartbeat and refuses. *Not defended:* two that start in the same moment.

use std::time::Duration;

use anyhow::bail;
use devhub_domain::store::{StoreError, UnitOfWork, read};
use devhub_domain::webhooks::{DeliveryTx, Session};
use devhub_storage::Database;

/// How long to look: a living hub beats every two seconds.
const WATCH_FOR: Duration = Duration::from_secs(3);
/// How often to look.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Refuses when another hub lives on this database. A folder has one owner anyway, so nothing is looked for there.
///
/// # Errors
/// When another one lives, and the store's own.
pub(crate) async fn refuse_second_node(database: &Database, allows_several: bool) -> anyhow::Result<()> {
    if database.has_one_owner() || allows_several {
        return Ok(());
    }
    let before = sessions(database)?;
    if before.is_empty() {
        return Ok(());
    }
    let looks = WATCH_FOR.as_millis() / LOOK_EVERY.as_millis();
    for _ in 0..looks {
        tokio::time::sleep(LOOK_EVERY).await;
        if has_living(&before, &sessions(database)?) {
            bail!(
                "another hub is running on this PostgreSQL: stop it first. Several hubs on one database are not finished, a key \
                 that one revokes is still accepted by the others; nodes.experimental = true allows it all the same"
            );
        }
    }
    Ok(())
}

/// Whether a session has beaten, or a new one has come.
fn has_living(before: &[Session], now: &[Session]) -> bool {
    now.iter().any(|session| !before.contains(session))
}

fn sessions(database: &Database) -> Result<Vec<Session>, StoreError> {
    let store: &dyn UnitOfWork<dyn DeliveryTx> = database;
    read(store, |tx| tx.list_sessions())
}

#[cfg(test)]
mod tests {
    use devhub_domain::id::SessionId;
    use devhub_domain::time::Timestamp;

    use super::*;

    fn session(id: u8, beats: i64) -> Session {
        Session { id: SessionId::from_bytes([id; 16]), started_at: Timestamp::default(), beats }
    }

    #[test]
    fn a_session_that_beats_is_a_living_hub() {
        assert!(has_living(&[session(1, 5)], &[session(1, 6)]));
    }

    #[test]
    fn a_session_that_comes_is_a_living_hub() {
        assert!(has_living(&[session(1, 5)], &[session(1, 5), session(2, 0)]));
    }

    #[test]
    fn what_a_killed_hub_left_behind_is_no_hub() {
        assert!(!has_living(&[session(1, 5)], &[session(1, 5)]));
        assert!(!has_living(&[session(1, 5)], &[]));
    }
}
