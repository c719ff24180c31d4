//! What the pages show of the mail settings: everything but the password.

use devhub_notify::{MailOptions, MailTls};
use devhub_web::MailSettings;

/// The settings in the words of the configuration.
pub(crate) fn shown_mail(options: &MailOptions, tells_of_keys: bool) -> MailSettings {
    MailSettings {
        server: options.server.clone(),
        port: options.port,
        tls: match options.tls {
            MailTls::Off => "off",
            MailTls::StartTls => "starttls",
            MailTls::Implicit => "tls",
        },
        username: options.login.as_ref().map(|login| login.username.clone()),
        from: options.from.clone(),
        to: options.to.clone(),
        hello_name: options.hello_name.clone(),
        timeout_s: options.timeout.as_secs(),
        tells_of_keys,
    }
}
