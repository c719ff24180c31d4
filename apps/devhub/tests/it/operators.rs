//! Operators by command line: in the running hub, and without one.

use crate::harness::{Ended, Home};

const DATA: [&str; 2] = ["--data", "data"];
const PASSWORD: &str = "seventeen blue teapots";

/// Runs `devhub operators` and types something.
fn run(home: &Home, arguments: &[&str], typed: &str) -> Ended {
    home.run_typing(typed, &[&["operators"], arguments, &DATA].concat())
}

fn add(home: &Home, email: &str, role: &str) -> Ended {
    run(home, &["add", email, "--role", role, "--password-file", "-"], PASSWORD)
}

fn list(home: &Home) -> String {
    run(home, &["list"], "").stdout
}

#[test]
fn an_operator_is_added_listed_reset_and_removed_in_the_running_hub() {
    let home = Home::new();
    let _hub = home.serve(&DATA);
    assert_eq!(add(&home, "Owner@example.com", "owner").code, 0);
    let added = add(&home, "eve@example.com", "viewer");
    assert!(
        added.stdout.starts_with("opr_") && added.stdout.contains("viewer     eve@example.com"),
        "{}",
        added.stdout
    );
    let lines: Vec<String> = list(&home).lines().map(str::to_owned).collect();
    assert!(lines[0].contains("owner@example.com") && lines[1].contains("eve@example.com"), "{lines:?}");
    let reset = run(&home, &["reset-password", "EVE@example.com", "--password-file", "-"], "eleven green umbrellas\n");
    assert_eq!((reset.code, &reset.stdout), (0, &added.stdout));
    let reset = run(&home, &["reset-second-factor", "eve@example.com"], "");
    assert_eq!((reset.code, reset.stdout), (0, added.stdout));
    assert_eq!(run(&home, &["remove", "eve@example.com"], "").code, 0);
    assert!(!list(&home).contains("eve@example.com"));
}

#[test]
fn operators_work_without_a_running_hub() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    home.write_private("password", &format!("{PASSWORD}\nsomething else\n"));
    let added = run(&home, &["add", "ada@example.com", "--role", "owner", "--password-file", "password"], "");
    assert_eq!(added.code, 0, "{}", added.stderr);
    let listed = run(&home, &["list", "--json"], "").stdout;
    let operator: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((&operator["email"], &operator["has_password"]), (&"ada@example.com".into(), &true.into()));
}

#[test]
fn it_is_listed_who_has_no_second_factor_yet_where_everybody_is_asked_for_one() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    let added = add(&home, "ada@example.com", "owner");
    assert!(added.stdout.ends_with("ada@example.com\n"), "{}", added.stdout);
    let listed = || -> serde_json::Value { serde_json::from_str(&run(&home, &["list", "--json"], "").stdout).unwrap() };
    assert_eq!(listed()["second_factor"], "off");
    home.write("devhub.toml", "[security]\nrequire_totp = true\n");
    assert_eq!(listed()["second_factor"], "missing");
    assert!(list(&home).ends_with("ada@example.com  no second factor yet\n"), "{}", list(&home));
}

/// Operators of a workspace, with role and address.
fn list_of(home: &Home, workspace: &str) -> String {
    let listed = run(home, &["list", "--workspace", workspace], "");
    assert_eq!(listed.code, 0, "{}", listed.stderr);
    listed.stdout
}

#[test]
fn a_workspace_without_an_owner_is_given_one() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    let second_id = home.second_workspace();
    let _hub = home.serve(&DATA);
    assert_eq!(list_of(&home, &second_id), "");
    let new = ["add", "eve@example.com", "--role", "owner", "--workspace", &second_id, "--password-file", "-"];
    assert_eq!(run(&home, &new, PASSWORD).code, 0);
    assert!(list_of(&home, &second_id).contains("owner      eve@example.com"));
    assert_eq!(list(&home), "");
}

#[test]
fn a_known_operator_is_admitted_to_another_workspace_and_removed_from_it_alone() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    let second_id = home.second_workspace();
    assert_eq!(add(&home, "ada@example.com", "admin").code, 0);
    assert_eq!(add(&home, "eve@example.com", "owner").code, 0);
    let admit = |email: &str| run(&home, &["add", email, "--role", "owner", "--known", "--workspace", &second_id], "");
    let admitted = admit("ADA@example.com");
    assert_eq!(admitted.code, 0, "{}", admitted.stderr);
    assert!(admitted.stdout.contains("owner      ada@example.com"), "{}", admitted.stdout);
    assert_eq!(list_of(&home, &second_id), admitted.stdout);
    assert!(list(&home).contains("admin      ada@example.com"));
    assert_eq!(admit("eve@example.com").code, 0);
    let removed = run(&home, &["remove", "ada@example.com", "--workspace", &second_id], "");
    assert_eq!((removed.code, &removed.stdout), (0, &admitted.stdout));
    assert!(!list_of(&home, &second_id).contains("ada@") && list(&home).contains("ada@example.com"));
    let removed = run(&home, &["remove", "ada@example.com", "--workspace", &second_id], "");
    assert!(removed.stderr.starts_with("error: no operator has the email ada@example.com"), "{}", removed.stderr);
    let unknown = admit("nobody@example.com");
    assert_eq!(unknown.stderr, "error: no operator of this hub has this email\n");
}

#[test]
fn who_works_elsewhere_is_not_admitted_without_being_called_known() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    let second_id = home.second_workspace();
    assert_eq!(add(&home, "ada@example.com", "owner").code, 0);
    let new = ["add", "ada@example.com", "--role", "owner", "--workspace", &second_id, "--password-file", "-"];
    let refused = run(&home, &new, PASSWORD);
    let said = "error: an operator with this email works in another workspace, where its password was set: ";
    assert!(refused.code == 1 && refused.stderr.starts_with(said), "{}", refused.stderr);
    assert_eq!(list_of(&home, &second_id), "");
    assert_eq!(run(&home, &[&new[..], &["--known"]].concat(), PASSWORD).code, 2);
}

#[test]
fn neither_a_password_nor_its_hash_is_shown() {
    let home = Home::new();
    let mut hub = home.serve(&DATA);
    let said = add(&home, "ada@example.com", "owner");
    let listed = run(&home, &["list", "--json"], "");
    hub.signal("-TERM");
    hub.wait_for_log("deliveries have stopped");
    for text in [said.stdout, said.stderr, listed.stdout, listed.stderr, hub.wait().stderr] {
        assert!(!text.contains("teapots") && !text.contains("argon2"), "{text}");
    }
}

#[test]
fn what_is_wrong_is_told_in_one_line() {
    let home = Home::new();
    let _hub = home.serve(&DATA);
    assert_eq!(add(&home, "ada@example.com", "owner").code, 0);
    let refused = |arguments: &[&str], typed: &str| {
        let ended = run(&home, arguments, typed);
        assert_eq!(ended.code, 1, "{arguments:?} said {}", ended.stderr);
        ended.stderr
    };
    let password =
        |email: &'static str, typed: &str| refused(&["add", email, "--role", "viewer", "--password-file", "-"], typed);
    assert_eq!(password("eve@example.com", "short"), "error: password must have at least 12 characters\n");
    assert!(password("eve@example.com", "password1234").starts_with("error: password is too easy to guess"));
    assert!(password("lovelace@example.com", "the lovelace engine").contains("the name in the email address"));
    assert!(password("eve", PASSWORD).starts_with("error: email must look like name@example.com"));
    assert_eq!(password("Ada@example.com", PASSWORD), "error: an operator with this email exists already\n");
    let role = refused(&["add", "eve@example.com", "--role", "root", "--password-file", "-"], PASSWORD);
    assert_eq!(role, "error: role must be owner, admin, developer, viewer\n");
    let unknown = refused(&["remove", "nobody@example.com"], "");
    assert!(unknown.starts_with("error: no operator has the email nobody@example.com"), "{unknown}");
    assert!(refused(&["remove", "ada@example.com"], "").starts_with("error: a workspace must keep one owner"));
}

#[test]
fn a_password_is_no_argument() {
    let home = Home::new();
    let ended = run(&home, &["add", "ada@example.com", "--role", "owner", "--password", PASSWORD], "");
    assert_eq!(ended.code, 2);
}

#[test]
fn a_role_that_is_none_is_told_before_the_password_is_asked_for() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    let arguments = ["operators", "add", "ada@example.com", "--role", "root", DATA[0], DATA[1]];
    let ended = home.run_without_terminal(&arguments);
    assert_eq!((ended.code, ended.stderr.as_str()), (1, "error: role must be owner, admin, developer, viewer\n"));
}

#[test]
fn without_a_terminal_the_command_says_where_a_password_may_come_from() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    let arguments = ["operators", "add", "ada@example.com", "--role", "owner", DATA[0], DATA[1]];
    let ended = home.run_without_terminal(&arguments);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.starts_with("error: there is no terminal to ask for the password: use"), "{}", ended.stderr);
}
