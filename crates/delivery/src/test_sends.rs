//! Test sends: past the queue, but through the same sender, and so to the same addresses and no others.

use devhub_domain::webhooks::{EndpointUrl, Exchange, Failure, OutboundRequest, TestSender};
use tokio::runtime::Handle;

use crate::http::Sender;

/// Sends tests on a runtime. How many there are at once is bounded by who asks for them.
#[derive(Clone, Debug)]
pub struct TestSends {
    sender: Sender,
    runtime: Handle,
}

impl TestSends {
    /// Sends with `sender`, whose connections are shared with whatever else it sends.
    pub fn new(sender: Sender, runtime: Handle) -> Self {
        Self { sender, runtime }
    }
}

impl TestSender for TestSends {
    fn send(&self, request: OutboundRequest, done: Box<dyn FnOnce(Exchange) + Send>) {
        let sender = self.sender.clone();
        // A runtime that ends drops the task, and `done` with it.
        drop(self.runtime.spawn(async move { done(sender.send(&request).await) }));
    }

    fn look_up(&self, url: EndpointUrl, done: Box<dyn FnOnce(Result<(), Failure>) + Send>) {
        let sender = self.sender.clone();
        drop(self.runtime.spawn(async move { done(sender.look_up(&url).await) }));
    }
}
