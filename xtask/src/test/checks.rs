//! Checks that are programs of their own: what a delivered request, a crash or a peer does with us.

use anyhow::Context as _;

use super::run::Session;
use crate::{install, process};

/// A program that exits with 0 when something holds. It starts at the root of the repository and finds in its
/// environment `DEVHUB_TEST_POSTGRES_URL` (a throwaway cluster) and `DEVHUB_TEST_TOOLS` (with `venv/bin/python` and
/// `npm/node_modules`).
pub(super) struct Check {
    /// What holds, as said on the screen.
    name: &'static str,
    /// The program, from the root of the repository or from PATH.
    program: &'static str,
    /// Its arguments.
    arguments: &'static [&'static str],
    /// The programs that it calls; one that is missing is a failure, never a skip.
    needs: &'static [&'static str],
}

/// Every check, in the order of running; a new one is a line here.
pub(super) const CHECKS: &[Check] = &[
    Check { name: ".ci/run parses", program: "bash", arguments: &["-n", ".ci/run"], needs: &["bash"] },
    Check {
        name: "webhooks verify with libraries from PyPI and npm, with Node's crypto and with PHP, and with every snippet of the guide",
        program: "python3",
        arguments: &["-B", "xtask/checks/verifiers.py"],
        needs: &["python3", "node", "php", "bash", "openssl", "curl", "cargo"],
    },
    Check {
        name: "the API does what its own document says",
        program: "python3",
        arguments: &["-B", "xtask/checks/api.py"],
        needs: &["python3"],
    },
    Check {
        name: "a client written from OwnPay's wire contract gets on with every resource of the merchant API",
        program: "node",
        arguments: &["xtask/checks/merchant.mjs"],
        needs: &["node"],
    },
    Check {
        name: "a client that follows the rules of OwnPay's SDKs backs off on 429 and gets through",
        program: "python3",
        arguments: &["-B", "xtask/checks/backoff.py"],
        needs: &["python3"],
    },
    Check {
        name: "what is asked for many times at once happens once, on both databases",
        program: "python3",
        arguments: &["-B", "xtask/checks/once.py"],
        needs: &["python3", "psql"],
    },
    Check {
        name: "nginx and Caddy let in who may come in, with the configurations of the guide",
        program: "python3",
        arguments: &["-B", "xtask/checks/proxies.py"],
        needs: &["python3", "caddy"],
    },
    Check {
        name: "OwnPay's payments reach its shops through a hub, with the hook and the imports of the guide",
        program: "python3",
        arguments: &["-B", "xtask/checks/ownpay.py"],
        needs: &["python3", "php"],
    },
    Check {
        name: "every page works in a browser, with and without scripts",
        program: "node",
        arguments: &["xtask/checks/pages.mjs"],
        needs: &["node", install::BROWSER, "openssl"],
    },
    Check {
        name: "what happens to an endpoint is told by mail and by events, and not to itself",
        program: "python3",
        arguments: &["-B", "xtask/checks/alerts.py"],
        needs: &["python3"],
    },
    Check {
        name: "secrets are where they are shown and nowhere else",
        program: "python3",
        arguments: &["-B", "xtask/checks/canary.py"],
        needs: &["python3"],
    },
    Check {
        name: "what is accepted arrives, whatever is killed, away or full in between",
        program: "python3",
        arguments: &["-B", "xtask/checks/chaos.py", "--at-once", "8"],
        needs: &["python3", "psql"],
    },
    Check {
        name: "an acknowledged event is on disk",
        program: "python3",
        arguments: &["-B", "xtask/checks/durability.py"],
        needs: &["python3", "strace"],
    },
];

/// What measures the pages that people open most; at the full level alone, because each of them is loaded slowly on purpose.
pub(super) const LIGHTHOUSE: Check = Check {
    name: "Lighthouse finds the pages quick, open to everybody and well made",
    program: "node",
    arguments: &["xtask/checks/lighthouse.mjs"],
    needs: &["node", install::BROWSER],
};

impl Check {
    /// What holds, as said on the screen.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// Runs the program.
    ///
    /// # Errors
    /// When something it needs is missing, or when it does not hold.
    pub(super) fn run(&self, session: &Session) -> anyhow::Result<()> {
        let missing: Vec<&str> = self.needs.iter().copied().filter(|need| !process::exists(need)).collect();
        anyhow::ensure!(missing.is_empty(), "{}: needs {}, which is not on PATH", self.name, missing.join(", "));
        let mut command = process::program(self.program, self.arguments);
        process::run(session.equip(&mut command)).with_context(|| format!("does not hold: {}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::super::run::Level;
    use super::*;
    use crate::install::Permission;

    fn run(check: &Check) -> anyhow::Result<()> {
        check.run(&Session::new(Level::Standard, Permission::LookOnly))
    }

    #[test]
    fn a_check_that_exits_with_0_holds() {
        run(&Check { name: "x", program: "sh", arguments: &["-c", "test -n \"$DEVHUB_TEST_TOOLS\""], needs: &["sh"] })
            .unwrap();
    }

    #[test]
    fn a_check_that_fails_is_named() {
        let error = run(&Check { name: "water is wet", program: "sh", arguments: &["-c", "exit 1"], needs: &[] });
        assert!(error.unwrap_err().to_string().starts_with("does not hold: water is wet"));
    }

    #[test]
    fn a_check_whose_program_is_missing_fails() {
        let needs = &["devhub-no-such-program"];
        let error = run(&Check { name: "x", program: "true", arguments: &[], needs }).unwrap_err();
        assert_eq!(error.to_string(), "x: needs devhub-no-such-program, which is not on PATH");
    }
}
