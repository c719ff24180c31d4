//! The second factor of whoever is signed in: how it is, and turning it on.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use devhub_domain::id::OperatorId;
use devhub_domain::operators::{Offer, OperatorError, RecoveryCode, SecondFactorError};
use devhub_domain::store::StoreError;
use qrcode::{Color, EcLevel, QrCode};
use url::Url;

use super::components::{ErrorSummary, Field, Shell};
use super::form_errors::{Refusable, refuse};
use super::menu::Place;
use super::next::{CONFIRM_PASSWORD, SIGN_OUT, confirm_password_then};
use super::notice::Notice;
use super::pages::Pages;
use super::sign_in_page::code_field;
use super::signed::{Signed, Submitted};
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::{Path, get, post};
use crate::writes;

pub(super) const PATH: &str = "/admin/account/second-factor";

/// What an application calls a hub.
const ISSUER: &str = "Developer Hub";

/// Light modules around a QR code, without which readers do not find it (ISO/IEC 18004: four).
const QUIET: usize = 4;

/// The page.
#[derive(Template)]
#[template(path = "admin/second_factor.html")]
pub(super) struct SecondFactorPage {
    shell: Shell,
    token: String,
    errors: Option<ErrorSummary>,
    code: Field,
    /// Whether nobody goes on without one.
    is_required: bool,
    state: State,
}

/// What there is to show.
enum State {
    /// There is none: what an application is to be given.
    Off(Offered),
    /// New recovery codes, shown once.
    Codes(Vec<String>),
    /// It is on, with so many recovery codes left.
    On(usize),
}

/// A secret, as people and applications read it.
struct Offered {
    secret: String,
    uri: String,
    sealed: String,
    picture: Option<Picture>,
}

/// A QR code as one path.
struct Picture {
    side: usize,
    path: String,
}

pub(super) fn paths() -> Vec<Path> {
    vec![Path::below("/admin", PATH, "GET, HEAD, POST").route(get().to(show)).route(post().to(turn_on))]
}

/// Whether an operator has to turn one on before anything else.
///
/// # Errors
/// The store's own. Nothing is read where none is required.
pub(super) fn is_missing(pages: &Pages, operator_id: OperatorId) -> Result<bool, StoreError> {
    Ok(pages.is_second_factor_required && pages.second_factors.find(operator_id)?.is_none())
}

/// What is open all the same: to turn it on, and to leave.
pub(super) fn is_open_without(path: &str) -> bool {
    [PATH, CONFIRM_PASSWORD, SIGN_OUT].contains(&path)
}

/// Shows the second factor, or offers one to who has given the password of late.
async fn show(signed: Signed) -> Result<HttpResponse, Problem> {
    if let Some(left) = codes_left(&signed).await? {
        let page = SecondFactorPage::of(&signed, State::On(left));
        return signed.visit.page(StatusCode::OK, &page);
    }
    let services = &signed.visit.services;
    if !signed.asker().has_stepped_up(services.clock.now()) {
        return Ok(signed.visit.see_other(&confirm_password_then(PATH)));
    }
    let offer = services.pages.second_factors.offer(signed.operator_id());
    let page = SecondFactorPage::of(&signed, State::Off(Offered::of(&offer, &signed)));
    signed.visit.page(StatusCode::OK, &page)
}

/// Turns it on once a code of what was offered has come back.
async fn turn_on(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    let factors = &signed.visit.services.pages.second_factors;
    let (asker, operator_id) = (signed.asker(), signed.operator_id());
    let Some(offer) = factors.offered(operator_id, fields.secret("offer")) else {
        return Ok(signed.visit.see_other_with(PATH, Notice::OfferExpired));
    };
    let typed = fields.secret("code");
    match writes::run(factors.add(asker, &signed.who.session, &offer, typed.expose())).await {
        Ok(codes) => shown_once(signed, &codes),
        Err(SecondFactorError::WrongCode) => {
            let mut page = SecondFactorPage::of(&signed, State::Off(Offered::of(&offer, &signed)));
            let wrong = vec![("code", "This is not the code that the application shows now.".to_owned())];
            let parts: &mut [&mut dyn Refusable] = &mut [&mut page.code];
            page.errors = Some(refuse(&mut page.shell.title, parts, "The second factor is not on yet", wrong));
            signed.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        // The form was sent before.
        Err(SecondFactorError::On) => Ok(signed.visit.see_other_with(PATH, Notice::RecoveryCodesShownBefore)),
        Err(SecondFactorError::Operator(OperatorError::StepUpNeeded)) => {
            Ok(signed.visit.see_other_with(&confirm_password_then(PATH), Notice::OfferExpired))
        }
        Err(SecondFactorError::Operator(error)) => Err(error.into()),
        // Of a factor that is on.
        Err(SecondFactorError::Off | SecondFactorError::Throttled { .. }) => Ok(signed.visit.see_other(PATH)),
    }
}

/// How many recovery codes are left; `None` without a second factor.
pub(super) async fn codes_left(signed: &Signed) -> Result<Option<usize>, Problem> {
    let (factors, id) = (signed.visit.services.pages.second_factors.clone(), signed.operator_id());
    let factor = blocking::run(move || factors.find(id)).await?;
    Ok(factor.map(|factor| factor.recovery.left()))
}

/// Shows recovery codes, this once.
pub(super) fn shown_once(signed: Signed, codes: &[RecoveryCode]) -> Result<HttpResponse, Problem> {
    let codes = codes.iter().map(|code| code.to_secret().expose().to_owned()).collect();
    let page = SecondFactorPage::of(&signed, State::Codes(codes));
    signed.visit.page(StatusCode::OK, &page)
}

impl SecondFactorPage {
    fn of(signed: &Signed, state: State) -> Self {
        Self {
            shell: signed.shell("Second factor", Place::Account),
            token: signed.form_token(),
            errors: None,
            code: code_field("The six digits that the application shows now."),
            is_required: signed.visit.services.pages.is_second_factor_required,
            state,
        }
    }
}

/// With the name of the host, where that is set: the hub for tests must not look like the other one on a phone.
fn issuer(public_url: Option<&Url>) -> String {
    let host = public_url.and_then(Url::host_str);
    host.map_or_else(|| ISSUER.to_owned(), |host| format!("{ISSUER} ({host})"))
}

impl Offered {
    fn of(offer: &Offer, signed: &Signed) -> Self {
        let uri = offer
            .secret
            .to_uri(&issuer(signed.visit.services.pages.public_url.as_ref()), signed.who.operator.email.as_str());
        Self {
            secret: offer.secret.to_base32().expose().to_owned(),
            picture: Picture::of(uri.expose()),
            uri: uri.expose().to_owned(),
            sealed: offer.sealed.expose().to_owned(),
        }
    }
}

impl Picture {
    /// The code of a text; `None` for one that is too long for any.
    fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
        let width = code.width();
        let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
        let squares = dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET));
        Some(Self { side: width + 2 * QUIET, path: squares.collect() })
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for SecondFactorPage {
        const TEMPLATE: &'static str = "admin/second_factor.html";

        fn samples() -> Vec<Self> {
            let page = |state| Self {
                shell: shell_sample("Second factor"),
                token: "token".to_owned(),
                errors: None,
                code: code_field("The six digits that the application shows now."),
                is_required: !matches!(state, State::Codes(_)),
                state,
            };
            let offered = Offered {
                secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned(),
                uri: "otpauth://totp/Hub:ada%40shop.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned(),
                sealed: "sealed".to_owned(),
                picture: Some(Picture { side: 9, path: "M4 4h1v1h-1z".to_owned() }),
            };
            vec![
                page(State::Off(offered)),
                page(State::Codes(vec!["AAAQ-EAYE-AUDA-OCAJ".to_owned()])),
                page(State::On(9)),
            ]
        }
    }

    #[test]
    fn a_picture_holds_the_whole_text_and_a_quiet_zone() {
        let picture = Picture::of("otpauth://totp/Hub:ada").unwrap();
        // Version 2 with 25 modules, for up to 32 bytes at the lowest level.
        assert_eq!(picture.side, 25 + 8);
        assert!(picture.path.starts_with("M4 4h1v1h-1z"), "{}", picture.path);
    }
}
