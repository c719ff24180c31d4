//! Sends one notice through a mail server: `cargo run -p devhub-notify --example send_notice -- 127.0.0.1 2525 [to…]`.
//!
//! Without protection and login: for a server on this machine that a check has just started.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use devhub_domain::id::{EndpointId, WorkspaceId};
use devhub_domain::notices::{Notice, Notifier as _};
use devhub_domain::time::SystemClock;
use devhub_notify::{MailNotifier, MailOptions, MailTls};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(server), Some(port)) = (arguments.next(), arguments.next()) else {
        return Err("usage: send_notice HOST PORT [RECIPIENT…]".into());
    };
    let to: Vec<_> = arguments.collect();
    let options = MailOptions {
        server,
        port: port.parse()?,
        tls: MailTls::Off,
        login: None,
        from: "Developer Hub <hub@example.org>".to_owned(),
        to: if to.is_empty() { vec!["ada@example.org".to_owned()] } else { to },
        hello_name: "hub.example.org".to_owned(),
        timeout: Duration::from_secs(10),
    };
    let notice = Notice::EndpointDisabled {
        workspace_id: WorkspaceId::from_bytes([1; 16]),
        endpoint_id: EndpointId::from_bytes([2; 16]),
        url: "https://shop.example".to_owned(),
        reason: "the receiver answered 410 Gone".to_owned(),
    };
    MailNotifier::new(&options, Arc::new(SystemClock::new()))?.notify(&notice).map_err(|error| error.0)
}
