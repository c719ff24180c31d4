//! The form of an override: a new one, or one that is changed.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::{ApiKey, ApiKeyFilter, Scope};
use devhub_domain::id::{RateOverrideId, WorkspaceId};
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::rate::{NewOverride, OverrideSubject, PolicyRef, RateError, RateOverride, RatePolicy, SubjectKind};

use super::one_override::OneOverride;
use super::paths::{PATH, override_id, override_path};
use super::quota_form::{QuotaFields, TypedQuota};
use crate::admin::components::{Alert, ErrorSummary, Field, Select, Shell, Tabs};
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

/// What a form sends for the whole workspace.
const WORKSPACE: &str = "workspace";

/// The page.
#[derive(Template)]
#[template(path = "admin/rate_limits/override.html")]
pub(in crate::admin) struct OverridePage {
    shell: Shell,
    tabs: Tabs,
    title: &'static str,
    alert: Option<Alert>,
    errors: Option<ErrorSummary>,
    action: String,
    token: String,
    /// The revision that was seen; empty for a new one.
    revision: String,
    /// What it is about; `None` where that is chosen.
    about: Option<String>,
    subject: Option<SubjectField>,
    policy: Option<Select>,
    quota: QuotaFields,
    cancel: &'static str,
}

/// Where is said for whom: chosen from a list, or typed where the list would be too long.
enum SubjectField {
    Chosen(Select),
    Typed(Field),
}

/// What a form is for.
enum Purpose<'a> {
    Add(&'a Offered),
    /// A change of this override, of which this revision was seen, and what it is about.
    Edit(&'a RateOverride, String),
}

/// What can be overridden, and for whom.
#[derive(Default)]
struct Offered {
    policies: Vec<RatePolicy>,
    /// Keys, newest first; empty where there are too many to choose from.
    keys: Vec<ApiKey>,
    has_more_keys: bool,
}

/// The form as it was sent.
#[derive(Clone, Debug, Default)]
struct Typed {
    policy: String,
    subject: String,
    quota: TypedQuota,
}

/// Shows an empty form.
pub(in crate::admin) async fn show_new(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    signed.asker().require(Scope::LimitsWrite)?;
    let wanted = Fields::parse(req.query_string().as_bytes());
    let quota = TypedQuota::from_quota(signed.visit.services.rates.rules().default.quota());
    let text =
        |name, absent: &str| Some(wanted.text(name)).filter(|text| !text.is_empty()).unwrap_or(absent).to_owned();
    let typed = Typed { policy: text("policy", PolicyRef::DEFAULT), subject: text("subject", WORKSPACE), quota };
    let offered = offered(&signed).await?;
    let page = OverridePage::new(&signed, &Purpose::Add(&offered), &typed);
    signed.visit.page(StatusCode::OK, &page)
}

/// Gives somebody another quota.
pub(in crate::admin) async fn create(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    signed.asker().require(Scope::LimitsWrite)?;
    let typed = Typed::of(&fields);
    match add(&signed, &typed).await {
        Ok(()) => Ok(signed.visit.see_other_with(PATH, Notice::OverrideSaved)),
        Err(refused) => {
            let (refused, offered) = (refused?, offered(&signed).await?);
            OverridePage::refuse(signed, &Purpose::Add(&offered), &typed, refused)
        }
    }
}

async fn add(signed: &Signed, typed: &Typed) -> Result<(), Result<Refused, Problem>> {
    let workspace_id = signed.workspace_id();
    let new = typed.check(workspace_id).map_err(|wrong| Ok(Refused::Fields(wrong)))?;
    let overrides = &signed.visit.services.rate_overrides;
    let prepared = overrides.create(signed.asker(), workspace_id, new).map_err(refused)?;
    writes::run(prepared).await.map(drop).map_err(refused)
}

/// Shows the form, filled with what the override is.
pub(in crate::admin) async fn show_edit(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let id = override_id(&req)?;
    signed.asker().require(Scope::LimitsWrite)?;
    let (made, about) = find(&signed, id).await?;
    let typed = Typed { quota: TypedQuota::from_quota(&made.quota), ..Typed::default() };
    let page = OverridePage::new(&signed, &Purpose::Edit(&made, about), &typed);
    signed.visit.page(StatusCode::OK, &page)
}

/// Changes it.
pub(in crate::admin) async fn edit(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    let id = override_id(&req)?;
    signed.asker().require(Scope::LimitsWrite)?;
    let (made, about) = find(&signed, id).await?;
    let (typed, revision) = (Typed::of(&fields), fields.text("revision").parse().unwrap_or_default());
    match replace(&signed, id, &typed, revision).await {
        Ok(()) => Ok(signed.visit.see_other_with(PATH, Notice::OverrideSaved)),
        Err(refused) => {
            let refused = refused?;
            let seen = RateOverride { revision: refused.revision(revision, made.revision), ..made };
            OverridePage::refuse(signed, &Purpose::Edit(&seen, about), &typed, refused)
        }
    }
}

async fn replace(
    signed: &Signed,
    id: RateOverrideId,
    typed: &Typed,
    revision: i64,
) -> Result<(), Result<Refused, Problem>> {
    let mut wrong = Vec::new();
    let Some(quota) = typed.quota.check(&mut wrong) else {
        return Err(Ok(Refused::Fields(wrong)));
    };
    let (overrides, place) = (&signed.visit.services.rate_overrides, (signed.workspace_id(), id));
    let prepared = overrides.replace(signed.asker(), place, Some(revision), quota).map_err(refused)?;
    writes::run(prepared).await.map(drop).map_err(refused)
}

async fn offered(signed: &Signed) -> Result<Offered, Problem> {
    let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
    let read = move || {
        let policies = services.rate_policies.list(workspace_id)?.policies;
        let request = PageRequest { size: PageSize::MAX, after: None };
        let keys = services.keys.list(workspace_id, &ApiKeyFilter::default(), request)?;
        Ok::<_, Problem>(Offered { policies, keys: keys.items, has_more_keys: keys.next.is_some() })
    };
    blocking::run(read).await
}

/// An override, and what it is about in words.
async fn find(signed: &Signed, id: RateOverrideId) -> Result<(RateOverride, String), Problem> {
    let found = OneOverride::find(signed, id).await?;
    let (made, context) = (&found.made, found.context(signed));
    let about = format!("{}, instead of {}", context.subject(made.subject), context.policy(made.policy));
    Ok((found.made, about))
}

/// What is wrong where a use case refuses.
///
/// # Errors
/// What the form cannot mend.
fn refused(error: RateError) -> Result<Refused, Problem> {
    let text = sentence(&error.to_string());
    let at = |field, text: String| Ok(Refused::Fields(vec![(field, text)]));
    match error {
        RateError::NotFound(_) => at("policy", "This rule was deleted meanwhile.".to_owned()),
        RateError::SubjectMismatch => {
            at("policy", "This rule counts no keys: override it for the whole workspace.".to_owned())
        }
        RateError::KeyNotFound(_) => at("subject", "This workspace has no such key.".to_owned()),
        RateError::OverrideTaken(_) => {
            at("subject", "There is an override for this already: change that one.".to_owned())
        }
        RateError::AboveMaximum(_) => at("limit", text),
        RateError::TooManyOverrides | RateError::PolicyFull => Ok(Refused::Whole("There are too many overrides", text)),
        RateError::RevisionStale { .. } => Ok(Refused::Stale("Somebody else has changed this override meanwhile")),
        error => Err(error.into()),
    }
}

impl Typed {
    fn of(fields: &Fields) -> Self {
        let text = |name| fields.text(name).trim().to_owned();
        Self { policy: text("policy"), subject: text("subject"), quota: TypedQuota::of(fields) }
    }

    fn check(&self, workspace_id: WorkspaceId) -> Result<NewOverride, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let policy = self.policy.parse::<PolicyRef>().ok();
        if policy.is_none() {
            wrong.push(("policy", "Choose one of the list.".to_owned()));
        }
        let subject = if self.subject == WORKSPACE || self.subject.is_empty() {
            Some(OverrideSubject::Workspace(workspace_id))
        } else {
            self.subject.parse().map(OverrideSubject::Key).ok()
        };
        if subject.is_none() {
            wrong.push(("subject", "Enter the id of a key: it begins with key_.".to_owned()));
        }
        let quota = self.quota.check(&mut wrong);
        let complete = || Some(NewOverride { policy: policy?, subject: subject?, quota: quota? });
        complete().ok_or(wrong)
    }
}

impl OverridePage {
    fn new(signed: &Signed, purpose: &Purpose<'_>, typed: &Typed) -> Self {
        Self::drawn(signed.shell(purpose.title(), Place::DeveloperHub), signed.form_token(), purpose, typed)
    }

    fn drawn(shell: Shell, token: String, purpose: &Purpose<'_>, typed: &Typed) -> Self {
        let (action, revision, about, choices) = match purpose {
            Purpose::Add(offered) => {
                let choices = (subject(offered, &typed.subject), policy(&offered.policies, &typed.policy));
                (format!("{PATH}/overrides/new"), String::new(), None, Some(choices))
            }
            Purpose::Edit(made, about) => {
                (override_path(made.id), made.revision.to_string(), Some(about.clone()), None)
            }
        };
        let (subject, policy) = choices.unzip();
        Self {
            shell,
            tabs: tabs(HubTab::RateLimits),
            title: purpose.title(),
            alert: None,
            errors: None,
            action,
            token,
            revision,
            about,
            subject,
            policy,
            quota: typed.quota.fields(),
            cancel: PATH,
        }
    }

    /// Shows the form once more as it was sent, with what is wrong.
    fn refuse(signed: Signed, purpose: &Purpose<'_>, typed: &Typed, refused: Refused) -> Result<HttpResponse, Problem> {
        let mut page = Self::new(&signed, purpose, typed);
        let status = page.refused(refused);
        signed.visit.page(status, &page)
    }

    fn refused(&mut self, refused: Refused) -> StatusCode {
        let QuotaFields { limit, window, burst } = &mut self.quota;
        let mut parts: Vec<&mut dyn Refusable> = vec![limit, window, burst];
        parts.extend(self.subject.as_mut().map(SubjectField::part));
        parts.extend(self.policy.as_mut().map(|policy| -> &mut dyn Refusable { policy }));
        let places = Places { title: &mut self.shell.title, alert: &mut self.alert, errors: &mut self.errors };
        refused.tell(places, &mut parts, "The override was not saved")
    }
}

impl SubjectField {
    fn part(&mut self) -> &mut dyn Refusable {
        match self {
            Self::Chosen(select) => select,
            Self::Typed(field) => field,
        }
    }
}

impl Purpose<'_> {
    const fn title(&self) -> &'static str {
        match self {
            Self::Add(_) => "Add override",
            Self::Edit(..) => "Edit override",
        }
    }
}

fn subject(offered: &Offered, typed: &str) -> SubjectField {
    if offered.has_more_keys {
        return SubjectField::Typed(Field {
            name: "subject",
            label: "Key id".to_owned(),
            value: Some(typed).filter(|typed| *typed != WORKSPACE).unwrap_or_default().to_owned(),
            placeholder: "key_…".to_owned(),
            help: Some("Nothing is the whole workspace.".to_owned()),
            max_length: Some(64),
            ..Field::default()
        });
    }
    let keys = offered.keys.iter().map(|key| (key.id.to_string(), format!("{} ({})", key.label, key.prefix)));
    let keys: Vec<_> = keys.collect();
    let keys = keys.iter().map(|(id, label)| (id.as_str(), label.as_str()));
    let options: Vec<_> = [(WORKSPACE, "The whole workspace")].into_iter().chain(keys).collect();
    SubjectField::Chosen(Select::new("subject", "For", &options, typed))
}

fn policy(policies: &[RatePolicy], typed: &str) -> Select {
    let named: Vec<_> = policies.iter().map(|policy| (policy.id.to_string(), said(policy))).collect();
    let named = named.iter().map(|(id, name)| (id.as_str(), name.as_str()));
    let options: Vec<_> = [(PolicyRef::DEFAULT, "Default of every key")].into_iter().chain(named).collect();
    Select {
        help: Some("A key's own override wins over that of the workspace.".to_owned()),
        ..Select::new("policy", "Instead of", &options, typed)
    }
}

/// A rule, and whether it can be overridden for a key.
fn said(policy: &RatePolicy) -> String {
    match policy.rule.subject {
        SubjectKind::Key => policy.rule.name.to_string(),
        SubjectKind::Workspace | SubjectKind::Address => format!("{} (whole workspace only)", policy.rule.name),
    }
}

#[cfg(test)]
mod samples {
    use devhub_domain::testing::api_key;

    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for OverridePage {
        const TEMPLATE: &'static str = "admin/rate_limits/override.html";

        fn samples() -> Vec<Self> {
            let few = Offered { keys: vec![api_key(1)], ..Offered::default() };
            let many = Offered { has_more_keys: true, ..Offered::default() };
            let page = |offered: &Offered, typed: &Typed| {
                Self::drawn(shell_sample("Add override"), "token".to_owned(), &Purpose::Add(offered), typed)
            };
            let typed = Typed { policy: "<b>".to_owned(), subject: "\"><i>".to_owned(), ..Typed::default() };
            let mut wrong = page(&many, &typed);
            wrong.refused(Refused::Fields(typed.check(WorkspaceId::from_bytes([1; 16])).unwrap_err()));
            vec![page(&few, &Typed::default()), wrong]
        }
    }
}
