//! Every port together: what a store offers that holds the whole hub.

use crate::api_keys::ApiKeyTx;
use crate::events::{EventTx, OwnTypeTx};
use crate::idempotency::IdempotencyTx;
use crate::installation::InstallationTx;
use crate::operators::OperatorTx;
use crate::rate::{PolicyHoursTx, RateTx};
use crate::reference::ReferenceDocumentTx;
use crate::resends::ResendTx;
use crate::restores::RestoreTx;
use crate::retention::RetentionTx;
use crate::usage::UsageTx;
use crate::webhooks::{DeliveryTx, EndpointTx, LogTx};

/// A transaction over everything. A service that embeds one slice implements that slice's port only.
pub trait Tx:
    UsageTx
    + LogTx
    + OwnTypeTx
    + RateTx
    + PolicyHoursTx
    + ReferenceDocumentTx
    + ResendTx
    + RestoreTx
    + RetentionTx
    + OperatorTx
    + InstallationTx
    + IdempotencyTx
{
}

impl<
    T: UsageTx
        + LogTx
        + OwnTypeTx
        + RateTx
        + PolicyHoursTx
        + ReferenceDocumentTx
        + ResendTx
        + RestoreTx
        + RetentionTx
        + OperatorTx
        + InstallationTx
        + IdempotencyTx,
> Tx for T
{
}

/// A transaction over everything, seen as one over the port `P`: so that a change of one slice joins a wider transaction.
pub trait Narrow<P: ?Sized> {
    /// The same transaction.
    fn narrow(&mut self) -> &mut P;
}

macro_rules! narrow {
    ($($port:ident),*) => {$(
        impl Narrow<dyn $port> for dyn Tx {
            fn narrow(&mut self) -> &mut (dyn $port + 'static) {
                self
            }
        }
    )*};
}

narrow!(ApiKeyTx, DeliveryTx, EndpointTx, EventTx, OperatorTx, OwnTypeTx, RateTx, ReferenceDocumentTx, ResendTx);
