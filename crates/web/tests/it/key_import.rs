//! `/api/hub/v1/keys/import`: OwnPay's keys by their SHA-256, which work unchanged through HTTP.

use actix_web::http::Method;
use devhub_domain::api_keys::NewApiKey;
use devhub_domain::testing::label;
use serde_json::{Value, json};

use crate::hub::{Answer, Hub, OTHER_WORKSPACE, request};

const IMPORT: &str = "/api/hub/v1/keys/import";
const ADMIN: &str = "read write admin keys:read keys:write";

/// The test vector of the contract, §1.1.
const TOKEN: &str = "op_8ae87c48.aae2b54e89c755d768a9db81b820643d3da4257474735ebd";
const SHA256: &str = "41cea3b1ac3262502612d2ab11cb3c7c21ae30dd394d13acc44c8bb3c1243297";

fn line(hash: &str) -> String {
    format!("Shop\t8ae87c48\t{hash}\t[\"read\", \"write\"]\tactive\tNULL\n")
}

fn file(lines: &[String]) -> Value {
    let header = "name\tkey_prefix\tkey_hash\tscopes\tstatus\texpires_at\n";
    json!({ "content": format!("{header}{}", lines.concat()) })
}

async fn whoami(hub: &Hub) -> Answer {
    let header = ("authorization", format!("Bearer {TOKEN}"));
    hub.send(request(Method::GET, "/api/hub/v1/whoami").insert_header(header)).await
}

#[actix_web::test]
async fn an_imported_key_of_ownpay_is_accepted_with_the_token_that_it_always_had() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    assert_eq!(whoami(&hub).await.status, 401);
    let answer = hub.post(IMPORT, &admin, &file(&[line(SHA256), "x\n".to_owned()])).await;
    let detail = "the line must have as many fields as the header: 6, not 1";
    let expected = json!({ "dry_run": false, "new": 1, "existing": 0, "refused": [{ "line": 3, "detail": detail }] });
    assert_eq!((answer.status.as_u16(), answer.json()), (200, expected));
    assert_eq!(whoami(&hub).await.json()["scopes"], json!(["read", "write"]));
    let again = hub.post(IMPORT, &admin, &file(&[line(SHA256)])).await.json();
    assert_eq!((&again["new"], &again["existing"]), (&json!(0), &json!(1)));
}

#[actix_web::test]
async fn a_dry_run_changes_nothing() {
    let hub = Hub::new();
    let mut body = file(&[line(SHA256)]);
    body["dry_run"] = json!(true);
    let answer = hub.post(IMPORT, &hub.key(ADMIN), &body).await.json();
    assert_eq!(answer, json!({ "dry_run": true, "new": 1, "existing": 0, "refused": [] }));
    assert_eq!(whoami(&hub).await.status, 401);
}

#[actix_web::test]
async fn an_import_that_is_repeated_is_answered_as_before() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let first = hub.post_once(IMPORT, &admin, "import-1", &file(&[line(SHA256)])).await;
    let again = hub.post_once(IMPORT, &admin, "import-1", &file(&[line(SHA256)])).await;
    assert_eq!((again.json(), again.header("idempotent-replayed")), (first.json(), Some("true")));
}

#[actix_web::test]
async fn what_is_no_file_of_keys_is_refused_whole() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let many: Vec<String> = (0..251).map(|number| line(&format!("{number:064x}"))).collect();
    for (body, code) in [
        (json!({ "content": "name,scopes\nShop,read" }), "import_unreadable"),
        (json!({ "content": "[1" }), "import_unreadable"),
        (file(&many), "import_too_long"),
        (json!({ "content": "", "format": "xml" }), "validation_failed"),
        (json!({ "content": "", "time_zone": "Dhaka" }), "validation_failed"),
    ] {
        assert_eq!(hub.post(IMPORT, &admin, &body).await.status_and_code(), (422, code.to_owned()));
    }
    let huge = json!({ "content": "x".repeat(600 * 1024) });
    assert_eq!(hub.post(IMPORT, &admin, &huge).await.status, 413);
}

#[actix_web::test]
async fn no_key_imports_scopes_that_it_lacks() {
    let hub = Hub::new();
    let answer = hub.post(IMPORT, &hub.key("read keys:write"), &file(&[line(SHA256)])).await.json();
    assert_eq!(answer["refused"][0]["detail"], "the key has scopes that whoever imports it lacks");
    assert_eq!(whoami(&hub).await.status, 401);
}

/// Whoever has seen a dump of OwnPay knows the digests of all of its merchants.
#[actix_web::test]
async fn nobody_takes_over_the_key_of_another_workspace_or_learns_that_it_is_there() {
    let hub = Hub::new();
    let new = NewApiKey { scopes: ADMIN.parse().unwrap(), ..NewApiKey::with_label(label("Other")) };
    let stranger = hub.issue(OTHER_WORKSPACE, new);
    let mut dry = file(&[line(SHA256)]);
    dry["dry_run"] = json!(true);
    for body in [&dry, &file(&[line(SHA256)])] {
        let answer = hub.post(IMPORT, &stranger, body).await;
        assert_eq!(answer.status_and_code(), (403, "installation_only".to_owned()));
    }
    assert_eq!(whoami(&hub).await.status, 401);
    let imported = hub.post(IMPORT, &hub.key(ADMIN), &file(&[line(SHA256)])).await.json();
    assert_eq!(imported["new"], json!(1));
}
