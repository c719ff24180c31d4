//! What whoever pays sees.

use devhub_domain::workspaces::WorkspaceName;

use crate::gateway::Gateway;
use crate::payment::PaymentStatus;
use crate::view::PaymentView;

/// A payment on the page on which it is paid.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// The payment.
    pub view: PaymentView,
    /// Who asks for the money.
    pub workspace_name: WorkspaceName,
    /// The gateways that can be chosen, in their order.
    pub gateways: Vec<Gateway>,
}

impl Checkout {
    /// Where the payer goes from here: back to the shop, with `payment_id` and `status` in the address; `None` when the merchant has named
    /// no address.
    ///
    /// A payment that was not made leads to `cancel_url`, else to `redirect_url`; any other to `redirect_url` alone. Never to
    /// `callback_url`, which is for programs. *Source:* contract §2.5, §3.7, rule 17.
    pub fn way_back(&self) -> Option<String> {
        let payment = &self.view.payment;
        let is_unpaid =
            matches!(payment.status, PaymentStatus::Failed | PaymentStatus::Cancelled | PaymentStatus::Expired);
        let cancel = payment.urls.cancel.as_ref().filter(|_| is_unpaid);
        let url = cancel.or(payment.urls.redirect.as_ref())?;
        Some(url.with_outcome(payment.id, self.view.status()))
    }
}
