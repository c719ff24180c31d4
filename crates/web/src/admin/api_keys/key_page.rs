//! One key: what it is, and a form that changes what people may change of it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::{ApiKey, ApiKeyError, Environment, KeyChanges, KeyStatus, Label, Owner, Scope};
use devhub_domain::id::KeyId;

use super::generate::{Wrong, read_allow_list, read_owner};
use super::list::{actions, badge};
use super::page::{allow_list, environment, owner};
use super::query::{ListQuery, PATH};
use crate::admin::components::{Action, Badge, ErrorSummary, Field, Moment, Select, Shell};
use crate::admin::fields::Fields;
use crate::admin::menu::Place;
use crate::admin::moments;
use crate::admin::notice::Notice;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::path_value;
use crate::writes;

/// The page.
#[derive(Template)]
#[template(path = "admin/api_keys/key.html")]
pub(in crate::admin) struct KeyPage {
    shell: Shell,
    label: String,
    prefix: String,
    badge: Badge,
    environment: String,
    owner: String,
    scopes: String,
    allow_list: String,
    expires: Option<Moment>,
    created: Moment,
    created_by: String,
    last_used: Option<Moment>,
    metadata: Option<String>,
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

/// The form as it was sent.
struct Typed<'f>(&'f Fields);

/// Shows the key.
pub(in crate::admin) async fn show_key(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    signed.asker().require(Scope::KeysRead)?;
    let key = find(&signed, wanted(&req)?).await?;
    let page = KeyPage::new(&signed, &ListQuery::read(req.query_string(), &signed.visit.services.token_prefix), &key);
    signed.visit.page(StatusCode::OK, &page)
}

/// Changes the key.
pub(in crate::admin) async fn save_key(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    signed.asker().require(Scope::KeysWrite)?;
    let id = wanted(&req)?;
    let query = ListQuery::read(req.query_string(), &signed.visit.services.token_prefix);
    let wrong = match Typed(&fields).check() {
        Err(wrong) => wrong,
        Ok(changes) => match save(&signed, id, changes).await {
            Ok(()) => return Ok(signed.visit.see_other_with(&at(&query, id), Notice::KeySaved(id))),
            Err(ApiKeyError::RevisionStale { .. }) => vec![("label", STALE.to_owned())],
            Err(error) => return Err(error.into()),
        },
    };
    let key = find(&signed, id).await?;
    let mut page = KeyPage::new(&signed, &query, &key);
    if let Some(form) = &mut page.form {
        form.refuse(&Typed(&fields), wrong);
        page.shell.title = format!("Error: {}", page.shell.title);
    }
    signed.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

const STALE: &str = "Somebody else has changed this key meanwhile. Look at what it is now, then save again.";

async fn save(signed: &Signed, id: KeyId, changes: KeyChanges) -> Result<(), ApiKeyError> {
    let keys = &signed.visit.services.keys;
    writes::run(keys.update(signed.asker(), signed.workspace_id(), id, changes)?).await.map(drop)
}

async fn find(signed: &Signed, id: KeyId) -> Result<ApiKey, Problem> {
    let (keys, workspace_id) = (signed.visit.services.keys.clone(), signed.workspace_id());
    Ok(blocking::run(move || keys.find(workspace_id, id)).await?)
}

fn wanted(req: &HttpRequest) -> Result<KeyId, Problem> {
    path_value(req, "id").ok_or_else(|| Problem::no_such("key_not_found", "key"))
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
    fn new(signed: &Signed, query: &ListQuery, key: &ApiKey) -> Self {
        let zone = &signed.workspace.time_zone;
        // The use case refuses a key that may do more than whoever asks, and one that was revoked.
        let may_change =
            signed.may(Scope::KeysWrite) && signed.scopes().covers(key.scopes) && key.status != KeyStatus::Revoked;
        let listed = |texts: Vec<String>, none: &str| {
            if texts.is_empty() { none.to_owned() } else { texts.join(", ") }
        };
        Self {
            shell: signed.shell(key.label.as_str(), Place::DeveloperHub),
            label: key.label.to_string(),
            prefix: format!("{}{}••••", signed.visit.services.token_prefix.as_str(), key.prefix),
            badge: badge(signed.visit.services.keys.state(key)),
            environment: key.environment.to_string(),
            owner: key.owner.as_ref().map_or("Nobody in particular", Owner::as_str).to_owned(),
            scopes: listed(key.scopes.iter().map(|scope| scope.to_string()).collect(), "None"),
            allow_list: listed(key.allow_list.iter().map(ToString::to_string).collect(), "All"),
            expires: key.expires_at.map(|at| moments::moment(at, zone)),
            created: moments::moment(key.created_at, zone),
            created_by: key.created_by.to_string(),
            last_used: key.last_used_at.map(|at| moments::moment(at, zone)),
            metadata: (!key.metadata.members().is_empty()).then(|| key.metadata.to_string()),
            actions: actions(signed, query, key),
            form: may_change.then(|| EditForm::new(signed.form_token(), at(query, key.id), key)),
            back: query.href(),
            zone: zone.to_string(),
        }
    }
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
    fn refuse(&mut self, typed: &Typed<'_>, wrong: Vec<Wrong>) {
        typed.0.text("label").clone_into(&mut self.label.value);
        typed.0.text("owner").clone_into(&mut self.owner.value);
        typed.0.text("allow_list").clone_into(&mut self.allow_list.value);
        self.environment = environment(typed.0.text("environment"));
        for (field, text) in &wrong {
            let error = match *field {
                "owner" => &mut self.owner.error,
                "environment" => &mut self.environment.error,
                "allow_list" => &mut self.allow_list.error,
                _ => &mut self.label.error,
            };
            *error = Some(text.clone());
        }
        let errors = wrong.into_iter().map(|(field, text)| (field.to_owned(), text)).collect();
        self.errors = Some(ErrorSummary { title: "The key was not saved".to_owned(), errors });
    }
}

#[cfg(test)]
mod samples {
    use devhub_domain::api_keys::KeyState;
    use devhub_domain::testing::api_key;

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
            let page = |form| Self {
                shell: shell_sample("WooCommerce Plugin"),
                label: "WooCommerce <b>Plugin</b>".to_owned(),
                prefix: "op_8ae87c48••••".to_owned(),
                badge: badge(KeyState::Active),
                environment: "live".to_owned(),
                owner: "checkout team".to_owned(),
                scopes: "read, write".to_owned(),
                allow_list: "All".to_owned(),
                expires: None,
                created: Moment::samples().remove(0),
                created_by: "command-line".to_owned(),
                last_used: None,
                metadata: Some(r#"{"note":"<script>"}"#.to_owned()),
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
