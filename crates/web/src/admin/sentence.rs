//! Errors as people read them.

/// The text of an error, which begins small and has no full stop, as a sentence.
pub(super) fn sentence(error: &str) -> String {
    let mut chars = error.chars();
    let first = chars.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(chars).chain(['.']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_becomes_a_sentence() {
        assert_eq!(sentence("label must be short"), "Label must be short.");
        assert_eq!(sentence(""), ".");
    }
}
