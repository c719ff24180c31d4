//! One key, checked.

use std::fmt;

use data_encoding::HEXLOWER_PERMISSIVE;
use serde_json::{Value, json};

use super::column::KeyColumn;
use super::file::ImportOptions;
use super::refusal::LineRefusal;
use crate::api_keys::{KeyStatus, Label, Scope, ScopeSet};
use crate::import::{Column as _, Fields};
use crate::time::Timestamp;
use crate::workspaces::instant_in;

/// The SHA-256 of a whole token, which is all that OwnPay keeps of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenSha256(pub(in crate::api_keys) [u8; 32]);

impl fmt::Debug for TokenSha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[digest]")
    }
}

/// A key of OwnPay that can be taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedKey {
    /// Where it stands in its file.
    pub line: u64,
    /// What people call it.
    pub label: Label,
    /// The eight hex digits that its token shows.
    pub prefix: String,
    /// What its token is known by.
    pub sha256: TokenSha256,
    /// What it may do: of `read`, `write` and `admin`, and not empty.
    pub scopes: ScopeSet,
    /// Whether it is accepted.
    pub status: KeyStatus,
    /// From this instant on it is refused; may be over already.
    pub expires_at: Option<Timestamp>,
    /// When OwnPay issued it; `None` where the file does not say.
    pub created_at: Option<Timestamp>,
    /// When OwnPay last accepted it.
    pub last_used_at: Option<Timestamp>,
}

impl ImportedKey {
    /// The key as an entry of a JSON file, which reads back as it.
    ///
    /// What it holds is as secret as the file that it came from: for a place where the file could go.
    pub fn to_entry(&self) -> Value {
        json!({
            "name": self.label.as_str(),
            "key_prefix": self.prefix,
            "key_hash": HEXLOWER_PERMISSIVE.encode(&self.sha256.0),
            "scopes": self.scopes.iter().map(Scope::as_str).collect::<Vec<_>>(),
            "status": self.status.as_str(),
            "expires_at": self.expires_at.map(|at| at.to_string()),
            "created_at": self.created_at.map(|at| at.to_string()),
            "last_used_at": self.last_used_at.map(|at| at.to_string()),
        })
    }
}

/// Checks what a file tells of a key.
pub(super) fn check(
    line: u64,
    fields: &Fields<KeyColumn>,
    options: &ImportOptions,
) -> Result<ImportedKey, LineRefusal> {
    Ok(ImportedKey {
        line,
        label: Label::new(fields.require(KeyColumn::Label)?)?,
        prefix: prefix(fields.require(KeyColumn::Prefix)?)?,
        sha256: sha256(fields.require(KeyColumn::Sha256)?)?,
        scopes: scopes(fields.require(KeyColumn::Scopes)?)?,
        status: KeyStatus::parse(fields.require(KeyColumn::Status)?).ok_or(LineRefusal::Status)?,
        expires_at: time(fields, KeyColumn::ExpiresAt, options)?,
        created_at: past(fields, KeyColumn::CreatedAt, options)?,
        last_used_at: past(fields, KeyColumn::LastUsedAt, options)?,
    })
}

fn prefix(text: &str) -> Result<String, LineRefusal> {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if is_hex && text.len() == 8 { Ok(text.to_owned()) } else { Err(LineRefusal::Prefix) }
}

fn sha256(text: &str) -> Result<TokenSha256, LineRefusal> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(TokenSha256).ok_or(LineRefusal::Sha256)
}

/// A JSON list, as OwnPay keeps it, or words with commas between, as people write it.
fn scopes(text: &str) -> Result<ScopeSet, LineRefusal> {
    let words: Vec<String> = if text.starts_with('[') {
        serde_json::from_str(text).ok().ok_or(LineRefusal::Scopes)?
    } else {
        text.split(',').map(|word| word.trim().to_owned()).collect()
    };
    let scopes =
        words.iter().map(|word| own_pay_scope(word).ok_or(LineRefusal::Scopes)).collect::<Result<ScopeSet, _>>()?;
    // A key that grants nothing was refused everything by OwnPay too.
    if scopes.is_empty() { Err(LineRefusal::Scopes) } else { Ok(scopes) }
}

/// The scopes of the hub's own API were never OwnPay's to give.
fn own_pay_scope(word: &str) -> Option<Scope> {
    [Scope::Read, Scope::Write, Scope::Admin].into_iter().find(|scope| scope.as_str() == word)
}

fn past(
    fields: &Fields<KeyColumn>,
    column: KeyColumn,
    options: &ImportOptions,
) -> Result<Option<Timestamp>, LineRefusal> {
    let at = time(fields, column, options)?;
    if at.is_some_and(|at| at > options.now) { Err(LineRefusal::InFuture(column.name())) } else { Ok(at) }
}

fn time(
    fields: &Fields<KeyColumn>,
    column: KeyColumn,
    options: &ImportOptions,
) -> Result<Option<Timestamp>, LineRefusal> {
    let Some(text) = fields.find(column) else {
        return Ok(None);
    };
    if let Ok(at) = text.parse() {
        return Ok(Some(at));
    }
    let utc = crate::workspaces::TimeZone::utc();
    let at = instant_in(text, options.time_zone.as_ref().unwrap_or(&utc)).ok_or(LineRefusal::Time(column.name()))?;
    // Guessing would accept a key for hours after its end, or refuse it before.
    if options.time_zone.is_none() { Err(LineRefusal::TimeZoneMissing(column.name())) } else { Ok(Some(at)) }
}
