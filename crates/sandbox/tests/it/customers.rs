//! Who pays. *Source:* contract §2.9, §3.5.

use devhub_sandbox::{Customer, CustomerName, Email, NewCustomer, PageNumber, Phone, SandboxError};

use super::support::{Bench, bench, other_workspace_id, workspace_id};

fn create(bench: &Bench, email: Option<&str>, phone: Option<&str>) -> Result<Customer, SandboxError> {
    let new = NewCustomer {
        name: CustomerName::cut("Ada Lovelace").unwrap(),
        email: email.map(|email| Email::new(email).unwrap()),
        phone: phone.and_then(Phone::cut),
    };
    bench.sandbox.customers.create(workspace_id(), new).commit()
}

#[test]
fn a_customer_is_found_by_mail_address_by_uuid_and_by_telephone_number() {
    let bench = bench();
    let made = create(&bench, Some("Ada@Example.com"), Some("+880 1712-345678")).unwrap();
    let find = |text: &str| bench.sandbox.customers.find(workspace_id(), text);
    let uuid = made.id.to_string();
    for text in [" ADA@example.COM ", &uuid, &uuid.to_uppercase(), "+8801712345678", " +880 1712-345678"] {
        assert_eq!(find(text).unwrap(), made, "{text}");
    }
    // Cut to thirty characters, or without its letters, it would be the number of another customer.
    let (long, lettered) = ("+8801712345678".to_owned() + &" ".repeat(30) + "9", "call +8801712345678");
    for unknown in
        [&long, lettered, "", "bob@example.com", "@", "8801712345678", "ada", "3f0a6f1c-6f0e-4c53-9d7e-1a2b3c4d5e6f"]
    {
        assert!(matches!(find(unknown), Err(SandboxError::CustomerNotFound)), "{unknown}");
    }
    let elsewhere = bench.sandbox.customers.find(other_workspace_id(), &uuid);
    assert!(matches!(elsewhere, Err(SandboxError::CustomerNotFound)));
}

/// *Source:* contract §2.9.
#[test]
fn a_mail_address_is_taken_once() {
    let bench = bench();
    create(&bench, Some("ada@example.com"), None).unwrap();
    let again = create(&bench, Some("ADA@EXAMPLE.COM"), None).unwrap_err();
    assert_eq!(
        (again.code(), again.to_string().as_str()),
        ("customer_exists", "a customer with this email exists already")
    );
    assert_eq!(create(&bench, Some("bob@example.com"), None).unwrap().number, 2, "a refusal uses up no number");
    assert_eq!(bench.events(), ["customer.created", "customer.created"]);
}

/// *Source:* contract §7, 30.
#[test]
fn customers_without_a_mail_address_do_not_collide() {
    let bench = bench();
    create(&bench, None, None).unwrap();
    create(&bench, None, None).unwrap();
    let list = bench.sandbox.customers.list(workspace_id(), PageNumber::default()).unwrap();
    assert_eq!(list.items.iter().map(|customer| customer.number).collect::<Vec<_>>(), [2, 1]);
    assert_eq!((list.total, list.total_pages()), (2, 1));
}
