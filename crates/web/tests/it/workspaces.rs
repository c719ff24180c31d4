//! `/api/hub/v1/workspaces`.

use devhub_domain::store::{Lane, UnitOfWork};
use devhub_domain::time::Timestamp;
use devhub_domain::workspaces::{TimeZone, Workspace, WorkspaceName, WorkspaceStatus, WorkspaceTx};
use insta::assert_json_snapshot;
use serde_json::json;

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE};

const WORKSPACES: &str = "/api/hub/v1/workspaces";

fn two_workspaces() -> Hub {
    let hub = Hub::new();
    let store: &dyn UnitOfWork<dyn WorkspaceTx> = &*hub.store;
    for (id, name) in [(WORKSPACE, "Main"), (OTHER_WORKSPACE, "Other")] {
        let (name, status) = (WorkspaceName::new(name).unwrap(), WorkspaceStatus::Active);
        let workspace =
            Workspace { id, name, status, time_zone: TimeZone::utc(), created_at: Timestamp::from_seconds(1) };
        store.write(Lane::Interactive, &mut |tx| tx.insert_workspace(&workspace)).unwrap();
    }
    hub
}

#[actix_web::test]
async fn a_key_sees_its_own_workspace() {
    let hub = two_workspaces();
    let key = hub.key("read");
    assert_json_snapshot!(hub.get(WORKSPACES, &key).await.snapshot());
    assert_eq!(hub.get(&format!("{WORKSPACES}/{WORKSPACE}"), &key).await.field("name"), "Main");
    let next = hub.get(&format!("{WORKSPACES}?cursor={WORKSPACE}"), &key).await.json();
    assert_eq!(next["items"], json!([]));
}

#[actix_web::test]
async fn other_workspaces_do_not_exist() {
    let hub = two_workspaces();
    let key = hub.key("read");
    for id in [OTHER_WORKSPACE.to_string().as_str(), "x"] {
        let answer = hub.get(&format!("{WORKSPACES}/{id}"), &key).await;
        assert_eq!(answer.status_and_code(), (404, "workspace_not_found".to_owned()), "{id}");
    }
}
