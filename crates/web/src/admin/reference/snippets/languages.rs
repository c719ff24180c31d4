//! The languages, and how a snippet of each is run.

use super::request::SampleRequest;
use super::{curl, node, php, python, rust};

/// The variable of the environment that holds the key.
pub(super) const KEY: &str = "API_KEY";

/// How long a snippet waits for an answer. Seconds.
pub(super) const TIMEOUT_SECONDS: u8 = 30;

/// A request in one language.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::admin::reference) struct Snippet {
    /// What tells it from the others of the page: `curl`.
    pub(in crate::admin::reference) slug: &'static str,
    /// What people call the language.
    pub(in crate::admin::reference) language: &'static str,
    /// How it is run.
    pub(in crate::admin::reference) run: &'static str,
    /// All of it.
    pub(in crate::admin::reference) text: String,
}

/// The request in every language.
pub(in crate::admin::reference) fn snippets(request: &SampleRequest) -> Vec<Snippet> {
    let of = |slug, language, run, text| Snippet { slug, language, run, text };
    vec![
        of("curl", "curl", "Set API_KEY in the environment, then run it in a shell.", curl::write(request)),
        of(
            "php",
            "PHP",
            "Set API_KEY in the environment, then run php with this file; it needs the extension curl.",
            php::write(request),
        ),
        of(
            "node",
            "Node",
            "Set API_KEY in the environment, then run node 18 or later with this file, named .mjs.",
            node::write(request),
        ),
        of(
            "python",
            "Python",
            "Set API_KEY in the environment, then run python3 with this file.",
            python::write(request),
        ),
        of(
            "rust",
            "Rust",
            "Set API_KEY in the environment; needs: cargo add reqwest@0.12 --features blocking.",
            rust::write(request),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::reference::snippets::Proof;

    fn request() -> SampleRequest {
        let mut request = SampleRequest::new("post", "https://pay.example/api/v1/payment-intents");
        request.push_query("from", "2026-11-01 & later");
        request.push_header("Content-Type", "application/json");
        request.set_body("{\n  \"reference\": \"it's \\\"77\\\" $(id) `id` ${id}\"\n}");
        request
    }

    #[test]
    fn each_language_sends_the_same_request() {
        let all: Vec<_> = snippets(&request()).iter().map(|one| format!("## {}\n{}\n", one.slug, one.text)).collect();
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn no_key_is_asked_for_where_none_is_needed() {
        let open = SampleRequest { proof: Proof::None, ..SampleRequest::new("GET", "https://pay.example/healthz") };
        for snippet in snippets(&open) {
            assert!(!snippet.text.contains(KEY) && !snippet.text.contains("Authorization"), "{}", snippet.text);
        }
    }
}
