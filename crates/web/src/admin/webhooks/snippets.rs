//! How the receiver of an endpoint tells the hub from everybody else, in the languages of the guide.
//!
//! The programs are cut out of the guide, whose own check runs them: what is shown is what was tested. *Threat:* the path of an
//! endpoint ends the comment that it stands in, and whoever pastes the program runs it. *Defence:* only a path of printable ASCII
//! is named, and the comment goes to the end of its line. The secret is never here: it comes from the environment.

use askama::Template;
use askama::filters::HtmlSafe;
use devhub_domain::webhooks::EndpointUrl;

use crate::admin::components::{CopyField, Fact, FactValue, Facts};

/// Where the programs stand.
const GUIDE: &str = include_str!("../../../../../docs/guides/verify-webhooks.md");

/// What a program is called in the guide, by its people, and what begins a comment in it.
const LANGUAGES: [(&str, &str, &str); 4] =
    [("php", "PHP", "//"), ("node", "Node", "//"), ("python", "Python", "#"), ("rust", "Rust", "//")];

/// The programs for one endpoint.
#[derive(Template)]
#[template(path = "admin/webhooks/snippets.html")]
pub(in crate::admin) struct Snippets {
    facts: Facts,
    schemes: Vec<Scheme>,
}

/// A way of signing.
struct Scheme {
    /// What tells its programs from others: `standard`.
    slug: &'static str,
    title: &'static str,
    about: &'static str,
    programs: Vec<Program>,
}

struct Program {
    language: &'static str,
    name: &'static str,
    text: CopyField,
    is_first: bool,
}

impl HtmlSafe for Snippets {}

impl Snippets {
    /// What receives at this address.
    pub(super) fn of(url: &EndpointUrl) -> Self {
        Self::at(path_of(url))
    }

    fn at(path: &str) -> Self {
        let code = |name: &str, text: &str| Fact::new(name, FactValue::Code(text.to_owned()));
        let standard = Scheme {
            slug: "standard",
            title: "Standard Webhooks",
            about: "Signs id, time and body, so that nobody can send a request again later. Take this one.",
            programs: programs("snippet", "standard", path),
        };
        let own_pay = Scheme {
            slug: "own-pay",
            title: "OwnPay’s headers",
            about: "Signs the body alone: for receivers of OwnPay, and for secrets that are not whsec_ and base64.",
            programs: programs("own-pay", "own-pay", path),
        };
        Self {
            facts: Facts {
                items: vec![
                    code("Path", path),
                    code("Headers of Standard Webhooks", "webhook-id, webhook-timestamp, webhook-signature"),
                    code("Headers of OwnPay", "X-OwnPay-Signature, X-OwnPay-Timestamp"),
                    code("Secret, in the environment", "WEBHOOK_SECRET"),
                ],
            },
            schemes: vec![standard, own_pay],
        }
    }
}

/// The path alone: a query may hold what only the receiver should know.
fn path_of(url: &EndpointUrl) -> &str {
    let rest = url.as_str().strip_prefix(&url.origin()).unwrap_or("/");
    let path = rest.split(['?', '#']).next().unwrap_or("/");
    if path.bytes().all(|byte| byte.is_ascii_graphic()) { path } else { "/" }
}

fn programs(mark: &str, scheme: &str, path: &str) -> Vec<Program> {
    let program = |(position, (language, name, comment)): (usize, (&'static str, &'static str, &str))| {
        let text = with_path(cut_out(mark, language)?, comment, path);
        let text = CopyField {
            id: format!("{scheme}-{language}-text"),
            label: format!("{name} program"),
            value: text,
            button: format!("Copy {name} program"),
            is_concealed: false,
            is_multiline: true,
        };
        Some(Program { language, name, text, is_first: position == 0 })
    };
    LANGUAGES.into_iter().enumerate().filter_map(program).collect()
}

/// A fenced block of the guide, by the mark above it.
fn cut_out(mark: &str, language: &str) -> Option<&'static str> {
    let (_, rest) = GUIDE.split_once(&format!("<!-- {mark}: {language} -->\n"))?;
    let (_, rest) = rest.split_once('\n')?;
    rest.split_once("\n```\n").map(|(text, _)| text)
}

/// A program that says in its first comment what it receives.
fn with_path(text: &str, comment: &str, path: &str) -> String {
    let said = format!("{comment} Receives POST {path}.\n");
    match text.strip_prefix("<?php\n") {
        Some(rest) => format!("<?php\n{said}{rest}\n"),
        None => format!("{said}{text}\n"),
    }
}

#[cfg(test)]
impl Snippets {
    /// Nothing, for samples of the page that they stand on.
    pub(super) const fn none() -> Self {
        Self { facts: Facts { items: Vec::new() }, schemes: Vec::new() }
    }
}

#[cfg(test)]
impl crate::admin::components::Sample for Snippets {
    const TEMPLATE: &'static str = "admin/webhooks/snippets.html";

    fn samples() -> Vec<Self> {
        // The guide's own check reads the rest.
        let mut sample = Self::at("/hook<b>");
        for scheme in &mut sample.schemes {
            scheme.programs.retain(|program| program.language == "rust");
        }
        vec![sample]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_a_program_for_each_scheme() {
        for mark in ["snippet", "own-pay"] {
            for (language, ..) in LANGUAGES {
                let text = cut_out(mark, language).unwrap_or_else(|| panic!("{mark}: {language} is not in the guide"));
                assert!(!text.contains("```") && text.lines().count() > 10, "{mark}: {language}");
            }
        }
    }

    #[test]
    fn what_is_shown_is_the_program_of_the_guide_and_a_comment() {
        for scheme in Snippets::at("/hook").schemes {
            for program in scheme.programs {
                let comments = ["// Receives POST /hook.\n", "# Receives POST /hook.\n"];
                let shown = comments.iter().fold(program.text.value.clone(), |text, comment| text.replace(comment, ""));
                assert!(GUIDE.contains(&format!("\n{shown}```\n<!-- end -->")), "{shown}");
            }
        }
    }

    #[test]
    fn a_path_is_named_without_its_query() {
        let url = |text: &str| EndpointUrl::from_stored(text).unwrap();
        assert_eq!(path_of(&url("https://shop.example/hooks/a?token=secret")), "/hooks/a");
        assert_eq!(path_of(&url("https://shop.example")), "/");
        assert_eq!(path_of(&url("https://shop.example/%C3%A9/*?>")), "/%C3%A9/*");
    }
}
