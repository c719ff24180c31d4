//! The second factor: turned on and off, and asked for when signing in.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use devhub_domain::access::Asker;
use devhub_domain::audit::ACTIONS;
use devhub_domain::id::OperatorId;
use devhub_domain::operators::{EmailAddress, Operators, Role, TotpSecret};
use devhub_domain::testing::{SeededEntropy, totp_code};
use devhub_domain::time::Clock as _;

use super::browser::{Browser, PASSWORD, Page, email_of, hub_with_operators};
use crate::hub::{Hub, WORKSPACE};

const HOME: &str = "/admin/overview";
const KEYS: &str = "/admin/developer/api-keys";
const FACTOR: &str = "/admin/account/second-factor";
const CODES: &str = "/admin/account/second-factor/codes";
const OFF: &str = "/admin/account/second-factor/off";
const CODE: &str = "/admin/sign-in/code";
const CONFIRM: &str = "/admin/confirm-password";
const OWNER: [(&str, &str); 2] = [("email", "owner@example.com"), ("password", PASSWORD)];

/// What stands in a page's `code` elements.
fn codes_of(page: &Page) -> Vec<String> {
    let parts = page.html.split("<code").skip(1).map(|part| part.split_once('>').unwrap().1);
    parts.map(|part| part.split('<').next().unwrap().to_owned()).collect()
}

/// The code that a phone shows now.
fn shown(hub: &Hub, secret: &TotpSecret) -> String {
    totp_code(secret, hub.clock.now())
}

fn operators(hub: &Hub) -> Operators {
    Operators::new(hub.store.clone(), hub.clock.clone(), Arc::new(SeededEntropy::new(9)))
}

pub(super) fn id_of(hub: &Hub, role: Role) -> OperatorId {
    let email = EmailAddress::new(&email_of(role)).unwrap();
    operators(hub).find_by_email(WORKSPACE, &email).unwrap().unwrap().id
}

fn next_step(hub: &Hub) {
    hub.clock.advance(Duration::from_secs(30));
}

/// Turns the owner's second factor on; gives its secret and its recovery codes.
pub(super) async fn turn_on(hub: &Hub, browser: &mut Browser<'_>) -> (TotpSecret, Vec<String>) {
    let page = browser.get(FACTOR).await;
    let bytes = BASE32_NOPAD.decode(codes_of(page)[0].as_bytes()).unwrap();
    let secret = TotpSecret::from_bytes(bytes.try_into().unwrap());
    let offer = page.hidden("offer");
    let page = browser.post(FACTOR, &[("offer", &offer), ("code", &shown(hub, &secret))]).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let codes = codes_of(page);
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

/// A browser of somebody who has given the owner's password, and is asked for the code.
async fn at_the_code(hub: &Hub) -> Browser<'_> {
    let mut browser = Browser::new(hub);
    browser.get("/admin/sign-in").await;
    let page = browser.post("/admin/sign-in", &OWNER).await;
    assert!(page.location().starts_with("/admin/sign-in/code?next="), "{}", page.location());
    let page = browser.get(CODE).await;
    assert!(page.says("Type your code"), "{}", page.html);
    browser
}

#[actix_web::test]
async fn a_second_factor_is_offered_as_text_link_and_picture_and_needs_its_code() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    assert!(browser.get("/admin/account").await.says("Off: your password alone signs you in."));
    let page = browser.get(FACTOR).await.clone();
    assert!(page.says("otpauth://totp/Developer%20Hub:viewer%40example.com?secret="), "{}", page.html);
    assert!(page.says("<svg role=\"img\"") && page.says("h1v1h-1z"));
    let wrong = [("offer", &*page.hidden("offer")), ("code", "12345")];
    assert_eq!(browser.post(FACTOR, &wrong).await.status, 422);
    assert!(browser.page.says("This is not the code that the application shows now."));
    assert_eq!(browser.page.hidden("offer"), page.hidden("offer"), "the same secret stays on the page");
    assert!(browser.get("/admin/account").await.says("Off: your password alone signs you in."));
    turn_on(&hub, &mut browser).await;
    assert!(browser.get("/admin/account").await.says("On: a sign-in needs a code"));
    assert!(browser.get(FACTOR).await.says("10 of your recovery codes are left."));
}

#[actix_web::test]
async fn an_offer_of_another_operator_or_of_long_ago_turns_nothing_on() {
    let hub = hub_with_operators();
    let mut other = Browser::signed_in(&hub, Role::Admin).await;
    let page = other.get(FACTOR).await.clone();
    let bytes = BASE32_NOPAD.decode(codes_of(&page)[0].as_bytes()).unwrap();
    let secret = TotpSecret::from_bytes(bytes.try_into().unwrap());
    let fields = |code| [("offer", page.hidden("offer")), ("code", code)];
    let sent = fields(shown(&hub, &secret));
    let sent = sent.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(FACTOR).await;
    assert_eq!(browser.post(FACTOR, &sent).await.location(), FACTOR);
    hub.clock.advance(Duration::from_mins(15));
    let late = fields(shown(&hub, &secret));
    let late = late.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(other.post(FACTOR, &late).await.location(), FACTOR);
    assert!(other.get("/admin/account").await.says("Off: your password alone signs you in."));
}

#[actix_web::test]
async fn a_right_password_opens_nothing_before_the_code_is_typed() {
    let hub = hub_with_operators();
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    let (secret, _) = turn_on(&hub, &mut owner).await;
    next_step(&hub);
    let mut browser = at_the_code(&hub).await;
    assert!(!browser.cookies.contains_key("devhub_session"));
    for path in [KEYS, "/admin/account", FACTOR, "/admin/audit"] {
        assert!(browser.get(path).await.location().starts_with("/admin/sign-in"), "{path}");
    }
    // Nor does it where the token of a session belongs.
    let given = browser.cookies["devhub_password_given"].clone();
    browser.cookies.insert("devhub_session".to_owned(), given);
    assert!(browser.get(KEYS).await.location().starts_with("/admin/sign-in"));
    browser.get(CODE).await;
    assert_eq!(
        browser.post(CODE, &[("code", &shown(&hub, &secret)), ("next", "/admin/account")]).await.location(),
        "/admin/account"
    );
    assert_eq!(browser.get(KEYS).await.status, 200);
    assert!(!browser.cookies.contains_key("devhub_password_given"), "it is of no more use");
}

#[actix_web::test]
async fn a_code_is_accepted_once() {
    let hub = hub_with_operators();
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    let (secret, _) = turn_on(&hub, &mut owner).await;
    let mut browser = at_the_code(&hub).await;
    let page = browser.post(CODE, &[("code", &shown(&hub, &secret))]).await;
    assert_eq!(page.status, 422, "the code that has turned it on is spent");
    next_step(&hub);
    let code = shown(&hub, &secret);
    assert_eq!(browser.post(CODE, &[("code", &code)]).await.location(), HOME);
    let mut second = at_the_code(&hub).await;
    let page = second.post(CODE, &[("code", &code)]).await;
    assert_eq!(page.status, 422);
    assert!(page.says("The code is wrong, or was used before"));
    assert!(!second.cookies.contains_key("devhub_session"));
}

#[actix_web::test]
async fn a_recovery_code_signs_in_once() {
    let hub = hub_with_operators();
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    let (_, codes) = turn_on(&hub, &mut owner).await;
    let mut browser = at_the_code(&hub).await;
    assert_eq!(browser.post(CODE, &[("code", &codes[3].to_lowercase())]).await.location(), HOME);
    assert!(browser.get(FACTOR).await.says("9 of your recovery codes are left."));
    assert!(browser.get("/admin/audit").await.says("Operator recovery code used"));
    let mut second = at_the_code(&hub).await;
    assert_eq!(second.post(CODE, &[("code", &codes[3])]).await.status, 422);
    assert_eq!(second.post(CODE, &[("code", &codes[4])]).await.location(), HOME);
}

#[actix_web::test]
async fn wrong_codes_are_made_to_wait_and_the_password_does_not_forgive_them() {
    let hub = hub_with_operators();
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    let (secret, _) = turn_on(&hub, &mut owner).await;
    next_step(&hub);
    let mut early = at_the_code(&hub).await;
    let mut tries = 0;
    let refused = loop {
        // The password is given anew for each guess.
        let mut browser = Browser::new(&hub);
        browser.get("/admin/sign-in").await;
        if browser.post("/admin/sign-in", &OWNER).await.status == 429 {
            break browser;
        }
        browser.get(CODE).await;
        assert_eq!(browser.post(CODE, &[("code", "no code")]).await.status, 422);
        tries += 1;
        assert!(tries < 100, "somebody may guess for ever");
    };
    assert!(refused.page.header("retry-after").parse::<u64>().unwrap() >= 1);
    early.get(CODE).await;
    let right = early.post(CODE, &[("code", &shown(&hub, &secret))]).await;
    assert_eq!(right.status, 429, "the right code has to wait as well");
}

#[actix_web::test]
async fn a_password_that_was_given_five_minutes_ago_or_was_changed_is_asked_for_again() {
    let hub = hub_with_operators();
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    let (secret, _) = turn_on(&hub, &mut owner).await;
    let mut late = at_the_code(&hub).await;
    hub.clock.advance(Duration::from_mins(5));
    assert_eq!(late.post(CODE, &[("code", &shown(&hub, &secret))]).await.location(), "/admin/sign-in");
    assert_eq!(late.get(CODE).await.location(), "/admin/sign-in");
    let mut thief = at_the_code(&hub).await;
    owner.get("/admin/account").await;
    let fields = [("current_password", PASSWORD), ("new_password", "eleven green umbrellas")];
    assert_eq!(owner.post("/admin/account/password", &fields).await.location(), "/admin/account");
    next_step(&hub);
    assert_eq!(thief.post(CODE, &[("code", &shown(&hub, &secret))]).await.location(), "/admin/sign-in");
    assert!(!thief.cookies.contains_key("devhub_session"));
}

#[actix_web::test]
async fn new_recovery_codes_and_turning_off_need_the_password_again() {
    let hub = hub_with_operators();
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    let (secret, _) = turn_on(&hub, &mut owner).await;
    hub.clock.advance(Duration::from_mins(10));
    for path in [CODES, OFF] {
        owner.get(FACTOR).await;
        assert!(owner.post(path, &[("code", &shown(&hub, &secret))]).await.location().starts_with(CONFIRM), "{path}");
        assert!(owner.get(path).await.location().starts_with(CONFIRM), "{path}");
    }
    owner.get(CONFIRM).await;
    let sent = [("password", PASSWORD), ("next", CODES)];
    assert_eq!(owner.post(CONFIRM, &sent).await.location(), CODES);
    owner.get(CODES).await;
    assert_eq!(owner.post(CODES, &[("code", &shown(&hub, &secret))]).await.status, 200, "the code was not used up");
}

#[actix_web::test]
async fn new_recovery_codes_are_made_for_a_code_and_end_those_before() {
    let hub = hub_with_operators();
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    let (secret, before) = turn_on(&hub, &mut owner).await;
    assert!(owner.get(CODES).await.says("autocomplete=\"one-time-code\""));
    let page = owner.post(CODES, &[("code", &shown(&hub, &secret))]).await.clone();
    assert_eq!(page.status, 422, "the code that has turned it on is spent");
    assert!(page.says("No new codes were made by this") && page.says("aria-invalid=\"true\""), "{}", page.html);
    assert!(page.says("This code is wrong, or was used before"));
    next_step(&hub);
    let code = shown(&hub, &secret);
    let renewed = codes_of(owner.post(CODES, &[("code", &code)]).await);
    assert_eq!(renewed.len(), 10);
    // A reload of the page that shows them draws no others.
    owner.page = page;
    assert_eq!(owner.post(CODES, &[("code", &code)]).await.status, 422);
    let mut browser = at_the_code(&hub).await;
    assert_eq!(browser.post(CODE, &[("code", &before[0])]).await.status, 422);
    assert_eq!(browser.post(CODE, &[("code", &renewed[0])]).await.location(), HOME);
}

#[actix_web::test]
async fn it_is_turned_off_for_a_code_and_a_recovery_code_will_do() {
    let hub = hub_with_operators();
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    let (_, codes) = turn_on(&hub, &mut owner).await;
    assert!(owner.get(OFF).await.says("Turn off the second factor"));
    let page = owner.post(OFF, &[("code", "")]).await;
    assert!(page.status == 422 && page.says("The second factor is still on"), "{}", page.html);
    assert_eq!(owner.post(OFF, &[("code", &codes[0])]).await.location(), "/admin/account");
    assert!(owner.get("/admin/account").await.says("Off: your password alone signs you in."));
    for path in [CODES, OFF] {
        assert_eq!(owner.get(path).await.location(), FACTOR, "{path}");
    }
    Browser::signed_in(&hub, Role::Owner).await;
}

#[actix_web::test]
async fn who_has_session_and_password_guesses_no_more_codes_than_at_the_door() {
    let hub = hub_with_operators();
    let mut thief = Browser::signed_in(&hub, Role::Owner).await;
    let (secret, _) = turn_on(&hub, &mut thief).await;
    thief.get(OFF).await;
    for _ in 0..5 {
        assert_eq!(thief.post(OFF, &[("code", "no code")]).await.status, 422);
    }
    next_step(&hub);
    let page = thief.post(OFF, &[("code", &shown(&hub, &secret))]).await;
    assert_eq!(page.status, 429, "the right code has to wait as well");
    assert!(page.header("retry-after").parse::<u64>().unwrap() >= 1 && page.says("Too many attempts have failed"));
}

#[actix_web::test]
async fn an_owner_does_not_reset_its_own_without_a_code() {
    let hub = hub_with_operators();
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    turn_on(&hub, &mut owner).await;
    let reset = format!("/admin/settings/operators/{}/reset-second-factor", id_of(&hub, Role::Owner));
    owner.get("/admin/settings/operators").await;
    assert_eq!(owner.post(&reset, &[]).await.status, 403);
    assert!(owner.get("/admin/account").await.says("On: a sign-in needs a code"));
}

#[actix_web::test]
async fn what_is_done_with_a_second_factor_is_audited_and_tells_no_secret() {
    let hub = hub_with_operators();
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    let (secret, codes) = turn_on(&hub, &mut owner).await;
    owner.get(CODES).await;
    let renewed = codes_of(owner.post(CODES, &[("code", &codes[1])]).await);
    owner.get(OFF).await;
    owner.post(OFF, &[("code", &renewed[0])]).await;
    let page = owner.get("/admin/audit/export").await;
    for action in ["operator.second_factor_added", "operator.recovery_codes_renewed", "operator.second_factor_removed"]
    {
        assert!(ACTIONS.contains(&action) && page.says(action), "{action}: {}", page.html);
    }
    assert!(!page.says(secret.to_base32().expose()) && !page.says(&codes[0]));
}

#[actix_web::test]
async fn who_has_lost_phone_and_codes_signs_in_by_password_after_a_reset_which_ends_the_sessions() {
    let hub = hub_with_operators();
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    turn_on(&hub, &mut owner).await;
    let id = id_of(&hub, Role::Owner);
    operators(&hub).reset_second_factor(Asker::COMMAND_LINE, WORKSPACE, id).commit().unwrap();
    assert!(owner.get(KEYS).await.location().starts_with("/admin/sign-in"));
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    assert!(browser.get("/admin/audit").await.says("Operator second factor reset"));
}

#[actix_web::test]
async fn an_owner_resets_the_second_factor_of_another_on_the_page_of_the_operators() {
    let hub = hub_with_operators();
    let mut viewer = Browser::signed_in(&hub, Role::Viewer).await;
    turn_on(&hub, &mut viewer).await;
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    let reset = format!("/admin/settings/operators/{}/reset-second-factor", id_of(&hub, Role::Viewer));
    assert!(owner.get(&reset).await.says("Reset second factor?"));
    assert_eq!(owner.post(&reset, &[]).await.location(), "/admin/settings/operators");
    assert!(owner.get("/admin/settings/operators").await.says("The second factor is reset."));
    assert!(viewer.get(KEYS).await.location().starts_with("/admin/sign-in"));
    Browser::signed_in(&hub, Role::Viewer).await;
}

#[actix_web::test]
async fn where_a_second_factor_is_required_nothing_else_opens_before_it_is_on() {
    let mut hub = hub_with_operators();
    hub.services.pages = hub.services.pages.with_required_second_factor();
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    for path in [HOME, KEYS, "/admin/account", "/admin/settings/operators", "/admin/developer/deliveries/tail"] {
        assert_eq!(owner.get(path).await.location(), FACTOR, "{path}");
    }
    assert!(owner.get(FACTOR).await.says("This hub asks everybody for a second factor"));
    let fields = [("current_password", PASSWORD), ("new_password", "eleven green umbrellas")];
    assert_eq!(owner.post("/admin/account/password", &fields).await.location(), FACTOR);
    let (_, codes) = turn_on(&hub, &mut owner).await;
    assert_eq!(owner.get(KEYS).await.status, 200);
    assert!(owner.get(OFF).await.says("no other page opens before you have turned it on again"));
    owner.post(OFF, &[("code", &codes[0])]).await;
    assert_eq!(owner.get(KEYS).await.location(), FACTOR);
    owner.get(FACTOR).await;
    assert_eq!(owner.post("/admin/sign-out", &[]).await.location(), "/admin/sign-in");
}

#[actix_web::test]
async fn a_session_that_began_without_a_code_ends_when_the_factor_is_turned_on() {
    let hub = hub_with_operators();
    let mut thief = Browser::signed_in(&hub, Role::Owner).await;
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    turn_on(&hub, &mut owner).await;
    assert!(thief.get(FACTOR).await.location().starts_with("/admin/sign-in"));
    assert_eq!(owner.get(FACTOR).await.status, 200);
}
