//! Transactions over both backends, and the macro that compiles one text for each.

use std::fmt;
use std::ops::DerefMut;

use devhub_domain::tx::Tx;
use devhub_sandbox::SandboxTx;
use diesel::{PgConnection, SqliteConnection};

use crate::link::TxState;
use crate::{postgres, sqlite};

/// Compiles what implements a port once for each backend.
macro_rules! both {
    ($(impl $port:ident { $($body:tt)* })*) => {$(
        impl<C: std::ops::DerefMut<Target = diesel::SqliteConnection>> $port for $crate::tx::SqliteTx<C> {
            $($body)*
        }
        impl<C: std::ops::DerefMut<Target = diesel::PgConnection>> $port for $crate::tx::PostgresTx<C> {
            $($body)*
        }
    )*};
}
pub(crate) use both;

/// Every port that this store has: those of the hub and those of the sandbox.
pub(crate) trait StoreTx: Tx + SandboxTx {}

impl<T: Tx + SandboxTx> StoreTx for T {}

/// Every port over a SQLite connection on which a transaction is open.
///
/// `C` is a connection or a reference to one. Whoever opened the transaction ends it; when a port returned an error, it must be
/// rolled back. Calls [`Dispatcher::wake`](devhub_domain::webhooks::Dispatcher::wake) after a commit that published something.
pub struct SqliteTx<C> {
    pub(crate) conn: C,
    pub(crate) state: TxState,
}

/// Every port over a PostgreSQL connection on which a transaction is open: at READ COMMITTED, as PostgreSQL's own default.
///
/// `C` is a connection or a reference to one. Whoever opened the transaction ends it; when a port returned an error, it must be
/// rolled back. Calls [`Dispatcher::wake`](devhub_domain::webhooks::Dispatcher::wake) after a commit that published something.
pub struct PostgresTx<C> {
    pub(crate) conn: C,
    pub(crate) state: TxState,
}

impl<C: DerefMut<Target = SqliteConnection>> SqliteTx<C> {
    /// Wraps a connection on which a transaction is open.
    pub fn wrap(conn: C) -> Self {
        Self { conn, state: TxState::new(sqlite::classify) }
    }
}

impl<C: DerefMut<Target = PgConnection>> PostgresTx<C> {
    /// Wraps a connection on which a transaction is open.
    pub fn wrap(conn: C) -> Self {
        Self { conn, state: TxState::new(postgres::classify) }
    }
}

impl<C> fmt::Debug for SqliteTx<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteTx").finish_non_exhaustive()
    }
}

impl<C> fmt::Debug for PostgresTx<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresTx").finish_non_exhaustive()
    }
}
