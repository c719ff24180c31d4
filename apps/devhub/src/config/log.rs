//! `[log]`.

use tracing_subscriber::EnvFilter;

use super::fields::{Fields, Read};

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// What is logged, and how.
#[derive(Clone, Debug)]
pub(crate) struct LogSettings {
    /// How a line looks.
    pub(crate) format: LogFormat,
    /// Which lines there are; known to be a filter.
    pub(crate) filter: String,
}

impl LogSettings {
    pub(super) fn read(fields: &mut Fields) -> Read<Self> {
        let format = fields.convert("log.format", "\"text\" or \"json\"", |word| match word {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        });
        let filter =
            fields.convert("log.filter", "levels such as \"info\" or \"info,devhub_delivery=debug\"", |text| {
                EnvFilter::try_new(text).ok().map(|_| text.to_owned())
            });
        Ok(Self { format: format?, filter: filter? })
    }
}
