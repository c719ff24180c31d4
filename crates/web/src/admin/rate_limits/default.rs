//! What each key has while no rule means its requests.

use devhub_domain::rate::{PolicyRef, Quota, RateOverride, RateRules};

use super::paths::{PATH, override_path};
use super::words::{quota, window};
use crate::admin::components::{Action, Link};
use crate::admin::grouped::grouped;

/// The section of the default.
pub(super) struct DefaultLimit {
    /// Its numbers, each with its name.
    pub(super) steps: Vec<(&'static str, String)>,
    /// What that means.
    pub(super) meaning: String,
    /// Where it comes from.
    pub(super) source: String,
    /// How it is changed; `None` for whoever only looks.
    pub(super) change: Option<Link>,
    /// How the hub's own comes back.
    pub(super) restore: Option<Action>,
}

impl DefaultLimit {
    /// The default of the hub, or what the workspace has instead.
    pub(super) fn new(rules: &RateRules, own: Option<&RateOverride>, may_write: bool) -> Self {
        let hub_quota = rules.default.quota();
        let in_force = own.map_or(hub_quota, |own| &own.quota);
        let source = match own {
            Some(_) => format!("Set for this workspace, instead of the hub's own: {}.", quota(hub_quota)),
            None => {
                "The hub's own, from its configuration: limits.default_per_minute and limits.default_burst.".to_owned()
            }
        };
        let new = || format!("{PATH}/overrides/new?policy={}", PolicyRef::DEFAULT);
        let href = own.map_or_else(new, |own| override_path(own.id));
        Self {
            steps: steps(in_force, &rules.failed_authentications),
            meaning: meaning(in_force),
            source,
            change: may_write.then(|| Link { href, text: "Change the default".to_owned() }),
            restore: own.filter(|_| may_write).map(restore),
        }
    }
}

fn restore(own: &RateOverride) -> Action {
    Action {
        label: "Use the hub's own".to_owned(),
        href: format!("{}/delete", override_path(own.id)),
        is_question: true,
        is_danger: false,
        accessible_label: "Use the hub's own default".to_owned(),
    }
}

fn steps(default: &Quota, failed: &Quota) -> Vec<(&'static str, String)> {
    let per = |quota: &Quota| format!("{} {}", grouped(quota.limit().get().into()), window(quota.window()));
    vec![
        ("Each key", per(default)),
        ("Burst", grouped(default.burst().get().into())),
        ("Failed authentications of an address", per(failed)),
    ]
}

fn meaning(quota: &Quota) -> String {
    let most = u64::from(quota.limit().get()) + u64::from(quota.burst().get());
    let burst = grouped(quota.burst().get().into());
    format!(
        "It holds for requests that no enforced rule for each key means. After a pause {burst} requests pass at once; in no window \
         more than {}.",
        grouped(most)
    )
}
