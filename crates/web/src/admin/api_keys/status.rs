//! Lock, unlock, revoke: asked for on a page of its own, then done.

use actix_web::{Error, HttpRequest, HttpResponse};
use devhub_domain::api_keys::{ApiKey, ChangedKey, KeyStatus, Scope, Transition};
use devhub_domain::id::KeyId;

use super::one_key::{find, key_id};
use super::query::{ListQuery, PATH};
use super::retired;
use crate::admin::components::Confirm;
use crate::admin::confirm::ConfirmPage;
use crate::admin::menu::Place;
use crate::admin::notice::Notice;
use crate::admin::signed::{Signed, Submitted};
use crate::problem_body::Problem;
use crate::writes;

/// What the operator can do to a key.
pub(super) fn offered(signed: &Signed, key: &ApiKey) -> impl Iterator<Item = Transition> {
    let possible: &[Transition] = match key.status {
        KeyStatus::Active => &[Transition::Lock, Transition::Revoke],
        // What a key may do is given once more to whoever unlocks it.
        KeyStatus::Locked if signed.scopes().covers(key.scopes) => &[Transition::Unlock, Transition::Revoke],
        KeyStatus::Locked => &[Transition::Revoke],
        KeyStatus::Revoked => &[],
    };
    possible.iter().copied()
}

/// The word on buttons.
pub(super) const fn label(transition: Transition) -> &'static str {
    match transition {
        Transition::Lock => "Lock",
        Transition::Unlock => "Unlock",
        Transition::Revoke => "Revoke",
    }
}

/// What will happen.
fn consequences(transition: Transition, signed: &Signed, key: &ApiKey) -> [&'static str; 2] {
    let refused = "Requests with this key are refused from the next one on.";
    match transition {
        Transition::Lock if signed.scopes().covers(key.scopes) => [refused, "You can unlock it again at any time."],
        Transition::Lock => [refused, "It has scopes that you lack: only an owner or an admin can unlock it again."],
        Transition::Unlock if signed.visit.services.keys.has_expired(key) => {
            ["The lock is taken off.", "The key has expired: requests with it stay refused."]
        }
        Transition::Unlock => [
            "Requests with this key are accepted again, from the next one on.",
            "Its scopes and its expiry stay as they were.",
        ],
        Transition::Revoke => {
            [refused, "This is final: a revoked key cannot be brought back. Whatever uses it needs a new one."]
        }
    }
}

fn notice(transition: Transition, id: KeyId, changed: &ChangedKey) -> Notice {
    let nodes = changed.receipt.iter().flat_map(|receipt| &receipt.nodes);
    // Rounded up: what took less than a millisecond took one.
    let after_ms = nodes.map(|node| node.after.as_micros().div_ceil(1_000)).max().unwrap_or_default();
    let after_ms = u32::try_from(after_ms).unwrap_or(u32::MAX);
    match transition {
        Transition::Lock => Notice::KeyLocked(id, after_ms),
        Transition::Unlock => Notice::KeyUnlocked(id),
        Transition::Revoke => Notice::KeyRevoked(id, after_ms),
    }
}

/// Asks whether it shall be done.
pub(in crate::admin) async fn ask(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let (id, change) = wanted(&req)?;
    signed.asker().require(Scope::KeysWrite).map_err(Problem::from)?;
    let key = find(&signed, id).await?;
    if !offered(&signed, &key).any(|offered| offered == change) {
        return Err(Problem::key_changed(&key).into());
    }
    let query = ListQuery::read(req.query_string(), &signed.visit.services.token_prefix);
    let prefix = signed.visit.services.token_prefix.as_str();
    let mut lines = vec![format!("{prefix}{}, {}.", key.prefix, key.environment)];
    lines.extend(consequences(change, &signed, &key).map(str::to_owned));
    lines.extend(retired::sentence(&signed, &key).await?);
    let confirm = Confirm {
        title: format!("{} {}?", label(change), key.label),
        lines,
        action: query.append_to(&format!("{PATH}/{id}/{}", change.as_str())),
        token: signed.form_token(),
        button: format!("{} key", label(change)),
        is_danger: change == Transition::Revoke,
        cancel: query.href(),
    };
    Ok(ConfirmPage::answer(signed, Place::DeveloperHub, confirm)?)
}

/// Does it.
pub(in crate::admin) async fn change(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Error> {
    let (id, change) = wanted(&req)?;
    let signed = form.signed;
    let (keys, asker, workspace_id) = (&signed.visit.services.keys, signed.asker(), signed.workspace_id());
    let done = match change {
        Transition::Lock => writes::run(keys.lock(asker, workspace_id, id)).await,
        Transition::Unlock => writes::run(keys.unlock(asker, workspace_id, id)).await,
        Transition::Revoke => writes::run(keys.revoke(asker, workspace_id, id)).await,
    };
    let changed = done.map_err(Problem::from)?;
    let back = ListQuery::read(req.query_string(), &signed.visit.services.token_prefix).href();
    Ok(signed.visit.see_other_with(&back, notice(change, id, &changed)))
}

fn wanted(req: &HttpRequest) -> Result<(KeyId, Transition), Problem> {
    let id = key_id(req)?;
    let word = req.match_info().get("change").unwrap_or_default();
    let change = Transition::parse(word);
    Ok((id, change.ok_or_else(Problem::route_not_found)?))
}
