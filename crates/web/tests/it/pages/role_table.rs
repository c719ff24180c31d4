//! The table of roles, `roles.txt`: each line is asked for as nobody and as each role.

use actix_web::test::TestRequest;
use devhub_domain::access::Asker;
use devhub_domain::grace::Grace;
use devhub_domain::id::EndpointId;
use devhub_domain::operators::{EmailAddress, NewOperator, OperatorSessions, Operators, Role};
use devhub_domain::page::PageRequest;
use devhub_domain::rate::{NewOverride, OverrideSubject};
use devhub_domain::resends::NewResend;
use devhub_domain::testing::{SeededEntropy, rate_override, rate_policy};
use devhub_domain::webhooks::{DeliveryFilter, NewSecret};

use super::browser::{Browser, email_of, hub_with_operators};
use super::deliveries::{all, answered, attempt, publish};
use super::reference;
use super::webhooks::endpoint;
use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE};

const TABLE: &str = include_str!("roles.txt");

/// A line of the table, for one of its columns.
struct Line {
    method: &'static str,
    address: &'static str,
    status: u16,
    form: &'static str,
}

/// Whoever goes through a column.
struct Visitor<'h> {
    hub: &'h Hub,
    browser: Browser<'h>,
    role: Option<Role>,
    /// Counts what was made, so that each line has its own.
    made: u32,
    /// Of what was made last, where it has one.
    revision: i64,
}

fn lines(column: usize) -> impl Iterator<Item = Line> {
    let rows = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.map(move |row| {
        let words: Vec<&str> = row.split_whitespace().collect();
        let form = words.get(7).copied().unwrap_or_default();
        Line { method: words[0], address: words[1], status: words[2 + column].parse().unwrap(), form }
    })
}

/// Whoever is refused is refused before anybody looks at what was sent: an empty form is sent as well.
async fn goes_through(column: usize, role: Option<Role>) {
    let hub = hub_with_operators();
    let mut browser = Browser::new(&hub);
    if let Some(role) = role {
        drop(Browser::signed_in(&hub, role).await);
        browser = Browser::signed_in(&hub, role).await;
    }
    let mut visitor = Visitor { hub: &hub, browser, role, made: 0, revision: 0 };
    let mut wrong = Vec::new();
    for line in lines(column) {
        let is_refused = line.method == "POST" && line.status == 403;
        let forms = if is_refused { vec!["", line.form] } else { vec![line.form] };
        for form in forms {
            let found = visitor.ask(&line, form).await;
            if found != line.status {
                wrong.push(format!("{} {} with \"{form}\": {found}, not {}", line.method, line.address, line.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{role:?}:\n{}", wrong.join("\n"));
}

#[actix_web::test]
async fn nobody_sees_pages_and_changes_anything() {
    goes_through(0, None).await;
}

#[actix_web::test]
async fn a_viewer_sees_and_changes_what_the_table_says() {
    goes_through(1, Some(Role::Viewer)).await;
}

#[actix_web::test]
async fn a_developer_sees_and_changes_what_the_table_says() {
    goes_through(2, Some(Role::Developer)).await;
}

#[actix_web::test]
async fn an_admin_sees_and_changes_what_the_table_says() {
    goes_through(3, Some(Role::Admin)).await;
}

#[actix_web::test]
async fn an_owner_sees_and_changes_what_the_table_says() {
    goes_through(4, Some(Role::Owner)).await;
}

impl Visitor<'_> {
    async fn ask(&mut self, line: &Line, form: &str) -> u16 {
        let address = self.filled(line.address);
        if line.method == "GET" {
            return self.browser.get(&address).await.status.as_u16();
        }
        // Forms of guests have a token of their own, which whoever is signed in is not shown.
        let is_signed_in = self.browser.get("/admin/account").await.status == 200;
        if !is_signed_in {
            self.browser.get("/admin/sign-in").await;
        }
        let token = self.browser.page.token();
        if line.form == "multipart" {
            let file = if form.is_empty() { "" } else { reference::TEXT };
            reference::upload(&mut self.browser, (&token, "0"), file, "").await;
        } else {
            let body = format!("token={token}&{}", self.filled(form));
            let kind = ("content-type", "application/x-www-form-urlencoded");
            self.browser.send(TestRequest::post().uri(&address).insert_header(kind).set_payload(body)).await;
        }
        let page = &self.browser.page;
        // Such a form is refused whoever sends it, with the status of whoever may not.
        if page.says("This form is out of date") { 0 } else { page.status.as_u16() }
    }

    /// The text with things in place of their names.
    fn filled(&mut self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap();
            filled.push_str(before);
            let thing = match name.split_once('=') {
                Some((_, word)) => word.to_owned(),
                None => self.make(name, &filled),
            };
            filled.push_str(&thing);
            rest = after;
        }
        filled + rest
    }

    /// What a name stands for, in an address that begins so.
    fn make(&mut self, name: &str, before: &str) -> String {
        self.made += 1;
        let hub = self.hub;
        match (name, before.strip_prefix("/admin/").unwrap_or_default()) {
            ("form_id", _) => format!("{}.{:032x}", hub.services.clock.now().as_seconds(), self.made),
            ("key", _) | ("id", "developer/api-keys/") => hub.key("read").key.id.to_string(),
            ("revision", _) => self.revision.to_string(),
            ("document", _) => {
                hub.services.reference_documents.find(WORKSPACE).unwrap().map_or(0, |found| found.revision).to_string()
            }
            ("policy", _) | ("id", "rate-limits/policies/") => self.policy(),
            ("id", "rate-limits/overrides/") => self.an_override(),
            ("id", "developer/webhooks/") => endpoint(hub, &format!("https://{}.example/", self.made)).to_string(),
            ("secret_id", before) => older_secret(hub, before.split('/').nth(2).unwrap().parse().unwrap()),
            ("id", "developer/deliveries/") => self.delivery(),
            ("id", "developer/resends/") => open_job(hub),
            ("id", "settings/operators/") => self.operator(),
            ("id", "settings/workspaces/") => self.other_workspace(),
            ("id", "account/sessions/") => self.other_session(),
            (name, before) => panic!("nothing is made for {name} in {before}"),
        }
    }

    fn policy(&mut self) -> String {
        let policies = &self.hub.services.rate_policies;
        let made = policies.create(Asker::COMMAND_LINE, WORKSPACE, rate_policy(self.made).rule).unwrap();
        let made = made.commit().unwrap().changed;
        self.revision = made.revision;
        made.id.to_string()
    }

    fn an_override(&mut self) -> String {
        let (policy, quota) = (rate_override(1).policy, rate_override(1).quota);
        let new = NewOverride { policy, quota, subject: OverrideSubject::Key(self.hub.key("read").key.id) };
        let made = self.hub.services.rate_overrides.create(Asker::COMMAND_LINE, WORKSPACE, new).unwrap();
        let made = made.commit().unwrap();
        self.revision = made.revision;
        made.id.to_string()
    }

    /// One that has ended, of an endpoint that takes another.
    fn delivery(&self) -> String {
        endpoint(self.hub, &format!("https://{}.example/", self.made));
        publish(self.hub, WORKSPACE, "payment.completed", "{}");
        attempt(self.hub, &answered(200, ""));
        all(self.hub)[0].id.to_string()
    }

    /// A viewer, whom nobody is.
    fn operator(&self) -> String {
        let entropy = std::sync::Arc::new(SeededEntropy::new(1_000 + u64::from(self.made)));
        let operators = Operators::new(self.hub.store.clone(), self.hub.clock.clone(), entropy);
        let email = EmailAddress::new(&format!("eve-{}@example.com", self.made)).unwrap();
        let new = NewOperator { email, role: Role::Viewer, password: None };
        operators.add(Asker::COMMAND_LINE, WORKSPACE, new).commit().unwrap().id.to_string()
    }

    /// One in which the same operator works besides; of nobody, in which nobody does.
    fn other_workspace(&self) -> String {
        let known = self.role.map(|role| EmailAddress::new(&email_of(role)).unwrap());
        let entropy = std::sync::Arc::new(SeededEntropy::new(1));
        let operators = Operators::new(self.hub.store.clone(), self.hub.clock.clone(), entropy);
        if let Some(email) = known.filter(|email| operators.find_by_email(OTHER_WORKSPACE, email).unwrap().is_none()) {
            operators.admit(Asker::COMMAND_LINE, OTHER_WORKSPACE, email, Role::Viewer).commit().unwrap();
        }
        OTHER_WORKSPACE.to_string()
    }

    /// Where the same operator is signed in besides; of nobody, the owner's.
    fn other_session(&self) -> String {
        let email = email_of(self.role.unwrap_or(Role::Owner));
        let sessions = OperatorSessions::new(self.hub.store.clone(), self.hub.clock.clone());
        let all = sessions.list_all(WORKSPACE).unwrap();
        let own = all.into_iter().find(|(operator, _)| operator.email.as_str() == email).unwrap().1;
        own.iter().map(|session| session.id).min().map_or_else(|| "ses_none".to_owned(), |id| id.to_string())
    }
}

/// One that signs until its grace ends.
fn older_secret(hub: &Hub, id: EndpointId) -> String {
    let endpoints = &hub.services.endpoints;
    let old = endpoints.list_secrets(WORKSPACE, id).unwrap()[0].id;
    let new = NewSecret { secret: None, grace: Grace::from_seconds(3600).unwrap() };
    endpoints.rotate_secret(Asker::COMMAND_LINE, WORKSPACE, id, new).unwrap().commit().unwrap();
    old.to_string()
}

/// The one that goes on; there is at most one.
fn open_job(hub: &Hub) -> String {
    let resends = &hub.services.resends;
    if let Some(found) = resends.list(WORKSPACE, PageRequest::default()).unwrap().items.first() {
        return found.job.id.to_string();
    }
    let filter = DeliveryFilter { event_type: Some("payment.completed".parse().unwrap()), ..DeliveryFilter::default() };
    let new = NewResend { filter, estimate: 1 };
    resends.create(Asker::COMMAND_LINE, WORKSPACE, new).unwrap().commit().unwrap().job.id.to_string()
}
