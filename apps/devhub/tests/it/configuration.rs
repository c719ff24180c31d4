//! Configurations that are refused, and what `check` says about those that are not.

use crate::harness::Home;

#[test]
fn all_problems_of_a_configuration_are_told_at_once() {
    let home = Home::new();
    let file = home.write("hub.toml", "[server]\nlisten = \"8780\"\n[webhooks]\nalow_http = true\n");
    let arguments = ["check", "--config", file.to_str().unwrap(), "--set", "log.format=xml"];
    let ended = home.command(&arguments).env("DEVHUB__DATABASE__READERS", "none").output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    insta::assert_snapshot!(home.redacted(&String::from_utf8(ended.stderr).unwrap()), @r#"
    error: the configuration has 4 problems
      database.readers (environment DEVHUB__DATABASE__READERS): must be a whole number from 1 to 64, got "none"
      log.format (flag --set): must be "text" or "json", got "xml"
      server.listen (file [home]/hub.toml): must be an address and port, such as 127.0.0.1:8780, got "8780"
      webhooks.alow_http (file [home]/hub.toml): there is no such key: did you mean webhooks.allow_http?
    "#);
}

#[test]
fn the_file_beside_the_program_is_read_without_being_named() {
    let home = Home::new();
    home.write("devhub.toml", "[log]\nfilter = \"debug\"\n");
    assert!(home.succeed(&["check"]).contains("log.filter = \"debug\""));
}

#[test]
fn check_masks_secrets_and_says_where_each_value_comes_from() {
    let home = Home::new();
    let secret = "ab".repeat(32);
    let mut command = home.command(&["check", "--data", "data"]);
    let ended = command.env("DEVHUB__SECURITY__MASTER_KEY", &secret).output().unwrap();
    let stdout = String::from_utf8(ended.stdout).unwrap();
    let line = stdout.lines().find(|line| line.starts_with("security.master_key = ")).unwrap();
    assert!(line.contains("********") && line.contains("environment DEVHUB__SECURITY__MASTER_KEY"), "{line}");
    assert!(!stdout.contains(&secret));
    assert!(stdout.contains("✓ the folder data is made at the first start"), "{stdout}");
    assert_eq!(ended.status.code(), Some(0));
    assert!(!home.path("data").exists(), "a check changes nothing");
}

#[test]
fn check_finds_a_master_key_that_does_not_fit() {
    let home = Home::new();
    home.serve(&["--data", "data"]).stop("-TERM");
    assert!(home.succeed(&["check", "--data", "data"]).contains("✓ the master key fits the database"));
    home.write("other.key", &"cd".repeat(32));
    let ended = home.run(&["check", "--data", "data", "--set", "security.master_key_file=other.key"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stdout.contains("✗ ") && ended.stdout.contains("configure the key that this data was made with"));
}

#[test]
fn check_sees_a_running_hub() {
    let home = Home::new();
    let hub = home.serve(&["--data", "data"]);
    let stdout = home.succeed(&["check", "--data", "data"]);
    assert!(stdout.contains(&format!("✓ a hub is running here as process {}", hub.id())), "{stdout}");
    assert!(stdout.contains("✓ the master key is the running hub's"), "{stdout}");
    home.write("other.key", &"cd".repeat(32));
    let ended = home.run(&["check", "--data", "data", "--set", "security.master_key_file=other.key"]);
    assert!(ended.stdout.contains("✗ the running hub has master key "), "{}", ended.stdout);
}

#[test]
fn check_finds_a_master_key_that_others_may_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::new();
    home.serve(&["--data", "data"]).stop("-TERM");
    std::fs::set_permissions(home.path("data/master.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let ended = home.run(&["check", "--data", "data"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stdout.contains("✗ other users may read the master key data/master.key"), "{}", ended.stdout);
}
