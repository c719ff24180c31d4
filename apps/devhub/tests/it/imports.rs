//! Imports beside a sandbox: an imported key would have the hub sign made-up payments for real orders.

use crate::harness::Home;

const DATA: [&str; 2] = ["--data", "data"];
const OFF: [&str; 2] = ["--set", "sandbox.enabled=false"];
const WARNING: &str = "warning: the sandbox is on, so that whoever has an imported key could have this hub sign \
                       payment.completed for a real order that nobody has paid: set sandbox.enabled = false and start the hub again\n";
const CHECKED: &str = "! the sandbox is on, so that whoever has an imported key";
const KEYS: [&str; 5] = ["keys", "import", "keys.tsv", "--time-zone", "Asia/Dhaka"];
const ENDPOINTS: [&str; 3] = ["endpoints", "import", "endpoints.tsv"];

/// A folder with what the documented commands of the mysql client write.
fn home() -> Home {
    let home = Home::new();
    home.write("keys.tsv", include_str!("../../../../crates/domain/tests/keys/ownpay-keys.tsv"));
    home.write("endpoints.tsv", include_str!("../../../../crates/domain/tests/webhooks/ownpay-endpoints.tsv"));
    home
}

#[test]
fn an_import_warns_where_the_running_hub_has_its_sandbox_on_whatever_the_command_is_configured_for() {
    let home = home();
    let _hub = home.serve(&DATA);
    for import in [&KEYS[..], &ENDPOINTS] {
        for more in [&["--dry-run"][..], &OFF] {
            let ended = home.run(&[import, &DATA, more].concat());
            assert_eq!(ended.code, 0, "{}", ended.stderr);
            assert!(ended.stderr.ends_with(WARNING), "{}", ended.stderr);
        }
    }
}

#[test]
fn an_import_without_a_running_hub_warns_as_it_is_configured_itself() {
    let home = home();
    home.serve(&DATA).stop("-TERM");
    for import in [&KEYS[..], &ENDPOINTS] {
        let ended = home.run(&[import, &DATA].concat());
        assert!(ended.code == 0 && ended.stderr.ends_with(WARNING), "{}", ended.stderr);
        let ended = home.run(&[import, &DATA, &OFF].concat());
        assert!(ended.code == 0 && !ended.stderr.contains("sandbox"), "{}", ended.stderr);
    }
}

#[test]
fn check_warns_of_a_sandbox_beside_imported_keys_or_endpoints() {
    for import in [&KEYS[..], &ENDPOINTS] {
        let home = home();
        let hub = home.serve(&DATA);
        home.issue_key();
        let check = |more: &[&str]| home.succeed(&[&["check"], &DATA[..], more].concat());
        assert!(!check(&[]).contains(CHECKED), "nothing was imported");
        home.run(&[import, &DATA].concat());
        assert!(check(&OFF).contains(CHECKED), "the running hub has its sandbox on");
        hub.stop("-TERM");
        assert!(check(&[]).contains(CHECKED), "the next hub would have it on");
        assert!(!check(&OFF).contains(CHECKED), "the next hub would have it off");
    }
}
