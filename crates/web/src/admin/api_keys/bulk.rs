//! Lock, unlock or revoke the keys that were ticked: asked for on a page of its own, then done.

use actix_web::{Error, HttpRequest, HttpResponse};
use devhub_domain::api_keys::{
    ApiKey, ApiKeyError, BULK_KEYS_MAX, BulkChange, BulkFate, BulkOutcome, BulkTarget, Transition,
};
use devhub_domain::id::KeyId;
use url::form_urlencoded;

use super::query::{ListQuery, PATH};
use super::status::label;
use crate::admin::components::Confirm;
use crate::admin::confirm::ConfirmPage;
use crate::admin::menu::Place;
use crate::admin::notice::Notice;
use crate::admin::signed::{Signed, Submitted};
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

/// Most labels in a question.
const LABELS_MAX: usize = 10;

/// What was ticked, and what shall become of it.
struct Wanted {
    transition: Transition,
    ids: Vec<KeyId>,
    query: ListQuery,
}

/// Asks whether it shall be done.
pub(in crate::admin) async fn ask_many(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let wanted = Wanted::read(&req, &signed)?;
    if wanted.ids.is_empty() {
        return Ok(signed.visit.see_other_with(&wanted.query.href(), Notice::NoKeyChosen));
    }
    let (outcome, keys) = preview(&signed, &wanted).await?;
    let changed = labels(&outcome, &keys, |fate| matches!(fate, BulkFate::Changed(_)));
    let kept = labels(&outcome, &keys, |fate| !matches!(fate, BulkFate::Changed(_)));
    let mut lines = vec![listed(&changed)];
    if !kept.is_empty() {
        lines.push(format!("These stay as they are: {}", listed(&kept)));
    }
    lines.push(wanted.consequence().to_owned());
    let noun = if changed.len() == 1 { "key" } else { "keys" };
    let verb = label(wanted.transition);
    let confirm = Confirm {
        title: format!("{verb} {} {noun}?", changed.len()),
        lines,
        action: wanted.action(),
        token: signed.form_token(),
        button: format!("{verb} {} {noun}", changed.len()),
        is_danger: wanted.transition == Transition::Revoke,
        cancel: wanted.query.href(),
    };
    Ok(ConfirmPage::answer(signed, Place::DeveloperHub, confirm)?)
}

/// Does it.
pub(in crate::admin) async fn change_many(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Error> {
    let signed = form.signed;
    let wanted = Wanted::read(&req, &signed)?;
    let keys = &signed.visit.services.keys;
    let prepared = keys.change_many(signed.asker(), signed.workspace_id(), wanted.change()).map_err(Problem::from)?;
    let outcome = writes::run(prepared).await.map_err(Problem::from)?;
    let changed = outcome.results.iter().filter(|result| matches!(result.fate, BulkFate::Changed(_))).count();
    let count = u16::try_from(changed).unwrap_or(u16::MAX);
    let notice = match wanted.transition {
        Transition::Lock => Notice::KeysLocked(count),
        Transition::Unlock => Notice::KeysUnlocked(count),
        Transition::Revoke => Notice::KeysRevoked(count),
    };
    Ok(signed.visit.see_other_with(&wanted.query.href(), notice))
}

/// What would become of each key, and the keys.
async fn preview(signed: &Signed, wanted: &Wanted) -> Result<(BulkOutcome, Vec<ApiKey>), Problem> {
    let (keys, asker, workspace_id) = (signed.visit.services.keys.clone(), signed.asker(), signed.workspace_id());
    let change = wanted.change();
    let look = move || {
        let outcome = keys.preview_many(asker, workspace_id, change)?;
        let found = outcome.results.iter().filter_map(|result| keys.find(workspace_id, result.id).ok()).collect();
        Ok::<_, ApiKeyError>((outcome, found))
    };
    Ok(blocking::run(look).await?)
}

/// The labels of those keys that have such a fate.
fn labels<'k>(outcome: &BulkOutcome, keys: &'k [ApiKey], is_meant: impl Fn(BulkFate) -> bool) -> Vec<&'k str> {
    let meant = outcome.results.iter().filter(|result| is_meant(result.fate));
    let label = |id| keys.iter().find(|key| key.id == id).map(|key| key.label.as_str());
    meant.filter_map(|result| label(result.id)).collect()
}

fn listed(labels: &[&str]) -> String {
    let shown = labels.iter().take(LABELS_MAX).copied().collect::<Vec<_>>().join(", ");
    match labels.len().saturating_sub(LABELS_MAX) {
        0 if shown.is_empty() => "None of the chosen keys can be changed so.".to_owned(),
        0 => format!("{shown}."),
        more => format!("{shown}, and {more} more."),
    }
}

impl Wanted {
    fn read(req: &HttpRequest, signed: &Signed) -> Result<Self, Problem> {
        let pairs: Vec<_> = form_urlencoded::parse(req.query_string().as_bytes()).collect();
        let change = pairs.iter().find(|(name, _)| name == "change");
        let transition = change.and_then(|(_, word)| Transition::parse(word)).ok_or_else(Problem::route_not_found)?;
        let ids = pairs.iter().filter(|(name, _)| name == "ids").filter_map(|(_, id)| id.parse().ok());
        let query = ListQuery::read(req.query_string(), &signed.visit.services.token_prefix);
        // One more than may be, so that the use case says so.
        Ok(Self { transition, ids: ids.take(BULK_KEYS_MAX + 1).collect(), query })
    }

    fn change(&self) -> BulkChange {
        BulkChange { transition: self.transition, target: BulkTarget::Keys(self.ids.clone()) }
    }

    fn action(&self) -> String {
        let ids = self.ids.iter().map(|id| ("ids", id.to_string()));
        let change = ("change", self.transition.as_str().to_owned());
        self.query.append_with(&format!("{PATH}/bulk"), [change].into_iter().chain(ids))
    }

    const fn consequence(&self) -> &'static str {
        match self.transition {
            Transition::Lock => "Requests with these keys are refused from the next one on, until they are unlocked.",
            Transition::Unlock => "Requests with these keys are accepted again, unless they have expired.",
            Transition::Revoke => {
                "Requests with these keys are refused from the next one on. This is final: whatever uses them needs new ones."
            }
        }
    }
}
