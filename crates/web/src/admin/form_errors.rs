//! What is wrong with a form that was sent: said at each field, and before the form.

use actix_web::http::StatusCode;

use super::components::{Alert, Choices, ErrorSummary, Field, Select, TextArea, Tone};

/// What is wrong with a field: its name, and what to change.
pub(super) type Wrong = (&'static str, String);

/// Why a form was not saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// These fields are to be mended.
    Fields(Vec<Wrong>),
    /// It cannot be saved whatever is in its fields: a title, and what to do.
    Whole(&'static str, String),
    /// Somebody else has saved another state of what it changes; a title that says of what.
    Stale(&'static str),
}

/// What is said of a state that somebody else has saved.
const STALE: &str =
    "Nothing was saved. What you typed stands below: save it again to write over what they did, or cancel to see it.";

/// Where a page says what is wrong with its form.
pub(super) struct Places<'p> {
    /// The title of the page: it begins with what a screen reader must read first.
    pub(super) title: &'p mut String,
    pub(super) alert: &'p mut Option<Alert>,
    pub(super) errors: &'p mut Option<ErrorSummary>,
}

impl Refused {
    /// The revision that the form is shown again with.
    ///
    /// Who was told that somebody else has saved another state may write over it: that of `now`. Who was told of a field knows of no
    /// other state than the one that was `seen`, and must not write over it by mending the field.
    pub(super) const fn revision(&self, seen: i64, now: i64) -> i64 {
        match self {
            Self::Stale(_) => now,
            Self::Fields(_) | Self::Whole(..) => seen,
        }
    }

    /// Says it on the page; `summary` is the title above errors of fields.
    pub(super) fn tell(self, places: Places<'_>, parts: &mut [&mut dyn Refusable], summary: &str) -> StatusCode {
        let Places { title, alert, errors } = places;
        let (what, text) = match self {
            Self::Fields(wrong) => {
                *errors = Some(refuse(title, parts, summary, wrong));
                return StatusCode::UNPROCESSABLE_ENTITY;
            }
            Self::Whole(what, text) => (what, text),
            Self::Stale(what) => (what, STALE.to_owned()),
        };
        *title = format!("Error: {title}");
        *alert = Some(Alert { tone: Tone::Bad, title: what.to_owned(), text });
        StatusCode::CONFLICT
    }
}

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
    fn only_who_was_told_of_another_state_may_write_over_it() {
        assert_eq!(Refused::Fields(Vec::new()).revision(1, 2), 1);
        assert_eq!(Refused::Whole("Too many", String::new()).revision(1, 2), 1);
        assert_eq!(Refused::Stale("Changed meanwhile").revision(1, 2), 2);
    }

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
