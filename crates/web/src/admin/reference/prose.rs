//! What the author of a document wrote, as text: paragraphs, lists and code, and nothing else of Markdown.
//!
//! *Threat:* a document that somebody uploads puts markup or links on a page of the hub. *Defence:* every character is text to the
//! template; only our own codes of problems become links, to our own page.

use askama::Template;
use askama::filters::HtmlSafe;

/// Characters of a text that are shown.
const CHARS_MAX: usize = 6_000;

/// A text.
#[derive(Default, Template)]
#[template(path = "admin/reference/prose.html")]
pub(in crate::admin) struct Prose {
    blocks: Vec<Block>,
}

enum Block {
    Paragraph(Vec<Span>),
    List(Vec<Vec<Span>>),
}

struct Span {
    text: String,
    is_code: bool,
    /// Where it is explained.
    href: Option<String>,
}

impl HtmlSafe for Prose {}

impl Prose {
    /// Reads a text. `explain` says where a piece of code is explained.
    pub(super) fn new(text: &str, explain: impl Fn(&str) -> Option<String>) -> Self {
        let text: String = text.chars().take(CHARS_MAX).collect();
        let text = text.replace("\r\n", "\n");
        let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty());
        Self { blocks: blocks.map(|block| Block::new(block, &explain)).collect() }
    }

    /// A text in which nothing is explained elsewhere.
    pub(super) fn plain(text: &str) -> Self {
        Self::new(text, |_| None)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }
}

impl Block {
    fn new(text: &str, explain: &impl Fn(&str) -> Option<String>) -> Self {
        let text = text.trim();
        if !text.lines().all(|line| line.starts_with("- ")) {
            return Self::Paragraph(spans(text, explain));
        }
        Self::List(text.lines().map(|line| spans(line.trim_start_matches("- "), explain)).collect())
    }
}

/// What stands between backticks is code; a last one without its fellow is a character like others.
fn spans(text: &str, explain: &impl Fn(&str) -> Option<String>) -> Vec<Span> {
    let parts: Vec<_> = text.split('`').collect();
    let ends_open = parts.len().is_multiple_of(2);
    let count = parts.len();
    let span = |(at, part): (usize, &str)| {
        let is_last = at + 1 == count;
        let is_code = !(at.is_multiple_of(2) || is_last && ends_open);
        let text = if is_last && ends_open { format!("`{part}") } else { part.to_owned() };
        Span { href: if is_code { explain(part) } else { None }, text, is_code }
    };
    parts.into_iter().enumerate().map(span).filter(|span| !span.text.is_empty()).collect()
}

#[cfg(test)]
impl crate::admin::components::Sample for Prose {
    const TEMPLATE: &'static str = "admin/reference/prose.html";

    fn samples() -> Vec<Self> {
        let text =
            "Needs `write`, <b>always</b>.\n\n- `invalid_token`: no.\n- `other`: yes ` and\n\n[x](javascript:alert(1))";
        vec![Self::new(text, |code| (code == "invalid_token").then(|| "/errors#invalid_token".to_owned()))]
    }
}
