//! What is said of a payment to make. *Source:* wire contract §2.3, §2.5.

use std::fmt::Display;

use devhub_sandbox::{
    Amount, Currency, CustomerName, Decimal, Email, GatewayName, Metadata, NewPayment, Payer, PaymentUrls, Phone,
    Reference, WebUrl, WebUrlError,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::v1::input::{text, text_or_digits, text_or_number};
use crate::v1::schemas::{AmountInput, TextOrNumber};
use crate::v1::{Code, Complaints, Failure};

/// A payment to make. Fields that are not told here are passed over.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewPayment)]
pub(super) struct CreatePayment<'a> {
    /// How much, in major units: a plain decimal above 0, with no more places than the currency has. A text, or a number that is read
    /// digit by digit.
    #[serde(borrow)]
    #[schema(value_type = AmountInput)]
    amount: Option<&'a RawValue>,
    /// The currency: three letters of ISO 4217, in either case.
    #[serde(borrow)]
    #[schema(value_type = String, min_length = 3, max_length = 3)]
    currency: Option<&'a RawValue>,
    /// Where events of the payment go besides the endpoints of the workspace: http or https, without user name, password and fragment.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    callback_url: Option<&'a RawValue>,
    /// Where its payer goes afterwards: http or https.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    redirect_url: Option<&'a RawValue>,
    /// Where its payer goes when nothing was paid; to `redirect_url` when absent.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    cancel_url: Option<&'a RawValue>,
    /// The mail address of whoever pays: the customer with it is found or made. What is none is passed over.
    #[serde(borrow)]
    #[schema(value_type = Option<serde_json::Value>)]
    customer_mail: Option<&'a RawValue>,
    /// The same under another name; `customer_mail` comes first.
    #[serde(borrow)]
    #[schema(value_type = Option<serde_json::Value>)]
    customer_email: Option<&'a RawValue>,
    /// What that customer is called; tags are taken out, and what is longer than 150 characters is cut. What is no text is passed over.
    #[serde(borrow)]
    #[schema(value_type = Option<serde_json::Value>)]
    customer_name: Option<&'a RawValue>,
    /// Its telephone number, a text or a whole number; other characters are taken out, and what is longer than 30 is cut. What is none is
    /// passed over.
    #[serde(borrow)]
    #[schema(value_type = Option<serde_json::Value>)]
    customer_phone: Option<&'a RawValue>,
    /// All three at once, as some pages of OwnPay write them; the fields above come first.
    #[serde(borrow)]
    #[schema(value_type = Option<serde_json::Value>)]
    customer: Option<&'a RawValue>,
    /// What you call it, such as an order or an invoice; what is longer than 500 characters is cut.
    #[serde(borrow)]
    #[schema(value_type = Option<TextOrNumber>)]
    reference: Option<&'a RawValue>,
    /// The same, where there is no reference.
    #[serde(borrow)]
    #[schema(value_type = Option<TextOrNumber>)]
    description: Option<&'a RawValue>,
    /// Which gateway is preferred; one that is not there is no mistake.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, pattern = "^([A-Za-z0-9_-]{1,64})?$")]
    gateway: Option<&'a RawValue>,
    /// What comes back with every event of it: an object of at most 8,192 bytes as JSON, in at most 8 levels. Anything but an object is
    /// passed over; an object with what cannot be kept, such as `1e999`, is not.
    #[serde(borrow)]
    #[schema(value_type = Option<serde_json::Value>)]
    metadata: Option<&'a RawValue>,
}

/// The same of a customer in one.
#[derive(Default, Deserialize)]
struct Person<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    email: Option<&'a RawValue>,
    #[serde(borrow)]
    phone: Option<&'a RawValue>,
}

impl CreatePayment<'_> {
    pub(super) fn check(&self) -> Result<NewPayment, Failure> {
        let mut complaints = Complaints::default();
        let amount = self.amount(&mut complaints);
        let urls = PaymentUrls {
            callback: url(
                "callback_url",
                self.callback_url,
                Code::InvalidCallbackUrl,
                WebUrl::parse_callback,
                &mut complaints,
            ),
            redirect: url("redirect_url", self.redirect_url, Code::InvalidRedirectUrl, WebUrl::parse, &mut complaints),
            cancel: url("cancel_url", self.cancel_url, Code::InvalidCancelUrl, WebUrl::parse, &mut complaints),
        };
        let payer = self.payer();
        let reference = self.reference(&mut complaints);
        let gateway = text("gateway", self.gateway, Code::ValidationFailed, &mut complaints);
        let gateway = gateway.filter(|name| !name.is_empty());
        let gateway =
            gateway.and_then(|name| complaints.check(Code::ValidationFailed, "gateway", name.parse::<GatewayName>()));
        let metadata = self.metadata(&mut complaints);
        complaints.finish()?;
        let missing = || Failure::at(Code::InvalidAmount, "amount", "amount must be given");
        Ok(NewPayment { amount: amount.ok_or_else(missing)?, reference, payer, urls, gateway, metadata })
    }

    fn amount(&self, complaints: &mut Complaints) -> Option<Amount> {
        let currency = text("currency", self.currency, Code::InvalidCurrency, complaints);
        let amount = text_or_number("amount", self.amount, Code::InvalidAmount, complaints);
        if self.amount.is_none() {
            complaints.add(Code::InvalidAmount, "amount", "amount must be given");
        }
        let amount = amount.map(|amount| Decimal::parse(&amount).map_err(|error| named("amount", &error)));
        let amount = amount.and_then(|amount| complaints.check(Code::InvalidAmount, "amount", amount));
        if self.currency.is_none() {
            complaints.add(Code::InvalidCurrency, "currency", "currency must be given");
        }
        let currency = currency.map(|code| Currency::parse(&code));
        let currency = currency.and_then(|code| complaints.check(Code::InvalidCurrency, "currency", code));
        let amount = amount?.in_currency(currency?).map_err(|error| named("amount", &error));
        complaints.check(Code::InvalidAmount, "amount", amount)
    }

    /// `None` without a mail address: nobody could be found again. What says nothing hides nothing, and nothing of it ever fails the
    /// payment. *Source:* wire contract §2.5.
    fn payer(&self) -> Option<Payer> {
        let person: Person<'_> = self.customer.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        let (code, mut ignored) = (Code::ValidationFailed, Complaints::default());
        let mails = [self.customer_mail, self.customer_email, person.email];
        let mails = mails.map(|mail| text("customer_mail", mail, code, &mut ignored));
        let email = mails.into_iter().flatten().find(|mail| !mail.trim().is_empty())?;
        let names = [self.customer_name, person.name].map(|name| text("customer_name", name, code, &mut ignored));
        let phones = [self.customer_phone, person.phone];
        let phones = phones.map(|phone| text_or_digits("customer_phone", phone, code, &mut ignored));
        Some(Payer {
            email: Email::new(&email).ok()?,
            name: names.into_iter().flatten().find_map(|name| CustomerName::cut(&name)),
            phone: phones.into_iter().flatten().find_map(|phone| Phone::cut(&phone)),
        })
    }

    fn reference(&self, complaints: &mut Complaints) -> Reference {
        let code = Code::ValidationFailed;
        let reference = text_or_number("reference", self.reference, code, complaints);
        let description = text_or_number("description", self.description, code, complaints);
        let said = reference.filter(|text| !text.trim().is_empty()).or(description);
        Reference::cut(said.as_deref().unwrap_or_default())
    }

    fn metadata(&self, complaints: &mut Complaints) -> Metadata {
        let Some(raw) = self.metadata.map(RawValue::get).filter(|raw| raw.starts_with('{')) else {
            return Metadata::default();
        };
        // The body was read without looking into it: what stands in there may be JSON that no value can hold.
        let Ok(object) = serde_json::from_str::<Map<String, Value>>(raw) else {
            let message = "metadata must hold numbers in range, whole characters, and few levels";
            complaints.add(Code::ValidationFailed, "metadata", message);
            return Metadata::default();
        };
        complaints.check(Code::ValidationFailed, "metadata", Metadata::new(object)).unwrap_or_default()
    }
}

fn url(
    field: &'static str,
    value: Option<&RawValue>,
    code: Code,
    parse: impl Fn(&str) -> Result<WebUrl, WebUrlError>,
    complaints: &mut Complaints,
) -> Option<WebUrl> {
    let text = text(field, value, code, complaints)?;
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    complaints.check(code, field, parse(text).map_err(|error| named(field, &error)))
}

fn named(field: &str, error: &impl Display) -> String {
    format!("{field} {error}")
}
