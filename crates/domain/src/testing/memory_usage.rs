//! The usage of keys in memory.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use super::memory::Content;
use crate::id::{KeyId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::store::StoreError;
use crate::usage::{
    CallCounts, KeyDay, KeyHour, NetworkTotal, TimedCalls, TimedHour, UnknownAttempts, UnknownAttemptsId,
    UnknownTotals, UsageTx, WorkspaceHoursTx,
};

/// The order of a list: the newest hour first, then the network byte by byte.
fn place(id: &UnknownAttemptsId) -> (Reverse<i64>, String) {
    (Reverse(id.hour), id.network_text())
}

impl UsageTx for Content {
    fn add_key_hour(&mut self, hour: &KeyHour) -> Result<(), StoreError> {
        let key = (hour.key_id, hour.hour);
        self.key_hours.entry(key).and_modify(|stored| stored.add(hour)).or_insert_with(|| hour.clone());
        Ok(())
    }

    fn list_key_hours(&mut self, key_id: KeyId, hours: Range<i64>, limit: usize) -> Result<Vec<KeyHour>, StoreError> {
        let rows = self.key_hours.iter().filter(|((id, hour), _)| *id == key_id && hours.contains(hour));
        Ok(rows.take(limit).map(|(_, row)| row.clone()).collect())
    }

    fn sum_key_hours(&mut self, key_ids: &[KeyId], hours: Range<i64>) -> Result<Vec<(KeyId, CallCounts)>, StoreError> {
        let mut sums = Vec::new();
        for id in key_ids {
            let rows = self.list_key_hours(*id, hours.clone(), usize::MAX)?;
            let mut sum = CallCounts::default();
            for row in &rows {
                sum.add(&row.counts);
            }
            if !rows.is_empty() {
                sums.push((*id, sum));
            }
        }
        Ok(sums)
    }

    fn count_key_days(&mut self, key_ids: &[KeyId], hours: Range<i64>) -> Result<Vec<KeyDay>, StoreError> {
        let mut days: BTreeMap<(KeyId, i64), KeyDay> = BTreeMap::new();
        for ((key_id, hour), row) in &self.key_hours {
            if key_ids.contains(key_id) && hours.contains(hour) {
                let day = KeyDay::of_hour(*hour);
                let empty = KeyDay { key_id: *key_id, day, calls: 0, refused: 0 };
                let sum = days.entry((*key_id, day)).or_insert(empty);
                sum.calls += row.counts.calls();
                sum.refused += row.counts.refused();
            }
        }
        Ok(days.into_values().collect())
    }

    fn delete_key_hours(&mut self, before_hour: i64, limit: usize) -> Result<usize, StoreError> {
        let mut old: Vec<_> = self.key_hours.keys().copied().filter(|(_, hour)| *hour < before_hour).collect();
        old.sort_unstable_by_key(|(_, hour)| *hour);
        old.truncate(limit);
        Ok(old.iter().filter(|key| self.key_hours.remove(key).is_some()).count())
    }

    fn add_unknown_attempts(&mut self, attempts: &UnknownAttempts) -> Result<(), StoreError> {
        let row = self.unknown_attempts.entry(place(&attempts.id()));
        row.and_modify(|stored| stored.add(attempts)).or_insert_with(|| *attempts);
        Ok(())
    }

    fn list_unknown_attempts(
        &mut self,
        hours: Range<i64>,
        page: PageRequest<UnknownAttemptsId>,
    ) -> Result<Page<UnknownAttempts, UnknownAttemptsId>, StoreError> {
        let after = page.after.as_ref().map(place);
        let rows = self.unknown_attempts.iter();
        let rows =
            rows.filter(|(own, row)| hours.contains(&row.hour) && after.as_ref().is_none_or(|after| *own > after));
        let rows = rows.map(|(_, row)| *row).take(page.size.get() + 1).collect();
        Ok(Page::from_rows(rows, page.size, UnknownAttempts::id))
    }

    fn sum_unknown_attempts(&mut self, hours: Range<i64>, limit: usize) -> Result<UnknownTotals, StoreError> {
        let mut sums: BTreeMap<String, NetworkTotal> = BTreeMap::new();
        for row in self.unknown_attempts.values().filter(|row| hours.contains(&row.hour)) {
            let empty = NetworkTotal { network: row.network, unknown: 0, malformed: 0 };
            let sum = sums.entry(row.id().network_text()).or_insert(empty);
            sum.unknown += row.unknown;
            sum.malformed += row.malformed;
        }
        // Stable: those with as many stay in the order of their texts.
        let mut networks: Vec<_> = sums.into_values().collect();
        networks.sort_by_key(|network| Reverse(network.unknown + network.malformed));
        let attempts = networks.iter().map(|network| network.unknown + network.malformed).sum();
        let networks_seen = u64::try_from(networks.len()).unwrap_or(u64::MAX);
        networks.truncate(limit);
        Ok(UnknownTotals { networks, attempts, networks_seen })
    }

    fn delete_unknown_attempts(&mut self, before_hour: i64, limit: usize) -> Result<usize, StoreError> {
        let old = self.unknown_attempts.keys().rev().filter(|(Reverse(hour), _)| *hour < before_hour);
        let old: Vec<_> = old.take(limit).cloned().collect();
        Ok(old.iter().filter(|key| self.unknown_attempts.remove(key).is_some()).count())
    }
}

impl WorkspaceHoursTx for Content {
    fn add_workspace_hours(&mut self, hours: &[TimedHour]) -> Result<(), StoreError> {
        for hour in hours {
            let KeyHour { key_id, hour: of, .. } = hour.of_key;
            if let Some(key) = self.keys.get(&key_id) {
                self.workspace_hours.entry((key.workspace_id, of)).or_default().add(&hour.calls());
            }
        }
        Ok(())
    }

    fn list_workspace_hours(
        &mut self,
        workspace_id: WorkspaceId,
        hours: Range<i64>,
    ) -> Result<Vec<(i64, TimedCalls)>, StoreError> {
        let rows = self.workspace_hours.range((workspace_id, hours.start)..(workspace_id, hours.end));
        Ok(rows.map(|((_, hour), calls)| (*hour, *calls)).collect())
    }

    fn delete_workspace_hours(&mut self, before_hour: i64, limit: usize) -> Result<usize, StoreError> {
        let old = self.workspace_hours.keys().filter(|(_, hour)| *hour < before_hour).take(limit);
        let old: Vec<_> = old.copied().collect();
        Ok(old.iter().filter(|key| self.workspace_hours.remove(key).is_some()).count())
    }
}
