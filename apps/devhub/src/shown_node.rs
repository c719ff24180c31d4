//! What the pages show of this node: neither passwords nor names to log in with.

use anyhow::Context as _;
use devhub_domain::api_keys::NodeName;
use devhub_storage::DatabaseKind;
use devhub_web::NodeFacts;

use crate::opened::Opened;

/// The node, as it is now: the version of the database is asked for once.
///
/// # Errors
/// When the database does not answer.
pub(crate) fn shown_node(opened: &Opened) -> anyhow::Result<NodeFacts> {
    let folder = &opened.places.state_folder;
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.clone());
    Ok(NodeFacts {
        name: NodeName::default().to_string(),
        database: opened.database.version().context("the database does not tell its version")?,
        database_name: opened.places.database_name.to_string(),
        state_folder: folder.display().to_string(),
        backup: match opened.database.kind() {
            DatabaseKind::Sqlite => "devhub backup FILE",
            DatabaseKind::Postgres => "pg_dump, and a copy of the master key",
        },
    })
}
