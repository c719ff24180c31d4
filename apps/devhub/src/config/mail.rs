//! `[mail]`.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::secret::Secret;
use devhub_domain::time::SystemClock;
use devhub_notify::{MailLogin, MailNotifier, MailOptions, MailOptionsError, MailTls};

use super::fields::{Fields, Read};

/// How notices leave by mail; `None` sends none.
pub(super) fn read_mail(fields: &mut Fields) -> Read<Option<MailOptions>> {
    let server = fields.optional_text("mail.server");
    let port = fields.integer("mail.port", 1..=65_535_u16);
    let tls = fields.convert("mail.tls", "\"starttls\", \"tls\" or \"off\"", |word| match word {
        "starttls" => Some(MailTls::StartTls),
        "tls" => Some(MailTls::Implicit),
        "off" => Some(MailTls::Off),
        _ => None,
    });
    let login = read_login(fields);
    let from = fields.text("mail.from");
    let to = fields.parse_list("mail.to", "mail addresses");
    let hello_name = fields.text("mail.hello_name");
    let timeout = fields.integer("mail.timeout_s", 1..=60_u64);
    let Some(server) = server? else {
        return Ok(None);
    };
    let options = MailOptions {
        server,
        port: port?,
        tls: tls?,
        login: login?,
        from: from?,
        to: to?,
        hello_name: hello_name?,
        timeout: Duration::from_secs(timeout?),
    };
    // Made once here, without any connection, so that what is wrong is told together with all else.
    match MailNotifier::new(&options, Arc::new(SystemClock::new())) {
        Ok(_) => Ok(Some(options)),
        Err(error) => fields.note(key_of(&error), &error.to_string()),
    }
}

/// Whether operators are written to about keys.
pub(super) fn read_key_events(fields: &mut Fields) -> Read<bool> {
    let is_on = fields.flag("mail.key_events");
    let server = fields.optional_text("mail.server");
    match (is_on?, server?) {
        (true, None) => fields.note("mail.key_events", "needs mail.server: without one there is nobody to send it"),
        (is_on, _) => Ok(is_on),
    }
}

const fn key_of(error: &MailOptionsError) -> &'static str {
    match error {
        MailOptionsError::Sender(_) => "mail.from",
        MailOptionsError::Recipient { .. } | MailOptionsError::RecipientCount { .. } => "mail.to",
        MailOptionsError::HelloName { .. } => "mail.hello_name",
        MailOptionsError::Timeout { .. } => "mail.timeout_s",
        MailOptionsError::LoginInClear => "mail.tls",
        MailOptionsError::Tls { .. } => "mail.server",
    }
}

fn read_login(fields: &mut Fields) -> Read<Option<MailLogin>> {
    let username = fields.optional_text("mail.username");
    let password = read_password(fields);
    match (username?, password?) {
        (Some(username), Some(password)) => Ok(Some(MailLogin { username, password })),
        (None, None) => Ok(None),
        (Some(_), None) => fields.note("mail.password", "must be set when mail.username is"),
        (None, Some(_)) => fields.note("mail.username", "must be set when a password is"),
    }
}

/// The password, written or in a file.
fn read_password(fields: &mut Fields) -> Read<Option<Secret>> {
    let password = fields.secret("mail.password");
    let file = fields.optional_path("mail.password_file");
    let (password, file) = (password?, file?);
    let Some(file) = file else {
        return Ok(password);
    };
    if password.is_some() {
        return fields.note("mail.password", "set either mail.password or mail.password_file");
    }
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(Some(Secret::new(text.trim_end_matches(['\r', '\n'])))),
        Err(error) => fields.note("mail.password_file", &format!("{} cannot be read: {error}", file.display())),
    }
}
