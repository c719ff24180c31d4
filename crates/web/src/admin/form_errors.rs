//! What is wrong with a form that was sent: said at each field, and before the form.

use super::components::{Choices, ErrorSummary, Field, Select, TextArea};

/// What is wrong with a field: its name, and what to change.
pub(super) type Wrong = (&'static str, String);

/// A part of a form that can say what is wrong with it.
pub(super) trait Refusable {
    /// What the form sends it as.
    fn name(&self) -> &'static str;

    /// Where it says what is wrong.
    fn error(&mut self) -> &mut Option<String>;
}

macro_rules! refusable {
    ($($part:ty),*) => {
        $(impl Refusable for $part {
            fn name(&self) -> &'static str {
                self.name
            }

            fn error(&mut self) -> &mut Option<String> {
                &mut self.error
            }
        })*
    };
}

refusable!(Field, Select, Choices, TextArea);

/// Says each error at its part; the first one where there are several.
pub(super) fn at_fields(parts: &mut [&mut dyn Refusable], wrong: &[Wrong]) {
    for (name, text) in wrong {
        if let Some(part) = parts.iter_mut().find(|part| part.name() == *name) {
            part.error().get_or_insert_with(|| text.clone());
        }
    }
}

/// Says each error at its part, and all of them in the summary that stands before the form.
///
/// `title` is that of the page: it begins with what a screen reader must read first.
pub(super) fn refuse(
    title: &mut String,
    parts: &mut [&mut dyn Refusable],
    summary: &str,
    wrong: Vec<Wrong>,
) -> ErrorSummary {
    at_fields(parts, &wrong);
    *title = format!("Error: {title}");
    let errors = wrong.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
    ErrorSummary { title: summary.to_owned(), errors }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_stands_at_its_field_and_in_the_summary() {
        let field = |name| Field { name, ..Field::default() };
        let (mut title, mut name, mut limit) = ("Add rule".to_owned(), field("name"), field("limit"));
        let wrong = ["Too long.", "Not a word."].map(|text| ("name", text.to_owned()));
        let summary = refuse(&mut title, &mut [&mut limit, &mut name], "The rule was not saved", wrong.into());
        assert_eq!((name.error.as_deref(), limit.error), (Some("Too long."), None));
        let texts: Vec<_> = summary.errors.iter().map(|(field, text)| (field.as_str(), text.as_str())).collect();
        assert_eq!(texts, [("name", "Too long."), ("name", "Not a word.")]);
        assert_eq!(title, "Error: Add rule");
    }
}
