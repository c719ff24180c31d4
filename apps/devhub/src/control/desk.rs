//! Carries out what the command line asks for, in a running hub or on a database that it opened itself: the same use cases.

use std::fs::DirEntry;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKeyError, ApiKeys, Environment, ImportFormat, ImportOptions, Label, Metadata, NewApiKey, Owner, Scope, ScopeSet,
    read_import,
};
use devhub_domain::audit::AuditLog;
use devhub_domain::causes::chain;
use devhub_domain::entropy::{Entropy, random_bytes};
use devhub_domain::explain::{ExplainError, Explanations};
use devhub_domain::id::{IdError, KeyId, WorkspaceId};
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::rate::parse_network;
use devhub_domain::sealing::KeyFingerprint;
use devhub_domain::store::StoreError;
use devhub_domain::time::{Clock, Timestamp};
use devhub_domain::webhooks::Endpoints;
use devhub_domain::workspaces::Workspaces;
use devhub_storage::Database;

use super::audit_desk::{self, AuditDeskError};
use super::delivery_desk::{DeliveryDesk, DeliveryDeskError};
use super::endpoint_desk::{EndpointDeskError, import_endpoints};
use super::operator_desk::{OperatorDesk, OperatorDeskError};
use super::own_rate::own_rate;
use super::workspace_desk::{WorkspaceDesk, WorkspaceDeskError};
use super::{Action, ExplainQuestion, ExplanationView, ImportedView, KeyView, KeyWords, NewKey, Reply, Revealed};
use crate::imports::{SANDBOX_IS_ON, has_imports};

/// What a copy of the database is called.
const SNAPSHOT_PREFIX: &str = "snapshot-";
const SNAPSHOT_SUFFIX: &str = ".db";
/// A copy that nobody has written to for so long is left over: its asker opens it as soon as it is told, and reads on after that
/// whether it still has a name or not.
const SNAPSHOT_AGE_MAX: Duration = Duration::from_mins(1);

/// The words in which a request is wrong.
#[derive(Debug, thiserror::Error)]
enum DeskError {
    #[error(transparent)]
    ApiKey(#[from] ApiKeyError),
    #[error(transparent)]
    Explain(#[from] ExplainError),
    #[error(transparent)]
    Audit(#[from] AuditDeskError),
    #[error(transparent)]
    Operator(#[from] OperatorDeskError),
    #[error(transparent)]
    Delivery(#[from] DeliveryDeskError),
    #[error(transparent)]
    Endpoint(#[from] EndpointDeskError),
    #[error(transparent)]
    Workspace(#[from] WorkspaceDeskError),
    #[error(transparent)]
    Id(#[from] IdError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("no key {0} in any workspace")]
    NoKey(KeyId),
    #[error("{0}")]
    Input(String),
    #[error("the database cannot be copied: {0}")]
    Snapshot(String),
}

impl DeskError {
    const fn code(&self) -> &'static str {
        match self {
            Self::ApiKey(error) => error.code(),
            Self::Explain(error) => error.code(),
            Self::Audit(error) => error.code(),
            Self::Operator(error) => error.code(),
            Self::Delivery(error) => error.code(),
            Self::Endpoint(error) => error.code(),
            Self::Workspace(error) => error.code(),
            Self::Id(_) => "id_malformed",
            Self::Store(error) => error.code(),
            Self::NoKey(_) => "key_not_found",
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
    /// Explains decisions.
    pub(crate) explanations: Explanations,
    /// The operators.
    pub(crate) operators: OperatorDesk,
    /// The deliveries that wait for a decision.
    pub(crate) deliveries: DeliveryDesk,
    /// The use cases of webhook endpoints.
    pub(crate) endpoints: Endpoints,
    /// The workspace that is meant where none is named.
    pub(crate) workspace_id: WorkspaceId,
    /// The database.
    pub(crate) database: Database,
    /// Where a copy of it may stand for a moment; `None` with a database that has no folder.
    pub(crate) folder: Option<PathBuf>,
    /// Names the copies.
    pub(crate) entropy: Arc<dyn Entropy>,
    /// Tells which copies are left over.
    pub(crate) clock: Arc<dyn Clock>,
    /// The master key that the database is sealed under.
    pub(crate) master_key: KeyFingerprint,
    /// Whether the sandbox is on.
    pub(crate) has_sandbox: bool,
}

impl Desk {
    /// Carries `action` out. Blocks the thread.
    pub(crate) fn carry_out(&self, action: Action) -> Reply {
        self.try_carry_out(action)
            .unwrap_or_else(|error| Reply::Refused { code: error.code().to_owned(), message: chain(&error) })
    }

    fn try_carry_out(&self, action: Action) -> Result<Reply, DeskError> {
        match action {
            Action::IssueKey(new) => self.issue(&new),
            Action::ListKeys { workspace, words, after } => self.list(workspace.as_deref(), &words, after.as_deref()),
            Action::ImportKeys { workspace, entries, dry_run } => self.import(workspace.as_deref(), &entries, dry_run),
            Action::ImportEndpoints { workspace, entries, plan } => {
                let workspace_id = self.workspace_or_default(workspace.as_deref())?;
                let outcome = import_endpoints(&self.endpoints, workspace_id, entries.0.expose(), plan)?;
                Ok(self.imported(outcome))
            }
            Action::LockKey(choice) => {
                let (workspace_id, id) = self.key(&choice.id, choice.workspace.as_deref())?;
                let changed = self.keys.lock(Asker::COMMAND_LINE, workspace_id, id).commit()?;
                Ok(Reply::Key(KeyView::from(&changed.key)))
            }
            Action::UnlockKey(choice) => {
                let (workspace_id, id) = self.key(&choice.id, choice.workspace.as_deref())?;
                let changed = self.keys.unlock(Asker::COMMAND_LINE, workspace_id, id).commit()?;
                Ok(Reply::Key(KeyView::from(&changed.key)))
            }
            Action::RevokeKey(choice) => {
                let (workspace_id, id) = self.key(&choice.id, choice.workspace.as_deref())?;
                let changed = self.keys.revoke(Asker::COMMAND_LINE, workspace_id, id).commit()?;
                Ok(Reply::Key(KeyView::from(&changed.key)))
            }
            Action::ExplainKey(question) => self.explain(&question),
            Action::AddOperator { workspace, email, role, password_hash } => {
                let workspace_id = self.workspace_or_default(workspace.as_deref())?;
                Ok(Reply::Operator(self.operators.add(workspace_id, &email, &role, &password_hash)?))
            }
            Action::AdmitOperator { workspace, email, role } => {
                let workspace_id = self.workspace_or_default(workspace.as_deref())?;
                Ok(Reply::Operator(self.operators.admit(workspace_id, &email, &role)?))
            }
            Action::ListOperators { workspace } => {
                let workspace_id = self.workspace_or_default(workspace.as_deref())?;
                Ok(Reply::Operators { items: self.operators.list(workspace_id)? })
            }
            Action::ResetPassword { email, password_hash } => {
                Ok(Reply::Operator(self.operators.reset_password(&email, &password_hash)?))
            }
            Action::ResetSecondFactor { email } => Ok(Reply::Operator(self.operators.reset_second_factor(&email)?)),
            Action::RemoveOperator { workspace, email } => {
                let named = workspace.is_some().then(|| self.workspace_or_default(workspace.as_deref())).transpose()?;
                Ok(Reply::Operator(self.operators.remove(named, &email)?))
            }
            Action::CreateWorkspace(words) => {
                Ok(Reply::Workspace(self.workspace_desk().create(&words, &*self.entropy)?))
            }
            Action::ListWorkspaces => Ok(Reply::Workspaces { items: self.workspace_desk().list()? }),
            Action::CountWithheld => Ok(self.deliveries.count()?),
            Action::WithholdOverdue => Ok(self.deliveries.withhold()?),
            Action::ReleaseWithheld => Ok(self.deliveries.release()?),
            Action::CloseWithheld => Ok(self.deliveries.close()?),
            Action::VerifyAudit { workspace, after, noted } => {
                let workspace_id = self.workspace_or_default(workspace.as_deref())?;
                let audit = AuditLog::new(Arc::new(self.database.clone()));
                let check = audit_desk::check(&audit, workspace_id, after.as_deref(), noted.as_deref())?;
                Ok(Reply::AuditCheck(check))
            }
            Action::Snapshot => self.snapshot(),
            Action::Hello => self.hello(),
        }
    }

    fn issue(&self, new: &NewKey) -> Result<Reply, DeskError> {
        let workspace_id = self.workspace_or_default(new.workspace.as_deref())?;
        let issued = self.keys.issue(Asker::COMMAND_LINE, workspace_id, new_key(new)?)?.commit()?;
        Ok(Reply::Issued { key: KeyView::from(&issued.key), token: Revealed(issued.token.secret().clone()) })
    }

    fn import(&self, workspace: Option<&str>, entries: &Revealed, dry_run: bool) -> Result<Reply, DeskError> {
        let workspace_id = self.workspace_or_default(workspace)?;
        let options = ImportOptions { format: ImportFormat::Json, time_zone: None, now: self.keys.now() };
        let file = read_import(entries.0.expose(), &options).map_err(|error| input(&error))?;
        let outcome = if dry_run {
            self.keys.preview_import(Asker::COMMAND_LINE, workspace_id, &file)?
        } else {
            self.keys.import(Asker::COMMAND_LINE, workspace_id, &file)?.commit()?
        };
        Ok(self.imported(outcome))
    }

    fn imported(&self, outcome: impl Into<ImportedView>) -> Reply {
        Reply::Imported(ImportedView { is_beside_sandbox: self.has_sandbox, ..outcome.into() })
    }

    fn hello(&self) -> Result<Reply, DeskError> {
        let plays_with_imports =
            self.has_sandbox && has_imports(&self.database).map_err(|error| input(&chain(&error)))?;
        let warnings = plays_with_imports.then(|| SANDBOX_IS_ON.to_owned()).into_iter().collect();
        let (process_id, master_key) = (std::process::id(), self.master_key.to_string());
        Ok(Reply::Hello { process_id, master_key, warnings })
    }

    fn workspace_or_default(&self, id: Option<&str>) -> Result<WorkspaceId, DeskError> {
        let Some(id) = id else {
            return Ok(self.workspace_id);
        };
        let workspaces = self.workspaces();
        if let Some(found) = workspaces.find(id.parse()?)? {
            return Ok(found.id);
        }
        let there: Vec<_> =
            workspaces.list()?.iter().map(|known| format!("{} ({})", known.id, known.name.as_str())).collect();
        Err(input(&format!("there is no such workspace, only {}", there.join(", "))))
    }

    fn workspaces(&self) -> Workspaces {
        Workspaces::new(Arc::new(self.database.clone()), self.clock.clone())
    }

    fn workspace_desk(&self) -> WorkspaceDesk {
        WorkspaceDesk { workspaces: self.workspaces(), first_id: self.workspace_id }
    }

    /// The key with this id, and the workspace that it belongs to: who has to stop a leaked key may not know whose it is.
    fn key(&self, id: &str, workspace: Option<&str>) -> Result<(WorkspaceId, KeyId), DeskError> {
        let id = id.parse()?;
        if workspace.is_some() {
            return Ok((self.workspace_or_default(workspace)?, id));
        }
        // First, so that nothing that is wrong with another workspace keeps anybody from it.
        if self.is_key_of(self.workspace_id, id)? {
            return Ok((self.workspace_id, id));
        }
        for workspace in self.workspaces().list()? {
            if self.is_key_of(workspace.id, id)? {
                return Ok((workspace.id, id));
            }
        }
        Err(DeskError::NoKey(id))
    }

    fn is_key_of(&self, workspace_id: WorkspaceId, id: KeyId) -> Result<bool, DeskError> {
        match self.keys.find(workspace_id, id) {
            Ok(_) => Ok(true),
            Err(ApiKeyError::NotFound(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn list(&self, workspace: Option<&str>, words: &KeyWords, after: Option<&str>) -> Result<Reply, DeskError> {
        let workspace_id = self.workspace_or_default(workspace)?;
        let filter = words.filter().map_err(DeskError::Input)?;
        let after = after.map(str::parse::<KeyId>).transpose()?;
        let page = PageRequest { size: PageSize::MAX, after };
        let page = self.keys.list(workspace_id, &filter, page)?;
        Ok(Reply::Keys {
            items: page.items.iter().map(KeyView::from).collect(),
            next: page.next.map(|id| id.to_string()),
        })
    }

    fn explain(&self, question: &ExplainQuestion) -> Result<Reply, DeskError> {
        let (workspace_id, id) = self.key(&question.id, question.workspace.as_deref())?;
        let explanation = if let Some(request_id) = &question.request_id {
            self.explanations.explain_refused(workspace_id, id, request_id)?
        } else {
            let request = question.request().map_err(DeskError::Input)?;
            self.explanations.explain(workspace_id, id, &request)?
        };
        Ok(Reply::Explanation(ExplanationView::from(&explanation)))
    }

    fn snapshot(&self) -> Result<Reply, DeskError> {
        let folder = self.folder.as_ref().ok_or_else(|| DeskError::Snapshot("use pg_dump".to_owned()))?;
        let name = data_encoding::HEXLOWER.encode(&random_bytes::<8>(&*self.entropy));
        let file_name = format!("{SNAPSHOT_PREFIX}{name}{SNAPSHOT_SUFFIX}");
        let now = self.clock.now();
        let is_old = |changed_at| now.since(changed_at) >= SNAPSHOT_AGE_MAX;
        remove_snapshots(folder, is_old).map_err(|error| DeskError::Snapshot(chain(&error)))?;
        self.database.backup_into(&folder.join(&file_name)).map_err(|error| DeskError::Snapshot(chain(&error)))?;
        Ok(Reply::Snapshot { file_name, master_key: self.master_key.to_string() })
    }

    /// Undoes what a reply brought that its asker never read: removes the copy that it told of.
    pub(crate) fn take_back(&self, reply: &Reply) {
        if let (Reply::Snapshot { file_name, .. }, Some(folder)) = (reply, &self.folder)
            && let Err(error) = std::fs::remove_file(folder.join(file_name))
        {
            tracing::warn!(%error, file_name, "a copy of the database that nobody took cannot be removed");
        }
    }
}

/// Removes copies that a command left behind which was killed. Call it as the folder's owner, before anybody may ask for one.
///
/// # Errors
/// What the file system says.
pub(crate) fn remove_left_over_snapshots(folder: &Path) -> io::Result<()> {
    remove_snapshots(folder, |_| true)
}

fn remove_snapshots(folder: &Path, is_left_over: impl Fn(Timestamp) -> bool) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if !name.to_str().is_some_and(|name| name.starts_with(SNAPSHOT_PREFIX) && name.ends_with(SNAPSHOT_SUFFIX)) {
            continue;
        }
        // Another command may remove its own copy meanwhile.
        let removed = changed_at(&entry)
            .and_then(|at| if is_left_over(at) { std::fs::remove_file(entry.path()) } else { Ok(()) });
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn changed_at(entry: &DirEntry) -> io::Result<Timestamp> {
    let since_epoch = entry.metadata()?.modified()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ok(Timestamp::default().plus(since_epoch))
}

fn new_key(new: &NewKey) -> Result<NewApiKey, DeskError> {
    let scopes = new.scopes.iter().map(|word| word.parse::<Scope>()).collect::<Result<ScopeSet, _>>();
    let scopes = scopes.map_err(|error| input(&error))?;
    let environment = new.environment.as_deref().map(Environment::new).transpose().map_err(|error| input(&error))?;
    let expires_at = new.expires_at.as_deref().map(str::parse).transpose();
    let metadata = new.metadata.as_deref().map(str::parse::<Metadata>).transpose();
    let allow_list = new
        .allow_list
        .iter()
        .map(|text| parse_network(text).map_err(|fault| input(&format!("{text:?} in the allow-list {fault}"))));
    Ok(NewApiKey {
        label: Label::new(&new.label).map_err(|error| input(&error))?,
        scopes: if scopes.is_empty() { ScopeSet::DEFAULT } else { scopes },
        environment: environment.unwrap_or_default(),
        expires_at: expires_at.map_err(|error: devhub_domain::time::TimestampError| input(&error))?,
        allow_list: allow_list.collect::<Result<_, _>>()?,
        owner: new.owner.as_deref().map(Owner::new).transpose().map_err(|error| input(&error))?,
        metadata: metadata.map_err(|error| input(&error))?.unwrap_or_default(),
        rate_limit: new.rate_limit.as_deref().map(own_rate).transpose().map_err(|error| input(&error))?,
    })
}

fn input(message: &(impl ToString + ?Sized)) -> DeskError {
    DeskError::Input(message.to_string())
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn only_copies_that_are_left_over_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |seconds| Timestamp::from_seconds(seconds);
        for (name, seconds) in [("snapshot-old.db", 10), ("snapshot-new.db", 100), ("hub.db", 10)] {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        }
        remove_snapshots(folder.path(), |changed_at| changed_at < at(50)).unwrap();
        let exists = |name: &str| folder.path().join(name).exists();
        assert!(!exists("snapshot-old.db") && exists("snapshot-new.db") && exists("hub.db"));
    }
}
