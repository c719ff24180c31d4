//! Deliveries taken away from nodes that ended, in bulk: what [`Delivery::interrupted`](devhub_domain::webhooks::Delivery::interrupted)
//! does to one.

/// Cuts off the deliveries that `$leased` asks for; the number of those that wait again.
///
/// Three statements whatever their number. The row of the attempt comes first, because it is numbered and named by what the delivery
/// is until then. On PostgreSQL another node may be at the same deliveries: it writes the same rows, and one of both passes them over.
macro_rules! interrupted {
    ($self:ident, $leased:ident, $now:ident) => {{
        use devhub_domain::webhooks::{FailureKind, INTERRUPTED_DETAIL, INTERRUPTIONS_MAX};
        use diesel::IntoSql as _;
        use diesel::sql_types::{BigInt, Binary, Nullable, Text};

        use crate::schema::{attempts, deliveries};

        let kept = || $leased().filter(deliveries::interruptions.lt(i64::from(INTERRUPTIONS_MAX)));
        let rows = kept().select((
            deliveries::id,
            deliveries::attempts + 1_i64,
            $now.as_micros().into_sql::<BigInt>(),
            0_i64.into_sql::<BigInt>(),
            Some(FailureKind::Interrupted.stored_word()).into_sql::<Nullable<Text>>(),
            Some(INTERRUPTED_DETAIL).into_sql::<Nullable<Text>>(),
            Vec::<u8>::new().into_sql::<Binary>(),
            Vec::<u8>::new().into_sql::<Binary>(),
            deliveries::lease_session_id,
        ));
        let insert = diesel::insert_into(attempts::table)
            .values(rows)
            .into_columns((
                attempts::delivery_id,
                attempts::number,
                attempts::started_at_us,
                attempts::duration_ms,
                attempts::failure,
                attempts::detail,
                attempts::body_excerpt,
                attempts::secret_ids,
                attempts::session_id,
            ))
            .on_conflict_do_nothing();
        $self.state.note(insert.execute(&mut *$self.conn))?;
        let count = diesel::update(kept()).set((
            deliveries::attempts.eq(deliveries::attempts + 1_i64),
            deliveries::interruptions.eq(deliveries::interruptions + 1_i64),
        ));
        $self.state.note(count.execute(&mut *$self.conn))?;
        let wait = diesel::update($leased()).set(crate::delivery_row::waiting!($now));
        $self.state.note(wait.execute(&mut *$self.conn))
    }};
}
pub(crate) use interrupted;
