//! OwnPay's keys: what a file may say, what is taken over, and that it goes on working.

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKeyError, ApiKeys, Denial, ImportFile, ImportFileError, ImportFormat, ImportOptions, ImportOutcome, ImportedKey,
    KeyStatus, LineRefusal, Pepper, REFUSED_MAX, Scope, ScopeSet, TokenHasher, TokenPrefix, Trust, read_import,
};
use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::idempotency::{Answer, Fingerprint, Idempotency, OnceRequest, Outcome};
use devhub_domain::store::{Change, Lane, StoreError, write};
use devhub_domain::testing::SeededEntropy;
use devhub_domain::time::Timestamp;
use devhub_domain::tx::Tx;
use devhub_domain::workspaces::TimeZone;

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE, shop, token};

/// The test vector of the contract, §1.1.
const TOKEN: &str = "op_8ae87c48.aae2b54e89c755d768a9db81b820643d3da4257474735ebd";
const SHA256: &str = "41cea3b1ac3262502612d2ab11cb3c7c21ae30dd394d13acc44c8bb3c1243297";

/// What the documented command of the mysql client writes (`docs/guides/ownpay-keys.md`).
const MYSQL: &str = include_str!("ownpay-keys.tsv");

fn options(format: ImportFormat) -> ImportOptions {
    let now = "2026-11-29T10:00:00Z".parse().unwrap();
    ImportOptions { format, time_zone: Some(TimeZone::new("Asia/Dhaka").unwrap()), now }
}

fn read(text: &str) -> ImportFile {
    read_import(text, &options(ImportFormat::of(text))).unwrap()
}

/// A table of one key, with these columns as they should be and `changed` instead.
fn line(changed: &[(&str, &str)]) -> String {
    let columns = [
        ("name", "Shop"),
        ("key_prefix", "8ae87c48"),
        ("key_hash", SHA256),
        ("scopes", "[\"read\"]"),
        ("status", "active"),
        ("expires_at", "NULL"),
        ("created_at", "2026-11-24 16:00:00"),
    ];
    let value = |name: &str, usual| changed.iter().find(|(column, _)| *column == name).map_or(usual, |(_, text)| *text);
    let values: Vec<&str> = columns.iter().map(|(name, usual)| value(name, usual)).collect();
    format!("{}\n{}\n", columns.map(|(name, _)| name).join("\t"), values.join("\t"))
}

fn import(hub: &Hub, workspace_id: WorkspaceId, file: &ImportFile) -> ImportOutcome {
    hub.keys.import(Asker::COMMAND_LINE, workspace_id, file).unwrap().commit().unwrap()
}

#[test]
fn what_the_mysql_client_writes_is_read() {
    let ImportFile { keys, refused } = read(MYSQL);
    assert_eq!(refused, []);
    let told: Vec<_> =
        keys.iter().map(|key| (key.line, key.label.as_str(), key.scopes.to_string(), key.status)).collect();
    let expected = [
        (2, "WooCommerce Plugin", "read write".to_owned(), KeyStatus::Active),
        (3, "Käufer \"quoted\" \\ shop", "read".to_owned(), KeyStatus::Locked),
        (4, "Old", "read write admin".to_owned(), KeyStatus::Revoked),
    ];
    assert_eq!(told, expected);
    let first = keys.first().unwrap();
    // Written in Dhaka, six hours ahead.
    assert_eq!(first.created_at, Some("2026-01-02T03:04:05Z".parse().unwrap()));
    assert_eq!((first.expires_at, first.last_used_at), (None, Some("2026-11-24T10:00:00.5Z".parse().unwrap())));
}

#[test]
fn commas_and_json_say_the_same() {
    let csv = format!(
        "id,name,key_prefix,key_hash,scopes,status\r\n1,\"A, B\",8ae87c48,{SHA256},\"[\"\"read\"\"]\",active\r\n"
    );
    let list = format!(
        r#"[{{"id":1,"name":"A, B","key_prefix":"8ae87c48","key_hash":"{SHA256}","scopes":["read"],"status":"active","expires_at":null}}]"#
    );
    let lines = list.trim_matches(['[', ']']).to_owned();
    let of = |text: &str| read(text).keys.into_iter().map(|key| ImportedKey { line: 0, ..key }).collect::<Vec<_>>();
    assert_eq!(of(&csv).len(), 1);
    assert_eq!(of(&csv), of(&list));
    assert_eq!(of(&list), of(&lines));
}

#[test]
fn an_imported_key_works_unchanged() {
    let hub = Hub::new();
    assert_eq!(hub.authenticate(TOKEN), Err(Denial::NotFound));
    let outcome = import(&hub, WORKSPACE, &read(MYSQL));
    assert_eq!((outcome.new.len(), outcome.existing.len(), outcome.refused.len()), (3, 0, 0));
    let principal = hub.authenticate(TOKEN).unwrap();
    assert_eq!((principal.workspace_id, principal.scopes), (WORKSPACE, ScopeSet::DEFAULT));
    // And after a restart, from the store.
    assert!(Hub::over(hub.store.clone()).authenticate(TOKEN).is_ok());
}

#[test]
fn the_digest_decides_whether_a_key_is_there_already() {
    let hub = Hub::new();
    let file = read(MYSQL);
    let first = import(&hub, WORKSPACE, &file);
    let id = first.new.iter().find(|key| key.prefix == "8ae87c48").unwrap().id;
    hub.keys.revoke(Asker::SYSTEM, WORKSPACE, id).commit().unwrap();
    let again = import(&hub, WORKSPACE, &file);
    assert_eq!((again.new.len(), again.existing.len()), (0, 3));
    assert_eq!(hub.authenticate(TOKEN), Err(Denial::Revoked), "a file brings nothing back");
    let elsewhere = import(&hub, OTHER_WORKSPACE, &file);
    assert!(elsewhere.refused.iter().all(|line| line.refusal == LineRefusal::Elsewhere) && elsewhere.new.is_empty());
}

#[test]
fn the_file_says_more_of_a_key_than_that_it_is_accepted() {
    let hub = Hub::new();
    let over = read(&line(&[("expires_at", "2026-11-25 00:00:00")]));
    hub.clock.jump_to("2026-11-29T10:00:00Z".parse().unwrap());
    import(&hub, WORKSPACE, &over);
    assert_eq!(hub.authenticate(TOKEN), Err(Denial::Expired));
}

#[test]
fn a_dry_run_tells_what_would_happen_and_changes_nothing() {
    let hub = Hub::new();
    let file = read(MYSQL);
    let told = hub.keys.preview_import(Asker::COMMAND_LINE, WORKSPACE, &file).unwrap();
    assert_eq!((told.new.len(), told.existing.len()), (3, 0));
    assert_eq!(hub.authenticate(TOKEN), Err(Denial::NotFound));
}

#[test]
fn a_wrong_line_is_refused_by_itself_and_says_what_to_change() {
    let rows: [(&[(&str, &str)], &str); 14] = [
        (&[("name", "")], "name is missing"),
        (&[("name", "a\\nb")], "label must be 1 to 100 characters without control characters"),
        (&[("key_prefix", "8AE87C48")], "key_prefix must be 8 lower-case hex digits"),
        (&[("key_hash", "NULL")], "key_hash is missing"),
        (&[("key_hash", TOKEN)], "key_hash must be the 64 hex digits of a SHA-256"),
        (
            &[("scopes", "[]")],
            "scopes must be a list such as [\"read\",\"write\"] of read, write and admin, and not empty",
        ),
        (&[("scopes", "NULL")], "scopes is missing"),
        (
            &[("scopes", "[\"read\",\"keys:write\"]")],
            "scopes must be a list such as [\"read\",\"write\"] of read, write and admin, and not empty",
        ),
        (&[("status", "Active")], "status must be active, locked or revoked"),
        (&[("expires_at", "tomorrow")], "expires_at must be a date and a time such as 2026-11-24 10:00:00, or NULL"),
        (
            &[("expires_at", "0000-00-00 00:00:00")],
            "expires_at must be a date and a time such as 2026-11-24 10:00:00, or NULL",
        ),
        (&[("created_at", "2026-11-29 16:00:01")], "created_at lies in the future: is the time zone right?"),
        (&[("status", "active\tmore")], "the line must have as many fields as the header: 7, not 8"),
        (
            &[("created_at", "2026-11-29T09:59:59+06:00x")],
            "created_at must be a date and a time such as 2026-11-24 10:00:00, or NULL",
        ),
    ];
    for (changed, expected) in rows {
        let read = read(&line(changed));
        let told: Vec<_> = read.refused.iter().map(|refused| (refused.line, refused.refusal.to_string())).collect();
        assert_eq!(told, [(2, expected.to_owned())], "{changed:?}");
    }
}

#[test]
fn a_key_reads_back_as_the_entry_that_it_makes() {
    let file = read(MYSQL);
    let entries: Vec<String> = file.keys.iter().map(|key| key.to_entry().to_string()).collect();
    let again = read_import(&entries.join("\n"), &ImportOptions { time_zone: None, ..options(ImportFormat::Json) });
    let lines = (1..).zip(file.keys);
    assert_eq!(again.unwrap().keys, lines.map(|(line, key)| ImportedKey { line, ..key }).collect::<Vec<_>>());
}

#[test]
fn a_time_without_an_offset_is_not_guessed_at() {
    let options = ImportOptions { time_zone: None, ..options(ImportFormat::Csv) };
    let read = read_import(&line(&[]), &options).unwrap();
    assert_eq!(read.refused[0].refusal, LineRefusal::TimeZoneMissing("created_at"));
    let told = read_import(&line(&[("created_at", "2026-11-24T10:00:00Z")]), &options).unwrap();
    assert_eq!(told.keys[0].created_at, Some(Timestamp::from_seconds(1_795_514_400)));
}

#[test]
fn one_file_holds_each_key_once_and_one_merchant() {
    let header = "merchant_id,name,key_prefix,key_hash,scopes,status";
    let row = |merchant, hash: &str| format!("{merchant},Shop,8ae87c48,{hash},read,active");
    let other = "f".repeat(64);
    let text = [header.to_owned(), row(1, SHA256), row(1, &SHA256.to_uppercase()), row(2, &other), row(1, &other)];
    let read = read(&text.join("\n"));
    let told: Vec<_> = read.refused.iter().map(|refused| (refused.line, refused.refusal)).collect();
    assert_eq!(told, [(3, LineRefusal::Repeated(2)), (4, LineRefusal::OtherMerchant)]);
    assert_eq!(read.keys.len(), 2);
}

#[test]
fn another_file_than_was_meant_is_not_read() {
    let error = |text: &str| read_import(text, &options(ImportFormat::of(text))).unwrap_err();
    assert!(matches!(error(""), ImportFileError::Empty));
    assert!(matches!(error("name,scopes\nShop,read"), ImportFileError::ColumnMissing("key_prefix")));
    assert!(matches!(error("[{"), ImportFileError::NotJson(_)));
    let many = format!("{}{}", line(&[]), "x\n".repeat(REFUSED_MAX + 1));
    let told = error(&many).to_string();
    assert_eq!(
        told,
        "more than 1000 lines are refused, the first in line 3: the line must have as many fields as the header: 7, not 1"
    );
}

#[test]
fn nothing_of_a_digest_is_printed() {
    let told = format!("{:?}", read(&format!("{}{}", line(&[]), "x\ty\n")));
    assert!(!told.contains(SHA256.get(..8).unwrap()) && told.contains("[digest]"), "{told}");
}

#[test]
fn nobody_imports_more_than_they_may_issue() {
    let hub = Hub::new();
    let file = read(MYSQL);
    let asker = |scopes: &[Scope]| Asker::key(KeyId::from_bytes([1; 16]), scopes.iter().copied().collect());
    let reader = hub.keys.import(asker(&[Scope::Read]), WORKSPACE, &file);
    assert!(matches!(reader, Err(ApiKeyError::Forbidden(_))));
    let narrow = asker(&[Scope::Read, Scope::KeysWrite]);
    let outcome = hub.keys.import(narrow, WORKSPACE, &file).unwrap().commit().unwrap();
    let refused: Vec<_> = outcome.refused.iter().map(|refused| (refused.line, refused.refusal)).collect();
    assert_eq!(refused, [(2, LineRefusal::ScopesTooWide), (4, LineRefusal::ScopesTooWide)]);
    assert_eq!(outcome.new.len(), 1);
}

#[test]
fn a_hub_with_tokens_of_its_own_says_that_it_would_not_take_ownpays() {
    let hub = Hub::new();
    let (hasher, entropy) = (TokenHasher::new(Pepper::from_bytes([7; 32])), std::sync::Arc::new(SeededEntropy::new(1)));
    let keys = ApiKeys::new(hub.store.clone(), hub.directory.clone(), hasher, hub.clock.clone(), entropy)
        .with_prefix(TokenPrefix::new("shop_").unwrap());
    let refused = keys.import(Asker::COMMAND_LINE, WORKSPACE, &read(MYSQL)).map(drop).unwrap_err();
    assert!(refused.to_string().ends_with("set keys.token_prefix = \"op_\" to import them"), "{refused}");
}

#[test]
fn the_digest_of_a_key_that_was_issued_here_gives_it_no_second_life() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    let hash = ring::digest::digest(&ring::digest::SHA256, token(&issued).as_bytes());
    let hash = data_encoding::HEXLOWER.encode(hash.as_ref());
    import(&hub, WORKSPACE, &read(&line(&[("key_hash", &hash)])));
    hub.keys.revoke(Asker::SYSTEM, WORKSPACE, issued.key.id).commit().unwrap();
    assert_eq!(hub.authenticate(token(&issued)), Err(Denial::Revoked));
}

/// What the digest of a token finds here is only another key of it.
#[test]
fn a_revoked_key_is_refused_though_its_imported_twin_is_loaded_before_it() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    hub.keys.revoke(Asker::SYSTEM, WORKSPACE, issued.key.id).commit().unwrap();
    let hash = ring::digest::digest(&ring::digest::SHA256, token(&issued).as_bytes());
    let hash = data_encoding::HEXLOWER.encode(hash.as_ref());
    let twin = import(&hub, WORKSPACE, &read(&line(&[("key_hash", &hash)]))).new.remove(0);
    let started = Hub::over(hub.store.clone());
    started.directory.put(&twin);
    assert_eq!(started.authenticate(token(&issued)), Err(Denial::Revoked));
}

macro_rules! import_of_one {
    ($hub:expr) => {
        $hub.keys.import(Asker::COMMAND_LINE, WORKSPACE, &read(&line(&[("scopes", "[\"read\",\"write\"]")]))).unwrap()
    };
}

/// An import of one key that is carried out once, and whose end the hub does not know.
fn import_in_doubt(hub: &Hub, is_committed: bool) -> Idempotency {
    let once = Idempotency::new(hub.store.clone(), Pepper::from_bytes([7; 32]), hub.clock.clone());
    let mut change = once.once(import_request(), import_of_one!(hub), kept).into_change();
    let mut done = None;
    let written: Result<(), StoreError> = write(&*hub.store, Lane::Interactive, |tx: &mut (dyn Tx + 'static)| {
        done = Some(change.apply(tx).unwrap());
        if is_committed { Ok(()) } else { Err(StoreError::RolledBack) }
    });
    assert_eq!(written.is_ok(), is_committed);
    change.unsettled(done.as_mut().unwrap());
    once
}

fn import_request() -> OnceRequest {
    let caller = KeyId::from_bytes([9; 16]).into();
    OnceRequest { caller, key: "import-1".parse().unwrap(), fingerprint: Fingerprint::of("POST /keys/import", b"") }
}

fn kept(_: &ImportOutcome) -> Answer {
    Answer { status: 200, body: Vec::new() }
}

#[test]
fn an_imported_key_is_accepted_though_nobody_knows_that_it_is_there() {
    let hub = Hub::new();
    hub.directory.set_trust(Trust::Whole);
    let once = import_in_doubt(&hub, true);
    assert!(hub.authenticate(TOKEN).is_ok());
    let again = once.once(import_request(), import_of_one!(hub), kept).commit().unwrap();
    assert!(matches!(again, Outcome::Replayed(_)));
    assert!(hub.authenticate(TOKEN).is_ok());
}

#[test]
fn an_import_that_did_not_happen_leaves_no_key_and_is_begun_again() {
    let hub = Hub::new();
    hub.directory.set_trust(Trust::Whole);
    let once = import_in_doubt(&hub, false);
    assert_eq!((hub.authenticate(TOKEN), hub.authenticator.describe(TOKEN)), (Err(Denial::NotFound), None));
    let Outcome::Done(outcome) = once.once(import_request(), import_of_one!(hub), kept).commit().unwrap() else {
        panic!("it was not carried out")
    };
    assert_eq!(hub.authenticate(TOKEN).unwrap().key_id, outcome.new[0].id);
}
