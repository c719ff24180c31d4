//! Deliveries that are given up before their last attempt.

use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Close, DeliveryState};
use diesel::prelude::*;

use crate::schema::deliveries;
use crate::tx::both;

/// The way to give deliveries up.
pub(crate) trait CloseRows {
    /// Gives these up, as far as they still wait, are held or are withheld; returns how many those were.
    fn close(&mut self, ids: &[Vec<u8>], close: Close, now: Timestamp) -> Result<usize, StoreError>;
}

both! {
    impl CloseRows {
        fn close(&mut self, ids: &[Vec<u8>], close: Close, now: Timestamp) -> Result<usize, StoreError> {
            // What had come to its end before somebody asked for it again is what it was: its former state has no instant behind it.
            let was_over = deliveries::resend.is_not_null().and(deliveries::resend.not_like("%@%"));
            let states = [DeliveryState::Waiting, DeliveryState::Held, DeliveryState::Withheld].map(DeliveryState::as_str);
            let still = || deliveries::table.filter(deliveries::id.eq_any(ids)).filter(deliveries::state.eq_any(states));
            let back = diesel::update(still().filter(was_over)).set((
                deliveries::state.eq(deliveries::resend.assume_not_null()),
                deliveries::due_at_us.eq(None::<i64>),
                deliveries::resend.eq(None::<String>),
            ));
            let returned = self.state.note(back.execute(&mut *self.conn))?;
            let not_over = deliveries::resend.is_null().or(deliveries::resend.like("%@%"));
            let end = diesel::update(still().filter(not_over)).set((
                deliveries::state.eq(DeliveryState::Closed(close).as_str()),
                deliveries::due_at_us.eq(None::<i64>),
                deliveries::resend.eq(None::<String>),
                deliveries::finished_at_us.eq(Some(now.as_micros())),
            ));
            Ok(returned + self.state.note(end.execute(&mut *self.conn))?)
        }
    }
}
