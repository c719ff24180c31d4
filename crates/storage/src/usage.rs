//! What keys are used for, and attempts with tokens that no key has.

use std::ops::Range;

use devhub_domain::id::KeyId;
use devhub_domain::page::{Page, PageRequest};
use devhub_domain::store::StoreError;
use devhub_domain::usage::{
    ADDRESSES_PER_HOUR, AnswerKind, CallCounts, KeyDay, KeyHour, NetworkTotal, RefusalKind, SeenAddresses,
    UnknownAttempts, UnknownAttemptsId, UnknownTotals, UsageTx,
};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel::upsert::excluded;

use crate::row::{Row, limit, own_id};
use crate::tx::both;
use crate::usage_counts::{counts_added, counts_of_row, row_with_counts, stored};
use crate::usage_schema::{key_hours, unknown_attempts};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = key_hours)]
struct KeyHourRow {
    key_id: Vec<u8>,
    hour: i64,
    success: i64,
    redirect: i64,
    client_error: i64,
    too_many: i64,
    server_error: i64,
    verifications: i64,
    revoked: i64,
    locked: i64,
    expired: i64,
    workspace_suspended: i64,
    ip_not_allowed: i64,
    insufficient_scope: i64,
    rate_limited: i64,
    addresses: Vec<u8>,
}

impl From<&KeyHour> for KeyHourRow {
    fn from(row: &KeyHour) -> Self {
        row_with_counts!(Self, &row.counts, {
            key_id: row.key_id.as_bytes().to_vec(),
            hour: row.hour,
            addresses: row.addresses.to_bytes(),
        })
    }
}

impl KeyHourRow {
    fn into_hour(self) -> Result<KeyHour, StoreError> {
        let key_id = KeyId::from_bytes(own_id("key_hours", &self.key_id)?);
        let row = Row { table: "key_hours", id: &format_args!("{key_id}/{}", self.hour) };
        let counts = counts_of_row!(&row, &self);
        Ok(KeyHour {
            key_id,
            hour: self.hour,
            counts,
            addresses: row.value("addresses", SeenAddresses::from_bytes(&self.addresses))?,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = unknown_attempts)]
struct AttemptsRow {
    hour: i64,
    network: String,
    unknown: i64,
    malformed: i64,
}

impl AttemptsRow {
    fn into_attempts(self) -> Result<UnknownAttempts, StoreError> {
        let row = Row { table: "unknown_attempts", id: &format_args!("{}/{}", self.hour, self.network) };
        let network = (!self.network.is_empty()).then(|| row.text("network", &self.network)).transpose()?;
        Ok(UnknownAttempts {
            hour: self.hour,
            network,
            unknown: row.number("unknown", self.unknown)?,
            malformed: row.number("malformed", self.malformed)?,
        })
    }
}

/// Attempts from one network, then attempts from all and how many networks those are, whichever are listed. PostgreSQL would make
/// decimals of the sums.
const TOTALS: &str = concat!(
    "network,",
    "CAST(SUM(unknown) AS BIGINT),",
    "CAST(SUM(malformed) AS BIGINT),",
    "CAST(SUM(SUM(unknown) + SUM(malformed)) OVER () AS BIGINT),",
    "COUNT(*) OVER ()",
);

/// A row of that.
type TotalsRow = (String, i64, i64, i64, i64);

fn totals_of(rows: &[TotalsRow]) -> Result<UnknownTotals, StoreError> {
    let mut totals = UnknownTotals::default();
    for (network, unknown, malformed, attempts, networks_seen) in rows {
        let row = Row { table: "unknown_attempts", id: network };
        totals.attempts = row.number("unknown", *attempts)?;
        totals.networks_seen = row.number("unknown", *networks_seen)?;
        totals.networks.push(NetworkTotal {
            network: (!network.is_empty()).then(|| row.text("network", network)).transpose()?,
            unknown: row.number("unknown", *unknown)?,
            malformed: row.number("malformed", *malformed)?,
        });
    }
    Ok(totals)
}

/// The sum of each count, in the order of [`AnswerKind::ALL`] and [`RefusalKind::ALL`]; all null where there is no row. PostgreSQL would
/// make a decimal of it.
const SUMS: &str = concat!(
    "CAST(SUM(success) AS BIGINT),",
    "CAST(SUM(redirect) AS BIGINT),",
    "CAST(SUM(client_error) AS BIGINT),",
    "CAST(SUM(too_many) AS BIGINT),",
    "CAST(SUM(server_error) AS BIGINT),",
    "CAST(SUM(verifications) AS BIGINT),",
    "CAST(SUM(revoked) AS BIGINT),",
    "CAST(SUM(locked) AS BIGINT),",
    "CAST(SUM(expired) AS BIGINT),",
    "CAST(SUM(workspace_suspended) AS BIGINT),",
    "CAST(SUM(ip_not_allowed) AS BIGINT),",
    "CAST(SUM(insufficient_scope) AS BIGINT),",
    "CAST(SUM(rate_limited) AS BIGINT)",
);

type Sum = Nullable<BigInt>;
type Sums = (Sum, Sum, Sum, Sum, Sum, Sum, Sum, Sum, Sum, Sum, Sum, Sum, Sum);
type Found = Option<i64>;
type FoundSums = (Found, Found, Found, Found, Found, Found, Found, Found, Found, Found, Found, Found, Found);

fn counts_of(key_id: KeyId, sums: FoundSums) -> Result<Option<CallCounts>, StoreError> {
    let (
        success,
        redirect,
        client_error,
        too_many,
        server_error,
        verifications,
        revoked,
        locked,
        expired,
        workspace_suspended,
        ip_not_allowed,
        insufficient_scope,
        rate_limited,
    ) = sums;
    let row = Row { table: "key_hours", id: &key_id };
    let Some(first) = success else {
        return Ok(None);
    };
    let mut answers = [0; AnswerKind::ALL.len()];
    let found = [Some(first), redirect, client_error, too_many, server_error, verifications];
    for (count, sum) in answers.iter_mut().zip(found) {
        *count = row.number("success", sum.unwrap_or_default())?;
    }
    let mut refusals = [0; RefusalKind::ALL.len()];
    let found = [revoked, locked, expired, workspace_suspended, ip_not_allowed, insufficient_scope, rate_limited];
    for (count, sum) in refusals.iter_mut().zip(found) {
        *count = row.number("revoked", sum.unwrap_or_default())?;
    }
    Ok(Some(CallCounts::new(answers, refusals)))
}

/// The day of an hour: both databases cut the fraction off, and no hour is before the epoch.
const KEY_AND_DAY: &str = "key_id, hour / 24";
const DAY_COUNTS: &str = concat!(
    "key_id, hour / 24,",
    "CAST(SUM(success + redirect + client_error + too_many + server_error + verifications) AS BIGINT),",
    "CAST(SUM(revoked + locked + expired + workspace_suspended + ip_not_allowed + insufficient_scope + rate_limited)",
    " AS BIGINT)",
);

fn day_of((key_id, day, calls, refused): &(Vec<u8>, i64, i64, i64)) -> Result<KeyDay, StoreError> {
    let key_id = KeyId::from_bytes(own_id("key_hours", key_id)?);
    let row = Row { table: "key_hours", id: &key_id };
    Ok(KeyDay { key_id, day: *day, calls: row.number("success", *calls)?, refused: row.number("revoked", *refused)? })
}

both! {
    impl UsageTx {
        fn add_key_hour(&mut self, hour: &KeyHour) -> Result<(), StoreError> {
            let insert = diesel::insert_into(key_hours::table)
                .values(KeyHourRow::from(hour))
                .on_conflict((key_hours::key_id, key_hours::hour))
                .do_update()
                .set(counts_added!(key_hours));
            self.state.note(insert.execute(&mut *self.conn))?;
            if hour.addresses == SeenAddresses::default() {
                return Ok(());
            }
            // From here on no other transaction changes the row: what is read is what the last one wrote.
            let own = || key_hours::table.find((hour.key_id.as_bytes(), hour.hour));
            let bytes: Vec<u8> = self.state.note(own().select(key_hours::addresses).first(&mut *self.conn))?;
            let Some(mut addresses) = SeenAddresses::from_bytes(&bytes) else {
                // Left as they are for whoever reads the hour, who is told. To fail would hold up what was counted of all other keys.
                return Ok(());
            };
            let before = addresses.clone();
            addresses.add(&hour.addresses, ADDRESSES_PER_HOUR);
            if addresses == before {
                return Ok(());
            }
            let update = diesel::update(own()).set(key_hours::addresses.eq(addresses.to_bytes()));
            self.state.note(update.execute(&mut *self.conn)).map(drop)
        }

        /// Served by the primary key.
        fn list_key_hours(&mut self, key_id: KeyId, hours: Range<i64>, count: usize) -> Result<Vec<KeyHour>, StoreError> {
            let query = key_hours::table
                .filter(key_hours::key_id.eq(key_id.as_bytes()))
                .filter(key_hours::hour.ge(hours.start))
                .filter(key_hours::hour.lt(hours.end))
                .order(key_hours::hour.asc())
                .limit(limit(count))
                .select(KeyHourRow::as_select());
            let rows: Vec<KeyHourRow> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(KeyHourRow::into_hour).collect()
        }

        /// A statement for each key, served by the primary key: all of them read the same rows that one would.
        fn sum_key_hours(&mut self, key_ids: &[KeyId], hours: Range<i64>) -> Result<Vec<(KeyId, CallCounts)>, StoreError> {
            let mut sums = Vec::with_capacity(key_ids.len());
            for key_id in key_ids {
                let query = key_hours::table
                    .filter(key_hours::key_id.eq(key_id.as_bytes()))
                    .filter(key_hours::hour.ge(hours.start))
                    .filter(key_hours::hour.lt(hours.end))
                    .select(sql::<Sums>(SUMS));
                let found: FoundSums = self.state.note(query.first(&mut *self.conn))?;
                sums.extend(counts_of(*key_id, found)?.map(|counts| (*key_id, counts)));
            }
            Ok(sums)
        }

        /// Served by the primary key: a range of it for each key, in one statement.
        fn count_key_days(&mut self, key_ids: &[KeyId], hours: Range<i64>) -> Result<Vec<KeyDay>, StoreError> {
            let ids: Vec<&[u8]> = key_ids.iter().map(|id| id.as_bytes().as_slice()).collect();
            let query = key_hours::table
                .filter(key_hours::key_id.eq_any(ids))
                .filter(key_hours::hour.ge(hours.start))
                .filter(key_hours::hour.lt(hours.end))
                .group_by(sql::<(Binary, BigInt)>(KEY_AND_DAY))
                .select(sql::<(Binary, BigInt, BigInt, BigInt)>(DAY_COUNTS));
            let rows: Vec<(Vec<u8>, i64, i64, i64)> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(|row| day_of(&row)).collect()
        }

        /// Served by `key_hours_by_age`.
        fn delete_key_hours(&mut self, before_hour: i64, count: usize) -> Result<usize, StoreError> {
            let old = key_hours::table
                .filter(key_hours::hour.lt(before_hour))
                .order((key_hours::hour.asc(), key_hours::key_id.asc()))
                .limit(limit(count))
                .select((key_hours::key_id, key_hours::hour));
            let old: Vec<(Vec<u8>, i64)> = self.state.note(old.load(&mut *self.conn))?;
            let mut removed = 0;
            for (key_id, hour) in old {
                let row = key_hours::table.find((key_id, hour));
                removed += self.state.note(diesel::delete(row).execute(&mut *self.conn))?;
            }
            Ok(removed)
        }

        fn add_unknown_attempts(&mut self, attempts: &UnknownAttempts) -> Result<(), StoreError> {
            let row = AttemptsRow {
                hour: attempts.hour,
                network: attempts.id().network_text(),
                unknown: stored(attempts.unknown),
                malformed: stored(attempts.malformed),
            };
            let insert = diesel::insert_into(unknown_attempts::table)
                .values(row)
                .on_conflict((unknown_attempts::hour, unknown_attempts::network))
                .do_update()
                .set((
                    unknown_attempts::unknown.eq(unknown_attempts::unknown + excluded(unknown_attempts::unknown)),
                    unknown_attempts::malformed.eq(unknown_attempts::malformed + excluded(unknown_attempts::malformed)),
                ));
            self.state.note(insert.execute(&mut *self.conn)).map(drop)
        }

        /// Served by the primary key.
        fn list_unknown_attempts(
            &mut self,
            hours: Range<i64>,
            page: PageRequest<UnknownAttemptsId>,
        ) -> Result<Page<UnknownAttempts, UnknownAttemptsId>, StoreError> {
            let wanted = limit(page.size.get() + 1);
            let mut rows: Vec<AttemptsRow> = Vec::new();
            let mut end = hours.end;
            if let Some(after) = page.after {
                // What is left of the cursor's hour, then the hours before it: one range of the index each.
                end = after.hour.min(end);
                let same_hour = unknown_attempts::table
                    .filter(unknown_attempts::hour.eq(after.hour))
                    .filter(unknown_attempts::hour.ge(hours.start))
                    .filter(unknown_attempts::hour.lt(hours.end))
                    .filter(unknown_attempts::network.gt(after.network_text()))
                    .order(unknown_attempts::network.asc())
                    .limit(wanted)
                    .select(AttemptsRow::as_select());
                rows = self.state.note(same_hour.load(&mut *self.conn))?;
            }
            // An hour at a time, because the index runs one way and the hours the other.
            while limit(rows.len()) < wanted {
                let newest = unknown_attempts::table
                    .filter(unknown_attempts::hour.ge(hours.start))
                    .filter(unknown_attempts::hour.lt(end))
                    .order(unknown_attempts::hour.desc())
                    .select(unknown_attempts::hour)
                    .limit(1);
                let Some(hour) = self.state.note(newest.first::<i64>(&mut *self.conn).optional())? else {
                    break;
                };
                let of_hour = unknown_attempts::table
                    .filter(unknown_attempts::hour.eq(hour))
                    .order(unknown_attempts::network.asc())
                    .limit(wanted - limit(rows.len()))
                    .select(AttemptsRow::as_select());
                let found: Vec<AttemptsRow> = self.state.note(of_hour.load(&mut *self.conn))?;
                rows.extend(found);
                end = hour;
            }
            let rows = rows.into_iter().map(AttemptsRow::into_attempts).collect::<Result<_, _>>()?;
            Ok(Page::from_rows(rows, page.size, UnknownAttempts::id))
        }

        /// One range of the primary key: a week has at most 168 hours of a thousand networks each.
        fn sum_unknown_attempts(&mut self, hours: Range<i64>, count: usize) -> Result<UnknownTotals, StoreError> {
            let query = unknown_attempts::table
                .filter(unknown_attempts::hour.ge(hours.start))
                .filter(unknown_attempts::hour.lt(hours.end))
                .group_by(sql::<Text>("network"))
                .order((sql::<BigInt>("SUM(unknown) + SUM(malformed)").desc(), sql::<Text>("network").asc()))
                .limit(limit(count))
                .select(sql::<(Text, BigInt, BigInt, BigInt, BigInt)>(TOTALS));
            let rows: Vec<TotalsRow> = self.state.note(query.load(&mut *self.conn))?;
            totals_of(&rows)
        }

        /// Served by the primary key.
        fn delete_unknown_attempts(&mut self, before_hour: i64, count: usize) -> Result<usize, StoreError> {
            let old = unknown_attempts::table
                .filter(unknown_attempts::hour.lt(before_hour))
                .order((unknown_attempts::hour.asc(), unknown_attempts::network.asc()))
                .limit(limit(count))
                .select((unknown_attempts::hour, unknown_attempts::network));
            let old: Vec<(i64, String)> = self.state.note(old.load(&mut *self.conn))?;
            let mut removed = 0;
            for (hour, network) in old {
                let row = unknown_attempts::table.find((hour, network));
                removed += self.state.note(diesel::delete(row).execute(&mut *self.conn))?;
            }
            Ok(removed)
        }
    }
}
