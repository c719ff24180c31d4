//! What the overview reads: all of it bounded, however much there is.

use std::time::Duration;

use devhub_domain::api_keys::{ApiKey, ApiKeyFilter, KeyState};
use devhub_domain::audit::{AuditEntry, AuditFilter};
use devhub_domain::id::WorkspaceId;
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::usage::{UnknownTotals, WorkspaceUsage};
use devhub_domain::webhooks::WorkspaceDeliveries;

use crate::admin::span::Span;
use crate::problem_body::Problem;
use crate::services::Services;

/// Rows of each short list.
const ROWS: u64 = 5;
/// Networks that attempts with unknown tokens are told of.
const NETWORKS_SHOWN: usize = 5;
/// A key that expires this soon is told of.
pub(super) const EXPIRING_DAYS: u16 = 7;

/// What was read.
pub(super) struct Read {
    pub(super) usage: WorkspaceUsage,
    pub(super) deliveries: WorkspaceDeliveries,
    pub(super) expiring: Vec<ApiKey>,
    pub(super) retiring: Vec<ApiKey>,
    pub(super) latest: Vec<AuditEntry>,
    /// `None` for another workspace than that of the hub itself: whose a token was to be that no key has, nobody knows.
    pub(super) unknown: Option<UnknownTotals>,
    pub(super) has_keys: bool,
    pub(super) has_test: bool,
}

impl Read {
    /// Reads it. Blocks.
    pub(super) fn of(services: &Services, workspace_id: WorkspaceId, span: Span) -> Result<Self, Problem> {
        let now = services.clock.now();
        let few = PageRequest { size: PageSize::new(ROWS).map_err(Problem::internal)?, after: None };
        let keys = |filter: &ApiKeyFilter, page| services.keys.list(workspace_id, filter, page).map(|page| page.items);
        let soon = now.plus(Duration::from_hours(24 * u64::from(EXPIRING_DAYS)));
        let expiring =
            ApiKeyFilter { state: Some(KeyState::Active), expires_before: Some(soon), ..ApiKeyFilter::default() };
        let retiring = ApiKeyFilter { state: Some(KeyState::Retiring), ..ApiKeyFilter::default() };
        let one = PageRequest { size: PageSize::ONE, after: None };
        let tested = AuditFilter { action: Some("endpoint.tested".to_owned()), ..AuditFilter::default() };
        let is_of_hub = workspace_id == services.pages.workspace_id();
        let hours = span.steps(now)?;
        let unknown = is_of_hub.then(|| services.usage.unknown_totals(&hours, NETWORKS_SHOWN)).transpose()?;
        let log = PageRequest { size: few.size, after: None };
        Ok(Self {
            usage: services.usage.of_workspace(workspace_id, &hours)?,
            deliveries: services.deliveries.of_workspace(workspace_id, span.hours())?,
            expiring: keys(&expiring, few)?,
            retiring: keys(&retiring, few)?,
            latest: services.audit.list(workspace_id, &AuditFilter::default(), log)?.items,
            unknown,
            has_keys: !keys(&ApiKeyFilter::default(), one)?.is_empty(),
            has_test: !services
                .audit
                .list(workspace_id, &tested, PageRequest { size: PageSize::ONE, after: None })?
                .items
                .is_empty(),
        })
    }
}
