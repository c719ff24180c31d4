//! The sources, one over the other: for each key the value of the last source that has it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::PathBuf;

use config::{Environment, File, FileFormat, Source as _, Value, ValueKind};

use super::environment::variable_of;
use super::{ConfigError, Override};

/// Every key with its default and its manual.
const DEFAULTS: &str = include_str!("../../../../config/default.toml");

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The embedded file.
    Default,
    /// The operator's file.
    File(PathBuf),
    /// A variable.
    Environment(String),
    /// A flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// A value as it was written, before its key's own check.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    Text(String),
    Integer(i64),
    Flag(bool),
    List(Vec<Self>),
    /// Something that no key takes, named for the message.
    Other(&'static str),
}

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Integer(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Other(what) => f.write_str(what),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) raw: Raw,
    pub(super) origin: Origin,
}

/// All sources, merged.
#[derive(Debug)]
pub(super) struct Layers {
    /// The value in force of each key there is.
    pub(super) known: BTreeMap<String, Found>,
    /// What no key is called.
    pub(super) unknown: Vec<(String, Origin)>,
}

impl Layers {
    /// Merges the defaults, a file, variables and flags, in this order.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`] and [`ConfigError::Syntax`] for the file.
    pub(super) fn merge(
        file: Option<PathBuf>,
        variables: HashMap<String, String>,
        overrides: &[Override],
    ) -> Result<Self, ConfigError> {
        let defaults = leaves_of_toml(DEFAULTS).expect("the embedded file is TOML, which a test reads");
        let known = defaults.into_iter().map(|(key, raw)| (key, Found { raw, origin: Origin::Default })).collect();
        let mut layers = Self { known, unknown: Vec::new() };
        if let Some(path) = file {
            layers.put_file(path)?;
        }
        layers.put_variables(variables);
        for Override { key, value, flag } in overrides {
            layers.put(key.clone(), Found { raw: Raw::Text(value.clone()), origin: Origin::Flag(flag) });
        }
        Ok(layers)
    }

    fn put_file(&mut self, path: PathBuf) -> Result<(), ConfigError> {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(ConfigError::Unreadable { path, source }),
        };
        let leaves = match leaves_of_toml(&text) {
            Ok(leaves) => leaves,
            Err(error) => return Err(ConfigError::Syntax { path, detail: without_the_line(&error.to_string()) }),
        };
        for (key, raw) in leaves {
            self.put(key, Found { raw, origin: Origin::File(path.clone()) });
        }
        Ok(())
    }

    fn put_variables(&mut self, variables: HashMap<String, String>) {
        let source = Environment::with_prefix("DEVHUB").prefix_separator("__").separator("__").source(Some(variables));
        let collected = source.collect().expect("variables that are given as texts are always collected");
        for (key, value) in collected {
            let origin = Origin::Environment(variable_of(&key));
            self.put(key, Found { raw: raw(value.kind), origin });
        }
    }

    fn put(&mut self, key: String, found: Found) {
        match self.known.get_mut(&key) {
            Some(current) => *current = found,
            None => self.unknown.push((key, found.origin)),
        }
    }
}

/// The leaves of a TOML text by their dotted keys, in order.
fn leaves_of_toml(text: &str) -> Result<BTreeMap<String, Raw>, config::ConfigError> {
    let table = File::from_str(text, FileFormat::Toml).collect()?;
    let mut leaves = BTreeMap::new();
    for (key, value) in table {
        flatten(key, value, &mut leaves);
    }
    Ok(leaves)
}

/// What the TOML parser says, less the lines between its first and its last: those repeat the file.
fn without_the_line(said: &str) -> String {
    let mut lines = said.lines().filter(|line| !line.is_empty());
    match (lines.next(), lines.next_back()) {
        (Some(place), Some(message)) => format!("{}: {message}", place.trim_start_matches("TOML parse error at ")),
        // Only a number that does not fit is told in one line, and without the number.
        (said, _) => said.unwrap_or_default().to_owned(),
    }
}

fn flatten(key: String, value: Value, leaves: &mut BTreeMap<String, Raw>) {
    match value.kind {
        ValueKind::Table(table) => {
            for (name, value) in table {
                flatten(format!("{key}.{name}"), value, leaves);
            }
        }
        kind => {
            leaves.insert(key, raw(kind));
        }
    }
}

fn raw(kind: ValueKind) -> Raw {
    match kind {
        ValueKind::Boolean(flag) => Raw::Flag(flag),
        ValueKind::I64(number) => Raw::Integer(number),
        ValueKind::String(text) => Raw::Text(text),
        ValueKind::Array(items) => Raw::List(items.into_iter().map(|item| raw(item.kind)).collect()),
        ValueKind::Nil => Raw::Other("nothing"),
        ValueKind::I128(_) | ValueKind::U64(_) | ValueKind::U128(_) => Raw::Other("a number that is too large"),
        ValueKind::Float(_) => Raw::Other("a number with a fraction"),
        ValueKind::Table(_) => Raw::Other("a table"),
    }
}
