//! Puts on the machine what the tests need and Rust does not bring.
//!
//! What is there is probed by starting it, not by asking for packages, and nothing that is there is touched. System
//! packages come from apt on Debian and its kin; crates go where cargo keeps those of the hub; everything else goes into
//! `target/tools`, inside the repository.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::process::{self, program};
use crate::{postgres, ui};

/// Something that must be on the machine.
struct Need {
    /// What it is for, as said on the screen.
    what: &'static str,
    /// Whether it is there.
    is_there: fn() -> bool,
    /// What brings it on Debian.
    packages: &'static [&'static str],
}

/// Everything the tests need; a new need is a line here.
const NEEDS: &[Need] = &[
    Need {
        what: "C compiler (for SQLite and libpq)",
        is_there: || process::exists("cc"),
        packages: &["gcc", "libc6-dev"],
    },
    Need { what: "make", is_there: || process::exists("make"), packages: &["make"] },
    Need { what: "PostgreSQL", is_there: || postgres::find_programs().is_some(), packages: &["postgresql"] },
    Need { what: "Node", is_there: || process::exists("node"), packages: &["nodejs"] },
    Need { what: "npm", is_there: || process::exists("npm"), packages: &["npm"] },
    Need { what: "PHP", is_there: || process::exists("php"), packages: &["php-cli"] },
    Need { what: "PHP's curl (for the hook of OwnPay)", is_there: has_php_curl, packages: &["php-cli", "php-curl"] },
    // Only making one tells: Debian's python3 has the module venv and lacks what it needs.
    Need { what: "Python with venv", is_there: has_python_venv, packages: &["python3", "python3-venv"] },
    Need { what: "strace (for the durability checks)", is_there: || process::exists("strace"), packages: &["strace"] },
    Need { what: "wrk (for the measures)", is_there: || process::exists("wrk"), packages: &["wrk"] },
    // A wrapper may be there without the browser behind it; only starting it tells.
    Need { what: "Chromium without a window (for the pages)", is_there: has_browser, packages: &[BROWSER] },
    Need {
        what: "openssl (for certificates and signatures)",
        is_there: || process::exists("openssl"),
        packages: &["openssl"],
    },
    Need { what: "nginx (to stand before a hub)", is_there: || nginx().is_some(), packages: &["nginx"] },
    Need { what: "Caddy (to stand before a hub)", is_there: || process::exists("caddy"), packages: &["caddy"] },
    Need { what: "curl (for the guide's snippets)", is_there: || process::exists("curl"), packages: &["curl"] },
];

/// The program and the package of Debian that it comes with.
pub(crate) const BROWSER: &str = "chromium-headless-shell";

/// From the Python package index: the verifier of webhooks that Python receivers use, what drives the API by its own document, and a mail
/// server.
const PYTHON_PACKAGES: &[&str] = &["standardwebhooks==1.1.0", "schemathesis==4.32.5", "aiosmtpd==1.4.6"];

/// From npm: the verifier of webhooks that Node receivers use, what drives the browser, and what knows the rules of accessible pages.
/// Codes of a second factor come from a library of theirs, read from the picture by another.
/// The one that drives is the library alone, which brings no browser: Debian's is used. The compiler of TypeScript, with Node's types,
/// holds a client of the merchant API to the types of its contract.
const NODE_PACKAGES: &[&str] = &[
    "standardwebhooks@1.1.1",
    "playwright-core@1.65.1",
    "axe-core@4.14.1",
    "otpauth@9.5.2",
    "jsqr@1.4.0",
    "pngjs@7.0.0",
    "typescript@5.9.3",
    "@types/node@20.19.43",
];

/// What the snippet for Rust is built of, which the checks of the pages run as its readers would: they build it offline.
const RUST_SNIPPET: &str = "xtask/checks/pages/rust_snippet/Cargo.toml";

/// From npm, for the full level alone: what measures pages. It brings a hundred packages, and the last version for Node 20 is this one.
const LIGHTHOUSE: &[&str] = &["lighthouse@12.8.2"];

/// Whether something may be put on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permission {
    /// Install what is missing.
    Install,
    /// Only say what is missing.
    LookOnly,
}

/// Installs what is missing, or says which commands do.
///
/// # Errors
/// When something is missing and may not or cannot be installed.
pub(crate) fn ensure(permission: Permission) -> anyhow::Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.is_there)()).collect();
    if missing.is_empty() {
        ui::say("the machine has all that is needed");
    } else {
        install_packages(&missing, permission)?;
    }
    PYTHON_PACKAGES.iter().try_for_each(|package| ensure_python_package(package, permission))?;
    ensure_node_packages(NODE_PACKAGES, permission)?;
    ensure_crates(RUST_SNIPPET, permission)
}

/// Installs what measures pages, or says which command does.
///
/// # Errors
/// When it is missing and may not or cannot be installed.
pub(crate) fn lighthouse(permission: Permission) -> anyhow::Result<()> {
    ensure_node_packages(LIGHTHOUSE, permission)
}

/// Installs what the feature `postgres-tls` needs, or says which command does.
///
/// # Errors
/// When it is missing and may not or cannot be installed.
pub(crate) fn openssl(permission: Permission) -> anyhow::Result<()> {
    let need = Need {
        what: "OpenSSL's development files (for postgres-tls)",
        is_there: || process::succeeds(&mut program("pkg-config", &["--exists", "openssl"])),
        packages: &["libssl-dev", "pkg-config"],
    };
    if (need.is_there)() { Ok(()) } else { install_packages(&[&need], permission) }
}

fn install_packages(missing: &[&Need], permission: Permission) -> anyhow::Result<()> {
    let names = missing.iter().map(|need| need.what).collect::<Vec<_>>().join(", ");
    let by_hand = apt_command(missing);
    ui::say(&format!("missing: {names}"));
    anyhow::ensure!(permission == Permission::Install, "missing: {names}; run: {by_hand}");
    anyhow::ensure!(
        process::exists("apt-get"),
        "missing: {names}; no apt-get here: install them as this system does it"
    );
    let prefix = root_prefix().with_context(|| format!("missing: {names}; as root, run: {by_hand}"))?;
    if missing.iter().any(|need| need.packages.contains(&"postgresql")) {
        ui::say("note: Debian's package also makes and starts a cluster of its own; the tests do not use it");
    }
    apt_get(prefix, &["-q", "update"])?;
    let mut install = vec!["-q", "install", "-y", "--no-install-recommends"];
    install.extend(missing.iter().flat_map(|need| need.packages));
    apt_get(prefix, &install)?;

    let still = missing.iter().filter(|need| !(need.is_there)()).map(|need| need.what).collect::<Vec<_>>();
    anyhow::ensure!(still.is_empty(), "installed, and still not found: {}", still.join(", "));
    Ok(())
}

/// What to put before a command so that root runs it; none when that is not possible without a password.
fn root_prefix() -> Option<&'static [&'static str]> {
    let user = process::text(&mut program("id", &["-u"])).ok()?;
    if user.trim() == "0" {
        return Some(&[]);
    }
    process::succeeds(&mut program("sudo", &["-n", "true"])).then_some(&["sudo", "-n"])
}

fn apt_get(prefix: &[&str], arguments: &[&str]) -> anyhow::Result<()> {
    // `env`, because sudo drops the variable that keeps apt from asking questions.
    let words: Vec<&str> =
        prefix.iter().chain(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).copied().collect();
    let (first, rest) = words.split_first().context("no command")?;
    process::run(program(first, rest).args(arguments))
}

fn apt_command(missing: &[&Need]) -> String {
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
    format!("apt-get update && apt-get install -y --no-install-recommends {}", packages.join(" "))
}

/// The Python that has the packages.
pub(crate) fn python() -> PathBuf {
    process::tools().join("venv/bin/python")
}

/// The nginx that is here; Debian puts it where only root looks.
pub(crate) fn nginx() -> Option<&'static str> {
    ["nginx", "/usr/sbin/nginx"].into_iter().find(|nginx| process::succeeds(&mut program(nginx, &["-v"])))
}

fn has_php_curl() -> bool {
    process::succeeds(&mut program("php", &["-r", "exit(function_exists('curl_init') ? 0 : 1);"]))
}

fn has_browser() -> bool {
    process::succeeds(&mut program(BROWSER, &["--version"]))
}

fn has_python_venv() -> bool {
    // A half-made one, as Debian leaves it without ensurepip, has no pip.
    let has_pip = || process::succeeds(&mut program(python(), &["-m", "pip", "--version"]));
    has_pip()
        || process::succeeds(program("python3", &["-m", "venv", "--clear"]).arg(process::tools().join("venv")))
            && has_pip()
}

fn ensure_python_package(package: &str, permission: Permission) -> anyhow::Result<()> {
    let (name, version) = package.split_once("==").context("a Python package has no version")?;
    let probe = format!("from importlib.metadata import version; assert version({name:?}) == {version:?}");
    if process::succeeds(&mut program(python(), &["-c", &probe])) {
        return Ok(());
    }
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", package];
    bring(&format!("{package} for Python"), &mut program(python(), &pip), permission)
}

/// Names all of them at once: what npm writes down is exactly this list, however old the folder is.
fn ensure_node_packages(packages: &[&str], permission: Permission) -> anyhow::Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !has_node_package(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut npm =
        program("npm", &["install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", "--prefix"]);
    npm.arg(process::tools().join("npm")).args(packages);
    bring(&format!("{} for Node", missing.join(", ")), &mut npm, permission)
}

/// Whether exactly this version stands in our folder; `package` is `name@version`.
fn has_node_package(package: &str) -> bool {
    let Some((name, version)) = package.rsplit_once('@') else { return false };
    let manifest = process::tools().join("npm/node_modules").join(name).join("package.json");
    let manifest: Option<serde_json::Value> =
        std::fs::read_to_string(manifest).ok().and_then(|text| serde_json::from_str(&text).ok());
    manifest.is_some_and(|manifest| manifest.get("version").and_then(|found| found.as_str()) == Some(version))
}

/// Those of one package of ours that is none of the workspace.
fn ensure_crates(manifest: &str, permission: Permission) -> anyhow::Result<()> {
    // What it is built of here: other systems have crates of their own.
    let words = ["fetch", "--quiet", "--locked", "--target", "host-tuple", "--manifest-path", manifest];
    let fetch = || program("cargo", &words);
    if process::succeeds(fetch().arg("--offline")) {
        return Ok(());
    }
    bring(&format!("crates of {manifest}"), &mut fetch(), permission)
}

fn bring(what: &str, command: &mut std::process::Command, permission: Permission) -> anyhow::Result<()> {
    let by_hand = process::shown(command);
    anyhow::ensure!(permission == Permission::Install, "missing: {what}; run: {by_hand}");
    ui::say(&format!("installing {what}"));
    process::run(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_command_installs_everything_that_is_missing() {
        let missing: Vec<&Need> = NEEDS.iter().filter(|need| matches!(need.what, "PHP" | "Python with venv")).collect();
        assert_eq!(
            apt_command(&missing),
            "apt-get update && apt-get install -y --no-install-recommends php-cli python3 python3-venv"
        );
    }

    #[test]
    fn what_may_not_be_installed_is_told_with_its_command() {
        let missing = [NEEDS.iter().find(|need| need.what == "PHP").unwrap()];
        let error = install_packages(&missing, Permission::LookOnly).expect_err("may only look");
        assert_eq!(
            error.to_string(),
            "missing: PHP; run: apt-get update && apt-get install -y --no-install-recommends php-cli"
        );
    }
    #[test]
    fn crates_that_may_not_be_fetched_are_told_with_their_command() {
        let error = ensure_crates("nowhere/Cargo.toml", Permission::LookOnly).expect_err("may only look");
        assert_eq!(
            error.to_string(),
            "missing: crates of nowhere/Cargo.toml; run: cargo fetch --quiet --locked --target host-tuple --manifest-path \
             nowhere/Cargo.toml"
        );
    }
}
