//! Several limits and shadows against an independent model: token buckets that are filled and emptied as the definition says.

use std::time::Duration;

use devhub_domain::rate::{Mode, PolicyRule, SubjectKind};
use proptest::prelude::*;

use crate::hub::{Hub, get, rule, units};

/// A bucket of so many tokens that gains so many a minute. In sixtieths of a nanosecond's worth, so that nothing is rounded.
struct Tokens {
    brim: u128,
    level: u128,
    interval_ns: u128,
}

impl Tokens {
    fn of(limit: u32) -> Self {
        let interval_ns = 60_000_000_000_u128.div_ceil(limit.into());
        let brim = interval_ns * u128::from(limit);
        Self { brim, level: brim, interval_ns }
    }

    fn wait(&mut self, nanoseconds: u128) {
        self.level = self.brim.min(self.level + nanoseconds);
    }

    fn holds(&self, cost: u32) -> bool {
        self.level >= self.interval_ns * u128::from(cost)
    }

    fn take(&mut self, cost: u32) {
        self.level -= self.interval_ns * u128::from(cost);
    }
}

fn traffic() -> impl Strategy<Value = Vec<u64>> {
    let gap = prop_oneof![5 => Just(0), 5 => 0..3_000_000_000_u64, 1 => 0..90_000_000_000_u64];
    prop::collection::vec(gap, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn several_limits_and_a_shadow_decide_as_token_buckets_do(
        limits in [2..30_u32, 2..30, 2..30, 2..30],
        costs in [1..3_u32, 1..3, 1..3, 1..3],
        traffic in traffic(),
    ) {
        let hub = Hub::new();
        let kinds = [SubjectKind::Key, SubjectKind::Workspace, SubjectKind::Address, SubjectKind::Key];
        let made: Vec<_> = (0..4).map(|at| {
            let mode = if at == 3 { Mode::Shadow } else { Mode::Enforce };
            let cost = units(costs[at]);
            hub.make(PolicyRule { subject: kinds[at], mode, cost, ..rule(&format!("p{at}"), limits[at]) })
        }).collect();
        let mut model = limits.map(Tokens::of);
        let mut would_refuse = 0;
        for gap in traffic {
            hub.clock.advance(Duration::from_nanos(gap));
            for tokens in &mut model {
                tokens.wait(gap.into());
            }
            let [key, workspace, address, shadow] = &mut model;
            let mut enforced = [key, workspace, address];
            let fits = enforced.iter().zip(costs).all(|(tokens, cost)| tokens.holds(cost));
            prop_assert_eq!(hub.ask(&get(1, "/a")).is_admitted(), fits);
            if fits {
                enforced.iter_mut().zip(costs).for_each(|(tokens, cost)| tokens.take(cost));
                if shadow.holds(costs[3]) { shadow.take(costs[3]) } else { would_refuse += 1 }
            }
        }
        prop_assert_eq!(hub.counts(made[3].id).2, would_refuse);
    }
}
