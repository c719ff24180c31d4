//! Backups: taken while the hub runs, restored elsewhere.

use crate::harness::{Ended, Home};

const PASSPHRASE: &str = "correct horse battery staple";

fn with_passphrase(home: &Home, passphrase: &str, arguments: &[&str]) -> Ended {
    home.run_with("DEVHUB_BACKUP_PASSPHRASE", passphrase, arguments)
}

fn back_up(home: &Home) {
    let ended = with_passphrase(home, PASSPHRASE, &["backup", "hub.backup", "--data", "data"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn a_backup_of_a_running_hub_restored_elsewhere_accepts_the_same_keys() {
    let home = Home::new();
    let hub = home.serve(&["--data", "data"]);
    let token = home.succeed(&["keys", "issue", "--label", "Shop", "--data", "data"]).trim().to_owned();
    back_up(&home);
    hub.stop("-TERM");
    assert_eq!(home.snapshots(), 0);

    let elsewhere = Home::new();
    std::fs::copy(home.path("hub.backup"), elsewhere.path("hub.backup")).unwrap();
    let ended = with_passphrase(&elsewhere, PASSPHRASE, &["restore", "hub.backup", "--into", "restored"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let hub = elsewhere.serve(&["--data", "restored"]);
    assert!(!hub.greeting.contains("a new hub was set up"), "it is the same hub, not a new one: {}", hub.greeting);
    assert_eq!(hub.get("/api/hub/v1/whoami", &token), 200);
}

#[test]
fn a_backup_without_a_running_hub_holds_no_plain_text_and_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::new();
    home.serve(&["--data", "data"]).stop("-TERM");
    back_up(&home);
    let bytes = std::fs::read(home.path("hub.backup")).unwrap();
    assert!(!bytes.windows(6).any(|window| window == b"SQLite"));
    assert_eq!(std::fs::metadata(home.path("hub.backup")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_backup_with_another_master_key_than_the_running_hubs_is_refused() {
    let home = Home::new();
    let _hub = home.serve(&["--data", "data"]);
    home.write("other.key", &"cd".repeat(32));
    let other = ["--data", "data", "--set", "security.master_key_file=other.key"];
    let ended = with_passphrase(&home, PASSPHRASE, &[&["backup", "hub.backup"], &other[..]].concat());
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.starts_with("error: the running hub has master key "), "{}", ended.stderr);
    assert!(!home.path("hub.backup").exists());
    assert_eq!(home.snapshots(), 0);
}

#[test]
fn a_backup_may_be_taken_from_another_working_folder_than_the_hubs() {
    let home = Home::new();
    let _hub = home.serve(&["--data", "data"]);
    std::fs::create_dir(home.path("elsewhere")).unwrap();
    let mut command = home.command(&["backup", "hub.backup", "--data", "../data"]);
    let command = command.current_dir(home.path("elsewhere")).env("DEVHUB_BACKUP_PASSPHRASE", PASSPHRASE);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(home.path("elsewhere/hub.backup").exists());
    assert_eq!(home.snapshots(), 0);
}

#[test]
fn a_backup_is_never_overwritten() {
    let home = Home::new();
    home.serve(&["--data", "data"]).stop("-TERM");
    home.write("hub.backup", "yesterday's");
    let ended = with_passphrase(&home, PASSPHRASE, &["backup", "hub.backup", "--data", "data"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("backups are never overwritten"), "{}", ended.stderr);
}

#[test]
fn a_backup_needs_a_passphrase_that_is_worth_it() {
    let home = Home::new();
    let ended = home.run(&["backup", "hub.backup", "--data", "data"]);
    assert!(ended.stderr.contains("use --passphrase-file <file> or set DEVHUB_BACKUP_PASSPHRASE"), "{}", ended.stderr);
    let ended = with_passphrase(&home, "hunter2", &["backup", "hub.backup", "--data", "data"]);
    assert!(ended.stderr.contains("at least 12 characters"), "{}", ended.stderr);
}

#[test]
fn a_restore_refuses_a_wrong_passphrase_a_damaged_file_and_a_folder_in_use() {
    let home = Home::new();
    home.serve(&["--data", "data"]).stop("-TERM");
    back_up(&home);
    let wrong = with_passphrase(&home, "battery staple correct", &["restore", "hub.backup", "--into", "new"]);
    assert!(wrong.stderr.contains("the passphrase does not fit this backup"), "{}", wrong.stderr);

    let bytes = std::fs::read(home.path("hub.backup")).unwrap();
    std::fs::write(home.path("cut.backup"), &bytes[..bytes.len() - 1]).unwrap();
    let cut = with_passphrase(&home, PASSPHRASE, &["restore", "cut.backup", "--into", "new"]);
    assert!(cut.stderr.contains("damaged or incomplete: use another copy"), "{}", cut.stderr);
    assert!(std::fs::read_dir(home.path("new")).unwrap().next().is_none(), "nothing is left behind");

    let full = with_passphrase(&home, PASSPHRASE, &["restore", "hub.backup", "--into", "data"]);
    assert!(full.stderr.contains("the folder data is not empty: restore into a new one"), "{}", full.stderr);
}

#[test]
fn with_postgresql_a_backup_says_which_two_steps_it_takes() {
    let home = Home::new();
    let url = "postgres://hub@127.0.0.1:1/hub";
    let ended = with_passphrase(&home, PASSPHRASE, &["backup", "hub.backup", "--database-url", url]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("pg_dump saves the database, and a copy of the master key"), "{}", ended.stderr);
}
