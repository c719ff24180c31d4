//! `/api/hub/v1/workspaces`: the workspace of the calling key, which is all that a key sees.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::id::WorkspaceId;
use devhub_domain::page::PageRequest;
use devhub_domain::store::StoreError;
use devhub_domain::workspaces::{EventChecks, Workspace};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::path::HttpMethod;

use crate::auth::{AnyKey, Caller, EventTypesWrite};
use crate::openapi::{EventChecksWord, Operation, TimeText, WorkspaceIdText, WorkspaceStatusWord};
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, PageBody, Path, Text, get, ok, parse, patch};
use crate::services::Services;
use crate::{blocking, writes};

const ID: &str = "wsp_06b6rk0004s4g1s0d5ju9o6m0k";

pub(super) fn paths() -> Vec<Path> {
    vec![
        Path::new("/api/hub/v1/workspaces", "GET, HEAD").route(get().to(list)),
        Path::new("/api/hub/v1/workspaces/{id}", "GET, HEAD, PATCH").route(get().to(find)).route(patch().to(update)),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    let example = json!({ "id": ID, "name": "Main", "status": "active", "event_checks": "off", "created_at": "2026-11-24T10:00:00.000000Z" });
    let more =
        "A strict workspace accepts events of known types only, with payloads that satisfy the schemas of their types.";
    vec![
        Operation::new(HttpMethod::Get, "/api/hub/v1/workspaces", "listWorkspaces")
            .needs::<AnyKey>("Lists the workspaces that the key sees: its own.", "")
            .lists::<WorkspaceBody<'_>>("A page of workspaces.", &example.clone(), &json!(ID)),
        Operation::new(HttpMethod::Get, "/api/hub/v1/workspaces/{id}", "findWorkspace")
            .of("id", "The id of the workspace.", ID)
            .needs::<AnyKey>("Shows the workspace of the key.", "")
            .answers::<WorkspaceBody<'_>>("200", "The workspace.", example.clone()),
        Operation::new(HttpMethod::Patch, "/api/hub/v1/workspaces/{id}", "updateWorkspace")
            .of("id", "The id of the workspace.", ID)
            .needs::<EventTypesWrite>("Changes whether events are held against their types.", more)
            .takes::<UpdateWorkspace>(json!({ "event_checks": "strict" }))
            .answers::<WorkspaceBody<'_>>("200", "The workspace after the change.", example)
            .fails(&[409]),
    ]
}

/// What shall change of a workspace.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WorkspaceChanges)]
struct UpdateWorkspace {
    #[schema(value_type = EventChecksWord)]
    event_checks: String,
}

impl UpdateWorkspace {
    fn check(self) -> Result<EventChecks, Problem> {
        let mut invalid = Invalid::default();
        invalid.check("event_checks", self.event_checks.parse()).ok_or_else(|| invalid.into())
    }
}

/// The owner of keys, endpoints, events and deliveries.
#[derive(Serialize, ToSchema)]
#[schema(as = Workspace)]
struct WorkspaceBody<'a> {
    id: WorkspaceIdText,
    /// What people call it.
    #[schema(min_length = 1, max_length = 100)]
    name: &'a str,
    #[schema(value_type = WorkspaceStatusWord)]
    status: &'static str,
    #[schema(value_type = EventChecksWord)]
    event_checks: &'static str,
    created_at: TimeText,
}

impl<'a> From<&'a Workspace> for WorkspaceBody<'a> {
    fn from(workspace: &'a Workspace) -> Self {
        Self {
            id: Text(workspace.id),
            name: workspace.name.as_str(),
            status: workspace.status.as_str(),
            event_checks: workspace.event_checks.as_str(),
            created_at: Text(workspace.created_at),
        }
    }
}

async fn list(caller: Caller<AnyKey>, services: Data<Services>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    let PageRequest { after, .. } = incoming.page::<WorkspaceId>()?;
    let own = own(&caller, &services).await?;
    let shown = own.iter().filter(|own| after.is_none_or(|after| own.id < after));
    Ok(ok(&PageBody::of(shown.map(WorkspaceBody::from).collect(), None::<WorkspaceId>)))
}

async fn find(caller: Caller<AnyKey>, services: Data<Services>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let is_own = incoming.path_id() == Some(caller.workspace_id);
    let own = if is_own { own(&caller, &services).await? } else { None };
    let workspace = own.ok_or_else(|| Problem::no_such("workspace_not_found", "workspace"))?;
    Ok(ok(&WorkspaceBody::from(&workspace)))
}

async fn update(
    caller: Caller<EventTypesWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    if incoming.path_id() != Some(caller.workspace_id) {
        return Err(Problem::no_such("workspace_not_found", "workspace"));
    }
    let body = incoming.json(services.limits.body_bytes_max, services.limits).await?;
    let checks = parse::<UpdateWorkspace>(&body)?.check()?;
    let prepared = services.workspaces.set_event_checks(caller.asker(), caller.workspace_id, checks);
    Ok(ok(&WorkspaceBody::from(&writes::run(prepared).await?)))
}

async fn own(caller: &Caller<AnyKey>, services: &Services) -> Result<Option<Workspace>, StoreError> {
    let (workspaces, id) = (services.workspaces.clone(), caller.workspace_id);
    blocking::run(move || workspaces.find(id)).await
}
