//! The database: opened by its URL, used through the domain's ports.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use devhub_domain::api_keys::ApiKeyTx;
use devhub_domain::audit::AuditTx;
use devhub_domain::events::{EventTx, OwnTypeTx};
use devhub_domain::installation::InstallationTx;
use devhub_domain::operators::OperatorTx;
use devhub_domain::rate::{PolicyHoursTx, RateTx};
use devhub_domain::reference::ReferenceDocumentTx;
use devhub_domain::resends::ResendTx;
use devhub_domain::restores::RestoreTx;
use devhub_domain::retention::RetentionTx;
use devhub_domain::secret::Secret;
use devhub_domain::store::{Body, Lane, StoreError, UnitOfWork, WriteJob};
use devhub_domain::tx::Tx;
use devhub_domain::usage::UsageTx;
use devhub_domain::webhooks::{DeliveryTx, EndpointTx, LogTx};
use devhub_domain::workspaces::WorkspaceTx;
use devhub_sandbox::SandboxTx;
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel::{RunQueryDsl, SqliteConnection};

use crate::error::{BackupError, MigrateError, OpenError};
use crate::link::Link;
use crate::lock::Folder;
use crate::options::Options;
use crate::postgres::{self, PostgresLink};
use crate::queue::{Queue, WriterStats};
use crate::readers::Readers;
use crate::sole_node::SoleNode;
use crate::sqlite::{self, SqliteLink};
use crate::tx::StoreTx;
use crate::url::{DatabaseUrl, checked};
use crate::writer::{Connect, Writer};
use crate::{lock, migrate};

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// SQLite, in a folder that has one owner.
    Sqlite,
    /// PostgreSQL, which many nodes may share.
    Postgres,
}

impl DatabaseKind {
    /// The word for logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// A store that holds the whole hub. Clones share it; it closes when the last one is dropped.
///
/// Writes of all callers go through one queue and share commits. A synchronous write waits for the writer: called from within
/// the body or the callback of another write it would wait for itself.
#[derive(Clone)]
pub struct Database {
    backend: Arc<Backend>,
}

enum Backend {
    Sqlite {
        /// `None` after the shutdown: the lock is given back.
        folder: Mutex<Option<Arc<Folder>>>,
        database: PathBuf,
        store: Store<SqliteLink>,
    },
    Postgres {
        address: Secret,
        store: Store<PostgresLink>,
    },
}

struct Store<L: Link> {
    writer: Writer<L>,
    readers: Readers<L>,
}

/// Runs one expression on the store of whichever backend it is.
macro_rules! on_store {
    ($database:expr, $store:ident => $run:expr) => {
        match &*$database.backend {
            Backend::Sqlite { store: $store, .. } => $run,
            Backend::Postgres { store: $store, .. } => $run,
        }
    };
}

impl Database {
    /// Opens the database, and does not migrate it. A SQLite folder is made if it is missing, and locked.
    ///
    /// # Errors
    /// [`OpenError`] when the folder is unusable or in use, the server cannot be reached, or the way to it would be unsafe.
    pub fn open(url: &DatabaseUrl, options: Options) -> Result<Self, OpenError> {
        let backend = match url {
            DatabaseUrl::Sqlite { folder } => open_sqlite(folder, options)?,
            DatabaseUrl::Postgres(address) => open_postgres(address, options)?,
        };
        Ok(Self { backend: Arc::new(backend) })
    }

    /// Which database it is.
    pub fn kind(&self) -> DatabaseKind {
        match &*self.backend {
            Backend::Sqlite { .. } => DatabaseKind::Sqlite,
            Backend::Postgres { .. } => DatabaseKind::Postgres,
        }
    }

    /// What it is called by people, with the version that answers: `SQLite 3.50.2`, `PostgreSQL 17.2`. Asked over a connection of its own.
    ///
    /// # Errors
    /// [`OpenError::Connect`] when the database cannot be reached, or does not say.
    pub fn version(&self) -> Result<String, OpenError> {
        let failed = |error: diesel::result::Error| OpenError::Connect(error.into());
        let (name, version) = match &*self.backend {
            Backend::Sqlite { database, .. } => {
                let asked = diesel::select(sql::<Text>("sqlite_version()"));
                ("SQLite", asked.get_result::<String>(&mut sqlite::connect(database)?).map_err(failed)?)
            }
            Backend::Postgres { address, .. } => {
                let asked = diesel::select(sql::<Text>("current_setting('server_version')"));
                ("PostgreSQL", asked.get_result::<String>(&mut postgres::connect(address)?).map_err(failed)?)
            }
        };
        Ok(format!("{name} {version}"))
    }

    /// Whether no other node can share it, so that every earlier session is dead at a start.
    pub fn has_one_owner(&self) -> bool {
        self.kind() == DatabaseKind::Sqlite
    }

    /// Claims the database for this hub alone; `None` while another hub has claimed it. SQLite: always granted, a folder has one owner.
    ///
    /// *Repeat:* on PostgreSQL a second claim is `None` too, from this process as from another, until the first is dropped.
    ///
    /// # Errors
    /// [`OpenError::Connect`] when the server cannot be reached.
    pub fn sole_node(&self) -> Result<Option<SoleNode>, OpenError> {
        match &*self.backend {
            Backend::Sqlite { .. } => Ok(Some(SoleNode::of_folder())),
            Backend::Postgres { address, .. } => SoleNode::take(address),
        }
    }

    /// Applies the migrations that are missing, in order, and returns their names. *Repeat:* applies nothing, returns nothing.
    ///
    /// On PostgreSQL under an advisory lock: of several nodes that start at once, one migrates and the others wait.
    ///
    /// # Errors
    /// [`MigrateError::Newer`] when a newer program has migrated the database, else what kept a migration from being applied.
    pub fn migrate(&self) -> Result<Vec<String>, MigrateError> {
        match &*self.backend {
            Backend::Sqlite { database, .. } => migrate::sqlite(database),
            Backend::Postgres { address, .. } => migrate::postgres(address),
        }
    }

    /// The names of the migrations that are missing. Changes nothing, even where none was ever applied.
    ///
    /// # Errors
    /// [`MigrateError::Newer`] when a newer program has migrated the database, else what kept it from being read.
    pub fn pending_migrations(&self) -> Result<Vec<String>, MigrateError> {
        match &*self.backend {
            Backend::Sqlite { database, .. } => migrate::sqlite_pending(database),
            Backend::Postgres { address, .. } => migrate::postgres_pending(address),
        }
    }

    /// Undoes every migration: all data is lost.
    ///
    /// # Errors
    /// What kept a migration from being undone.
    #[cfg(feature = "testing")]
    pub fn revert_all(&self) -> Result<(), MigrateError> {
        match &*self.backend {
            Backend::Sqlite { database, .. } => migrate::sqlite_revert(database),
            Backend::Postgres { address, .. } => migrate::postgres_revert(address),
        }
    }

    /// Counts of the writer.
    pub fn stats(&self) -> WriterStats {
        on_store!(self, store => store.writer.stats())
    }

    /// Copies the database into a new file, which only its owner may read, while it is in use. SQLite only.
    ///
    /// The copy is one committed state and is on disk when this returns.
    ///
    /// # Errors
    /// [`BackupError`]; also when the file exists already.
    pub fn backup_into(&self, path: &Path) -> Result<(), BackupError> {
        let Backend::Sqlite { database, .. } = &*self.backend else {
            return Err(BackupError::NotSqlite);
        };
        let text = path.to_str().ok_or_else(|| BackupError::NotUtf8(path.to_owned()))?;
        let fail = |cause| BackupError::File { path: path.to_owned(), cause };
        let file = lock::new_private_file(path).map_err(fail)?;
        let copied = copy(database, text).and_then(|()| sync(&file, path).map_err(fail));
        if copied.is_err() {
            // Half a copy must not pass for a backup; that it cannot be removed either is told by the first error well enough.
            drop(std::fs::remove_file(path));
        }
        copied
    }

    /// Finishes the jobs that wait, then closes. Writes and reads through other clones are refused from now on.
    ///
    /// Must not be called from within a job or its callback.
    pub fn shutdown(self) {
        on_store!(self, store => {
            store.writer.shutdown();
            store.readers.close();
        });
        if let Backend::Sqlite { folder, .. } = &*self.backend {
            drop(folder.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
    }

    fn read_any(&self, body: &mut Body<'_, dyn StoreTx>) -> Result<(), StoreError> {
        on_store!(self, store => store.readers.read(body))
    }

    fn write_any(&self, lane: Lane, body: &mut Body<'_, dyn StoreTx>) -> Result<(), StoreError> {
        on_store!(self, store => store.writer.write(lane, body))
    }

    fn submit_any(&self, lane: Lane, job: Box<dyn WriteJob<dyn StoreTx>>) {
        on_store!(self, store => store.writer.submit(lane, job));
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

fn open_sqlite(folder: &Path, options: Options) -> Result<Backend, OpenError> {
    let folder = Arc::new(Folder::take(folder)?);
    let database = folder.database.clone();
    let (for_writer, for_readers, synchronous) = (database.clone(), database.clone(), options.synchronous);
    let connect: Connect<SqliteLink> = Arc::new(move || sqlite::writer(&for_writer, synchronous));
    // One thread: SQLite has one writer at a time, and the targets that it keeps are never stale.
    let writer = Writer::start(Queue::new(options.queue_max, options.batch_max), 1, &connect, &folder)?;
    let readers = Readers::new(options.readers, Arc::new(move || sqlite::reader(&for_readers)));
    Ok(Backend::Sqlite { folder: Mutex::new(Some(folder)), database, store: Store { writer, readers } })
}

fn open_postgres(address: &Secret, options: Options) -> Result<Backend, OpenError> {
    let address = checked(address, options.allow_plaintext)?;
    let (for_writers, for_readers) = (address.clone(), address.clone());
    let connect: Connect<PostgresLink> = Arc::new(move || postgres::writer(&for_writers));
    let queue = Queue::new(options.queue_max, options.batch_max);
    let writer = Writer::start(queue, options.writers, &connect, &())?;
    let readers = Readers::new(options.readers, Arc::new(move || postgres::reader(&for_readers)));
    Ok(Backend::Postgres { address, store: Store { writer, readers } })
}

fn copy(database: &Path, into: &str) -> Result<(), BackupError> {
    let mut conn: SqliteConnection = sqlite::connect(database).map_err(|error| BackupError::Copy(error.into()))?;
    let vacuum = diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(into);
    vacuum.execute(&mut conn).map_err(|error| BackupError::Copy(error.into()))?;
    Ok(())
}

/// Syncs the file and its entry in the folder: SQLite does neither for a copy.
fn sync(file: &File, path: &Path) -> std::io::Result<()> {
    file.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// A job for one port, run on a transaction that has them all.
struct Narrowed<P: ?Sized>(Box<dyn WriteJob<P>>);

macro_rules! units_of_work {
    ($($port:ty),*) => {$(
        impl WriteJob<dyn StoreTx> for Narrowed<$port> {
            fn run(&mut self, tx: &mut (dyn StoreTx + 'static)) -> Result<(), StoreError> {
                self.0.run(tx)
            }

            fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
                self.0.finish(outcome);
            }
        }

        impl UnitOfWork<$port> for Database {
            fn read(&self, body: &mut Body<'_, $port>) -> Result<(), StoreError> {
                self.read_any(&mut |tx| body(tx))
            }

            fn write(&self, lane: Lane, body: &mut Body<'_, $port>) -> Result<(), StoreError> {
                self.write_any(lane, &mut |tx| body(tx))
            }

            fn submit(&self, lane: Lane, job: Box<dyn WriteJob<$port>>) {
                self.submit_any(lane, Box::new(Narrowed(job)));
            }
        }
    )*};
}

units_of_work!(
    dyn ApiKeyTx,
    dyn AuditTx,
    dyn EventTx,
    dyn OwnTypeTx,
    dyn RateTx,
    dyn PolicyHoursTx,
    dyn ReferenceDocumentTx,
    dyn EndpointTx,
    dyn DeliveryTx,
    dyn ResendTx,
    dyn RestoreTx,
    dyn RetentionTx,
    dyn LogTx,
    dyn UsageTx,
    dyn OperatorTx,
    dyn WorkspaceTx,
    dyn InstallationTx,
    dyn SandboxTx,
    dyn Tx
);
