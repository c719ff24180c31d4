//! Publishes what the hub tells of keys.

use super::key_events::content;
use super::operational_service::told;
use super::{Event, EventTx, EventType, ExternalId};
use crate::api_keys::{Heard, KeyTold};
use crate::store::StoreError;
use crate::webhooks::Delivery;

/// Publishes what became of a key to every endpoint that wants it: what [`ApiKeyTx::tell`](crate::api_keys::ApiKeyTx::tell) does in a
/// store that keeps events. The deliveries wait for whoever claims them: call `wake()` on the dispatcher after the commit.
///
/// What is told once is stored also if no endpoint wants it, under an external id of its own. *Not defended:* a publisher of the
/// workspace that takes this external id before hides the event.
///
/// # Errors
/// [`StoreError::Conflict`] when the id is taken, and the store's own.
pub fn tell_of_key(tx: &mut (impl EventTx + ?Sized), what: &KeyTold) -> Result<Heard, StoreError> {
    let event_type = EventType::known(what.name());
    let targets = tx.list_targets(what.workspace_id)?;
    let wanted: Vec<_> = targets.into_iter().filter(|target| target.endpoint.wants(&event_type)).collect();
    let external_id: Option<ExternalId> = what.once().and_then(|once| once.parse().ok());
    if wanted.is_empty() && external_id.is_none() {
        return Ok(Heard::Nobody);
    }
    let event = told(event_type, what.workspace_id, &content(what), (what.id, what.at));
    let event = Event { external_id, ..event };
    let deliveries: Vec<_> = wanted.iter().map(|target| Delivery::born(&event, &target.endpoint, None)).collect();
    if !tx.insert_event_with(&event, &deliveries)? {
        return if event.external_id.is_some() { Ok(Heard::Before) } else { Err(StoreError::Conflict("events.id")) };
    }
    Ok(if deliveries.is_empty() { Heard::Nobody } else { Heard::Waits })
}
