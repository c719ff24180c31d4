//! The page of rate limits: what holds, for whom, and what it does.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::id::{KeyId, RateOverrideId};
use devhub_domain::page::{Page, PageRequest, PageSize};
use devhub_domain::rate::{
    OverrideSubject, Owner, POLICIES_MAX, Policy, PolicyRef, PolicyUsage, RateOverride, RateState, ShownBucket,
};
use devhub_domain::workspaces::TimeZone;

use super::buckets;
use super::default::DefaultLimit;
use super::networks::Networks;
use super::overrides::{self, Context};
use super::paths::PATH;
use super::reference::Reference;
use super::refusals::Refusals;
use super::rules::{self, Counted, ORDER_FORM};
use crate::admin::components::{Alert, EmptyState, ErrorSummary, Link, Pagination, Shell, Table, Tabs, Tone};
use crate::admin::fields::Fields;
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::key_names::KeyNames;
use crate::admin::menu::Place;
use crate::admin::signed::Signed;
use crate::admin::span::Span;
use crate::blocking;
use crate::problem_body::Problem;

/// Overrides, and buckets, on one page.
const PAGE_SIZE: u64 = 25;

/// The page.
#[derive(Template)]
#[template(path = "admin/rate_limits/page.html")]
pub(in crate::admin) struct RatesPage {
    pub(super) shell: Shell,
    tabs: Tabs,
    /// Why nothing can be changed; `None` for whoever may.
    read_only: Option<Alert>,
    pub(super) errors: Option<ErrorSummary>,
    default: DefaultLimit,
    rules: Rules,
    refusals: Refusals,
    overrides: Listed,
    pub(super) networks: Networks,
    buckets: Listed,
    message: Reference,
}

/// The section of rules.
struct Rules {
    table: Option<Table>,
    empty: Option<EmptyState>,
    add: Option<Link>,
    /// The id of the form that moves rules, and what it carries; `None` where nothing can be moved.
    order: Option<(&'static str, String)>,
    /// What the counts are of; `None` without rules.
    counted: Option<String>,
}

/// A section with a table that may be long.
struct Listed {
    table: Option<Table>,
    pagination: Option<Pagination>,
    add: Option<Link>,
}

/// Which parts of the long tables are wanted, and how far back counts go.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Query {
    pub(super) span: Span,
    pub(super) overrides_after: Option<RateOverrideId>,
    pub(super) buckets_skip: usize,
}

/// What is read.
struct Read {
    state: RateState,
    rules: Vec<Counted>,
    by_default: PolicyUsage,
    own_default: Option<RateOverride>,
    overrides: Page<RateOverride, RateOverrideId>,
    buckets: (Vec<ShownBucket>, Option<usize>),
    names: KeyNames,
}

/// Shows the page.
pub(in crate::admin) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    signed.asker().require(Scope::LimitsRead)?;
    let page = RatesPage::read(&signed, Query::of(&req)).await?;
    signed.visit.page(StatusCode::OK, &page)
}

impl Query {
    fn of(req: &HttpRequest) -> Self {
        let fields = Fields::parse(req.query_string().as_bytes());
        Self {
            span: Span::read(req.query_string()),
            overrides_after: fields.text("overrides").parse().ok(),
            buckets_skip: fields.text("buckets").parse().unwrap_or_default(),
        }
    }

    /// The address of the page with what is counted for as long.
    pub(super) fn path(self) -> String {
        format!("{PATH}?period={}", self.span.word())
    }
}

async fn read(signed: &Signed, query: Query) -> Result<Read, Problem> {
    let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
    let size = PageSize::new(PAGE_SIZE).unwrap_or_default();
    let read = move || {
        let snapshot = services.rate_policies.list(workspace_id)?;
        let ids = snapshot.policies.iter().map(|policy| PolicyRef::Of(policy.id));
        let policies: Vec<_> = ids.chain([PolicyRef::Default]).collect();
        let hours = query.span.steps(services.clock.now())?;
        let mut usage = services.rate_usage.of_policies(workspace_id, &policies, &hours)?;
        let by_default = usage.pop().expect("each policy has its usage");
        let rules: Vec<_> = snapshot.policies.into_iter().zip(usage).collect();
        let request = PageRequest { size, after: query.overrides_after };
        let overrides = services.rate_overrides.list(workspace_id, request)?;
        let own_default = services.rate_overrides.find_of_workspace(workspace_id)?;
        let buckets = services.rate_buckets.list(workspace_id, query.buckets_skip, size)?;
        let ids = key_ids(&overrides.items, &buckets.0);
        let names = KeyNames::read(&services, workspace_id, ids)?;
        Ok::<_, Problem>(Read { state: snapshot.state, rules, by_default, own_default, overrides, buckets, names })
    };
    blocking::run(read).await
}

fn key_ids(overrides: &[RateOverride], buckets: &[ShownBucket]) -> Vec<KeyId> {
    let of_overrides = overrides.iter().filter_map(|made| match made.subject {
        OverrideSubject::Key(id) => Some(id),
        OverrideSubject::Workspace(_) => None,
    });
    let of_buckets = buckets.iter().filter_map(|bucket| match bucket.owner {
        Owner::Key(id) => Some(id),
        Owner::Workspace(_) | Owner::Network(_) => None,
    });
    of_overrides.chain(of_buckets).collect()
}

impl RatesPage {
    /// The page with what there is.
    pub(super) async fn read(signed: &Signed, query: Query) -> Result<Self, Problem> {
        let read = read(signed, query).await?;
        Ok(Self::of(signed, query, &read))
    }

    fn of(signed: &Signed, query: Query, read: &Read) -> Self {
        let services = &signed.visit.services;
        let may_write = signed.may(Scope::LimitsWrite);
        let token = may_write.then(|| signed.form_token());
        let limits = services.rates.rules();
        let policies: Vec<_> = read.rules.iter().map(|(policy, _)| policy.clone()).collect();
        let zone = &signed.workspace.time_zone;
        let context = Context { names: &read.names, policies: &policies, zone, may_write };
        let quota = read.own_default.as_ref().map_or(*limits.default.quota(), |own| own.quota);
        let policy = Policy::default_per_key(quota);
        Self {
            shell: signed.shell("Rate Limits", Place::DeveloperHub),
            tabs: tabs(HubTab::RateLimits),
            read_only: (!may_write).then(read_only),
            errors: None,
            default: DefaultLimit::new(limits, read.own_default.as_ref(), may_write),
            rules: Rules::of(&read.rules, query.span, zone, token.clone()),
            refusals: refusals(read, query.span, context),
            overrides: Listed::overrides(query, read, context),
            networks: Networks::new(&read.state, &limits.exempt_networks, token),
            buckets: Listed::buckets(query, read, context),
            message: Reference::new(policy, services.rate_limit_fields, services.clock.now()),
        }
    }
}

fn read_only() -> Alert {
    Alert {
        tone: Tone::Info,
        title: "You see the limits and cannot change them".to_owned(),
        text: "A limit that is too wide costs everybody, so owners and admins alone change them.".to_owned(),
    }
}

impl Rules {
    fn of(rules: &[Counted], span: Span, zone: &TimeZone, token: Option<String>) -> Self {
        let may_write = token.is_some();
        Self {
            table: (!rules.is_empty()).then(|| rules::table(rules, span, zone, may_write)),
            empty: rules.is_empty().then(|| no_rules(may_write)),
            add: (may_write && !rules.is_empty() && rules.len() < POLICIES_MAX).then(add_rule),
            order: token.filter(|_| rules.len() > 1).map(|token| (ORDER_FORM, token)),
            counted: (!rules.is_empty()).then(|| counted(span)),
        }
    }
}

fn counted(span: Span) -> String {
    format!(
        "Counted {}, by all nodes; the last seconds may be missing. A rule in shadow refuses nothing: its last column says what it \
         would have.",
        span.said()
    )
}

fn refusals(read: &Read, span: Span, context: Context<'_>) -> Refusals {
    let usage = read.rules.iter().map(|(_, usage)| usage).chain([&read.by_default]);
    Refusals::of(usage, span, context.zone, |policy| context.policy(policy))
}

fn add_rule() -> Link {
    Link { href: format!("{PATH}/policies/new"), text: "Add Rule".to_owned() }
}

fn no_rules(may_write: bool) -> EmptyState {
    let what = "A rule limits some requests by itself: exports to ten an hour, say, or everything from one address. It can be tried in \
        shadow first, where it counts what it would refuse and refuses nothing.";
    EmptyState {
        title: "No rules yet".to_owned(),
        text: vec![what.to_owned()],
        steps: Vec::new(),
        action: may_write.then(add_rule),
    }
}

impl Listed {
    fn overrides(query: Query, read: &Read, context: Context<'_>) -> Self {
        let is_empty = read.overrides.items.is_empty();
        let add = Link { href: format!("{PATH}/overrides/new"), text: "Add Override".to_owned() };
        Self {
            table: (!is_empty).then(|| overrides::table(&read.overrides.items, context)),
            pagination: (!is_empty).then(|| overrides::pagination(query, &read.overrides)),
            add: context.may_write.then_some(add),
        }
    }

    fn buckets(query: Query, read: &Read, context: Context<'_>) -> Self {
        let (buckets, next) = &read.buckets;
        let is_whole = query.buckets_skip == 0 && next.is_none();
        Self {
            table: (!buckets.is_empty()).then(|| buckets::table(buckets, context)),
            pagination: (!buckets.is_empty() || !is_whole).then(|| buckets::pagination(query, buckets.len(), *next)),
            add: None,
        }
    }
}

#[cfg(test)]
#[path = "page_samples.rs"]
mod samples;
