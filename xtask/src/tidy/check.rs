//! Applies every rule to the repository.

use super::tree::Tree;
use super::{links, migrations, rust_files, slices};
use crate::{args::Flags, process, ui};

/// Every rule; a new one is a line here and its function.
const RULES: &[fn(&Tree) -> Vec<String>] = &[
    migrations::are_twins,
    rust_files::are_short,
    rust_files::are_not_empty,
    rust_files::have_telling_names,
    rust_files::have_no_logic_in_mod_rs,
    rust_files::avoid_what_hides_or_waits,
    slices::have_a_mod_rs,
    slices::name_ports_only_in_use_cases,
    links::resolve,
];

/// Checks the repository and prints every violation.
pub(crate) fn command(arguments: &[String]) -> anyhow::Result<()> {
    Flags::parse(arguments, &[])?;
    let tree = Tree::read(process::root())?;
    let mut violations: Vec<String> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    violations.extend(tracked_but_ignored()?);
    ui::report("tidy", &violations)
}

/// Files that git tracks although `.gitignore` names them: their changes are easily lost.
fn tracked_but_ignored() -> anyhow::Result<Vec<String>> {
    if !process::root().join(".git").exists() {
        ui::say("tidy: this is no git checkout, so that files tracked but ignored are not looked for");
        return Ok(Vec::new());
    }
    let listed = process::text(&mut process::program("git", &["ls-files", "-ci", "--exclude-standard"]))?;
    Ok(complaints_about_ignored(&listed))
}

fn complaints_about_ignored(listed: &str) -> Vec<String> {
    let complaint = |path| format!("{path}: tracked but ignored: `git rm --cached` it, or change .gitignore");
    listed.lines().map(complaint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracked_file_that_is_ignored_is_named() {
        assert_eq!(
            complaints_about_ignored("data/hub.db\n"),
            ["data/hub.db: tracked but ignored: `git rm --cached` it, or change .gitignore"]
        );
        assert_eq!(complaints_about_ignored(""), Vec::<String>::new());
    }
}
