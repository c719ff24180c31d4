//! Generates a key, once for each form however often it is sent.
//!
//! *Threat:* the page with the key is reloaded, or asked for again by going back, and shows the key again or makes a second one.
//! *Defence:* the form has an id of its own, under which the change is kept without its secret (`once`): whoever sends it again is told
//! that the key was shown. *Not defended:* what a browser without scripts keeps in memory of a page until it is closed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use devhub_domain::api_keys::{
    ALLOW_LIST_MAX, ApiKeyError, Environment, IssuedKey, Label, NewApiKey, Owner, Scope, ScopeSet,
};
use devhub_domain::idempotency::{Answer, Fingerprint, OnceError, Outcome};
use devhub_domain::rate::{NetworkFault, parse_network};
use devhub_domain::time::Timestamp;
use devhub_domain::workspaces::end_of_day;
use ipnet::IpNet;

use super::issued::Issued;
use super::list::listing;
use super::one_key::shown_prefix;
use super::page::{GenerateForm, KeysPage, Listing};
use super::query::ListQuery;
use crate::admin::components::{Alert, Tone};
use crate::admin::fields::Fields;
use crate::admin::form_errors::{self, Refusable, Wrong};
use crate::admin::form_id::FormKey;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

/// The form as it was sent.
pub(super) struct Typed {
    pub(super) label: String,
    pub(super) scopes: ScopeSet,
    pub(super) environment: String,
    pub(super) expires: String,
    pub(super) expires_on: String,
    pub(super) owner: String,
    pub(super) allow_list: String,
}

/// Generates a key and shows it.
pub(in crate::admin) async fn generate(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    signed.asker().require(Scope::KeysWrite)?;
    let typed = Typed::of(&fields);
    let key = FormKey::of(&signed, fields.text("form_id"))?;
    let new = match typed.check(&signed) {
        Ok(new) => new,
        Err(wrong) => return refuse(signed, &typed, wrong).await,
    };
    let request = key.asks(typed.fingerprint());
    let prepared = match signed.visit.services.keys.issue(signed.asker(), signed.workspace_id(), new) {
        Ok(prepared) => prepared,
        Err(error) => return refuse_issue(signed, &typed, error).await,
    };
    match writes::run(signed.visit.services.idempotency.once(request, prepared, remembered)).await {
        Ok(Outcome::Done(issued)) => show(signed, &issued).await,
        Ok(Outcome::Replayed(answer)) => already_shown(signed, &answer).await,
        Err(OnceError::KeyReused) => refuse(signed, &typed, vec![("label", USED.to_owned())]).await,
        Err(OnceError::Change(error)) => refuse_issue(signed, &typed, error).await,
    }
}

const USED: &str = "This form has made a key already. Look at what you have changed, then send it again.";

/// What is kept of the answer: that there was one.
fn remembered(issued: &IssuedKey) -> Answer {
    Answer { status: StatusCode::OK.as_u16(), body: issued.key.id.to_string().into_bytes() }
}

async fn show(signed: Signed, issued: &IssuedKey) -> Result<HttpResponse, Problem> {
    let list = shown_list(&signed).await;
    let page = KeysPage { issued: Some(Issued::new(&signed, issued)), ..KeysPage::new(&signed, list) };
    signed.visit.page(StatusCode::OK, &page)
}

/// The list beside a key that is there, and can be shown this one time: better without the list than not at all.
pub(super) async fn shown_list(signed: &Signed) -> Listing {
    listing(signed, &ListQuery::default()).await.unwrap_or_else(|problem| {
        tracing::warn!(code = problem.code(), "a new key was shown without the list of keys");
        Listing::default()
    })
}

/// Says that a key was shown before.
pub(super) async fn already_shown(signed: Signed, answer: &Answer) -> Result<HttpResponse, Problem> {
    let list = listing(&signed, &ListQuery::default()).await?;
    let (keys, workspace_id) = (signed.visit.services.keys.clone(), signed.workspace_id());
    let id = std::str::from_utf8(&answer.body).ok().and_then(|id| id.parse().ok());
    let key = match id {
        Some(id) => blocking::run(move || keys.find(workspace_id, id)).await.ok(),
        None => None,
    };
    let named = key.map(|key| format!("{} ({})", key.label, shown_prefix(&signed, &key)));
    let named = named.unwrap_or_else(|| "The key".to_owned());
    let alert = Alert {
        tone: Tone::Info,
        title: "This key was already shown".to_owned(),
        text: format!("{named} cannot be shown again. If you did not copy it, revoke it and generate another one."),
    };
    let page = KeysPage { alert: Some(alert), ..KeysPage::new(&signed, list) };
    signed.visit.page(StatusCode::OK, &page)
}

async fn refuse_issue(signed: Signed, typed: &Typed, error: ApiKeyError) -> Result<HttpResponse, Problem> {
    let wrong = match error {
        ApiKeyError::ScopesTooWide(scopes) => ("scopes", format!("Your role may not give these: {scopes}.")),
        ApiKeyError::ExpiryPassed => ("expires_on", PAST.to_owned()),
        error => return Err(error.into()),
    };
    refuse(signed, typed, vec![wrong]).await
}

const PAST: &str = "Choose a date from today on.";

/// Shows the form once more as it was sent, with what is wrong at its fields.
async fn refuse(signed: Signed, typed: &Typed, wrong: Vec<Wrong>) -> Result<HttpResponse, Problem> {
    let list = listing(&signed, &ListQuery::default()).await?;
    let mut page = KeysPage::new(&signed, list);
    if let Some(form) = &mut page.form {
        form.fill(signed.scopes(), typed);
        let GenerateForm { label, scopes, environment, expires, expires_on, owner, allow_list, .. } = form;
        let parts: &mut [&mut dyn Refusable] =
            &mut [label, scopes, environment, expires, expires_on, owner, allow_list];
        form.errors = Some(form_errors::refuse(&mut page.shell.title, parts, "No key was generated", wrong));
    }
    signed.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

impl Typed {
    fn of(fields: &Fields) -> Self {
        let words = fields.values("scopes").chain(fields.values("hub_scopes"));
        Self {
            label: fields.text("label").to_owned(),
            // A word that is none was not offered: the rest is what was ticked.
            scopes: words.filter_map(|word| word.parse::<Scope>().ok()).collect(),
            environment: fields.text("environment").to_owned(),
            expires: fields.text("expires").to_owned(),
            expires_on: fields.text("expires_on").to_owned(),
            owner: fields.text("owner").to_owned(),
            allow_list: fields.text("allow_list").to_owned(),
        }
    }

    fn check(&self, signed: &Signed) -> Result<NewApiKey, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let label = Label::new(&self.label).map_err(|error| wrong.push(("label", sentence(&error.to_string()))));
        let environment = Environment::new(&self.environment)
            .map_err(|error| wrong.push(("environment", sentence(&error.to_string()))));
        if self.scopes.is_empty() {
            wrong.push(("scopes", "Choose at least one scope.".to_owned()));
        }
        let expires_at = self.expires_at(signed).map_err(|error| wrong.push(error));
        let owner = read_owner(&self.owner).map_err(|error| wrong.push(error));
        let allow_list = read_allow_list(&self.allow_list).map_err(|error| wrong.push(error));
        match (label, environment, expires_at, owner, allow_list) {
            (Ok(label), Ok(environment), Ok(expires_at), Ok(owner), Ok(allow_list)) if wrong.is_empty() => {
                let new = NewApiKey::with_label(label);
                Ok(NewApiKey { scopes: self.scopes, environment, expires_at, owner, allow_list, ..new })
            }
            _ => Err(wrong),
        }
    }

    fn expires_at(&self, signed: &Signed) -> Result<Option<Timestamp>, Wrong> {
        let date = self.expires_on.as_str();
        let keys = &signed.visit.services.keys;
        match self.expires.as_str() {
            "date" => {
                let end = end_of_day(date, &signed.workspace.time_zone);
                let end = end.ok_or_else(|| ("expires_on", "Choose a date, such as 2027-01-31.".to_owned()))?;
                // Issuing refuses it as well, but only once everything else is right.
                if end <= keys.in_days(0) { Err(("expires_on", PAST.to_owned())) } else { Ok(Some(end)) }
            }
            // Whoever has chosen a date wants it to hold.
            _ if !date.is_empty() => Err(("expires", "Choose “On a date…”, or clear the date.".to_owned())),
            "" => Ok(None),
            "30" => Ok(Some(keys.in_days(30))),
            "90" => Ok(Some(keys.in_days(90))),
            "365" => Ok(Some(keys.in_days(365))),
            _ => Err(("expires", "Choose when the key expires.".to_owned())),
        }
    }

    /// What is asked for, so that a form that was changed is not answered like the one before.
    fn fingerprint(&self) -> Fingerprint {
        let Self { label, scopes, environment, expires, expires_on, owner, allow_list } = self;
        let parts = [label, &scopes.to_string(), environment, expires, expires_on, owner, allow_list];
        // None but the date can hold a NUL, which nothing reads that is no date: the others were checked.
        Fingerprint::of("POST /admin/developer/api-keys", parts.map(String::as_str).join("\0").as_bytes())
    }
}

/// Who was named; nobody when nothing was typed.
pub(super) fn read_owner(text: &str) -> Result<Option<Owner>, Wrong> {
    let owner = (!text.trim().is_empty()).then(|| Owner::new(text)).transpose();
    owner.map_err(|error| ("owner", sentence(&error.to_string())))
}

/// The networks that were typed, with commas or spaces between.
pub(super) fn read_allow_list(text: &str) -> Result<Vec<IpNet>, Wrong> {
    let texts = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|text| !text.is_empty());
    let wrong = |text: &str, fault: NetworkFault| ("allow_list", sentence(&format!("{text} {fault}.")));
    let networks: Vec<_> =
        texts.map(|text| parse_network(text).map_err(|fault| wrong(text, fault))).collect::<Result<_, _>>()?;
    if networks.len() > ALLOW_LIST_MAX {
        return Err(("allow_list", format!("Name at most {ALLOW_LIST_MAX} addresses and networks.")));
    }
    Ok(networks)
}
