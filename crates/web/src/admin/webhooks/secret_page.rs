//! The page that shows a secret: made by the answer of a form, kept nowhere, and gone when it is left.

use askama::Template;
use devhub_domain::secret::Secret;
use devhub_domain::webhooks::{Endpoint, SigningSecret};

use super::paths::page_of;
use crate::admin::components::{CopyField, Shell, Tabs};
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::signed::Signed;

/// The page.
#[derive(Template)]
#[template(path = "admin/webhooks/secret.html")]
pub(in crate::admin) struct SecretPage {
    shell: Shell,
    tabs: Tabs,
    title: &'static str,
    url: String,
    secret: CopyField,
    /// Which headers it signs, as far as that must be said.
    schemes: &'static str,
    /// The endpoint's page.
    back: String,
}

impl SecretPage {
    /// The secret of an endpoint, this once.
    pub(super) fn new(signed: &Signed, title: &'static str, endpoint: &Endpoint, secret: &Secret) -> Self {
        Self::drawn(
            signed.shell(title, Place::DeveloperHub),
            title,
            endpoint.url.as_str(),
            secret,
            page_of(endpoint.id),
        )
    }

    fn drawn(shell: Shell, title: &'static str, url: &str, secret: &Secret, back: String) -> Self {
        Self {
            shell,
            tabs: tabs(HubTab::Webhooks),
            title,
            url: url.to_owned(),
            secret: CopyField {
                id: "signing-secret".to_owned(),
                label: "Signing secret".to_owned(),
                value: secret.expose().to_owned(),
                button: "Copy Secret".to_owned(),
                is_concealed: true,
                is_multiline: false,
            },
            schemes: schemes(secret),
            back,
        }
    }
}

fn schemes(secret: &Secret) -> &'static str {
    let signs_standard = SigningSecret::new(secret.clone()).is_ok_and(|signing| signing.signs_standard());
    if signs_standard {
        "It signs by Standard Webhooks (webhook-signature) and in OwnPay's own headers."
    } else {
        "It does not begin with whsec_, so it signs in OwnPay's own headers only, and not by Standard Webhooks."
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for SecretPage {
        const TEMPLATE: &'static str = "admin/webhooks/secret.html";

        fn samples() -> Vec<Self> {
            let page = |secret: &str| {
                let (shell, back) = (shell_sample("Endpoint added"), "/admin/developer/webhooks/whe_1".to_owned());
                Self::drawn(shell, "Endpoint added", "https://shop.example/<b>", &Secret::new(secret), back)
            };
            vec![page("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), page("not-a-real-secret")]
        }
    }
}
