//! Gathers what is wrong with a request, so that a caller sees all of it at once.

use std::borrow::Cow;
use std::fmt::Display;

use crate::problem_body::{FieldError, Problem};

/// Most complaints in one answer.
const ERRORS_MAX: usize = 20;

/// The fields that are not what they must be.
#[derive(Default)]
pub(crate) struct Invalid(Vec<FieldError>);

impl Invalid {
    /// The value, or `None` with a complaint about its field.
    pub(crate) fn check<T, E: Display>(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        checked: Result<T, E>,
    ) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(field, error.to_string());
                None
            }
        }
    }

    /// The values, or `None` with a complaint about each wrong one, named `field[position]`.
    pub(crate) fn check_all<T, E: Display>(
        &mut self,
        field: &str,
        checked: impl IntoIterator<Item = Result<T, E>>,
    ) -> Option<Vec<T>> {
        let values: Vec<_> = (0..)
            .zip(checked)
            .map(|(position, checked): (usize, _)| self.check(format!("{field}[{position}]"), checked))
            .collect();
        values.into_iter().collect()
    }

    /// Adds a complaint.
    pub(crate) fn refuse(&mut self, field: impl Into<Cow<'static, str>>, detail: String) {
        if self.0.len() < ERRORS_MAX {
            self.0.push(FieldError { field: field.into(), detail });
        }
    }

    /// A value that is there, and nothing else was wrong.
    pub(crate) fn require<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) => self.finish().map(|()| value),
            None => Err(self.into()),
        }
    }

    /// Goes on only when nothing was wrong.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(self.into()) }
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::invalid_fields(invalid.0)
    }
}
