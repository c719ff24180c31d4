//! A request as programs send it: for the shell, PHP, Node, Python and Rust.
//!
//! *Threat:* a text of the document ends the literal that it stands in, and whoever copies the snippet runs it. *Defence:* each language
//! has one function that writes a literal, which is tested with any text; what no literal of all five can hold is taken out before.
//! The key is never in a snippet: it comes from the environment.

mod curl;
mod literal;
mod node;
mod php;
mod python;
mod request;
mod rust;

pub(super) use request::{Proof, SampleRequest, encoded};

/// The variable of the environment that holds the key.
const KEY: &str = "API_KEY";

/// How long a snippet waits for an answer. Seconds.
const TIMEOUT_SECONDS: u8 = 30;

/// A request in one language.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Snippet {
    /// What tells it from the others of the page: `curl`.
    pub(super) slug: &'static str,
    /// What people call the language.
    pub(super) language: &'static str,
    /// How it is run.
    pub(super) run: &'static str,
    /// All of it.
    pub(super) text: String,
}

/// The request in every language.
pub(super) fn snippets(request: &SampleRequest) -> Vec<Snippet> {
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
