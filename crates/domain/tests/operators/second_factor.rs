//! The second factor: what the password does before the code, and what is changed for a code alone.

use std::time::Duration;

use devhub_domain::operators::{
    FirstStep, OperatorError, RecoveryCode, Role, SecondFactorError, SecondStep, SignInError, SignedIn, TotpSecret,
};
use devhub_domain::secret::Secret;
use devhub_domain::testing::totp_code;
use devhub_domain::time::Clock as _;

use crate::hub::{Hub, OLD_PASSWORD, PASSWORD, WORKSPACE, attempt, client};

const EMAIL: &str = "ada@example.com";

/// Turns the second factor on; gives its secret and its recovery codes. The code of this half minute is spent.
fn turn_on(hub: &Hub, signed_in: &SignedIn) -> (TotpSecret, Vec<RecoveryCode>) {
    let offer = hub.second_factors.offer(signed_in.operator.id);
    let code = totp_code(&offer.secret, hub.clock.now());
    let added = hub.second_factors.add(signed_in.asker(), &signed_in.session, &offer, &code).commit().unwrap();
    (offer.secret, added)
}

/// A code that was not used yet.
fn next_code(hub: &Hub, secret: &TotpSecret) -> Secret {
    hub.clock.advance(Duration::from_secs(30));
    Secret::new(totp_code(secret, hub.clock.now()))
}

/// An owner who has turned it on.
fn owner(hub: &Hub) -> (SignedIn, TotpSecret, Vec<RecoveryCode>) {
    hub.add(EMAIL, Role::Owner);
    let signed_in = hub.sign_in(EMAIL);
    let (secret, codes) = turn_on(hub, &signed_in);
    (signed_in, secret, codes)
}

fn renew(hub: &Hub, who: &SignedIn, typed: &Secret) -> Result<Vec<RecoveryCode>, SecondFactorError> {
    hub.second_factors.renew(who, typed.clone(), &client(1))?.commit()
}

fn remove(hub: &Hub, who: &SignedIn, typed: &Secret) -> Result<(), SecondFactorError> {
    hub.second_factors.remove(who, typed.clone(), &client(1))?.commit()
}

fn is_on(hub: &Hub, who: &SignedIn) -> bool {
    hub.second_factors.find(who.operator.id).unwrap().is_some()
}

#[test]
fn a_password_that_is_kept_in_an_old_way_is_kept_in_todays_before_the_code_is_typed() {
    let hub = Hub::new();
    let (id, old) = hub.add_with_old_hash(EMAIL);
    let signed_in = hub.try_sign_in(EMAIL, OLD_PASSWORD, &client(1)).unwrap();
    let (secret, _) = turn_on(&hub, &signed_in);
    hub.put_password(id, &old);
    let step = hub.sign_ins.sign_in(&attempt(EMAIL, OLD_PASSWORD, &client(1)), None).unwrap().commit().unwrap();
    let FirstStep::CodeNeeded(given) = step else { panic!("no code is needed") };
    assert!(hub.operators.find(WORKSPACE, id).unwrap().password.is_some_and(|kept| kept != old));
    let password_given = hub.second_factors.seal(WORKSPACE, &given);
    let step = SecondStep { password_given, typed: next_code(&hub, &secret), client: client(1) };
    let after = hub.second_factors.sign_in(WORKSPACE, &step, None).unwrap().commit().unwrap();
    assert!(hub.is_signed_in(&after), "the password that was given is the one that is kept now");
}

#[test]
fn new_recovery_codes_and_turning_off_need_a_code_that_was_not_used() {
    let hub = Hub::new();
    let (owner, secret, codes) = owner(&hub);
    let spent = Secret::new(totp_code(&secret, hub.clock.now()));
    for wrong in [&spent, &Secret::new(""), &Secret::new("AAAQ-EAYE-AUDA-OCAJ")] {
        assert!(matches!(renew(&hub, &owner, wrong), Err(SecondFactorError::WrongCode)));
    }
    let code = next_code(&hub, &secret);
    let renewed = renew(&hub, &owner, &code).unwrap();
    assert!(matches!(renew(&hub, &owner, &code), Err(SecondFactorError::WrongCode)), "a code counts once");
    assert!(matches!(remove(&hub, &owner, &code), Err(SecondFactorError::WrongCode)), "whatever for");
    assert!(matches!(remove(&hub, &owner, &codes[0].to_secret()), Err(SecondFactorError::WrongCode)));
    assert!(is_on(&hub, &owner));
    remove(&hub, &owner, &renewed[0].to_secret()).unwrap();
    assert!(!is_on(&hub, &owner));
    assert_eq!(hub.actions()[3..], ["operator.recovery_codes_renewed", "operator.second_factor_removed"]);
}

#[test]
fn a_code_that_two_send_at_once_counts_once() {
    let hub = Hub::new();
    let (owner, secret, _) = owner(&hub);
    let code = next_code(&hub, &secret);
    let [one, other] = [(); 2].map(|()| hub.second_factors.renew(&owner, code.clone(), &client(1)).unwrap());
    one.commit().unwrap();
    assert!(matches!(other.commit(), Err(SecondFactorError::WrongCode)));
}

#[test]
fn wrong_codes_and_wrong_passwords_come_to_one_bound() {
    let hub = Hub::new();
    let (owner, secret, _) = owner(&hub);
    for _ in 0..5 {
        assert!(matches!(remove(&hub, &owner, &Secret::new("000000")), Err(SecondFactorError::WrongCode)));
    }
    let right = next_code(&hub, &secret);
    assert!(matches!(remove(&hub, &owner, &right), Err(SecondFactorError::Throttled { .. })));
    let password = hub.sign_ins.again(&owner, Secret::new(PASSWORD), client(1));
    assert!(matches!(password.map(drop), Err(SignInError::Throttled { .. })));
    assert!(is_on(&hub, &owner));
}

#[test]
fn a_right_password_forgives_no_wrong_codes_and_a_right_code_does() {
    let hub = Hub::new();
    let (owner, secret, _) = owner(&hub);
    let guess = |who: &SignedIn| remove(&hub, who, &Secret::new("000000")).unwrap_err();
    for _ in 0..4 {
        guess(&owner);
    }
    let owner = hub.sign_ins.again(&owner, Secret::new(PASSWORD), client(1)).unwrap().commit().unwrap();
    guess(&owner);
    assert!(matches!(guess(&owner), SecondFactorError::Throttled { .. }));
    hub.clock.advance(Duration::from_mins(1));
    renew(&hub, &owner, &next_code(&hub, &secret)).unwrap();
    for _ in 0..5 {
        assert!(matches!(guess(&owner), SecondFactorError::WrongCode));
    }
}

#[test]
fn the_password_is_asked_for_before_the_code_is_looked_at() {
    let hub = Hub::new();
    let (owner, secret, _) = owner(&hub);
    hub.clock.advance(Duration::from_mins(10));
    let code = next_code(&hub, &secret);
    let early = remove(&hub, &owner, &code).unwrap_err();
    assert!(matches!(early, SecondFactorError::Operator(OperatorError::StepUpNeeded)), "{early}");
    let owner = hub.sign_ins.again(&owner, Secret::new(PASSWORD), client(1)).unwrap().commit().unwrap();
    remove(&hub, &owner, &code).unwrap();
}

#[test]
fn nobody_resets_its_own_and_needs_no_code_for_it() {
    let hub = Hub::new();
    let (owner, ..) = owner(&hub);
    let reset = hub.operators.reset_second_factor(owner.asker(), WORKSPACE, owner.operator.id).commit();
    assert!(matches!(reset, Err(OperatorError::OwnSecondFactor)));
    assert!(is_on(&hub, &owner));
}
