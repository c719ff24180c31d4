//! Carries out what the command line asks for, in a running hub or on a database that it opened itself: the same use cases.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use devhub_domain::api_keys::{
    ApiKeyError, ApiKeyFilter, ApiKeys, Environment, KeyStatus, Label, NewApiKey, Scope, ScopeSet,
};
use devhub_domain::audit::Actor;
use devhub_domain::entropy::{Entropy, random_bytes};
use devhub_domain::id::{IdError, KeyId, WorkspaceId};
use devhub_domain::page::{PageRequest, PageSize};
use devhub_storage::Database;
use ipnet::IpNet;

use super::{Action, KeyView, NewKey, Reply, Revealed};

/// What a copy of the database is called.
const SNAPSHOT_PREFIX: &str = "snapshot-";
const SNAPSHOT_SUFFIX: &str = ".db";

/// The words in which a request is wrong.
#[derive(Debug, thiserror::Error)]
enum DeskError {
    #[error(transparent)]
    ApiKey(#[from] ApiKeyError),
    #[error(transparent)]
    Id(#[from] IdError),
    #[error("{0}")]
    Input(String),
    #[error("the database cannot be copied: {0}")]
    Snapshot(String),
}

impl DeskError {
    const fn code(&self) -> &'static str {
        match self {
            Self::ApiKey(error) => error.code(),
            Self::Id(_) => "id_malformed",
            Self::Input(_) => "input_invalid",
            Self::Snapshot(_) => "snapshot_failed",
        }
    }
}

/// What the command line works with.
#[derive(Clone)]
pub(crate) struct Desk {
    /// The use cases of keys.
    pub(crate) keys: ApiKeys,
    /// The workspace that keys are issued in.
    pub(crate) workspace_id: WorkspaceId,
    /// The database.
    pub(crate) database: Database,
    /// Where a copy of it may stand for a moment; `None` with a database that has no folder.
    pub(crate) folder: Option<PathBuf>,
    /// Names the copies.
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl Desk {
    /// Carries `action` out. Blocks the thread.
    pub(crate) fn carry_out(&self, action: Action) -> Reply {
        self.try_carry_out(action)
            .unwrap_or_else(|error| Reply::Refused { code: error.code().to_owned(), message: with_causes(&error) })
    }

    fn try_carry_out(&self, action: Action) -> Result<Reply, DeskError> {
        match action {
            Action::IssueKey(new) => self.issue(&new),
            Action::ListKeys { status, after } => self.list(status.as_deref(), after.as_deref()),
            Action::LockKey { id } => {
                let key = self.keys.lock(Actor::CommandLine, self.workspace_id, id.parse()?).commit()?;
                Ok(Reply::Key(KeyView::from(&key)))
            }
            Action::UnlockKey { id } => {
                let key = self.keys.unlock(Actor::CommandLine, self.workspace_id, id.parse()?).commit()?;
                Ok(Reply::Key(KeyView::from(&key)))
            }
            Action::RevokeKey { id } => {
                let key = self.keys.revoke(Actor::CommandLine, self.workspace_id, id.parse()?).commit()?;
                Ok(Reply::Key(KeyView::from(&key)))
            }
            Action::Snapshot => self.snapshot(),
            Action::Hello => Ok(Reply::Hello { process_id: std::process::id() }),
        }
    }

    fn issue(&self, new: &NewKey) -> Result<Reply, DeskError> {
        let issued = self.keys.issue(Actor::CommandLine, self.workspace_id, None, new_key(new)?)?.commit()?;
        Ok(Reply::Issued { key: KeyView::from(&issued.key), token: Revealed(issued.token.secret().clone()) })
    }

    fn list(&self, status: Option<&str>, after: Option<&str>) -> Result<Reply, DeskError> {
        let status = status
            .map(|word| KeyStatus::parse(word).ok_or_else(|| input("status must be active, locked or revoked")))
            .transpose()?;
        let after = after.map(str::parse::<KeyId>).transpose()?;
        let page = PageRequest { size: PageSize::MAX, after };
        let page = self.keys.list(self.workspace_id, ApiKeyFilter { status }, page)?;
        Ok(Reply::Keys {
            items: page.items.iter().map(KeyView::from).collect(),
            next: page.next.map(|id| id.to_string()),
        })
    }

    fn snapshot(&self) -> Result<Reply, DeskError> {
        let folder = self.folder.as_ref().ok_or_else(|| DeskError::Snapshot("use pg_dump".to_owned()))?;
        let name = data_encoding::HEXLOWER.encode(&random_bytes::<8>(&*self.entropy));
        let file = folder.join(format!("{SNAPSHOT_PREFIX}{name}{SNAPSHOT_SUFFIX}"));
        self.database.backup_into(&file).map_err(|error| DeskError::Snapshot(with_causes(&error)))?;
        Ok(Reply::Snapshot { file })
    }
}

/// Removes copies that a command left behind which was killed. Call it as the folder's owner, before anybody may ask for one.
///
/// # Errors
/// What the file system says.
pub(crate) fn remove_left_over_snapshots(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(SNAPSHOT_PREFIX) && name.ends_with(SNAPSHOT_SUFFIX)) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn new_key(new: &NewKey) -> Result<NewApiKey, DeskError> {
    let scopes = new.scopes.iter().map(|word| word.parse::<Scope>()).collect::<Result<ScopeSet, _>>();
    let scopes = scopes.map_err(|error| input(&error))?;
    let environment = new.environment.as_deref().map(Environment::new).transpose().map_err(|error| input(&error))?;
    let expires_at = new.expires_at.as_deref().map(str::parse).transpose();
    let allow_list = new.allow_list.iter().map(|text| {
        let address = text.parse::<IpAddr>().map(IpNet::from);
        address.or_else(|_| text.parse()).or(Err(input(&format!("{text:?} is neither an address nor a network"))))
    });
    Ok(NewApiKey {
        label: Label::new(&new.label).map_err(|error| input(&error))?,
        scopes: if scopes.is_empty() { ScopeSet::DEFAULT } else { scopes },
        environment: environment.unwrap_or_default(),
        expires_at: expires_at.map_err(|error: devhub_domain::time::TimestampError| input(&error))?,
        allow_list: allow_list.collect::<Result<_, _>>()?,
    })
}

fn input(message: &(impl ToString + ?Sized)) -> DeskError {
    DeskError::Input(message.to_string())
}

/// An error and its causes in one line: whoever asks is the hub's own user, so nothing is held back.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
