//! The question before something that cannot be taken back.

use askama::Template;
use askama::filters::HtmlSafe;

/// The question, as the only thing of its page; a script shows it in a dialog of the page before.
#[derive(Template)]
#[template(path = "components/confirm.html")]
pub(crate) struct Confirm {
    /// The question: `Revoke WooCommerce Plugin?`.
    pub(crate) title: String,
    /// What will happen; one paragraph each.
    pub(crate) lines: Vec<String>,
    /// Where the answer is sent.
    pub(crate) action: String,
    /// What proves that our own page sends it.
    pub(crate) token: String,
    /// What it does: `Revoke key`.
    pub(crate) button: String,
    /// Whether something ends by it.
    pub(crate) is_danger: bool,
    /// Where to go instead.
    pub(crate) cancel: String,
}

impl HtmlSafe for Confirm {}

#[cfg(test)]
impl super::Sample for Confirm {
    const TEMPLATE: &'static str = "components/confirm.html";

    fn samples() -> Vec<Self> {
        let revoke = Self {
            title: "Revoke WooCommerce Plugin?".to_owned(),
            lines: vec![
                "Requests with this key are refused from now on.".to_owned(),
                "This cannot be undone. Its last request was 3 minutes ago.".to_owned(),
            ],
            action: "/admin/developer/api-keys/key_06b6rk0004s4g1s0d5ju9o6m0k/revoke".to_owned(),
            token: "token-of-the-session".to_owned(),
            button: "Revoke key".to_owned(),
            is_danger: true,
            cancel: "/admin/developer/api-keys".to_owned(),
        };
        let lock = Self {
            title: "Lock WooCommerce Plugin?".to_owned(),
            lines: vec!["Requests with this key are refused until it is unlocked.".to_owned()],
            action: "/admin/developer/api-keys/key_06b6rk0004s4g1s0d5ju9o6m0k/lock".to_owned(),
            token: "token-of-the-session".to_owned(),
            button: "Lock key".to_owned(),
            is_danger: false,
            cancel: "/admin/developer/api-keys".to_owned(),
        };
        vec![revoke, lock]
    }
}
