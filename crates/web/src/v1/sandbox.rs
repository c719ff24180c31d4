//! The platform behind the API, where there is one.

use std::num::NonZeroU32;

use devhub_domain::page::PageSize;
use devhub_sandbox::{AmountError, Decimal, DecimalError, Numbered, PageNumber, Sandbox, SandboxError};

use super::input::Query;
use super::{Code, Complaints, Failure, Meta};
use crate::services::Services;

/// The sandbox, or that there is nothing here.
pub(super) fn sandbox(services: &Services) -> Result<&Sandbox, Failure> {
    let off = || Failure::new(Code::NotFound, "nothing is here: the sandbox of this hub is switched off");
    services.sandbox.as_ref().ok_or_else(off)
}

/// Which page of a list is asked for.
pub(super) fn page(query: &Query<'_>, complaints: &mut Complaints) -> PageNumber {
    let (page, per_page) = query.page(complaints);
    let number = u32::try_from(page).ok().and_then(NonZeroU32::new);
    // What lies past the last page is that page, so that the largest number will do for larger ones.
    PageNumber { number: number.unwrap_or(NonZeroU32::MAX), size: PageSize::new(per_page).unwrap_or_default() }
}

/// What is told of a page.
pub(super) fn meta<T>(numbered: &Numbered<T>) -> Meta {
    Meta {
        page: u64::from(numbered.page.get()),
        per_page: u64::try_from(numbered.per_page.get()).unwrap_or_default(),
        total: numbered.total,
        total_pages: numbered.total_pages(),
    }
}

/// An amount to refund; `None` when it is none, which is complained about. What could be one, and is too small, is told as a refund that
/// cannot be made. *Source:* wire contract §2.8.
pub(super) fn decimal(amount: &str, complaints: &mut Complaints) -> Option<Decimal> {
    let told = |error: &DecimalError| {
        let code = match error {
            DecimalError::Signed => Code::InvalidRefundParameters,
            DecimalError::Malformed | DecimalError::TooLong => Code::InvalidAmount,
        };
        complaints.add(code, "amount", format!("amount {error}"));
    };
    Decimal::parse(amount).inspect_err(told).ok()
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        let message = error.to_string();
        match error {
            SandboxError::PaymentNotFound(_) => Self::new(Code::PaymentNotFound, "Payment not found"),
            SandboxError::TransactionNotFound => Self::new(Code::TransactionNotFound, "Transaction not found"),
            SandboxError::RefundNotFound => Self::new(Code::RefundNotFound, "Refund not found"),
            SandboxError::CustomerNotFound => Self::new(Code::CustomerNotFound, "Customer not found"),
            SandboxError::EmailTaken => Self::at(Code::CustomerExists, "email", message),
            SandboxError::NotRefundable(_) => Self::new(Code::InvalidRefundParameters, message),
            SandboxError::NothingLeft
            | SandboxError::MoreThanLeft { .. }
            | SandboxError::TooManyRefunds
            | SandboxError::Amount(AmountError::Zero) => Self::at(Code::InvalidRefundParameters, "amount", message),
            SandboxError::Amount(AmountError::TooPrecise { .. } | AmountError::TooLarge) => {
                Self::at(Code::InvalidAmount, "amount", message)
            }
            // Of the checkout and of the pages: nobody meets them here.
            SandboxError::CheckoutNotFound
            | SandboxError::WorkspaceSuspended
            | SandboxError::GatewayNotFound(_)
            | SandboxError::GatewayOff(_)
            | SandboxError::NotPayable(_)
            | SandboxError::RevisionStale { .. } => Self::new(Code::Conflict, message),
            SandboxError::Forbidden(error) => error.into(),
            SandboxError::Transition(_) | SandboxError::Event(_) => Self::internal(&error),
            SandboxError::Store(error) => error.into(),
        }
    }
}
