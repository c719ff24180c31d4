//! The last seven days of a key, as the list shows them beside it.

use std::collections::HashMap;

use devhub_domain::id::KeyId;
use devhub_domain::usage::{KeyWeek, WEEK_DAYS};

use crate::admin::components::{Cell, Spark, SparkBars};
use crate::admin::grouped::grouped;

/// Those of the keys of a page that were called.
pub(super) type Weeks = HashMap<KeyId, KeyWeek>;

/// How a day is called that so many days lie after.
const DAYS: [&str; WEEK_DAYS] =
    ["6 days ago", "5 days ago", "4 days ago", "3 days ago", "2 days ago", "Yesterday", "Today"];

/// Seven bars, today's last.
pub(super) fn cell(week: Option<&KeyWeek>) -> Cell {
    let Some(week) = week.filter(|week| week.total() > 0) else {
        return Cell::Empty;
    };
    let refused = week.refused.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
    let label = format!("{} in 7 days, {} of them refused", calls(week.total()), grouped(refused));
    let spark = |((day, count), refused): ((&str, &u64), &u64)| {
        let told = if *refused == 0 { String::new() } else { format!(", {} refused", grouped(*refused)) };
        let title = format!("{day}: {}{told}", calls(*count));
        Spark { good: count.saturating_sub(*refused), bad: *refused, title }
    };
    let sparks = DAYS.into_iter().zip(&week.calls).zip(&week.refused).map(spark);
    Cell::Sparks(SparkBars::new(label, sparks.collect()))
}

fn calls(count: u64) -> String {
    let noun = if count == 1 { "call" } else { "calls" };
    format!("{} {noun}", grouped(count))
}
