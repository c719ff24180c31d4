//! One key: what it is and may do, what became of its calls, who changed it, and a form that changes what people may change of it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::{ApiKey, ApiKeyError, KeyChanges, KeyStatus, Owner, Scope};
use devhub_domain::id::KeyId;
use devhub_domain::rate::{AppliedLimit, Quota};
use devhub_domain::time::Timestamp;
use devhub_domain::usage::UsageReport;
use devhub_domain::workspaces::TimeZone;

use super::edit_form::{EditForm, Typed};
use super::explain::{Answer, Explain, QuestionForm};
use super::list::{actions, badge};
use super::one_key::{key_id, shown_prefix};
use super::query::{ListQuery, PATH};
use super::retired::{Left, Retired};
use super::usage::{Range, Usage};
use crate::admin::audit::{Trail, TrailFound};
use crate::admin::components::{Action, Badge, Fact, FactValue, Facts, Shell, Table};
use crate::admin::menu::Place;
use crate::admin::moments;
use crate::admin::notice::Notice;
use crate::admin::rate_limits::{self, applied_table};
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
    actions: Vec<Action>,
    /// `None` for a key that has no successor.
    retired: Option<Retired>,
    usage: Usage,
    limits: Table,
    /// Where limits are changed.
    limits_page: &'static str,
    explain: Explain,
    /// `None` for whoever may not read the log.
    trail: Option<Trail>,
    /// For whoever may not change it, why not.
    form: Result<EditForm, &'static str>,
    back: String,
    zone: String,
}

/// What is read of a key.
pub(super) struct Found {
    key: ApiKey,
    rate: Option<Quota>,
    limits: Vec<AppliedLimit>,
    left: Option<Left>,
    report: UsageReport,
    trail: Option<TrailFound>,
}

/// Shows the key.
pub(in crate::admin) async fn show_key(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    signed.asker().require(Scope::KeysRead)?;
    let range = Range::read(req.query_string());
    let found = find(&signed, key_id(&req)?, range).await?;
    let query = ListQuery::read(req.query_string(), &signed.visit.services.token_prefix);
    let page = KeyPage::new(&signed, (&query, range), &found);
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
    let range = Range::default();
    let found = find(&signed, id, range).await?;
    let mut page = KeyPage::new(&signed, (&query, range), &found);
    if let Ok(form) = &mut page.form {
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

/// Reads the key with all that its page shows; each part by an index, and bounded.
pub(super) async fn find(signed: &Signed, id: KeyId, range: Range) -> Result<Found, Problem> {
    let (services, workspace) = (signed.visit.services.clone(), signed.workspace.clone());
    let hours = range.hours(&services.usage, services.clock.now())?;
    let shows_trail = signed.may(Scope::AuditRead);
    let read = move || {
        let report = services.usage.report(workspace.id, id, &hours)?;
        let key = report.key.clone();
        let rate = services.keys.own_rate_of(id);
        let limits = services.rates.applied_to(workspace.id, id);
        let left = Left::read(&services.keys, &key)?;
        let trail = shows_trail.then(|| TrailFound::read(&services, &workspace, &id.to_string())).transpose()?;
        Ok::<_, Problem>(Found { key, rate, limits, left, report, trail })
    };
    blocking::run(read).await
}

fn at(query: &ListQuery, id: KeyId) -> String {
    query.append_to(&format!("{PATH}/{id}"))
}

/// Why somebody cannot change a key; `None` for whoever can. The use case checks again.
fn unchangeable(signed: &Signed, key: &ApiKey) -> Option<&'static str> {
    if key.status == KeyStatus::Revoked {
        Some("This key is revoked: nothing of it is changed any more.")
    } else if !signed.may(Scope::KeysWrite) {
        Some(MAY_NOT)
    } else if !signed.scopes().covers(key.scopes) {
        Some("This key may do more than you: only an owner or an admin can change it.")
    } else {
        None
    }
}

const MAY_NOT: &str = "Owners, admins and developers can change this key.";

impl KeyPage {
    pub(super) fn new(signed: &Signed, (query, range): (&ListQuery, Range), found: &Found) -> Self {
        let (key, services, zone) = (&found.key, &signed.visit.services, &signed.workspace.time_zone);
        let here = format!("{PATH}/{}", key.id);
        let ranges = range.links(|range| query.append_with(&here, [("range", range.word().to_owned())]) + "#usage");
        Self {
            shell: signed.shell(key.label.as_str(), Place::DeveloperHub),
            label: key.label.to_string(),
            prefix: shown_prefix(signed, key),
            badge: badge(services.keys.state(key)),
            facts: facts(key, found.rate.as_ref(), zone),
            actions: actions(signed, query, key),
            retired: found.left.as_ref().map(|left| Retired::of(signed, key, left)),
            usage: Usage::of(&found.report, range, ranges, zone),
            limits: applied_table(&found.limits, signed.may(Scope::LimitsWrite)),
            limits_page: rate_limits::PATH,
            explain: Explain {
                action: query.append_to(&format!("{here}/explain")),
                token: signed.form_token(),
                form: QuestionForm::new(None),
                answer: None,
            },
            trail: found.trail.as_ref().map(|trail| Trail::of(trail, &key.id.to_string(), zone)),
            form: match unchangeable(signed, key) {
                Some(why) => Err(why),
                None => Ok(EditForm::new(signed.form_token(), at(query, key.id), key)),
            },
            back: query.href(),
            zone: zone.to_string(),
        }
    }

    /// The same with the answer to a question.
    pub(super) fn answer(&mut self, form: QuestionForm, answer: Answer) {
        self.shell.title = format!("{}: {}", answer.alert.title, self.label);
        self.explain.form = form;
        self.explain.answer = Some(answer);
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

#[cfg(test)]
mod samples {
    use std::num::NonZeroU32;

    use devhub_domain::api_keys::{KeyState, Metadata};
    use devhub_domain::testing::api_key;
    use serde_json::json;

    use super::super::retired::sample;
    use super::super::usage::samples::usage;
    use super::*;
    use crate::admin::audit::trail_sample;
    use crate::admin::components::{Sample, shell_sample};
    use crate::admin::rate_limits::applied_sample;

    fn sample_action(label: &str) -> Action {
        Action {
            label: label.to_owned(),
            href: format!("{PATH}/key_1/{}", label.to_lowercase()),
            is_question: true,
            is_danger: label == "Revoke",
            accessible_label: format!("{label} WooCommerce Plugin"),
        }
    }

    impl Sample for KeyPage {
        const TEMPLATE: &'static str = "admin/api_keys/key.html";

        fn samples() -> Vec<Self> {
            let metadata = Metadata::new(json!({ "note": "<script>" })).unwrap();
            let explain = |answer| Explain {
                action: format!("{PATH}/key_1/explain"),
                token: "token".to_owned(),
                form: QuestionForm::new(None),
                answer,
            };
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
                actions: ["Lock", "Revoke"].map(sample_action).into(),
                retired: Some(sample()),
                usage: usage(false),
                limits: applied_sample(),
                limits_page: rate_limits::PATH,
                explain: explain(None),
                trail: None,
                form,
                back: PATH.to_owned(),
                zone: "Asia/Dhaka".to_owned(),
            };
            let form = EditForm::new("token".to_owned(), PATH.to_owned(), &api_key(1));
            let told = Answer::of_mistake("address must be an IPv4 or IPv6 address");
            let full = Self { usage: usage(true), trail: Some(trail_sample()), ..page(Ok(form)) };
            vec![page(Err(MAY_NOT)), Self { explain: explain(Some(told)), ..full }]
        }
    }
}
