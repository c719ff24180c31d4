//! A key that was just generated: its token, this once.

use devhub_domain::api_keys::IssuedKey;

use crate::admin::components::CopyField;
use crate::admin::signed::Signed;

/// The key, to be copied now.
pub(super) struct Issued {
    pub(super) label: String,
    pub(super) key: CopyField,
    pub(super) environment_line: CopyField,
    pub(super) request: CopyField,
}

impl Issued {
    /// What is shown of a key.
    pub(super) fn new(signed: &Signed, issued: &IssuedKey) -> Self {
        let token = issued.token.secret();
        Self::with_token(issued.key.label.as_str(), token.expose(), &signed.visit.base_url())
    }

    pub(super) fn with_token(label: &str, token: &str, base_url: &str) -> Self {
        let field = |id: &str, label: &str, value: String, button: &str| CopyField {
            id: id.to_owned(),
            label: label.to_owned(),
            value,
            button: button.to_owned(),
            is_concealed: true,
            is_multiline: false,
        };
        let request = format!("curl '{base_url}/api/hub/v1/whoami' \\\n  --header 'Authorization: Bearer {token}'");
        Self {
            label: label.to_owned(),
            key: field("issued-key", "API key", token.to_owned(), "Copy Key"),
            environment_line: field("issued-line", ".env line", format!("OWNPAY_API_KEY={token}"), "Copy Line"),
            request: CopyField {
                is_multiline: true,
                ..field("issued-request", "First request", request, "Copy Request")
            },
        }
    }
}
