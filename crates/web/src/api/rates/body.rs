//! What is said about rate policies, in both directions.

use std::num::NonZeroU32;
use std::time::Duration;

use devhub_domain::rate::{
    MethodSet, Mode, NewOverride, OnBackendError, OverrideSubject, PathPattern, PolicyRule, Quota, RateOverride,
    RatePolicy, SubjectKind,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::{
    BackendErrorWord, MethodWord, OverrideSubjectText, PathPatternText, PolicyNameText, PolicyRefText, RateModeWord,
    RateOverrideIdText, RatePolicyIdText, SubjectWord, TimeText,
};
use crate::problem_body::Problem;
use crate::request::{Invalid, Text};

/// Most methods of one policy: there are six, and one that repeats a few is no mistake.
const METHODS_MAX: usize = 16;

/// How much somebody has.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SetQuota)]
pub(in crate::api) struct SetQuota {
    /// Requests in a window.
    #[schema(minimum = 1, maximum = 4_294_967_295_i64, format = Int64)]
    limit: u32,
    /// How long the window is, up to a day; seconds.
    #[schema(minimum = 1, maximum = 86_400)]
    window_s: u64,
    /// Requests that pass at once after a pause; `limit` when absent.
    #[schema(minimum = 1, maximum = 4_294_967_295_i64, format = Int64)]
    burst: Option<u32>,
}

impl SetQuota {
    /// The quota; complains about fields whose names follow `within`.
    pub(in crate::api) fn check(self, within: &str, invalid: &mut Invalid) -> Option<Quota> {
        let positive = |count| NonZeroU32::new(count).ok_or("must be at least 1");
        let limit = invalid.check(format!("{within}limit"), positive(self.limit));
        let burst = invalid.check(format!("{within}burst"), self.burst.map(positive).transpose());
        let quota = Quota::new(limit?, Duration::from_secs(self.window_s));
        let quota = invalid.check(format!("{within}window_s"), quota)?;
        match burst? {
            Some(burst) => invalid.check(format!("{within}burst"), quota.with_burst(burst)),
            None => Some(quota),
        }
    }
}

/// How much somebody has.
#[derive(Serialize, ToSchema)]
#[schema(as = Quota)]
pub(in crate::api) struct QuotaBody {
    /// Requests in a window.
    #[schema(minimum = 1, maximum = 4_294_967_295_i64, format = Int64)]
    limit: u32,
    /// How long the window is; seconds.
    #[schema(minimum = 1)]
    window_s: u64,
    /// Requests that pass at once after a pause.
    #[schema(minimum = 1, maximum = 4_294_967_295_i64, format = Int64)]
    burst: u32,
}

impl From<&Quota> for QuotaBody {
    fn from(quota: &Quota) -> Self {
        let (limit, window_s, burst) = (quota.limit().get(), quota.window().as_secs(), quota.burst().get());
        Self { limit, window_s, burst }
    }
}

/// What a policy shall be; what is absent is as said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RatePolicyRule)]
pub(super) struct SetPolicy {
    /// What callers know it by; no other policy of the workspace has it, and it is not `default`.
    #[schema(value_type = PolicyNameText)]
    name: String,
    /// Requests in a window.
    #[schema(minimum = 1, maximum = 4_294_967_295_i64, format = Int64)]
    limit: u32,
    /// How long the window is, up to a day; seconds.
    #[schema(minimum = 1, maximum = 86_400)]
    window_s: u64,
    /// Requests that pass at once after a pause; `limit` when absent.
    #[schema(minimum = 1, maximum = 4_294_967_295_i64, format = Int64)]
    burst: Option<u32>,
    /// What one request takes, at most `burst`; 1 when absent.
    #[schema(minimum = 1, maximum = 4_294_967_295_i64, format = Int64)]
    cost: Option<u32>,
    /// Whom it counts; `key` when absent.
    #[schema(value_type = Option<SubjectWord>)]
    subject: Option<String>,
    /// Which methods it means; all when absent or empty.
    #[schema(value_type = Option<Vec<MethodWord>>, max_items = 16)]
    methods: Option<Vec<String>>,
    /// Which paths it means; all when absent.
    #[schema(value_type = Option<PathPatternText>)]
    path: Option<String>,
    /// What it does; `enforce` when absent.
    #[schema(value_type = Option<RateModeWord>)]
    mode: Option<String>,
    /// What becomes of requests while the limiter does not answer; `allow` when absent.
    #[schema(value_type = Option<BackendErrorWord>)]
    on_backend_error: Option<String>,
}

impl SetPolicy {
    pub(super) fn check(self) -> Result<PolicyRule, Problem> {
        let mut invalid = Invalid::default();
        let quota = SetQuota { limit: self.limit, window_s: self.window_s, burst: self.burst }.check("", &mut invalid);
        let cost = NonZeroU32::new(self.cost.unwrap_or(1)).ok_or("must be at least 1");
        let path: &str = self.path.as_deref().unwrap_or("/**");
        let checked = (
            invalid.check("name", self.name.parse()),
            invalid.check("cost", cost),
            word(&mut invalid, "subject", self.subject, (SubjectKind::parse, SubjectKind::Key)),
            check_methods(&self.methods.unwrap_or_default(), &mut invalid),
            invalid.check("path", path.parse::<PathPattern>()),
            word(&mut invalid, "mode", self.mode, (Mode::parse, Mode::Enforce)),
            word(
                &mut invalid,
                "on_backend_error",
                self.on_backend_error,
                (OnBackendError::parse, OnBackendError::Allow),
            ),
        );
        match (quota, checked) {
            (
                Some(quota),
                (Some(name), Some(cost), Some(subject), Some(methods), Some(path), Some(mode), Some(on_backend_error)),
            ) => Ok(PolicyRule { name, quota, cost, subject, methods, path, mode, on_backend_error }),
            _ => Err(invalid.into()),
        }
    }
}

/// The value with this word, or that which is meant by none.
fn word<T>(
    invalid: &mut Invalid,
    field: &'static str,
    text: Option<String>,
    (parse, absent): (impl Fn(&str) -> Option<T>, T),
) -> Option<T> {
    let parsed =
        text.map_or(Ok(absent), |text| parse(&text).ok_or("must be one of the words that the reference names"));
    invalid.check(field, parsed)
}

fn check_methods(words: &[String], invalid: &mut Invalid) -> Option<MethodSet> {
    if words.len() > METHODS_MAX {
        invalid.refuse("methods", format!("methods must have at most {METHODS_MAX} words"));
        return None;
    }
    let checked = invalid.check_all("methods", words.iter().map(|word| MethodSet::ALL.with(word).map(|_| word)))?;
    checked.into_iter().try_fold(MethodSet::ALL, |methods, word| methods.with(word)).ok()
}

/// A rate policy.
#[derive(Serialize, ToSchema)]
#[schema(as = RatePolicy)]
pub(super) struct PolicyBody<'a> {
    id: RatePolicyIdText,
    #[schema(value_type = PolicyNameText)]
    name: &'a str,
    #[serde(flatten)]
    quota: QuotaBody,
    /// What one request takes.
    #[schema(minimum = 1, maximum = 4_294_967_295_i64, format = Int64)]
    cost: u32,
    #[schema(value_type = SubjectWord)]
    subject: &'static str,
    /// Which methods it means; all when empty.
    #[schema(value_type = Vec<MethodWord>)]
    methods: Vec<&'static str>,
    #[schema(value_type = PathPatternText)]
    path: &'a str,
    #[schema(value_type = RateModeWord)]
    mode: &'static str,
    #[schema(value_type = BackendErrorWord)]
    on_backend_error: &'static str,
    created_at: TimeText,
    /// When it was changed last; to move it is no change of it.
    updated_at: TimeText,
    /// Counts changes; the `ETag` is this in quotes.
    #[schema(minimum = 1)]
    revision: i64,
}

impl<'a> From<&'a RatePolicy> for PolicyBody<'a> {
    fn from(policy: &'a RatePolicy) -> Self {
        let rule = &policy.rule;
        Self {
            id: Text(policy.id),
            name: rule.name.as_str(),
            quota: (&rule.quota).into(),
            cost: rule.cost.get(),
            subject: rule.subject.as_str(),
            methods: rule.methods.words().collect(),
            path: rule.path.as_str(),
            mode: rule.mode.as_str(),
            on_backend_error: rule.on_backend_error.as_str(),
            created_at: Text(policy.created_at),
            updated_at: Text(policy.updated_at),
            revision: policy.revision,
        }
    }
}

/// All policies of a workspace.
#[derive(Serialize, ToSchema)]
#[schema(as = RatePolicies)]
pub(super) struct PoliciesBody<'a> {
    /// The one that is asked first stands first.
    #[schema(max_items = 100)]
    items: Vec<PolicyBody<'a>>,
}

impl<'a> PoliciesBody<'a> {
    pub(super) fn new(policies: &'a [RatePolicy]) -> Self {
        Self { items: policies.iter().map(PolicyBody::from).collect() }
    }
}

/// The order in which policies shall be asked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RatePolicyOrder)]
pub(super) struct SetOrder {
    /// Every policy of the workspace once, the one that is asked first in front.
    #[schema(value_type = Vec<RatePolicyIdText>, max_items = 100)]
    pub(super) ids: Vec<String>,
}

/// What a policy has decided.
#[derive(Serialize, ToSchema)]
#[schema(as = RatePolicyCounts)]
pub(super) struct CountsBody {
    /// Requests that passed, as far as this policy is concerned.
    pub(super) allowed: u64,
    /// Requests that it refused.
    pub(super) refused: u64,
    /// Requests that passed and that it would have refused, had it been enforced.
    pub(super) shadow_refused: u64,
    /// Since when that is counted: the start of the hub, or the making of the policy.
    pub(super) since: TimeText,
}

/// Another quota of a policy, for somebody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRateOverride)]
pub(super) struct CreateOverride {
    #[schema(value_type = PolicyRefText)]
    policy: String,
    #[schema(value_type = OverrideSubjectText)]
    subject: String,
    /// Requests in a window.
    #[schema(minimum = 1, maximum = 4_294_967_295_i64, format = Int64)]
    limit: u32,
    /// How long the window is, up to a day; seconds.
    #[schema(minimum = 1, maximum = 86_400)]
    window_s: u64,
    /// Requests that pass at once after a pause; `limit` when absent.
    #[schema(minimum = 1, maximum = 4_294_967_295_i64, format = Int64)]
    burst: Option<u32>,
}

impl CreateOverride {
    pub(super) fn check(self) -> Result<NewOverride, Problem> {
        let mut invalid = Invalid::default();
        let quota = SetQuota { limit: self.limit, window_s: self.window_s, burst: self.burst }.check("", &mut invalid);
        let policy = invalid.check("policy", self.policy.parse());
        let key = self.subject.parse().map(OverrideSubject::Key).ok();
        let subject = key.or_else(|| self.subject.parse().map(OverrideSubject::Workspace).ok());
        let subject = invalid.check("subject", subject.ok_or("must be the id of a key or of the workspace"));
        let (Some(quota), Some(policy), Some(subject)) = (quota, policy, subject) else {
            return Err(invalid.into());
        };
        Ok(NewOverride { policy, subject, quota })
    }
}

/// An override of a rate policy.
#[derive(Serialize, ToSchema)]
#[schema(as = RateOverride)]
pub(super) struct OverrideBody {
    id: RateOverrideIdText,
    #[schema(value_type = PolicyRefText)]
    policy: String,
    #[schema(value_type = OverrideSubjectText)]
    subject: String,
    #[serde(flatten)]
    quota: QuotaBody,
    created_at: TimeText,
    updated_at: TimeText,
    /// Grows with each change; the `ETag` is this in quotes.
    #[schema(minimum = 1)]
    revision: i64,
}

impl From<&RateOverride> for OverrideBody {
    fn from(made: &RateOverride) -> Self {
        let subject = match made.subject {
            OverrideSubject::Key(id) => id.to_string(),
            OverrideSubject::Workspace(id) => id.to_string(),
        };
        Self {
            id: Text(made.id),
            policy: made.policy.to_string(),
            subject,
            quota: (&made.quota).into(),
            created_at: Text(made.created_at),
            updated_at: Text(made.updated_at),
            revision: made.revision,
        }
    }
}
