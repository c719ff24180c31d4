//! A secret as people hand it over: the first line of a file, of standard input or of what was typed.
//!
//! *Threat:* a secret that stays behind in memory, or one that is cut and then taken for another. *Defence:* what is read is wiped,
//! and a line that is too long is refused. *Not defended:* the few kilobytes that the standard library reads ahead.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read};

use devhub_domain::secret::Secret;
use zeroize::Zeroizing;

/// What may end a line.
const LINE_END: &[u8] = b"\r\n";

/// Reads the first line, without its end.
///
/// # Errors
/// What reading says; when the line has more than `bytes_max` bytes, or is no text.
pub(crate) fn first_line(input: impl Read, bytes_max: usize) -> io::Result<Secret> {
    let read_max = bytes_max.saturating_add(LINE_END.len());
    // Of full size from the start: a buffer that grows leaves copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(read_max));
    let read_max = u64::try_from(read_max).unwrap_or(u64::MAX);
    BufReader::new(input.take(read_max)).read_until(b'\n', &mut line)?;
    while line.last().is_some_and(|byte| LINE_END.contains(byte)) {
        line.pop();
    }
    if line.len() > bytes_max {
        return Err(io::Error::new(ErrorKind::InvalidData, format!("its first line has more than {bytes_max} bytes")));
    }
    let text = std::str::from_utf8(&line).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_first_line_as_it_stands() {
        let read = |text: &str| first_line(text.as_bytes(), 64).unwrap().expose().to_owned();
        assert_eq!(read(" spaces at both ends \r\nanother line\n"), " spaces at both ends ");
        assert_eq!(read("no end of line"), "no end of line");
        assert_eq!(read(""), "");
    }

    #[test]
    fn a_line_that_is_too_long_is_refused_and_not_cut() {
        for end in ["", "\n", "\r\n"] {
            assert_eq!(first_line(format!("12345678{end}").as_bytes(), 8).unwrap().expose(), "12345678");
            let told = first_line(format!("123456789{end}").as_bytes(), 8).unwrap_err().to_string();
            assert_eq!(told, "its first line has more than 8 bytes");
        }
        assert!(first_line(io::repeat(b'x'), 8).is_err());
    }
}
