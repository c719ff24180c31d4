//! Errors and what caused them.

use std::error::Error;

/// The error and its causes, outermost first.
pub fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The error and its causes on one line, for the log. A cause that stands word for word at the end of its parent is not repeated.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    causes(error).fold(String::new(), |text, cause| {
        let cause = cause.to_string();
        match text.as_str() {
            "" => cause,
            told if told.ends_with(&cause) => text,
            told => format!("{told}: {cause}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;

    #[test]
    fn an_error_is_told_with_everything_behind_it() {
        let error = StoreError::unavailable(std::io::Error::other("the disk is full"));
        assert_eq!(chain(&error), "the store is unavailable: the disk is full");
    }

    #[test]
    fn a_cause_that_was_quoted_is_not_repeated() {
        let inner = std::io::Error::other("the certificate expired");
        assert_eq!(chain(&std::io::Error::other(inner)), "the certificate expired");
    }
}
