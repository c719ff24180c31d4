//! Every key, in every state, in memory: what makes authentication free of reads.
//!
//! *Threat:* a revoked key that is still accepted; a spray of unknown tokens that grows memory or evicts keys; tokens chosen to
//! collide in the map.
//! *Defence:* the directory is changed after the commit and before the answer, by revision, so that neither a slow loader nor a late
//! reader can put an older state back; unknown digests are never kept; the map is keyed by bytes of a keyed digest, which nobody
//! without the pepper can choose. *Not defended:* a node that is not told of another node's changes: see [`Trust`].
//!
//! Owner and metadata stand behind a pointer that few keys have: whoever verifies a key is told of them without a read, and keys without
//! them take no more room. At most 4 KiB a key, they are what a hub with many keys has to count in.

use std::hash::BuildHasherDefault;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::check::Check;
use super::digest::DigestHasher;
use super::rare::Rare;
use super::stragglers::StragglerCounts;
use super::summary::KeySummary;
use super::{ApiKey, Denial, DigestScheme, KeyDigest, KeyStatus, LastUse, ScopeSet};
use crate::id::{KeyId, WorkspaceId};
use crate::time::Timestamp;

/// How exactly a last use is known: five seconds, the interval in which they are written anyway. Microseconds.
const LAST_USE_PRECISION_US: i64 = 5_000_000;

/// The revision of a key that is here and was never read; those of stored keys begin with 1.
const UNREAD: i64 = 0;

/// How far the directory may be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Not every key is here yet: a hit by the digest of a token is the truth, a miss reads through, and so does a hit by that of its SHA-256.
    Loading,
    /// Everything is here: a miss means that the key does not exist.
    Whole,
    /// The node may have missed changes of others: everything reads through.
    Lost,
}

/// What the checks need of a key. Small, and what every request reads stands first: at a million keys each cache line counts.
#[repr(C)]
pub(super) struct Entry {
    /// Microseconds; `i64::MAX` never expires.
    pub(super) expires_at: i64,
    last_used_at: AtomicI64,
    /// Behind one pointer, because few keys have any of it.
    pub(super) rare: Option<Box<Rare>>,
    pub(super) scopes: ScopeSet,
    pub(super) status: KeyStatus,
    is_dirty: AtomicBool,
    /// A change of this key may or may not be in the store: each request asks it.
    is_doubtful: AtomicBool,
    /// See [`ApiKey::was_cut_off`]. Takes no room: the byte was padding.
    pub(super) was_cut_off: bool,
    key_id: KeyId,
    pub(super) workspace_id: WorkspaceId,
    revision: i64,
    /// Environment and label with a line feed between, which neither has: one allocation instead of two for each key.
    shown: Box<str>,
}

/// The keys in memory.
pub struct KeyDirectory {
    keys: papaya::HashMap<KeyDigest, Entry, BuildHasherDefault<DigestHasher>>,
    suspended: papaya::HashMap<WorkspaceId, ()>,
    /// Spares the second look-up while no workspace is suspended.
    suspended_count: AtomicUsize,
    /// Spares the second digest while no imported key exists.
    has_imported: AtomicBool,
    trust: AtomicU8,
    /// Who calls with keys that have a successor.
    stragglers: StragglerCounts,
    /// Keys whose last use has not been written yet: each about once, so hardly longer than the directory.
    dirty: Mutex<Vec<KeyDigest>>,
}

impl std::fmt::Debug for KeyDirectory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyDirectory").field("len", &self.len()).field("trust", &self.trust()).finish_non_exhaustive()
    }
}

/// What is asked of a key.
#[derive(Clone, Copy)]
pub(super) struct Question {
    pub(super) address: IpAddr,
    pub(super) required: ScopeSet,
    pub(super) now: Timestamp,
    /// The workspace that asks about a token which was presented to it: only keys of its own are used by that. `None` when the
    /// token was presented to the hub itself.
    pub(super) asked_by: Option<WorkspaceId>,
}

/// What memory says of a digest.
pub(super) enum Found {
    /// No key here has it.
    Missing,
    /// A key here has it, and only the store knows its state.
    Doubtful,
    /// The request is decided.
    Decided(Result<Accepted, (KeyId, Denial)>),
}

/// A key that passed every check of the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) key_id: KeyId,
    pub(super) workspace_id: WorkspaceId,
    pub(super) scopes: ScopeSet,
}

impl KeyDirectory {
    /// An empty directory that trusts nothing but its hits.
    pub fn new() -> Self {
        Self {
            // Incremental resizing would leave look-ups with two tables to search for as long as nothing more is added.
            keys: papaya::HashMap::builder()
                .hasher(BuildHasherDefault::default())
                .resize_mode(papaya::ResizeMode::Blocking)
                .build(),
            suspended: papaya::HashMap::new(),
            suspended_count: AtomicUsize::default(),
            has_imported: AtomicBool::default(),
            trust: AtomicU8::default(),
            stragglers: StragglerCounts::default(),
            dirty: Mutex::default(),
        }
    }

    /// How many keys are here.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key is here.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How far the directory may be believed now.
    pub fn trust(&self) -> Trust {
        match self.trust.load(Ordering::Acquire) {
            0 => Trust::Loading,
            1 => Trust::Whole,
            _ => Trust::Lost,
        }
    }

    /// Says how far the directory may be believed from now on.
    pub fn set_trust(&self, trust: Trust) {
        let code = match trust {
            Trust::Loading => 0,
            Trust::Whole => 1,
            Trust::Lost => 2,
        };
        self.trust.store(code, Ordering::Release);
    }

    /// Whether any imported key is or was here, so that a miss is looked up by the second digest too.
    pub(super) fn has_imported(&self) -> bool {
        self.has_imported.load(Ordering::Acquire)
    }

    /// Puts a committed state of a key here, unless a newer one is here already.
    pub fn put(&self, key: &ApiKey) {
        if key.digest_scheme == DigestScheme::Sha256 {
            self.has_imported.store(true, Ordering::Release);
        }
        if key.retirement.is_some() {
            self.stragglers.watch(key.id);
        }
        let guard = self.keys.pin();
        guard.compute(key.digest, |current| match current {
            Some((_, current)) if current.revision >= key.revision => papaya::Operation::Abort(()),
            Some((_, current)) => papaya::Operation::Insert(Entry::new(key, Some(current))),
            None => papaya::Operation::Insert(Entry::new(key, None)),
        });
    }

    /// Says that a change of a key may or may not be in the store: until a newer state is put here, each request reads it.
    pub(super) fn doubt(&self, key: &ApiKey) {
        if let Some(entry) = self.keys.pin().get(&key.digest) {
            entry.is_doubtful.store(true, Ordering::Release);
        }
    }

    /// Says that a new key may or may not be in the store: each request with it reads, until a state of it that was read is put here.
    ///
    /// What is here already stays: it came from the store.
    pub(super) fn doubt_new(&self, key: &ApiKey) {
        if key.digest_scheme == DigestScheme::Sha256 {
            self.has_imported.store(true, Ordering::Release);
        }
        // Older than whatever the store has under the digest, were it another key's.
        let entry = Entry::new(&ApiKey { revision: UNREAD, ..key.clone() }, None);
        entry.is_doubtful.store(true, Ordering::Release);
        // Taken means that it is here.
        self.keys.pin().try_insert(key.digest, entry).ok();
    }

    /// Says that every key has been loaded. A directory that has lost its trust meanwhile stays without it.
    pub(super) fn set_whole(&self) {
        // That it was not loading any more is nothing to act upon.
        self.trust.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Acquire).ok();
    }

    /// Says whether a workspace's keys are refused.
    pub fn set_suspended(&self, workspace_id: WorkspaceId, suspended: bool) {
        let guard = self.suspended.pin();
        if suspended && guard.insert(workspace_id, ()).is_none() {
            self.suspended_count.fetch_add(1, Ordering::AcqRel);
        }
        if !suspended && guard.remove(&workspace_id).is_some() {
            self.suspended_count.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// Runs every check of the key with this digest.
    pub(super) fn check(&self, digest: &KeyDigest, question: Question) -> Found {
        let guard = self.keys.pin();
        match guard.get(digest) {
            None => Found::Missing,
            Some(entry) if entry.is_doubtful.load(Ordering::Acquire) => Found::Doubtful,
            Some(entry) => Found::Decided(self.decide_and_note(entry, digest, question)),
        }
    }

    /// What the key with this digest is, if it is here.
    pub(super) fn describe(&self, digest: &KeyDigest) -> Option<KeySummary> {
        let guard = self.keys.pin();
        let entry = guard.get(digest).filter(|entry| entry.revision != UNREAD)?;
        let (environment, label) = entry.shown.split_once('\n')?;
        Some(KeySummary {
            id: entry.key_id,
            workspace_id: entry.workspace_id,
            label: label.into(),
            environment: environment.into(),
            scopes: entry.scopes,
            expires_at: (entry.expires_at != i64::MAX).then(|| Timestamp::from_micros(entry.expires_at)),
            owner: entry.rare.as_ref().and_then(|rare| rare.owner.clone()),
            metadata: entry.rare.as_ref().and_then(|rare| rare.metadata.clone()),
        })
    }

    /// Runs every check of a key that was just read, or of the newer state that came here since.
    pub(super) fn check_read(&self, key: &ApiKey, question: Question) -> Result<Accepted, (KeyId, Denial)> {
        self.put(key);
        self.look_at(key, |newest| self.decide_and_note(newest, &key.digest, question))
    }

    fn decide_and_note(
        &self,
        entry: &Entry,
        digest: &KeyDigest,
        question: Question,
    ) -> Result<Accepted, (KeyId, Denial)> {
        self.decide(entry, question).map_err(|denial| (entry.key_id, denial))?;
        if question.asked_by.is_none_or(|asker| asker == entry.workspace_id) && entry.note_use(question.now) {
            self.mark_used(&[*digest]);
        }
        Ok(Accepted { key_id: entry.key_id, workspace_id: entry.workspace_id, scopes: entry.scopes })
    }

    fn decide(&self, entry: &Entry, question: Question) -> Result<(), Denial> {
        Check::OF_KEYS.into_iter().find_map(|check| self.failed(check, entry, question)).map_or(Ok(()), Err)
    }

    /// Why a request ends at this check; `None` when it passes.
    #[inline]
    pub(super) fn failed(
        &self,
        check: Check,
        entry: &Entry,
        Question { address, required, now, .. }: Question,
    ) -> Option<Denial> {
        match check {
            Check::Revoked => (entry.status == KeyStatus::Revoked).then_some(Denial::Revoked),
            Check::Locked => (entry.status == KeyStatus::Locked).then_some(Denial::Locked),
            Check::Expired => (entry.was_cut_off || now.as_micros() >= entry.expires_at).then_some(Denial::Expired),
            Check::WorkspaceSuspended => self.is_suspended(entry.workspace_id).then_some(Denial::WorkspaceSuspended),
            Check::IpNotAllowed => {
                let refuses = |rare: &Rare| !rare.allows(address);
                entry.rare.as_deref().is_some_and(refuses).then_some(Denial::IpNotAllowed)
            }
            Check::InsufficientScope => {
                (!entry.scopes.covers(required)).then_some(Denial::InsufficientScope { required })
            }
            // Not of a key: decided before and after.
            Check::Malformed | Check::NotFound | Check::RateLimited => None,
        }
    }

    pub(super) fn is_suspended(&self, workspace_id: WorkspaceId) -> bool {
        self.suspended_count.load(Ordering::Acquire) > 0 && self.suspended.pin().contains_key(&workspace_id)
    }

    /// Has a look at the newer of a key that was just read and what is here.
    pub(super) fn look_at<R>(&self, key: &ApiKey, look: impl FnOnce(&Entry) -> R) -> R {
        let read = Entry::new(key, None);
        let guard = self.keys.pin();
        look(guard.get(&key.digest).filter(|entry| entry.revision > key.revision).unwrap_or(&read))
    }

    /// Who calls with keys that have a successor.
    pub(super) const fn stragglers(&self) -> &StragglerCounts {
        &self.stragglers
    }

    fn dirty(&self) -> MutexGuard<'_, Vec<KeyDigest>> {
        self.dirty.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts keys on the list of those whose last use is to be written.
    pub(super) fn mark_used(&self, digests: &[KeyDigest]) {
        self.dirty().extend(digests);
    }

    /// Takes up to `limit` keys off that list.
    pub(super) fn take_used(&self, limit: usize) -> Vec<KeyDigest> {
        let mut dirty = self.dirty();
        let rest = dirty.len().saturating_sub(limit);
        dirty.split_off(rest)
    }

    /// When keys were last used.
    pub(super) fn last_uses(&self, digests: &[KeyDigest]) -> Vec<LastUse> {
        let guard = self.keys.pin();
        let uses = digests.iter().filter_map(|digest| {
            let entry = guard.get(digest)?;
            // Cleared before the instant is read: a use in between marks the key again and is written next time.
            entry.is_dirty.store(false, Ordering::SeqCst);
            let at = entry.last_used_at.load(Ordering::SeqCst);
            (at > 0).then(|| LastUse { key_id: entry.key_id, at: Timestamp::from_micros(at) })
        });
        uses.collect()
    }
}

impl Default for KeyDirectory {
    fn default() -> Self {
        Self::new()
    }
}

impl Entry {
    fn new(key: &ApiKey, before: Option<&Self>) -> Self {
        let stored = key.last_used_at.map_or(0, Timestamp::as_micros);
        let seen = before.map_or(0, |entry| entry.last_used_at.load(Ordering::Acquire));
        Self {
            key_id: key.id,
            workspace_id: key.workspace_id,
            expires_at: key.expires_at.map_or(i64::MAX, Timestamp::as_micros),
            revision: key.revision,
            last_used_at: AtomicI64::new(stored.max(seen)),
            rare: Rare::of(key).map(Box::new),
            scopes: key.scopes,
            status: key.status,
            // Clean, even when the entry before it was not: a key that is listed twice is written twice, one that is marked and not
            // listed would never be written again.
            is_dirty: AtomicBool::new(false),
            is_doubtful: AtomicBool::new(false),
            was_cut_off: key.was_cut_off(),
            shown: format!("{}\n{}", key.environment.as_str(), key.label.as_str()).into_boxed_str(),
        }
    }

    /// Notes a use; `true` when the key must be put on the list of those to write.
    ///
    /// The instant is kept to within [`LAST_USE_PRECISION_US`], so that a hot key does not write to shared memory on every request.
    fn note_use(&self, now: Timestamp) -> bool {
        let last = self.last_used_at.load(Ordering::Relaxed);
        if now.as_micros() < last.saturating_add(LAST_USE_PRECISION_US) {
            return false;
        }
        self.last_used_at.fetch_max(now.as_micros(), Ordering::SeqCst);
        !self.is_dirty.swap(true, Ordering::SeqCst)
    }
}
