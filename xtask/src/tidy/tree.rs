//! The files of a folder, held in memory, so that the rules are pure functions.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// Folders that hold nothing written by us; hidden ones are left out too.
const LEFT_OUT: &[&str] = &["target", "node_modules"];

/// Files whose text some rule reads.
const READ: &[&str] = &["rs", "md", "sql"];

/// The files below a root; paths are relative to it and use `/`.
#[derive(Default)]
pub(super) struct Tree {
    texts: BTreeMap<String, String>,
    /// Every file and folder, hidden ones at the root included, because documents link to them.
    paths: BTreeSet<String>,
}

impl Tree {
    /// Reads the files below `root`.
    ///
    /// # Errors
    /// When a folder or file cannot be read, or a file that should be text is not UTF-8.
    pub(super) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    /// A made-up tree: paths with texts.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.add(path, Some((*text).to_owned()));
        }
        tree
    }

    /// The files with this ending, with their texts, in the order of their paths.
    pub(super) fn texts<'a>(&'a self, ending: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let texts = self.texts.iter().filter(move |(path, _)| path.ends_with(ending));
        texts.map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The text of one file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Whether there is a file or folder of this path.
    pub(super) fn contains(&self, path: &str) -> bool {
        path.is_empty() || self.paths.contains(path)
    }

    /// The names of the folders directly in a folder.
    pub(super) fn folders_in(&self, folder: &str) -> BTreeSet<&str> {
        let inside = self.paths.iter().filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
        inside.filter_map(|rest| rest.split_once('/')).map(|(name, _)| name).collect()
    }

    fn read_folder(&mut self, folder: &Path, relative: &str) -> anyhow::Result<()> {
        for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if relative.is_empty() { name.clone() } else { format!("{relative}/{name}") };
            if !entry.file_type()?.is_dir() {
                let text = is_read(&name).then(|| fs::read_to_string(entry.path())).transpose();
                self.add(&path, text.with_context(|| format!("cannot read {path}"))?);
            } else if !name.starts_with('.') && !LEFT_OUT.contains(&name.as_str()) {
                self.read_folder(&entry.path(), &path)?;
            } else {
                self.paths.insert(path);
            }
        }
        Ok(())
    }

    fn add(&mut self, path: &str, text: Option<String>) {
        for (at, _) in path.match_indices('/') {
            self.paths.extend(path.get(..at).map(str::to_owned));
        }
        self.paths.insert(path.to_owned());
        if let Some(text) = text {
            self.texts.insert(path.to_owned(), text);
        }
    }
}

fn is_read(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(OsStr::to_str);
    ending.is_some_and(|ending| READ.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::Scratch;

    #[test]
    fn a_folder_is_read_with_relative_paths_and_without_what_is_built() {
        let scratch = Scratch::new("tidy-tree");
        for (path, text) in [("src/a.rs", "fn a() {}"), ("target/b.rs", "fn b() {}"), ("logo.png", "\u{0}")] {
            let file = scratch.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let tree = Tree::read(scratch.path()).unwrap();
        assert_eq!(tree.texts(".rs").collect::<Vec<_>>(), [("src/a.rs", "fn a() {}")]);
        assert!(tree.contains("logo.png"));
        assert!(tree.contains("src"));
        assert!(!tree.contains("target/b.rs"));
    }

    #[test]
    fn folders_are_listed_by_name() {
        let tree = Tree::of(&[("m/one/up.sql", ""), ("m/two/up.sql", ""), ("m/readme.md", ""), ("more/x/y.rs", "")]);
        assert_eq!(tree.folders_in("m").into_iter().collect::<Vec<_>>(), ["one", "two"]);
    }
}
