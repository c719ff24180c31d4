//! Publishes what the hub itself has to tell.

use serde_json::{Value, json};

use super::{Event, EventTx, EventType, Operational, Payload};
use crate::id::{EventId, WorkspaceId};
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::webhooks::Delivery;

/// Publishes what the hub has to tell about a delivery, or about its endpoint, to every other endpoint that wants it; `false`, and
/// nothing is stored, when none does. The deliveries wait for whoever claims them: call `wake()` on the dispatcher after the commit.
pub(crate) fn publish_operational(
    tx: &mut (impl EventTx + ?Sized),
    about: &Delivery,
    what: &Operational<'_>,
    (id, at): (EventId, Timestamp),
) -> Result<bool, StoreError> {
    let event_type = EventType::known(what.name());
    let targets = tx.list_targets(about.workspace_id)?;
    let wanted = targets.into_iter().filter(|target| target.endpoint.wants(&event_type));
    let others: Vec<_> = wanted.filter(|target| target.endpoint.id != about.endpoint_id).collect();
    if others.is_empty() {
        return Ok(false);
    }
    let event = told(event_type, about.workspace_id, &what.content(about), (id, at));
    let deliveries: Vec<_> = others.iter().map(|target| Delivery::born(&event, &target.endpoint, None)).collect();
    if !tx.insert_event_with(&event, &deliveries)? {
        return Err(StoreError::Conflict("events.id"));
    }
    Ok(true)
}

/// The event that tells this.
pub(super) fn told(
    event_type: EventType,
    workspace_id: WorkspaceId,
    content: &Value,
    (id, at): (EventId, Timestamp),
) -> Event {
    let payload = json!({
        "event": event_type.as_str(),
        "event_id": id.to_string(),
        "created_at": at.to_string(),
        "data": content,
    });
    let payload = Payload::from_stored(payload.to_string().into_bytes());
    Event { id, workspace_id, event_type, external_id: None, payload, accepted_at: at }
}
