//! What is said over the control socket: one line of JSON each way.

use devhub_domain::api_keys::{ApiKey, ImportOutcome, KeyState};
use devhub_domain::audit::{ChainCheck, ChainError};
use devhub_domain::secret::Secret;
use devhub_domain::webhooks::EndpointImportOutcome;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ExplainQuestion, ExplanationView, KeyChoice, KeyWords, OperatorView, WorkspaceView, WorkspaceWords};
use crate::database_name::DatabaseName;

/// Name of the socket in the state folder.
pub(crate) const SOCKET_NAME: &str = "hub.sock";

/// Longest message: a page of a hundred keys, each with a hundred networks on its allow-list, is below this.
pub(super) const MESSAGE_BYTES_MAX: u64 = 1_048_576;

/// One request: what is asked for, and of which database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The database that the asker is configured for; a hub with another one refuses.
    pub(super) database: DatabaseName,
    /// What is asked for.
    pub(super) action: Action,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Action {
    /// Issues a key.
    IssueKey(NewKey),
    /// Lists keys of a workspace, newest first.
    ListKeys {
        /// The workspace; `None` is the default one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workspace: Option<String>,
        /// Only keys that these words say.
        words: KeyWords,
        /// Only keys older than this one.
        after: Option<String>,
    },
    /// Locks a key.
    LockKey(KeyChoice),
    /// Unlocks a key.
    UnlockKey(KeyChoice),
    /// Revokes a key.
    RevokeKey(KeyChoice),
    /// Explains what a request with a key is answered.
    ExplainKey(ExplainQuestion),
    /// Takes over keys of OwnPay; at most as many as one transaction holds.
    ImportKeys {
        /// The workspace; `None` is the default one.
        workspace: Option<String>,
        /// The keys, an entry of JSON a line. What they hold of tokens is never said elsewhere.
        entries: Revealed,
        /// Whether only to tell what would happen.
        dry_run: bool,
    },
    /// Takes over webhook endpoints of OwnPay; at most as many as one transaction holds.
    ImportEndpoints {
        /// The workspace; `None` is the default one.
        workspace: Option<String>,
        /// The endpoints with their secrets, an entry of JSON a line.
        entries: Revealed,
        /// To tell only what would happen, after so many new ones of the parts before.
        plan: Option<u64>,
    },
    /// Adds an operator to a workspace, which is at home there.
    AddOperator {
        /// The workspace; `None` is the default one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workspace: Option<String>,
        /// What it signs in with.
        email: String,
        /// What it may do.
        role: String,
        /// What its password is compared with: whoever asks has checked and hashed it, so that it is never said here.
        password_hash: Revealed,
    },
    /// Has an operator of the hub work in one more workspace, with the password that it has.
    AdmitOperator {
        /// The workspace; `None` is the default one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workspace: Option<String>,
        /// What it signs in with.
        email: String,
        /// What it may do there.
        role: String,
    },
    /// Lists the operators of a workspace, oldest first.
    ListOperators {
        /// The workspace; `None` is the default one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workspace: Option<String>,
    },
    /// Gives an operator another password and ends its sessions.
    ResetPassword {
        /// What it signs in with.
        email: String,
        /// What its password is compared with from now on.
        password_hash: Revealed,
    },
    /// Takes an operator's second factor away, and ends its sessions.
    ResetSecondFactor {
        /// What it signs in with.
        email: String,
    },
    /// Removes an operator from a workspace, and ends its sessions there.
    RemoveOperator {
        /// The workspace; `None` is the default one, or else the one that it is at home in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workspace: Option<String>,
        /// What it signs in with.
        email: String,
    },
    /// Makes a workspace.
    CreateWorkspace(WorkspaceWords),
    /// Lists the workspaces, oldest first.
    ListWorkspaces,
    /// Counts the deliveries that wait for a decision.
    CountWithheld,
    /// Withholds what waits and is overdue.
    WithholdOverdue,
    /// Begins jobs that send what waits for a decision, one for each workspace.
    ReleaseWithheld,
    /// Gives up what waits for a decision.
    CloseWithheld,
    /// Checks the chain of an audit log, or the next part of it.
    VerifyAudit {
        /// The workspace; `None` is the default one.
        workspace: Option<String>,
        /// The line that holds with all before it, after which to go on.
        after: Option<String>,
        /// A line that was noted before.
        noted: Option<String>,
    },
    /// Copies the database, as it is now, to a file beside it that the asker removes.
    Snapshot,
    /// Says that a hub is here.
    Hello,
}

/// A key to issue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKey {
    /// What people call it.
    pub(crate) label: String,
    /// What it may do; empty gives the default scopes.
    pub(crate) scopes: Vec<String>,
    /// What it is meant for; `None` is `live`.
    pub(crate) environment: Option<String>,
    /// When it stops being accepted, RFC 3339; `None` never.
    pub(crate) expires_at: Option<String>,
    /// Networks that may use it; empty allows all.
    pub(crate) allow_list: Vec<String>,
    /// Who answers for it; `None` nobody in particular.
    pub(crate) owner: Option<String>,
    /// What its holder's systems keep with it, as JSON; `None` is nothing.
    pub(crate) metadata: Option<String>,
    /// How often it may ask, such as `600/1m`; `None` as often as the rules say. Left out then, so that a hub of the release before
    /// understands the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rate_limit: Option<String>,
    /// The workspace that it opens; `None` is the default one, and is left out for the same reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) workspace: Option<String>,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub(crate) enum Reply {
    /// The key was issued.
    Issued {
        /// The key.
        key: KeyView,
        /// Its token, for this once.
        token: Revealed,
    },
    /// One page of keys.
    Keys {
        /// The keys, newest first.
        items: Vec<KeyView>,
        /// What `after` takes for the next page.
        next: Option<String>,
    },
    /// The keys or endpoints were imported, or would be.
    Imported(ImportedView),
    /// The key as it is now.
    Key(KeyView),
    /// Why a request is accepted or refused.
    Explanation(ExplanationView),
    /// The operators, oldest first.
    Operators {
        /// All of them.
        items: Vec<OperatorView>,
    },
    /// The operator as it is now, or as it was when it was removed.
    Operator(OperatorView),
    /// The workspaces, oldest first.
    Workspaces {
        /// All of them.
        items: Vec<WorkspaceView>,
    },
    /// The workspace as it is now.
    Workspace(WorkspaceView),
    /// So many deliveries.
    Deliveries {
        /// How many.
        count: u64,
    },
    /// What was overdue is withheld.
    Withheld {
        /// How many deliveries.
        count: u64,
        /// The ids of the jobs that were running and are paused.
        paused: Vec<String>,
    },
    /// The job has begun.
    ResendJob {
        /// Its id.
        id: String,
        /// How many deliveries it will send.
        count: u64,
        /// The same of jobs of further workspaces; a hub of the release before says nothing.
        #[serde(default)]
        others: Vec<(String, u64)>,
        /// Which workspaces refused one, and why.
        #[serde(default)]
        refused: Vec<String>,
    },
    /// How far the chain holds.
    AuditCheck(AuditCheckView),
    /// The copy is complete.
    Snapshot {
        /// Its name in the folder of the database: the two sides may know that folder by different paths.
        file_name: String,
        /// The fingerprint of the master key that the database is sealed under.
        master_key: String,
    },
    /// A hub is here.
    Hello {
        /// Its process.
        process_id: u32,
        /// The fingerprint of its master key.
        master_key: String,
        /// What it is configured for but rarely meant; a hub of the release before says nothing.
        #[serde(default)]
        warnings: Vec<String>,
    },
    /// It was not done.
    Refused {
        /// A stable word.
        code: String,
        /// What to change.
        message: String,
    },
}

/// A secret on its way: a token to the one who asked for it, or to the hub the hash of a password, digests of
/// tokens or the secrets of endpoints. No other is ever said here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revealed(pub(crate) Secret);

impl Serialize for Revealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for Revealed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
}

/// What became of keys or endpoints that were imported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImportedView {
    /// Those that were not there.
    pub(crate) new: usize,
    /// Those that were there already.
    pub(crate) existing: usize,
    /// Which entries were refused, and what to change.
    pub(crate) refused: Vec<(u64, String)>,
    /// Whether the sandbox of the hub that they are in is on; one of the release before does not say.
    #[serde(default)]
    pub(crate) is_beside_sandbox: bool,
}

impl From<ImportOutcome> for ImportedView {
    fn from(outcome: ImportOutcome) -> Self {
        let refused = outcome.refused.iter().map(|refused| (refused.line, refused.refusal.to_string())).collect();
        Self { new: outcome.new.len(), existing: outcome.existing.len(), refused, is_beside_sandbox: false }
    }
}

impl From<EndpointImportOutcome> for ImportedView {
    fn from(outcome: EndpointImportOutcome) -> Self {
        let refused = outcome.refused.iter().map(|refused| (refused.line, refused.refusal.to_string())).collect();
        Self { new: outcome.new.len(), existing: outcome.existing.len(), refused, is_beside_sandbox: false }
    }
}

/// How far the chain of an audit log holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AuditCheckView {
    /// How many lines hold.
    pub(crate) lines: i64,
    /// The last of them; `None` when there is none.
    pub(crate) head: Option<String>,
    /// The first line that does not hold.
    pub(crate) faulty_line: Option<i64>,
    /// What is wrong with it.
    pub(crate) fault: Option<String>,
    /// Whether the end of the log was reached.
    pub(crate) is_whole: bool,
}

impl From<&ChainCheck> for AuditCheckView {
    fn from(check: &ChainCheck) -> Self {
        Self {
            lines: check.head.map_or(0, |head| head.sequence),
            head: check.head.map(|head| head.to_string()),
            faulty_line: check.fault.as_ref().map(ChainError::line),
            fault: check.fault.as_ref().map(ToString::to_string),
            is_whole: check.is_whole,
        }
    }
}

/// A key, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyView {
    /// Its identifier.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) label: String,
    /// What its token shows.
    pub(crate) prefix: String,
    /// What it may do.
    pub(crate) scopes: String,
    /// What it is meant for.
    pub(crate) environment: String,
    /// `active`, `retiring`, `locked` or `revoked`.
    pub(crate) status: String,
    /// When it was issued.
    pub(crate) created_at: String,
    /// When it stops being accepted.
    pub(crate) expires_at: Option<String>,
    /// When it was last accepted.
    pub(crate) last_used_at: Option<String>,
    /// Networks that may use it; empty allows all.
    pub(crate) allow_list: Vec<String>,
    /// Who answers for it. What its holder's systems keep with it is not shown: a page of keys would not fit into one message.
    pub(crate) owner: Option<String>,
}

impl From<&ApiKey> for KeyView {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            label: key.label.to_string(),
            prefix: key.prefix.clone(),
            scopes: key.scopes.to_string(),
            environment: key.environment.to_string(),
            status: KeyState::of_status(key).as_str().to_owned(),
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.map(|at| at.to_string()),
            last_used_at: key.last_used_at.map(|at| at.to_string()),
            allow_list: key.allow_list.iter().map(ToString::to_string).collect(),
            owner: key.owner.as_ref().map(ToString::to_string),
        }
    }
}
