//! What stands around every page of the checkout.

use crate::admin::assets::AssetLinks;

/// What `checkout/layout.html` needs. A page that extends it has this as its field `frame`.
pub(super) struct Frame {
    /// What the page is: `Pay 10.00 USD`.
    pub(super) title: String,
    /// Who is paid.
    pub(super) shop: String,
    /// The files it is shown with.
    pub(super) assets: AssetLinks,
}

#[cfg(test)]
pub(crate) mod samples {
    //! The layout with nothing in it, and frames for the samples of pages.

    use askama::Template;

    use super::Frame;
    use crate::admin::assets::AssetLinks;
    use crate::admin::components::Sample;

    /// A page that adds nothing to the layout.
    #[derive(Template)]
    #[template(path = "checkout/layout.html")]
    pub(crate) struct Layout {
        frame: Frame,
    }

    impl Sample for Layout {
        const TEMPLATE: &'static str = "checkout/layout.html";

        fn samples() -> Vec<Self> {
            vec![Self { frame: frame("Pay 10.00 USD") }]
        }
    }

    /// What stands around the sample of a page.
    pub(in crate::checkout) fn frame(title: &str) -> Frame {
        Frame { title: title.to_owned(), shop: "Corner & Shop".to_owned(), assets: AssetLinks::sample() }
    }
}
