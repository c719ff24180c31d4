//! The operations of a document, by groups.

use std::collections::HashSet;

use serde_json::Value;

use super::lookup::{entries, members, object, text};
use super::{OPERATIONS_MAX, Reader};
use crate::reference::pointer::Place;
use crate::reference::{Fault, Group, Operation, Problem};

/// The methods, in the order in which they are shown.
const METHODS: [&str; 8] = ["get", "head", "post", "put", "patch", "delete", "options", "trace"];

/// The longest name in addresses. Characters.
const SLUG_MAX: usize = 100;

/// Of operations that no tag puts anywhere.
const WITHOUT_TAG: &str = "Other";

impl Reader<'_> {
    /// Every group with operations, in the order of the document's tags.
    pub(super) fn groups(&mut self, root: &Place<'_>) -> Result<Vec<Group>, Fault> {
        let mut groups = self.tags(root)?;
        let mut taken = HashSet::new();
        let paths = root.name("paths");
        for (path, item) in members(self.document, "paths", root)?.filter(|(path, _)| !path.starts_with("x-")) {
            let at = paths.name(path);
            if !path.starts_with('/') {
                return Err(at.fault(Problem::Path { path: path.chars().take(200).collect() }));
            }
            let target = self.resolve(item, &at)?;
            let at = target.place(&at);
            object(target.value, &at)?;
            for method in METHODS {
                let Some(value) = target.value.get(method) else { continue };
                if taken.len() >= OPERATIONS_MAX {
                    return Err(paths.fault(Problem::TooMany { what: "operations", max: OPERATIONS_MAX }));
                }
                let operation = self.operation(target.value, value, (path, method), &at)?;
                let slug = unique(slug_of(value, path, method), &mut taken);
                let tag = value.get("tags").and_then(|tags| tags.get(0)).and_then(Value::as_str).unwrap_or(WITHOUT_TAG);
                self.put(&mut groups, tag, Operation { slug, ..operation })?;
            }
        }
        groups.retain(|group| !group.operations.is_empty());
        let mut taken = HashSet::new();
        for group in &mut groups {
            group.slug = unique(slugged(&group.name.to_lowercase()), &mut taken);
        }
        Ok(groups)
    }

    /// The groups that the document announces, still empty.
    fn tags(&mut self, root: &Place<'_>) -> Result<Vec<Group>, Fault> {
        let mut groups: Vec<Group> = Vec::new();
        let list = root.name("tags");
        for (number, tag) in entries(self.document, "tags", root)?.iter().take(OPERATIONS_MAX).enumerate() {
            let at = list.number(number);
            object(tag, &at)?;
            let name = text(tag, "name");
            if !name.is_empty() && groups.iter().all(|group| group.name != name) {
                let description = self.budget.of_tag(tag, &at)?;
                groups.push(Group { name, slug: String::new(), description, operations: Vec::new() });
            }
        }
        Ok(groups)
    }

    fn put(&mut self, groups: &mut Vec<Group>, tag: &str, operation: Operation) -> Result<(), Fault> {
        let name = self.budget.short(tag, &Place::ROOT)?;
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.operations.push(operation),
            None => groups.push(Group {
                name,
                slug: String::new(),
                description: String::new(),
                operations: vec![operation],
            }),
        }
        Ok(())
    }
}

fn slug_of(operation: &Value, path: &str, method: &str) -> String {
    match slugged(&text(operation, "operationId")) {
        slug if slug.is_empty() => slugged(&format!("{method}{path}")),
        slug => slug,
    }
}

/// Letters, digits, `-` and `_`; whatever else is one hyphen, and none at an end.
fn slugged(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.chars().take(SLUG_MAX) {
        let kept = if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' };
        if kept != '-' || !(slug.is_empty() || slug.ends_with('-')) {
            slug.push(kept);
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// The slug, with a number behind it when it is taken or empty.
fn unique(slug: String, taken: &mut HashSet<String>) -> String {
    let slug = if slug.is_empty() { "operations".to_owned() } else { slug };
    if taken.insert(slug.clone()) {
        return slug;
    }
    // Room for the number; there are never more slugs than operations, so that one of these is free.
    let short: String = slug.chars().take(SLUG_MAX - 5).collect();
    let mut numbered = (2..=OPERATIONS_MAX + 2).map(|number| format!("{short}-{number}"));
    let free = numbered.find(|slug| !taken.contains(slug)).unwrap_or(slug);
    taken.insert(free.clone());
    free
}
