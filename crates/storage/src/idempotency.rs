//! Answers under idempotency keys.

use devhub_domain::idempotency::{Answer, Caller, Fingerprint, IdempotencyKey, IdempotencyTx, RecordedAnswer};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use diesel::upsert::excluded;

use crate::dialect::Dialect;
use crate::row::{Row, limit, own_id};
use crate::schema::idempotency_answers::{self, dsl};
use crate::tx::both;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = idempotency_answers)]
struct AnswerRow {
    caller: Vec<u8>,
    key: Vec<u8>,
    fingerprint: Vec<u8>,
    status: i64,
    body: Vec<u8>,
    created_at_us: i64,
}

impl From<&RecordedAnswer> for AnswerRow {
    fn from(recorded: &RecordedAnswer) -> Self {
        Self {
            caller: recorded.caller.as_bytes().to_vec(),
            key: recorded.key.as_bytes().to_vec(),
            fingerprint: recorded.fingerprint.0.to_vec(),
            status: i64::from(recorded.answer.status),
            body: recorded.answer.body.clone(),
            created_at_us: recorded.created_at.as_micros(),
        }
    }
}

impl AnswerRow {
    fn into_answer(self) -> Result<RecordedAnswer, StoreError> {
        let caller = Caller::from_bytes(own_id("idempotency_answers", &self.caller)?);
        let row = Row { table: "idempotency_answers", id: &caller };
        Ok(RecordedAnswer {
            caller,
            key: IdempotencyKey::from_bytes(row.bytes("key", &self.key)?),
            fingerprint: Fingerprint(row.bytes("fingerprint", &self.fingerprint)?),
            answer: Answer { status: row.number("status", self.status)?, body: self.body },
            created_at: Timestamp::from_micros(self.created_at_us),
        })
    }
}

both! {
    impl IdempotencyTx {
        /// Served by the primary key.
        fn find_answer(
            &mut self,
            caller: Caller,
            key: &IdempotencyKey,
        ) -> Result<Option<RecordedAnswer>, StoreError> {
            if !self.state.is_read_only {
                self.state.note(self.conn.lock_answer(caller.as_bytes(), key.as_bytes()))?;
            }
            let query = dsl::idempotency_answers
                .filter(dsl::caller.eq(caller.as_bytes()).and(dsl::key.eq(key.as_bytes())))
                .select(AnswerRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(AnswerRow::into_answer).transpose()
        }

        fn put_answer(&mut self, answer: &RecordedAnswer) -> Result<(), StoreError> {
            let insert = diesel::insert_into(dsl::idempotency_answers).values(AnswerRow::from(answer));
            let upsert = insert.on_conflict((dsl::caller, dsl::key)).do_update().set((
                dsl::fingerprint.eq(excluded(dsl::fingerprint)),
                dsl::status.eq(excluded(dsl::status)),
                dsl::body.eq(excluded(dsl::body)),
                dsl::created_at_us.eq(excluded(dsl::created_at_us)),
            ));
            self.state.note(upsert.execute(&mut *self.conn)).map(drop)
        }

        /// Served by `idempotency_answers_by_age`.
        fn delete_answers(&mut self, made_before: Timestamp, count: usize) -> Result<usize, StoreError> {
            // Diesel has no pairs in IN. The age is asked again: PostgreSQL looks at a row anew that was replaced meanwhile.
            let oldest = sql::<Bool>("(caller, key) IN (SELECT caller, key FROM idempotency_answers WHERE created_at_us < ")
                .bind::<BigInt, _>(made_before.as_micros())
                .sql(" ORDER BY created_at_us LIMIT ")
                .bind::<BigInt, _>(limit(count))
                .sql(")");
            let delete = diesel::delete(dsl::idempotency_answers.filter(oldest).filter(dsl::created_at_us.lt(made_before.as_micros())));
            self.state.note(delete.execute(&mut *self.conn))
        }
    }
}
