//! Rules about documents.

use super::tree::Tree;

/// Every relative link of every document leads to a file or folder.
pub(super) fn resolve(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts(".md") {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, target) in links(text) {
            let file = target.split('#').next().unwrap_or_default();
            let is_elsewhere = file.contains("://") || file.starts_with("mailto:");
            if file.is_empty() || is_elsewhere {
                continue;
            }
            if !joined(folder, file).is_some_and(|path| tree.contains(&path)) {
                complaints.push(format!("{path}:{line}: the link leads nowhere: {target}"));
            }
        }
    }
    complaints
}

/// Each `](target)` outside code, with its line.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut is_code = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        // Every second piece between backticks is code.
        for prose in line.split('`').step_by(2).filter(|_| !is_code) {
            let targets = prose.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
            found.extend(targets.map(|target| (number, target)));
        }
    }
    found
}

/// The path from the root; none when it leaves the root.
fn joined(folder: &str, target: &str) -> Option<String> {
    let (base, target) = target.strip_prefix('/').map_or((folder, target), |from_root| ("", from_root));
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_to_files_and_folders_are_fine() {
        let tree = Tree::of(&[
            (
                "README.md",
                "[a](docs/A.md#part) [`b`](docs) [c](https://example.org/x) [d](#here)\n`[e](f)`\n```\n[g](h)\n```\n",
            ),
            ("docs/A.md", "[up](../README.md \"title\") [root](/docs/A.md)"),
        ]);
        assert_eq!(resolve(&tree), Vec::<String>::new());
    }

    #[test]
    fn a_link_that_leads_nowhere_is_named_with_its_line() {
        let tree = Tree::of(&[("docs/A.md", "one\n[two](B.md) and [`three`](C.md), [four](../../D.md)\n")]);
        assert_eq!(
            resolve(&tree),
            [
                "docs/A.md:2: the link leads nowhere: B.md",
                "docs/A.md:2: the link leads nowhere: C.md",
                "docs/A.md:2: the link leads nowhere: ../../D.md",
            ]
        );
    }
}
