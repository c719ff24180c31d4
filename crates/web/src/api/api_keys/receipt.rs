//! Who obeys a change of a key.

use devhub_domain::api_keys::{Acknowledgement, ChangedKey, NodeName, Receipt};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::KeyBody;
use crate::once::Showing;
use crate::openapi::TimeText;
use crate::request::{Reply, Text};

/// Which nodes obey a change: with none missing, no request is accepted from `effective_at` on that the change refuses.
#[derive(Serialize, ToSchema)]
#[schema(as = Receipt)]
pub(super) struct ReceiptBody {
    /// When the last of the nodes obeyed.
    effective_at: TimeText,
    /// The nodes that obey.
    nodes: Vec<AcknowledgementBody>,
    /// Nodes that are alive and have not said so.
    missing: Vec<String>,
}

/// One node that obeys.
#[derive(Serialize, ToSchema)]
#[schema(as = Acknowledgement)]
pub(super) struct AcknowledgementBody {
    /// Which.
    node: String,
    /// How long after the request it did, in milliseconds with three decimals; by a clock that never jumps.
    #[schema(minimum = 0)]
    acknowledged_after_ms: f64,
}

impl From<&Receipt> for ReceiptBody {
    fn from(receipt: &Receipt) -> Self {
        Self {
            effective_at: Text(receipt.effective_at),
            nodes: receipt.nodes.iter().map(AcknowledgementBody::from).collect(),
            missing: receipt.missing.iter().map(NodeName::to_string).collect(),
        }
    }
}

impl From<&Acknowledgement> for AcknowledgementBody {
    fn from(Acknowledgement { node, after }: &Acknowledgement) -> Self {
        // Beyond an hour the number says that it took too long, which is all there is to know.
        let micros = u32::try_from(after.as_micros()).unwrap_or(u32::MAX);
        Self { node: node.to_string(), acknowledged_after_ms: f64::from(micros) / 1_000.0 }
    }
}

/// A key that is refused from now on, and who obeys.
#[derive(Serialize, ToSchema)]
#[schema(as = RefusedKey)]
pub(super) struct RefusedKeyBody<'a> {
    #[serde(flatten)]
    key: KeyBody<'a>,
    /// Null when the answer is repeated.
    receipt: Option<ReceiptBody>,
}

/// Tells who refuses a key from now on.
pub(super) fn refused(changed: &ChangedKey, _: Showing) -> Reply {
    Reply::ok(&RefusedKeyBody { key: (&changed.key).into(), receipt: changed.receipt.as_ref().map(ReceiptBody::from) })
}
