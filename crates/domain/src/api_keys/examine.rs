//! The checks of the directory, told one by one with what they look at.

use ipnet::IpNet;

use super::check::{Check, Examined, Input};
use super::directory::{Entry, Question};
use super::{ApiKey, KeyDirectory};
use crate::time::Timestamp;

impl KeyDirectory {
    /// Makes every check of a key that was just read, or of the newer state that is here, each by itself. Notes no use.
    pub(super) fn examine(&self, key: &ApiKey, question: Question) -> Vec<Examined> {
        self.look_at(key, |newest| {
            let examined = Check::OF_KEYS.into_iter().map(|check| Examined {
                check,
                denial: self.failed(check, newest, question),
                inputs: self.inputs_of(check, newest, question),
            });
            examined.collect()
        })
    }

    fn inputs_of(&self, check: Check, entry: &Entry, Question { address, required, now, .. }: Question) -> Vec<Input> {
        match check {
            Check::Revoked | Check::Locked => vec![Input::new("status", entry.status.as_str())],
            Check::Expired => {
                let expiry = match entry.expires_at {
                    _ if entry.was_cut_off => "its rotation, which left no grace".to_owned(),
                    i64::MAX => "never".to_owned(),
                    at => Timestamp::from_micros(at).to_string(),
                };
                vec![Input::new("at", &now), Input::new("expires_at", &expiry)]
            }
            Check::WorkspaceSuspended => {
                let state = if self.is_suspended(entry.workspace_id) { "suspended" } else { "active" };
                vec![Input::new("workspace", state)]
            }
            Check::IpNotAllowed => {
                let networks = entry.rare.as_deref().map(|rare| &rare.allow_list[..]).unwrap_or_default();
                let networks = if networks.is_empty() { "all".to_owned() } else { joined(networks) };
                vec![Input::new("address", &address), Input::new("allow_list", &networks)]
            }
            Check::InsufficientScope => vec![Input::new("needs", &required), Input::new("has", &entry.scopes)],
            Check::Malformed | Check::NotFound | Check::RateLimited => Vec::new(),
        }
    }
}

fn joined(networks: &[IpNet]) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
