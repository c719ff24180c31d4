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
fn a_key_of_any_workspace_is_found_by_its_id_and_refused_by_the_running_hub() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    let second_id = home.second_workspace();
    let hub = home.serve(&DATA);
    let (id, token) = home.issue_key_with("--workspace", &second_id);
    assert!(hub.call("GET", "/api/hub/v1/whoami", Some(&token), "").1.contains(&second_id));
    for (command, status) in [("lock", 401), ("unlock", 200), ("revoke", 401)] {
        home.succeed(&["keys", command, &id, DATA[0], DATA[1]]);
        assert_eq!(hub.get("/api/hub/v1/whoami", &token), status, "{command}");
    }
    let told = home.succeed(&["keys", "explain", &id, DATA[0], DATA[1]]);
    assert!(told.contains(&id), "{told}");
}

#[test]
fn a_key_of_any_workspace_is_revoked_without_a_running_hub() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    let second_id = home.second_workspace();
    let (id, token) = home.issue_key_with("--workspace", &second_id);
    assert!(home.succeed(&["keys", "revoke", &id, DATA[0], DATA[1]]).contains("revoked"));
    assert_eq!(home.serve(&DATA).get("/api/hub/v1/whoami", &token), 401);
}

#[test]
fn only_keys_of_the_workspace_that_is_named_are_listed_and_changed() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    let second_id = home.second_workspace();
    let (first, _) = home.issue_key();
    let (second, _) = home.issue_key_with("--workspace", &second_id);
    let listed = home.succeed(&["keys", "list", DATA[0], DATA[1]]);
    assert!(listed.contains(&first) && !listed.contains(&second), "{listed}");
    let listed = home.succeed(&["keys", "list", "--workspace", &second_id, DATA[0], DATA[1]]);
    assert!(listed.contains(&second) && !listed.contains(&first), "{listed}");
    let ended = home.run(&["keys", "revoke", &first, "--workspace", &second_id, DATA[0], DATA[1]]);
    assert_eq!(ended.stderr, format!("error: no key {first} in this workspace\n"));
    let unknown = ["keys", "list", "--workspace", "wsp_00000000000000000000000000", DATA[0], DATA[1]];
    let told = home.run(&unknown).stderr;
    assert!(told.starts_with("error: there is no such workspace, only wsp_"), "{told}");
    assert!(told.contains(&format!("{second_id} (Second shop)")), "{told}");
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
    assert_eq!(ended.stderr, "error: no key key_00000000000000000000000000 in any workspace\n");
}

#[test]
fn a_network_that_no_caller_could_match_is_refused() {
    let home = Home::new();
    let _hub = home.serve(&DATA);
    for network in ["::ffff:10.0.0.0/104", "::ffff:10.0.0.1"] {
        let ended = home.run(&["keys", "issue", "--label", "Shop", "--allow", network, DATA[0], DATA[1]]);
        assert_eq!(ended.code, 1);
        assert!(ended.stderr.contains("must name IPv4 networks as such, without ::ffff:"), "{}", ended.stderr);
    }
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

/// What a key is told to have that is issued with this rate.
fn explained(home: &Home, rate: &str) -> String {
    let (id, _) = home.issue_key_with("--rate-limit", rate);
    home.succeed(&["keys", "explain", &id, "--method", "GET", "--path", "/api/v1/payments", DATA[0], DATA[1]])
}

#[test]
fn a_key_is_issued_with_a_rate_of_its_own_by_the_running_hub_and_without_one() {
    let home = Home::new();
    let hub = home.serve(&DATA);
    let told = explained(&home, "7/1m");
    assert!(told.contains("limit=7 in 60 s"), "{told}");
    hub.stop("-TERM");
    let told = explained(&home, "9/30s");
    assert!(told.contains("limit=9 in 30 s"), "{told}");
    let ended = home.run(&["keys", "issue", "--label", "Till", "--rate-limit", "600", DATA[0], DATA[1]]);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""));
    assert!(ended.stderr.starts_with("error: a rate limit is a number of requests and a window"), "{}", ended.stderr);
}

/// What the documented command of the mysql client writes, with the token of the contract, §1.1, in its first line.
const OWNPAY: &str = include_str!("../../../../crates/domain/tests/keys/ownpay-keys.tsv");
/// As the guide says, before anything is imported.
const NO_SANDBOX: [&str; 2] = ["--set", "sandbox.enabled=false"];
const OWNPAY_TOKEN: &str = "op_8ae87c48.aae2b54e89c755d768a9db81b820643d3da4257474735ebd";

#[test]
fn keys_of_ownpay_are_imported_into_the_running_hub_and_work_at_once() {
    let home = Home::new();
    let hub = home.serve(&[&DATA[..], &NO_SANDBOX].concat());
    home.write("keys.tsv", OWNPAY);
    let import = ["keys", "import", "keys.tsv", "--time-zone", "Asia/Dhaka", DATA[0], DATA[1]];
    let told = home.succeed(&[&import[..], &["--dry-run"]].concat());
    assert_eq!(told, "3 would be imported, 0 already there, 0 refused\n");
    assert_eq!(hub.get("/api/hub/v1/whoami", OWNPAY_TOKEN), 401);
    assert_eq!(home.succeed(&import), "3 imported, 0 already there, 0 refused\n");
    assert_eq!(hub.get("/api/hub/v1/whoami", OWNPAY_TOKEN), 200);
    assert_eq!(home.succeed(&import), "0 imported, 3 already there, 0 refused\n");
}

#[test]
fn an_import_tells_its_refused_lines_and_its_progress_and_no_digest() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    let row = |number| format!("Shop {number},8ae87c48,{number:064x},read,active\n");
    let rows = (0..600).map(row).collect::<Vec<_>>().concat();
    let table = format!("name,key_prefix,key_hash,scopes,status\nShop,8ae87c48,abc,read,active\n{rows}");
    home.write("keys.csv", &table);
    let ended = home.run(&[&["keys", "import", "keys.csv"], &DATA[..], &NO_SANDBOX].concat());
    assert_eq!((ended.code, ended.stdout.as_str()), (3, "600 imported, 0 already there, 1 refused\n"));
    let expected = [
        "line 2: key_hash must be the 64 hex digits of a SHA-256",
        "250 of 600 keys",
        "500 of 600 keys",
        "600 of 600 keys",
    ];
    assert_eq!(ended.stderr.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn what_cannot_be_imported_is_told_in_one_line() {
    let home = Home::new();
    let _hub = home.serve(&DATA);
    home.write("other.csv", "a,b\n1,2\n");
    home.write("keys.tsv", OWNPAY);
    let ended = home.run(&["keys", "import", "other.csv", DATA[0], DATA[1]]);
    assert!(ended.stderr.contains("because: the table has no column name: it needs"), "{}", ended.stderr);
    let elsewhere = ["--workspace", "wsp_00000000000000000000000000", "--time-zone", "Asia/Dhaka"];
    let ended = home.run(&[&["keys", "import", "keys.tsv", DATA[0], DATA[1]], &elsewhere[..]].concat());
    assert!(ended.stderr.contains("there is no such workspace"), "{}", ended.stderr);
}
