//! What workspaces set of the gateways of the sandbox.

use devhub_domain::id::WorkspaceId;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_sandbox::{GatewaySetting, GatewayTx};
use diesel::prelude::*;

use crate::row::{Row, written};
use crate::sandbox_row::{outcome_word, own_workspace};
use crate::sandbox_schema::sandbox_gateways::{self, dsl};
use crate::tx::both;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sandbox_gateways, treat_none_as_default_value = false)]
struct SettingRow {
    workspace_id: Vec<u8>,
    name: String,
    is_on: i64,
    outcome: Option<String>,
    updated_at_us: i64,
    revision: i64,
}

impl From<&GatewaySetting> for SettingRow {
    fn from(setting: &GatewaySetting) -> Self {
        Self {
            workspace_id: setting.workspace_id.as_bytes().to_vec(),
            name: setting.name.to_string(),
            is_on: i64::from(setting.is_on),
            outcome: outcome_word(setting.outcome),
            updated_at_us: setting.updated_at.as_micros(),
            revision: setting.revision,
        }
    }
}

impl SettingRow {
    fn into_setting(self) -> Result<GatewaySetting, StoreError> {
        let workspace_id = own_workspace("sandbox_gateways", &self.workspace_id)?;
        let row = Row { table: "sandbox_gateways", id: &format_args!("{workspace_id}/{}", self.name) };
        Ok(GatewaySetting {
            workspace_id,
            name: row.gateway("name", &self.name)?,
            is_on: match self.is_on {
                0 => false,
                1 => true,
                _ => return Err(row.corrupt("is_on")),
            },
            outcome: row.outcome("outcome", self.outcome.as_deref())?,
            updated_at: Timestamp::from_micros(self.updated_at_us),
            revision: self.revision,
        })
    }
}

both! {
    impl GatewayTx {
        /// Served by the primary key. There are a handful, which are sorted here: databases do not agree about `_`.
        fn list_gateway_settings(&mut self, workspace_id: WorkspaceId) -> Result<Vec<GatewaySetting>, StoreError> {
            let query = dsl::sandbox_gateways
                .filter(dsl::workspace_id.eq(&workspace_id.as_bytes()[..]))
                .select(SettingRow::as_select());
            let rows: Vec<SettingRow> = self.state.note(query.load(&mut *self.conn))?;
            let mut settings = rows.into_iter().map(SettingRow::into_setting).collect::<Result<Vec<_>, _>>()?;
            settings.sort_unstable_by(|one, other| one.name.cmp(&other.name));
            Ok(settings)
        }

        fn put_gateway_setting(&mut self, setting: &GatewaySetting) -> Result<(), StoreError> {
            if setting.revision == 1 {
                let row = SettingRow::from(setting);
                let insert = diesel::insert_into(dsl::sandbox_gateways).values(row).on_conflict_do_nothing();
                return written(self.state.note(insert.execute(&mut *self.conn))?, 1, "sandbox_gateways");
            }
            let earlier = dsl::sandbox_gateways
                .filter(dsl::workspace_id.eq(&setting.workspace_id.as_bytes()[..]))
                .filter(dsl::name.eq(setting.name.as_str()))
                .filter(dsl::revision.eq(setting.revision - 1));
            let update = diesel::update(earlier).set((
                dsl::is_on.eq(i64::from(setting.is_on)),
                dsl::outcome.eq(outcome_word(setting.outcome)),
                dsl::updated_at_us.eq(setting.updated_at.as_micros()),
                dsl::revision.eq(setting.revision),
            ));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "sandbox_gateways.revision")
        }
    }
}
