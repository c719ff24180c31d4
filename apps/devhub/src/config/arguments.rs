//! The flags that choose a configuration.

use std::path::{Path, PathBuf};

use super::{ConfigError, Settings, variables};

/// The file that is read when none is named and it is there.
const FILE: &str = "devhub.toml";

/// A key that a flag sets.
#[derive(Clone, Debug)]
pub(crate) struct Override {
    /// The key, with its section.
    pub(crate) key: String,
    /// Its value, as in the environment.
    pub(crate) value: String,
    /// The flag, for messages.
    pub(crate) flag: &'static str,
}

/// Flags that every command takes.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct ConfigArguments {
    /// Configuration file [default: ./devhub.toml, when it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Sets a key, such as --set log.format=json; may be repeated
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = key_and_value)]
    set: Vec<(String, String)>,
    /// Address and port to listen on (server.listen)
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Folder of the SQLite database (database.url = sqlite:FOLDER)
    #[arg(long, global = true, value_name = "FOLDER", conflicts_with = "database_url")]
    data: Option<String>,
    /// Database address (database.url)
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
}

impl ConfigArguments {
    /// Reads and checks the whole configuration.
    ///
    /// # Errors
    /// Every problem at once.
    pub(crate) fn load(&self) -> Result<Settings, ConfigError> {
        let file = self.config.clone().or_else(|| Path::new(FILE).exists().then(|| PathBuf::from(FILE)));
        Settings::load(file, variables(), &self.overrides())
    }

    fn overrides(&self) -> Vec<Override> {
        let set = self.set.iter().map(|(key, value)| (key.as_str(), value.clone(), "--set"));
        let named = [
            ("server.listen", self.listen.clone(), "--listen"),
            ("database.url", self.data.as_ref().map(|folder| format!("sqlite:{folder}")), "--data"),
            ("database.url", self.database_url.clone(), "--database-url"),
        ];
        let named = named.into_iter().filter_map(|(key, value, flag)| Some((key, value?, flag)));
        set.chain(named).map(|(key, value, flag)| Override { key: key.to_owned(), value, flag }).collect()
    }
}

fn key_and_value(text: &str) -> Result<(String, String), &'static str> {
    let (key, value) = text.split_once('=').ok_or("write section.key=value")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}
