//! The form of a rule: a new one, or one that is changed.

use std::num::NonZeroU32;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::rate::{
    MethodSet, Mode, OnBackendError, PathPattern, PolicyRule, RateError, RatePolicy, SubjectKind,
};

use super::paths::{PATH, rule_id, rule_path};
use super::quota_form::{QuotaFields, TypedQuota, number};
use super::rule_fields::{cost, methods, mode, name, on_backend_error, path, subject};
use crate::admin::components::{Alert, Choices, ErrorSummary, Field, Select, Shell, Tabs};
use crate::admin::fields::Fields;
use crate::admin::form_errors::{Places, Refusable, Refused, Wrong};
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::notice::Notice;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

/// The page.
#[derive(Template)]
#[template(path = "admin/rate_limits/rule.html")]
pub(in crate::admin) struct RulePage {
    shell: Shell,
    tabs: Tabs,
    title: &'static str,
    /// What is wrong with more than a field.
    alert: Option<Alert>,
    errors: Option<ErrorSummary>,
    action: String,
    token: String,
    /// The revision that was seen; empty for a new one.
    revision: String,
    name: Field,
    methods: Choices,
    path: Field,
    quota: QuotaFields,
    cost: Field,
    subject: Select,
    mode: Select,
    on_backend_error: Select,
    cancel: &'static str,
}

/// What the form is for.
#[derive(Clone, Debug)]
enum Purpose {
    Add,
    /// A change of this rule, of which this revision was seen.
    Edit(RatePolicy),
}

/// The form as it was sent.
#[derive(Clone, Debug, Default)]
struct Typed {
    name: String,
    methods: Vec<String>,
    path: String,
    quota: TypedQuota,
    cost: String,
    subject: String,
    mode: String,
    on_backend_error: String,
}

/// Shows an empty form.
pub(in crate::admin) async fn show_new(signed: Signed) -> Result<HttpResponse, Problem> {
    signed.asker().require(Scope::LimitsWrite)?;
    let page = RulePage::new(&signed, &Purpose::Add, &Typed::new());
    signed.visit.page(StatusCode::OK, &page)
}

/// Adds a rule.
pub(in crate::admin) async fn create(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    signed.asker().require(Scope::LimitsWrite)?;
    let typed = Typed::of(&fields);
    match add(&signed, &typed).await {
        Ok(()) => Ok(signed.visit.see_other_with(PATH, Notice::RuleSaved)),
        Err(refused) => RulePage::refuse(signed, &Purpose::Add, &typed, refused?),
    }
}

async fn add(signed: &Signed, typed: &Typed) -> Result<(), Result<Refused, Problem>> {
    let rule = typed.check().map_err(|wrong| Ok(Refused::Fields(wrong)))?;
    let policies = &signed.visit.services.rate_policies;
    let prepared = policies.create(signed.asker(), signed.workspace_id(), rule).map_err(refused)?;
    writes::run(prepared).await.map(drop).map_err(refused)
}

/// Shows the form, filled with what the rule is.
pub(in crate::admin) async fn show_edit(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let id = rule_id(&req)?;
    signed.asker().require(Scope::LimitsWrite)?;
    let policy = find(&signed, id).await?;
    let typed = Typed::from_rule(&policy.rule);
    let page = RulePage::new(&signed, &Purpose::Edit(policy), &typed);
    signed.visit.page(StatusCode::OK, &page)
}

/// Changes a rule.
pub(in crate::admin) async fn edit(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    let id = rule_id(&req)?;
    signed.asker().require(Scope::LimitsWrite)?;
    let policy = find(&signed, id).await?;
    let (typed, revision) = (Typed::of(&fields), fields.text("revision").parse().unwrap_or_default());
    match replace(&signed, &policy, &typed, revision).await {
        Ok(()) => Ok(signed.visit.see_other_with(PATH, Notice::RuleSaved)),
        Err(refused) => {
            let refused = refused?;
            let seen = RatePolicy { revision: refused.revision(revision, policy.revision), ..policy };
            RulePage::refuse(signed, &Purpose::Edit(seen), &typed, refused)
        }
    }
}

async fn replace(
    signed: &Signed,
    policy: &RatePolicy,
    typed: &Typed,
    revision: i64,
) -> Result<(), Result<Refused, Problem>> {
    let rule = typed.check().map_err(|wrong| Ok(Refused::Fields(wrong)))?;
    let (policies, place) = (&signed.visit.services.rate_policies, (signed.workspace_id(), policy.id));
    let prepared = policies.replace(signed.asker(), place, Some(revision), rule).map_err(refused)?;
    writes::run(prepared).await.map(drop).map_err(refused)
}

async fn find(signed: &Signed, id: devhub_domain::id::RatePolicyId) -> Result<RatePolicy, Problem> {
    let (policies, workspace_id) = (signed.visit.services.rate_policies.clone(), signed.workspace_id());
    Ok(blocking::run(move || policies.find(workspace_id, id)).await?)
}

/// What is wrong where a use case refuses.
///
/// # Errors
/// What the form cannot mend.
fn refused(error: RateError) -> Result<Refused, Problem> {
    let text = sentence(&error.to_string());
    let at = |field| Ok(Refused::Fields(vec![(field, text.clone())]));
    match error {
        RateError::NameTaken(_) | RateError::NameReserved(_) => at("name"),
        RateError::CostAboveBurst => at("cost"),
        RateError::AboveMaximum(_) => at("limit"),
        RateError::TooManyPolicies => Ok(Refused::Whole("There are too many rules", text)),
        RateError::RevisionStale { .. } => Ok(Refused::Stale("Somebody else has changed this rule meanwhile")),
        error => Err(error.into()),
    }
}

impl Typed {
    /// What a new form offers: a rule that is tried first.
    fn new() -> Self {
        let quota = devhub_domain::rate::Quota::per_minute(NonZeroU32::new(60).unwrap_or(NonZeroU32::MIN));
        Self {
            path: "/api/v1/**".to_owned(),
            quota: TypedQuota::from_quota(&quota),
            cost: "1".to_owned(),
            subject: SubjectKind::Key.as_str().to_owned(),
            mode: Mode::Shadow.as_str().to_owned(),
            on_backend_error: OnBackendError::Allow.as_str().to_owned(),
            ..Self::default()
        }
    }

    fn of(fields: &Fields) -> Self {
        let text = |name| fields.text(name).trim().to_owned();
        Self {
            name: text("name"),
            methods: fields.values("methods").map(str::to_owned).collect(),
            path: text("path"),
            quota: TypedQuota::of(fields),
            cost: text("cost"),
            subject: text("subject"),
            mode: text("mode"),
            on_backend_error: text("on_backend_error"),
        }
    }

    fn from_rule(rule: &PolicyRule) -> Self {
        Self {
            name: rule.name.to_string(),
            methods: rule.methods.words().map(str::to_owned).collect(),
            path: rule.path.to_string(),
            quota: TypedQuota::from_quota(&rule.quota),
            cost: rule.cost.to_string(),
            subject: rule.subject.as_str().to_owned(),
            mode: rule.mode.as_str().to_owned(),
            on_backend_error: rule.on_backend_error.as_str().to_owned(),
        }
    }

    fn check(&self) -> Result<PolicyRule, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let name = self
            .name
            .parse()
            .map_err(|error: devhub_domain::rate::PolicyNameError| ("name", sentence(&error.to_string())));
        let name = name.map_err(|error| wrong.push(error)).ok();
        let methods = self.methods.iter().try_fold(MethodSet::ALL, |methods, word| methods.with(word));
        let methods = methods.map_err(|_error| wrong.push(("methods", CHOOSE.to_owned()))).ok();
        let path = self.path.parse::<PathPattern>();
        let path = path.map_err(|error| wrong.push(("path", sentence(&error.to_string())))).ok();
        let quota = self.quota.check(&mut wrong);
        let cost = number("cost", &self.cost, &mut wrong);
        let subject = word("subject", SubjectKind::parse(&self.subject), &mut wrong);
        let mode = word("mode", Mode::parse(&self.mode), &mut wrong);
        let on_backend_error = word("on_backend_error", OnBackendError::parse(&self.on_backend_error), &mut wrong);
        let complete = || {
            let (name, quota, cost, subject) = (name?, quota?, cost?, subject?);
            let (methods, path) = (methods?, path?);
            let (mode, on_backend_error) = (mode?, on_backend_error?);
            Some(PolicyRule { name, quota, cost, subject, methods, path, mode, on_backend_error })
        };
        complete().ok_or(wrong)
    }
}

const CHOOSE: &str = "Choose one of the list.";

fn word<T>(name: &'static str, parsed: Option<T>, wrong: &mut Vec<Wrong>) -> Option<T> {
    if parsed.is_none() {
        wrong.push((name, CHOOSE.to_owned()));
    }
    parsed
}

impl RulePage {
    fn new(signed: &Signed, purpose: &Purpose, typed: &Typed) -> Self {
        Self::drawn(signed.shell(purpose.title(), Place::DeveloperHub), signed.form_token(), purpose, typed)
    }

    fn drawn(shell: Shell, token: String, purpose: &Purpose, typed: &Typed) -> Self {
        let (action, revision) = match purpose {
            Purpose::Add => (format!("{PATH}/policies/new"), String::new()),
            Purpose::Edit(policy) => (rule_path(policy.id), policy.revision.to_string()),
        };
        Self {
            shell,
            tabs: tabs(HubTab::RateLimits),
            title: purpose.title(),
            alert: None,
            errors: None,
            action,
            token,
            revision,
            name: name(&typed.name),
            methods: methods(&typed.methods),
            path: path(&typed.path),
            quota: typed.quota.fields(),
            cost: cost(&typed.cost),
            subject: subject(&typed.subject),
            mode: mode(&typed.mode),
            on_backend_error: on_backend_error(&typed.on_backend_error),
            cancel: PATH,
        }
    }

    /// Shows the form once more as it was sent, with what is wrong.
    fn refuse(signed: Signed, purpose: &Purpose, typed: &Typed, refused: Refused) -> Result<HttpResponse, Problem> {
        let mut page = Self::new(&signed, purpose, typed);
        let status = page.refused(refused);
        signed.visit.page(status, &page)
    }

    fn refused(&mut self, refused: Refused) -> StatusCode {
        let QuotaFields { limit, window, burst } = &mut self.quota;
        let parts: &mut [&mut dyn Refusable] = &mut [
            &mut self.name,
            &mut self.methods,
            &mut self.path,
            limit,
            window,
            burst,
            &mut self.cost,
            &mut self.subject,
            &mut self.mode,
            &mut self.on_backend_error,
        ];
        let places = Places { title: &mut self.shell.title, alert: &mut self.alert, errors: &mut self.errors };
        refused.tell(places, parts, "The rule was not saved")
    }
}

impl Purpose {
    const fn title(&self) -> &'static str {
        match self {
            Self::Add => "Add rule",
            Self::Edit(_) => "Edit rule",
        }
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for RulePage {
        const TEMPLATE: &'static str = "admin/rate_limits/rule.html";

        fn samples() -> Vec<Self> {
            let page = |typed: &Typed| Self::drawn(shell_sample("Add rule"), "token".to_owned(), &Purpose::Add, typed);
            let typed = Typed {
                name: "<script>".to_owned(),
                methods: vec!["POST".to_owned()],
                path: "\"><b>".to_owned(),
                ..Typed::new()
            };
            let mut wrong = page(&typed);
            wrong.refused(Refused::Fields(typed.check().unwrap_err()));
            let mut stale = page(&typed);
            stale.refused(Refused::Stale("Somebody else has changed this rule meanwhile"));
            vec![page(&Typed::new()), wrong, stale]
        }
    }
}
