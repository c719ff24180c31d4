//! Where references come from: the hub's own document, and what is uploaded.

use std::sync::{Arc, LazyLock};

use devhub_domain::reference::{Group, KeptReference, Operation, Reference, read};
use serde_json::Value;

use crate::openapi::Served;

/// What OwnPay's paths begin with.
const PAYMENTS: &str = "/api/v1";

/// Characters of the name of an API that stand on a tab.
const NAME_CHARS_MAX: usize = 40;

/// A reference that is shown.
#[derive(Clone, Debug)]
pub(in crate::admin) struct Source {
    /// Its name in addresses.
    pub(super) slug: &'static str,
    /// What people call it.
    pub(super) name: String,
    /// What it is for.
    pub(super) about: String,
    pub(super) reference: Arc<KeptReference>,
    /// Whether the hub itself answers it.
    pub(super) is_own: bool,
}

/// The references of the hub: that of the payments only where something answers them.
pub(super) fn own(has_sandbox: bool) -> Vec<Source> {
    static OWN: LazyLock<(Arc<KeptReference>, Arc<KeptReference>)> = LazyLock::new(|| {
        let document: Value = serde_json::from_slice(&Served::find().bytes).unwrap_or_default();
        // Its own test says that the reader takes it.
        let whole = scoped(read(&document).unwrap_or_default());
        let is_payment = |operation: &Operation| operation.path.starts_with(PAYMENTS);
        let payments = whole.clone().filtered(is_payment);
        let hub = whole.filtered(|operation| !is_payment(operation));
        (Arc::new(KeptReference::new(payments)), Arc::new(KeptReference::new(hub)))
    });
    let (payments, hub) = &*OWN;
    let payments = has_sandbox.then(|| Source {
        slug: "payments",
        name: "Payments API".to_owned(),
        about: "Payments, transactions, refunds and customers, as OwnPay's clients call them.".to_owned(),
        reference: Arc::clone(payments),
        is_own: true,
    });
    let hub = Source {
        slug: "hub",
        name: "Hub API".to_owned(),
        about: "Everything that the hub can do: keys, endpoints, events, deliveries, limits, the audit log.".to_owned(),
        reference: Arc::clone(hub),
        is_own: true,
    };
    payments.into_iter().chain([hub]).collect()
}

/// What a workspace has uploaded.
pub(super) fn uploaded(reference: Arc<KeptReference>) -> Source {
    let mut name: String = reference.title.chars().take(NAME_CHARS_MAX).collect();
    if name.len() < reference.title.len() {
        name.push('…');
    }
    let name = if name.trim().is_empty() { "Uploaded API".to_owned() } else { name };
    let about = "What the document says that this workspace has uploaded.".to_owned();
    Source { slug: "platform", name, about, reference, is_own: false }
}

/// OpenAPI has no scopes for bearer tokens: our own document tells them in a sentence, which is read here.
fn scoped(mut reference: Reference) -> Reference {
    for operation in reference.groups.iter_mut().flat_map(|group: &mut Group| &mut group.operations) {
        let scope = told_scope(&operation.description).map(str::to_owned);
        for security in &mut operation.security {
            security.scopes.extend(scope.clone());
        }
    }
    reference
}

fn told_scope(description: &str) -> Option<&str> {
    description.split_once("Needs the scope `")?.1.split_once('`').map(|(scope, _)| scope)
}

impl Source {
    /// What stands before the paths of an operation: the hub itself, or where the document says.
    pub(super) fn base_url(&self, operation: Option<&Operation>, hub: &str) -> String {
        let of_operation = operation.and_then(|operation| operation.base_urls.first());
        let url = of_operation.or(self.reference.base_urls.first()).map(|base| base.url.as_str()).unwrap_or_default();
        let url = url.trim_end_matches('/');
        if url.contains("://") { url.to_owned() } else { format!("{hub}{url}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_our_own_document_is_shown_and_tells_its_scope() {
        let sources = own(true);
        let find = |source: usize, path: &str, method: &str| {
            let mut operations = sources[source].reference.operations();
            operations.find(|one| one.path == path && one.method == method).cloned().unwrap()
        };
        assert_eq!(find(0, "/api/v1/payment-intents", "POST").security[0].scopes, ["write"]);
        assert_eq!(find(1, "/api/hub/v1/keys", "GET").security[0].scopes, ["keys:read"]);
        assert_eq!(own(false).len(), 1);
    }
}
