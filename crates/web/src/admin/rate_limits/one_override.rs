//! One override, with what tells in words what it is about.

use devhub_domain::id::RateOverrideId;
use devhub_domain::rate::{OverrideSubject, RateOverride, RatePolicy};

use super::overrides::Context;
use crate::admin::key_names::KeyNames;
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;

/// An override of the workspace.
pub(super) struct OneOverride {
    pub(super) made: RateOverride,
    policies: Vec<RatePolicy>,
    names: KeyNames,
}

impl OneOverride {
    /// Finds it.
    ///
    /// # Errors
    /// When there is none, and the store's own.
    pub(super) async fn find(signed: &Signed, id: RateOverrideId) -> Result<Self, Problem> {
        let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
        let read = move || {
            let made = services.rate_overrides.find(workspace_id, id)?;
            let policies = services.rate_policies.list(workspace_id)?.policies;
            let key = match made.subject {
                OverrideSubject::Key(id) => Some(id),
                OverrideSubject::Workspace(_) => None,
            };
            let names = KeyNames::read(&services, workspace_id, key)?;
            Ok(Self { made, policies, names })
        };
        blocking::run(read).await
    }

    /// What its names are found in.
    pub(super) fn context<'a>(&'a self, signed: &'a Signed) -> Context<'a> {
        let Self { policies, names, .. } = self;
        Context { names, policies, zone: &signed.workspace.time_zone, may_write: true }
    }
}
