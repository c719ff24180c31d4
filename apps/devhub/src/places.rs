//! Where the hub keeps what is not in the database.

use std::path::{Path, PathBuf};

use devhub_storage::DatabaseUrl;

use crate::config::Settings;
use crate::control::SOCKET_NAME;
use crate::database_name::DatabaseName;

/// State folder of a hub whose database has no folder of its own.
const STATE_FOLDER: &str = "./data";

/// Files and folders, as the configuration says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    /// What the database is called between the hub and the command line.
    pub(crate) database_name: DatabaseName,
    /// Folder of the database; `None` with PostgreSQL.
    pub(crate) database_folder: Option<PathBuf>,
    /// Folder of the control socket.
    pub(crate) state_folder: PathBuf,
    /// File of the master key, unless the configuration holds the key itself.
    pub(crate) master_key_file: PathBuf,
}

impl Places {
    /// Where everything is.
    pub(crate) fn of(settings: &Settings) -> Self {
        let database_folder = match &settings.database.url {
            DatabaseUrl::Sqlite { folder } => Some(folder.clone()),
            DatabaseUrl::Postgres(_) => None,
        };
        let state_folder = settings.server.state_folder.clone().or_else(|| database_folder.clone());
        let state_folder = state_folder.unwrap_or_else(|| PathBuf::from(STATE_FOLDER));
        let master_key_file = settings.security.master_key_file.clone();
        Self {
            master_key_file: master_key_file.unwrap_or_else(|| master_key_in(&state_folder)),
            database_name: DatabaseName::of(&settings.database.url),
            database_folder,
            state_folder,
        }
    }

    /// The control socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.state_folder.join(SOCKET_NAME)
    }
}

/// The master key's file in a state folder.
pub(crate) fn master_key_in(folder: &Path) -> PathBuf {
    folder.join("master.key")
}
