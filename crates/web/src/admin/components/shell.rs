//! What stands around every page of somebody who is signed in: the menu, the workspace, the account.

use super::Alert;
use crate::admin::assets::AssetLinks;

/// What `layout.html` needs. A page that extends it has this as its field `shell`.
pub(crate) struct Shell {
    /// What the page is: `API keys`.
    pub(crate) title: String,
    /// The menu.
    pub(crate) nav: Vec<NavSection>,
    /// The name of the workspace.
    pub(crate) workspace: String,
    /// The workspaces that one may switch to.
    pub(crate) elsewhere: Vec<Elsewhere>,
    /// Who is signed in.
    pub(crate) account: Account,
    /// What proves that our own page signs them out.
    pub(crate) token: String,
    /// What the page has to say first.
    pub(crate) notice: Option<Alert>,
    /// The files it is shown with.
    pub(crate) assets: AssetLinks,
}

/// A part of the menu.
pub(crate) struct NavSection {
    /// What its pages have in common.
    pub(crate) label: String,
    /// The pages.
    pub(crate) items: Vec<NavItem>,
}

/// A page in the menu.
pub(crate) struct NavItem {
    /// What it is.
    pub(crate) label: String,
    /// Where it is.
    pub(crate) href: String,
    /// Whether it, or a page below it, is shown.
    pub(crate) is_current: bool,
}

/// A workspace to switch to.
pub(crate) struct Elsewhere {
    /// Its identifier.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// What one may do there: `viewer`.
    pub(crate) role: &'static str,
}

/// Who is signed in.
pub(crate) struct Account {
    /// Their mail address.
    pub(crate) email: String,
    /// What they may do: `Administrator`.
    pub(crate) role: String,
}

#[cfg(test)]
pub(in crate::admin) mod samples {
    //! The layout with nothing in it, and shells for the samples of pages.

    use askama::Template;

    use super::{Account, Elsewhere, NavItem, NavSection, Shell};
    use crate::admin::assets::AssetLinks;
    use crate::admin::components::{Alert, Sample};

    /// A page that adds nothing to the layout.
    #[derive(Template)]
    #[template(path = "layout.html")]
    pub(crate) struct Layout {
        shell: Shell,
    }

    impl Sample for Layout {
        const TEMPLATE: &'static str = "layout.html";

        fn samples() -> Vec<Self> {
            let notice = Alert::samples().into_iter().next();
            let elsewhere = |name: &str, role| Elsewhere {
                id: "wsp_06b6rk0004s4g1s0d5ju9o6m0k".to_owned(),
                name: name.to_owned(),
                role,
            };
            let elsewhere = vec![elsewhere("<b>Market</b>", "viewer"), elsewhere("Test", "owner")];
            vec![
                Self { shell: shell("API keys") },
                Self { shell: Shell { notice, ..shell("Workspace") } },
                Self { shell: Shell { elsewhere, ..shell("Overview") } },
            ]
        }
    }

    /// A shell for the sample of a page.
    pub(crate) fn shell(title: &str) -> Shell {
        let item = |label: &str, href: &str, is_current| NavItem {
            label: label.to_owned(),
            href: href.to_owned(),
            is_current,
        };
        let section = |label: &str, items| NavSection { label: label.to_owned(), items };
        let settings = vec![item("Workspace", "/admin/workspace", false), item("Account", "/admin/account", false)];
        Shell {
            title: title.to_owned(),
            nav: vec![
                section("Developers", vec![item("Developer Hub", "/admin/developer/api-keys", true)]),
                section("Settings", settings),
            ],
            workspace: "Corner Shop".to_owned(),
            elsewhere: Vec::new(),
            account: Account { email: "ada@shop.example".to_owned(), role: "owner".to_owned() },
            token: "token-of-the-session".to_owned(),
            notice: None,
            assets: AssetLinks::sample(),
        }
    }
}
