//! The head of a backup file: what it is, and how its key follows from a passphrase.
//!
//! *Shape:* 53 bytes: `DEVHUBBK`, one byte of version, three big-endian 32-bit numbers (KiB of memory, passes, lanes), 16 bytes of
//! salt, 16 bytes of check.
//! *Threat:* a copied backup is opened by guessing the passphrase; a forged one makes the reader use all memory.
//! *Defence:* Argon2id makes each guess cost 64 MiB and three passes; the costs that a reader accepts are bounded. The check is
//! a part of Argon2id's output that encrypts nothing, so it tells a wrong passphrase from a damaged file and helps no guesser:
//! trying it costs the same as trying the first chunk. *Not defended:* a short passphrase.

use argon2::{Algorithm, Argon2, Params, Version};
use devhub_domain::entropy::{Entropy, random_bytes};
use devhub_domain::secret::{Secret, bytes_are_equal};
use ring::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use zeroize::Zeroizing;

use super::error::ArchiveError;

/// Length of the head.
pub(super) const HEADER_BYTES: usize = 53;
const MAGIC: &[u8; 8] = b"DEVHUBBK";
const VERSION: u8 = 1;
const KEY_BYTES: usize = 32;
const CHECK_BYTES: usize = 16;
/// Most memory that a reader spends, in KiB: sixteen times what a writer asks for.
const MEMORY_KIB_MAX: u32 = 1_048_576;
/// Most passes and lanes that a reader accepts.
const PASSES_MAX: u32 = 16;

/// What one guess of the passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

impl Cost {
    /// 64 MiB and three passes: the second choice of RFC 9106 §4, for machines without 2 GiB to spare.
    pub(super) const DEFAULT: Self = Self { memory_kib: 65_536, passes: 3, lanes: 4 };

    const fn is_bearable(self) -> bool {
        self.memory_kib <= MEMORY_KIB_MAX && self.passes <= PASSES_MAX && self.lanes <= PASSES_MAX
    }
}

/// The head and the key that it leads to.
pub(super) struct Header {
    pub(super) bytes: [u8; HEADER_BYTES],
    pub(super) key: LessSafeKey,
}

impl Header {
    /// A head with a fresh salt, and so a key that no other backup has.
    pub(super) fn create(passphrase: &Secret, cost: Cost, entropy: &dyn Entropy) -> Result<Self, ArchiveError> {
        let salt = random_bytes::<16>(entropy);
        let (key, check) = derive(passphrase, cost, &salt)?;
        let numbers = [cost.memory_kib, cost.passes, cost.lanes].map(u32::to_be_bytes).concat();
        let bytes = [&MAGIC[..], &[VERSION], &numbers, &salt, &check].concat();
        let bytes = bytes.try_into().expect("the parts have the length of a head");
        Ok(Self { bytes, key })
    }

    /// The key that a head and a passphrase lead to.
    pub(super) fn open(bytes: [u8; HEADER_BYTES], passphrase: &Secret) -> Result<Self, ArchiveError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(ArchiveError::NotABackup)?;
        let (version, rest) = rest.split_first().ok_or(ArchiveError::NotABackup)?;
        if *version > VERSION {
            return Err(ArchiveError::Newer(*version));
        }
        let (memory_kib, rest) = number(rest)?;
        let (passes, rest) = number(rest)?;
        let (lanes, rest) = number(rest)?;
        let (salt, check) = rest.split_first_chunk::<16>().ok_or(ArchiveError::Damaged)?;
        let cost = Cost { memory_kib, passes, lanes };
        if *version < VERSION || !cost.is_bearable() {
            return Err(ArchiveError::Damaged);
        }
        let (key, expected) = derive(passphrase, cost, salt)?;
        if bytes_are_equal(check, &expected) { Ok(Self { bytes, key }) } else { Err(ArchiveError::Passphrase) }
    }
}

fn number(bytes: &[u8]) -> Result<(u32, &[u8]), ArchiveError> {
    let (number, rest) = bytes.split_first_chunk::<4>().ok_or(ArchiveError::Damaged)?;
    Ok((u32::from_be_bytes(*number), rest))
}

/// The key, and the bytes that tell whether the passphrase was right.
fn derive(passphrase: &Secret, cost: Cost, salt: &[u8; 16]) -> Result<(LessSafeKey, [u8; CHECK_BYTES]), ArchiveError> {
    let mut output = Zeroizing::new([0_u8; KEY_BYTES + CHECK_BYTES]);
    // Only a head that was tampered with asks for what Argon2 does not do.
    let parameters = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(output.len()));
    let derived = parameters.and_then(|parameters| {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
        argon2.hash_password_into(passphrase.expose().as_bytes(), salt, &mut *output)
    });
    derived.or(Err(ArchiveError::Damaged))?;
    let (key, check) = output.split_first_chunk::<KEY_BYTES>().ok_or(ArchiveError::Damaged)?;
    let check = check.try_into().or(Err(ArchiveError::Damaged))?;
    let key = UnboundKey::new(&AES_256_GCM, key).expect("the key has the 32 bytes of AES-256");
    Ok((LessSafeKey::new(key), check))
}
