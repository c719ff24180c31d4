//! The page that asks before something is done. With scripts it is shown as a dialog over the page before.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::components::{Confirm, Shell};
use super::menu::Place;
use super::signed::Signed;
use crate::problem_body::Problem;

/// The page.
#[derive(Template)]
#[template(path = "admin/confirm.html")]
pub(super) struct ConfirmPage {
    shell: Shell,
    confirm: Confirm,
}

impl ConfirmPage {
    /// Asks.
    pub(super) fn answer(signed: Signed, place: Place, confirm: Confirm) -> Result<HttpResponse, Problem> {
        let page = Self { shell: signed.shell(confirm.title.clone(), place), confirm };
        signed.visit.page(StatusCode::OK, &page)
    }
}

#[cfg(test)]
impl super::components::Sample for ConfirmPage {
    const TEMPLATE: &'static str = "admin/confirm.html";

    fn samples() -> Vec<Self> {
        let confirm = Confirm::samples().into_iter();
        confirm.map(|confirm| Self { shell: super::components::shell_sample(&confirm.title), confirm }).collect()
    }
}
