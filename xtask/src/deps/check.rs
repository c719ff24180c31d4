//! Compares the workspace with the table.

use anyhow::Context as _;

use super::graph::{Edge, Member, Workspace};
use super::manifest;
use super::table::{ALLOW_LISTS, ARROWS, FORBIDDEN, PLACEMENTS};
use crate::{args::Flags, process, ui};

const TABLE: &str = "xtask/src/deps/table.rs";

/// Checks the workspace and prints every violation.
pub(crate) fn command(arguments: &[String]) -> anyhow::Result<()> {
    Flags::parse(arguments, &[])?;
    let text = process::text(&mut process::program("cargo", &["metadata", "--format-version", "1"]))?;
    let metadata = serde_json::from_str(&text).context("`cargo metadata` wrote no JSON")?;
    let workspace = Workspace::from_metadata(&metadata)?;
    let mut violations = violations(&workspace);
    for member in &workspace.members {
        let path = std::path::Path::new(&member.manifest_path);
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let shown = path.strip_prefix(process::root()).unwrap_or(path);
        violations.extend(manifest::violations(&shown.display().to_string(), &text));
    }
    ui::report("deps", &violations)
}

/// Every violation that the graph shows.
pub(super) fn violations(workspace: &Workspace) -> Vec<String> {
    let mut violations = Vec::new();
    for member in &workspace.members {
        if !ARROWS.iter().any(|row| row.member == member.name) {
            violations.push(format!("{}: unknown member: add a row to ARROWS in {TABLE}", member.name));
        }
        for edge in &member.edges {
            let complaint = if workspace.has_member(&edge.to) { arrow(member, edge) } else { external(member, edge) };
            violations.extend(complaint);
        }
    }
    violations.extend(second_tls_stacks(workspace));
    violations
}

fn arrow(member: &Member, edge: &Edge) -> Option<String> {
    let row = ARROWS.iter().find(|row| row.member == member.name)?;
    // The domain's fakes and contract suites are for everybody's tests, except those of xtask, which knows no member.
    let is_domain_in_tests = edge.is_dev && edge.to == "devhub-domain" && member.name != "xtask";
    // A crate that names itself among its dev-dependencies switches a feature on for its own tests.
    let is_itself_in_tests = edge.is_dev && edge.to == member.name;
    if is_domain_in_tests || is_itself_in_tests || is_listed(edge, row.normal, row.dev) {
        return None;
    }
    Some(format!(
        "{}: must not depend on {} ({}): remove it; allowed here: {}",
        member.name,
        edge.to,
        table_of(edge),
        or_none(row.normal)
    ))
}

fn external(member: &Member, edge: &Edge) -> Option<String> {
    let name = member.name.as_str();
    if let Some(list) = ALLOW_LISTS.iter().find(|list| list.member == name)
        && !is_listed(edge, list.normal, list.dev)
    {
        return Some(format!(
            "{name}: {} is not on its list ({}): do without it, or add it to ALLOW_LISTS in {TABLE}",
            edge.to,
            table_of(edge)
        ));
    }
    let row = PLACEMENTS.iter().find(|row| row.crates.iter().any(|pattern| matches(pattern, &edge.to)))?;
    if row.normal.contains(&name) || (edge.is_dev && row.dev.contains(&name)) {
        return None;
    }
    Some(format!("{name}: {} may not stand here ({}): it belongs to {}", edge.to, table_of(edge), or_none(row.normal)))
}

fn second_tls_stacks(workspace: &Workspace) -> impl Iterator<Item = String> {
    FORBIDDEN.iter().filter_map(|forbidden| {
        let users = workspace.resolved.get(forbidden.name)?;
        let users = users.iter().map(String::as_str).collect::<Vec<_>>();
        Some(format!("{}: a second TLS stack, asked for by {}: {}", forbidden.name, or_none(&users), forbidden.instead))
    })
}

fn is_listed(edge: &Edge, normal: &[&str], dev: &[&str]) -> bool {
    let to = edge.to.as_str();
    normal.contains(&to) || (edge.is_dev && dev.contains(&to))
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

fn table_of(edge: &Edge) -> &'static str {
    if edge.is_dev { "[dev-dependencies]" } else { "[dependencies]" }
}

fn or_none(names: &[&str]) -> String {
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}
