//! The second factor: what the password does before the code.

use std::time::Duration;

use devhub_domain::operators::{FirstStep, RecoveryCode, SecondStep, SignedIn, TotpSecret};
use devhub_domain::secret::Secret;
use devhub_domain::testing::totp_code;
use devhub_domain::time::Clock as _;

use crate::hub::{Hub, OLD_PASSWORD, WORKSPACE, attempt, client};

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
