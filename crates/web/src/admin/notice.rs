//! What a page says of the change that led to it.
//!
//! It waits in a cookie as a word of ours and perhaps an id: no text that somebody could have planted is shown.

use std::fmt;
use std::str::FromStr;

use devhub_domain::id::KeyId;

use super::components::{Alert, Tone};
use super::kept_for::KeptFor;

/// Something that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    SignedOut,
    SignInAgain,
    SearchShortened,
    /// With the milliseconds after which every node obeyed.
    KeyLocked(KeyId, u32),
    KeyUnlocked(KeyId),
    KeyRevoked(KeyId, u32),
    KeySaved(KeyId),
    NoKeyChosen,
    /// So many were locked; the others stay as they were.
    KeysLocked(u16),
    KeysUnlocked(u16),
    KeysRevoked(u16),
    PasswordChanged,
    SecondFactorOff,
    OfferExpired,
    CodeTooLate,
    RecoveryCodesShownBefore,
    SessionEnded,
    SessionsEnded,
    WorkspaceSaved,
    WorkspaceCreated,
    WorkspaceSwitched,
    WorkspaceLeft,
    OperatorAdmitted,
    OperatorRemoved,
    OperatorSessionsEnded,
    OperatorSecondFactorReset,
    OperatorRoleChanged,
    OperatorPasswordShownBefore,
    EndpointSaved,
    EndpointPaused,
    EndpointResumed,
    EndpointDeleted,
    EventTypeSaved,
    EventTypeRemoved,
    SecretShownBefore,
    SecretRetired,
    MailTestedBefore,
    DeliveryResent,
    GatewaySaved,
    RuleSaved,
    RuleMoved,
    RuleDeleted,
    OverrideSaved,
    OverrideDeleted,
    NetworksSaved,
    BucketReset,
    ReferenceUploaded,
    ReferenceRemoved,
}

/// The words of those that are about nothing by themselves. What is not here is lost on its way: `notice_tests` reads each back.
const WORDS: [(Notice, &str); 41] = [
    (Notice::SignedOut, "signed-out"),
    (Notice::SignInAgain, "sign-in-again"),
    (Notice::SearchShortened, "search-shortened"),
    (Notice::NoKeyChosen, "no-key-chosen"),
    (Notice::PasswordChanged, "password-changed"),
    (Notice::SecondFactorOff, "second-factor-off"),
    (Notice::OfferExpired, "offer-expired"),
    (Notice::CodeTooLate, "code-too-late"),
    (Notice::RecoveryCodesShownBefore, "recovery-codes-shown-before"),
    (Notice::SessionEnded, "session-ended"),
    (Notice::SessionsEnded, "sessions-ended"),
    (Notice::OperatorAdmitted, "operator-admitted"),
    (Notice::OperatorRoleChanged, "operator-role-changed"),
    (Notice::OperatorSessionsEnded, "operator-sessions-ended"),
    (Notice::OperatorSecondFactorReset, "operator-second-factor-reset"),
    (Notice::OperatorRemoved, "operator-removed"),
    (Notice::OperatorPasswordShownBefore, "operator-password-shown-before"),
    (Notice::WorkspaceSaved, "workspace-saved"),
    (Notice::WorkspaceCreated, "workspace-created"),
    (Notice::WorkspaceSwitched, "workspace-switched"),
    (Notice::WorkspaceLeft, "workspace-left"),
    (Notice::EndpointSaved, "endpoint-saved"),
    (Notice::EndpointPaused, "endpoint-paused"),
    (Notice::EndpointResumed, "endpoint-resumed"),
    (Notice::EndpointDeleted, "endpoint-deleted"),
    (Notice::EventTypeSaved, "event-type-saved"),
    (Notice::EventTypeRemoved, "event-type-removed"),
    (Notice::SecretShownBefore, "secret-shown-before"),
    (Notice::SecretRetired, "secret-retired"),
    (Notice::MailTestedBefore, "mail-tested-before"),
    (Notice::DeliveryResent, "delivery-resent"),
    (Notice::GatewaySaved, "gateway-saved"),
    (Notice::RuleSaved, "rule-saved"),
    (Notice::RuleMoved, "rule-moved"),
    (Notice::RuleDeleted, "rule-deleted"),
    (Notice::OverrideSaved, "override-saved"),
    (Notice::OverrideDeleted, "override-deleted"),
    (Notice::NetworksSaved, "networks-saved"),
    (Notice::BucketReset, "bucket-reset"),
    (Notice::ReferenceUploaded, "reference-uploaded"),
    (Notice::ReferenceRemoved, "reference-removed"),
];

impl Notice {
    /// The key that it is about.
    pub(super) const fn key_id(self) -> Option<KeyId> {
        match self {
            Self::KeyLocked(id, _) | Self::KeyUnlocked(id) | Self::KeyRevoked(id, _) | Self::KeySaved(id) => Some(id),
            _ => None,
        }
    }

    /// How many keys it is about.
    const fn count(self) -> Option<u16> {
        match self {
            Self::KeysLocked(count) | Self::KeysUnlocked(count) | Self::KeysRevoked(count) => Some(count),
            _ => None,
        }
    }

    /// The notice as a page shows it, with the label of the key that it is about.
    pub(super) fn alert(self, label: &str, kept_for: KeptFor) -> Alert {
        let (title, text) = match self {
            Self::SearchShortened => (
                "The secret part of a key was left out of the search.".to_owned(),
                "It belongs nowhere but into the program that uses the key: if it was seen, revoke the key.",
            ),
            Self::KeyLocked(_, after_ms) => {
                let text = "Requests with this key are refused until it is unlocked.";
                return good(format!("{label} is locked."), &format!("{text} {}", obeyed(after_ms)));
            }
            Self::KeyUnlocked(_) => {
                (format!("{label} is unlocked."), "Requests with this key are accepted again, unless it has expired.")
            }
            Self::KeyRevoked(_, after_ms) => {
                let text = "Requests with this key are refused from now on.";
                return good(format!("{label} is revoked."), &format!("{text} {}", obeyed(after_ms)));
            }
            Self::KeySaved(_) => (format!("{label} is saved."), "The next request with it is judged anew."),
            Self::NoKeyChosen => {
                ("No key was chosen.".to_owned(), "Tick the boxes of some keys, then choose what to do.")
            }
            Self::KeysLocked(count) | Self::KeysUnlocked(count) | Self::KeysRevoked(count) => {
                return self.of_keys(count);
            }
            Self::SignedOut
            | Self::SignInAgain
            | Self::PasswordChanged
            | Self::SecondFactorOff
            | Self::OfferExpired
            | Self::CodeTooLate
            | Self::SessionEnded
            | Self::SessionsEnded => return self.of_account(),
            Self::OperatorRoleChanged
            | Self::OperatorSessionsEnded
            | Self::OperatorSecondFactorReset
            | Self::OperatorRemoved
            | Self::OperatorAdmitted => return self.of_operator(),
            Self::WorkspaceSaved | Self::WorkspaceCreated | Self::WorkspaceSwitched | Self::WorkspaceLeft => {
                return self.of_workspace();
            }
            Self::EndpointSaved | Self::EndpointPaused | Self::EndpointResumed | Self::EndpointDeleted => {
                return self.of_endpoint(kept_for);
            }
            Self::EventTypeSaved | Self::EventTypeRemoved => return self.of_event_type(),
            Self::DeliveryResent => {
                ("The delivery is sent again.".to_owned(), "Reload the page to see what came of it.")
            }
            Self::GatewaySaved => ("The gateway is saved.".to_owned(), "The next payer is offered what it is now."),
            Self::RuleSaved
            | Self::RuleMoved
            | Self::RuleDeleted
            | Self::OverrideSaved
            | Self::OverrideDeleted
            | Self::NetworksSaved
            | Self::BucketReset => return self.of_limits(),
            Self::ReferenceUploaded | Self::ReferenceRemoved => return self.of_document(),
            Self::SecretRetired => ("The secret is retired.".to_owned(), "It signs nothing any more."),
            Self::MailTestedBefore
            | Self::SecretShownBefore
            | Self::OperatorPasswordShownBefore
            | Self::RecoveryCodesShownBefore => {
                return self.of_repeat();
            }
        };
        good(title, text)
    }

    /// What was done with several keys.
    fn of_keys(self, count: u16) -> Alert {
        let (done, text) = match self {
            Self::KeysLocked(_) => ("locked", "Requests with them are refused until they are unlocked."),
            Self::KeysUnlocked(_) => ("unlocked", "Requests with them are accepted again, unless they have expired."),
            _ => ("revoked", "Requests with them are refused from now on."),
        };
        good(format!("{} {done}.", keys(count)), text)
    }

    /// What a form has done before.
    fn of_repeat(self) -> Alert {
        let (title, text) = match self {
            Self::MailTestedBefore => {
                ("This form has sent its mail already.", "Nothing more was sent: send another one below.")
            }
            Self::RecoveryCodesShownBefore => (
                "This form was used already.",
                "Its codes were shown once, and they still count. If they are lost, make new ones below.",
            ),
            Self::OperatorPasswordShownBefore => (
                "This form was used already.",
                "Its password was shown once, and nothing was changed now. If it is lost, reset the password to get another.",
            ),
            _ => ("This secret was shown already.", "Show it once more below, or rotate it."),
        };
        Alert { tone: Tone::Info, title: title.to_owned(), text: text.to_owned() }
    }

    /// What was done with the own account.
    fn of_account(self) -> Alert {
        let (title, text) = match self {
            Self::SignedOut => ("You are signed out.", ""),
            Self::SignInAgain => ("You were signed out meanwhile.", "Nothing was changed: sign in, then do it again."),
            Self::PasswordChanged => ("Your password is changed.", "Your other sessions were ended."),
            Self::OfferExpired => (
                "The secret was shown too long ago.",
                "Nothing was changed. Scan the new code, and delete the entry of the old one from your application.",
            ),
            Self::CodeTooLate => {
                ("The code came too late.", "Give your password again; the code may follow for five minutes.")
            }
            Self::SecondFactorOff => ("The second factor is off.", "Your password alone signs you in."),
            Self::SessionEnded => ("The session is ended.", "Its browser has to sign in again."),
            _ => ("All other sessions are ended.", "Their browsers have to sign in again."),
        };
        good(title.to_owned(), text)
    }

    /// What was done with an endpoint.
    fn of_endpoint(self, kept_for: KeptFor) -> Alert {
        let (title, text) = match self {
            Self::EndpointSaved => ("The endpoint is saved.", "Requests are made so from now on.".to_owned()),
            Self::EndpointPaused => {
                ("The endpoint is paused.", format!("What happens meanwhile is kept for it {kept_for}."))
            }
            Self::EndpointResumed => ("The endpoint is resumed.", "It is sent what waited for it.".to_owned()),
            _ => ("The endpoint is deleted.", "Nothing is sent to it any more.".to_owned()),
        };
        good(title.to_owned(), &text)
    }

    /// What was done with a limit.
    fn of_limits(self) -> Alert {
        let (title, text) = match self {
            Self::RuleSaved => ("The rule is saved.", "The next request is held against it."),
            Self::RuleMoved => ("The rules are in another order.", "The next request is held against them in it."),
            Self::RuleDeleted => ("The rule is deleted.", "It limits nothing any more."),
            Self::OverrideSaved => ("The override is saved.", "The next request is held against it."),
            Self::OverrideDeleted => ("The override is deleted.", "What stands behind it holds again."),
            Self::NetworksSaved => ("The exempt networks are saved.", "The next request from there is judged anew."),
            _ => ("The bucket is full again.", "What was spent of it is forgotten."),
        };
        good(title.to_owned(), text)
    }

    /// What was done with a workspace.
    fn of_workspace(self) -> Alert {
        let (title, text) = match self {
            Self::WorkspaceCreated => ("The workspace is made.", "Switch to it by the menu on top of every page."),
            Self::WorkspaceSwitched => {
                ("You have switched.", "What you see and change is of the workspace that is named on top.")
            }
            Self::WorkspaceLeft => ("You have left the workspace.", "Your sessions there were ended."),
            _ => ("The workspace is saved.", ""),
        };
        good(title.to_owned(), text)
    }

    /// What was done with an operator.
    fn of_operator(self) -> Alert {
        let (title, text) = match self {
            Self::OperatorRoleChanged => {
                ("The role is changed.", "Its sessions here were ended: the person signs in again.")
            }
            Self::OperatorAdmitted => (
                "The operator works here too.",
                "It signs in with the password that it has, and switches on top of a page.",
            ),
            Self::OperatorRemoved => {
                ("The operator is removed.", "Its sessions here were ended. What it did stays in the audit log.")
            }
            Self::OperatorSecondFactorReset => (
                "The second factor is reset.",
                "The password alone signs in. If there was one, the sessions were ended.",
            ),
            _ => ("The sessions are ended.", "The person has to sign in again."),
        };
        good(title.to_owned(), text)
    }

    /// What was done with a type of the catalogue.
    fn of_event_type(self) -> Alert {
        if self == Self::EventTypeRemoved {
            return good("The event type is removed.".to_owned(), "What was published of it stays in the log.");
        }
        good("The event type is saved.".to_owned(), "A strict workspace holds what is published next against it.")
    }

    /// What was done with the document of the reference.
    fn of_document(self) -> Alert {
        if self == Self::ReferenceRemoved {
            return good("The document is removed.".to_owned(), "The reference shows it no more.");
        }
        good("The document is uploaded.".to_owned(), "The reference shows what it says.")
    }

    fn word(self) -> &'static str {
        match self {
            Self::KeyLocked(..) => "key-locked",
            Self::KeyUnlocked(_) => "key-unlocked",
            Self::KeyRevoked(..) => "key-revoked",
            Self::KeySaved(_) => "key-saved",
            Self::KeysLocked(_) => "keys-locked",
            Self::KeysUnlocked(_) => "keys-unlocked",
            Self::KeysRevoked(_) => "keys-revoked",
            plain => WORDS.iter().find(|(notice, _)| *notice == plain).map_or("", |(_, word)| word),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        self.key_id().map_or(Ok(()), |id| write!(f, ".{id}"))?;
        match self {
            Self::KeyLocked(_, after_ms) | Self::KeyRevoked(_, after_ms) => write!(f, ".{after_ms}"),
            notice => notice.count().map_or(Ok(()), |count| write!(f, ".{count}")),
        }
    }
}

/// A number of keys, up to the verb.
fn keys(count: u16) -> String {
    match count {
        0 => "No key is".to_owned(),
        1 => "1 key is".to_owned(),
        _ => format!("{count} keys are"),
    }
}

fn good(title: String, text: &str) -> Alert {
    Alert { tone: Tone::Good, title, text: text.to_owned() }
}

fn obeyed(after_ms: u32) -> String {
    format!("The hub obeyed within {after_ms} ms.")
}

/// The text is no notice.
#[derive(Debug)]
pub(super) struct NoNotice;

impl FromStr for Notice {
    type Err = NoNotice;

    fn from_str(text: &str) -> Result<Self, NoNotice> {
        let (word, id) = text.split_once('.').unwrap_or((text, ""));
        let of_key = |notice: fn(KeyId) -> Self| id.parse().map(notice).or(Err(NoNotice));
        let of_keys = |notice: fn(u16) -> Self| id.parse().map(notice).or(Err(NoNotice));
        let of_receipt = |notice: fn(KeyId, u32) -> Self| {
            let (id, after_ms) = id.split_once('.').ok_or(NoNotice)?;
            let read = id.parse().ok().zip(after_ms.parse().ok());
            read.map(|(id, after_ms)| notice(id, after_ms)).ok_or(NoNotice)
        };
        match word {
            "key-locked" => of_receipt(Self::KeyLocked),
            "key-unlocked" => of_key(Self::KeyUnlocked),
            "key-revoked" => of_receipt(Self::KeyRevoked),
            "key-saved" => of_key(Self::KeySaved),
            "keys-locked" => of_keys(Self::KeysLocked),
            "keys-unlocked" => of_keys(Self::KeysUnlocked),
            "keys-revoked" => of_keys(Self::KeysRevoked),
            _ => WORDS.iter().find(|(_, plain)| *plain == word).map(|(notice, _)| *notice).ok_or(NoNotice),
        }
    }
}

#[cfg(test)]
#[path = "notice_tests.rs"]
mod tests;
