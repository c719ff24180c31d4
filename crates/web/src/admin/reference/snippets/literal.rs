//! Texts as literals of each language. Lines stay lines, so that bodies can be read.
//!
//! A text holds no control characters but the ends of lines and tabs: [`super::SampleRequest`] takes the others out.

use std::fmt::Write as _;

/// For a POSIX shell: nothing means anything between single quotes.
pub(super) fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// For PHP: between single quotes only the quote and the backslash mean anything.
pub(super) fn php(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}

/// For JavaScript, as a template: its end, its placeholders and the backslash mean something.
pub(super) fn javascript(text: &str) -> String {
    format!("`{}`", text.replace('\\', r"\\").replace('`', r"\`").replace("${", r"\${"))
}

/// For Python: in three single quotes, of which none is left in the text.
pub(super) fn python(text: &str) -> String {
    let escaped = text.replace('\\', r"\\").replace('\'', r"\'");
    if text.contains('\n') { format!("'''{escaped}'''") } else { format!("'{escaped}'") }
}

/// For Rust: raw where that can be read better, with more hashes than the text has behind a quote.
pub(super) fn rust(text: &str) -> String {
    if text.chars().any(is_refused_by_rust) {
        return format!("\"{}\"", escaped(text));
    }
    if !text.contains(['"', '\\', '\n']) {
        return format!("\"{text}\"");
    }
    let mut hashes = String::from("#");
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}

/// Characters that turn the direction of a text, which the compiler refuses in literals.
const fn is_refused_by_rust(one: char) -> bool {
    matches!(one, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\r')
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for one in text.chars() {
        match one {
            '"' | '\\' => escaped.extend(['\\', one]),
            '\n' => escaped.push_str("\\n"),
            _ if is_refused_by_rust(one) => {
                write!(escaped, "\\u{{{:x}}}", u32::from(one)).expect("a text can be written to");
            }
            _ => escaped.push(one),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads what stands between quotes in which a backslash means the character behind it.
    fn unescaped(literal: &str, quote: &str) -> Option<String> {
        let within = literal.strip_prefix(quote)?.strip_suffix(quote)?;
        let mut read = String::new();
        let mut rest = within.chars();
        while let Some(one) = rest.next() {
            match one {
                '\\' => read.push(rest.next()?),
                _ if quote.starts_with(one) => return None,
                _ => read.push(one),
            }
        }
        Some(read)
    }

    /// Reads a word of a shell: single quotes, and a quote behind a backslash between them.
    fn shell_word(literal: &str) -> Option<String> {
        let parts: Vec<_> = literal.strip_prefix('\'')?.strip_suffix('\'')?.split(r"'\''").collect();
        parts.iter().all(|part| !part.contains('\'')).then(|| parts.join("'"))
    }

    /// Reads a literal of Rust.
    fn rust_literal(literal: &str) -> Option<String> {
        let Some(raw) = literal.strip_prefix('r') else {
            let simple = literal.replace("\\n", "\n");
            return unescaped(&simple, "\"").filter(|_| !literal.contains("\\u"));
        };
        let hashes: String = raw.chars().take_while(|one| *one == '#').collect();
        let within = raw.strip_prefix(&format!("{hashes}\""))?.strip_suffix(&format!("\"{hashes}"))?;
        (!within.contains(&format!("\"{hashes}"))).then(|| within.to_owned())
    }

    proptest! {
        #[test]
        fn a_literal_is_read_as_the_text_that_it_was_made_of(text in "[ -~\n\t\u{e4}\u{4e2d}]{0,80}|[\\\\'\"`${}#\n]{0,40}") {
            prop_assert_eq!(shell_word(&shell(&text)), Some(text.clone()));
            prop_assert_eq!(unescaped(&php(&text), "'"), Some(text.clone()));
            prop_assert_eq!(unescaped(&javascript(&text), "`"), Some(text.clone()));
            let placeholders = javascript(&text).replace(r"\\", "_").replace(r"\${", "_").contains("${");
            prop_assert!(!placeholders);
            let quote = if text.contains('\n') { "'''" } else { "'" };
            prop_assert_eq!(unescaped(&python(&text), quote), Some(text.clone()));
            prop_assert_eq!(rust_literal(&rust(&text)), Some(text));
        }
    }

    #[test]
    fn what_turns_a_text_around_is_written_out_in_rust() {
        assert_eq!(rust("a\u{202e}\"b"), r#""a\u{202e}\"b""#);
    }
}
