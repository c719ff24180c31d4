//! What a page of keys costs, by filter, and the largest bulk change, in a workspace of 10,000 on SQLite.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a measurement, run by hand")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKey, ApiKeyFilter, ApiKeys, BulkChange, BulkTarget, KeyDirectory, KeySearch, KeyState, KeyStatus, Owner, Pepper,
    Scope, TokenHasher, TokenPrefix, Transition,
};
use devhub_domain::id::WorkspaceId;
use devhub_domain::page::PageRequest;
use devhub_domain::store::{Lane, UnitOfWork, read, write};
use devhub_domain::testing::{ManualClock, SeededEntropy, api_key, contract, label};
use devhub_domain::time::Timestamp;
use devhub_domain::tx::Tx;
use devhub_storage::{Database, DatabaseUrl, Options};

const KEYS: u32 = 10_000;
const ROUNDS: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let url = DatabaseUrl::Sqlite { folder: folder.path().join("data") };
    let database = Database::open(&url, Options::default())?;
    database.migrate()?;
    contract::seed(&database);
    let store: &dyn UnitOfWork<dyn Tx> = &database;
    write(store, Lane::Background, |tx| (1..=KEYS).try_for_each(|number| tx.insert_api_key(&key(number))))?;
    let search = |text| KeySearch::new(text, &TokenPrefix::default()).map(|search| filter(Some(search), None));
    let rows = [
        ("all", filter(None, None)),
        ("text that no label holds", search("no such label")?),
        ("text or digits that nothing holds", search("fffffff")?),
        ("text that every label holds", search("plugin")?),
        ("token", search("op_00000077.aae2")?),
        ("expired, of which there are none", filter(None, Some(KeyState::Expired))),
        ("scope that no key has", ApiKeyFilter { scope: Some(Scope::Admin), ..filter(None, None) }),
        ("owner who has none", ApiKeyFilter { owner: Owner::new("nobody").ok(), ..filter(None, None) }),
        (
            "unused, of which there are none",
            ApiKeyFilter { unused_since: Some(Timestamp::default()), ..filter(None, None) },
        ),
        (
            "expiring, of which there are none",
            ApiKeyFilter { expires_before: Some(Timestamp::default()), ..filter(None, None) },
        ),
    ];
    for (name, filter) in rows {
        let (rows, times) = measured(store, &filter)?;
        let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
        println!("{name:<36} {rows:>3} rows  p50 {:>9.1?}  p99 {:>9.1?}", at(50), at(99));
    }
    change_many(&database)?;
    database.shutdown();
    Ok(())
}

/// A key whose label is as long as labels are.
fn key(number: u32) -> ApiKey {
    ApiKey { label: label(&format!("WooCommerce Plugin of shop {number:073}")), ..api_key(number) }
}

/// What the largest bulk change costs, for which every other write waits.
fn change_many(database: &Database) -> Result<(), Box<dyn std::error::Error>> {
    let (directory, hasher) = (Arc::new(KeyDirectory::new()), TokenHasher::new(Pepper::from_bytes([7; 32])));
    let (clock, entropy) = (Arc::new(ManualClock::default()), Arc::new(SeededEntropy::new(1)));
    let keys = ApiKeys::new(Arc::new(database.clone()), directory, hasher, clock, entropy);
    let workspace_id = WorkspaceId::from_bytes(1_u128.to_be_bytes());
    let filter = ApiKeyFilter { status: Some(KeyStatus::Active), ..ApiKeyFilter::default() };
    let change = BulkChange { transition: Transition::Revoke, target: BulkTarget::Matches { filter, after: None } };
    let started = Instant::now();
    let preview = keys.preview_many(Asker::COMMAND_LINE, workspace_id, change.clone())?;
    let looked = started.elapsed();
    let started = Instant::now();
    let outcome = keys.change_many(Asker::COMMAND_LINE, workspace_id, change)?.commit()?;
    let (count, rest) = (outcome.results.len(), preview.remaining);
    println!("{count} keys revoked at once: {:.1?}, of {rest} more; a dry run {looked:.1?}", started.elapsed());
    Ok(())
}

fn filter(search: Option<KeySearch>, state: Option<KeyState>) -> ApiKeyFilter {
    ApiKeyFilter { search, state, ..ApiKeyFilter::default() }
}

fn measured(
    store: &dyn UnitOfWork<dyn Tx>,
    filter: &ApiKeyFilter,
) -> Result<(usize, Vec<Duration>), Box<dyn std::error::Error>> {
    let workspace_id = WorkspaceId::from_bytes(1_u128.to_be_bytes());
    let (mut rows, mut times) = (0, Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let page =
            read(store, |tx| tx.list_api_keys(workspace_id, filter, Timestamp::default(), PageRequest::default()))?;
        times.push(started.elapsed());
        rows = page.items.len();
    }
    times.sort_unstable();
    Ok((rows, times))
}
