//! Gives an endpoint another secret, once for each form however often it is sent, and shows it.

use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::id::EndpointId;
use devhub_domain::idempotency::{Fingerprint, OnceError, Outcome};
use devhub_domain::secret::Secret;
use devhub_domain::webhooks::{Endpoint, EndpointError, Grace, NewSecret};

use super::paths::{below, endpoint_id, find, page_of};
use super::secret_page::SecretPage;
use crate::admin::components::{Alert, ErrorSummary, Field, FieldKind, Select, Shell, Tabs};
use crate::admin::fields::Fields;
use crate::admin::form_errors::{Places, Refused};
use crate::admin::form_id::{self, FormKey};
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::notice::Notice;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::problem_body::Problem;
use crate::writes;

/// The page.
#[derive(Template)]
#[template(path = "admin/webhooks/rotate.html")]
pub(in crate::admin) struct RotatePage {
    shell: Shell,
    tabs: Tabs,
    url: String,
    /// What is wrong with more than a field.
    alert: Option<Alert>,
    errors: Option<ErrorSummary>,
    action: String,
    token: String,
    form_id: String,
    grace: Select,
    secret: Field,
    cancel: String,
}

/// How long the old secret goes on signing: seconds.
const GRACES: [(&str, &str); 5] = [
    ("0", "Not at all: it has leaked"),
    ("3600", "1 hour"),
    ("86400", "24 hours"),
    ("604800", "7 days"),
    ("2592000", "30 days"),
];

/// What is offered first: as the API does where nothing is said.
const GRACE_FIRST: &str = "86400";

/// Asks how.
pub(in crate::admin) async fn show_rotate(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let id = endpoint_id(&req)?;
    signed.asker().require(Scope::EndpointsWrite).map_err(Problem::from)?;
    let target = find(&signed, id).await?;
    let page = RotatePage::new(&signed, &target.endpoint, GRACE_FIRST);
    Ok(signed.visit.page(StatusCode::OK, &page)?)
}

/// Makes the secret.
pub(in crate::admin) async fn rotate(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    let id = endpoint_id(&req)?;
    signed.asker().require(Scope::EndpointsWrite)?;
    let target = find(&signed, id).await?;
    let services = &signed.visit.services;
    let key = FormKey::of(&signed, fields.text("form_id"))?;
    let Some(new) = new_secret(&fields) else {
        let wrong = at("grace", "Choose how long the old secret signs too.".to_owned());
        return refuse(signed, &target.endpoint, &fields, wrong);
    };
    let request = key.asks(fingerprint(id, &fields));
    let result = match services.endpoints.rotate_secret(signed.asker(), signed.workspace_id(), id, new) {
        Ok(prepared) => writes::run(services.idempotency.once(request, prepared, form_id::remembered)).await,
        Err(error) => Err(OnceError::Change(error)),
    };
    match result {
        Ok(Outcome::Done(rotated)) => {
            let page = SecretPage::new(&signed, "Signing secret rotated", &target.endpoint, &rotated.secret);
            signed.visit.page(StatusCode::OK, &page)
        }
        Ok(Outcome::Replayed(_)) => Ok(signed.visit.see_other_with(&page_of(id), Notice::SecretShownBefore)),
        Err(OnceError::KeyReused) => {
            let text = "This form has made a secret already. Look at the endpoint, then open the form anew.";
            refuse(signed, &target.endpoint, &fields, Refused::Whole(NOT_ROTATED, text.to_owned()))
        }
        Err(OnceError::Change(error)) => {
            let wrong = refused(error)?;
            refuse(signed, &target.endpoint, &fields, wrong)
        }
    }
}

fn new_secret(fields: &Fields) -> Option<NewSecret> {
    let seconds = fields.text("grace").parse().ok()?;
    let given = fields.secret("secret");
    let secret = (!given.expose().is_empty()).then_some(given);
    Some(NewSecret { secret, grace: Grace::from_seconds(seconds).ok()? })
}

/// What is asked for, so that a form that was changed is not answered like the one before.
///
/// What is kept of it is keyed with the pepper, as of every request that is carried out once: a secret of few words is not found by
/// whoever reads the database and tries them.
fn fingerprint(id: EndpointId, fields: &Fields) -> Fingerprint {
    // As secret as the secret in it: overwritten once it is hashed.
    let parts = Secret::new(format!("{id}\0{}\0{}", fields.text("grace"), fields.secret("secret").expose()));
    Fingerprint::of("POST /admin/developer/webhooks/secrets/rotate", parts.expose().as_bytes())
}

fn refuse(signed: Signed, endpoint: &Endpoint, fields: &Fields, wrong: Refused) -> Result<HttpResponse, Problem> {
    let mut page = RotatePage::new(&signed, endpoint, fields.text("grace"));
    let status = page.refused(wrong);
    signed.visit.page(status, &page)
}

/// What is said before a form that was refused.
const NOT_ROTATED: &str = "The secret was not rotated";

fn at(field: &'static str, text: String) -> Refused {
    Refused::Fields(vec![(field, text)])
}

/// What is wrong where the use case refuses.
///
/// # Errors
/// What the form cannot mend.
fn refused(error: EndpointError) -> Result<Refused, Problem> {
    let text = sentence(&error.to_string());
    match error {
        EndpointError::Secret(_) | EndpointError::SecretUnchanged => Ok(at("secret", text)),
        EndpointError::TooManySecrets => Ok(Refused::Whole(NOT_ROTATED, text)),
        error => Err(error.into()),
    }
}

impl RotatePage {
    fn new(signed: &Signed, endpoint: &Endpoint, grace: &str) -> Self {
        let services = &signed.visit.services;
        let form_id = form_id::generate(services.clock.now(), &*services.entropy);
        let shell = signed.shell("Rotate signing secret", Place::DeveloperHub);
        Self { token: signed.form_token(), form_id, ..Self::drawn(shell, (endpoint.url.as_str(), endpoint.id), grace) }
    }

    fn drawn(shell: Shell, (url, id): (&str, EndpointId), grace: &str) -> Self {
        Self {
            shell,
            tabs: tabs(HubTab::Webhooks),
            url: url.to_owned(),
            alert: None,
            errors: None,
            action: below(id, "secrets/rotate"),
            token: String::new(),
            form_id: String::new(),
            grace: Select {
                help: Some("Both sign meanwhile, so that receivers can change over without a gap.".to_owned()),
                ..Select::new("grace", "The old secret goes on signing for", &GRACES, grace)
            },
            secret: Field {
                name: "secret",
                label: "Secret of your own".to_owned(),
                kind: FieldKind::Password,
                help: Some("Only when a receiver brings one; else one is made, which is better.".to_owned()),
                max_length: Some(128),
                ..Field::default()
            },
            cancel: page_of(id),
        }
    }

    /// Says what is wrong; with which status.
    fn refused(&mut self, refused: Refused) -> StatusCode {
        let places = Places { title: &mut self.shell.title, alert: &mut self.alert, errors: &mut self.errors };
        refused.tell(places, &mut [&mut self.grace, &mut self.secret], NOT_ROTATED)
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for RotatePage {
        const TEMPLATE: &'static str = "admin/webhooks/rotate.html";

        fn samples() -> Vec<Self> {
            let of = ("https://shop.example/<b>", EndpointId::from_bytes([1; 16]));
            let page = || Self::drawn(shell_sample("Rotate signing secret"), of, GRACE_FIRST);
            let mut wrong = page();
            wrong.refused(at("secret", "Secret must be printable.".to_owned()));
            let mut many = page();
            many.refused(Refused::Whole(NOT_ROTATED, "An endpoint has at most 10 secrets that sign.".to_owned()));
            vec![page(), wrong, many]
        }
    }
}
