//! Lock, unlock, revoke: asked for on a page of its own, then done.

use actix_web::{Error, HttpRequest, HttpResponse};
use devhub_domain::api_keys::{ApiKey, ChangedKey, KeyStatus, Scope};
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

/// What can be done to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Lock,
    Unlock,
    Revoke,
}

impl Change {
    const ALL: [Self; 3] = [Self::Lock, Self::Unlock, Self::Revoke];

    /// What the operator can do to a key.
    pub(super) fn offered(signed: &Signed, key: &ApiKey) -> impl Iterator<Item = Self> {
        let possible: &[Self] = match key.status {
            KeyStatus::Active => &[Self::Lock, Self::Revoke],
            // What a key may do is given once more to whoever unlocks it.
            KeyStatus::Locked if signed.scopes().covers(key.scopes) => &[Self::Unlock, Self::Revoke],
            KeyStatus::Locked => &[Self::Revoke],
            KeyStatus::Revoked => &[],
        };
        possible.iter().copied()
    }

    /// The word in addresses.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Revoke => "revoke",
        }
    }

    /// The word on buttons.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Lock => "Lock",
            Self::Unlock => "Unlock",
            Self::Revoke => "Revoke",
        }
    }

    /// What will happen.
    fn lines(self, signed: &Signed, key: &ApiKey) -> [&'static str; 2] {
        let refused = "Requests with this key are refused from the next one on.";
        match self {
            Self::Lock if signed.scopes().covers(key.scopes) => [refused, "You can unlock it again at any time."],
            Self::Lock => [refused, "It has scopes that you lack: only an owner or an admin can unlock it again."],
            Self::Unlock if signed.visit.services.keys.has_expired(key) => {
                ["The lock is taken off.", "The key has expired: requests with it stay refused."]
            }
            Self::Unlock => [
                "Requests with this key are accepted again, from the next one on.",
                "Its scopes and its expiry stay as they were.",
            ],
            Self::Revoke => {
                [refused, "This is final: a revoked key cannot be brought back. Whatever uses it needs a new one."]
            }
        }
    }

    fn notice(self, id: KeyId, changed: &ChangedKey) -> Notice {
        let nodes = changed.receipt.iter().flat_map(|receipt| &receipt.nodes);
        // Rounded up: what took less than a millisecond took one.
        let after_ms = nodes.map(|node| node.after.as_micros().div_ceil(1_000)).max().unwrap_or_default();
        let after_ms = u32::try_from(after_ms).unwrap_or(u32::MAX);
        match self {
            Self::Lock => Notice::KeyLocked(id, after_ms),
            Self::Unlock => Notice::KeyUnlocked(id),
            Self::Revoke => Notice::KeyRevoked(id, after_ms),
        }
    }
}

/// Asks whether it shall be done.
pub(in crate::admin) async fn ask(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let (id, change) = wanted(&req)?;
    signed.asker().require(Scope::KeysWrite).map_err(Problem::from)?;
    let key = find(&signed, id).await?;
    if !Change::offered(&signed, &key).any(|offered| offered == change) {
        return Err(Problem::key_changed(&key).into());
    }
    let query = ListQuery::read(req.query_string(), &signed.visit.services.token_prefix);
    let prefix = signed.visit.services.token_prefix.as_str();
    let mut lines = vec![format!("{prefix}{}, {}.", key.prefix, key.environment)];
    lines.extend(change.lines(&signed, &key).map(str::to_owned));
    lines.extend(retired::sentence(&signed, &key).await?);
    let confirm = Confirm {
        title: format!("{} {}?", change.label(), key.label),
        lines,
        action: query.append_to(&format!("{PATH}/{id}/{}", change.word())),
        token: signed.form_token(),
        button: format!("{} key", change.label()),
        is_danger: change == Change::Revoke,
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
        Change::Lock => writes::run(keys.lock(asker, workspace_id, id)).await,
        Change::Unlock => writes::run(keys.unlock(asker, workspace_id, id)).await,
        Change::Revoke => writes::run(keys.revoke(asker, workspace_id, id)).await,
    };
    let changed = done.map_err(Problem::from)?;
    let back = ListQuery::read(req.query_string(), &signed.visit.services.token_prefix).href();
    Ok(signed.visit.see_other_with(&back, change.notice(id, &changed)))
}

fn wanted(req: &HttpRequest) -> Result<(KeyId, Change), Problem> {
    let id = key_id(req)?;
    let word = req.match_info().get("change").unwrap_or_default();
    let change = Change::ALL.into_iter().find(|change| change.word() == word);
    Ok((id, change.ok_or_else(Problem::route_not_found)?))
}
