//! Tests of notices: what is written for the next page is what it reads.

use super::*;

const KEY: KeyId = KeyId::from_bytes([7; 16]);

#[test]
fn a_notice_reads_back_what_it_says() {
    let all = [
        Notice::SignedOut,
        Notice::SignInAgain,
        Notice::SearchShortened,
        Notice::KeyLocked(KEY, 0),
        Notice::KeyUnlocked(KEY),
        Notice::KeyRevoked(KEY, 17),
        Notice::KeySaved(KEY),
        Notice::NoKeyChosen,
        Notice::KeysLocked(3),
        Notice::KeysUnlocked(0),
        Notice::KeysRevoked(1),
        Notice::PasswordChanged,
        Notice::SecondFactorOff,
        Notice::OfferExpired,
        Notice::CodeTooLate,
        Notice::RecoveryCodesShownBefore,
        Notice::SessionEnded,
        Notice::SessionsEnded,
        Notice::WorkspaceSaved,
        Notice::WorkspaceCreated,
        Notice::WorkspaceSwitched,
        Notice::OperatorAdmitted,
        Notice::OperatorRemoved,
        Notice::OperatorSessionsEnded,
        Notice::OperatorSecondFactorReset,
        Notice::OperatorRoleChanged,
        Notice::OperatorPasswordShownBefore,
        Notice::EndpointSaved,
        Notice::EndpointPaused,
        Notice::EndpointResumed,
        Notice::EndpointDeleted,
        Notice::EventTypeSaved,
        Notice::EventTypeRemoved,
        Notice::SecretShownBefore,
        Notice::SecretRetired,
        Notice::MailTestedBefore,
        Notice::DeliveryResent,
        Notice::GatewaySaved,
        Notice::RuleSaved,
        Notice::RuleMoved,
        Notice::RuleDeleted,
        Notice::OverrideSaved,
        Notice::OverrideDeleted,
        Notice::NetworksSaved,
        Notice::BucketReset,
        Notice::ReferenceUploaded,
        Notice::ReferenceRemoved,
    ];
    for notice in all {
        assert_eq!(notice.to_string().parse::<Notice>().unwrap(), notice);
    }
}

#[test]
fn a_text_of_somebody_else_is_no_notice() {
    for text in ["", "key-locked", "key-locked.Call us", "keys-locked.Call us", "You have won", "key-locked.key_"] {
        assert!(text.parse::<Notice>().is_err(), "{text}");
    }
}
