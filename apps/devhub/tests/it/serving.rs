//! How a hub starts, why it does not, and how it leaves.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

use crate::harness::Home;

const DATA: [&str; 2] = ["--data", "data"];

#[test]
fn the_first_start_says_what_it_made_and_what_comes_next() {
    let home = Home::new();
    let hub = home.serve(&DATA);
    insta::assert_snapshot!(hub.redacted_greeting(&home), @r#"
    a new hub was set up in sqlite:data
    its master key is data/master.key: keep a copy elsewhere, nothing opens without it
    issue the first key with: [devhub] keys issue --label "My first key" --scope events:write,endpoints:read,endpoints:write,deliveries:read --data data
    set it up: http://[address]/admin/setup#[token]
    "#);
    assert_eq!(hub.call("GET", "/readyz", None, "").0, 200);
}

#[test]
fn each_start_makes_another_setup_token_until_there_is_an_owner() {
    let home = Home::new();
    let hub = home.serve(&DATA);
    let first = hub.greeting.clone();
    hub.stop("-TERM");
    let hub = home.serve(&DATA);
    assert_eq!(hub.redacted_greeting(&home), "set it up: http://[address]/admin/setup#[token]\n");
    assert!(!first.contains(hub.greeting.trim().rsplit('#').next().unwrap()), "the same token twice");
    home.write_private("password", "seventeen blue teapots");
    let owner = ["operators", "add", "ada@example.com", "--role", "owner", "--password-file", "password"];
    home.succeed(&[&owner[..], &DATA].concat());
    hub.stop("-TERM");
    assert_eq!(home.serve(&DATA).redacted_greeting(&home), "pages: http://[address]/admin\n");
}

#[test]
fn sigterm_and_ctrl_c_end_a_hub_in_order() {
    for signal in ["-TERM", "-INT"] {
        let home = Home::new();
        let hub = home.serve(&DATA);
        assert_eq!(hub.call("GET", "/healthz", None, "").0, 200);
        let ended = hub.stop(signal);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(!home.path("data/hub.sock").exists());
    }
}

#[test]
fn a_request_in_flight_is_finished_before_the_hub_leaves() {
    let home = Home::new();
    let mut hub = home.serve(&DATA);
    let (_, token) = home.issue_key();
    let mut stream = TcpStream::connect(&hub.address).unwrap();
    write!(
        stream,
        "POST /api/hub/v1/events HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: 38\r\nexpect: 100-continue\r\n\r\n"
    )
    .unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap()).lines();
    assert_eq!(answers.next().unwrap().unwrap(), "HTTP/1.1 100 Continue");
    hub.signal("-TERM");
    hub.wait_for_log("leaving");
    stream.write_all(br#"{"event_type":"a.b","payload":{"x":1}}"#).unwrap();
    assert!(answers.any(|line| line.unwrap() == "HTTP/1.1 201 Created"));
    assert_eq!(hub.wait().code, 0);
}

#[test]
fn a_second_signal_ends_a_hub_at_once() {
    let home = Home::new();
    let mut hub = home.serve(&[&DATA[..], &["--set", "server.shutdown_grace_s=600"]].concat());
    let (_, token) = home.issue_key();
    let mut stream = TcpStream::connect(&hub.address).unwrap();
    write!(
        stream,
        "POST /api/hub/v1/events HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: 38\r\nexpect: 100-continue\r\n\r\n"
    )
    .unwrap();
    assert_eq!(BufReader::new(stream.try_clone().unwrap()).lines().next().unwrap().unwrap(), "HTTP/1.1 100 Continue");
    hub.signal("-TERM");
    hub.wait_for_log("leaving");
    let ended = hub.stop("-TERM");
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("warning: SIGTERM again: leaving at once"), "{}", ended.stderr);
}

#[test]
fn two_hubs_with_one_state_folder_do_not_share_a_control_socket() {
    let home = Home::new();
    let state = ["--set", "server.state_folder=state"];
    let hub = home.serve(&[&["--data", "one"], &state[..]].concat());
    let ended = home.run(&[&["serve", "--listen", "127.0.0.1:0", "--data", "two"], &state[..]].concat());
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("error: another hub keeps its control socket in state: stop it"), "{}", ended.stderr);
    let stdout = home.succeed(&[&["check", "--data", "one"], &state[..]].concat());
    assert!(stdout.contains(&format!("a hub is running here as process {}", hub.id())), "{stdout}");
}

#[test]
fn a_hub_whose_master_key_is_elsewhere_makes_its_state_folder() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::new();
    home.write("kept.key", &"cd".repeat(32));
    let elsewhere = ["--set", "server.state_folder=state", "--set", "security.master_key_file=kept.key"];
    let _hub = home.serve(&[&DATA[..], &elsewhere].concat());
    assert_eq!(std::fs::metadata(home.path("state")).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(home.path("state/hub.sock").exists());
}

#[test]
fn a_killed_hub_leaves_nothing_that_hinders_the_next() {
    let home = Home::new();
    home.serve(&DATA).stop("-KILL");
    assert!(home.path("data/hub.sock").exists());
    let hub = home.serve(&DATA);
    assert_eq!(hub.call("GET", "/readyz", None, "").0, 200);
}

#[test]
fn a_folder_in_use_is_told() {
    let home = Home::new();
    let _hub = home.serve(&DATA);
    let ended = home.run(&["serve", "--listen", "127.0.0.1:0", DATA[0], DATA[1]]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.starts_with("error: the database sqlite:data cannot be opened\n"), "{}", ended.stderr);
    assert!(ended.stderr.contains("is in use by another devhub: stop that one first"), "{}", ended.stderr);
}

#[test]
fn a_port_that_is_taken_is_told() {
    let home = Home::new();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let ended = home.run(&["serve", "--listen", &address, DATA[0], DATA[1]]);
    assert_eq!(ended.code, 1);
    let expected = format!(
        "error: the hub cannot listen on {address}: stop what uses port {} already",
        other.local_addr().unwrap().port()
    );
    assert!(ended.stderr.contains(&expected), "{}", ended.stderr);
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let home = Home::new();
    home.write("data", "a file, not a folder");
    let ended = home.run(&["serve", "--listen", "127.0.0.1:0", DATA[0], DATA[1]]);
    assert_eq!(ended.code, 1);
    assert!(
        ended.stderr.contains("give its owner the right to write there, or choose another folder"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_wrong_master_key_is_told_and_nothing_is_changed() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0", DATA[0], DATA[1]]);
    let ended = command.env("DEVHUB__SECURITY__MASTER_KEY", "cd".repeat(32)).output().unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(stderr.contains("configure the key that this data was made with"), "{stderr}");
    assert!(!stderr.contains("cdcd"));
    home.serve(&DATA);
}

#[test]
fn a_lost_master_key_is_not_replaced() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    std::fs::rename(home.path("data/master.key"), home.path("kept.key")).unwrap();
    let ended = home.run(&["serve", "--listen", "127.0.0.1:0", DATA[0], DATA[1]]);
    assert_eq!(ended.code, 1);
    assert!(
        ended.stderr.contains("master.key is missing, and this database was made with it: put it back"),
        "{}",
        ended.stderr
    );
    assert!(!home.path("data/master.key").exists());
    home.serve(&[&DATA[..], &["--set", "security.master_key_file=kept.key"]].concat());
}

#[test]
fn without_leave_to_migrate_a_hub_says_which_command_does() {
    let home = Home::new();
    let arguments = [&["--listen", "127.0.0.1:0", "--set", "database.migrate_at_start=false"], &DATA[..]].concat();
    let ended = home.run(&[&["serve"], &arguments[..]].concat());
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("run `devhub migrate`"), "{}", ended.stderr);
    assert!(home.succeed(&["migrate", DATA[0], DATA[1]]).starts_with("applied "));
    assert_eq!(home.succeed(&["migrate", DATA[0], DATA[1]]), "the database is up to date\n");
    home.serve(&arguments[2..]);
}

#[test]
fn the_limits_of_the_configuration_bind() {
    let home = Home::new();
    // One comes back in a minute: no test takes that long.
    let limits = ["--set", "limits.default_per_minute=1", "--set", "limits.failed_authentications_per_minute=1"];
    let hub = home.serve(&[&DATA[..], &limits].concat());
    let (_, token) = home.issue_key();
    let statuses = |token: &str| [(); 2].map(|()| hub.get("/api/hub/v1/whoami", token));
    assert_eq!(statuses("op_nobody"), [401, 429]);
    assert_eq!(statuses(&token), [200, 429]);
}

#[test]
fn an_exempt_network_is_not_limited() {
    let home = Home::new();
    let limits = ["--set", "limits.default_per_minute=1", "--set", "limits.exempt_networks=127.0.0.0/8"];
    let hub = home.serve(&[&DATA[..], &limits].concat());
    let (_, token) = home.issue_key();
    assert_eq!([(); 2].map(|()| hub.get("/api/hub/v1/whoami", &token)), [200, 200]);
}
