//! Rules about Rust files wherever they stand.

use super::source::{code_only, line_of, without_attributes};
use super::tree::Tree;

/// A file is one idea; past this it is two.
const LINES_MAX: usize = 400;

/// Names that say nothing about what is inside, so that everything ends up there.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "misc", "util", "utils"];

/// What is not written, and what is written instead.
const AVOIDED: &[(&str, &str)] = &[
    ("#[ignore", "a test that does not run tests nothing: make it run, or delete it"),
    ("todo!", "finish it, or return an error"),
    ("thread::sleep", "step the worker, move the clock, or wait on a channel with a time-out"),
];

/// No file has more than 400 lines, tests included.
pub(super) fn are_short(tree: &Tree) -> Vec<String> {
    let lengths = tree.texts(".rs").map(|(path, text)| (path, text.lines().count()));
    let long = lengths.filter(|(_, lines)| *lines > LINES_MAX);
    long.map(|(path, lines)| {
        format!("{path}: {lines} lines, at most {LINES_MAX}: split it by noun, or move its tests out")
    })
    .collect()
}

/// Every file and every inline module holds code.
pub(super) fn are_not_empty(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts(".rs") {
        let code = without_attributes(&code_only(text));
        if code.trim().is_empty() {
            complaints.push(format!("{path}: holds no code: delete it until there is some"));
        }
        for name in empty_modules(&code) {
            complaints.push(format!("{path}: module {name} is empty: delete it until it is not"));
        }
    }
    complaints
}

/// No file, folder or inline module is called `utils` or the like.
pub(super) fn have_telling_names(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts(".rs") {
        let code = code_only(text);
        let in_path = path.trim_end_matches(".rs").split('/').filter(|part| EMPTY_NAMES.contains(part));
        let in_text = inline_modules(&code).map(|(name, _)| name).filter(|name| EMPTY_NAMES.contains(name));
        let complaint = |name: &str| format!("{path}: {name:?} says nothing: name it after what is inside");
        complaints.extend(in_path.chain(in_text).map(complaint));
    }
    complaints
}

/// A `mod.rs` holds docs, `mod` lines and re-exports: whoever opens it reads a table of contents.
pub(super) fn have_no_logic_in_mod_rs(tree: &Tree) -> Vec<String> {
    let files = tree.texts("mod.rs").filter(|(path, _)| path.ends_with("/mod.rs"));
    files.filter_map(|(path, text)| {
        let code = without_attributes(&code_only(text));
        let odd = code.split(';').map(str::trim).find(|statement| !statement.is_empty() && !is_contents(statement))?;
        let first_line = odd.lines().next().unwrap_or_default();
        Some(format!("{path}: only docs, `mod` lines and re-exports stand in mod.rs: move `{first_line}` to a file of its own"))
    })
    .collect()
}

/// Nothing that hides a gap or waits for the real clock.
pub(super) fn avoid_what_hides_or_waits(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts(".rs") {
        let code = code_only(text);
        for (word, instead) in AVOIDED {
            if let Some(line) = line_of(&code, word) {
                complaints.push(format!("{path}:{line}: `{word}`: {instead}"));
            }
        }
    }
    complaints
}

fn is_contents(statement: &str) -> bool {
    let visible = statement.strip_prefix("pub").unwrap_or(statement).trim_start();
    let bare = match visible.strip_prefix('(').and_then(|scope| scope.split_once(')')) {
        Some((_, after)) => after.trim_start(),
        None => visible,
    };
    bare.starts_with("use ") || (bare.starts_with("mod ") && !bare.contains('{'))
}

/// Each `mod name {` with what follows the brace.
fn inline_modules(code: &str) -> impl Iterator<Item = (&str, &str)> {
    code.split("mod ").skip(1).filter_map(|rest| {
        let (name, body) = rest.split_once('{')?;
        let name = name.trim();
        let is_name = !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        is_name.then_some((name, body))
    })
}

fn empty_modules(code: &str) -> impl Iterator<Item = &str> {
    inline_modules(code).filter(|(_, body)| body.trim_start().starts_with('}')).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_400_lines_is_short_and_one_more_is_not() {
        let (short, long) = ("x\n".repeat(400), "x\n".repeat(401));
        let tree = Tree::of(&[("a.rs", &short), ("b.rs", &long), ("c.md", &long)]);
        assert_eq!(are_short(&tree), ["b.rs: 401 lines, at most 400: split it by noun, or move its tests out"]);
    }

    #[test]
    fn a_file_of_comments_is_empty() {
        let tree = Tree::of(&[("a.rs", "//! Later.\n#![warn(x)]\n"), ("b.rs", "mod later { }\nfn b() {}")]);
        assert_eq!(
            are_not_empty(&tree),
            [
                "a.rs: holds no code: delete it until there is some",
                "b.rs: module later is empty: delete it until it is not",
            ]
        );
    }

    #[test]
    fn a_module_called_utils_is_refused_wherever_it_is_declared() {
        let tree = Tree::of(&[
            ("src/utils.rs", "fn a() {}"),
            ("tests/common/mod.rs", "mod x;"),
            ("src/b.rs", "mod helpers { fn a() {} }"),
            ("src/utilities.rs", "fn about_utils() {}"),
        ]);
        assert_eq!(
            have_telling_names(&tree),
            [
                "src/b.rs: \"helpers\" says nothing: name it after what is inside",
                "src/utils.rs: \"utils\" says nothing: name it after what is inside",
                "tests/common/mod.rs: \"common\" says nothing: name it after what is inside",
            ]
        );
    }

    #[test]
    fn a_mod_rs_is_a_table_of_contents() {
        let contents = "//! Keys; issued here.\n#[cfg(test)]\nmod tests;\npub mod key;\npub(crate) use key::{A, B};\n";
        let logic = "mod key;\n\npub fn issue() {\n}\n";
        let tree = Tree::of(&[("a/mod.rs", contents), ("b/mod.rs", logic), ("c/mod.rs", "mod tests { fn a() {} }")]);
        assert_eq!(
            have_no_logic_in_mod_rs(&tree),
            [
                "b/mod.rs: only docs, `mod` lines and re-exports stand in mod.rs: move `pub fn issue() {` to a file of its own",
                "c/mod.rs: only docs, `mod` lines and re-exports stand in mod.rs: move `mod tests { fn a() {} }` to a file of its own",
            ]
        );
    }

    #[test]
    fn what_hides_or_waits_is_found_in_code_and_not_in_words_about_it() {
        let tree = Tree::of(&[
            ("a.rs", "// never todo!()\nfn a() {\n    std::thread::sleep(x);\n}"),
            ("b.rs", "#[ignore = \"slow\"]\nfn b() { todo!() }"),
        ]);
        assert_eq!(
            avoid_what_hides_or_waits(&tree),
            [
                "a.rs:3: `thread::sleep`: step the worker, move the clock, or wait on a channel with a time-out",
                "b.rs:1: `#[ignore`: a test that does not run tests nothing: make it run, or delete it",
                "b.rs:2: `todo!`: finish it, or return an error",
            ]
        );
    }
}
