//! A request as a command line that sends it again.
//!
//! *Threat:* a payload, an address or a header that ends its quotes has whoever pastes the line run what it says; a secret stands in
//! the history of a shell. *Defence:* every word is quoted so that no character of it means anything to a shell, and secrets were
//! masked before they came here. *Not defended:* what the receiver does with the request.

use std::fmt::Write as _;

use devhub_domain::webhooks::ShownRequest;

/// Bytes of a body that stand in the line itself: systems take no longer argument than 128 KiB, and nobody reads one of half that.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// Where a body is read from that is too long for the line.
const BODY_FILE: &str = "payload.json";

/// A request as a line for a shell.
pub(super) struct Curl {
    /// The line.
    pub(super) line: String,
    /// What is to be known of it.
    pub(super) notes: Vec<String>,
}

impl Curl {
    /// The line; `None` when the body is kept no longer.
    pub(super) fn of(request: &ShownRequest) -> Option<Self> {
        let body = request.body.as_ref()?.as_bytes();
        // A pattern in an address would be expanded, and what a file of one's own says would be added.
        let mut line = format!("curl --disable --globoff --request POST {}", quoted(&request.url));
        for (name, value) in &request.headers {
            // A header without a value ends with a semicolon, or it would be left out.
            let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
            next_option(&mut line, "--header", &quoted(&header));
        }
        let mut notes = vec![MASKED.to_owned()];
        match std::str::from_utf8(body) {
            // Not `--data`, which would read a file where a body begins with @.
            Ok(text) if text.len() <= BODY_BYTES_MAX => next_option(&mut line, "--data-raw", &quoted(text)),
            _ => {
                next_option(&mut line, "--data-binary", &quoted(&format!("@{BODY_FILE}")));
                notes.push(format!(
                    "The body has {} bytes, too many for a line: save the event's payload as {BODY_FILE} by the API first.",
                    body.len()
                ));
            }
        }
        Some(Self { line, notes })
    }
}

const MASKED: &str = "Signatures and secrets are cut short in it, so a receiver that checks them refuses it: a delivery that is resent is signed anew.";

fn next_option(line: &mut String, option: &str, word: &str) {
    line.push_str(" \\\n  ");
    line.push_str(option);
    line.push(' ');
    line.push_str(word);
}

/// A text as one word of a shell: bash, zsh and ksh, and any shell where it has no control characters but tab and line feed.
pub(super) fn quoted(text: &str) -> String {
    let is_plain = |c: char| !c.is_control() || matches!(c, '\t' | '\n');
    if text.chars().all(is_plain) {
        // Nothing means anything in single quotes but their end.
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    // A browser would make a line feed of a carriage return, and an editor might act on others.
    let mut word = "$'".to_owned();
    for c in text.chars() {
        match c {
            '\'' | '\\' => word.extend(['\\', c]),
            // Octal and of three digits, so that no digit that follows is taken for one of its own. The first 128 are one byte.
            c if c.is_ascii_control() => drop(write!(word, "\\{:03o}", u32::from(c))),
            c => word.push(c),
        }
    }
    word.push('\'');
    word
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use devhub_domain::events::Payload;
    use proptest::prelude::*;

    use super::*;

    fn request(url: &str, headers: &[(&str, &str)], body: Option<&str>) -> ShownRequest {
        ShownRequest {
            url: url.to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            is_endpoint_changed: false,
            is_signature_whole: true,
            body: body.map(|body| Payload::from_stored(body.as_bytes().to_vec())),
        }
    }

    /// What a shell takes the words for, by the shell itself.
    fn as_a_shell_reads(words: &str) -> Vec<String> {
        let script = format!("printf '%s\\0' {words}");
        let output =
            Command::new("bash").args(["--noprofile", "--norc", "-c", &script]).env("LC_ALL", "C.UTF-8").output();
        let output = output.expect("the checks of this repository have bash");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    #[test]
    fn a_request_is_a_line_that_sends_the_same() {
        let headers = [("content-type", "application/json"), ("webhook-signature", "v1,abcdef…"), ("x-empty", "")];
        let curl = Curl::of(&request("https://shop.example/h[1]?a=b&c", &headers, Some("{\"name\":\"O'Hara $HOME\"}")))
            .unwrap();
        let words = as_a_shell_reads(curl.line.strip_prefix("curl ").unwrap());
        let expected = [
            "--disable",
            "--globoff",
            "--request",
            "POST",
            "https://shop.example/h[1]?a=b&c",
            "--header",
            "content-type: application/json",
            "--header",
            "webhook-signature: v1,abcdef…",
            "--header",
            "x-empty;",
            "--data-raw",
            "{\"name\":\"O'Hara $HOME\"}",
        ];
        assert_eq!(words, expected);
        assert_eq!(curl.notes, [MASKED]);
    }

    #[test]
    fn a_long_body_is_read_from_a_file_and_one_that_is_gone_is_no_line() {
        let long = format!("\"{}\"", "a".repeat(BODY_BYTES_MAX));
        let curl = Curl::of(&request("https://shop.example/", &[], Some(&long))).unwrap();
        assert!(curl.line.ends_with("--data-binary '@payload.json'") && curl.notes.len() == 2, "{}", curl.line);
        assert!(Curl::of(&request("https://shop.example/", &[], None)).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_shell_reads_every_text_as_the_one_word_that_it_is(texts in prop::collection::vec("([^\0]|['\\\\$`\"!\r\n\t;&|<>(){}*?~#]){0,40}", 1..8)) {
            let words: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
            prop_assert_eq!(as_a_shell_reads(&words.join(" ")), texts);
        }
    }
}
