//! Who has a second factor, as those read it who manage the operators.

use devhub_domain::operators::Role;

use super::browser::{Browser, hub_with_operators};
use super::second_factor::{id_of, turn_on};

const OPERATORS: &str = "/admin/settings/operators";

#[actix_web::test]
async fn who_manages_operators_sees_who_has_a_second_factor_and_whose_can_be_reset() {
    let hub = hub_with_operators();
    let mut viewer = Browser::signed_in(&hub, Role::Viewer).await;
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    let (of_viewer, of_admin) = (id_of(&hub, Role::Viewer), id_of(&hub, Role::Admin));
    let page = owner.get(OPERATORS).await;
    assert!(page.says("Second factor") && page.says(">Off<") && !page.says(">On<"), "{}", page.html);
    assert!(!page.says("reset-second-factor") && !page.says("This hub asks everybody"));
    turn_on(&hub, &mut viewer).await;
    let page = owner.get(OPERATORS).await;
    assert!(page.says(">On<") && page.says(&format!("{of_viewer}/reset-second-factor")), "{}", page.html);
    assert!(!page.says(&format!("{of_admin}/reset-second-factor")));
    assert!(!viewer.get(OPERATORS).await.says("Second factor"), "it would name the accounts without one");
}

#[actix_web::test]
async fn the_page_of_an_operator_says_how_it_stands_with_its_second_factor() {
    let hub = hub_with_operators();
    let mut viewer = Browser::signed_in(&hub, Role::Viewer).await;
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    let role = format!("{OPERATORS}/{}/role", id_of(&hub, Role::Viewer));
    assert!(owner.get(&role).await.says("Second factor: off."));
    turn_on(&hub, &mut viewer).await;
    assert!(owner.get(&role).await.says("Second factor: on."));
}

#[actix_web::test]
async fn where_everybody_is_asked_for_one_it_is_told_who_has_none_yet() {
    let mut hub = hub_with_operators();
    hub.services.pages = hub.services.pages.with_required_second_factor();
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    turn_on(&hub, &mut owner).await;
    let page = owner.get(OPERATORS).await;
    assert!(page.says("3 operators have not set it up yet"), "{}", page.html);
    assert_eq!(page.html.matches("Not set up yet").count(), 3);
    let role = format!("{OPERATORS}/{}/role", id_of(&hub, Role::Viewer));
    assert!(owner.get(&role).await.says("Second factor: not set up yet."));
}
