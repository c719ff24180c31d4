//! An opened hub: database, master key and installation together, as every command needs them.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use devhub_domain::api_keys::{ApiKeys, Authenticator, KeyDirectory, TokenHasher};
use devhub_domain::entropy::{Entropy, SystemEntropy};
use devhub_domain::explain::Explanations;
use devhub_domain::installation::{InstallationTx, Installed, open_or_install};
use devhub_domain::operators::{OperatorSessions, Operators};
use devhub_domain::rate::{RateLimits, Rulebook, RulebookLoader};
use devhub_domain::resends::Resends;
use devhub_domain::restores::Restores;
use devhub_domain::sealing::{KeyFingerprint, MasterKey, Sealer};
use devhub_domain::store::{StoreError, UnitOfWork, read};
use devhub_domain::time::{Clock, SystemClock};
use devhub_domain::webhooks::Endpoints;
use devhub_domain::workspaces::Workspaces;
use devhub_limiter::{AddressGuard, Buckets};
use devhub_storage::Database;

use crate::config::Settings;
use crate::control::{Action, DeliveryDesk, Desk, OperatorDesk, Reply, ask};
use crate::places::Places;
use crate::terminal::Terminal;
use crate::wire::rulebook;
use crate::{master_key, private_file, store};

/// What every command that works on a hub holds.
#[derive(Clone)]
pub(crate) struct Opened {
    /// The database, up to date.
    pub(crate) database: Database,
    /// Seals under the master key.
    pub(crate) sealer: Arc<Sealer>,
    /// Names the master key.
    pub(crate) master_key: KeyFingerprint,
    /// The pepper and the default workspace.
    pub(crate) installed: Installed,
    /// Where everything is.
    pub(crate) places: Places,
    /// The system's clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// The system's random source.
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl Opened {
    /// Opens everything for serving: makes and migrates what the configuration allows.
    ///
    /// # Errors
    /// What [`store`] and [`master_key`] say, and a master key that does not fit.
    pub(crate) fn for_serving(settings: &Settings, terminal: Terminal) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let database = store::open(settings)?;
        if settings.database.migrates_at_start {
            store::migrate(&database, &*clock, terminal)?;
        } else {
            store::require_current(&database)?;
        }
        Self::new(settings, database, clock)
    }

    /// Opens what must be there, up to date and set up already, for one command.
    ///
    /// # Errors
    /// As [`Opened::for_serving`], and when no hub was ever started on the database.
    pub(crate) fn for_command(settings: &Settings) -> anyhow::Result<Self> {
        let database = store::open_existing(settings)?;
        store::require_current(&database)?;
        // Going on would set a hub up, with a master key beside whoever typed the command.
        if !is_installed(&database).context("the database does not answer")? {
            bail!("no hub was set up in {} yet: start one with `devhub serve`", settings.database.url);
        }
        Self::new(settings, database, Arc::new(SystemClock::new()))
    }

    /// Opens a database that is up to date.
    ///
    /// # Errors
    /// When the master key is missing or does not fit.
    pub(crate) fn new(settings: &Settings, database: Database, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let places = Places::of(settings);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new());
        let key = find_or_make_master_key(settings, &places, &database, &*entropy)?;
        let sealer = Arc::new(Sealer::new(&key));
        let installed = open_or_install(&database, &sealer, &*clock, &*entropy)
            .context("this master key does not open this database, or the database does not answer")?;
        Ok(Self { database, sealer, master_key: key.id(), installed, places, clock, entropy })
    }

    /// The use cases of keys over `directory`.
    pub(crate) fn keys(&self, settings: &Settings, directory: Arc<KeyDirectory>) -> ApiKeys {
        let hasher = TokenHasher::new(self.installed.pepper.clone());
        ApiKeys::new(Arc::new(self.database.clone()), directory, hasher, self.clock.clone(), self.entropy.clone())
            .with_prefix(settings.token_prefix.clone())
    }

    /// What authenticates over `directory`.
    pub(crate) fn authenticator(&self, settings: &Settings, directory: Arc<KeyDirectory>) -> Arc<Authenticator> {
        let hasher = TokenHasher::new(self.installed.pepper.clone());
        let (store, prefix) = (Arc::new(self.database.clone()), settings.token_prefix.clone());
        Arc::new(Authenticator::new(store, directory, hasher, prefix, self.clock.clone()))
    }

    /// What explains decisions by these rules where no hub runs: nothing has been spent of any rate.
    fn explanations(&self, settings: &Settings, directory: Arc<KeyDirectory>, rulebook: Arc<Rulebook>) -> Explanations {
        let rules = settings.limits.rules.clone();
        let guard = AddressGuard::new(&rules.failed_authentications, self.clock.clone());
        let rates = RateLimits::new(rules, Arc::new(Buckets::new()), Arc::new(guard), self.clock.clone())
            .with_rulebook(rulebook);
        Explanations::new(self.authenticator(settings, directory), rates, self.clock.clone())
    }

    /// The use cases of operators' sessions.
    pub(crate) fn sessions(&self) -> OperatorSessions {
        OperatorSessions::new(Arc::new(self.database.clone()), self.clock.clone())
    }

    fn operator_desk(&self, settings: &Settings) -> OperatorDesk {
        let store = Arc::new(self.database.clone());
        let operators = Operators::new(store, self.clock.clone(), self.entropy.clone());
        OperatorDesk {
            operators,
            workspace_id: self.installed.default_workspace_id,
            is_second_factor_required: settings.security.requires_totp,
        }
    }

    fn delivery_desk(&self) -> DeliveryDesk {
        let store = Arc::new(self.database.clone());
        DeliveryDesk {
            restores: Restores::new(store.clone(), self.clock.clone()),
            resends: Resends::new(store.clone(), self.clock.clone(), self.entropy.clone()),
            workspaces: Workspaces::new(store, self.clock.clone()),
        }
    }

    /// The use cases of webhook endpoints where no hub runs, which sends nothing.
    fn endpoints(&self, settings: &Settings) -> Endpoints {
        let (store, rules) = (Arc::new(self.database.clone()), settings.webhooks.rules.clone());
        Endpoints::new(store, self.sealer.clone(), rules, self.clock.clone(), self.entropy.clone())
    }

    /// What carries out the command line's wishes.
    pub(crate) fn desk(
        &self,
        settings: &Settings,
        keys: ApiKeys,
        explanations: Explanations,
        endpoints: Endpoints,
    ) -> Desk {
        Desk {
            endpoints,
            keys,
            explanations,
            operators: self.operator_desk(settings),
            deliveries: self.delivery_desk(),
            workspace_id: self.installed.default_workspace_id,
            database: self.database.clone(),
            folder: self.places.database_folder.clone(),
            entropy: self.entropy.clone(),
            clock: self.clock.clone(),
            master_key: self.master_key,
            has_sandbox: settings.has_sandbox,
        }
    }
}

/// An answer, and who gave it.
#[derive(Debug)]
pub(crate) struct Answer {
    /// What was answered.
    pub(crate) reply: Reply,
    /// Whether a running hub did it, so that it knows of it; otherwise this program did, on the database.
    pub(crate) is_from_hub: bool,
}

/// Has the running hub carry `action` out, or, when there is none, this program on the database that it opens.
///
/// # Errors
/// Whatever refuses, in its words.
pub(crate) fn ask_hub_or_open(settings: &Settings, action: Action) -> anyhow::Result<Answer> {
    if let Some(reply) = ask(&Places::of(settings), action.clone())? {
        return Ok(Answer { reply, is_from_hub: true });
    }
    let opened = Opened::for_command(settings)?;
    let directory = Arc::new(KeyDirectory::new());
    let rulebook = Arc::new(rulebook(settings, &opened));
    if matches!(action, Action::ExplainKey(_)) {
        // For this action alone: nothing else asks for rates, and a policy that cannot be read should keep nobody from revoking a key.
        let loader = RulebookLoader::new(Arc::new(opened.database.clone()), rulebook.clone());
        loader.load().context("rate policies cannot be read")?;
    }
    let explanations = opened.explanations(settings, directory.clone(), rulebook.clone());
    let keys = opened.keys(settings, directory).with_rulebook(rulebook);
    let endpoints = opened.endpoints(settings);
    let reply = opened.desk(settings, keys, explanations, endpoints).carry_out(action);
    opened.database.shutdown();
    if let Reply::Refused { message, .. } = reply {
        bail!(message);
    }
    Ok(Answer { reply, is_from_hub: false })
}

/// Says that the two sides do not understand each other.
pub(crate) fn unexpected() -> anyhow::Error {
    anyhow::anyhow!("the running hub gave another answer than asked for: use the same program for both")
}

/// The master key that must be there already.
///
/// # Errors
/// When it is not, or is not one.
pub(crate) fn read_master_key(settings: &Settings) -> anyhow::Result<MasterKey> {
    match &settings.security.master_key {
        Some(key) => Ok(key.clone()),
        None => Ok(master_key::read(&Places::of(settings).master_key_file)?),
    }
}

/// The master key of the configuration or of the file, which is made for a database that has none yet.
fn find_or_make_master_key(
    settings: &Settings,
    places: &Places,
    database: &Database,
    entropy: &dyn Entropy,
) -> anyhow::Result<MasterKey> {
    let file = &places.master_key_file;
    if settings.security.master_key.is_some() || file.exists() || is_installed(database)? {
        return read_master_key(settings);
    }
    private_file::create_folder(&places.state_folder)
        .with_context(|| format!("the folder {} cannot be made", places.state_folder.display()))?;
    Ok(master_key::create(file, entropy)?)
}

/// Whether the database belongs to a hub that was set up.
///
/// # Errors
/// The store's own.
pub(crate) fn is_installed(database: &Database) -> Result<bool, StoreError> {
    let store: &dyn UnitOfWork<dyn InstallationTx> = database;
    read(store, |tx| Ok(tx.find_installation()?.is_some()))
}
