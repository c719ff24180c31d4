//! Where a browser wanted to go before it had to sign in, or to give its password again.
//!
//! *Threat:* a link to the sign-in page that leads on to another site. *Defence:* only paths of our own pages are taken, as a URL parser
//! reads them. *Not defended:* which of our pages it is.

use url::Url;

/// Longest address that is looked at.
const BYTES_MAX: usize = 2_000;

/// Where people go who wanted nothing else.
pub(super) const HOME: &str = "/admin/overview";

/// Where the API keys are.
pub(super) const KEYS: &str = "/admin/developer/api-keys";

/// Where the password is asked for once more.
pub(super) const CONFIRM_PASSWORD: &str = "/admin/confirm-password";

/// Where one signs out.
pub(super) const SIGN_OUT: &str = "/admin/sign-out";

/// Where the password is asked for.
pub(super) const SIGN_IN: &str = "/admin/sign-in";

/// Where the code is asked for, after the password.
pub(super) const SIGN_IN_CODE: &str = "/admin/sign-in/code";

/// The path, when it leads to one of our pages; else [`HOME`].
pub(super) fn own_path(wanted: &str) -> String {
    own(wanted).unwrap_or_else(|| HOME.to_owned())
}

/// The address of the sign-in page that leads on to a path.
pub(super) fn sign_in_then(wanted: &str) -> String {
    match own(wanted).filter(|path| path != HOME) {
        Some(path) => leading_on(SIGN_IN, &path),
        None => SIGN_IN.to_owned(),
    }
}

/// The address of the page that asks for the password and leads on to a path.
pub(super) fn confirm_password_then(wanted: &str) -> String {
    leading_on(CONFIRM_PASSWORD, &own_path(wanted))
}

/// The address of the page that asks for the code and leads on to a path.
pub(super) fn sign_in_code_then(wanted: &str) -> String {
    leading_on(SIGN_IN_CODE, &own_path(wanted))
}

fn leading_on(page: &str, path: &str) -> String {
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", path).finish();
    format!("{page}?{query}")
}

fn own(wanted: &str) -> Option<String> {
    // Any base will do, as long as nobody can name it.
    let base = Url::parse("http://devhub.invalid/").ok()?;
    let url = base.join(wanted).ok().filter(|_| wanted.len() <= BYTES_MAX && wanted.starts_with('/'))?;
    let is_own = url.origin() == base.origin() && url.path().starts_with("/admin/") && !url.path().contains("//");
    // Without its query: somebody may have searched for a whole token.
    let leads_back = matches!(url.path(), SIGN_IN | SIGN_IN_CODE | SIGN_OUT | "/admin/setup" | CONFIRM_PASSWORD);
    (is_own && !leads_back).then(|| url.path().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_ours_is_kept_without_its_query() {
        assert_eq!(own_path("/admin/account?q=op_8ae87c48.secret"), "/admin/account");
        assert_eq!(sign_in_then("/admin/account"), "/admin/sign-in?next=%2Fadmin%2Faccount");
        assert_eq!(confirm_password_then("/admin/account"), "/admin/confirm-password?next=%2Fadmin%2Faccount");
    }

    #[test]
    fn whatever_is_no_page_of_ours_leads_home() {
        let others = [
            "",
            "//evil.example",
            "//evil.example/admin/",
            "https://evil.example/admin/",
            "/\\evil.example",
            "\\\\evil.example/admin/",
            "/admin//evil.example",
            "/admin/../../etc",
            "/admin",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/admin/sign-in?next=/admin/account",
            "/admin/confirm-password?next=/admin/account",
            "admin/account",
            &format!("/admin/{}", "a".repeat(2_000)),
        ];
        for wanted in others {
            assert_eq!(own_path(wanted), HOME, "{wanted}");
            assert_eq!(sign_in_then(wanted), "/admin/sign-in", "{wanted}");
        }
    }
}
