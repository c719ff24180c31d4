//! The body of a backup file: chunks, each sealed for its place.
//!
//! *Threat:* a backup is read, changed, cut short, or put together from two. *Defence:* AES-256-GCM per chunk of 64 KiB; the nonce
//! is the chunk's number, which is safe because no two backups share a key; the associated data is the head and whether
//! the chunk is the last, so that a cut between two chunks is found. Nothing of a chunk is handed out before it has been verified.

use std::io::{self, BufRead as _, BufReader, Read, Write};

use devhub_domain::entropy::Entropy;
use devhub_domain::secret::Secret;
use ring::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce};
use zeroize::Zeroizing;

use super::error::ArchiveError;
use super::header::{Cost, HEADER_BYTES, Header};

/// Bytes of one chunk before sealing: large enough that its 16 bytes of tag do not matter, small enough to hold in memory.
const CHUNK_BYTES: usize = 65_536;

/// Seals everything that `plain` gives into `out`.
///
/// # Errors
/// [`ArchiveError::File`] for either side.
pub(super) fn seal(
    plain: impl Read,
    mut out: impl Write,
    passphrase: &Secret,
    cost: Cost,
    entropy: &dyn Entropy,
) -> Result<(), ArchiveError> {
    let header = Header::create(passphrase, cost, entropy)?;
    out.write_all(&header.bytes)?;
    let mut plain = BufReader::with_capacity(CHUNK_BYTES, plain);
    let mut chunk = Zeroizing::new(Vec::with_capacity(CHUNK_BYTES + AES_256_GCM.tag_len()));
    for number in 0.. {
        chunk.clear();
        plain.by_ref().take(chunk_length(CHUNK_BYTES)).read_to_end(&mut chunk)?;
        let is_last = plain.fill_buf()?.is_empty();
        header
            .key
            .seal_in_place_append_tag(nonce(number), associated_data(&header, is_last), &mut *chunk)
            .expect("a chunk is far below what AES-GCM can seal");
        out.write_all(&chunk)?;
        if is_last {
            break;
        }
    }
    Ok(out.flush()?)
}

/// Opens a backup, chunk by chunk.
pub(super) struct Opened<R> {
    archive: BufReader<R>,
    header: Header,
    number: u64,
    is_finished: bool,
}

impl<R: Read> Opened<R> {
    /// Reads the head and tries the passphrase.
    ///
    /// # Errors
    /// [`ArchiveError::NotABackup`], [`ArchiveError::Newer`], [`ArchiveError::Passphrase`], [`ArchiveError::Damaged`] and
    /// [`ArchiveError::File`].
    pub(super) fn new(archive: R, passphrase: &Secret) -> Result<Self, ArchiveError> {
        let mut archive = BufReader::with_capacity(CHUNK_BYTES, archive);
        let mut head = [0; HEADER_BYTES];
        match archive.read_exact(&mut head) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(ArchiveError::NotABackup),
            read => read?,
        }
        let header = Header::open(head, passphrase)?;
        Ok(Self { archive, header, number: 0, is_finished: false })
    }

    /// The next chunk, verified; `None` after the last.
    ///
    /// # Errors
    /// [`ArchiveError::Damaged`] when a byte was changed or the end is missing, [`ArchiveError::File`].
    pub(super) fn next_chunk(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, ArchiveError> {
        if self.is_finished {
            return Ok(None);
        }
        let sealed_length = CHUNK_BYTES + AES_256_GCM.tag_len();
        let mut chunk = Zeroizing::new(Vec::with_capacity(sealed_length));
        self.archive.by_ref().take(chunk_length(sealed_length)).read_to_end(&mut chunk)?;
        self.is_finished = self.archive.fill_buf()?.is_empty();
        let associated_data = associated_data(&self.header, self.is_finished);
        // The cause says only "unspecified".
        let opened = self.header.key.open_in_place(nonce(self.number), associated_data, &mut chunk);
        let length = opened.map(|plain| plain.len()).or(Err(ArchiveError::Damaged))?;
        chunk.truncate(length);
        self.number += 1;
        Ok(Some(chunk))
    }
}

fn nonce(number: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    let (_, counter) = bytes.split_at_mut(NONCE_LEN - size_of::<u64>());
    counter.copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

fn associated_data(header: &Header, is_last: bool) -> Aad<[u8; HEADER_BYTES + 1]> {
    let mut bytes = [u8::from(is_last); HEADER_BYTES + 1];
    let (head, _) = bytes.split_at_mut(HEADER_BYTES);
    head.copy_from_slice(&header.bytes);
    Aad::from(bytes)
}

fn chunk_length(bytes: usize) -> u64 {
    u64::try_from(bytes).expect("a chunk is a few kilobytes")
}

#[cfg(test)]
mod tests {
    use devhub_domain::testing::SeededEntropy;

    use super::*;

    /// So cheap that every byte of a file can be tried.
    const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        seal(plain, &mut out, &Secret::new("correct horse"), CHEAP, &SeededEntropy::new(1)).unwrap();
        out
    }

    fn opened(archive: &[u8], passphrase: &str) -> Result<Vec<u8>, ArchiveError> {
        let mut opened = Opened::new(archive, &Secret::new(passphrase))?;
        let mut plain = Vec::new();
        while let Some(chunk) = opened.next_chunk()? {
            plain.extend_from_slice(&chunk);
        }
        Ok(plain)
    }

    #[test]
    fn what_was_sealed_opens_whatever_its_length() {
        for length in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES] {
            let plain: Vec<u8> = (0..=250).cycle().take(length).collect();
            assert_eq!(opened(&sealed(&plain), "correct horse").unwrap(), plain, "{length} bytes");
        }
    }

    #[test]
    fn a_wrong_passphrase_is_told_from_a_damaged_file() {
        let error = opened(&sealed(b"hub.db"), "battery staple").unwrap_err();
        assert_eq!(error.code(), "backup_passphrase");
    }

    #[test]
    fn every_changed_byte_is_found() {
        let archive = sealed(b"the database and the master key");
        for position in 0..archive.len() {
            let mut changed = archive.clone();
            changed[position] ^= 1;
            assert!(opened(&changed, "correct horse").is_err(), "byte {position}");
        }
    }

    #[test]
    fn every_cut_is_found_also_one_between_two_chunks() {
        let archive = sealed(&vec![7; 2 * CHUNK_BYTES]);
        let chunk = CHUNK_BYTES + AES_256_GCM.tag_len();
        for length in [0, 10, HEADER_BYTES, HEADER_BYTES + 10, HEADER_BYTES + chunk, archive.len() - 1] {
            assert!(opened(&archive[..length], "correct horse").is_err(), "{length} bytes left");
        }
    }

    #[test]
    fn chunks_cannot_change_places() {
        let archive = sealed(&[vec![1; CHUNK_BYTES], vec![2; CHUNK_BYTES], vec![3; 10]].concat());
        let chunk = CHUNK_BYTES + AES_256_GCM.tag_len();
        let (head, body) = archive.split_at(HEADER_BYTES);
        let swapped = [head, &body[chunk..2 * chunk], &body[..chunk], &body[2 * chunk..]].concat();
        assert_eq!(opened(&swapped, "correct horse").unwrap_err().code(), "backup_damaged");
    }

    #[test]
    fn another_file_is_not_taken_for_a_backup() {
        assert_eq!(opened(&[b'x'; 100], "correct horse").unwrap_err().code(), "backup_foreign");
    }

    #[test]
    fn a_later_format_is_named() {
        let mut archive = sealed(b"hub.db");
        archive[8] = 9;
        assert_eq!(opened(&archive, "correct horse").unwrap_err().code(), "backup_newer");
    }

    #[test]
    fn a_head_cannot_make_the_reader_use_all_memory() {
        let mut archive = sealed(b"hub.db");
        archive[9..13].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(opened(&archive, "correct horse").unwrap_err().code(), "backup_damaged");
    }
}
