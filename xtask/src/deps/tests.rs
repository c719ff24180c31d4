//! The rules on small made-up workspaces.

use serde_json::{Value, json};

use super::check::violations;
use super::graph::Workspace;
use super::manifest;

const NORMAL: Option<&str> = None;
const DEV: Option<&str> = Some("dev");

/// A member with its dependencies, each a name and a kind.
fn member(name: &str, dependencies: &[(&str, Option<&str>)]) -> Value {
    let dependencies: Vec<Value> =
        dependencies.iter().map(|(name, kind)| json!({ "name": name, "kind": kind })).collect();
    json!({ "id": name, "name": name, "manifest_path": format!("{name}/Cargo.toml"), "dependencies": dependencies })
}

/// A workspace of these members, in which nothing else is resolved.
fn workspace(members: &[Value]) -> Workspace {
    let ids: Vec<&Value> = members.iter().filter_map(|member| member.get("id")).collect();
    let metadata = json!({ "packages": members, "workspace_members": ids, "resolve": { "nodes": [] } });
    Workspace::from_metadata(&metadata).unwrap()
}

fn violations_of(members: &[Value]) -> Vec<String> {
    violations(&workspace(members))
}

#[test]
fn the_arrows_of_the_design_are_allowed() {
    let found = violations_of(&[
        member("devhub", &[("devhub-web", NORMAL), ("devhub-storage", NORMAL), ("devhub-domain", DEV)]),
        member("devhub-web", &[("devhub-domain", NORMAL), ("actix-web", NORMAL)]),
        member("devhub-storage", &[("devhub-domain", NORMAL), ("devhub-domain", DEV), ("diesel", NORMAL)]),
        member("devhub-domain", &[("devhub-domain", DEV), ("blake3", NORMAL), ("proptest", DEV)]),
        member("xtask", &[("anyhow", NORMAL), ("serde_json", NORMAL)]),
    ]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn adapters_do_not_know_each_other_not_even_in_tests() {
    let found = violations_of(&[
        member("devhub-web", &[("devhub-storage", NORMAL), ("devhub-limiter", DEV)]),
        member("devhub-storage", &[]),
        member("devhub-limiter", &[]),
    ]);
    assert_eq!(
        found,
        [
            "devhub-web: must not depend on devhub-storage ([dependencies]): remove it; \
             allowed here: devhub-domain, devhub-sandbox",
            "devhub-web: must not depend on devhub-limiter ([dev-dependencies]): remove it; \
             allowed here: devhub-domain, devhub-sandbox",
        ]
    );
}

#[test]
fn xtask_knows_no_member_and_little_else() {
    let found =
        violations_of(&[member("xtask", &[("devhub-domain", DEV), ("clap", NORMAL)]), member("devhub-domain", &[])]);
    assert_eq!(
        found,
        [
            "xtask: must not depend on devhub-domain ([dev-dependencies]): remove it; allowed here: nobody",
            "xtask: clap is not on its list ([dependencies]): do without it, or add it to ALLOW_LISTS in \
             xtask/src/deps/table.rs",
        ]
    );
}

#[test]
fn the_domain_takes_only_what_is_on_its_list() {
    let found = violations_of(&[member("devhub-domain", &[("tokio", NORMAL), ("proptest", NORMAL)])]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("devhub-domain: tokio is not on its list ([dependencies])"), "{found:?}");
    assert!(found[1].starts_with("devhub-domain: proptest is not on its list ([dependencies])"), "{found:?}");
}

#[test]
fn a_technology_stays_in_its_adapter() {
    let rows = [
        ("devhub-web", "diesel", NORMAL, "devhub-storage"),
        ("devhub-web", "diesel_migrations", DEV, "devhub-storage"),
        ("devhub-storage", "tokio", NORMAL, "devhub-delivery, devhub-web, devhub-notify, devhub"),
        ("devhub-storage", "actix-web", NORMAL, "devhub-web, devhub"),
        ("devhub-web", "hyper-util", NORMAL, "devhub-delivery, devhub"),
        ("devhub-limiter", "lettre", NORMAL, "devhub-notify"),
        ("devhub-web", "governor", NORMAL, "devhub-limiter, devhub-delivery"),
        ("devhub-delivery", "config", NORMAL, "devhub"),
        ("devhub-web", "anyhow", DEV, "devhub, xtask"),
    ];
    for (member_name, external, kind, home) in rows {
        let found = violations_of(&[member(member_name, &[(external, kind)])]);
        assert_eq!(found.len(), 1, "{member_name} -> {external}: {found:?}");
        assert!(found[0].starts_with(&format!("{member_name}: {external} may not stand here")), "{found:?}");
        assert!(found[0].ends_with(&format!("it belongs to {home}")), "{found:?}");
    }
}

#[test]
fn tests_of_the_web_may_send_requests_with_hyper() {
    let found = violations_of(&[member("devhub-web", &[("hyper-util", DEV), ("http-body-util", DEV)])]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_new_member_needs_a_row() {
    let found = violations_of(&[member("devhub-chat", &[])]);
    assert_eq!(found, ["devhub-chat: unknown member: add a row to ARROWS in xtask/src/deps/table.rs"]);
}

#[test]
fn a_second_tls_stack_is_named_with_who_asks_for_it() {
    let packages = json!([
        { "id": "a", "name": "lettre" },
        { "id": "b", "name": "native-tls" },
    ]);
    let nodes = json!([{ "id": "a", "dependencies": ["b"] }, { "id": "b", "dependencies": [] }]);
    let metadata = json!({ "packages": packages, "workspace_members": [], "resolve": { "nodes": nodes } });
    let found = violations(&Workspace::from_metadata(&metadata).unwrap());
    assert_eq!(
        found,
        ["native-tls: a second TLS stack, asked for by lettre: \
          choose the feature `rustls` of the crate that asks for it"]
    );
}

/// A manifest that inherits everything, with more lines after it.
fn manifest_with(more: &str) -> String {
    format!(
        "[package]\nname = \"x\"\nedition.workspace = true\nrust-version = {{ workspace = true }}\n[lints]\nworkspace = true\n{more}"
    )
}

#[test]
fn a_manifest_that_inherits_everything_is_fine() {
    let text = manifest_with(
        "[dependencies]\nring.workspace = true # 0.17\nhub = { path = \"../hub\" }\nserde = { workspace = true, features = [\n  \"rc\",\n] }\n\
         [target.'cfg(unix)'.dependencies]\nnix.workspace = true\n[dev-dependencies.insta]\nworkspace = true\n",
    );
    assert_eq!(manifest::violations("x/Cargo.toml", &text), Vec::<String>::new());
}

#[test]
fn a_manifest_that_inherits_nothing_is_told_each_line() {
    assert_eq!(
        manifest::violations(
            "x/Cargo.toml",
            "[package]\nname = \"x\"\nedition = \"2021\"\n[lints.rust]\nworkspace = true\n"
        ),
        [
            "x/Cargo.toml: does not inherit the lints: add `[lints]` with `workspace = true`",
            "x/Cargo.toml: write `edition.workspace = true` in [package]",
            "x/Cargo.toml: write `rust-version.workspace = true` in [package]",
        ]
    );
}

#[test]
fn a_version_outside_the_root_manifest_is_refused_in_every_spelling() {
    let spellings = [
        "[dependencies]\nring = \"0.17\"\n",
        "[dependencies]\nring = { version = \"0.17\" }\n",
        "[dev-dependencies]\nring.version = \"0.17\"\n",
        "[build-dependencies.ring]\nversion = \"0.17\"\n",
        "[dependencies]\nring = { path = \"../ring\", version = \"0.17\" }\n",
        "[target.'cfg(unix)'.dependencies]\nring = { git = \"elsewhere\" }\n",
    ];
    for spelling in spellings {
        let found = manifest::violations("x/Cargo.toml", &manifest_with(spelling));
        assert_eq!(
            found,
            [
                "x/Cargo.toml: ring has a version or source of its own: state it in the root Cargo.toml, here write `ring.workspace = true`"
            ],
            "{spelling}"
        );
    }
}
