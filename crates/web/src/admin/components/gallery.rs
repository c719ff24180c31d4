//! The samples as pages for people: `cargo test -p devhub-web gallery -- --ignored` writes them to `target/gallery`.

use std::fmt;
use std::path::Path;

use askama::Template;
use askama::filters::HtmlSafe;

use super::shell::samples::shell;
use super::tests::{Drawn, every_template};
use super::*;

/// A part that has been drawn, in the page around it.
#[derive(Template)]
#[template(
    source = "{% extends \"layout.html\" %}{% block content %}<h1>{{ shell.title }}</h1>{{ part }}{% endblock %}",
    ext = "html"
)]
struct Framed {
    shell: Shell,
    part: Part,
}

struct Part(String);

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Part {}

#[test]
#[ignore = "writes files for people to look at"]
fn the_gallery_is_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/gallery");
    std::fs::create_dir_all(&folder).unwrap();
    for Drawn { template, pages } in every_template() {
        let name = template.trim_end_matches(".html").replace('/', "-");
        for (position, page) in (1..).zip(pages) {
            let is_whole = page.starts_with("<!doctype");
            let page = if is_whole { page } else { framed(template, page) };
            std::fs::write(folder.join(format!("{name}-{position}.html")), page).unwrap();
        }
    }
}

fn framed(template: &str, part: String) -> String {
    Framed { shell: shell(template), part: Part(part) }.render().unwrap()
}
