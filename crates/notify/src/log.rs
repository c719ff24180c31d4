//! Notices as log lines: what a hub without a mail server has, and a record for one with.

use devhub_domain::notices::{Notice, Notifier, NotifyError};

/// Writes each notice as one line at level `WARN`. Never fails.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogNotifier;

impl Notifier for LogNotifier {
    fn notify(&self, notice: &Notice) -> Result<(), NotifyError> {
        let workspace_id = notice.workspace_id();
        tracing::warn!(notice.kind = notice.kind(), workspace.id = %workspace_id, "{}", notice.subject());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::{Arc, Mutex};

    use devhub_domain::id::{EndpointId, WorkspaceId};
    use tracing::{Event, Metadata, Subscriber, span};

    use super::*;

    /// Writes events down as `LEVEL field=value…`.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<String>>);

    impl Subscriber for Lines {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }

        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut line = event.metadata().level().to_string();
            event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
                write!(line, " {field}={value:?}").unwrap();
            });
            self.0.lock().unwrap().push_str(&line);
        }

        fn enter(&self, _: &span::Id) {}

        fn exit(&self, _: &span::Id) {}
    }

    #[test]
    fn a_notice_is_one_warning_with_its_kind_and_workspace() {
        let lines = Lines::default();
        let notice = Notice::EndpointDisabled {
            workspace_id: WorkspaceId::from_bytes([0; 16]),
            endpoint_id: EndpointId::from_bytes([0; 16]),
            url: "https://shop.example".to_owned(),
            reason: "the receiver answered 410 Gone".to_owned(),
        };
        tracing::subscriber::with_default(lines.clone(), || LogNotifier.notify(&notice)).unwrap();
        let expected = "WARN message=Webhook endpoint disabled: https://shop.example \
                        notice.kind=\"endpoint.disabled\" workspace.id=wsp_00000000000000000000000000";
        assert_eq!(*lines.0.lock().unwrap(), expected);
    }
}
