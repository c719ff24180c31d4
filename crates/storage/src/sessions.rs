//! Sessions.

use devhub_domain::id::SessionId;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::Session;
use diesel::prelude::*;

use crate::row::own_id;
use crate::schema::sessions;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub(crate) struct SessionRow {
    id: Vec<u8>,
    started_at_us: i64,
    beats: i64,
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        Self { id: session.id.as_bytes().to_vec(), started_at_us: session.started_at.as_micros(), beats: session.beats }
    }
}

impl SessionRow {
    pub(crate) fn into_session(self) -> Result<Session, StoreError> {
        Ok(Session {
            id: SessionId::from_bytes(own_id("sessions", &self.id)?),
            started_at: Timestamp::from_micros(self.started_at_us),
            beats: self.beats,
        })
    }
}
