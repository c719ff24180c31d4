//! Keys by command line: in the running hub, and without one.

use crate::harness::Home;

const DATA: [&str; 2] = ["--data", "data"];

#[test]
fn a_key_revoked_by_command_line_is_refused_by_the_running_hub_at_once() {
    let home = Home::new();
    let hub = home.serve(&DATA);
    let (id, token) = home.issue_key();
    assert_eq!(hub.get("/api/hub/v1/whoami", &token), 200);
    let revoked = home.succeed(&["keys", "revoke", &id, DATA[0], DATA[1]]);
    assert!(revoked.contains("revoked"), "{revoked}");
    assert_eq!(hub.get("/api/hub/v1/whoami", &token), 401);
}

#[test]
fn a_locked_key_is_refused_until_it_is_unlocked() {
    let home = Home::new();
    let hub = home.serve(&DATA);
    let (id, token) = home.issue_key();
    home.succeed(&["keys", "lock", &id, DATA[0], DATA[1]]);
    assert_eq!(hub.get("/api/hub/v1/whoami", &token), 401);
    home.succeed(&["keys", "unlock", &id, DATA[0], DATA[1]]);
    assert_eq!(hub.get("/api/hub/v1/whoami", &token), 200);
}

#[test]
fn keys_work_without_a_running_hub() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    let (id, token) = home.issue_key();
    assert!(home.succeed(&["keys", "list", DATA[0], DATA[1]]).contains(&id));
    let hub = home.serve(&DATA);
    assert_eq!(hub.get("/api/hub/v1/whoami", &token), 200);
}

#[test]
fn a_list_never_shows_a_token() {
    let home = Home::new();
    let _hub = home.serve(&DATA);
    let (_, token) = home.issue_key();
    let secret = token.split_once('.').unwrap().1;
    for format in [&["--json"][..], &[]] {
        let listed = home.succeed(&[&["keys", "list"], &DATA[..], format].concat());
        assert!(listed.contains("Shop") && !listed.contains(secret), "{listed}");
    }
}

#[test]
fn a_wrong_scope_and_an_unknown_key_are_told_in_one_line() {
    let home = Home::new();
    let _hub = home.serve(&DATA);
    let ended = home.run(&["keys", "issue", "--label", "Shop", "--scope", "keys:raed", DATA[0], DATA[1]]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.starts_with("error: unknown scope \"keys:raed\": use read, write"), "{}", ended.stderr);
    let ended = home.run(&["keys", "revoke", "key_00000000000000000000000000", DATA[0], DATA[1]]);
    assert_eq!(ended.stderr, "error: no key key_00000000000000000000000000 in this workspace\n");
}

#[test]
fn a_mistyped_folder_is_told_and_not_made() {
    let home = Home::new();
    let ended = home.run(&["keys", "list", "--data", "dta"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.starts_with("error: there is no hub in dta"), "{}", ended.stderr);
    assert!(!home.path("dta").exists());
}

#[test]
fn a_command_that_means_another_database_is_refused_by_the_running_hub() {
    let home = Home::new();
    let _hub = home.serve(&DATA);
    let url = "postgres://hub@127.0.0.1:1/hub";
    let ended = home.run(&["keys", "issue", "--label", "Shop", "--database-url", url]);
    assert_eq!(ended.code, 1);
    let expected = "/data, but this command is configured for postgres://127.0.0.1:1/hub: give it the hub's database";
    assert!(ended.stderr.starts_with("error: the running hub keeps sqlite:/"), "{}", ended.stderr);
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    assert_eq!(home.succeed(&["keys", "list", DATA[0], DATA[1]]), "");
}

#[test]
fn a_command_sets_no_hub_up() {
    let home = Home::new();
    home.succeed(&["migrate", DATA[0], DATA[1]]);
    let ended = home.run(&["keys", "list", DATA[0], DATA[1]]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.starts_with("error: no hub was set up in sqlite:data yet"), "{}", ended.stderr);
    assert!(!home.path("data/master.key").exists());
    assert!(home.serve(&DATA).greeting.starts_with("a new hub was set up"));
}

#[test]
fn the_control_socket_and_the_master_key_are_for_the_hubs_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::new();
    let _hub = home.serve(&DATA);
    let mode = |name: &str| std::fs::metadata(home.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("data/hub.sock"), 0o600);
    assert_eq!(mode("data/master.key"), 0o600);
    assert_eq!(mode("data"), 0o700);
}

#[test]
fn keys_are_issued_for_an_owner_and_listed_by_it() {
    let home = Home::new();
    let _hub = home.serve(&DATA);
    home.issue_key();
    let issue = ["keys", "issue", "--label", "Till", "--owner", "Anna", "--metadata", r#"{"customer":17}"#];
    home.succeed(&[&issue[..], &DATA].concat());
    let listed = home.succeed(&["keys", "list", "--owner", "Anna", "--json", DATA[0], DATA[1]]);
    assert!(listed.contains("Till") && listed.contains("\"owner\":\"Anna\"") && !listed.contains("Shop"), "{listed}");
    assert_eq!(home.succeed(&["keys", "list", "--unused-since", "2000-01-01T00:00:00Z", DATA[0], DATA[1]]), "");
    let ended = home.run(&["keys", "issue", "--label", "Till", "--metadata", "[1]", DATA[0], DATA[1]]);
    assert_eq!(ended.stderr, "error: metadata must be a JSON object\n");
}
