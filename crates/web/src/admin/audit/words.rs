//! Actions in words that people read.

/// An action as people read it: `key.issued` is `Key issued`.
pub(super) fn action(action: &str) -> String {
    let words = action.replace(['.', '_'], " ");
    let mut chars = words.chars();
    let first = chars.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_read_as_words() {
        assert_eq!(action("endpoint.secret_rotated"), "Endpoint secret rotated");
        assert_eq!(action(""), "");
    }
}
