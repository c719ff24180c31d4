//! Rules about the vertical slices of the domain crate.

use std::collections::BTreeSet;

use super::source::{code_only, line_of};
use super::tree::Tree;

const DOMAIN: &str = "crates/domain/src";

/// The one folder of the domain that is no slice: fakes and contract suites.
const TESTING: &str = "testing";

/// Files that may name a port: where ports are declared and where use cases are written. `authenticate` is one.
const MAY_NAME_PORTS: &[&str] = &["ports", "service", "authenticate", "mod"];

/// Each slice is a folder with a table of contents.
pub(super) fn have_a_mod_rs(tree: &Tree) -> Vec<String> {
    slices(tree)
        .map(|slice| format!("{DOMAIN}/{slice}/mod.rs"))
        .filter(|path| tree.text(path).is_none())
        .map(|path| format!("{path}: missing: give the slice a table of contents"))
        .collect()
}

/// Ports and `UnitOfWork` are named in use cases only: everything else in a slice is a pure function of values.
pub(super) fn name_ports_only_in_use_cases(tree: &Tree) -> Vec<String> {
    let in_slices = || slices(tree).flat_map(|slice| in_slice(tree, slice));
    let declared = in_slices().filter(|(path, _)| path.ends_with("/ports.rs"));
    let mut ports: BTreeSet<String> = declared.flat_map(|(_, text)| traits(&code_only(text))).collect();
    ports.insert("UnitOfWork".to_owned());

    let mut complaints = Vec::new();
    for (path, text) in in_slices().filter(|(path, _)| !may_name_ports(path)) {
        let code = code_only(text);
        let found = ports.iter().filter_map(|port| Some((line_of(&code, port)?, port)));
        complaints.extend(found.map(|(line, port)| {
            format!("{path}:{line}: names the port {port}: move the use case to service.rs, or take a value instead")
        }));
    }
    complaints
}

fn slices(tree: &Tree) -> impl Iterator<Item = &str> {
    tree.folders_in(DOMAIN).into_iter().filter(|folder| *folder != TESTING)
}

fn in_slice<'a>(tree: &'a Tree, slice: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let folder = format!("{DOMAIN}/{slice}/");
    tree.texts(".rs").filter(move |(path, _)| path.starts_with(&folder))
}

/// `service.rs`, `delivery_service.rs`, `service/…` and their tests, and the others in the list.
fn may_name_ports(path: &str) -> bool {
    path.trim_end_matches(".rs").split('/').any(|part| {
        let part = part.strip_suffix("_tests").unwrap_or(part);
        MAY_NAME_PORTS.contains(&part) || part.ends_with("_service")
    })
}

/// The names of the traits that the code declares.
fn traits(code: &str) -> Vec<String> {
    let declared = code.split("trait ").skip(1);
    let name = |rest: &str| rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    declared.map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_without_a_mod_rs_is_named() {
        let tree =
            Tree::of(&[("crates/domain/src/rate/policy.rs", "fn a() {}"), ("crates/domain/src/id.rs", "fn a() {}")]);
        assert_eq!(
            have_a_mod_rs(&tree),
            ["crates/domain/src/rate/mod.rs: missing: give the slice a table of contents"]
        );
    }

    #[test]
    fn a_port_is_named_in_use_cases_and_nowhere_else() {
        let uses = "//! Not UnitOfWork.\nuse super::ports::KeyTx;";
        let tree = Tree::of(&[
            ("crates/domain/src/api_keys/ports.rs", "pub trait KeyTx: Send {}"),
            ("crates/domain/src/api_keys/mod.rs", "pub use ports::KeyTx;"),
            ("crates/domain/src/api_keys/service.rs", uses),
            ("crates/domain/src/api_keys/service_tests.rs", uses),
            ("crates/domain/src/webhooks/delivery_service.rs", uses),
            ("crates/domain/src/webhooks/retry.rs", uses),
            ("crates/domain/src/api_keys/key.rs", "fn f(_: &dyn UnitOfWork) {}"),
            ("crates/storage/src/api_keys.rs", uses),
        ]);
        assert_eq!(
            name_ports_only_in_use_cases(&tree),
            [
                "crates/domain/src/api_keys/key.rs:1: names the port UnitOfWork: move the use case to service.rs, \
                 or take a value instead",
                "crates/domain/src/webhooks/retry.rs:2: names the port KeyTx: move the use case to service.rs, \
                 or take a value instead",
            ]
        );
    }
}
