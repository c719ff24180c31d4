//! What the reference for everybody is answered with, made once for each version of the document.
//!
//! *Threat:* strangers have the hub draw and compress the same again and again. *Defence:* what was made is kept until the document is
//! another, within bounds, and has a tag by which it is asked for again; one answer is made at a time. *Not defended:* searches, texts
//! too large to be kept, pages that there are not, and names of the hub that strangers make up while no public address is set, are
//! answered anew. Searches wait for each other and hold up no page; the others wait for the turn of the pages, and such a text is
//! written once and not compressed.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::connect::ConnectTo;
use crate::admin::coding::Coding;
use crate::admin::turns::Turns;
use crate::blocking;
use crate::problem_body::Problem;

/// The largest text that is compressed and kept: larger than any page, and than the Markdown of nearly any document. Bytes.
const TEXT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// All that is kept: several times what the pages of our own document take. Bytes.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// How many are kept: each operation of the largest document, in two codings.
const ANSWERS_MAX: usize = 2_048;

/// What strangers are answered with.
#[derive(Debug)]
pub(in crate::admin) struct KeptAnswers {
    kept: Mutex<Kept>,
    turns: Turns,
    searches: Turns,
}

/// Answers of one version of the document.
#[derive(Debug, Default)]
struct Kept {
    version: String,
    /// Each with when it was asked for last, counted by `asked`.
    answers: HashMap<Asked, (Answer, u64)>,
    bytes: usize,
    asked: u64,
}

/// Which answer is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    /// What the addresses in it begin with.
    pub(super) hub_url: String,
    pub(super) path: String,
    /// What is searched for; empty where nothing is.
    pub(super) query: String,
    pub(super) coding: Coding,
}

/// What was made, before it is written in a coding.
pub(super) struct Made {
    /// The version of the document that it was made of.
    pub(super) version: String,
    pub(super) content_type: &'static str,
    pub(super) text: Bytes,
    /// Of the text; `None` where nobody knows it yet.
    pub(super) hash: Option<Arc<str>>,
    /// Where its page may send requests.
    pub(super) connect: Option<Arc<ConnectTo>>,
}

/// What is answered. Clones share the bytes.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) content_type: &'static str,
    pub(super) coding: Coding,
    pub(super) bytes: Bytes,
    /// Its `ETag`, quotes included: that of no other bytes.
    pub(super) tag: String,
    pub(super) connect: Option<Arc<ConnectTo>>,
}

impl Default for KeptAnswers {
    fn default() -> Self {
        Self { kept: Mutex::default(), turns: Turns::new(1), searches: Turns::new(1) }
    }
}

impl KeptAnswers {
    /// What is kept of this version, or what is made now.
    ///
    /// # Errors
    /// Those of `draw`, and that others take too long.
    pub(super) async fn find_or_make(
        self: Arc<Self>,
        version: &str,
        asked: Asked,
        draw: impl FnOnce() -> Result<Made, Problem> + Send + 'static,
    ) -> Result<Answer, Problem> {
        if let Some(answer) = self.find(version, &asked) {
            return Ok(answer);
        }
        let turns = if asked.query.is_empty() { &self.turns } else { &self.searches };
        let turn = turns.take().await?;
        // Whoever had the turn before may have made the same.
        if let Some(answer) = self.find(version, &asked) {
            return Ok(answer);
        }
        // The turn is with the making and not with whoever waits: somebody who hangs up ends the wait alone.
        let work = move || {
            let made = draw()?;
            let version = made.version.clone();
            let answer = made.written(asked.coding);
            self.keep(version, &asked, &answer);
            drop(turn);
            Ok(answer)
        };
        blocking::run(work).await
    }

    fn find(&self, version: &str, asked: &Asked) -> Option<Answer> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.version != version {
            return None;
        }
        kept.asked += 1;
        let now = kept.asked;
        let (answer, last) = kept.answers.get_mut(asked)?;
        *last = now;
        Some(answer.clone())
    }

    fn keep(&self, version: String, asked: &Asked, answer: &Answer) {
        let bytes = size(asked, answer);
        if !asked.query.is_empty() || bytes > TEXT_BYTES_MAX {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.version != version {
            *kept = Kept { version, ..Kept::default() };
        }
        while kept.bytes + bytes > BYTES_MAX || kept.answers.len() >= ANSWERS_MAX {
            kept.forget_one();
        }
        kept.asked += 1;
        kept.bytes += bytes;
        let now = kept.asked;
        if let Some((before, _)) = kept.answers.insert(asked.clone(), (answer.clone(), now)) {
            kept.bytes -= size(asked, &before);
        }
    }
}

impl Kept {
    /// Forgets the one that nobody has asked for the longest.
    fn forget_one(&mut self) {
        let oldest = self.answers.iter().min_by_key(|(_, (_, last))| *last).map(|(asked, _)| asked.clone());
        let forgotten = oldest.and_then(|asked| self.answers.remove(&asked).map(|(answer, _)| size(&asked, &answer)));
        self.bytes = forgotten.map_or(0, |bytes| self.bytes.saturating_sub(bytes));
    }
}

/// What keeping it takes. Bytes.
fn size(asked: &Asked, answer: &Answer) -> usize {
    asked.hub_url.len() + asked.path.len() + answer.bytes.len()
}

impl Made {
    /// In this coding, or as it is where it is too large to be compressed for strangers.
    fn written(self, coding: Coding) -> Answer {
        let hash = self.hash.unwrap_or_else(|| blake3::hash(&self.text).to_hex().as_str().into());
        let coding = if self.text.len() > TEXT_BYTES_MAX { Coding::Identity } else { coding };
        let (bytes, end) = match coding.token() {
            Some(token) => (gzip(&self.text), format!("-{token}")),
            None => (self.text, String::new()),
        };
        Answer {
            content_type: self.content_type,
            coding,
            bytes,
            tag: format!("\"{hash}{end}\""),
            connect: self.connect,
        }
    }
}

fn gzip(text: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).expect("memory can be written to");
    Bytes::from(encoder.finish().expect("memory can be written to"))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn asked(path: &str) -> Asked {
        let (hub_url, query) = ("https://hub.example".to_owned(), String::new());
        Asked { hub_url, path: path.to_owned(), query, coding: Coding::Identity }
    }

    fn made(version: &str, text: impl Into<Bytes>) -> Made {
        Made { version: version.to_owned(), content_type: "text/plain", text: text.into(), hash: None, connect: None }
    }

    fn keep(answers: &KeptAnswers, path: &str, bytes: usize) {
        answers.keep("1".to_owned(), &asked(path), &made("1", vec![b'a'; bytes]).written(Coding::Identity));
    }

    fn count(answers: &KeptAnswers) -> (usize, usize) {
        let kept = answers.kept.lock().unwrap();
        let sizes = kept.answers.iter().map(|(asked, (answer, _))| size(asked, answer));
        assert_eq!(sizes.sum::<usize>(), kept.bytes);
        (kept.answers.len(), kept.bytes)
    }

    #[actix_web::test]
    async fn all_who_ask_at_once_are_answered_with_what_is_made_once() {
        let (answers, count) = (Arc::new(KeptAnswers::default()), Arc::new(AtomicUsize::new(0)));
        let ask = |path: &'static str| {
            let (answers, count) = (Arc::clone(&answers), Arc::clone(&count));
            async move {
                let make = move || Ok(made("1", format!("{}", count.fetch_add(1, Ordering::Relaxed))));
                answers.find_or_make("1", asked(path), make).await.unwrap()
            }
        };
        let (first, second, third) = tokio::join!(ask("/a"), ask("/a"), ask("/a"));
        assert_eq!([first.bytes, second.bytes, third.bytes], ["0", "0", "0"]);
        assert_eq!(ask("/b").await.bytes, "1");
    }

    #[actix_web::test]
    async fn what_was_made_of_another_document_is_not_answered() {
        let answers = Arc::new(KeptAnswers::default());
        for (version, text, expected) in [("1", "one", "one"), ("2", "two", "two"), ("1", "again", "again")] {
            let make = move || Ok(made(version, text));
            let answer = Arc::clone(&answers).find_or_make(version, asked("/a"), make).await.unwrap();
            assert_eq!(answer.bytes, expected);
        }
        assert_eq!(count(&answers).0, 1);
    }

    #[test]
    fn the_one_that_nobody_asked_for_the_longest_is_forgotten_first() {
        let answers = KeptAnswers::default();
        for path in ["/a", "/b", "/c"] {
            keep(&answers, path, BYTES_MAX / 4);
        }
        assert!(answers.find("1", &asked("/a")).is_some());
        keep(&answers, "/d", BYTES_MAX / 4);
        let is_kept = |path| answers.find("1", &asked(path)).is_some();
        assert_eq!(["/a", "/b", "/c", "/d"].map(is_kept), [true, false, true, true]);
        keep(&answers, "/d", 1);
        assert!(count(&answers).1 < BYTES_MAX);
    }

    #[test]
    fn no_more_is_kept_than_fits() {
        let answers = KeptAnswers::default();
        keep(&answers, "/large", TEXT_BYTES_MAX);
        let searched = Asked { query: "orders".to_owned(), ..asked("/a") };
        answers.keep("1".to_owned(), &searched, &made("1", "found").written(Coding::Identity));
        assert_eq!(count(&answers), (0, 0));
        for number in 0..=ANSWERS_MAX {
            keep(&answers, &format!("/{number}"), 1);
        }
        assert_eq!(count(&answers).0, ANSWERS_MAX);
    }

    #[test]
    fn each_coding_has_a_tag_of_its_own_and_what_is_too_large_has_none() {
        let tag = |bytes: usize, coding| {
            let answer = made("1", vec![b'a'; bytes]).written(coding);
            (answer.coding, answer.tag)
        };
        let (coding, plain) = tag(1, Coding::Identity);
        assert_eq!((coding, plain.len()), (Coding::Identity, 66));
        let (coding, zipped) = tag(1, Coding::Gzip);
        assert_eq!(
            (coding, zipped.as_str()),
            (Coding::Gzip, format!("{}-gzip\"", plain.trim_end_matches('"')).as_str())
        );
        assert_eq!(tag(TEXT_BYTES_MAX + 1, Coding::Gzip).0, Coding::Identity);
    }
}
