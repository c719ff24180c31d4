//! Numbers that are counted in a workspace, and the way from the sandbox to the rest of the hub.

use devhub_domain::id::WorkspaceId;
use devhub_domain::store::StoreError;
use devhub_domain::tx::Tx;
use devhub_sandbox::{Kind, NumberTx, SandboxTx};
use diesel::prelude::*;

use crate::sandbox_schema::sandbox_numbers::dsl;
use crate::tx::both;

both! {
    impl NumberTx {
        /// Served by the primary key. On PostgreSQL the row is held until the transaction ends: whoever counts next waits for it.
        fn next_number(&mut self, workspace_id: WorkspaceId, kind: Kind) -> Result<i64, StoreError> {
            let first = (
                dsl::workspace_id.eq(&workspace_id.as_bytes()[..]),
                dsl::kind.eq(kind.as_str()),
                dsl::last.eq(1_i64),
            );
            let upsert = diesel::insert_into(dsl::sandbox_numbers)
                .values(first)
                .on_conflict((dsl::workspace_id, dsl::kind))
                .do_update()
                .set(dsl::last.eq(dsl::last + 1_i64))
                .returning(dsl::last);
            self.state.note(upsert.get_result(&mut *self.conn))
        }
    }

    impl SandboxTx {
        fn hub(&mut self) -> &mut (dyn Tx + '_) {
            self
        }
    }
}
