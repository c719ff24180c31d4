//! Who calls with keys that have a successor: a row for each such key that was called with.

use devhub_domain::api_keys::Stragglers;
use devhub_domain::id::KeyId;
use devhub_domain::store::StoreError;
use diesel::prelude::*;

use crate::row::{Row, instant, micros, own_id};
use crate::schema::api_key_stragglers;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = api_key_stragglers, treat_none_as_null = true)]
pub(crate) struct StragglersRow {
    key_id: Vec<u8>,
    calls: i64,
    last_at_us: Option<i64>,
    last_address: Option<String>,
    last_user_agent: Option<String>,
}

impl From<&Stragglers> for StragglersRow {
    fn from(counted: &Stragglers) -> Self {
        Self {
            key_id: counted.key_id.as_bytes().to_vec(),
            calls: i64::try_from(counted.calls).unwrap_or(i64::MAX),
            last_at_us: micros(counted.last_at),
            last_address: counted.last_address.map(|address| address.to_string()),
            last_user_agent: counted.last_user_agent.clone(),
        }
    }
}

impl StragglersRow {
    pub(crate) fn into_stragglers(self) -> Result<Stragglers, StoreError> {
        let key_id = KeyId::from_bytes(own_id("api_key_stragglers", &self.key_id)?);
        let row = Row { table: "api_key_stragglers", id: &key_id };
        let address = self.last_address.as_deref().map(|text| row.text("last_address", text));
        Ok(Stragglers {
            key_id,
            calls: row.number("calls", self.calls)?,
            last_at: instant(self.last_at_us),
            last_address: address.transpose()?,
            last_user_agent: self.last_user_agent,
        })
    }
}
