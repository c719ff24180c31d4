//! Rows of deliveries as columns, for statements of PostgreSQL that take any number of them.
//!
//! Diesel prepares an insert of several rows anew each time, because their number may differ: an exchange more, and a plan of a
//! hundred parameters. Where each column is one array, a statement is prepared once for each connection.

use diesel::pg::Pg;
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};

use crate::delivery_row::DeliveryRow;

/// Defines the columns of a row, and how rows become columns.
macro_rules! columns {
    ($first:ident: $first_rust:ty as $first_sql:ty, $($column:ident: $rust:ty as $sql:ty,)*) => {
        /// The columns of some rows.
        pub(crate) struct DeliveryColumns {
            $first: Vec<$first_rust>,
            $($column: Vec<$rust>,)*
        }

        impl From<Vec<DeliveryRow>> for DeliveryColumns {
            fn from(rows: Vec<DeliveryRow>) -> Self {
                let count = rows.len();
                let mut columns = Self {
                    $first: Vec::with_capacity(count),
                    $($column: Vec::with_capacity(count),)*
                };
                for row in rows {
                    columns.$first.push(row.$first);
                    $(columns.$column.push(row.$column);)*
                }
                columns
            }
        }

        impl DeliveryColumns {
            /// The names of the columns, as a statement lists them.
            pub(crate) const NAMES: &str = concat!(stringify!($first), $(", ", stringify!($column),)*);

            /// Writes what makes rows of them again.
            pub(crate) fn push_rows<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
                out.push_sql("unnest(");
                out.push_bind_param::<Array<$first_sql>, _>(&self.$first)?;
                $(
                    out.push_sql(", ");
                    out.push_bind_param::<Array<$sql>, _>(&self.$column)?;
                )*
                out.push_sql(")");
                Ok(())
            }
        }
    };
}

columns! {
    id: Vec<u8> as Binary,
    workspace_id: Vec<u8> as Binary,
    event_id: Vec<u8> as Binary,
    event_type: String as Text,
    endpoint_id: Vec<u8> as Binary,
    state: String as Text,
    due_at_us: Option<i64> as Nullable<BigInt>,
    lease_session_id: Option<Vec<u8>> as Nullable<Binary>,
    attempts: i64 as BigInt,
    created_at_us: i64 as BigInt,
    finished_at_us: Option<i64> as Nullable<BigInt>,
    last_started_at_us: Option<i64> as Nullable<BigInt>,
    last_duration_ms: Option<i64> as Nullable<BigInt>,
    last_status: Option<i64> as Nullable<BigInt>,
    last_failure: Option<String> as Nullable<Text>,
    last_detail: Option<String> as Nullable<Text>,
    resends: i64 as BigInt,
    resend: Option<String> as Nullable<Text>,
    setbacks: i64 as BigInt,
    interruptions: i64 as BigInt,
    first_success: Option<Vec<u8>> as Nullable<Binary>,
}
