//! One key: what it is, and a form that changes what people may change of it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::{ApiKey, ApiKeyError, Environment, KeyChanges, KeyStatus, Label, Owner, Scope};
use devhub_domain::id::KeyId;
use devhub_domain::rate::Quota;
use devhub_domain::time::Timestamp;
use devhub_domain::workspaces::TimeZone;

use super::generate::{read_allow_list, read_owner};
use super::list::{actions, badge};
use super::one_key::{key_id, shown_prefix};
use super::page::{allow_list, environment, owner};
use super::query::{ListQuery, PATH};
use super::retired::{Left, Retired};
use crate::admin::components::{Action, Badge, ErrorSummary, Fact, FactValue, Facts, Field, Select, Shell};
use crate::admin::fields::Fields;
use crate::admin::form_errors::{Refusable, Wrong, refuse};
use crate::admin::menu::Place;
use crate::admin::moments;
use crate::admin::notice::Notice;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

/// The page.
#[derive(Template)]
#[template(path = "admin/api_keys/key.html")]
pub(in crate::admin) struct KeyPage {
    shell: Shell,
    label: String,
    prefix: String,
    badge: Badge,
    facts: Facts,
    /// `None` for a key that has no successor.
    retired: Option<Retired>,
    actions: Vec<Action>,
    /// `None` for whoever may not change it.
    form: Option<EditForm>,
    back: String,
    zone: String,
}

/// What can be changed.
struct EditForm {
    action: String,
    token: String,
    revision: String,
    errors: Option<ErrorSummary>,
    label: Field,
    owner: Field,
    environment: Select,
    allow_list: Field,
}

/// What is read of a key.
struct Found {
    key: ApiKey,
    rate: Option<Quota>,
    left: Option<Left>,
}

/// The form as it was sent.
struct Typed<'f>(&'f Fields);

/// Shows the key.
pub(in crate::admin) async fn show_key(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    signed.asker().require(Scope::KeysRead)?;
    let found = find(&signed, key_id(&req)?).await?;
    let page = KeyPage::new(&signed, &ListQuery::read(req.query_string(), &signed.visit.services.token_prefix), &found);
    signed.visit.page(StatusCode::OK, &page)
}

/// Changes the key.
pub(in crate::admin) async fn save_key(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    signed.asker().require(Scope::KeysWrite)?;
    let id = key_id(&req)?;
    let query = ListQuery::read(req.query_string(), &signed.visit.services.token_prefix);
    // Who was told of a field knows of no other revision; who was told of another one may write over it.
    let (wrong, seen) = match Typed(&fields).check() {
        Err(wrong) => (wrong, Some(fields.text("revision"))),
        Ok(changes) => match save(&signed, id, changes).await {
            Ok(()) => return Ok(signed.visit.see_other_with(&at(&query, id), Notice::KeySaved(id))),
            Err(ApiKeyError::RevisionStale { .. }) => (vec![("label", STALE.to_owned())], None),
            Err(error) => return Err(error.into()),
        },
    };
    let found = find(&signed, id).await?;
    let mut page = KeyPage::new(&signed, &query, &found);
    if let Some(form) = &mut page.form {
        form.refuse(&mut page.shell.title, &Typed(&fields), wrong);
        form.revision = seen.map_or_else(|| form.revision.clone(), str::to_owned);
    }
    signed.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

const STALE: &str = "Somebody else has changed this key meanwhile. Look at what it is now, then save again.";

async fn save(signed: &Signed, id: KeyId, changes: KeyChanges) -> Result<(), ApiKeyError> {
    let keys = &signed.visit.services.keys;
    writes::run(keys.update(signed.asker(), signed.workspace_id(), id, changes)?).await.map(drop)
}

async fn find(signed: &Signed, id: KeyId) -> Result<Found, Problem> {
    let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
    let read = move || {
        let key = services.keys.find(workspace_id, id)?;
        let rate = services.keys.own_rate_of(id);
        let left = Left::read(&services.keys, &key)?;
        Ok::<_, Problem>(Found { key, rate, left })
    };
    blocking::run(read).await
}

fn at(query: &ListQuery, id: KeyId) -> String {
    query.append_to(&format!("{PATH}/{id}"))
}

impl Typed<'_> {
    fn check(&self) -> Result<KeyChanges, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let label = Label::new(self.0.text("label"));
        let label = label.map_err(|error| wrong.push(("label", sentence(&error.to_string()))));
        let environment = Environment::new(self.0.text("environment"));
        let environment = environment.map_err(|error| wrong.push(("environment", sentence(&error.to_string()))));
        let owner = read_owner(self.0.text("owner")).map_err(|error| wrong.push(error));
        let allow_list = read_allow_list(self.0.text("allow_list")).map_err(|error| wrong.push(error));
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(KeyChanges {
            label: label.ok(),
            environment: environment.ok(),
            owner: owner.ok(),
            allow_list: allow_list.ok(),
            // A form without it is nothing of ours, and overwrites nothing.
            expected_revision: Some(self.0.text("revision").parse().unwrap_or_default()),
            ..KeyChanges::default()
        })
    }
}

impl KeyPage {
    fn new(signed: &Signed, query: &ListQuery, found: &Found) -> Self {
        let (key, services) = (&found.key, &signed.visit.services);
        // The use case refuses a key that may do more than whoever asks, and one that was revoked.
        let may_change =
            signed.may(Scope::KeysWrite) && signed.scopes().covers(key.scopes) && key.status != KeyStatus::Revoked;
        Self {
            shell: signed.shell(key.label.as_str(), Place::DeveloperHub),
            label: key.label.to_string(),
            prefix: shown_prefix(signed, key),
            badge: badge(services.keys.state(key)),
            facts: facts(key, found.rate.as_ref(), &signed.workspace.time_zone),
            retired: found.left.as_ref().map(|left| Retired::of(signed, key, left)),
            actions: actions(signed, query, key),
            form: may_change.then(|| EditForm::new(signed.form_token(), at(query, key.id), key)),
            back: query.href(),
            zone: signed.workspace.time_zone.to_string(),
        }
    }
}

fn facts(key: &ApiKey, rate: Option<&Quota>, zone: &TimeZone) -> Facts {
    let listed = |texts: Vec<String>, none: &str| {
        if texts.is_empty() { none.to_owned() } else { texts.join(", ") }
    };
    let at = |name: &str, at: Option<Timestamp>| {
        at.map_or_else(|| Fact::text(name, "Never"), |at| Fact::new(name, FactValue::Moment(moments::moment(at, zone))))
    };
    let metadata = (!key.metadata.members().is_empty()).then(|| FactValue::Code(key.metadata.to_string()));
    Facts {
        items: vec![
            Fact::text("Environment", key.environment.to_string()),
            Fact::text("Owner", key.owner.as_ref().map_or("Nobody in particular", Owner::as_str)),
            Fact::text("Scopes", listed(key.scopes.iter().map(|scope| scope.to_string()).collect(), "None")),
            Fact::text("Allowed addresses", listed(key.allow_list.iter().map(ToString::to_string).collect(), "All")),
            Fact::text("Rate limit", rate.map_or_else(|| "As for every key".to_owned(), rate_sentence)),
            at("Expires", key.expires_at),
            at("Created", Some(key.created_at)),
            Fact::text("Created by", key.created_by.to_string()),
            at("Last used", key.last_used_at),
            Fact::new("Metadata", metadata.unwrap_or_else(|| FactValue::Text("None".to_owned()))),
        ],
    }
}

/// A quota of its own, as people say it.
fn rate_sentence(quota: &Quota) -> String {
    let window = match quota.window().as_secs() {
        1 => "a second".to_owned(),
        60 => "a minute".to_owned(),
        3_600 => "an hour".to_owned(),
        86_400 => "a day".to_owned(),
        seconds => format!("in {seconds} seconds"),
    };
    let noun = if quota.limit().get() == 1 { "call" } else { "calls" };
    format!("{} {noun} {window} of its own, {} at once", quota.limit(), quota.burst())
}

impl EditForm {
    fn new(token: String, action: String, key: &ApiKey) -> Self {
        let networks = key.allow_list.iter().map(ToString::to_string).collect::<Vec<_>>();
        Self {
            action,
            token,
            revision: key.revision.to_string(),
            errors: None,
            label: Field {
                name: "label",
                label: "Key Label".to_owned(),
                value: key.label.to_string(),
                is_required: true,
                max_length: Some(100),
                ..Field::default()
            },
            owner: owner(key.owner.as_ref().map_or("", Owner::as_str)),
            environment: environment(key.environment.as_str()),
            allow_list: allow_list(networks.join(", ")),
        }
    }

    /// The form as it was sent, with what is wrong at its fields.
    fn refuse(&mut self, title: &mut String, typed: &Typed<'_>, wrong: Vec<Wrong>) {
        typed.0.text("label").clone_into(&mut self.label.value);
        typed.0.text("owner").clone_into(&mut self.owner.value);
        typed.0.text("allow_list").clone_into(&mut self.allow_list.value);
        self.environment = environment(typed.0.text("environment"));
        let Self { label, owner, environment, allow_list, .. } = self;
        let parts: &mut [&mut dyn Refusable] = &mut [label, owner, environment, allow_list];
        self.errors = Some(refuse(title, parts, "The key was not saved", wrong));
    }
}

#[cfg(test)]
mod samples {
    use std::num::NonZeroU32;

    use devhub_domain::api_keys::{KeyState, Metadata};
    use devhub_domain::testing::api_key;
    use serde_json::json;

    use super::super::retired::sample;
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    fn sample_action(label: &str) -> Action {
        Action {
            label: label.to_owned(),
            href: format!("{PATH}/key_1/{}", label.to_lowercase()),
            is_question: label != "Usage",
            is_danger: label == "Revoke",
            accessible_label: format!("{label} WooCommerce Plugin"),
        }
    }

    impl Sample for KeyPage {
        const TEMPLATE: &'static str = "admin/api_keys/key.html";

        fn samples() -> Vec<Self> {
            let metadata = Metadata::new(json!({ "note": "<script>" })).unwrap();
            let page = |form| Self {
                shell: shell_sample("WooCommerce Plugin"),
                label: "WooCommerce <b>Plugin</b>".to_owned(),
                prefix: "op_8ae87c48••••".to_owned(),
                badge: badge(KeyState::Active),
                facts: facts(
                    &ApiKey { metadata: metadata.clone(), ..api_key(1) },
                    Some(&Quota::per_minute(NonZeroU32::MIN)),
                    &TimeZone::utc(),
                ),
                retired: Some(sample()),
                actions: ["Usage", "Revoke"].map(sample_action).into(),
                form,
                back: PATH.to_owned(),
                zone: "Asia/Dhaka".to_owned(),
            };
            let form = EditForm::new("token".to_owned(), PATH.to_owned(), &api_key(1));
            vec![page(None), page(Some(form))]
        }
    }
}
