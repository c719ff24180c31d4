//! `[limits]`.

use std::num::NonZeroU32;

use devhub_domain::rate::{OnBackendError, Policy, Quota, RateRules};
use devhub_web::RateLimitFields;

use super::fields::{Fields, Read};

/// Most of anything in a minute: far beyond what one hub answers.
const PER_MINUTE_MAX: u32 = 10_000_000;

/// How much may be asked, and by whom.
#[derive(Clone, Debug)]
pub(crate) struct LimitSettings {
    /// What a key has, how often an address may fail to authenticate, and who is exempt.
    pub(crate) rules: RateRules,
    /// The most that the keys of other workspaces may be given; `None` whatever these like.
    pub(crate) maximum_per_minute: Option<NonZeroU32>,
    /// Whether answers carry the IETF's fields.
    pub(crate) fields: RateLimitFields,
}

impl LimitSettings {
    pub(super) fn read(fields: &mut Fields) -> Read<Self> {
        let default = read_default(fields);
        let failed_authentications = per_minute(fields, "limits.failed_authentications_per_minute");
        let exempt_networks =
            fields.parse_list("limits.exempt_networks", "networks, such as [\"10.0.0.0/8\", \"::1/128\"]");
        let headers = fields.convert("limits.headers", "\"draft-11\" or \"off\"", |text| match text {
            "draft-11" => Some(RateLimitFields::Draft11),
            "off" => Some(RateLimitFields::Off),
            _ => None,
        });
        let maximum = fields.integer("limits.maximum_per_minute", 0..=PER_MINUTE_MAX);
        let on_backend_error =
            fields.convert("limits.on_backend_error", "\"allow\" or \"deny\"", OnBackendError::parse);
        Ok(Self {
            rules: RateRules {
                default: Policy::default_per_key(default?),
                on_backend_error: on_backend_error?,
                failed_authentications: failed_authentications?,
                exempt_networks: exempt_networks?,
            },
            maximum_per_minute: NonZeroU32::new(maximum?),
            fields: headers?,
        })
    }
}

fn read_default(fields: &mut Fields) -> Read<Quota> {
    let quota = per_minute(fields, "limits.default_per_minute");
    let burst = fields.integer("limits.default_burst", 0..=PER_MINUTE_MAX);
    let (quota, burst) = (quota?, burst?);
    let Some(burst) = NonZeroU32::new(burst) else {
        return Ok(quota);
    };
    match quota.with_burst(burst) {
        Ok(quota) => Ok(quota),
        Err(error) => fields.note("limits.default_burst", &error.to_string()),
    }
}

fn per_minute(fields: &mut Fields, key: &'static str) -> Read<Quota> {
    let limit = fields.integer(key, 1..=PER_MINUTE_MAX)?;
    Ok(Quota::per_minute(NonZeroU32::new(limit).expect("the range excludes zero")))
}
