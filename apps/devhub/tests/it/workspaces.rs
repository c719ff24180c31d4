//! Workspaces by command line: in the running hub, and without one.

use crate::harness::{Ended, Home};

const DATA: [&str; 2] = ["--data", "data"];

/// Runs `devhub workspaces`.
fn run(home: &Home, arguments: &[&str]) -> Ended {
    home.run(&[&["workspaces"], arguments, &DATA].concat())
}

fn listed(home: &Home) -> Vec<String> {
    let listed = run(home, &["list"]);
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""));
    listed.stdout.lines().map(str::to_owned).collect()
}

/// What a command refuses with.
fn refused(home: &Home, arguments: &[&str]) -> String {
    let ended = run(home, arguments);
    assert_eq!(ended.code, 1, "{arguments:?} said {}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.stdout, "");
    ended.stderr
}

fn add_operator(home: &Home, email: &str) {
    let arguments = ["operators", "add", email, "--role", "viewer", "--password-file", "-", DATA[0], DATA[1]];
    assert_eq!(home.run_typing("seventeen blue teapots", &arguments).code, 0);
}

fn operators_of(home: &Home, workspace: &str) -> String {
    home.succeed(&["operators", "list", "--workspace", workspace, DATA[0], DATA[1]])
}

#[test]
fn a_workspace_is_made_and_listed_in_the_running_hub() {
    let home = Home::new();
    let hub = home.serve(&DATA);
    let made = run(&home, &["create", "Market", "--time-zone", "europe/berlin"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let lines = listed(&home);
    assert_eq!(lines.len(), 2);
    assert!(lines[0].contains("  first  active     UTC ") && lines[0].ends_with("  Default"), "{lines:?}");
    assert_eq!(lines[1], made.stdout.trim_end());
    assert!(lines[1].contains("  active     Europe/Berlin ") && lines[1].ends_with("  Market"), "{lines:?}");
    // What it says to do next is done.
    let id = lines[1].split(' ').next().unwrap();
    let there = format!("--workspace {id} --data data");
    assert!(made.stderr.contains(&format!("operators add <email> --role owner {there}")), "{}", made.stderr);
    assert!(made.stderr.contains(&format!("keys issue --label <label> {there}")), "{}", made.stderr);
    let token = home.succeed(&["keys", "issue", "--label", "First", "--workspace", id, DATA[0], DATA[1]]);
    let shown = hub.call("GET", "/api/hub/v1/workspaces", Some(token.trim()), "").1;
    assert!(shown.contains("Market") && !shown.contains("Default"), "{shown}");
}

#[test]
fn workspaces_are_made_and_listed_without_a_running_hub() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    let made = run(&home, &["create", "Market", "--json"]);
    assert_eq!((made.code, made.stderr.as_str()), (0, ""));
    let printed = run(&home, &["list", "--json"]).stdout;
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines[1], made.stdout.trim_end());
    let of = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let (first, second) = (of(lines[0]), of(lines[1]));
    assert_eq!((&first["name"], &first["is_first"]), (&"Default".into(), &true.into()));
    assert_eq!((&second["name"], &second["is_first"]), (&"Market".into(), &false.into()));
    assert_eq!((&second["time_zone"], &second["status"]), (&"UTC".into(), &"active".into()));
}

#[test]
fn the_owner_that_is_named_works_there_and_two_logs_tell_of_it() {
    let home = Home::new();
    let hub = home.serve(&DATA);
    add_operator(&home, "ada@example.com");
    let made = run(&home, &["create", "Market", "--owner", "ADA@example.com", "--json"]);
    assert_eq!((made.code, made.stderr.as_str()), (0, ""));
    let made: serde_json::Value = serde_json::from_str(&made.stdout).unwrap();
    let id = made["id"].as_str().unwrap();
    assert!(operators_of(&home, id).contains("owner      ada@example.com"));
    let log_of = |workspace: &[&str]| {
        let token = home
            .succeed(&[&["keys", "issue", "--label", "Log", "--scope", "audit:read"], workspace, &DATA[..]].concat());
        hub.call("GET", "/api/hub/v1/audit", Some(token.trim()), "").1
    };
    let (first, own) = (log_of(&[]), log_of(&["--workspace", id]));
    assert!(first.contains("workspace.created") && first.contains(id), "{first}");
    assert!(own.contains("workspace.created") && own.contains("operator.admitted"), "{own}");
    assert!(own.contains("command-line"), "{own}");
}

#[test]
fn who_is_made_an_owner_is_told_where_to_go() {
    let home = Home::new();
    let _hub = home.serve(&DATA);
    add_operator(&home, "ada@example.com");
    let said = run(&home, &["create", "Market", "--owner", "ada@example.com"]).stderr;
    assert!(said.starts_with("ada@example.com owns it, and goes there by the menu on top of every page.\n"), "{said}");
    assert!(!said.contains("no owner yet"), "{said}");
}

#[test]
fn what_is_wrong_is_told_in_one_line_and_nothing_is_made() {
    let home = Home::new();
    let _hub = home.serve(&DATA);
    assert_eq!(
        refused(&home, &["create", "Default"]),
        "error: a workspace with this name exists already: choose another name\n"
    );
    let zone = refused(&home, &["create", "Market", "--time-zone", "Mars/Olympus"]);
    assert_eq!(zone, "error: time zone must be an IANA name such as Europe/Berlin or UTC\n");
    for name in ["", "  ", &"x".repeat(101), "a\nb"] {
        let said = refused(&home, &["create", name]);
        assert_eq!(said, "error: workspace name must be 1 to 100 characters without control characters\n", "{name:?}");
    }
    let unknown = refused(&home, &["create", "Market", "--owner", "eve@example.com"]);
    assert!(unknown.starts_with("error: no operator of this hub has the email eve@example.com: make"), "{unknown}");
    assert!(refused(&home, &["create", "Market", "--owner", "eve"]).contains("email must look like"));
    assert_eq!(listed(&home).len(), 1);
}

#[test]
fn a_workspace_needs_a_name_and_a_hub() {
    let home = Home::new();
    assert_eq!(run(&home, &["create"]).code, 2);
    assert!(refused(&home, &["list"]).starts_with("error: "));
    assert!(refused(&home, &["create", "Market"]).starts_with("error: "));
}
