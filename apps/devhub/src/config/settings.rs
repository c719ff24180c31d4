//! The whole configuration.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use devhub_domain::api_keys::TokenPrefix;
use devhub_notify::MailOptions;

use super::fields::{Fields, Read};
use super::layers::Layers;
use super::{
    ConfigError, DatabaseSettings, LimitSettings, Line, LogSettings, Override, SecuritySettings, ServerSettings,
    WebhookSettings, keys, mail, merchant, metrics, nodes,
};

/// The configuration, checked.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting that is on or off")]
pub(crate) struct Settings {
    /// `[server]`.
    pub(crate) server: ServerSettings,
    /// `server.allowed_origins`: whose pages may call OwnPay's API from a browser.
    pub(crate) allowed_origins: Vec<String>,
    /// `sandbox.enabled`: whether there is a platform behind OwnPay's API.
    pub(crate) has_sandbox: bool,
    /// `reference.public`: whether everybody may read the endpoint reference.
    pub(crate) is_reference_public: bool,
    /// `[database]`.
    pub(crate) database: DatabaseSettings,
    /// `keys.token_prefix`.
    pub(crate) token_prefix: TokenPrefix,
    /// `keys.usage_days`.
    pub(crate) usage_kept_for: Duration,
    /// `keys.spray_threshold`: how many unknown keys of one network in an hour are a spray; `None` looks for none.
    pub(crate) spray_threshold: Option<NonZeroU64>,
    /// `[security]`.
    pub(crate) security: SecuritySettings,
    /// `[limits]`.
    pub(crate) limits: LimitSettings,
    /// `[webhooks]`.
    pub(crate) webhooks: WebhookSettings,
    /// `[log]`.
    pub(crate) log: LogSettings,
    /// `metrics.listen`: where metrics are served; `None` nowhere.
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// `nodes.experimental`: whether a second node may start.
    pub(crate) allows_several_nodes: bool,
    /// `[mail]`; `None` sends none.
    pub(crate) mail: Option<MailOptions>,
    /// `mail.key_events`: whether operators are written to about keys.
    pub(crate) mails_key_events: bool,
    /// Every key with its value and where that came from, for `devhub check`.
    pub(crate) listing: Vec<Line>,
}

impl Settings {
    /// Merges all sources and checks every value.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every problem there is, or what is wrong with the file.
    pub(crate) fn load(
        file: Option<PathBuf>,
        variables: HashMap<String, String>,
        overrides: &[Override],
    ) -> Result<Self, ConfigError> {
        let mut fields = Fields::new(Layers::merge(file, variables, overrides)?);
        let settings = Self::read(&mut fields);
        let (problems, listing) = fields.finish();
        match settings {
            Ok(settings) if problems.is_empty() => Ok(Self { listing, ..settings }),
            _ => Err(ConfigError::Invalid { problems }),
        }
    }

    /// Reads every section before any is given up, so that no problem hides another.
    fn read(fields: &mut Fields) -> Read<Self> {
        let server = ServerSettings::read(fields);
        let allowed_origins = merchant::read_allowed_origins(fields);
        let has_sandbox = merchant::read_sandbox(fields);
        let is_reference_public = fields.flag("reference.public");
        let database = DatabaseSettings::read(fields);
        let token_prefix = keys::read_token_prefix(fields);
        let usage_kept_for = keys::read_usage_kept_for(fields);
        let spray_threshold = keys::read_spray_threshold(fields);
        let security = SecuritySettings::read(fields);
        let limits = LimitSettings::read(fields);
        let webhooks = WebhookSettings::read(fields);
        let log = LogSettings::read(fields);
        let metrics_listen = metrics::read_listen(fields);
        let allows_several_nodes = nodes::read_experimental(fields);
        let mail = mail::read_mail(fields);
        let mails_key_events = mail::read_key_events(fields);
        let (server, mut webhooks) = (server?, webhooks?);
        webhooks.rules.policy = webhooks.rules.policy.with_own(server.own_destinations());
        Ok(Self {
            server,
            allowed_origins: allowed_origins?,
            has_sandbox: has_sandbox?,
            is_reference_public: is_reference_public?,
            database: database?,
            token_prefix: token_prefix?,
            usage_kept_for: usage_kept_for?,
            spray_threshold: spray_threshold?,
            security: security?,
            limits: limits?,
            webhooks,
            log: log?,
            metrics_listen: metrics_listen?,
            allows_several_nodes: allows_several_nodes?,
            mail: mail?,
            mails_key_events: mails_key_events?,
            listing: Vec::new(),
        })
    }
}
