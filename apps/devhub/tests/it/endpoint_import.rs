//! `devhub endpoints import`: beside a running hub, and without one.

use crate::harness::Home;

const DATA: [&str; 2] = ["--data", "data"];

/// What the documented command of the mysql client writes.
const OWNPAY: &str = include_str!("../../../../crates/domain/tests/webhooks/ownpay-endpoints.tsv");

#[test]
fn endpoints_of_ownpay_are_imported_into_the_running_hub_once() {
    let home = Home::new();
    let _hub = home.serve(&[&DATA[..], &["--set", "sandbox.enabled=false"]].concat());
    home.write("endpoints.tsv", OWNPAY);
    let import = ["endpoints", "import", "endpoints.tsv", DATA[0], DATA[1]];
    let told = home.succeed(&[&import[..], &["--dry-run"]].concat());
    assert_eq!(told, "3 would be imported, 0 already there, 0 refused\n");
    let ended = home.run(&import);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, "3 imported, 0 already there, 0 refused\n"));
    assert!(ended.stderr.starts_with("2 of them get OwnPay's signature only"), "{}", ended.stderr);
    assert_eq!(home.succeed(&import), "0 imported, 3 already there, 0 refused\n");
}

#[test]
fn an_import_without_a_hub_tells_its_refused_lines_and_no_secret() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    let row = |number| format!("https://shop.example/{number},secret-{number},*,active\n");
    let rows = (0..150).map(row).collect::<Vec<_>>().concat();
    let wrong = "https://shop.example/none,secret-none,,active\nhttps://10.0.0.8/,secret-inside,*,active\n";
    home.write("endpoints.csv", &format!("url,secret,events,status\n{wrong}{rows}"));
    let ended = home.run(&["endpoints", "import", "endpoints.csv", DATA[0], DATA[1]]);
    assert_eq!((ended.code, ended.stdout.as_str()), (3, "150 imported, 0 already there, 2 refused\n"));
    assert!(ended.stderr.contains("line 2: events is empty"), "{}", ended.stderr);
    assert!(ended.stderr.contains("line 3: address 10.0.0.8 is refused"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("secret-"), "{}", ended.stderr);
}

#[test]
fn another_file_is_told_in_one_line() {
    let home = Home::new();
    let _hub = home.serve(&DATA);
    home.write("other.csv", "a,b\n1,2\n");
    let ended = home.run(&["endpoints", "import", "other.csv", DATA[0], DATA[1]]);
    assert!(ended.stderr.contains("because: the table has no column url: it needs"), "{}", ended.stderr);
}
