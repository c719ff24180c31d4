//! What [`Authenticator`] would decide, check by check, without noting a use.

use std::net::IpAddr;

use super::check::{Check, Examined, Input};
use super::directory::Question;
use super::token::is_well_formed;
use super::{ApiKey, Authenticator, Denial, ScopeSet, Trust, has_valid_checksum};
use crate::id::{KeyId, WorkspaceId};
use crate::secret::Secret;
use crate::store::{StoreError, read};
use crate::time::Timestamp;

/// A request that need not have been made.
#[derive(Clone, Debug)]
pub struct Presented {
    /// Which key is asked about.
    pub key_id: KeyId,
    /// The token that it brings; `None` brings the key's own, which nobody has here.
    pub token: Option<Secret>,
    /// Where it comes from.
    pub address: IpAddr,
    /// What it needs.
    pub required: ScopeSet,
    /// When it is made.
    pub at: Timestamp,
}

/// Whose a presented token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenOwner {
    /// That of the key that is asked about.
    ThisKey,
    /// That of another key of the same workspace, which is the one that decides.
    OtherKey,
    /// That of no key, or of another workspace.
    Nobody,
}

/// What a presented token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenReport {
    /// Whose it is.
    pub owner: TokenOwner,
    /// Whether its check sum fits. That of an imported token never does; any other is mistyped then.
    pub has_valid_checksum: bool,
}

/// The checks of a request up to its rate.
#[derive(Clone, Debug)]
pub struct Examination {
    /// The key that decides; that of the token, where one is presented and a key of the workspace has it.
    pub key: ApiKey,
    /// What the presented token is; `None` when none is presented.
    pub token: Option<TokenReport>,
    /// The checks, in their order, each by itself: also after one that fails.
    pub checks: Vec<Examined>,
}

impl Authenticator {
    /// Makes every check but that of the rate for a request that need not have been made. Notes no use; the answer is of this moment.
    ///
    /// `None` when the workspace has no such key. Blocks.
    ///
    /// # Errors
    /// The store's own.
    pub fn examine(&self, workspace_id: WorkspaceId, presented: &Presented) -> Result<Option<Examination>, StoreError> {
        let Presented { key_id, token, address, required, at } = presented;
        let token = token.as_ref().map(Secret::expose);
        let digests = token.map(|token| self.digests(token));
        let found = read(&*self.store, |tx| {
            let Some(asked) = tx.find_api_key(workspace_id, *key_id)? else {
                return Ok::<_, StoreError>(None);
            };
            let mut owner = None;
            for digest in digests.iter().flatten() {
                owner = owner.or(tx.find_api_key_by_digest(digest)?);
            }
            Ok(Some((asked, owner, tx.suspended_workspaces()?)))
        })?;
        let Some((asked, owner, suspended)) = found else {
            return Ok(None);
        };
        if self.directory.trust() != Trust::Whole {
            // As for a request that reads: the directory may not know of it yet.
            self.directory.set_suspended(workspace_id, suspended.contains(&workspace_id));
        }
        let owner = owner.filter(|owner| owner.workspace_id == workspace_id);
        let report = token.map(|token| TokenReport {
            owner: match &owner {
                Some(owner) if owner.id == asked.id => TokenOwner::ThisKey,
                Some(_) => TokenOwner::OtherKey,
                None => TokenOwner::Nobody,
            },
            has_valid_checksum: has_valid_checksum(token, &self.prefix),
        });
        let key = owner.unwrap_or(asked);
        let mut checks = self.examine_token(token, report);
        let question = Question { address: *address, required: *required, now: *at, asked_by: None };
        checks.extend(self.directory.examine(&key, question));
        Ok(Some(Examination { key, token: report, checks }))
    }

    fn examine_token(&self, token: Option<&str>, report: Option<TokenReport>) -> Vec<Examined> {
        let malformed = token.filter(|token| !is_well_formed(token, &self.prefix)).map(|_| Denial::Malformed);
        let unknown = report.filter(|report| report.owner == TokenOwner::Nobody).map(|_| Denial::NotFound);
        let shape = match token {
            None => vec![Input::new("token", "that of the key")],
            Some(token) => vec![
                Input::new("begins_with", &format_args!("{} is expected", self.prefix.as_str())),
                Input::new("characters", &token.chars().count()),
            ],
        };
        let owner = match report {
            None => vec![Input::new("token", "that of the key")],
            Some(report) => vec![
                Input::new("belongs_to", report.owner.as_str()),
                Input::new("check_sum", if report.has_valid_checksum { "fits" } else { "does not fit" }),
            ],
        };
        vec![
            Examined { check: Check::Malformed, denial: malformed, inputs: shape },
            Examined { check: Check::NotFound, denial: unknown, inputs: owner },
        ]
    }
}

impl TokenOwner {
    /// The word in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ThisKey => "this_key",
            Self::OtherKey => "other_key",
            Self::Nobody => "no_key",
        }
    }
}
