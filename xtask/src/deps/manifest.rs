//! What only the text of a manifest tells: what it inherits, and whether it states a version.
//!
//! `cargo metadata` shows these after inheritance. The reader here knows as much TOML as manifests use: sections, keys,
//! and values that may go over several lines inside brackets. Cargo has already refused what is not TOML.

/// One `key = value` and the section it stands in.
struct Entry {
    section: String,
    key: String,
    /// Without spaces and line breaks.
    value: String,
}

/// What each `[package]` must inherit from the root manifest.
const INHERITED: &[&str] = &["edition", "rust-version"];

/// Every violation in the manifest at `path`.
pub(super) fn violations(path: &str, text: &str) -> Vec<String> {
    let entries = entries(text);
    let mut violations = Vec::new();
    if !inherits(&entries, "lints", "workspace") && !inherits(&entries, "", "lints.workspace") {
        violations.push(format!("{path}: does not inherit the lints: add `[lints]` with `workspace = true`"));
    }
    for field in INHERITED {
        let dotted = format!("{field}.workspace");
        if !inherits(&entries, "package", &dotted) && !inherits(&entries, "package", field) {
            violations.push(format!("{path}: write `{dotted} = true` in [package]"));
        }
    }
    violations.extend(entries.iter().filter_map(stated_source).map(|name| {
        format!("{path}: {name} has a version or source of its own: state it in the root Cargo.toml, here write `{name}.workspace = true`")
    }));
    violations
}

fn inherits(entries: &[Entry], section: &str, key: &str) -> bool {
    entries.iter().any(|entry| {
        entry.section == section && entry.key == key && matches!(entry.value.as_str(), "true" | "{workspace=true}")
    })
}

/// The name of the dependency, if the entry says where it comes from.
fn stated_source(entry: &Entry) -> Option<&str> {
    if entry.section.ends_with("dependencies") {
        return match entry.key.rsplit_once('.') {
            Some((name, "version" | "git" | "registry")) => Some(name),
            Some(_) => None,
            None => states_source(&entry.value).then_some(entry.key.as_str()),
        };
    }
    let (table, name) = entry.section.rsplit_once('.')?;
    let is_source = matches!(entry.key.as_str(), "version" | "git" | "registry");
    (table.ends_with("dependencies") && is_source).then_some(name)
}

fn states_source(value: &str) -> bool {
    let inherits = value.contains("workspace=true");
    let has_path = value.contains("path=");
    let has_source = ["version=", "git=", "registry="].iter().any(|field| value.contains(field));
    has_source || !(inherits || has_path)
}

fn entries(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut section = String::new();
    let mut statement = String::new();
    for line in text.lines() {
        statement.push_str(without_comment(line).trim());
        if depth(&statement) > 0 {
            continue;
        }
        let complete = std::mem::take(&mut statement);
        if let Some(name) = complete.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.trim_matches(['[', ']']).clone_into(&mut section);
        } else if let Some((key, value)) = complete.split_once('=') {
            let value = value.chars().filter(|letter| !letter.is_whitespace()).collect();
            entries.push(Entry { section: section.clone(), key: key.trim().to_owned(), value });
        }
    }
    entries
}

fn without_comment(line: &str) -> &str {
    let mut is_quoted = false;
    for (at, letter) in line.char_indices() {
        match letter {
            '"' => is_quoted = !is_quoted,
            '#' if !is_quoted => return line.get(..at).unwrap_or(line),
            _ => {}
        }
    }
    line
}

/// How many brackets are still open.
fn depth(statement: &str) -> usize {
    let opened = statement.matches(['[', '{']).count();
    opened.saturating_sub(statement.matches([']', '}']).count())
}
