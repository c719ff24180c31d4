//! The use cases of customers: create, list, find.

use std::sync::Arc;

use devhub_domain::id::WorkspaceId;
use devhub_domain::store::{Lane, StoreError, read};
use devhub_domain::time::Timestamp;

use crate::customer::{Customer, CustomerName, Email, Payer, Phone};
use crate::error::SandboxError;
use crate::ids::CustomerId;
use crate::page::{Numbered, PageNumber};
use crate::payload::Told;
use crate::ports::{Kind, SandboxTx};
use crate::service::Shared;
use crate::telling::{Teller, change, telling};

/// A customer to add.
#[derive(Clone, Debug)]
pub struct NewCustomer {
    /// What it is called.
    pub name: CustomerName,
    /// Its mail address.
    pub email: Option<Email>,
    /// Its telephone number.
    pub phone: Option<Phone>,
}

/// The use cases of customers.
#[derive(Clone, Debug)]
pub struct Customers {
    parts: Arc<Shared>,
}

impl Customers {
    pub(crate) const fn new(parts: Arc<Shared>) -> Self {
        Self { parts }
    }

    /// Adds a customer and tells of it.
    ///
    /// # Errors
    /// [`SandboxError::EmailTaken`], and the store's own.
    pub fn create(&self, workspace_id: WorkspaceId, new: NewCustomer) -> change!(Customer) {
        let now = self.parts.clock.now();
        let id = CustomerId::generate(&*self.parts.entropy);
        let body = move |tx: &mut (dyn SandboxTx + 'static), teller: &mut Teller| {
            // Looked for first, so that a refused customer uses up no number.
            let taken = new.email.as_ref().map(|email| tx.find_customer_by_email(workspace_id, &email.normalised()));
            if taken.transpose()?.flatten().is_some() {
                return Err(SandboxError::EmailTaken);
            }
            insert(tx, (workspace_id, id), &new, teller)?.ok_or(SandboxError::EmailTaken)
        };
        telling(&self.parts, Lane::Interactive, Teller::new(&self.parts, now, 1), body)
    }

    /// Customers of a workspace, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(&self, workspace_id: WorkspaceId, page: PageNumber) -> Result<Numbered<Customer>, SandboxError> {
        read(&*self.parts.store, |tx| Ok(tx.list_customers(workspace_id, page)?))
    }

    /// The customer with this identifier: a mail address when there is an `@` in it, a UUID, else a telephone number, of which it must have
    /// the shape. Case and white space at its ends do not matter. *Source:* contract §2.9.
    ///
    /// # Errors
    /// [`SandboxError::CustomerNotFound`] also for one of another workspace, and the store's own.
    pub fn find(&self, workspace_id: WorkspaceId, identifier: &str) -> Result<Customer, SandboxError> {
        let find = |tx: &mut (dyn SandboxTx + 'static)| -> Result<Option<Customer>, StoreError> {
            if identifier.contains('@') {
                let email = Email::new(identifier).ok();
                return email.map_or(Ok(None), |email| tx.find_customer_by_email(workspace_id, &email.normalised()));
            }
            if let Ok(id) = identifier.trim().parse() {
                return tx.find_customer_by_id(workspace_id, id);
            }
            let phone = Phone::parse(identifier);
            phone.map_or(Ok(None), |phone| tx.find_customer_by_phone(workspace_id, &phone.normalised()))
        };
        read(&*self.parts.store, |tx| find(tx)?.ok_or(SandboxError::CustomerNotFound))
    }
}

/// The customer with a payer's mail address, with what the payer tells of itself; a new one if there is none. *Source:* contract §3.5.
pub(crate) fn find_or_make(
    tx: &mut (dyn SandboxTx + 'static),
    (workspace_id, id): (WorkspaceId, CustomerId),
    payer: &Payer,
    teller: &mut Teller,
) -> Result<Customer, SandboxError> {
    let normalised = payer.email.normalised();
    if let Some(known) = tx.find_customer_by_email(workspace_id, &normalised)? {
        return Ok(refresh(tx, payer, known, teller.now())?);
    }
    let new = NewCustomer {
        name: payer.name.clone().unwrap_or_default(),
        email: Some(payer.email.clone()),
        phone: payer.phone.clone(),
    };
    if let Some(made) = insert(tx, (workspace_id, id), &new, teller)? {
        return Ok(made);
    }
    // Another payment made it meanwhile.
    let known = tx.find_customer_by_email(workspace_id, &normalised)?;
    let known = known.ok_or(StoreError::Conflict("sandbox_customers.email"))?;
    Ok(refresh(tx, payer, known, teller.now())?)
}

/// A known customer with what its payer tells of itself now.
fn refresh(
    tx: &mut (dyn SandboxTx + 'static),
    payer: &Payer,
    known: Customer,
    now: Timestamp,
) -> Result<Customer, StoreError> {
    let Some(changed) = payer.changes(&known, now) else {
        return Ok(known);
    };
    match tx.update_customer(&changed) {
        Ok(()) => Ok(changed),
        // Another payment has told something else at the same time. This one is not to fail for it. *Source:* contract §2.5.
        Err(StoreError::Conflict(_)) => Ok(known),
        Err(error) => Err(error),
    }
}

/// Adds a customer and tells of it; `None` when its mail address is taken.
fn insert(
    tx: &mut (dyn SandboxTx + 'static),
    (workspace_id, id): (WorkspaceId, CustomerId),
    new: &NewCustomer,
    teller: &mut Teller,
) -> Result<Option<Customer>, SandboxError> {
    let now = teller.now();
    let customer = Customer {
        workspace_id,
        number: tx.next_number(workspace_id, Kind::Customer)?,
        id,
        name: new.name.clone(),
        email: new.email.clone(),
        phone: new.phone.clone(),
        created_at: now,
        updated_at: now,
        revision: 1,
    };
    if !tx.insert_customer(&customer)? {
        return Ok(None);
    }
    teller.tell(tx, workspace_id, &Told::Customer(&customer), None)?;
    Ok(Some(customer))
}
