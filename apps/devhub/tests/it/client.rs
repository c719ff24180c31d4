//! A client that speaks HTTP over TLS, and the authority that it trusts.

use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::harness::Home;

pub(crate) const NAME: &str = "hub.example.com";

/// Settings of a hub whose certificate [`Authority::write`] has put into its folder.
pub(crate) const TLS: [&str; 6] =
    ["--data", "data", "--set", "server.tls_certificate_file=hub.pem", "--set", "server.tls_key_file=hub.key"];

/// Signs certificates of hubs.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for [`NAME`] until the start of `year` and its key, in PEM.
    pub(crate) fn issue(&self, year: i32) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, 1, 1);
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    /// Issues one and writes it where [`TLS`] says.
    pub(crate) fn write(&self, home: &Home, year: i32) {
        let (certificate, key) = self.issue(year);
        home.write("hub.pem", &certificate);
        home.write_private("hub.key", &key);
    }

    /// Connects, and agrees on `protocol`.
    pub(crate) async fn connect(&self, address: &str, protocol: &str) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from(NAME).unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol.as_bytes()));
        stream
    }

    pub(crate) async fn http1(&self, address: &str) -> http1::SendRequest<Full<Bytes>> {
        let stream = self.connect(address, "http/1.1").await;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    pub(crate) async fn http2(&self, address: &str) -> http2::SendRequest<Full<Bytes>> {
        let stream = self.connect(address, "h2").await;
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    /// The certificate that a new connection is shown.
    pub(crate) async fn shown(&self, address: &str) -> Vec<u8> {
        let stream = self.connect(address, "h2").await;
        stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
    }
}

/// A GET as HTTP/1.1 writes it: the host stands in a header, and not in the target.
pub(crate) fn http1_get(path: &str) -> Request<Full<Bytes>> {
    Request::get(path).header("host", NAME).body(Full::default()).unwrap()
}

/// A request to [`NAME`] as HTTP/2 writes it.
pub(crate) fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Request<Full<Bytes>> {
    let mut req = Request::builder().method(method).uri(format!("https://{NAME}{path}"));
    for (name, value) in headers {
        req = req.header(*name, *value);
    }
    req.body(Full::new(body.into())).unwrap()
}

/// Status and body of an answer.
pub(crate) async fn read(answer: Response<Incoming>) -> (u16, String) {
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}
