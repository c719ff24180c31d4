//! Whose workspace a form is of, and what is taken from a page of any.

use devhub_domain::access::Asker;
use devhub_domain::operators::{EmailAddress, Role};

use super::browser::{Browser, email_of, hub_with_operators};
use super::workspaces::{GENERAL, KEYS, NEW_OPERATOR, SWITCH, WORKSPACES, admit, operators, remove_from_first, switch};
use crate::hub::{OTHER_WORKSPACE, WORKSPACE};

#[actix_web::test]
async fn a_form_that_was_opened_before_a_switch_changes_nothing_in_the_other_workspace() {
    let hub = hub_with_operators();
    admit(&hub, Role::Owner, Role::Owner);
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let page = browser.get(KEYS).await.clone();
    let (token, form_id) = (page.token(), page.hidden("form_id"));
    switch(&mut browser, OTHER_WORKSPACE).await;
    let key = [("form_id", form_id.as_str()), ("label", "Mine"), ("scopes", "read"), ("environment", "live")];
    let sent: [(&str, &[(&str, &str)]); 5] = [
        (KEYS, &key),
        (GENERAL, &[("name", "Taken over"), ("time_zone", "UTC")]),
        (NEW_OPERATOR, &[("email", "eve@example.com"), ("role", "viewer")]),
        (WORKSPACES, &[("name", "Third"), ("time_zone", "UTC")]),
        ("/admin/account/sessions/end-others", &[]),
    ];
    for (path, fields) in sent {
        let page = browser.post_raw(path, &[&[("token", token.as_str())], fields].concat()).await;
        assert_eq!(page.status, 409, "{path}");
        assert!(page.says("You have switched to another workspace"), "{}", page.html);
        assert!(
            page.says("You have switched to Other meanwhile, and this form was opened in Main; nothing was changed")
        );
    }
    assert!(!browser.get(KEYS).await.says("Mine"));
    assert!(!browser.get(GENERAL).await.says("Taken over"));
    switch(&mut browser, WORKSPACE).await;
    assert!(!browser.get(KEYS).await.says("Mine"));
    let page = browser.post_raw(GENERAL, &[("token", &token), ("name", "Back"), ("time_zone", "UTC")]).await;
    assert_eq!(page.location(), GENERAL, "the form counts again where it was opened");
}

#[actix_web::test]
async fn a_form_of_a_workspace_that_was_left_is_of_no_other() {
    let hub = hub_with_operators();
    admit(&hub, Role::Admin, Role::Admin);
    let email = EmailAddress::new(&email_of(Role::Admin)).unwrap();
    let id = operators(&hub).find_by_email(WORKSPACE, &email).unwrap().unwrap().id;
    remove_from_first(&hub, Role::Admin);
    let mut browser = Browser::signed_in(&hub, Role::Admin).await;
    let token = browser.get(GENERAL).await.token();
    operators(&hub).admit(Asker::COMMAND_LINE, WORKSPACE, email, Role::Admin).commit().unwrap();
    switch(&mut browser, WORKSPACE).await;
    operators(&hub).remove(Asker::COMMAND_LINE, OTHER_WORKSPACE, id).commit().unwrap();
    let page = browser.post_raw(GENERAL, &[("token", &token), ("name", "Taken over"), ("time_zone", "UTC")]).await;
    assert_eq!(page.status, 403, "{}", page.html);
    assert!(browser.get(GENERAL).await.says("Main</p>"));
}

#[actix_web::test]
async fn a_form_counts_although_another_workspace_has_let_its_sender_in_meanwhile() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let token = browser.get(GENERAL).await.token();
    admit(&hub, Role::Owner, Role::Viewer);
    let page = browser.post_raw(GENERAL, &[("token", &token), ("name", "Renamed"), ("time_zone", "UTC")]).await;
    assert_eq!(page.location(), GENERAL);
    assert!(browser.get(GENERAL).await.says("Renamed</span>"));
}

#[actix_web::test]
async fn whoever_was_taken_out_of_a_workspace_signs_out_from_a_page_of_it() {
    let hub = hub_with_operators();
    admit(&hub, Role::Admin, Role::Admin);
    let mut browser = Browser::signed_in(&hub, Role::Admin).await;
    let menu = browser.get(GENERAL).await.hidden("token");
    switch(&mut browser, OTHER_WORKSPACE).await;
    remove_from_first(&hub, Role::Admin);
    let page = browser.post_raw("/admin/sign-out", &[("token", menu.as_str())]).await;
    assert_eq!(page.location(), "/admin/sign-in");
}

#[actix_web::test]
async fn what_means_the_session_itself_is_taken_from_any_page_of_it() {
    let hub = hub_with_operators();
    admit(&hub, Role::Owner, Role::Owner);
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let token = browser.get(GENERAL).await.token();
    switch(&mut browser, OTHER_WORKSPACE).await;
    let to = WORKSPACE.to_string();
    let page = browser.post_raw(SWITCH, &[("token", token.as_str()), ("to", &to)]).await;
    assert_eq!(page.location(), "/admin/overview");
    switch(&mut browser, OTHER_WORKSPACE).await;
    let page = browser.post_raw("/admin/sign-out", &[("token", token.as_str())]).await;
    assert_eq!(page.location(), "/admin/sign-in");
    assert_eq!(browser.post_raw(SWITCH, &[("token", "guess"), ("to", &to)]).await.status, 303);
}
