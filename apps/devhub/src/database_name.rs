//! What a database is called between the hub and the command line, so that both mean the same one.

use std::fmt;
use std::path::Path;

use devhub_storage::DatabaseUrl;
use serde::{Deserialize, Serialize};
use url::Url;

/// Port of PostgreSQL where the address names none.
const POSTGRES_PORT: u16 = 5432;

/// Names one database: `sqlite:/var/lib/devhub`, `postgres://localhost:5432/hub`. Never holds a user's name or a password.
///
/// Two names of one database, such as `localhost` and `127.0.0.1`, are taken for two: that is refused, never mixed up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct DatabaseName(String);

impl DatabaseName {
    /// The name of the database behind an address; a folder that is there is named by its real place.
    pub(crate) fn of(url: &DatabaseUrl) -> Self {
        match url {
            DatabaseUrl::Sqlite { folder } => Self(sqlite(folder)),
            DatabaseUrl::Postgres(address) => {
                let parsed = Url::parse(address.expose());
                Self(parsed.map_or_else(|_| url.to_string(), |address| postgres(&address)))
            }
        }
    }
}

impl fmt::Display for DatabaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn sqlite(folder: &Path) -> String {
    // A folder that is not there holds no hub, whatever it is called.
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    format!("sqlite:{}", folder.display())
}

/// As libpq reads it: the host of the parameter wins, and a database without a name is called as its user.
fn postgres(address: &Url) -> String {
    let parameter = address.query_pairs().filter(|(name, _)| name == "host").map(|(_, host)| host.into_owned()).last();
    let host = parameter.or_else(|| address.host_str().map(str::to_owned)).unwrap_or_default();
    let port = address.port().unwrap_or(POSTGRES_PORT);
    let path = address.path().trim_start_matches('/');
    let database = if path.is_empty() { address.username() } else { path };
    format!("postgres://{host}:{port}/{database}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(url: &str) -> String {
        DatabaseName::of(&url.parse().unwrap()).to_string()
    }

    #[test]
    fn a_folder_has_one_name_however_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let path = folder.path().to_str().unwrap();
        assert_eq!(name(&format!("sqlite:{path}/data")), name(&format!("sqlite:{path}/data/../data/.")));
    }

    #[test]
    fn a_server_is_named_without_its_user_and_password() {
        assert_eq!(name("postgres://hub:hunter2@db.example/hub?sslmode=require"), "postgres://db.example:5432/hub");
        assert_eq!(name("postgres://localhost:5433/hub?host=/run/postgresql"), "postgres:///run/postgresql:5433/hub");
    }

    #[test]
    fn two_databases_of_one_server_have_two_names() {
        assert_ne!(name("postgres://db.example/one"), name("postgres://db.example/two"));
        assert_ne!(name("postgres://one@db.example"), name("postgres://two@db.example"));
    }
}
