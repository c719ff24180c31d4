//! What opening, migrating, writing and backing up can fail with.

use std::path::PathBuf;

use devhub_domain::store::StoreError;

/// Any cause, kept for the log.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a database does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or a file in it cannot be made or opened.
    #[error("{path} cannot be used: give its owner the right to write there, or choose another folder")]
    Folder {
        /// Which path.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        cause: std::io::Error,
    },
    /// Another process owns the folder.
    #[error("folder {0} is in use by another devhub: stop that one first, or choose another folder")]
    InUse(PathBuf),
    /// The path is not UTF-8, which SQLite asks for.
    #[error("folder {0} has a name that is not UTF-8: choose another folder")]
    NotUtf8(PathBuf),
    /// The server would be reached over a network without TLS.
    #[error(
        "postgres host {0:?} is on another machine: add sslmode=verify-full to the url, or set database.allow_plaintext"
    )]
    Plaintext(String),
    /// TLS is asked for but not built in.
    #[error("sslmode={0} needs TLS: build devhub with the feature `postgres-tls`")]
    TlsNotBuilt(String),
    /// No connection.
    #[error("the database cannot be reached")]
    Connect(#[source] Cause),
    /// A thread could not be started.
    #[error("the writer cannot be started")]
    Writer(#[source] std::io::Error),
}

impl OpenError {
    /// A stable word for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Folder { .. } => "database_folder",
            Self::InUse(_) => "database_in_use",
            Self::NotUtf8(_) => "database_folder_name",
            Self::Plaintext(_) => "database_plaintext",
            Self::TlsNotBuilt(_) => "database_tls_not_built",
            Self::Connect(_) => "database_unreachable",
            Self::Writer(_) => "database_writer",
        }
    }
}

/// Why a database does not migrate.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A newer program has migrated it.
    #[error("the database is newer than this program, it has {}: start the newer program", .0.join(", "))]
    Newer(Vec<String>),
    /// No connection.
    #[error("the database cannot be reached")]
    Connect(#[source] Cause),
    /// A migration failed; those before it are applied.
    #[error("the database cannot be migrated")]
    Failed(#[source] Cause),
}

impl MigrateError {
    /// A stable word for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Newer(_) => "database_newer",
            Self::Connect(_) => "database_unreachable",
            Self::Failed(_) => "database_migration_failed",
        }
    }
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// PostgreSQL has its own tool.
    #[error("a postgres database is backed up with pg_dump")]
    NotSqlite,
    /// The path is not UTF-8, which SQLite asks for.
    #[error("{0} is not UTF-8: choose another path")]
    NotUtf8(PathBuf),
    /// The file is there already or cannot be written.
    #[error("{path} cannot be written: choose a new file in a folder that exists")]
    File {
        /// Which path.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        cause: std::io::Error,
    },
    /// The copy failed.
    #[error("the database cannot be copied")]
    Copy(#[source] Cause),
}

impl BackupError {
    /// A stable word for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotSqlite => "backup_not_sqlite",
            Self::NotUtf8(_) => "backup_path_name",
            Self::File { .. } => "backup_file",
            Self::Copy(_) => "backup_failed",
        }
    }
}

/// Why a transaction was not carried out: the cause of [`StoreError::Unavailable`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriterError {
    /// Too many jobs wait already.
    #[error("the writer queue is full")]
    QueueFull,
    /// The database was shut down.
    #[error("the database is shut down")]
    Closed,
    /// There is no connection, or none is free for too long.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The commit that this job shared failed as a whole, or whether it succeeded is not known.
    #[error("the whole batch was given up: {0}")]
    BatchLost(String),
    /// Other transactions were in the way each time.
    #[error("other transactions were in the way {0} times")]
    Contended(u32),
    /// A statement failed and the job went on as if it had not.
    #[error("a statement failed: {0}")]
    Statement(String),
}

impl WriterError {
    /// A stable word for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::QueueFull => "writer_queue_full",
            Self::Closed => "database_closed",
            Self::Unreachable(_) => "database_unreachable",
            Self::BatchLost(_) => "batch_lost",
            Self::Contended(_) => "transactions_contended",
            Self::Statement(_) => "statement_failed",
        }
    }
}

impl From<WriterError> for StoreError {
    fn from(error: WriterError) -> Self {
        Self::unavailable(error)
    }
}
