//! The endpoint reference: what is uploaded, who may upload it, and what everybody may read.

use actix_web::test::TestRequest;
use devhub_domain::access::Asker;
use devhub_domain::events::{NewOwnType, PAYLOAD_BYTES_DEFAULT_MAX, Payload, TypeDescription};
use devhub_domain::operators::Role;
use devhub_domain::reference::DOCUMENT_BYTES_MAX;

use super::browser::{Browser, hub_with_operators};
use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE};

const DOCUMENT: &str = "/admin/developer/reference/document";
const PLATFORM: &str = "/admin/developer/reference/platform";
pub(super) const TEXT: &str = "openapi: 3.1.0\ninfo:\n  title: Corner <b>\n  version: '7'\npaths:\n  /orders:\n    get:\n      \
                    operationId: listOrders\n      summary: Lists orders\n      responses:\n        '200':\n          \
                    description: They are listed.\n";

/// Sends the form as browsers do: with a file, which may be empty, and a text.
pub(super) async fn upload(browser: &mut Browser<'_>, (token, revision): (&str, &str), file: &str, text: &str) {
    let part = |name: &str, value: &str| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let head = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.yaml\"\r\n\
                Content-Type: application/yaml\r\n\r\n";
    let (token, revision, text) = (part("token", token), part("revision", revision), part("text", text));
    let body = format!("{token}{revision}{head}{file}\r\n{text}--edge--\r\n");
    let kind = ("content-type", "multipart/form-data; boundary=edge");
    browser.send(TestRequest::post().uri(DOCUMENT).insert_header(kind).set_payload(body)).await;
}

/// The same as the page that is shown has it.
async fn upload_shown(browser: &mut Browser<'_>, file: &str, text: &str) {
    let (token, revision) = (browser.page.token(), browser.page.hidden("revision"));
    upload(browser, (&token, &revision), file, text).await;
}

pub(super) fn keep(hub: &Hub, workspace_id: devhub_domain::id::WorkspaceId, text: &str) {
    let documents = &hub.services.reference_documents;
    documents.upload(Asker::COMMAND_LINE, workspace_id, text, None).unwrap().commit().unwrap();
}

#[actix_web::test]
async fn a_document_is_uploaded_shown_replaced_and_removed() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Admin).await;
    assert!(browser.get(DOCUMENT).await.says("No document is uploaded yet."));
    upload_shown(&mut browser, TEXT, "").await;
    assert_eq!(browser.page.location(), DOCUMENT);
    let page = browser.get(DOCUMENT).await;
    for text in ["The document is uploaded.", "Corner &#60;b&#62;", "admin@example.com"] {
        assert!(page.says(text), "{text}: {}", page.html);
    }
    assert!(browser.get(PLATFORM).await.says("/orders"));
    assert!(browser.get(&format!("{PLATFORM}/listOrders")).await.says("Lists orders"));
    browser.get(DOCUMENT).await;
    upload_shown(&mut browser, "", &TEXT.replace("/orders", "/carts").replace('\n', "\r\n")).await;
    assert_eq!(browser.page.location(), DOCUMENT);
    assert!(browser.get(PLATFORM).await.says("/carts"));
    let remove = format!("{DOCUMENT}/remove");
    assert!(browser.get(&remove).await.says("Remove Corner &#60;b&#62;?"));
    let action = browser.page.html.split("action=\"").find(|part| part.starts_with(&remove)).unwrap();
    let with_revision = action.split('"').next().unwrap().to_owned();
    assert!(with_revision.starts_with(&format!("{remove}?revision=")), "{with_revision}");
    assert_eq!(browser.post(&with_revision, &[]).await.location(), DOCUMENT);
    assert!(browser.get(DOCUMENT).await.says("The document is removed."));
    assert_eq!(browser.get(PLATFORM).await.status, 404);
}

#[actix_web::test]
async fn what_is_wrong_is_told_with_its_place_and_the_text_is_kept() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(DOCUMENT).await;
    upload_shown(&mut browser, "", "openapi: 3.1.0\ninfo:\n  title: <b>\n  version: '1'\npaths: []\n").await;
    let page = browser.page.clone();
    assert_eq!(page.status, 422);
    assert!(page.says("Line 5, column 8: at /paths: ") && page.says("title: &#60;b&#62;"), "{}", page.html);
    upload_shown(&mut browser, "", " ").await;
    assert!(browser.page.says("Choose a file, or paste the document below."), "{}", browser.page.html);
    upload_shown(&mut browser, TEXT, TEXT).await;
    assert!(browser.page.says("Choose a file or paste the document, and not both."), "{}", browser.page.html);
}

#[actix_web::test]
async fn a_document_that_somebody_else_has_uploaded_meanwhile_is_not_written_over() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(DOCUMENT).await;
    keep(&hub, WORKSPACE, &TEXT.replace("Corner", "Other"));
    upload_shown(&mut browser, TEXT, "").await;
    assert_eq!(browser.page.status, 409);
    assert!(browser.page.says("The document was changed meanwhile"), "{}", browser.page.html);
    let text = TEXT.to_owned();
    upload_shown(&mut browser, "", &text).await;
    assert_eq!(browser.page.location(), DOCUMENT);
}

#[actix_web::test]
async fn a_document_that_was_uploaded_after_the_question_is_not_removed_unseen() {
    let hub = hub_with_operators();
    keep(&hub, WORKSPACE, TEXT);
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    keep(&hub, WORKSPACE, &TEXT.replace("Corner", "Other"));
    for address in ["remove?revision=1", "remove"] {
        browser.get(&format!("{DOCUMENT}/remove")).await;
        browser.post(&format!("{DOCUMENT}/{address}"), &[]).await;
        assert_eq!(browser.page.status, 412, "{address}: {}", browser.page.html);
    }
    assert_eq!(hub.services.reference_documents.find(WORKSPACE).unwrap().unwrap().title, "Other <b>");
}

#[actix_web::test]
async fn a_pasted_text_is_kept_however_long_it_is() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(DOCUMENT).await;
    let text = format!("{TEXT}# {}\nend", "a".repeat(100 * 1024));
    upload_shown(&mut browser, "", &text.replace("paths:", "paths: [] #")).await;
    assert_eq!(browser.page.status, 422);
    assert!(browser.page.says("\nend</textarea>"), "the end of the text is not there");
    upload_shown(&mut browser, TEXT, &text).await;
    assert!(browser.page.says("\nend</textarea>") && browser.page.says("and not both"));
}

#[actix_web::test]
async fn a_pasted_text_may_be_as_long_as_a_file_whatever_ends_its_lines() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(DOCUMENT).await;
    let lines = (DOCUMENT_BYTES_MAX - TEXT.len()) / 2;
    let text = format!("{TEXT}{}", "#\n".repeat(lines)).replace('\n', "\r\n");
    assert!(text.len() > DOCUMENT_BYTES_MAX + 1024 * 1024);
    upload_shown(&mut browser, "", &text).await;
    assert_eq!(browser.page.location(), DOCUMENT);
}

#[actix_web::test]
async fn a_form_without_the_token_of_its_page_uploads_nothing() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(DOCUMENT).await;
    upload(&mut browser, ("", "0"), TEXT, "").await;
    assert_eq!(browser.page.status, 403);
    assert!(hub.services.reference_documents.find(WORKSPACE).unwrap().is_none());
    let mut stranger = Browser::new(&hub);
    upload(&mut stranger, ("", "0"), TEXT, "").await;
    assert!(stranger.page.location().starts_with("/admin/sign-in"));
}

#[actix_web::test]
async fn who_may_not_change_the_document_sees_it_and_why() {
    let hub = hub_with_operators();
    keep(&hub, WORKSPACE, TEXT);
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let page = browser.get(DOCUMENT).await.clone();
    assert!(page.says("Owners and admins can change this.") && page.says("Command line"), "{}", page.html);
    assert!(!page.says("multipart/form-data"));
    upload(&mut browser, (&page.token(), "1"), &TEXT.replace("Corner", "Mine"), "").await;
    assert_eq!(browser.page.status, 403);
    // What the body is, or how large, is not looked at.
    assert_eq!(browser.post_raw(DOCUMENT, &[]).await.status, 403);
    assert_eq!(browser.get(&format!("{DOCUMENT}/remove")).await.status, 403);
}

#[actix_web::test]
async fn types_of_a_workspace_are_links_to_the_pages_that_draw_them() {
    let hub = hub_with_operators();
    let new = NewOwnType {
        name: "order.placed".parse().unwrap(),
        description: TypeDescription::new("An order <b> was placed.").unwrap(),
        schema: r#"{"type":"object","properties":{"number_of_order":{"type":"string"}}}"#.to_owned(),
        sample: Payload::new(br#"{"number_of_order":"1"}"#, PAYLOAD_BYTES_DEFAULT_MAX).unwrap(),
    };
    hub.services.event_types.create(Asker::COMMAND_LINE, WORKSPACE, new).unwrap().commit().unwrap();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let page = browser.get("/admin/developer/reference/events").await.clone();
    assert!(page.says("href=\"/admin/developer/event-types/order.placed\"") && page.says("An order &#60;b&#62;"));
    assert!(page.says("id=\"payment.completed\"") && !page.says("number_of_order"), "{}", page.html);
    assert!(browser.get("/admin/developer/event-types/order.placed").await.says("number_of_order"));
}

#[actix_web::test]
async fn the_document_of_another_workspace_is_not_there() {
    let hub = hub_with_operators();
    keep(&hub, OTHER_WORKSPACE, TEXT);
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    assert!(browser.get(DOCUMENT).await.says("No document is uploaded yet."));
    for path in [PLATFORM, "/admin/developer/reference/platform.md", "/admin/developer/reference/platform/listOrders"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    assert!(!browser.get("/admin/developer/reference?q=orders").await.says("Lists orders"));
}

#[actix_web::test]
async fn whoever_is_signed_in_takes_the_reference_along_as_markdown() {
    let hub = hub_with_operators();
    keep(&hub, WORKSPACE, TEXT);
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    assert!(browser.get(PLATFORM).await.says("href=\"/admin/developer/reference/platform.md\" download"));
    let page = browser.get("/admin/developer/reference/platform.md").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/markdown; charset=utf-8"));
    assert!(page.html.starts_with("# Corner &lt;b&gt;") && page.says("/orders"), "{}", page.html);
}
