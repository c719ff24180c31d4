//! `[database]`.

use devhub_storage::{DatabaseUrl, Options, Synchronous};

use super::fields::{Fields, Read};
use super::listing::{MASK, without_password};

/// Where everything is kept, and how it is opened.
#[derive(Clone, Debug)]
pub(crate) struct DatabaseSettings {
    /// Which database.
    pub(crate) url: DatabaseUrl,
    /// Whether `serve` brings an older database up to date.
    pub(crate) migrates_at_start: bool,
    /// How it is opened.
    pub(crate) options: Options,
}

impl DatabaseSettings {
    pub(super) fn read(fields: &mut Fields) -> Read<Self> {
        let url = read_url(fields);
        let migrates_at_start = fields.flag("database.migrate_at_start");
        let allow_plaintext = fields.flag("database.allow_plaintext");
        let readers = fields.integer("database.readers", 1..=64_usize);
        let writers = fields.integer("database.writers", 1..=64_usize);
        let queue_max = fields.integer("database.queue_max", 64..=1_000_000_usize);
        let synchronous = fields.convert("database.synchronous", "\"full\" or \"off\"", |word| match word {
            "full" => Some(Synchronous::Full),
            "off" => Some(Synchronous::Off),
            _ => None,
        });
        Ok(Self {
            url: url?,
            migrates_at_start: migrates_at_start?,
            options: Options {
                readers: readers?,
                writers: writers?,
                queue_max: queue_max?,
                allow_plaintext: allow_plaintext?,
                synchronous: synchronous?,
                ..Options::default()
            },
        })
    }
}

/// The address. A password in it is refused on the command line, as every secret is: other users of the machine can read that.
fn read_url(fields: &mut Fields) -> Read<DatabaseUrl> {
    let key = "database.url";
    let text = fields.text(key)?;
    if fields.is_from_flag(key) && without_password(&text).contains(MASK) {
        return fields.note(key, "a password is not taken from the command line: use the environment or a file");
    }
    fields.parse(key)
}
