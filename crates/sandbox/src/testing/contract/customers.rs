//! Customers.

use devhub_domain::time::Timestamp;

use super::seed::{Store, conflict, look, page, put, workspace_id};
use crate::testing::customer;
use crate::{Customer, CustomerId, CustomerName, Email, Phone};

fn insert(store: &Store, customer: &Customer) -> bool {
    put(store, |tx| tx.insert_customer(customer))
}

/// A customer comes back as it went in, with every field set and with none that may be missing.
pub fn a_customer_reads_back_as_it_was_written(store: &Store) {
    let full = Customer {
        name: CustomerName::cut("Ada 'Ä' Lovelace").unwrap(),
        email: Some(Email::new("Ada.Lovelace@Example.COM").unwrap()),
        phone: Phone::cut("+880 (17) 00-1"),
        created_at: Timestamp::from_micros(1_000_001),
        updated_at: Timestamp::from_micros(1_000_002),
        revision: 3,
        ..customer(1)
    };
    let bare = Customer { email: None, phone: None, ..customer(2) };
    assert!(insert(store, &full));
    assert!(insert(store, &bare));
    assert_eq!(look(store, |tx| tx.find_customer(workspace_id(1), 1)), Some(full));
    assert_eq!(look(store, |tx| tx.find_customer(workspace_id(1), 2)), Some(bare));
}

/// Number, id, mail address and telephone number find a customer in its workspace; of several with one number the newest.
pub fn a_customer_is_found_by_whatever_identifies_it(store: &Store) {
    let shared = Customer { phone: customer(1).phone, ..customer(2) };
    assert!(insert(store, &customer(1)));
    assert!(insert(store, &shared));
    let email = customer(1).email.unwrap().normalised();
    let phone = customer(1).phone.unwrap().normalised();
    let found = |workspace| {
        let workspace_id = workspace_id(workspace);
        look(store, |tx| {
            Ok([
                tx.find_customer(workspace_id, 1)?,
                tx.find_customer_by_id(workspace_id, customer(1).id)?,
                tx.find_customer_by_email(workspace_id, &email)?,
                tx.find_customer_by_phone(workspace_id, &phone)?,
            ])
        })
    };
    let one = Some(customer(1));
    assert_eq!(found(1), [one.clone(), one.clone(), one, Some(shared)]);
    assert_eq!(found(2), [None, None, None, None]);
}

/// Addresses are compared in their normalised form; nothing is written for one that is taken.
pub fn a_mail_address_is_taken_once_in_a_workspace(store: &Store) {
    assert!(insert(store, &customer(1)));
    let again = Customer { email: Some(Email::new("ADA1@example.com").unwrap()), ..customer(2) };
    assert!(!insert(store, &again));
    assert_eq!(look(store, |tx| tx.find_customer(workspace_id(1), 2)), None);
    assert!(insert(store, &Customer { workspace_id: workspace_id(2), ..again }));
    conflict(store, |tx| {
        tx.insert_customer(&Customer { email: None, id: CustomerId::from_bytes([9; 16]), ..customer(1) })
    });
    conflict(store, |tx| tx.insert_customer(&Customer { email: None, id: customer(1).id, ..customer(3) }));
}

/// No address is no address that is taken. *Source:* contract §7, 30.
pub fn customers_without_a_mail_address_do_not_collide(store: &Store) {
    assert!(insert(store, &Customer { email: None, ..customer(1) }));
    assert!(insert(store, &Customer { email: None, ..customer(2) }));
    assert_eq!(look(store, |tx| tx.find_customer_by_email(workspace_id(1), "")), None);
}

/// Name and telephone number change, and what finds a customer with them.
pub fn an_update_writes_what_may_change(store: &Store) {
    assert!(insert(store, &customer(1)));
    let changed = Customer {
        name: CustomerName::cut("Grace Hopper").unwrap(),
        phone: Phone::cut("555-1"),
        updated_at: Timestamp::from_seconds(9),
        revision: 2,
        ..customer(1)
    };
    put(store, |tx| tx.update_customer(&changed));
    assert_eq!(look(store, |tx| tx.find_customer_by_phone(workspace_id(1), "5551")), Some(changed));
    let before = customer(1).phone.unwrap().normalised();
    assert_eq!(look(store, |tx| tx.find_customer_by_phone(workspace_id(1), &before)), None);
}

/// An update that is based on an old revision is refused.
pub fn an_update_of_an_old_revision_is_a_conflict(store: &Store) {
    assert!(insert(store, &customer(1)));
    conflict(store, |tx| tx.update_customer(&customer(1)));
    conflict(store, |tx| tx.update_customer(&Customer { revision: 3, ..customer(1) }));
    conflict(store, |tx| tx.update_customer(&Customer { revision: 2, ..customer(2) }));
}

/// Newest first, with how many there are; a page past the end is the last one.
pub fn customers_are_listed_page_by_page(store: &Store) {
    for number in [1, 2, 3] {
        assert!(insert(store, &customer(number)));
    }
    let read = |workspace, number| {
        let list = look(store, |tx| tx.list_customers(workspace_id(workspace), page(number, 2)));
        let numbers: Vec<_> = list.items.iter().map(|item| item.number).collect();
        (numbers, list.total, list.page.get())
    };
    assert_eq!(read(1, 1), (vec![3, 2], 3, 1));
    assert_eq!(read(1, 7), (vec![1], 3, 2));
    assert_eq!(read(2, 1), (vec![], 0, 1));
}
