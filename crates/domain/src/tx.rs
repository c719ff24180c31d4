//! Every port together: what a store offers that holds the whole hub.

use crate::api_keys::ApiKeyTx;
use crate::events::EventTx;
use crate::installation::InstallationTx;
use crate::operators::OperatorTx;
use crate::webhooks::DeliveryTx;

/// A transaction over everything. A service that embeds one slice implements that slice's port only.
pub trait Tx: ApiKeyTx + EventTx + DeliveryTx + OperatorTx + InstallationTx {}

impl<T: ApiKeyTx + EventTx + DeliveryTx + OperatorTx + InstallationTx> Tx for T {}
