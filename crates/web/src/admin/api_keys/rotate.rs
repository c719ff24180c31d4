//! Rotates a key: asked for with a grace, then done once for each form, and its successor is shown once, as a new key is.

use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::{ApiKey, KeyState, RotatedKey, Scope};
use devhub_domain::grace::Grace;
use devhub_domain::idempotency::{Answer, Fingerprint, OnceError, Outcome};
use devhub_domain::workspaces::local;

use super::generate::{already_shown, shown_list};
use super::issued::Issued;
use super::one_key::{find, key_id, shown_prefix};
use super::page::KeysPage;
use super::query::{ListQuery, PATH};
use crate::admin::components::{Alert, Select, Shell, Tone};
use crate::admin::form_id::{self, FormKey};
use crate::admin::menu::Place;
use crate::admin::signed::{Signed, Submitted};
use crate::problem_body::Problem;
use crate::writes;

/// Where a rotation is asked for; a script shows it in a dialog of the list, as it does with questions.
#[derive(Template)]
#[template(path = "admin/api_keys/rotate.html")]
pub(in crate::admin) struct RotatePage {
    shell: Shell,
    title: String,
    lines: Vec<String>,
    grace: Select,
    action: String,
    token: String,
    /// Names this form, so that it makes one key however often it is sent.
    form_id: String,
    cancel: String,
}

/// How long the old key may go on, in seconds.
const GRACES: [(&str, &str); 6] = [
    ("0", "Not at all"),
    ("3600", "For 1 hour"),
    ("86400", "For 1 day"),
    ("259200", "For 3 days"),
    ("604800", "For 7 days"),
    ("2592000", "For 30 days"),
];

/// Whether the operator can rotate a key: whoever could issue it, while it has neither ended nor a successor.
pub(super) fn is_offered(signed: &Signed, key: &ApiKey) -> bool {
    let keys = &signed.visit.services.keys;
    let is_over = keys.state(key) == KeyState::Revoked || keys.has_expired(key);
    !is_over && key.retirement.is_none() && signed.scopes().covers(key.scopes)
}

/// Asks how long the old key shall go on.
pub(in crate::admin) async fn ask(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let id = key_id(&req)?;
    signed.asker().require(Scope::KeysWrite).map_err(Problem::from)?;
    let key = find(&signed, id).await?;
    if !is_offered(&signed, &key) {
        return Err(Problem::key_changed(&key).into());
    }
    let services = &signed.visit.services;
    let prefix = services.token_prefix.as_str();
    let query = ListQuery::read(req.query_string(), &services.token_prefix);
    let page = RotatePage {
        shell: signed.shell(format!("Rotate {}?", key.label), Place::DeveloperHub),
        title: format!("Rotate {}?", key.label),
        lines: lines(&key, prefix),
        grace: Select::new("grace", "The old key goes on working", &GRACES, "86400"),
        action: query.append_to(&format!("{PATH}/{id}/rotate")),
        token: signed.form_token(),
        form_id: form_id::generate(services.clock.now(), &*services.entropy),
        cancel: query.href(),
    };
    Ok(signed.visit.page(StatusCode::OK, &page)?)
}

fn lines(key: &ApiKey, prefix: &str) -> Vec<String> {
    let mut lines = vec![
        format!("{prefix}{}, {}.", key.prefix, key.environment),
        "A new key with the same label, scopes and expiry takes its place, and is shown once.".to_owned(),
    ];
    if key.expires_at.is_some() {
        lines.push("The old key never works beyond its own expiry.".to_owned());
    }
    if key.status == devhub_domain::api_keys::KeyStatus::Locked {
        lines.push("The key is locked, and the new one will be too.".to_owned());
    }
    lines
}

/// Does it, and shows the successor.
pub(in crate::admin) async fn rotate(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Error> {
    let id = key_id(&req)?;
    let Submitted { signed, fields } = form;
    signed.asker().require(Scope::KeysWrite).map_err(Problem::from)?;
    let services = &signed.visit.services;
    let key = FormKey::of(&signed, fields.text("form_id"))?;
    let seconds = fields.text("grace");
    let grace = seconds.parse().ok().and_then(|seconds| Grace::from_seconds(seconds).ok());
    let grace = grace.ok_or_else(Problem::form_expired)?;
    let prepared = services.keys.rotate(signed.asker(), signed.workspace_id(), id, grace).map_err(Problem::from)?;
    let fingerprint = Fingerprint::of("POST /admin/developer/api-keys/rotate", format!("{id}\0{seconds}").as_bytes());
    let request = key.asks(fingerprint);
    match writes::run(services.idempotency.once(request, prepared, remembered)).await {
        Ok(Outcome::Done(rotated)) => Ok(show(signed, &rotated).await?),
        Ok(Outcome::Replayed(answer)) => Ok(already_shown(signed, &answer).await?),
        Err(error @ OnceError::KeyReused) => Err(Problem::from(error).into()),
        Err(OnceError::Change(error)) => Err(Problem::from(error).into()),
    }
}

/// What is kept of the answer: that there was one.
fn remembered(rotated: &RotatedKey) -> Answer {
    Answer { status: StatusCode::OK.as_u16(), body: rotated.issued.key.id.to_string().into_bytes() }
}

async fn show(signed: Signed, rotated: &RotatedKey) -> Result<HttpResponse, Problem> {
    let list = shown_list(&signed).await;
    let issued = Some(Issued::new(&signed, &rotated.issued));
    let alert = Some(about_old(&signed, &rotated.retired));
    let page = KeysPage { issued, alert, ..KeysPage::new(&signed, list) };
    signed.visit.page(StatusCode::OK, &page)
}

fn about_old(signed: &Signed, old: &ApiKey) -> Alert {
    let old_key = shown_prefix(signed, old);
    if signed.visit.services.keys.has_expired(old) {
        return Alert {
            tone: Tone::Warn,
            title: format!("{old_key} is refused from now on."),
            text: "Put the new key wherever the old one was.".to_owned(),
        };
    }
    let until = old.expires_at.map(|at| local(at, &signed.workspace.time_zone)).unwrap_or_default();
    Alert {
        tone: Tone::Info,
        title: format!("{old_key} works until {until} ({}).", signed.workspace.time_zone),
        text: "Put the new key wherever the old one is. Revoking the old one tells who still calls with it.".to_owned(),
    }
}

#[cfg(test)]
impl crate::admin::components::Sample for RotatePage {
    const TEMPLATE: &'static str = "admin/api_keys/rotate.html";

    fn samples() -> Vec<Self> {
        vec![Self {
            shell: crate::admin::components::shell_sample("Rotate WooCommerce Plugin?"),
            title: "Rotate WooCommerce Plugin?".to_owned(),
            lines: vec!["op_8ae87c48, live.".to_owned(), "A new key takes its place.".to_owned()],
            grace: Select::new("grace", "The old key goes on working", &GRACES, "86400"),
            action: "/admin/developer/api-keys/key_06b6rk0004s4g1s0d5ju9o6m0k/rotate".to_owned(),
            token: "token-of-the-session".to_owned(),
            form_id: "form-id".to_owned(),
            cancel: PATH.to_owned(),
        }]
    }
}
