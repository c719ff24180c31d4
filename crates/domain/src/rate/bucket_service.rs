//! The use cases of buckets: look at those that are in use, and fill one.
//!
//! *Threat:* a workspace that sees, or fills, what another one's keys have spent. *Defence:* a workspace is shown buckets of its own
//! policies, and of its own keys only; the store is asked whose a key is. *Not defended:* what is shown was true a moment ago.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::policy_service::log;
use super::{
    BucketView, LiveBucket, Owner, Policy, PolicyId, PolicyRef, Quota, RateError, RateTx, Rulebook, Subject,
    SubjectKind, decide,
};
use crate::access::Asker;
use crate::api_keys::Scope;
use crate::id::WorkspaceId;
use crate::page::PageSize;
use crate::store::{Change, Lane, Prepared, UnitOfWork, prepare, read};
use crate::time::{Clock, Timestamp};

/// Most buckets that are shown: those that are full again last. Whoever wants all of them wants figures, which the metrics have.
pub const BUCKETS_SHOWN_MAX: usize = 1_000;

/// A bucket as people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownBucket {
    /// Whom it counts.
    pub owner: Owner,
    /// Which policy it belongs to.
    pub policy_ref: PolicyRef,
    /// That policy's name, with the quota that the owner has.
    pub policy: Policy,
    /// Units that are spent now.
    pub used: u32,
    /// Units that fit now.
    pub remaining: u32,
    /// When nothing is spent any more, if nothing else is asked meanwhile. Wall time.
    pub full_at: Timestamp,
}

/// The use cases of buckets.
#[derive(Clone)]
pub struct RateBuckets {
    store: Arc<dyn UnitOfWork<dyn RateTx>>,
    rulebook: Arc<Rulebook>,
    buckets: Arc<dyn BucketView>,
    default: Policy,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for RateBuckets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RateBuckets").finish_non_exhaustive()
    }
}

/// What a bucket's number says of it.
#[derive(Clone, Copy)]
struct Meaning {
    policy_id: PolicyId,
    policy_ref: PolicyRef,
    policy: Policy,
    overridden_as: [Option<PolicyRef>; 2],
}

impl RateBuckets {
    /// The use cases over a store, the rules in memory and the buckets; `default` is what each key has.
    pub fn new(
        store: Arc<dyn UnitOfWork<dyn RateTx>>,
        rulebook: Arc<Rulebook>,
        buckets: Arc<dyn BucketView>,
        default: Policy,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, rulebook, buckets, default, clock }
    }

    /// Buckets of a workspace of which something is spent, the one that is full again last first, from the position `skip` on; and the
    /// position that follows, if there may be more. At most [`BUCKETS_SHOWN_MAX`] in all. Blocks.
    ///
    /// What is asked between two pages moves buckets: one may be seen twice, or not.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(
        &self,
        workspace_id: WorkspaceId,
        skip: usize,
        size: PageSize,
    ) -> Result<(Vec<ShownBucket>, Option<usize>), RateError> {
        let (elapsed, now) = (self.clock.elapsed(), self.clock.now());
        let meanings = self.meanings(workspace_id);
        let is_meant = |bucket: &LiveBucket| meanings.iter().any(|meaning| meaning.policy_id == bucket.policy_id);
        let limit = skip.saturating_add(size.get() + 1).min(BUCKETS_SHOWN_MAX);
        let mut live = self.buckets.live(elapsed, limit, &is_meant).into_iter().skip(skip).collect::<Vec<_>>();
        let next = (live.len() > size.get()).then_some(skip + size.get());
        live.truncate(size.get());
        let shown = read(&*self.store, |tx| {
            let mut shown = Vec::new();
            for bucket in &live {
                let is_foreign = match bucket.owner {
                    Owner::Key(id) => tx.find_api_key(workspace_id, id)?.is_none(),
                    Owner::Workspace(id) => id != workspace_id,
                    Owner::Network(_) => false,
                };
                let meaning = meanings.iter().find(|meaning| meaning.policy_id == bucket.policy_id);
                if let Some(meaning) = meaning.filter(|_| !is_foreign) {
                    shown.push(self.shown(workspace_id, bucket, meaning, (elapsed, now)));
                }
            }
            Ok::<_, RateError>(shown)
        })?;
        Ok((shown, next))
    }

    /// Fills a bucket at once. *Repeat:* a bucket that is full stays so; each call is in the audit log.
    ///
    /// # Errors
    /// [`RateError::Forbidden`], [`RateError::NotFound`], [`RateError::KeyNotFound`] for subjects of other workspaces, and the store's
    /// own.
    pub fn reset(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        policy: PolicyRef,
        subject: Subject,
    ) -> Result<Prepared<dyn RateTx, impl Change<dyn RateTx, Output = (), Error = RateError> + use<>>, RateError> {
        asker.require(Scope::LimitsWrite)?;
        let missing = || match policy {
            PolicyRef::Of(id) => RateError::NotFound(id),
            PolicyRef::Default => RateError::SubjectMismatch,
        };
        let policy_id = self.rulebook.policy_id(workspace_id, policy).ok_or_else(missing)?;
        let now = self.clock.now();
        let buckets = Arc::clone(&self.buckets);
        let change = move |tx: &mut (dyn RateTx + 'static)| {
            let named = match subject {
                Subject::Key(id) => {
                    tx.find_api_key(workspace_id, id)?.ok_or(RateError::KeyNotFound(id))?;
                    id.to_string()
                }
                Subject::Workspace(id) if id == workspace_id => id.to_string(),
                Subject::Workspace(_) => return Err(RateError::SubjectMismatch),
                Subject::Address(address) => address.to_canonical().to_string(),
            };
            let detail = json!({ "policy": policy.to_string(), "subject": named });
            log(tx, (workspace_id, now), &asker, "rate_bucket.reset", (named, detail))?;
            Ok(())
        };
        Ok(prepare(&self.store, Lane::Interactive, change, move |(): &mut ()| {
            buckets.reset(subject, policy_id);
        }))
    }

    /// What the buckets of a workspace may belong to.
    fn meanings(&self, workspace_id: WorkspaceId) -> Vec<Meaning> {
        let default = Meaning {
            policy_id: PolicyId::default_of(&workspace_id),
            policy_ref: PolicyRef::Default,
            policy: self.default,
            overridden_as: [Some(PolicyRef::Default), None],
        };
        self.rulebook.with(&workspace_id, |ruleset| {
            let rules = ruleset.map(|ruleset| ruleset.rules()).unwrap_or_default().iter().map(|rule| Meaning {
                policy_id: rule.policy_id,
                policy_ref: PolicyRef::Of(rule.id),
                policy: Policy::new(rule.name, rule.quota),
                overridden_as: rule.overridden_as(),
            });
            rules.chain([default]).collect()
        })
    }

    fn shown(
        &self,
        workspace_id: WorkspaceId,
        bucket: &LiveBucket,
        meaning: &Meaning,
        (elapsed, now): (Duration, Timestamp),
    ) -> ShownBucket {
        let quota = self.quota(workspace_id, bucket.owner, meaning);
        let decision = decide(Some(bucket.full_at), elapsed, &quota, 0);
        ShownBucket {
            owner: bucket.owner,
            policy_ref: meaning.policy_ref,
            policy: Policy::new(*meaning.policy.name(), quota),
            used: quota.burst().get().saturating_sub(decision.remaining),
            remaining: decision.remaining,
            full_at: now.plus(decision.resets_after),
        }
    }

    fn quota(&self, workspace_id: WorkspaceId, owner: Owner, meaning: &Meaning) -> Quota {
        let key = if let Owner::Key(id) = owner { Some(id) } else { None };
        self.rulebook.quota_for(meaning.overridden_as, key, workspace_id).unwrap_or(*meaning.policy.quota())
    }
}

impl SubjectKind {
    /// The kind of a subject.
    pub const fn of(subject: &Subject) -> Self {
        match subject {
            Subject::Key(_) => Self::Key,
            Subject::Workspace(_) => Self::Workspace,
            Subject::Address(_) => Self::Address,
        }
    }
}

/// The text names no subject of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("subject must be the id of a key, the id of the workspace, or an address")]
pub struct SubjectError;

impl std::str::FromStr for Subject {
    type Err = SubjectError;

    /// An address may also be written as the network that its bucket is shown with.
    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let key = text.parse().map(Self::Key).ok();
        let workspace = || text.parse().map(Self::Workspace).ok();
        let address = || text.split('/').next().and_then(|address| address.parse::<IpAddr>().ok()).map(Self::Address);
        key.or_else(workspace).or_else(address).ok_or(SubjectError)
    }
}
