//! Certificates of authorities that an endpoint's receiver is believed for, besides those that everybody is.

use std::fmt;
use std::sync::Arc;

use data_encoding::{BASE64, HEXLOWER};

/// Longest PEM text: ten certificates with the largest usual keys.
pub const AUTHORITIES_BYTES_MAX: usize = 16 * 1_024;

/// Most certificates of one endpoint.
pub const AUTHORITIES_MAX: usize = 10;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// Characters of a line of base64 in PEM. Source: RFC 7468 §2.
const LINE_CHARS: usize = 64;

/// Certificates of authorities in PEM. Whether each can be trusted is for the sender to say.
///
/// *Shape:* 1 to [`AUTHORITIES_MAX`] blocks, written in the one strict form of RFC 7468, at most [`AUTHORITIES_BYTES_MAX`] bytes.
#[derive(Clone)]
pub struct Authorities {
    pem: Arc<str>,
    digest: [u8; 32],
}

/// The text is not certificates in PEM.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthoritiesError {
    /// It is too long.
    #[error("must have at most {AUTHORITIES_BYTES_MAX} bytes, got {bytes}")]
    Length {
        /// How many it has.
        bytes: usize,
    },
    /// There is no certificate, or too many.
    #[error("must have 1 to {AUTHORITIES_MAX} certificates in PEM, got {count}")]
    Count {
        /// How many there are.
        count: usize,
    },
    /// Something else in PEM stands among them: perhaps a private key.
    #[error(
        "must have certificates only: PEM block {position} is another thing; if it is a private key, replace that key"
    )]
    Other {
        /// Which block, counted from 1.
        position: usize,
    },
    /// A block is not closed, or is not base64.
    #[error("certificate {position} is damaged: its PEM cannot be read")]
    Damaged {
        /// Which certificate, counted from 1.
        position: usize,
    },
    /// A certificate cannot be trusted.
    #[error("certificate {position} cannot be trusted: {reason}")]
    Untrustworthy {
        /// Which certificate, counted from 1.
        position: usize,
        /// Why.
        reason: String,
    },
}

impl Authorities {
    /// Reads certificates. Text around the blocks, such as names, is passed over.
    ///
    /// # Errors
    /// [`AuthoritiesError`], all but [`AuthoritiesError::Untrustworthy`].
    pub fn new(pem: &str) -> Result<Self, AuthoritiesError> {
        if pem.len() > AUTHORITIES_BYTES_MAX {
            return Err(AuthoritiesError::Length { bytes: pem.len() });
        }
        let certificates = certificates(pem)?;
        if !(1..=AUTHORITIES_MAX).contains(&certificates.len()) {
            return Err(AuthoritiesError::Count { count: certificates.len() });
        }
        let pem: String = certificates.iter().map(|der| block(der)).collect();
        // The strict form may need more line ends than the text had.
        if pem.len() > AUTHORITIES_BYTES_MAX {
            return Err(AuthoritiesError::Length { bytes: pem.len() });
        }
        Ok(Self { digest: *blake3::hash(pem.as_bytes()).as_bytes(), pem: pem.into() })
    }

    /// The certificates in PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// What tells them from others.
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The beginning of the digest, for people: 16 hex digits.
    pub fn fingerprint(&self) -> String {
        HEXLOWER.encode(self.digest.first_chunk::<8>().map_or(&[][..], |start| start))
    }

    /// The certificates in DER.
    pub fn certificates(&self) -> Vec<Vec<u8>> {
        certificates(&self.pem).unwrap_or_default()
    }
}

impl PartialEq for Authorities {
    fn eq(&self, other: &Self) -> bool {
        self.pem == other.pem
    }
}

impl Eq for Authorities {}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorities({})", self.fingerprint())
    }
}

/// The certificates in a text, in DER. Bounded by the length of the text.
fn certificates(pem: &str) -> Result<Vec<Vec<u8>>, AuthoritiesError> {
    let mut found = Vec::new();
    let mut lines = pem.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let position = found.len() + 1;
        if line.starts_with("-----") && line != BEGIN {
            return Err(AuthoritiesError::Other { position });
        }
        if line != BEGIN {
            continue;
        }
        let mut base64 = String::new();
        loop {
            match lines.next() {
                Some(END) => break,
                Some(line) => base64.push_str(line),
                None => return Err(AuthoritiesError::Damaged { position }),
            }
        }
        let der = BASE64.decode(base64.as_bytes()).ok().filter(|der| !der.is_empty());
        found.push(der.ok_or(AuthoritiesError::Damaged { position })?);
    }
    Ok(found)
}

fn block(der: &[u8]) -> String {
    let base64 = BASE64.encode(der);
    let mut block = String::with_capacity(base64.len() + base64.len() / LINE_CHARS + 64);
    block.push_str(BEGIN);
    for (at, c) in base64.chars().enumerate() {
        if at % LINE_CHARS == 0 {
            block.push('\n');
        }
        block.push(c);
    }
    block.push('\n');
    block.push_str(END);
    block.push('\n');
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(count: usize) -> String {
        format!("{BEGIN}\nAAAA\n{END}\n").repeat(count)
    }

    #[test]
    fn certificates_are_kept_in_the_strict_form() {
        let long = BASE64.encode(&[7; 60]);
        let loose = format!("subject=CN = Shop\r\n{BEGIN}\r\n{long}\r\n{END}\r\n\r\n");
        let kept = Authorities::new(&loose).unwrap();
        let (first, second) = long.split_at(64);
        assert_eq!(kept.pem(), format!("{BEGIN}\n{first}\n{second}\n{END}\n"));
        assert_eq!(kept.certificates(), [vec![7; 60]]);
        assert_eq!(Authorities::new(kept.pem()), Ok(kept));
    }

    #[test]
    fn what_is_no_certificate_in_pem_is_refused() {
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let cases = [
            (String::new(), AuthoritiesError::Count { count: 0 }),
            ("shop".to_owned(), AuthoritiesError::Count { count: 0 }),
            (pem(11), AuthoritiesError::Count { count: 11 }),
            ("a".repeat(16_385), AuthoritiesError::Length { bytes: 16_385 }),
            (format!("{}{key}", pem(1)), AuthoritiesError::Other { position: 2 }),
            (END.to_owned(), AuthoritiesError::Other { position: 1 }),
            (format!("{}{BEGIN}\nAAAA\n", pem(1)), AuthoritiesError::Damaged { position: 2 }),
            (format!("{BEGIN}\n?\n{END}"), AuthoritiesError::Damaged { position: 1 }),
            (format!("{BEGIN}\n{END}"), AuthoritiesError::Damaged { position: 1 }),
        ];
        for (text, expected) in cases {
            assert_eq!(Authorities::new(&text), Err(expected), "{text}");
        }
        assert!(Authorities::new(&pem(10)).is_ok());
    }
}
