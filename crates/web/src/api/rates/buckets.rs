//! Buckets in use, and how one is filled.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::rate::{BUCKETS_SHOWN_MAX, PolicyRef, ShownBucket, Subject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::QuotaBody;
use crate::auth::{Caller, LimitsRead, LimitsWrite};
use crate::openapi::{BucketSubjectText, PolicyNameText, PolicyRefText, TimeText};
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, PageBody, Path, Reply, Text, get, ok, page_request, parse, post};
use crate::services::Services;
use crate::{blocking, once};

/// A bucket of which something is spent.
#[derive(Serialize, ToSchema)]
#[schema(as = RateBucket)]
pub(super) struct BucketBody {
    #[schema(value_type = BucketSubjectText)]
    subject: String,
    #[schema(value_type = PolicyRefText)]
    policy: String,
    #[schema(value_type = PolicyNameText)]
    policy_name: String,
    #[serde(flatten)]
    quota: QuotaBody,
    /// Units of the burst that are spent now.
    used: u32,
    /// Units that fit now.
    remaining: u32,
    /// When nothing is spent any more, if nothing else is asked meanwhile.
    full_at: TimeText,
}

impl From<&ShownBucket> for BucketBody {
    fn from(bucket: &ShownBucket) -> Self {
        Self {
            subject: bucket.owner.to_string(),
            policy: bucket.policy_ref.to_string(),
            policy_name: bucket.policy.name().to_string(),
            quota: bucket.policy.quota().into(),
            used: bucket.used,
            remaining: bucket.remaining,
            full_at: Text(bucket.full_at),
        }
    }
}

/// Which bucket shall be full.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RateBucketReset)]
pub(super) struct ResetBucket {
    #[schema(value_type = PolicyRefText)]
    policy: String,
    #[schema(value_type = BucketSubjectText)]
    subject: String,
}

/// A bucket that was filled.
#[derive(Serialize, ToSchema)]
#[schema(as = RateBucketFilled)]
pub(super) struct FilledBody {
    /// Always true: what it had spent is forgotten.
    filled: bool,
}

pub(super) fn paths() -> Vec<Path> {
    vec![
        Path::new("/api/hub/v1/limits/buckets", "GET, HEAD").route(get().to(list)),
        Path::new("/api/hub/v1/limits/buckets/reset", "POST").route(post().to(reset)),
    ]
}

async fn list(
    caller: Caller<LimitsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let params = incoming.params(&["limit", "cursor"])?;
    let mut invalid = Invalid::default();
    let PageRequest::<usize> { size, after } = page_request(&params, &mut invalid);
    let skip = after.unwrap_or_default();
    if skip > BUCKETS_SHOWN_MAX {
        invalid.refuse("cursor", "cursor must be a next_cursor of this list".to_owned());
    }
    invalid.finish()?;
    let (items, next) = page(&services, caller, skip, size).await?;
    Ok(ok(&PageBody::of(items, next)))
}

async fn page(
    services: &Services,
    caller: Caller<LimitsRead>,
    skip: usize,
    size: PageSize,
) -> Result<(Vec<BucketBody>, Option<usize>), Problem> {
    let buckets = services.rate_buckets.clone();
    let (shown, next) = blocking::run(move || buckets.list(caller.workspace_id, skip, size)).await?;
    Ok((shown.iter().map(BucketBody::from).collect(), next))
}

async fn reset(
    caller: Caller<LimitsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let demand = incoming.demand(services.limits.body_bytes_max, services.limits).await?;
    let body = parse::<ResetBucket>(&demand.body)?;
    let mut invalid = Invalid::default();
    let policy = invalid.check("policy", body.policy.parse::<PolicyRef>());
    let subject = invalid.check("subject", body.subject.parse::<Subject>());
    let (Some(policy), Some(subject)) = (policy, subject) else {
        return Err(invalid.into());
    };
    let prepared = services.rate_buckets.reset(caller.asker(), caller.workspace_id, policy, subject)?;
    let filled = once::run(&services, caller.key_id, demand, prepared, |(), _| Reply::ok(&FilledBody { filled: true }));
    Ok(filled.await?.answer)
}
