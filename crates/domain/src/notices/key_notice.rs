//! What operators are told of keys.

use super::Notice;
use crate::api_keys::{KeyMatter, KeyNews, KeySpray, KeyTold, ToldKey};
use crate::audit::Actor;
use crate::time::Timestamp;

/// Keys and networks that one notice names; the others are counted.
const NAMED_MAX: usize = 20;

impl Notice {
    /// What one change has told, as notices: one for all keys of a workspace of which the same is told. The successor of a rotation is
    /// in the notice of the rotation.
    pub fn about_keys(all: &[KeyTold]) -> Vec<Self> {
        let mut notices = Vec::new();
        for told in all {
            match &told.news {
                KeyNews::Key(KeyMatter::Issued, key) if is_successor(key, all) => {}
                KeyNews::Key(matter, key) => add_key(&mut notices, told, (*matter, key)),
                KeyNews::Spray(spray) => add_spray(&mut notices, told, *spray),
            }
        }
        notices
    }
}

fn is_successor(key: &ToldKey, all: &[KeyTold]) -> bool {
    all.iter().any(|told| matches!(&told.news, KeyNews::Key(_, other) if other.successor_id == Some(key.id)))
}

fn add_key(notices: &mut Vec<Notice>, told: &KeyTold, (matter, key): (KeyMatter, &ToldKey)) {
    let same = notices.iter_mut().find_map(|notice| match notice {
        Notice::KeysChanged { workspace_id, matter: of, keys, .. }
            if *workspace_id == told.workspace_id && *of == matter =>
        {
            Some(keys)
        }
        _ => None,
    });
    if let Some(keys) = same {
        keys.push(key.clone());
        return;
    }
    let (workspace_id, actor, at) = (told.workspace_id, told.actor, told.at);
    notices.push(Notice::KeysChanged { workspace_id, matter, keys: vec![key.clone()], actor, at });
}

fn add_spray(notices: &mut Vec<Notice>, told: &KeyTold, spray: KeySpray) {
    let same = notices.iter_mut().find_map(|notice| match notice {
        Notice::KeySpray { sprays, .. } => Some(sprays),
        _ => None,
    });
    match same {
        Some(sprays) => sprays.push(spray),
        None => notices.push(Notice::KeySpray { workspace_id: told.workspace_id, sprays: vec![spray] }),
    }
}

/// One line for the subject of a mail. It is logged: of a key only the prefix.
pub(super) fn keys_subject(matter: KeyMatter, keys: &[ToldKey]) -> String {
    let what = match matter {
        KeyMatter::Issued => "issued".to_owned(),
        KeyMatter::Rotated => "rotated".to_owned(),
        KeyMatter::Locked => "locked".to_owned(),
        KeyMatter::Unlocked => "unlocked".to_owned(),
        KeyMatter::Revoked => "revoked".to_owned(),
        KeyMatter::Expiring { days } => return expiring_subject(days, keys),
    };
    match keys {
        [key] => format!("API key {what}: {}", key.prefix),
        _ => format!("{} API keys {what}", keys.len()),
    }
}

fn expiring_subject(days: u8, keys: &[ToldKey]) -> String {
    let within = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    match keys {
        [key] => format!("API key expires within {within}: {}", key.prefix),
        _ => format!("{} API keys expire within {within}", keys.len()),
    }
}

pub(super) fn keys_text(matter: KeyMatter, keys: &[ToldKey], (actor, at): (Actor, Timestamp)) -> String {
    let what = match matter {
        KeyMatter::Issued => "issued",
        KeyMatter::Rotated => "rotated: each has a successor, and is accepted until it expires",
        KeyMatter::Locked => "locked: requests are refused until they are unlocked",
        KeyMatter::Unlocked => "unlocked: requests are accepted again",
        KeyMatter::Revoked => "revoked: requests are refused for good",
        KeyMatter::Expiring { .. } => {
            let named = named(keys, line_of_key);
            return format!(
                "These API keys expire soon, and are refused then:\n{named}\nRotate them, or give them more time."
            );
        }
    };
    let named = named(keys, line_of_key);
    format!(
        "At {at}, by {actor}, these API keys were {what}.\n{named}\nIf nobody of yours did this, look into the audit log."
    )
}

pub(super) fn spray_subject(sprays: &[KeySpray]) -> String {
    match sprays {
        [KeySpray { network: Some(network), .. }] => format!("Unknown API keys are tried from {network}"),
        [_] => "Unknown API keys are tried from many networks".to_owned(),
        _ => format!("Unknown API keys are tried from {} networks", sprays.len()),
    }
}

pub(super) fn spray_text(sprays: &[KeySpray]) -> String {
    let named = named(sprays, |KeySpray { network, since, unknown_keys }| {
        let network = network.map_or_else(|| "many networks together".to_owned(), |network| network.to_string());
        format!("{network}: {unknown_keys} in the hour from {since}")
    });
    format!(
        "Many requests came with API keys that do not exist:\n{named}\n\
         They were refused, and addresses that fail too often have to wait. Either somebody guesses, or a client goes on with a key \
         that is gone: the usage of keys tells more."
    )
}

fn line_of_key(key: &ToldKey) -> String {
    let about = [
        Some(key.environment.to_string()),
        key.owner.as_ref().map(ToString::to_string),
        key.expires_at.map(|expiry| format!("expires {expiry}")),
        key.successor_id.map(|successor_id| format!("successor {successor_id}")),
    ];
    let about: Vec<_> = about.into_iter().flatten().collect();
    format!("{} {} \"{}\" ({})", key.prefix, key.id, key.label, about.join(", "))
}

/// A line for each of the first, and how many there are besides.
fn named<T>(all: &[T], line: impl Fn(&T) -> String) -> String {
    let mut lines: Vec<_> = all.iter().take(NAMED_MAX).map(|one| format!("- {}", line(one))).collect();
    let rest = all.len().saturating_sub(NAMED_MAX);
    if rest > 0 {
        lines.push(format!("- and {rest} more"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_keys::{ApiKey, Retirement};
    use crate::id::EventId;
    use crate::testing::api_key;

    const BY: (Actor, Timestamp) = (Actor::CommandLine, Timestamp::from_seconds(0));

    fn told(matter: KeyMatter, key: &ApiKey) -> KeyTold {
        KeyTold::of(EventId::from_bytes([1; 16]), BY, matter, key)
    }

    #[test]
    fn many_keys_of_one_change_are_one_notice_that_names_the_first() {
        let all: Vec<_> = (1..=25).map(|number| told(KeyMatter::Revoked, &api_key(number))).collect();
        let [notice] = &Notice::about_keys(&all)[..] else { panic!("one notice") };
        assert_eq!((notice.kind(), notice.subject().as_str()), ("key.revoked", "25 API keys revoked"));
        let text = notice.text();
        assert!(
            text.starts_with("At 1970-01-01T00:00:00.000000Z, by command-line, these API keys were revoked"),
            "{text}"
        );
        assert!(text.contains("- 00000014 key_") && text.contains("- and 5 more\n"), "{text}");
        assert!(!text.contains("- 00000015"), "{text}");
    }

    #[test]
    fn a_rotation_is_one_notice() {
        let retirement = Retirement { rotated_at: BY.1, successor_id: api_key(2).id };
        let retired = ApiKey { retirement: Some(retirement), expires_at: Some(BY.1), ..api_key(1) };
        let all = [told(KeyMatter::Rotated, &retired), told(KeyMatter::Issued, &api_key(2))];
        let [notice] = &Notice::about_keys(&all)[..] else { panic!("one notice") };
        assert_eq!(notice.subject(), "API key rotated: 00000001");
        assert!(notice.text().contains(&format!("successor {}", api_key(2).id)), "{}", notice.text());
    }

    #[test]
    fn keys_that_expire_are_told_by_their_days() {
        let all = [7, 1, 7].map(|days| told(KeyMatter::Expiring { days }, &api_key(u32::from(days))));
        let subjects: Vec<_> = Notice::about_keys(&all).iter().map(Notice::subject).collect();
        assert_eq!(subjects, ["2 API keys expire within 7 days", "API key expires within 1 day: 00000001"]);
    }

    #[test]
    fn networks_that_spray_are_one_notice() {
        let spray = |network: Option<&str>| {
            let network = network.map(|network| network.parse().unwrap());
            let news = KeyNews::Spray(KeySpray { network, since: BY.1, unknown_keys: 120 });
            KeyTold { news, ..told(KeyMatter::Issued, &api_key(1)) }
        };
        let notices = Notice::about_keys(&[spray(Some("203.0.113.0/24"))]);
        assert_eq!(notices[0].subject(), "Unknown API keys are tried from 203.0.113.0/24");
        let notices = Notice::about_keys(&[spray(Some("203.0.113.0/24")), spray(None)]);
        assert_eq!((notices.len(), notices[0].kind()), (1, "key.spray"));
        assert!(notices[0].text().contains("- many networks together: 120 in the hour from 1970-"));
    }
}
