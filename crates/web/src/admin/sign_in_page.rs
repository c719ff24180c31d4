//! The page of both steps of a sign-in, and what is said wherever a password or a code was refused.

use actix_web::HttpResponse;
use askama::Template;
use devhub_domain::operators::SignInError;
use devhub_domain::time::seconds_to_wait;

use super::components::{Alert, Field, FieldKind, Plain, Tone};
use super::guest::Guest;
use super::next::{SIGN_IN, SIGN_IN_CODE};
use super::visit::Visit;
use crate::problem_body::Problem;

/// Most characters of a code: a recovery code with blanks.
const CODE_CHARS_MAX: usize = 32;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Who is there, and the password.
    Password,
    /// The code after it.
    Code,
}

/// The page that asks for one of the steps.
#[derive(Template)]
#[template(path = "admin/sign_in.html")]
pub(super) struct SignInPage {
    plain: Plain,
    token: String,
    next: String,
    step: Step,
    wrong: Option<Alert>,
    fields: Vec<Field>,
}

impl Step {
    const fn title(self) -> &'static str {
        match self {
            Self::Password => "Sign in",
            Self::Code => "Type your code",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Password => SIGN_IN,
            Self::Code => SIGN_IN_CODE,
        }
    }

    fn fields(self, email: &str) -> Vec<Field> {
        match self {
            Self::Password => vec![email_field(email), Field::current_password("password", "Password")],
            Self::Code => vec![code_field("Six digits, or a recovery code.")],
        }
    }
}

impl SignInPage {
    /// Asks for a step; `next` is where it leads on to, and `email` what was typed before.
    pub(super) fn of(guest: &Guest, step: Step, next: &str, email: &str) -> Self {
        Self::drawn(guest.visit.plain(step.title()), guest.form_token(), step, (next, email))
    }

    fn drawn(plain: Plain, token: String, step: Step, (next, email): (&str, &str)) -> Self {
        Self { plain, token, next: next.to_owned(), step, wrong: None, fields: step.fields(email) }
    }

    /// Says what was wrong.
    pub(super) fn refuse(&mut self, wrong: Alert) {
        self.plain.title = format!("Error: {}", self.plain.title);
        self.wrong = Some(wrong);
    }
}

/// Answers with a page that says why nobody was signed in, and when to come back.
pub(super) fn told(visit: Visit, error: SignInError, page: &impl Template) -> Result<HttpResponse, Problem> {
    let told = Problem::from(error);
    let mut answer = visit.page(told.status(), page)?;
    for (name, value) in told.headers() {
        answer.headers_mut().insert(name.clone(), value.clone());
    }
    Ok(answer)
}

/// What was wrong, as people read it.
pub(super) fn explain(error: &SignInError) -> Alert {
    let (title, text) = match error {
        SignInError::Wrong => (
            "Email or password is wrong",
            "Try again. If it is forgotten, devhub operators reset-password sets a new one on the hub's machine."
                .to_owned(),
        ),
        SignInError::Throttled { wait } => {
            let wait = seconds_to_wait(*wait);
            ("Too many attempts have failed", format!("Wait {wait} s, then try again."))
        }
        SignInError::SessionEnded => ("This session has ended", "Sign in again.".to_owned()),
        SignInError::Busy(_) | SignInError::Store(_) => ("The hub is busy", "Try again in a moment.".to_owned()),
    };
    Alert { tone: Tone::Bad, title: title.to_owned(), text }
}

/// What was wrong with a code, as people read it.
pub(super) fn wrong_code() -> Alert {
    Alert {
        tone: Tone::Bad,
        title: "The code is wrong, or was used before".to_owned(),
        text: "Wait for the next one, and check that the clock of your phone is right.".to_owned(),
    }
}

fn email_field(typed: &str) -> Field {
    Field {
        name: "email",
        label: "Email".to_owned(),
        kind: FieldKind::Email,
        value: typed.to_owned(),
        is_required: true,
        autocomplete: "username",
        max_length: Some(254),
        ..Field::default()
    }
}

/// Where a code is typed.
pub(super) fn code_field(help: &str) -> Field {
    Field {
        name: "code",
        label: "Code".to_owned(),
        help: Some(help.to_owned()),
        is_required: true,
        autocomplete: "one-time-code",
        max_length: Some(CODE_CHARS_MAX),
        ..Field::default()
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, plain_sample};

    impl Sample for SignInPage {
        const TEMPLATE: &'static str = "admin/sign_in.html";

        fn samples() -> Vec<Self> {
            let page = |step: Step, wrong| {
                let (plain, token) = (plain_sample(step.title()), "token".to_owned());
                Self { wrong, ..Self::drawn(plain, token, step, ("/admin/account", "")) }
            };
            vec![
                page(Step::Password, None),
                page(Step::Password, Some(explain(&SignInError::Wrong))),
                page(Step::Code, None),
                page(Step::Code, Some(wrong_code())),
            ]
        }
    }
}
