//! What `cargo metadata` says about the workspace, reduced to what the rules ask.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use serde_json::Value;

/// The members, and what the default features of all of them resolve to.
pub(super) struct Workspace {
    /// In the order of `cargo metadata`.
    pub(super) members: Vec<Member>,
    /// Each resolved crate by name, with the names of the crates that ask for it.
    pub(super) resolved: BTreeMap<String, BTreeSet<String>>,
}

/// A crate of the workspace.
pub(super) struct Member {
    /// As in its manifest.
    pub(super) name: String,
    /// Where its manifest is.
    pub(super) manifest_path: String,
    /// What it depends on.
    pub(super) edges: Vec<Edge>,
}

/// One dependency of a member.
pub(super) struct Edge {
    /// The real name of the crate, also when the manifest renames it.
    pub(super) to: String,
    /// Whether it is for tests, examples and benches only.
    pub(super) is_dev: bool,
}

impl Workspace {
    /// Reads the output of `cargo metadata --format-version 1`.
    ///
    /// # Errors
    /// When a field that cargo documents is missing.
    pub(super) fn from_metadata(metadata: &Value) -> anyhow::Result<Self> {
        let member_ids: BTreeSet<&str> =
            list(metadata, "workspace_members")?.iter().filter_map(Value::as_str).collect();
        let packages = list(metadata, "packages")?;
        let mut members = Vec::new();
        let mut names = BTreeMap::new();
        for package in packages {
            let id = string(package, "id")?;
            names.insert(id, string(package, "name")?);
            if member_ids.contains(id) {
                members.push(Member::from_package(package)?);
            }
        }
        let resolve = metadata.get("resolve").context("`cargo metadata` has no field resolve")?;
        Ok(Self { members, resolved: resolved(list(resolve, "nodes")?, &names)? })
    }

    /// Whether the name is that of a member.
    pub(super) fn has_member(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.name == name)
    }
}

impl Member {
    fn from_package(package: &Value) -> anyhow::Result<Self> {
        let edges = list(package, "dependencies")?.iter().map(|dependency| {
            let kind = dependency.get("kind").and_then(Value::as_str);
            Ok(Edge { to: string(dependency, "name")?.to_owned(), is_dev: kind == Some("dev") })
        });
        Ok(Self {
            name: string(package, "name")?.to_owned(),
            manifest_path: string(package, "manifest_path")?.to_owned(),
            edges: edges.collect::<anyhow::Result<_>>()?,
        })
    }
}

fn resolved(nodes: &[Value], names: &BTreeMap<&str, &str>) -> anyhow::Result<BTreeMap<String, BTreeSet<String>>> {
    let name = |id: &str| names.get(id).copied().unwrap_or("?").to_owned();
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in nodes {
        let user = name(string(node, "id")?);
        users.entry(user.clone()).or_default();
        for dependency in list(node, "dependencies")?.iter().filter_map(Value::as_str) {
            users.entry(name(dependency)).or_default().insert(user.clone());
        }
    }
    Ok(users)
}

fn list<'a>(value: &'a Value, field: &str) -> anyhow::Result<&'a [Value]> {
    let list = value.get(field).and_then(Value::as_array);
    list.map(Vec::as_slice).with_context(|| format!("`cargo metadata` has no list {field}"))
}

fn string<'a>(value: &'a Value, field: &str) -> anyhow::Result<&'a str> {
    value.get(field).and_then(Value::as_str).with_context(|| format!("`cargo metadata` has no text {field}"))
}
