//! Rust text without what is only written about: comments, the contents of literals, attributes.
//!
//! A rule that looks for a word must not find it in the sentence that forbids it.

/// The text with each comment and literal replaced by an empty one; line breaks stay.
pub(super) fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let after_word = code.chars().next_back().is_some_and(is_word);
        let (length, replacement) = comment(rest)
            .map(|length| (length, " "))
            .or_else(|| literal(rest, after_word).map(|length| (length, "\"\"")))
            .unwrap_or((letter.len_utf8(), ""));
        let (piece, remaining) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if replacement.is_empty() {
            code.push_str(piece);
        } else {
            code.push_str(replacement);
            code.extend(piece.chars().filter(|letter| *letter == '\n'));
        }
        rest = remaining;
    }
    code
}

/// Code, as [`code_only`] leaves it, without `#[…]` and `#![…]`.
pub(super) fn without_attributes(code: &str) -> String {
    let mut bare = String::with_capacity(code.len());
    let mut depth = 0_usize;
    let mut letters = code.chars().peekable();
    while let Some(letter) = letters.next() {
        if depth > 0 {
            match letter {
                '[' => depth += 1,
                ']' => depth -= 1,
                _ => {}
            }
        } else if letter == '#' && matches!(letters.peek(), Some('[' | '!')) {
            letters.next_if_eq(&'!');
            letters.next_if_eq(&'[');
            depth = 1;
        } else {
            bare.push(letter);
        }
    }
    bare
}

/// The number of the line with the first occurrence, counted from 1, that is no part of a longer word.
pub(super) fn line_of(code: &str, word: &str) -> Option<usize> {
    let at = code.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = code.get(..*at).and_then(|text| text.chars().next_back());
        let after = code.get(at + word.len()..).and_then(|text| text.chars().next());
        let goes_on_before = before.is_some_and(is_word) && word.starts_with(is_word);
        let goes_on_after = after.is_some_and(is_word) && word.ends_with(is_word);
        !goes_on_before && !goes_on_after
    })?;
    code.get(..at).map(|before| before.matches('\n').count() + 1)
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The length of the comment that the text starts with.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if !text.starts_with("/*") {
        return None;
    }
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            return Some(at);
        }
    }
    Some(text.len())
}

/// The length of the text or character literal that the text starts with.
fn literal(text: &str, after_word: bool) -> Option<usize> {
    if let Some(rest) = text.strip_prefix('"') {
        return Some(1 + escaped(rest, '"'));
    }
    if !after_word && let Some(length) = raw_literal(text) {
        return Some(length);
    }
    let rest = text.strip_prefix('\'')?;
    if rest.starts_with('\\') {
        return Some(1 + escaped(rest, '\''));
    }
    // 'x' is a character, 'x without the second quote a lifetime.
    let letter = rest.chars().next()?;
    rest.get(letter.len_utf8()..)?.starts_with('\'').then_some(letter.len_utf8() + 2)
}

/// The length up to and with the closing quote, in which a backslash hides what follows it.
fn escaped(text: &str, quote: char) -> usize {
    let mut is_hidden = false;
    for (at, letter) in text.char_indices() {
        if is_hidden {
            is_hidden = false;
        } else if letter == '\\' {
            is_hidden = true;
        } else if letter == quote {
            return at + 1;
        }
    }
    text.len()
}

fn raw_literal(text: &str) -> Option<usize> {
    let fenced = ["br", "cr", "r"].iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let body = fenced.trim_start_matches('#');
    let fence = fenced.len() - body.len();
    let body = body.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(fence));
    let start = text.len() - body.len();
    Some(body.find(&end).map_or(text.len(), |at| start + at + end.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_emptied() {
        let rows = [
            ("a // todo!()\nb", "a  \nb"),
            ("a /* x /* y */ z */ b", "a   b"),
            ("f(\"say \\\"todo!\\\"\")", "f(\"\")"),
            ("f(r#\"a \"quoted\" word\"#, 1)", "f(\"\", 1)"),
            ("for\"x\"", "for\"\""),
            ("'\"' 'a 'b", "\"\" 'a 'b"),
            ("'\\'' \"c\"", "\"\" \"\""),
            ("br\"x\" b\"y\"", "\"\" b\"\""),
        ];
        for (text, expected) in rows {
            assert_eq!(code_only(text), expected, "{text}");
        }
    }

    #[test]
    fn attributes_are_left_out_with_their_brackets() {
        assert_eq!(without_attributes("#![x([1])]\n#[cfg(test)]\nmod a;"), "\n\nmod a;");
    }

    #[test]
    fn a_word_is_not_found_inside_a_longer_one() {
        assert_eq!(line_of("let my_todo!;\n todo!()", "todo!"), Some(2));
        assert_eq!(line_of("UnitOfWorker", "UnitOfWork"), None);
    }
}
