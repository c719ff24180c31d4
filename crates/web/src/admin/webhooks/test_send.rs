//! Sends an endpoint a test, and shows the whole attempt: it is kept nowhere, so the answer to the form is the one place for it.

use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::events::{EventType, KnownType, OwnTypeError, Payload, TEST_EVENT};
use devhub_domain::id::EndpointId;
use devhub_domain::webhooks::{NewTest, ShownAttempt, TestError};

use super::attempt::AttemptView;
use super::catalog::{Offered, offered};
use super::paths::{below, endpoint_id, find, page_of};
use crate::admin::components::{Alert, Select, Shell, Tabs, Tone};
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::problem_body::Problem;
use crate::{blocking, test_sends, writes};

/// The page.
#[derive(Template)]
#[template(path = "admin/webhooks/test.html")]
pub(in crate::admin) struct TestPage {
    shell: Shell,
    tabs: Tabs,
    url: String,
    /// Why nothing was sent.
    alert: Option<Alert>,
    action: String,
    token: String,
    event_type: Select,
    attempt: Option<AttemptView>,
    back: String,
}

/// What is drawn of an endpoint besides.
struct Tested {
    id: EndpointId,
    url: String,
    offered: Vec<Offered>,
    chosen: String,
}

/// Asks which type is to be sent.
pub(in crate::admin) async fn show_test(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let id = endpoint_id(&req)?;
    signed.asker().require(Scope::EndpointsWrite).map_err(Problem::from)?;
    let tested = Tested::of(&signed, id, TEST_EVENT.name).await?;
    let page = TestPage::new(&signed, &tested);
    Ok(signed.visit.page(StatusCode::OK, &page)?)
}

/// Sends it.
pub(in crate::admin) async fn test(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    let id = endpoint_id(&req)?;
    signed.asker().require(Scope::EndpointsWrite)?;
    let tested = Tested::of(&signed, id, fields.text("event_type")).await?;
    let Some(new) = sample(&signed, &tested.chosen).await? else {
        let mut page = TestPage::new(&signed, &tested);
        page.event_type.error = Some("Choose a type of the catalogue.".to_owned());
        return signed.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    match send(&signed, id, new).await {
        Ok(shown) => {
            let mut page = TestPage::new(&signed, &tested);
            let attempt = AttemptView::new(&shown, &signed.workspace.time_zone);
            page.shell.title = format!("{}: {}", attempt.result.text, page.shell.title);
            page.attempt = Some(attempt);
            signed.visit.page(StatusCode::OK, &page)
        }
        Err(error @ (TestError::UnderWay(_) | TestError::TooMany | TestError::TooManyOfWorkspace)) => {
            let mut page = TestPage::new(&signed, &tested);
            let (title, text) = ("Nothing was sent".to_owned(), sentence(&error.to_string()));
            page.alert = Some(Alert { tone: Tone::Warn, title, text });
            signed.visit.page(Problem::from(error).status(), &page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn send(signed: &Signed, id: EndpointId, new: NewTest) -> Result<ShownAttempt, TestError> {
    let tests = &signed.visit.services.endpoint_tests;
    let ready = writes::run(tests.get_ready(signed.asker(), signed.workspace_id(), id, new)?).await?;
    test_sends::run(tests, ready).await
}

/// What is sent of a type: the sample of the catalogue; `None` when it has none of that name.
async fn sample(signed: &Signed, name: &str) -> Result<Option<NewTest>, Problem> {
    let Ok(event_type) = name.parse::<EventType>() else {
        return Ok(None);
    };
    // The samples of the catalogue are payloads, as its own tests say.
    let known = |sample: &str| Payload::from_stored(sample.as_bytes().to_vec());
    if name == TEST_EVENT.name {
        return Ok(Some(NewTest { event_type, payload: known(TEST_EVENT.sample) }));
    }
    let (event_types, workspace_id) = (signed.visit.services.event_types.clone(), signed.workspace_id());
    let wanted = event_type.clone();
    let payload = match blocking::run(move || event_types.find(workspace_id, &wanted)).await {
        Ok(KnownType::BuiltIn(entry)) => known(entry.sample),
        Ok(KnownType::Own(own)) => own.sample,
        Err(OwnTypeError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok(Some(NewTest { event_type, payload }))
}

impl Tested {
    async fn of(signed: &Signed, id: EndpointId, chosen: &str) -> Result<Self, Problem> {
        let url = find(signed, id).await?.endpoint.url.as_str().to_owned();
        Ok(Self { id, url, offered: offered(signed).await?, chosen: chosen.to_owned() })
    }
}

impl TestPage {
    fn new(signed: &Signed, tested: &Tested) -> Self {
        Self::drawn(signed.shell("Send a test", Place::DeveloperHub), signed.form_token(), tested)
    }

    fn drawn(shell: Shell, token: String, tested: &Tested) -> Self {
        let names = tested.offered.iter().map(|offered| offered.name.as_str());
        let options: Vec<_> = [TEST_EVENT.name].into_iter().chain(names).map(|name| (name, name)).collect();
        let help = "The sample of the catalogue is sent, signed as every event, whether the endpoint wants it or not.";
        Self {
            shell,
            tabs: tabs(HubTab::Webhooks),
            url: tested.url.clone(),
            alert: None,
            action: below(tested.id, "test"),
            token,
            event_type: Select {
                help: Some(help.to_owned()),
                ..Select::new("event_type", "Event type", &options, &tested.chosen)
            },
            attempt: None,
            back: page_of(tested.id),
        }
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, shell_sample};
    use crate::admin::webhooks::attempt::samples::taken;

    impl Sample for TestPage {
        const TEMPLATE: &'static str = "admin/webhooks/test.html";

        fn samples() -> Vec<Self> {
            let offered = vec![Offered { name: "payment.completed".to_owned(), description: String::new() }];
            let (id, url) = (EndpointId::from_bytes([1; 16]), "https://shop.example/<b>".to_owned());
            let tested = Tested { id, url, offered, chosen: "payment.completed".to_owned() };
            let page = || Self::drawn(shell_sample("Send a test"), "token".to_owned(), &tested);
            let text = "It is being tested at this moment.".to_owned();
            let busy = Alert { tone: Tone::Warn, title: "Nothing was sent".to_owned(), text };
            vec![page(), Self { attempt: Some(taken()), ..page() }, Self { alert: Some(busy), ..page() }]
        }
    }
}
