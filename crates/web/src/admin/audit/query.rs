//! Which entries are listed, as it stands in the address of the page.

use devhub_domain::audit::{Actor, AuditFilter};
use devhub_domain::page::{PageRequest, PageSize, Period};
use devhub_domain::workspaces::{TimeZone, end_of_day, instant_in};
use url::form_urlencoded;

use crate::admin::form_errors::Wrong;
use crate::admin::sentence::sentence;
use crate::api::AUDIT_WORD_CHARS_MAX;

/// The address of the log.
pub(in crate::admin) const PATH: &str = "/admin/audit";

/// Entries on one page.
const PAGE_SIZE: u64 = 50;

/// Which entries are listed, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AuditQuery {
    pub(super) actor: String,
    pub(super) action: String,
    pub(super) subject: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) after: Option<i64>,
}

impl AuditQuery {
    /// Reads the query string of the log.
    pub(super) fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            match &*name {
                "actor" => value.clone_into(&mut read.actor),
                "action" => value.clone_into(&mut read.action),
                "subject" => value.clone_into(&mut read.subject),
                "from" => value.clone_into(&mut read.from),
                "to" => value.clone_into(&mut read.to),
                "after" => read.after = value.parse().ok().filter(|after| *after > 0),
                _ => {}
            }
        }
        read
    }

    /// What somebody did.
    pub(super) fn of_actor(actor: Actor) -> Self {
        Self { actor: actor.to_string(), ..Self::default() }
    }

    /// What was done to something.
    pub(super) fn of_subject(subject: &str) -> Self {
        Self { subject: subject.to_owned(), ..Self::default() }
    }

    /// Whether anything but the page is chosen.
    pub(super) const fn is_filtered(&self) -> bool {
        let Self { actor, action, subject, from, to, after: _ } = self;
        !(actor.is_empty() && action.is_empty() && subject.is_empty() && from.is_empty() && to.is_empty())
    }

    /// What the store is asked for; days are those of the workspace.
    ///
    /// # Errors
    /// What cannot be looked for: to pass over it would show what was not asked for.
    pub(super) fn filter(&self, zone: &TimeZone) -> Result<AuditFilter, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let actor = said(&self.actor).map(str::parse::<Actor>).transpose();
        let actor = actor.map_err(|error| wrong.push(("actor", sentence(&error.to_string())))).ok();
        let action = word("action", &self.action, &mut wrong);
        let subject = word("subject", &self.subject, &mut wrong);
        let from =
            said(&self.from).map(|day| instant_in(&format!("{day} 00:00:00"), zone).ok_or(("from", DAY.to_owned())));
        let from = from.transpose().map_err(|error| wrong.push(error)).ok();
        let before = said(&self.to).map(|day| end_of_day(day, zone).ok_or(("to", DAY.to_owned())));
        let before = before.transpose().map_err(|error| wrong.push(error)).ok();
        if let (Some(Some(from)), Some(Some(before))) = (from, before)
            && before <= from
        {
            wrong.push(("to", "Choose a day that is not before the first one.".to_owned()));
        }
        match (actor, action, subject, from, before) {
            (Some(actor), Some(action), Some(subject), Some(from), Some(before)) if wrong.is_empty() => {
                Ok(AuditFilter { subject, action, actor, period: Period { from, before } })
            }
            _ => Err(wrong),
        }
    }

    /// Which part of the log is wanted.
    pub(super) fn page(&self) -> PageRequest<i64> {
        PageRequest { size: PageSize::new(PAGE_SIZE).unwrap_or_default(), after: self.after }
    }

    /// The address of the log with these choices.
    pub(super) fn href(&self) -> String {
        self.append_to(PATH, "")
    }

    /// An address with these choices, and with a format if it is one of an export.
    pub(super) fn append_to(&self, path: &str, format: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let after = self.after.map(|after| after.to_string()).unwrap_or_default();
        let pairs = [
            ("format", format),
            ("actor", &*self.actor),
            ("action", &*self.action),
            ("subject", &*self.subject),
            ("from", &*self.from),
            ("to", &*self.to),
            ("after", &*after),
        ];
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

const DAY: &str = "Choose a day, such as 2027-01-31.";

fn said(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// A text that an entry may have; the outer `None` when none does.
#[expect(clippy::option_option, reason = "the outer one says that something is wrong")]
fn word(name: &'static str, text: &str, wrong: &mut Vec<Wrong>) -> Option<Option<String>> {
    if text.chars().count() > AUDIT_WORD_CHARS_MAX {
        wrong.push((name, format!("Type at most {AUDIT_WORD_CHARS_MAX} characters: an id, or an action.")));
        return None;
    }
    Some(said(text).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use devhub_domain::time::Timestamp;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_address_says_what_is_listed() {
        let query = AuditQuery::parse("action=+key.issued+&actor=system&from=2026-11-30&to=&x=y&after=7");
        assert_eq!(query.href(), "/admin/audit?actor=system&action=key.issued&from=2026-11-30&after=7");
        assert_eq!(AuditQuery::default().href(), PATH);
    }

    #[test]
    fn a_period_is_whole_days_of_the_workspace() {
        let query = AuditQuery::parse("from=2026-11-30&to=2026-11-30");
        let period = query.filter(&TimeZone::new("Asia/Dhaka").unwrap()).unwrap().period;
        // Dhaka is six hours ahead of UTC: 2026-11-29 18:00:00 UTC, and a day later.
        assert_eq!(period.from, Some(Timestamp::from_seconds(1_795_975_200)));
        assert_eq!(period.before, Some(Timestamp::from_seconds(1_795_975_200 + 86_400)));
    }

    #[test]
    fn what_cannot_be_looked_for_is_named_and_not_passed_over() {
        let long = "a".repeat(129);
        let query =
            AuditQuery::parse(&format!("actor=Ada&action={long}&subject={long}&from=soon&to=2026-02-30&after=-1"));
        let fields: Vec<_> = query.filter(&TimeZone::utc()).unwrap_err().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["actor", "action", "subject", "from", "to"]);
        assert_eq!(query.after, None);
        let backwards = AuditQuery::parse("from=2026-11-30&to=2026-11-29");
        assert_eq!(backwards.filter(&TimeZone::utc()).unwrap_err()[0].0, "to");
    }

    proptest! {
        #[test]
        fn an_address_reads_back_what_it_says(subject in "[^\\pC]{0,40}", after in proptest::option::of(1..i64::MAX)) {
            let query = AuditQuery { subject: subject.trim().to_owned(), after, ..AuditQuery::default() };
            let href = query.href();
            prop_assert_eq!(AuditQuery::parse(href.split_once('?').map_or("", |(_, query)| query)), query);
        }
    }
}
