//! Secrets that are shown once more: to whom, after what, and what is told of it.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Scope, ScopeSet};
use devhub_domain::audit::{AuditFilter, AuditLog};
use devhub_domain::id::{EndpointId, EndpointSecretId, KeyId, OperatorId};
use devhub_domain::operators::{
    Client, EmailAddress, FirstStep, NewOperator, Operators, Password, Passwords, Role, SignInAttempt, SignInError,
    SignIns, SignedIn, UserAgent,
};
use devhub_domain::page::PageRequest;
use devhub_domain::secret::Secret;
use devhub_domain::testing::{MemoryFailedSignIns, SeededEntropy};
use devhub_domain::time::Clock;
use devhub_domain::webhooks::{Grace, NewSecret, RevealError};

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "seventeen blue teapots";

fn client() -> Client {
    Client { address: Ipv4Addr::LOCALHOST.into(), user_agent: UserAgent::cut("Browser") }
}

/// A developer who has just signed in, and the door where that happened.
fn developer(hub: &Hub) -> (SignIns, SignedIn) {
    let entropy = Arc::new(SeededEntropy::new(5));
    let passwords = Passwords::new(entropy.clone());
    let email = EmailAddress::new(EMAIL).unwrap();
    let hash = passwords.hash(&Password::new(Secret::new(PASSWORD), &email).unwrap()).unwrap();
    let new = NewOperator { email, role: Role::Developer, password: Some(hash) };
    let operators = Operators::new(hub.store.clone(), hub.clock.clone(), entropy.clone());
    operators.add(Asker::COMMAND_LINE, WORKSPACE, new).commit().unwrap();
    let failures = Arc::new(MemoryFailedSignIns::new(hub.clock.clone()));
    let sign_ins = SignIns::new(hub.store.clone(), passwords, failures, hub.clock.clone(), entropy);
    let attempt = SignInAttempt { email: EMAIL.to_owned(), password: Secret::new(PASSWORD), client: client() };
    let FirstStep::SignedIn(signed_in) = sign_ins.sign_in(&attempt, None).unwrap().commit().unwrap() else {
        panic!("a code is needed");
    };
    (sign_ins, *signed_in)
}

/// An endpoint with its secret.
fn shop(hub: &Hub) -> (EndpointId, EndpointSecretId, Secret) {
    let created = hub.create("*");
    let id = created.endpoint.id;
    (id, hub.endpoints.list_secrets(WORKSPACE, id).unwrap().remove(0).id, created.secret)
}

fn code(hub: &Hub, asker: Asker, id: EndpointId, secret: EndpointSecretId) -> Result<(), &'static str> {
    let revealed = hub.endpoints.reveal_secret(asker, WORKSPACE, id, secret).commit();
    revealed.map(drop).map_err(|error| error.code())
}

#[test]
fn an_operator_who_has_just_given_the_password_sees_the_secret_and_each_time_is_logged() {
    let hub = Hub::new();
    let (id, secret_id, secret) = shop(&hub);
    let (_, signed_in) = developer(&hub);
    for _ in 0..2 {
        let reveal = hub.endpoints.reveal_secret(signed_in.asker(), WORKSPACE, id, secret_id);
        assert_eq!(reveal.commit().unwrap().secret, secret);
    }
    let log = AuditLog::new(hub.store.clone());
    let lines = log.list(WORKSPACE, &AuditFilter::default(), PageRequest::default()).unwrap().items;
    let reveals: Vec<_> = lines.iter().filter(|line| line.action == "endpoint.secret_revealed").collect();
    assert_eq!(reveals.len(), 2);
    assert_eq!((reveals[0].subject.as_str(), reveals[0].actor), (id.to_string().as_str(), signed_in.asker().actor()));
    assert!(reveals[0].detail.contains(&secret_id.to_string()));
    assert!(!lines.iter().any(|line| line.detail.contains(secret.expose())));
}

#[test]
fn ten_minutes_later_the_password_is_needed_again_and_wrong_ones_count_as_failed_sign_ins() {
    let hub = Hub::new();
    let (id, secret_id, _) = shop(&hub);
    let (sign_ins, signed_in) = developer(&hub);
    hub.clock.advance(Duration::from_mins(10));
    assert_eq!(code(&hub, signed_in.asker(), id, secret_id), Err("step_up_needed"));
    let again = |password: &str| sign_ins.again(&signed_in, Secret::new(password), client());
    for _ in 0..5 {
        assert!(matches!(again("nine purple kettles"), Err(SignInError::Wrong)));
    }
    assert!(matches!(again(PASSWORD), Err(SignInError::Throttled { .. })), "as at the door");
    hub.clock.advance(Duration::from_mins(5));
    let asker = again(PASSWORD).unwrap().commit().unwrap().asker();
    assert_eq!(code(&hub, asker, id, secret_id), Ok(()));
}

#[test]
fn no_key_no_command_line_and_no_viewer_sees_a_secret() {
    let hub = Hub::new();
    let (id, secret_id, _) = shop(&hub);
    let key = Asker::key(KeyId::from_bytes([1; 16]), ScopeSet::from_iter([Scope::EndpointsWrite]));
    let viewer = Asker::operator(OperatorId::from_bytes([1; 16]), Role::Viewer.scopes(), hub.clock.now());
    let expected = [
        (key, "operators_only"),
        (Asker::COMMAND_LINE, "operators_only"),
        (Asker::SYSTEM, "operators_only"),
        (viewer, "insufficient_scope"),
    ];
    for (asker, reason) in expected {
        assert_eq!(code(&hub, asker, id, secret_id), Err(reason), "{asker:?}");
    }
}

#[test]
fn a_secret_that_signs_no_more_or_belongs_elsewhere_is_not_shown() {
    let hub = Hub::new();
    let (id, secret_id, _) = shop(&hub);
    let (other, ..) = shop(&hub);
    let (_, signed_in) = developer(&hub);
    let asker = signed_in.asker();
    assert_eq!(code(&hub, asker, other, secret_id), Err("endpoint_secret_not_found"));
    let elsewhere = hub.endpoints.reveal_secret(asker, OTHER_WORKSPACE, id, secret_id).commit();
    assert!(matches!(elsewhere, Err(RevealError::Endpoint(error)) if error.code() == "endpoint_not_found"));
    let new = NewSecret { secret: None, grace: Grace::from_seconds(60).unwrap() };
    hub.endpoints.rotate_secret(Asker::COMMAND_LINE, WORKSPACE, id, new).unwrap().commit().unwrap();
    assert_eq!(code(&hub, asker, id, secret_id), Ok(()), "it signs until its grace ends");
    hub.clock.advance(Duration::from_mins(1));
    assert_eq!(code(&hub, asker, id, secret_id), Err("endpoint_secret_not_found"));
}
