//! `/api/hub/v1/workspaces`.

use insta::assert_json_snapshot;
use serde_json::json;

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE};

const WORKSPACES: &str = "/api/hub/v1/workspaces";

#[actix_web::test]
async fn a_key_sees_its_own_workspace() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read");
    assert_json_snapshot!(hub.get(WORKSPACES, &key).await.snapshot());
    assert_eq!(hub.get(&format!("{WORKSPACES}/{WORKSPACE}"), &key).await.field("name"), "Main");
    let next = hub.get(&format!("{WORKSPACES}?cursor={WORKSPACE}"), &key).await.json();
    assert_eq!(next["items"], json!([]));
}

#[actix_web::test]
async fn other_workspaces_do_not_exist() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read");
    for id in [OTHER_WORKSPACE.to_string().as_str(), "x"] {
        let answer = hub.get(&format!("{WORKSPACES}/{id}"), &key).await;
        assert_eq!(answer.status_and_code(), (404, "workspace_not_found".to_owned()), "{id}");
    }
}
