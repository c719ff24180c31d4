//! In whose name keys are managed.
//!
//! *Threat:* a key that leaks with `admin` makes more keys. *Defence:* an operator who may manage keys must be named; what is made has no
//! scope that the key lacks, and the audit log has the key and, as `answerable`, the operator. *Not defended:* an address of mail is no
//! secret, so that this tells who answers for a change and proves nothing: OwnPay's own weakness, which its wire contract keeps.
//! *Source:* wire contract §2.10, §7.5.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use actix_web::web::Data;
use devhub_domain::api_keys::Owner;
use devhub_domain::id::OperatorId;
use devhub_domain::operators::{EmailAddress, Role};

use crate::blocking;
use crate::services::Services;
use crate::v1::{Code, Failure, Merchant};

/// As clients write it.
const NAME: &str = "X-Super-Admin-Email";
const HEADER: HeaderName = HeaderName::from_static("x-super-admin-email");

/// The owner or administrator of the workspace who is named: by the header, or without one by the owner of the key.
pub(super) async fn find<P>(
    req: &HttpRequest,
    services: &Data<Services>,
    merchant: &Merchant<P>,
) -> Result<OperatorId, Failure> {
    let mut values = req.headers().get_all(HEADER);
    let named = match (values.next(), values.next()) {
        (None, _) => None,
        // Some clients send what they were configured with, which may be nothing.
        (Some(value), None) if value.as_bytes().trim_ascii().is_empty() => None,
        (Some(value), None) => Some(value.to_str().unwrap_or_default().to_owned()),
        (Some(_), Some(_)) => return Err(not_one()),
    };
    let (keys, operators) = (services.keys.clone(), services.merchant.operators.clone());
    let (workspace_id, key_id) = (merchant.workspace_id, merchant.key_id);
    blocking::run(move || {
        let is_named = named.is_some();
        let text = if let Some(text) = named {
            text
        } else {
            let owner = keys.find(workspace_id, key_id)?.owner;
            owner.as_ref().map(Owner::as_str).unwrap_or_default().to_owned()
        };
        let found = match EmailAddress::new(&text) {
            Ok(email) => operators.find_by_email(workspace_id, &email)?,
            Err(_) => None,
        };
        match found {
            // One without a password cannot sign in: it is no operator yet.
            Some(operator) if operator.password.is_some() && is_admin(operator.role) => Ok(operator.id),
            _ if is_named => Err(not_one()),
            _ => {
                let text = format!("The header {NAME} must name an owner or administrator of the workspace");
                Err(Failure::at(Code::SuperAdminEmailRequired, NAME, text))
            }
        }
    })
    .await
}

const fn is_admin(role: Role) -> bool {
    match role {
        Role::Owner | Role::Admin => true,
        Role::Developer | Role::Viewer => false,
    }
}

fn not_one() -> Failure {
    let text = "X-Super-Admin-Email names no active owner or administrator of the workspace";
    Failure::at(Code::InvalidSuperAdmin, NAME, text)
}
