//! Query strings: each parameter is known, stands once, and is taken by name.

use std::borrow::Cow;

use url::form_urlencoded;

use super::{Invalid, is_plain_name};
use crate::problem_body::Problem;

/// The parameters of one request.
pub(crate) struct Params<'r>(Vec<(Cow<'r, str>, Cow<'r, str>)>);

impl<'r> Params<'r> {
    /// Reads a query string.
    ///
    /// A misspelt filter that is passed over would show the whole list and hide the mistake, so that unknown names are refused.
    pub(crate) fn parse(query: &'r str, known: &[&str]) -> Result<Self, Problem> {
        let mut invalid = Invalid::default();
        let mut params: Vec<(Cow<'r, str>, Cow<'r, str>)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let shown = || if is_plain_name(&name) { name.clone().into_owned() } else { String::new() };
            if !known.contains(&&*name) {
                invalid.refuse(shown(), unknown(known));
            } else if params.iter().any(|(other, _)| *other == name) {
                invalid.refuse(shown(), "parameter must not be repeated".to_owned());
            } else {
                params.push((name, value));
            }
        }
        invalid.finish()?;
        Ok(Self(params))
    }

    /// The value of a parameter, `None` when it is absent.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }
}

fn unknown(known: &[&str]) -> String {
    if known.is_empty() {
        return "unknown parameter: this path takes none".to_owned();
    }
    format!("unknown parameter: use {}", known.join(", "))
}
