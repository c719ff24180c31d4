//! Sessions of operators, as rows.

use devhub_domain::id::{OperatorId, OperatorSessionId};
use devhub_domain::operators::{Client, OperatorSession, SessionDigest, UserAgent};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use diesel::prelude::*;

use crate::row::{Row, own_id};
use crate::schema::operator_sessions;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = operator_sessions)]
pub(crate) struct OperatorSessionRow {
    id: Vec<u8>,
    digest: Vec<u8>,
    workspace_id: Vec<u8>,
    operator_id: Vec<u8>,
    created_at_us: i64,
    last_seen_at_us: i64,
    ends_at_us: i64,
    address: String,
    user_agent: String,
}

impl From<&OperatorSession> for OperatorSessionRow {
    fn from(session: &OperatorSession) -> Self {
        Self {
            id: session.id.as_bytes().to_vec(),
            digest: session.digest.0.to_vec(),
            workspace_id: session.workspace_id.as_bytes().to_vec(),
            operator_id: session.operator_id.as_bytes().to_vec(),
            created_at_us: session.created_at.as_micros(),
            last_seen_at_us: session.last_seen_at.as_micros(),
            ends_at_us: session.expires_at().as_micros(),
            address: session.client.address.to_string(),
            user_agent: session.client.user_agent.as_str().to_owned(),
        }
    }
}

impl OperatorSessionRow {
    pub(crate) fn into_session(self) -> Result<OperatorSession, StoreError> {
        let id = OperatorSessionId::from_bytes(own_id("operator_sessions", &self.id)?);
        let row = Row { table: "operator_sessions", id: &id };
        Ok(OperatorSession {
            id,
            digest: SessionDigest(row.bytes("digest", &self.digest)?),
            workspace_id: row.workspace_id(&self.workspace_id)?,
            operator_id: OperatorId::from_bytes(row.bytes("operator_id", &self.operator_id)?),
            created_at: Timestamp::from_micros(self.created_at_us),
            last_seen_at: Timestamp::from_micros(self.last_seen_at_us),
            client: Client {
                address: row.text("address", &self.address)?,
                user_agent: UserAgent::cut(&self.user_agent),
            },
        })
    }
}
