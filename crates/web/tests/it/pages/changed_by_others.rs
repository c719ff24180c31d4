//! Two people change the same thing, and one of them mends a field first: nobody writes over what was not told.

use devhub_domain::api_keys::NewApiKey;
use devhub_domain::operators::Role;
use devhub_domain::page::PageRequest;
use devhub_domain::testing::label;

use super::browser::{Browser, hub_with_operators};
use super::webhooks::{WEBHOOKS, endpoint};
use crate::hub::{Hub, WORKSPACE};

const LIMITS: &str = "/admin/rate-limits";

/// A form, where it is shown and sent to, with a field that is wrong and with the same field mended.
struct Form<'f> {
    shown: &'f str,
    sent: &'f str,
    fields: &'f [(&'f str, &'f str)],
    wrong: (&'f str, &'f str),
    mended: (&'f str, &'f str),
}

/// Opens the form in two browsers, saves one, sends the other one wrong, then mended, then once more; the statuses of those three.
async fn mended_after_another(hub: &Hub, form: &Form<'_>) -> [u16; 3] {
    let (mut first, mut second) =
        (Browser::signed_in(hub, Role::Owner).await, Browser::signed_in(hub, Role::Owner).await);
    let seen = second.get(form.shown).await.hidden("revision");
    first.get(form.shown).await;
    let good = [form.fields, &[form.mended, ("revision", seen.as_str())]].concat();
    let saved = first.post(form.sent, &good).await;
    assert_eq!(saved.status, 303, "{}", saved.html);
    let mut statuses = [0; 3];
    for (status, field) in statuses.iter_mut().zip([form.wrong, form.mended, form.mended]) {
        let revision = second.page.hidden("revision");
        let fields = [form.fields, &[field, ("revision", revision.as_str())]].concat();
        *status = second.post(form.sent, &fields).await.status.as_u16();
    }
    statuses
}

#[actix_web::test]
async fn who_mends_a_field_of_a_rule_is_told_of_a_change_by_somebody_else() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let fields = [
        ("path", "/api/hub/v1/**"),
        ("methods", "GET"),
        ("limit", "2"),
        ("window_s", "3600"),
        ("burst", ""),
        ("cost", "1"),
        ("subject", "key"),
        ("mode", "shadow"),
        ("on_backend_error", "allow"),
    ];
    let new = format!("{LIMITS}/policies/new");
    browser.get(&new).await;
    browser.post(&new, &[&fields[..], &[("name", "exports")]].concat()).await;
    let id = hub.services.rate_policies.list(WORKSPACE).unwrap().policies[0].id;
    let path = format!("{LIMITS}/policies/{id}");
    let (wrong, mended) = (("name", "Two Words"), ("name", "reports"));
    let form = Form { shown: &path, sent: &path, fields: &fields, wrong, mended };
    assert_eq!(mended_after_another(&hub, &form).await, [422, 409, 303]);
}

#[actix_web::test]
async fn who_mends_a_field_of_an_override_is_told_of_a_change_by_somebody_else() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let fields = [("policy", "default"), ("subject", "workspace"), ("window_s", "60"), ("burst", "")];
    let new = format!("{LIMITS}/overrides/new");
    browser.get(&new).await;
    browser.post(&new, &[&fields[..], &[("limit", "50")]].concat()).await;
    let id = hub.services.rate_overrides.list(WORKSPACE, PageRequest::default()).unwrap().items[0].id;
    let path = format!("{LIMITS}/overrides/{id}");
    let (wrong, mended) = (("limit", "many"), ("limit", "60"));
    let form = Form { shown: &path, sent: &path, fields: &fields, wrong, mended };
    assert_eq!(mended_after_another(&hub, &form).await, [422, 409, 303]);
}

#[actix_web::test]
async fn who_mends_a_line_of_the_networks_is_told_of_a_change_by_somebody_else() {
    let hub = hub_with_operators();
    let sent = format!("{LIMITS}/networks");
    let (wrong, mended) = (("networks", "10.0.0.0/33"), ("networks", "10.0.0.0/8"));
    let form = Form { shown: LIMITS, sent: &sent, fields: &[], wrong, mended };
    assert_eq!(mended_after_another(&hub, &form).await, [422, 422, 303]);
}

#[actix_web::test]
async fn who_mends_a_field_of_an_endpoint_is_told_of_a_change_by_somebody_else() {
    let hub = hub_with_operators();
    let path = format!("{WEBHOOKS}/{}/edit", endpoint(&hub, "https://shop.example/hook"));
    let fields = [("description", "Mine"), ("patterns", "*"), ("status", "active")];
    let (wrong, mended) = (("url", "ftp://shop.example"), ("url", "https://new.example/hook"));
    let form = Form { shown: &path, sent: &path, fields: &fields, wrong, mended };
    assert_eq!(mended_after_another(&hub, &form).await, [422, 409, 303]);
}

#[actix_web::test]
async fn who_mends_a_field_of_a_key_is_told_of_a_change_by_somebody_else() {
    let hub = hub_with_operators();
    let key = hub.issue(WORKSPACE, NewApiKey::with_label(label("Shop"))).key;
    let path = format!("/admin/developer/api-keys/{}", key.id);
    let fields = [("owner", ""), ("environment", "live"), ("allow_list", "")];
    let form = Form { shown: &path, sent: &path, fields: &fields, wrong: ("label", ""), mended: ("label", "Till") };
    assert_eq!(mended_after_another(&hub, &form).await, [422, 422, 303]);
}
