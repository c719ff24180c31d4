//! `POST /api/hub/v1/keys/bulk`: lock, unlock or revoke many keys.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::api_keys::{
    BulkChange, BulkFate, BulkOutcome, BulkResult, BulkTarget, KeyStatus, TokenPrefix, Transition,
};
use devhub_domain::id::KeyId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::path::HttpMethod;

use super::filter::FilterInput;
use super::receipt::ReceiptBody;
use crate::auth::{Caller, KeysWrite};
use crate::openapi::{KeyIdText, KeyStatusWord, KeyTransitionWord, Operation};
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, Reply, Text, ok, parse};
use crate::services::Services;
use crate::{blocking, once};

/// A change of many keys.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkChange)]
pub(super) struct ChangeMany {
    /// What shall become of each.
    #[schema(value_type = KeyTransitionWord)]
    action: String,
    /// Which keys; either this or `filter`.
    #[schema(value_type = Option<Vec<KeyIdText>>, min_items = 1, max_items = 100)]
    ids: Option<Vec<String>>,
    /// Which keys: those that it wants and the action would change, newest first, 500 at once. Something must be set.
    filter: Option<FilterInput>,
    /// The `next_cursor` of the answer before, to go on behind keys that were refused; only with `filter`.
    #[schema(min_length = 1, max_length = 128)]
    cursor: Option<String>,
    /// Whether only to tell what would become of each key: nothing is changed then.
    #[serde(default)]
    #[schema(required = false)]
    dry_run: bool,
}

impl ChangeMany {
    fn check(&self, prefix: &TokenPrefix) -> Result<BulkChange, Problem> {
        let mut invalid = Invalid::default();
        let transition = Transition::parse(&self.action).ok_or("must be lock, unlock or revoke");
        let transition = invalid.check("action", transition);
        let target = self.target(prefix, &mut invalid);
        let (Some(transition), Some(target)) = (transition, target) else {
            return Err(invalid.into());
        };
        invalid.finish()?;
        Ok(BulkChange { transition, target })
    }

    fn target(&self, prefix: &TokenPrefix, invalid: &mut Invalid) -> Option<BulkTarget> {
        let cursor = self.cursor.as_deref().map(|text| text.parse().or(Err("must be a next_cursor of such a change")));
        let after = cursor.and_then(|cursor| invalid.check("cursor", cursor));
        match (&self.ids, &self.filter) {
            (Some(_), None) if self.cursor.is_some() => {
                invalid.refuse("cursor", "cursor goes with a filter only".to_owned());
                None
            }
            (Some(ids), None) if ids.is_empty() => {
                invalid.refuse("ids", "ids must not be empty".to_owned());
                None
            }
            (Some(ids), None) => {
                let ids = ids.iter().map(|text| text.parse::<KeyId>().or(Err("must be the id of a key")));
                invalid.check_all("ids", ids).map(BulkTarget::Keys)
            }
            (None, Some(filter)) => {
                Some(BulkTarget::Matches { filter: filter.check("filter.", prefix, invalid), after })
            }
            (None, None) | (Some(_), Some(_)) => {
                invalid.refuse("ids", "either ids or filter must be set, and not both".to_owned());
                None
            }
        }
    }
}

/// What became of many keys, or would.
#[derive(Serialize, ToSchema)]
#[schema(as = BulkOutcome)]
pub(super) struct BulkBody {
    /// Whether nothing was changed: this is what would be.
    dry_run: bool,
    /// How many keys have another status now.
    #[schema(minimum = 0)]
    changed: usize,
    /// How many had it already.
    #[schema(minimum = 0)]
    unchanged: usize,
    /// How many were left as they are.
    #[schema(minimum = 0)]
    refused: usize,
    /// What became of each key, oldest first.
    #[schema(max_items = 500)]
    results: Vec<ResultBody>,
    /// How many more keys the filter wants: send the same again, or go on with `next_cursor`. Counted up to 10,000.
    #[schema(minimum = 0, maximum = 10000)]
    remaining: usize,
    /// What `cursor` takes for those; null when every key was reached.
    next_cursor: Option<String>,
    /// Which nodes obey; null of a dry run, and when the answer is repeated.
    receipt: Option<ReceiptBody>,
}

/// What became of one key.
#[derive(Serialize, ToSchema)]
#[schema(as = BulkResult)]
pub(super) struct ResultBody {
    id: KeyIdText,
    /// What became of it.
    #[schema(value_type = BulkFateWord)]
    outcome: &'static str,
    /// The status that it has now; null when it was refused.
    #[schema(value_type = Option<KeyStatusWord>)]
    status: Option<&'static str>,
    /// Why it was refused, with the code that the change of this key alone would be refused with; `revision_stale` when somebody changed
    /// it after the filter had found it; null when it was not refused.
    code: Option<&'static str>,
}

/// What becomes of one key of a bulk change.
#[derive(ToSchema)]
#[schema(as = BulkFate, rename_all = "snake_case")]
#[expect(dead_code, reason = "it stands in the document only")]
pub(super) enum BulkFateWord {
    Changed,
    Unchanged,
    Refused,
}

impl BulkBody {
    fn new(outcome: &BulkOutcome, dry_run: bool) -> Self {
        let results: Vec<_> = outcome.results.iter().map(ResultBody::from).collect();
        let count = |word| results.iter().filter(|result| result.outcome == word).count();
        Self {
            dry_run,
            changed: count("changed"),
            unchanged: count("unchanged"),
            refused: count("refused"),
            remaining: outcome.remaining,
            next_cursor: outcome.next.map(|id| id.to_string()),
            receipt: outcome.receipt.as_ref().map(ReceiptBody::from),
            results,
        }
    }
}

impl From<&BulkResult> for ResultBody {
    fn from(result: &BulkResult) -> Self {
        let (outcome, status, code) = match result.fate {
            BulkFate::Changed(status) => ("changed", Some(status), None),
            BulkFate::Unchanged(status) => ("unchanged", Some(status), None),
            BulkFate::Refused(code) => ("refused", None, Some(code)),
        };
        Self { id: Text(result.id), outcome, status: status.map(KeyStatus::as_str), code }
    }
}

pub(super) async fn change(
    caller: Caller<KeysWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let demand = incoming.demand(services.limits.body_bytes_max, services.limits).await?;
    let wanted = parse::<ChangeMany>(&demand.body)?;
    let change = wanted.check(&services.token_prefix)?;
    let (keys, asker, workspace_id) = (services.keys.clone(), caller.asker(), caller.workspace_id);
    if wanted.dry_run {
        let preview = blocking::run(move || keys.preview_many(asker, workspace_id, change)).await?;
        return Ok(ok(&BulkBody::new(&preview, true)));
    }
    let prepared = keys.change_many(asker, workspace_id, change)?;
    let changed = |outcome: &BulkOutcome, _| Reply::ok(&BulkBody::new(outcome, false));
    Ok(once::run(&services, caller.key_id, demand, prepared, changed).await?.answer)
}

pub(super) fn operation() -> Operation {
    let more = "All of it in one transaction, and each key as if it were asked for alone: one that the caller could not change is \
                left as it is, and named with the code. The next request with a key that was locked or revoked is refused. A filter \
                reaches at most 500 keys at once: `remaining` says how many are left, and sending the same again goes on. With \
                `dry_run` nothing is changed, and what would be is told.";
    let body = json!({
        "action": "revoke",
        "filter": { "owner": "checkout team", "unused_since": "2026-06-01T00:00:00Z" },
        "dry_run": true,
    });
    let id = "key_06b6rk0004s4g1s0d5ju9o6m0k";
    let outcome = json!({
        "dry_run": true,
        "changed": 1,
        "unchanged": 0,
        "refused": 0,
        "results": [{ "id": id, "outcome": "changed", "status": "revoked", "code": null }],
        "remaining": 0,
        "next_cursor": null,
        "receipt": null,
    });
    Operation::new(HttpMethod::Post, "/api/hub/v1/keys/bulk", "changeKeys")
        .needs::<KeysWrite>("Locks, unlocks or revokes many keys.", more)
        .takes::<ChangeMany>(body)
        .takes_within::<FilterInput>()
        .answers::<BulkBody>("200", "What became of each key.", outcome)
        .once()
}
