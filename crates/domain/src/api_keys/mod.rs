//! API keys: issued once, shown once, looked up by digest, refused from the moment they are revoked.

mod authenticate;
mod bulk;
mod bulk_service;
mod check;
mod denial;
mod digest;
mod directory;
#[cfg(test)]
mod directory_tests;
mod error;
mod examine;
mod examine_service;
mod expiry_service;
mod filter;
mod import;
mod import_service;
mod input;
mod key;
mod load_service;
mod metadata;
mod own_rate_service;
mod ports;
mod rare;
mod receipt;
mod rotate_service;
mod scope;
mod search;
mod service;
mod stragglers;
mod summary;
mod tell_service;
mod token;
mod told;
mod usage_service;

pub use authenticate::{Authenticator, Credentials, Lookup, Principal, Refusal, Verification};
pub use bulk::{
    BULK_KEYS_MAX, BULK_MATCHES_MAX, BULK_REMAINING_MAX, BulkChange, BulkFate, BulkOutcome, BulkResult, BulkTarget,
};
pub use check::{Check, Examined, Input};
pub use denial::Denial;
pub use digest::{DigestScheme, KeyDigest, Pepper, TokenHasher};
pub use directory::{KeyDirectory, Trust};
pub use error::ApiKeyError;
pub use examine_service::{Examination, Presented, TokenOwner, TokenReport};
pub use expiry_service::{ExpiryStep, KeyExpiries};
pub use filter::{ApiKeyFilter, KeyState, parse_status_word, status_words};
pub use import::{
    ImportFile, ImportFileError, ImportFormat, ImportOptions, ImportedKey, LineRefusal, REFUSED_MAX, ROWS_MAX,
    RefusedLine, TokenSha256, read_import,
};
pub use import_service::{IMPORT_KEYS_MAX, ImportOutcome};
pub use input::{ALLOW_LIST_MAX, KeyChanges, NewApiKey};
pub use key::{
    ApiKey, Environment, EnvironmentError, KeyStatus, Label, LabelError, Owner, OwnerError, Retirement, Transition,
};
pub use load_service::DirectoryLoader;
pub use metadata::{METADATA_DEPTH_MAX, METADATA_MAX, Metadata, MetadataError};
pub use ports::{ApiKeyTx, KeyWatcher, LastUse, ScannedKeys};
pub use receipt::{Acknowledgement, ChangedKey, NodeName, NodeNameError, Receipt};
pub use rotate_service::RotatedKey;
pub use scope::{Scope, ScopeError, ScopeSet};
pub use search::{KeySearch, KeySearchError, Sought};
pub use service::{ApiKeys, IssuedKey};
pub use stragglers::{Stragglers, USER_AGENT_CHARS_MAX};
pub use summary::KeySummary;
pub use tell_service::NoKeyWatcher;
pub(crate) use tell_service::Telling;
pub(crate) use token::begins_like_token;
pub use token::{Token, TokenPrefix, TokenPrefixError, has_valid_checksum};
pub use told::{Heard, KeyMatter, KeyNews, KeySpray, KeyTold, ToldKey};
pub use usage_service::LastUseFlusher;
