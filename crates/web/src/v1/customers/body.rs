//! What is said of customers, in both directions. *Source:* wire contract §2.9.

use devhub_sandbox::{Customer, CustomerName, Email, NewCustomer, Phone};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::openapi::TimeText;
use crate::request::Text;
use crate::v1::input::{text, text_or_digits};
use crate::v1::schemas::TextOrNumber;
use crate::v1::{Code, Complaints, Failure};

/// A customer to add. Fields that are not told here are passed over.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewCustomer)]
pub(super) struct CreateCustomer<'a> {
    /// What it is called; tags are taken out, and what is longer than 150 characters is cut.
    #[serde(borrow)]
    #[schema(value_type = String, min_length = 1)]
    name: Option<&'a RawValue>,
    /// Its mail address, which no other customer of the workspace may have.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, max_length = 254)]
    email: Option<&'a RawValue>,
    /// Its telephone number, a text or a whole number that is written in digits alone.
    #[serde(borrow)]
    #[schema(value_type = Option<TextOrNumber>)]
    phone: Option<&'a RawValue>,
}

impl CreateCustomer<'_> {
    pub(super) fn check(&self) -> Result<NewCustomer, Failure> {
        let mut complaints = Complaints::default();
        let name = text("name", self.name, Code::NameRequired, &mut Complaints::default());
        let name = name.and_then(|name| CustomerName::cut(&name));
        if name.is_none() {
            complaints.add(Code::NameRequired, "name", "name must be a text that is not empty");
        }
        let code = Code::ValidationFailed;
        let is_given = |text: &String| !text.trim().is_empty();
        let email = text("email", self.email, code, &mut complaints).filter(is_given);
        let email = email.map(|email| Email::new(&email).map_err(|error| format!("email {error}")));
        let email = email.and_then(|email| complaints.check(code, "email", email));
        let phone = text_or_digits("phone", self.phone, code, &mut complaints).filter(is_given);
        let phone = phone.map(|phone| Phone::cut(&phone).ok_or("phone must have digits"));
        let phone = phone.and_then(|phone| complaints.check(code, "phone", phone));
        complaints.finish()?;
        let missing = || Failure::at(Code::NameRequired, "name", "name must be given");
        Ok(NewCustomer { name: name.ok_or_else(missing)?, email, phone })
    }
}

/// A customer that was just added.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedCustomer)]
pub(super) struct CreatedBody {
    /// Counted from 1 in the workspace.
    #[schema(minimum = 1)]
    id: i64,
    uuid: String,
}

impl From<&Customer> for CreatedBody {
    fn from(customer: &Customer) -> Self {
        Self { id: customer.number, uuid: customer.id.to_string() }
    }
}

/// Somebody who pays.
#[derive(Serialize, ToSchema)]
#[schema(as = Customer)]
pub(super) struct CustomerBody<'a> {
    /// Counted from 1 in the workspace.
    #[schema(minimum = 1)]
    id: i64,
    uuid: String,
    name: &'a str,
    email: Option<&'a str>,
    phone: Option<&'a str>,
    created_at: TimeText,
}

/// Somebody who pays, with what of it may be shown to others.
#[derive(Serialize, ToSchema)]
#[schema(as = ListedCustomer)]
pub(super) struct ListedBody<'a> {
    #[serde(flatten)]
    customer: CustomerBody<'a>,
    email_masked: Option<String>,
    phone_masked: Option<String>,
}

impl<'a> From<&'a Customer> for CustomerBody<'a> {
    fn from(customer: &'a Customer) -> Self {
        Self {
            id: customer.number,
            uuid: customer.id.to_string(),
            name: customer.name.as_str(),
            email: customer.email.as_ref().map(Email::as_str),
            phone: customer.phone.as_ref().map(Phone::as_str),
            created_at: Text(customer.created_at),
        }
    }
}

impl<'a> From<&'a Customer> for ListedBody<'a> {
    fn from(customer: &'a Customer) -> Self {
        Self {
            customer: customer.into(),
            email_masked: customer.email.as_ref().map(Email::masked),
            phone_masked: customer.phone.as_ref().map(Phone::masked),
        }
    }
}
