//! Rules about migrations.

use std::collections::BTreeMap;

use super::tree::Tree;

/// Every backend has every migration, under the same stamp and name, in both directions.
pub(super) fn are_twins(tree: &Tree) -> Vec<String> {
    let backends = tree.folders_in("migrations");
    let mut complaints = Vec::new();
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for backend in ["postgres", "sqlite"].into_iter().chain(backends.iter().copied()) {
        for name in tree.folders_in(&format!("migrations/{backend}")) {
            let places = found.entry(name).or_default();
            if !places.contains(&backend) {
                places.push(backend);
            }
        }
    }
    for (name, places) in &found {
        for backend in backends.iter().filter(|backend| !places.contains(backend)) {
            complaints.push(format!("migrations/{backend}/{name}: missing: {} has it", places.join(", ")));
        }
        for (backend, file) in places.iter().flat_map(|backend| [(backend, "up.sql"), (backend, "down.sql")]) {
            let path = format!("migrations/{backend}/{name}/{file}");
            if !tree.text(&path).is_some_and(has_statement) {
                complaints.push(format!("{path}: missing or without a statement: every migration goes both ways"));
            }
        }
    }
    complaints
}

fn has_statement(sql: &str) -> bool {
    sql.lines().map(str::trim).any(|line| !line.is_empty() && !line.starts_with("--"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_are_fine() {
        let tree = Tree::of(&[
            ("migrations/sqlite/1_keys/up.sql", "create table a;"),
            ("migrations/sqlite/1_keys/down.sql", "drop table a;"),
            ("migrations/postgres/1_keys/up.sql", "create table a;"),
            ("migrations/postgres/1_keys/down.sql", "drop table a;"),
        ]);
        assert_eq!(are_twins(&tree), Vec::<String>::new());
    }

    #[test]
    fn a_migration_of_one_backend_only_and_one_without_a_way_back_are_named() {
        let tree = Tree::of(&[
            ("migrations/sqlite/1_keys/up.sql", "create table a;"),
            ("migrations/sqlite/1_keys/down.sql", "-- cannot be undone\n"),
            ("migrations/postgres/2_more/up.sql", "create table b;"),
            ("migrations/postgres/2_more/down.sql", "drop table b;"),
        ]);
        assert_eq!(
            are_twins(&tree),
            [
                "migrations/postgres/1_keys: missing: sqlite has it",
                "migrations/sqlite/1_keys/down.sql: missing or without a statement: every migration goes both ways",
                "migrations/sqlite/2_more: missing: postgres has it",
            ]
        );
    }
}
