//! What stands around a page of somebody who is not signed in, or around one that failed: a card alone.

use super::Alert;
use crate::admin::assets::AssetLinks;

/// What `plain.html` needs. A page that extends it has this as its field `plain`.
pub(crate) struct Plain {
    /// What the page is: `Sign in`.
    pub(crate) title: String,
    /// The files it is shown with.
    pub(crate) assets: AssetLinks,
    /// What the page has to say first.
    pub(crate) notice: Option<Alert>,
}

#[cfg(test)]
pub(in crate::admin) mod samples {
    //! The card with nothing in it.

    use askama::Template;

    use super::Plain;
    use crate::admin::assets::AssetLinks;
    use crate::admin::components::{Alert, Sample};

    /// A page that adds nothing to the card.
    #[derive(Template)]
    #[template(path = "plain.html")]
    pub(crate) struct Card {
        plain: Plain,
    }

    impl Sample for Card {
        const TEMPLATE: &'static str = "plain.html";

        fn samples() -> Vec<Self> {
            let noticed = Plain { notice: Alert::samples().into_iter().next(), ..plain("Sign in") };
            vec![Self { plain: plain("Sign in") }, Self { plain: noticed }]
        }
    }

    /// What stands around a page of somebody who is not signed in.
    pub(crate) fn plain(title: &str) -> Plain {
        Plain { title: title.to_owned(), assets: AssetLinks::sample(), notice: None }
    }
}
