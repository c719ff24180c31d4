//! Which endpoints were changed lately, and since which revision.

use std::collections::HashMap;

use devhub_domain::id::EndpointId;

/// Endpoints that are remembered; the one whose change is longest ago is forgotten first. Somebody asks for each change, and what comes
/// late comes from a transaction that was open meanwhile: none is open while a thousand endpoints are changed.
pub(super) const RECALLED_MAX: usize = 1_000;

/// The newest revision of each endpoint that was changed lately.
#[derive(Default)]
pub(super) struct Recalled {
    endpoints: HashMap<EndpointId, Change>,
    /// Counts changes, so that the oldest is known.
    changes: u64,
}

struct Change {
    revision: i64,
    number: u64,
}

impl Recalled {
    /// Remembers that an endpoint has come to a revision; an earlier one than is known changes nothing.
    pub(super) fn raise(&mut self, endpoint_id: EndpointId, revision: i64) {
        if !self.is_stale(endpoint_id, revision) {
            self.changes += 1;
            self.endpoints.insert(endpoint_id, Change { revision, number: self.changes });
        }
        if self.endpoints.len() > RECALLED_MAX
            && let Some((oldest, _)) = self.endpoints.iter().min_by_key(|(_, change)| change.number)
        {
            let oldest = *oldest;
            self.endpoints.remove(&oldest);
        }
    }

    /// Whether an endpoint is known to have changed since it was at a revision.
    pub(super) fn is_stale(&self, endpoint_id: EndpointId, revision: i64) -> bool {
        self.endpoints.get(&endpoint_id).is_some_and(|change| revision < change.revision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(number: usize) -> EndpointId {
        EndpointId::from_bytes(u128::try_from(number).unwrap().to_be_bytes())
    }

    #[test]
    fn what_was_read_before_a_change_is_stale_and_what_was_read_after_it_is_not() {
        let mut recalled = Recalled::default();
        recalled.raise(endpoint(1), 3);
        assert!(recalled.is_stale(endpoint(1), 2));
        assert!(!recalled.is_stale(endpoint(1), 3));
        assert!(!recalled.is_stale(endpoint(2), 2), "another endpoint is not concerned");
    }

    #[test]
    fn a_recall_that_comes_late_takes_nothing_back() {
        let mut recalled = Recalled::default();
        recalled.raise(endpoint(1), 3);
        recalled.raise(endpoint(1), 2);
        assert!(recalled.is_stale(endpoint(1), 2));
    }

    #[test]
    fn the_change_that_is_longest_ago_is_forgotten_first() {
        let mut recalled = Recalled::default();
        (1..=RECALLED_MAX).for_each(|number| recalled.raise(endpoint(number), 2));
        recalled.raise(endpoint(1), 3);
        recalled.raise(endpoint(0), 2);
        assert!(!recalled.is_stale(endpoint(2), 1));
        assert!([0, 1, 3].iter().all(|number| recalled.is_stale(endpoint(*number), 1)));
    }
}
