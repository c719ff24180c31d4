//! The suites, and the command that runs them.

use super::measure::Measure;
use super::{domain, http, keys, limits, pages, publish, report, sandbox, start, webhooks};
use crate::ui;

/// How thorough a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// Seconds: enough to see that it works.
    Quick,
    /// What goes into `docs/BENCHMARKS.md`.
    Whole,
}

/// Figures that are measured together; their names start with the suite's.
struct Suite {
    name: &'static str,
    run: fn(Effort) -> anyhow::Result<Vec<Measure>>,
}

/// Every suite, in the order of running; a new one is a line here and a module.
const SUITES: &[Suite] = &[
    Suite { name: "domain", run: domain::run },
    Suite { name: "http", run: http::run },
    Suite { name: "keys", run: keys::run },
    Suite { name: "limits", run: limits::run },
    Suite { name: "pages", run: pages::run },
    Suite { name: "publish", run: publish::run },
    Suite { name: "sandbox", run: sandbox::run },
    Suite { name: "start", run: start::run },
    Suite { name: "webhooks", run: webhooks::run },
];

/// `cargo xtask bench [suite…] [--quick] [--json]`.
///
/// # Errors
/// When a suite is unknown or cannot measure. A missed aim is shown, not an error: it is for a person to judge.
pub(crate) fn command(arguments: &[String]) -> anyhow::Result<()> {
    let (flags, names): (Vec<&String>, Vec<&String>) = arguments.iter().partition(|word| word.starts_with("--"));
    for flag in &flags {
        anyhow::ensure!(
            matches!(flag.as_str(), "--quick" | "--json"),
            "unknown flag {flag}; there are --quick and --json"
        );
    }
    let has = |wanted: &str| flags.iter().any(|flag| *flag == wanted);
    let effort = if has("--quick") { Effort::Quick } else { Effort::Whole };
    for suite in chosen(&names)? {
        ui::say(&format!("measuring {} …", suite.name));
        for measure in (suite.run)(effort)? {
            ui::answer(&if has("--json") { report::object(&measure) } else { report::row(&measure) });
        }
    }
    Ok(())
}

fn chosen(names: &[&String]) -> anyhow::Result<Vec<&'static Suite>> {
    if names.is_empty() {
        return Ok(SUITES.iter().collect());
    }
    let known = || SUITES.iter().map(|suite| suite.name).collect::<Vec<_>>().join(", ");
    let find = |name: &&String| {
        let suite = SUITES.iter().find(|suite| suite.name == name.as_str());
        suite.ok_or_else(|| anyhow::anyhow!("there is no suite {name:?}; there are {}", known()))
    };
    names.iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_name_every_suite_is_chosen() {
        assert_eq!(chosen(&[]).unwrap().len(), SUITES.len());
    }

    #[test]
    fn an_unknown_suite_is_refused_with_the_known_ones() {
        let error = chosen(&[&"https".to_owned()]).err().expect("no such suite");
        assert_eq!(
            error.to_string(),
            "there is no suite \"https\"; there are domain, http, keys, limits, pages, publish, sandbox, start, webhooks"
        );
    }
}
