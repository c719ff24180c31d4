//! Quotas, rules and counts in words that people read.

use std::time::Duration;

use devhub_domain::rate::{MethodSet, Mode, PathPattern, PolicyRule, Quota, SubjectKind};

use crate::admin::components::{Badge, Tone};
use crate::admin::grouped::grouped;

/// A quota: `100 per minute, 20 at once`.
pub(in crate::admin) fn quota(quota: &Quota) -> String {
    format!(
        "{} {}, {} at once",
        grouped(quota.limit().get().into()),
        window(quota.window()),
        grouped(quota.burst().get().into())
    )
}

/// A window, to stand behind a number.
pub(super) fn window(window: Duration) -> String {
    let seconds = window.as_secs();
    match seconds {
        1 => "per second".to_owned(),
        60 => "per minute".to_owned(),
        3_600 => "per hour".to_owned(),
        86_400 => "per day".to_owned(),
        _ if seconds.is_multiple_of(3_600) => format!("per {} hours", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("per {} minutes", seconds / 60),
        _ => format!("per {seconds} seconds"),
    }
}

/// Which requests a rule means.
pub(in crate::admin) fn route(rule: &PolicyRule) -> String {
    methods_and_path(rule.methods, &rule.path)
}

/// The same, of what a rule means by.
pub(super) fn methods_and_path(methods: MethodSet, path: &PathPattern) -> String {
    let words: Vec<_> = methods.words().collect();
    let words = if methods == MethodSet::ALL { "Any".to_owned() } else { words.join(", ") };
    format!("{words} {path}")
}

/// Whom a rule counts, to stand behind a quota.
pub(in crate::admin) const fn counted(subject: SubjectKind) -> &'static str {
    match subject {
        SubjectKind::Key => "for each key",
        SubjectKind::Workspace => "for all keys together",
        SubjectKind::Address => "for each address",
    }
}

/// What a rule does.
pub(in crate::admin) fn mode_badge(mode: Mode) -> Badge {
    let (tone, text) = match mode {
        Mode::Enforce => (Tone::Good, "Enforced"),
        Mode::Shadow => (Tone::Info, "Shadow"),
        Mode::Off => (Tone::Neutral, "Off"),
    };
    Badge { tone, text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn of(limit: u32, seconds: u64) -> String {
        quota(&Quota::new(NonZeroU32::new(limit).unwrap(), Duration::from_secs(seconds)).unwrap())
    }

    #[test]
    fn a_quota_is_told_in_the_largest_unit_that_is_exact() {
        assert_eq!(of(600, 60), "600 per minute, 600 at once");
        assert_eq!(of(10, 90), "10 per 90 seconds, 10 at once");
        assert_eq!(of(1_000_000, 7_200), "1,000,000 per 2 hours, 1,000,000 at once");
        assert_eq!(of(5, 300), "5 per 5 minutes, 5 at once");
    }
}
