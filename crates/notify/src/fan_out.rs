//! Several channels as one.

use std::sync::Arc;

use devhub_domain::notices::{Notice, Notifier, NotifyError};

/// Hands each notice to every channel, whatever becomes of the others.
pub struct FanOut(pub Vec<Arc<dyn Notifier>>);

impl std::fmt::Debug for FanOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FanOut").field(&self.0.len()).finish()
    }
}

impl Notifier for FanOut {
    /// Returns the first failure after all channels were tried; further ones are logged here.
    ///
    /// *Repeat:* a second try goes to all channels again, also to those that took the notice.
    fn notify(&self, notice: &Notice) -> Result<(), NotifyError> {
        let failures: Vec<_> = self.0.iter().filter_map(|notifier| notifier.notify(notice).err()).collect();
        let mut failures = failures.into_iter();
        let first = failures.next();
        for failure in failures {
            let cause: &(dyn std::error::Error + 'static) = &*failure.0;
            tracing::warn!(
                notice.kind = notice.kind(),
                error.code = failure.code(),
                error = cause,
                "another channel failed to hand over the notice"
            );
        }
        first.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use devhub_domain::id::{DeliveryId, EndpointId, WorkspaceId};

    use super::*;

    /// Notes that it was asked and answers as told.
    struct Channel {
        answer: Result<(), &'static str>,
        asked: Mutex<u32>,
    }

    impl Notifier for Channel {
        fn notify(&self, _: &Notice) -> Result<(), NotifyError> {
            *self.asked.lock().unwrap() += 1;
            self.answer.map_err(|words| NotifyError(words.into()))
        }
    }

    fn notice() -> Notice {
        Notice::DeliveryExhausted {
            workspace_id: WorkspaceId::from_bytes([1; 16]),
            endpoint_id: EndpointId::from_bytes([2; 16]),
            delivery_id: DeliveryId::from_bytes([3; 16]),
            deliveries: 1,
        }
    }

    fn notify(answers: [Result<(), &'static str>; 3]) -> (Result<(), String>, [u32; 3]) {
        let channels = answers.map(|answer| Arc::new(Channel { answer, asked: Mutex::new(0) }));
        let all = channels.clone().map(|channel| -> Arc<dyn Notifier> { channel });
        let result = FanOut(all.into()).notify(&notice()).map_err(|error| error.0.to_string());
        (result, channels.map(|channel| *channel.asked.lock().unwrap()))
    }

    #[test]
    fn every_channel_gets_the_notice() {
        assert_eq!(notify([Ok(()); 3]), (Ok(()), [1; 3]));
    }

    #[test]
    fn the_first_failure_is_reported_after_all_were_tried() {
        assert_eq!(notify([Ok(()), Err("second"), Err("third")]), (Err("second".to_owned()), [1; 3]));
        assert_eq!(notify([Err("first"), Ok(()), Ok(())]), (Err("first".to_owned()), [1; 3]));
    }

    #[test]
    fn no_channel_is_no_failure() {
        assert!(FanOut(Vec::new()).notify(&notice()).is_ok());
    }
}
