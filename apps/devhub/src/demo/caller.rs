//! Calls the hub over HTTP and shows both sides.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use devhub_domain::secret::Secret;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use super::screen::Screen;

/// How long an answer may take; every one of the story takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 65_536;

/// One request.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) token: &'a Secret,
    pub(super) body: Option<&'a Value>,
}

/// A client of the hub.
pub(super) struct Caller {
    client: Client<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
}

impl Caller {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), address }
    }

    /// Sends the request, shows it and its answer, and returns the body if the status is the expected one.
    ///
    /// `secret` names the field of the answer that must not be shown whole.
    pub(super) async fn call(
        &self,
        call: Call<'_>,
        expected: u16,
        secret: Option<&str>,
        screen: &mut Screen,
    ) -> anyhow::Result<Value> {
        screen.line(format_args!("{} {}", call.method, call.path))?;
        screen.line(format_args!("  authorization: Bearer {}", call.token.expose()))?;
        if let Some(body) = call.body {
            screen.body(body)?;
        }
        let (status, body) =
            tokio::time::timeout(PATIENCE, self.send(&call)).await.context("the hub does not answer")??;
        if let Some(secret) = secret.and_then(|name| body.get(name)).and_then(Value::as_str) {
            screen.hide(&Secret::new(secret));
        }
        screen.line(format_args!("→ {status}"))?;
        screen.body(&body)?;
        if status.as_u16() != expected {
            bail!("the hub answered {status} where {expected} is right");
        }
        Ok(body)
    }

    async fn send(&self, call: &Call<'_>) -> anyhow::Result<(hyper::StatusCode, Value)> {
        let request = Request::builder()
            .method(&call.method)
            .uri(format!("http://{}{}", self.address, call.path))
            .header("authorization", format!("Bearer {}", call.token.expose()))
            .header("content-type", "application/json")
            .body(Full::from(call.body.map(Value::to_string).unwrap_or_default()))?;
        let answer = self.client.request(request).await?;
        let status = answer.status();
        let body =
            Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await.map_err(anyhow::Error::from_boxed)?;
        Ok((status, serde_json::from_slice(&body.to_bytes()).unwrap_or(Value::Null)))
    }
}
