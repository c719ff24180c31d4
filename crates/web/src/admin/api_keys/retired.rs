//! What its rotation left of a key: its successor, the end of its grace, and who still calls with it.

use devhub_domain::api_keys::{ApiKey, ApiKeyError, ApiKeys, KeyState, Retirement, Stragglers};
use devhub_domain::workspaces::{TimeZone, local};

use super::one_key::shown_prefix;
use super::query::PATH;
use crate::admin::components::{Fact, FactValue, Facts};
use crate::admin::moments::moment;
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;

/// What is read of a key that was rotated.
pub(super) struct Left {
    retirement: Retirement,
    /// `None` for one that was removed.
    successor: Option<ApiKey>,
    stragglers: Stragglers,
}

/// The same as the page of the key draws it.
pub(super) struct Retired {
    pub(super) lead: &'static str,
    pub(super) facts: Facts,
}

impl Left {
    /// Reads it; `None` for a key that has no successor. Blocks.
    pub(super) fn read(keys: &ApiKeys, key: &ApiKey) -> Result<Option<Self>, ApiKeyError> {
        let Some(retirement) = key.retirement else {
            return Ok(None);
        };
        let successor = match keys.find(key.workspace_id, retirement.successor_id) {
            Ok(successor) => Some(successor),
            Err(ApiKeyError::NotFound(_)) => None,
            Err(error) => return Err(error),
        };
        let stragglers = keys.stragglers(key.workspace_id, key.id)?;
        Ok(Some(Self { retirement, successor, stragglers }))
    }
}

impl Retired {
    pub(super) fn of(signed: &Signed, key: &ApiKey, left: &Left) -> Self {
        let zone = &signed.workspace.time_zone;
        let keys = &signed.visit.services.keys;
        let is_over = keys.has_expired(key);
        let text = left.successor.as_ref().map_or_else(
            || left.retirement.successor_id.to_string(),
            |successor| format!("{} ({})", successor.label, shown_prefix(signed, successor)),
        );
        let mut items = vec![
            Fact::new("Successor", FactValue::Link { href: format!("{PATH}/{}", left.retirement.successor_id), text }),
            Fact::new("Rotated", FactValue::Moment(moment(left.retirement.rotated_at, zone))),
        ];
        let end = if is_over { "Grace ended" } else { "Grace ends" };
        items.extend(key.expires_at.map(|at| Fact::new(end, FactValue::Moment(moment(at, zone)))));
        items.extend(callers(&left.stragglers, zone));
        Self { lead: lead(keys.state(key)), facts: Facts { items } }
    }
}

const fn lead(state: KeyState) -> &'static str {
    match state {
        KeyState::Active | KeyState::Retiring => {
            "It is accepted until its grace ends: whoever still calls with it has to change over before."
        }
        KeyState::Locked | KeyState::Expired | KeyState::Revoked => {
            "It is not accepted: whoever still calls with it is refused."
        }
    }
}

fn callers(stragglers: &Stragglers, zone: &TimeZone) -> Vec<Fact> {
    let name = "Calls since then";
    let Some(last_at) = stragglers.last_at else {
        return vec![Fact::text(name, "None")];
    };
    let mut items = vec![
        Fact::text(name, stragglers.calls.to_string()),
        Fact::new("Last call", FactValue::Moment(moment(last_at, zone))),
    ];
    items.extend(stragglers.last_address.map(|address| Fact::new("From", FactValue::Code(address.to_string()))));
    items.extend(stragglers.last_user_agent.clone().map(|program| Fact::text("By", program)));
    items
}

/// Who has called with a key since it was rotated, in a sentence; `None` for one that has no successor.
pub(super) async fn sentence(signed: &Signed, key: &ApiKey) -> Result<Option<String>, Problem> {
    if key.retirement.is_none() {
        return Ok(None);
    }
    let (keys, workspace_id, id) = (signed.visit.services.keys.clone(), signed.workspace_id(), key.id);
    let told = blocking::run(move || keys.stragglers(workspace_id, id)).await?;
    let Some(last_at) = told.last_at else {
        return Ok(Some("Nobody has called with it since it was rotated.".to_owned()));
    };
    let zone = &signed.workspace.time_zone;
    let from = told.last_address.map(|address| format!(" from {address}")).unwrap_or_default();
    let by = told.last_user_agent.map(|program| format!(" by {program}")).unwrap_or_default();
    let times = if told.calls == 1 { "once".to_owned() } else { format!("{} times", told.calls) };
    let last = local(last_at, zone);
    Ok(Some(format!("Called {times} since it was rotated, last at {last} ({zone}){from}{by}.")))
}

#[cfg(test)]
pub(super) fn sample() -> Retired {
    use devhub_domain::id::KeyId;
    use devhub_domain::time::Timestamp;

    let stragglers = Stragglers {
        calls: 3,
        last_at: Some(Timestamp::from_seconds(1_795_514_400)),
        last_address: Some([203, 0, 113, 9].into()),
        last_user_agent: Some("<script>".to_owned()),
        ..Stragglers::none(KeyId::from_bytes([1; 16]))
    };
    let facts = Facts { items: callers(&stragglers, &TimeZone::utc()) };
    Retired { lead: lead(KeyState::Retiring), facts }
}
