//! Fills a folder with keys, for measurements of a start: `seed_keys <folder> <count>`.

use devhub_domain::api_keys::ApiKey;
use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::store::{Lane, StoreError, UnitOfWork, read, write};
use devhub_domain::testing::api_key;
use devhub_domain::tx::Tx;
use devhub_storage::{Database, DatabaseUrl, Options};

/// Keys of one transaction.
const CHUNK: u32 = 10_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(count)) = (arguments.next(), arguments.next()) else {
        return Err("usage: seed_keys <folder> <count>".into());
    };
    let database = Database::open(&DatabaseUrl::Sqlite { folder: folder.into() }, Options::default())?;
    database.migrate()?;
    let store: &dyn UnitOfWork<dyn Tx> = &database;
    let workspaces = read(store, |tx| tx.list_workspaces())?;
    let workspace = workspaces.first().ok_or("start the hub once, so that there is a workspace")?.id;
    let count: u32 = count.parse()?;
    let present = u32::try_from(count_keys(store)?)?;
    for start in (present..count).step_by(usize::try_from(CHUNK)?) {
        write(store, Lane::Background, |tx| {
            (start..count.min(start + CHUNK)).try_for_each(|number| tx.insert_api_key(&key(number, workspace)))
        })?;
    }
    database.shutdown();
    Ok(())
}

fn count_keys(store: &dyn UnitOfWork<dyn Tx>) -> Result<usize, StoreError> {
    let (mut after, mut count) = (None, 0);
    loop {
        let page = read(store, |tx| tx.scan_api_keys(after, 10_000))?;
        let Some(last) = page.last() else { return Ok(count) };
        after = Some(last.id);
        count += page.len();
    }
}

/// A key as an installation has it: ids ascend, digests are random.
fn key(number: u32, workspace_id: WorkspaceId) -> ApiKey {
    let id = KeyId::from_bytes((u128::from(number) + 1).to_be_bytes());
    ApiKey { id, workspace_id, ..api_key(number) }
}
