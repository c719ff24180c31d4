//! Typed reading of values. What does not fit is noted and reading goes on, so that all problems are told at once.

use std::fmt::Display;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use devhub_domain::secret::Secret;

use super::error::Problem;
use super::layers::{Found, Layers, Origin, Raw};
use super::listing::{Line, list};

/// Keys whose values are never repeated, neither in a list nor in a message.
pub(super) const SECRET_KEYS: [&str; 3] = ["database.url", "mail.password", "security.master_key"];
/// How many edits a mistyped key may be away from the one that is suggested; further ones would only mislead.
const EDITS_MAX: usize = 3;

/// A value could not be read; the problem is noted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noted;

/// What reading gives: a value, or nothing but a noted problem.
pub(super) type Read<T> = Result<T, Noted>;

/// Reads values and gathers problems.
#[derive(Debug)]
pub(super) struct Fields {
    layers: Layers,
    problems: Vec<Problem>,
}

impl Fields {
    /// Starts with what is known to be wrong already: keys that do not exist.
    pub(super) fn new(mut layers: Layers) -> Self {
        let mut problems = Vec::new();
        for (key, origin) in std::mem::take(&mut layers.unknown) {
            let message = match nearest(&key, layers.known.keys().map(String::as_str)) {
                Some(known) => format!("there is no such key: did you mean {known}?"),
                None => "there is no such key: config/default.toml lists all".to_owned(),
            };
            problems.push(Problem { key, origin: origin.to_string(), message });
        }
        Self { layers, problems }
    }

    /// What was wrong, in the order of the keys, and the list of all values in force.
    pub(super) fn finish(mut self) -> (Vec<Problem>, Vec<Line>) {
        self.problems.sort_by(|left, right| left.key.cmp(&right.key));
        (self.problems, list(&self.layers))
    }

    /// Any text.
    pub(super) fn text(&mut self, key: &'static str) -> Read<String> {
        match &self.found(key).raw {
            Raw::Text(text) => Ok(text.clone()),
            _ => self.refuse(key, "must be a text in quotes"),
        }
    }

    /// A text that may be empty, which means "not set".
    pub(super) fn optional_text(&mut self, key: &'static str) -> Read<Option<String>> {
        self.text(key).map(|text| Some(text).filter(|text| !text.is_empty()))
    }

    /// A path that may be empty, which means "not set".
    pub(super) fn optional_path(&mut self, key: &'static str) -> Read<Option<PathBuf>> {
        self.optional_text(key).map(|text| text.map(PathBuf::from))
    }

    /// A text of which the type itself says what it must be.
    pub(super) fn parse<T>(&mut self, key: &'static str) -> Read<T>
    where
        T: FromStr<Err: Display>,
    {
        let text = self.text(key)?;
        match text.parse() {
            Ok(value) => Ok(value),
            Err(error) => self.note(key, &error.to_string()),
        }
    }

    /// A text that `convert` understands; `expected` says what that is.
    pub(super) fn convert<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        convert: impl FnOnce(&str) -> Option<T>,
    ) -> Read<T> {
        let text = self.text(key)?;
        match convert(&text) {
            Some(value) => Ok(value),
            None => self.refuse(key, &format!("must be {expected}")),
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str) -> Read<bool> {
        match &self.found(key).raw {
            Raw::Flag(flag) => Ok(*flag),
            Raw::Text(text) if text == "true" => Ok(true),
            Raw::Text(text) if text == "false" => Ok(false),
            _ => self.refuse(key, "must be true or false"),
        }
    }

    /// A whole number within a range.
    pub(super) fn integer<T>(&mut self, key: &'static str, range: RangeInclusive<T>) -> Read<T>
    where
        T: TryFrom<i64> + PartialOrd + Display,
    {
        let number = integer_of(&self.found(key).raw);
        match number.and_then(|number| T::try_from(number).ok()).filter(|number| range.contains(number)) {
            Some(number) => Ok(number),
            None => self.refuse(key, &format!("must be a whole number from {} to {}", range.start(), range.end())),
        }
    }

    /// A whole number from 1 to `max`.
    pub(super) fn positive(&mut self, key: &'static str, max: usize) -> Read<NonZeroUsize> {
        self.integer(key, 1..=max).map(|number| NonZeroUsize::new(number).expect("the range excludes zero"))
    }

    /// A list of texts that the type itself understands.
    pub(super) fn parse_list<T: FromStr>(&mut self, key: &'static str, expected: &str) -> Read<Vec<T>> {
        let items = self.items(key).and_then(|items| {
            items.iter().map(|item| if let Raw::Text(text) = item { text.trim().parse().ok() } else { None }).collect()
        });
        match items {
            Some(items) => Ok(items),
            None => self.refuse(key, &format!("must be a list of {expected}")),
        }
    }

    /// A list of whole numbers from 0 up.
    pub(super) fn integers(&mut self, key: &'static str) -> Read<Vec<u64>> {
        let items = self.items(key).and_then(|items| {
            items.iter().map(|item| integer_of(item).and_then(|number| u64::try_from(number).ok())).collect()
        });
        match items {
            Some(items) => Ok(items),
            None => self.refuse(key, "must be a list of whole numbers"),
        }
    }

    /// A secret, which may be empty. Written on the command line it is refused.
    pub(super) fn secret(&mut self, key: &'static str) -> Read<Option<Secret>> {
        if self.is_from_flag(key) {
            return self.note(key, "secrets are not taken from the command line: use the environment or a file");
        }
        self.optional_text(key).map(|text| text.map(Secret::new))
    }

    /// Whether the value was written on the command line, where every user of the machine can read it.
    pub(super) fn is_from_flag(&self, key: &'static str) -> bool {
        matches!(self.found(key).origin, Origin::Flag(_))
    }

    /// Notes a problem with what was written for `key`, repeating it unless it is a secret.
    pub(super) fn refuse<T>(&mut self, key: &'static str, message: &str) -> Read<T> {
        if SECRET_KEYS.contains(&key) {
            return self.note(key, message);
        }
        let message = format!("{message}, got {}", self.found(key).raw);
        self.note(key, &message)
    }

    /// Notes a problem with `key`.
    pub(super) fn note<T>(&mut self, key: &'static str, message: &str) -> Read<T> {
        let origin = self.found(key).origin.to_string();
        self.problems.push(Problem { key: key.to_owned(), origin, message: message.to_owned() });
        Err(Noted)
    }

    /// The items of a list; a text is split at commas, which is how the environment and the command line write one.
    fn items(&self, key: &'static str) -> Option<Vec<Raw>> {
        match &self.found(key).raw {
            Raw::List(items) => Some(items.clone()),
            Raw::Text(text) if text.is_empty() => Some(Vec::new()),
            Raw::Text(text) => Some(text.split(',').map(|item| Raw::Text(item.trim().to_owned())).collect()),
            _ => None,
        }
    }

    fn found(&self, key: &'static str) -> &Found {
        self.layers.known.get(key).unwrap_or_else(|| panic!("{key} stands in config/default.toml, which a test reads"))
    }
}

fn integer_of(raw: &Raw) -> Option<i64> {
    match raw {
        Raw::Integer(number) => Some(*number),
        Raw::Text(text) => text.parse().ok(),
        Raw::Flag(_) | Raw::List(_) | Raw::Other(_) => None,
    }
}

/// The known key that `key` was most likely meant to be: nearest by edits, or of the same last word in another section.
fn nearest<'k>(key: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let last_word = |key: &str| key.rsplit('.').next().map(str::to_owned);
    let distance = |known: &str| {
        let edits = strsim::damerau_levenshtein(key, known);
        if last_word(key) == last_word(known) { edits.min(1) } else { edits }
    };
    known.map(|known| (distance(known), known)).min().filter(|(edits, _)| *edits <= EDITS_MAX).map(|(_, known)| known)
}
