//! Where the database is.
//!
//! *Threat:* a mistyped address opens something else without a word; a password reaches a log or, in the clear, the network.
//! *Defence:* schemes and parameters are parsed here and unknown ones are refused; nothing here prints a password; a server on
//! another machine is reached with TLS only unless the operator says otherwise. *Not defended:* `sslmode=require` encrypts without
//! checking the server's name; `verify-full` does.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use devhub_domain::secret::Secret;

use crate::error::OpenError;

/// What a PostgreSQL address may ask for. `hostaddr` and `service` are left out: they would lead elsewhere than the host says.
const PARAMETERS: &[&str] = &[
    "host",
    "sslmode",
    "sslrootcert",
    "connect_timeout",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "application_name",
    "options",
];

/// The modes in which libpq never falls back to plain text.
const TLS_MODES: &[&str] = &["require", "verify-ca", "verify-full"];

/// How long libpq waits, in seconds but for the last, unless the address says otherwise. A start must fail while somebody still looks;
/// and a server that vanished without closing its connections, as in a failover, would by the system's defaults hold up a
/// statement for a quarter of an hour and an answer for two hours.
const TIMEOUTS: &[(&str, &str)] = &[
    ("connect_timeout", "5"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
];

/// Where the database is.
///
/// *Shape:* `sqlite:<folder>`, or `postgres://user:password@host:port/database?sslmode=…`. Printed without its password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A folder that holds `hub.db`.
    Sqlite {
        /// The folder.
        folder: PathBuf,
    },
    /// A PostgreSQL server: the address as libpq takes it.
    Postgres(Secret),
}

/// The text is no address of a database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// The scheme is not known.
    #[error("database url must start with sqlite: or postgres://, got {0:?}")]
    Scheme(String),
    /// No folder.
    #[error("database url must name a folder, such as sqlite:data or sqlite:/var/lib/devhub")]
    Folder,
    /// No address.
    #[error("database url must look like postgres://user:password@host:5432/database: {0}")]
    Malformed(String),
    /// A parameter that is not known or not allowed.
    #[error("database url has the parameter {0:?}: use {known}", known = PARAMETERS.join(", "))]
    Parameter(String),
}

impl DatabaseUrlError {
    /// A stable word for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Scheme(_) => "database_url_scheme",
            Self::Folder => "database_url_folder",
            Self::Malformed(_) => "database_url_malformed",
            Self::Parameter(_) => "database_url_parameter",
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        match text.split_once(':') {
            Some(("sqlite", folder)) => sqlite(folder),
            Some(("postgres" | "postgresql", _)) => postgres(text),
            // Only what stands before the colon is repeated: the rest may hold a password.
            Some((scheme, _)) => Err(DatabaseUrlError::Scheme(scheme.chars().take(40).collect())),
            None => Err(DatabaseUrlError::Scheme(String::new())),
        }
    }
}

fn sqlite(folder: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    // `sqlite://data` looks like a host; as a path it would be `/data`, which nobody means.
    let is_host = folder.starts_with("//") && !folder.starts_with("///");
    if folder.is_empty() || is_host {
        return Err(DatabaseUrlError::Folder);
    }
    Ok(DatabaseUrl::Sqlite { folder: PathBuf::from(folder) })
}

fn postgres(text: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    let url = parse(text)?;
    let unknown = url.query_pairs().find(|(name, _)| !PARAMETERS.contains(&&**name));
    if let Some((name, _)) = unknown {
        return Err(DatabaseUrlError::Parameter(name.into_owned()));
    }
    // libpq knows no fragment: it would read on where this parser stops, and follow a host that was not checked.
    if url.fragment().is_some() {
        return Err(DatabaseUrlError::Malformed("write %23 instead of #".to_owned()));
    }
    match host(&url) {
        None => Err(DatabaseUrlError::Malformed("it must name a host".to_owned())),
        // libpq decodes the host and then takes it apart at its commas: what is not decoded here is not checked here either.
        Some(host) if host.contains('%') => {
            Err(DatabaseUrlError::Malformed("write a host with unusual characters as ?host=".to_owned()))
        }
        Some(_) => Ok(DatabaseUrl::Postgres(Secret::new(text))),
    }
}

fn parse(text: &str) -> Result<url::Url, DatabaseUrlError> {
    url::Url::parse(text).map_err(|error| DatabaseUrlError::Malformed(error.to_string()))
}

/// The host that libpq will dial, or several with commas between: the parameter wins over the authority.
fn host(url: &url::Url) -> Option<String> {
    let parameter = parameter(url, "host");
    // A folder of sockets begins with a slash, which in the place of a host must be encoded.
    let decoded = |host: &str| host.trim_matches(['[', ']']).replace("%2F", "/").replace("%2f", "/");
    let authority = || url.host_str().map(decoded);
    parameter.or_else(authority).filter(|host| !host.is_empty())
}

fn parameter(url: &url::Url, name: &str) -> Option<String> {
    // The last one wins, as in libpq.
    url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned()).last()
}

fn is_local(host: &str) -> bool {
    let is_loopback = || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    host == "localhost" || host.starts_with('/') || is_loopback()
}

/// The address for libpq, if it may be dialled.
pub(crate) fn checked(address: &Secret, allow_plaintext: bool) -> Result<Secret, OpenError> {
    let mut url = url::Url::parse(address.expose()).map_err(|error| OpenError::Connect(error.into()))?;
    let mode = parameter(&url, "sslmode").unwrap_or_default();
    let has_tls = TLS_MODES.contains(&mode.as_str());
    if has_tls && !cfg!(feature = "postgres-tls") {
        return Err(OpenError::TlsNotBuilt(mode));
    }
    let host = host(&url).unwrap_or_default();
    if !has_tls && !allow_plaintext && !host.split(',').all(is_local) {
        return Err(OpenError::Plaintext(host));
    }
    for (name, value) in TIMEOUTS {
        if parameter(&url, name).is_none() {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    Ok(Secret::new(url.as_str()))
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { folder } => write!(f, "sqlite:{}", folder.display()),
            Self::Postgres(address) => match url::Url::parse(address.expose()) {
                Ok(url) => {
                    let user = if url.username().is_empty() { "" } else { "…@" };
                    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                    let host = host(&url).unwrap_or_default();
                    write!(f, "postgres://{user}{host}{port}{}", url.path())
                }
                Err(_) => f.write_str("postgres://…"),
            },
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Secret {
        match text.parse().unwrap() {
            DatabaseUrl::Postgres(address) => address,
            DatabaseUrl::Sqlite { .. } => panic!("a postgres address"),
        }
    }

    #[test]
    fn a_sqlite_address_is_a_folder() {
        let url = DatabaseUrl::Sqlite { folder: PathBuf::from("/var/lib/devhub") };
        assert_eq!("sqlite:/var/lib/devhub".parse(), Ok(url.clone()));
        assert_eq!(url.to_string(), "sqlite:/var/lib/devhub");
        assert_eq!("sqlite:data".parse(), Ok(DatabaseUrl::Sqlite { folder: PathBuf::from("data") }));
        assert_eq!("sqlite:".parse::<DatabaseUrl>(), Err(DatabaseUrlError::Folder));
        assert_eq!("sqlite://data".parse::<DatabaseUrl>(), Err(DatabaseUrlError::Folder));
    }

    #[test]
    fn an_unknown_scheme_is_refused_with_the_known_ones() {
        let error = "mysql://root:secret@localhost/hub".parse::<DatabaseUrl>().unwrap_err();
        assert_eq!(error.to_string(), "database url must start with sqlite: or postgres://, got \"mysql\"");
        assert!("host=localhost dbname=hub".parse::<DatabaseUrl>().is_err());
    }

    #[test]
    fn a_password_is_not_printed() {
        let url: DatabaseUrl = "postgres://hub:pa55w0rd@db.example:5433/hub?sslmode=require".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://…@db.example:5433/hub");
        assert_eq!(format!("{url:?}"), url.to_string());
    }

    #[test]
    fn parameters_that_lead_elsewhere_are_refused() {
        let error = "postgres://localhost/hub?hostaddr=192.0.2.1".parse::<DatabaseUrl>().unwrap_err();
        assert_eq!(error.code(), "database_url_parameter");
        for malformed in
            ["postgres:///hub", "postgres://localhost/hub#?host=db.example", "postgres://%2Frun%2Cdb.example/hub"]
        {
            assert_eq!(malformed.parse::<DatabaseUrl>().unwrap_err().code(), "database_url_malformed", "{malformed}");
        }
    }

    #[test]
    fn a_server_on_this_machine_needs_no_tls() {
        for local in ["localhost:5433", "127.0.0.1", "[::1]", "localhost,127.0.0.1"] {
            assert!(checked(&address(&format!("postgres://hub@{local}/hub")), false).is_ok(), "{local}");
        }
        for socket in ["postgres:///hub?host=/run/postgresql", "postgres://%2Frun%2Fpostgresql/hub"] {
            assert!(checked(&address(socket), false).is_ok(), "{socket}");
        }
    }

    #[test]
    fn a_server_elsewhere_is_not_reached_without_tls() {
        for remote in [
            "postgres://db.example/hub",
            "postgres://localhost/hub?host=db.example",
            "postgres://db.example/hub?sslmode=prefer",
            "postgres:///hub?host=/run/postgresql,db.example",
            "postgres:///hub?host=/run/postgresql%2Cdb.example",
            "postgres://localhost,db.example/hub",
            "postgres://%2frun,db.example/hub",
        ] {
            assert_eq!(checked(&address(remote), false).unwrap_err().code(), "database_plaintext", "{remote}");
            assert!(checked(&address(remote), true).is_ok(), "{remote}");
        }
    }

    #[test]
    fn a_server_that_vanishes_is_noticed_within_seconds_unless_the_address_says_otherwise() {
        let dialled = |text: &str| checked(&address(text), false).unwrap().expose().to_owned();
        assert_eq!(
            dialled("postgres://localhost/hub"),
            "postgres://localhost/hub?connect_timeout=5&keepalives_idle=5&keepalives_interval=2&keepalives_count=3\
             &tcp_user_timeout=10000"
        );
        let own = dialled("postgres://localhost/hub?tcp_user_timeout=60000&keepalives_idle=30");
        assert!(own.contains("tcp_user_timeout=60000") && !own.contains("tcp_user_timeout=10000"), "{own}");
        assert!(own.contains("keepalives_idle=30") && !own.contains("keepalives_idle=5"), "{own}");
    }

    #[cfg(not(feature = "postgres-tls"))]
    #[test]
    fn tls_that_is_not_built_in_is_refused_with_its_feature() {
        let error = checked(&address("postgres://db.example/hub?sslmode=verify-full"), true).unwrap_err();
        assert_eq!(error.to_string(), "sslmode=verify-full needs TLS: build devhub with the feature `postgres-tls`");
    }
}
