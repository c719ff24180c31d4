//! Encrypted receivers: who is believed, and what is told of the others.

use std::sync::Arc;
use std::time::Duration;

use devhub_delivery::{Budgets, Sender, SenderError, SenderOptions, TrustAnchors};
use devhub_domain::webhooks::{Authorities, AuthoritiesError, AuthorityCheck, FailureKind, OutboundRequest};
use http::Version;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Barrier;
use tokio_rustls::TlsAcceptor;

use crate::support::{Receiver, answer, answered, failed, options, request};

pub(crate) fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for `name` from `issuer`, good until `year`.
fn acceptor(issuer: &CertifiedIssuer<'static, KeyPair>, name: &str, year: i32) -> TlsAcceptor {
    TlsAcceptor::from(Arc::new(config(issuer, name, year)))
}

pub(crate) fn config(issuer: &CertifiedIssuer<'static, KeyPair>, name: &str, year: i32) -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_after = date_time_ymd(year, 1, 1);
    let certificate = params.signed_by(&key, issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap()
}

/// A sender that takes `shop.example` for 127.0.0.1.
pub(crate) fn sender(extra_roots_pem: String, budgets: Budgets) -> Sender {
    let pinned_names = [("shop.example".to_owned(), vec!["127.0.0.1".parse().unwrap()])].into();
    let extra_roots_pem = extra_roots_pem.into_bytes();
    Sender::new(SenderOptions { pinned_names, extra_roots_pem, budgets, ..options() }).unwrap()
}

async fn receiver(tls: TlsAcceptor) -> (Receiver, String) {
    let receiver = Receiver::https(tls, |_| async { answer(200, "") }).await;
    let url = format!("https://shop.example:{}/hook", receiver.port());
    (receiver, url)
}

#[tokio::test]
async fn a_receiver_with_a_trusted_certificate_gets_its_request() {
    let issuer = authority("Trusted");
    let (receiver, url) = receiver(acceptor(&issuer, "shop.example", 2100)).await;
    let sender = sender(issuer.pem(), Budgets::default());
    for _ in 0..3 {
        assert_eq!(answered(sender.send(&request(&url)).await).status, 200);
    }
    assert_eq!((receiver.accepted(), receiver.requests().len()), (1, 3));
}

#[tokio::test]
async fn a_receiver_that_speaks_http_2_gets_its_requests_side_by_side_over_one_connection() {
    let issuer = authority("Trusted");
    let mut config = config(&issuer, "shop.example", 2100);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let pair = Arc::new(Barrier::new(2));
    let receiver = Receiver::https(TlsAcceptor::from(Arc::new(config)), move |received| {
        let pair = Arc::clone(&pair);
        async move {
            if received.path.ends_with("/pair") {
                pair.wait().await;
            }
            answer(200, "taken")
        }
    })
    .await;
    let (url, sender) = (format!("https://shop.example:{}", receiver.port()), sender(issuer.pem(), Budgets::default()));
    assert_eq!(answered(sender.send(&request(&format!("{url}/first"))).await).body_excerpt, b"taken");
    let pair = request(&format!("{url}/pair"));
    let (one, other) = tokio::join!(sender.send(&pair), sender.send(&pair));
    assert_eq!([answered(one).status, answered(other).status], [200, 200]);
    let seen = receiver.requests().remove(0);
    assert_eq!((seen.version, &seen.body[..]), (Version::HTTP_2, &br#"{"amount": "10.00"}"#[..]));
    assert_eq!(seen.headers["x-ownpay-signature"], "c0ffee");
    assert_eq!(receiver.accepted(), 1);
}

#[tokio::test]
async fn case_09_a_certificate_that_is_not_trusted_is_told_with_its_reason() {
    let issuer = authority("Trusted");
    let cases = [
        (
            acceptor(&authority("Unknown"), "shop.example", 2100),
            "the certificate is signed by itself or by an authority that is not",
        ),
        (acceptor(&issuer, "other.example", 2100), "the certificate is not for shop.example but for other.example"),
        (acceptor(&issuer, "shop.example", 2020), "the certificate expired at 2020-01-01T00:00:00Z"),
    ];
    let sender = sender(issuer.pem(), Budgets::default());
    for (tls, reason) in cases {
        let (receiver, url) = receiver(tls).await;
        let failure = failed(sender.send(&request(&url)).await);
        assert_eq!(failure.kind, FailureKind::Tls);
        assert!(failure.detail.starts_with(&format!("tls handshake failed: {reason}")), "{}", failure.detail);
        assert!(receiver.requests().is_empty());
    }
}

#[tokio::test]
async fn case_09_a_receiver_that_does_not_speak_tls_1_2_is_told_so() {
    let cases: [(&[u8], &str); 2] = [
        // A fatal protocol_version alert, as a receiver that knows TLS 1.0 only sends it (RFC 5246 §7.2).
        (&[0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46], "the receiver speaks neither tls 1.2 nor tls 1.3"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "what answers at this port does not speak tls"),
    ];
    for (bytes, reason) in cases {
        let receiver = Receiver::raw(move |_, mut stream| async move {
            stream.read_u8().await.unwrap();
            stream.write_all(bytes).await.unwrap();
            drop(stream.read_to_end(&mut Vec::new()).await);
        })
        .await;
        let url = format!("https://shop.example:{}/", receiver.port());
        let failure = failed(sender(String::new(), Budgets::default()).send(&request(&url)).await);
        let told = (failure.kind, failure.detail);
        assert_eq!(told, (FailureKind::Tls, format!("tls handshake failed: {reason}")));
    }
}

#[tokio::test]
async fn case_09_a_stalled_handshake_is_told_as_one() {
    let receiver = Receiver::raw(|_, mut stream| async move {
        drop(stream.read_to_end(&mut Vec::new()).await);
    })
    .await;
    let budgets = Budgets { handshake: Duration::from_millis(50), ..Budgets::default() };
    let url = format!("https://shop.example:{}/", receiver.port());
    let failure = failed(sender(String::new(), budgets).send(&request(&url)).await);
    let detail = "tls handshake failed: it was not finished within 50ms";
    assert_eq!((failure.kind, failure.detail.as_str()), (FailureKind::Tls, detail));
}

#[tokio::test]
async fn an_authority_of_an_endpoint_is_believed_for_this_endpoint_only_and_its_connection_is_used_again() {
    let (everybody, own) = (authority("Trusted"), authority("Own"));
    let (receiver, url) = receiver(acceptor(&own, "shop.example", 2100)).await;
    let sender = sender(everybody.pem(), Budgets::default());
    let authorities = Some(Authorities::new(&own.pem()).unwrap());
    let with_own = OutboundRequest { authorities, ..request(&url) };
    for _ in 0..3 {
        assert_eq!(answered(sender.send(&with_own).await).status, 200);
    }
    assert_eq!((receiver.accepted(), receiver.requests().len()), (1, 3));
    let failure = failed(sender.send(&request(&url)).await);
    assert_eq!(failure.kind, FailureKind::Tls, "another endpoint does not even get its kept connection");
    assert_eq!(receiver.requests().len(), 3);
}

#[tokio::test]
async fn an_endpoint_with_an_authority_of_its_own_believes_the_others_too() {
    let (everybody, own) = (authority("Trusted"), authority("Own"));
    let (_receiver, url) = receiver(acceptor(&everybody, "shop.example", 2100)).await;
    let authorities = Some(Authorities::new(&own.pem()).unwrap());
    let request = OutboundRequest { authorities, ..request(&url) };
    assert_eq!(answered(sender(everybody.pem(), Budgets::default()).send(&request).await).status, 200);
}

#[tokio::test]
async fn authorities_that_cannot_be_trusted_are_refused_when_saved_and_told_when_sent() {
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let own = authority("Own").pem();
    assert_eq!(TrustAnchors.check(&Authorities::new(&own).unwrap()), Ok(()));
    let damaged = Authorities::new(&[own.as_str(), no_certificate].concat()).unwrap();
    let refused = TrustAnchors.check(&damaged).unwrap_err();
    assert!(matches!(refused, AuthoritiesError::Untrustworthy { position: 2, .. }), "{refused}");
    let request = OutboundRequest { authorities: Some(damaged), ..request("https://shop.example/") };
    let failure = failed(sender(String::new(), Budgets::default()).send(&request).await);
    assert_eq!(failure.kind, FailureKind::Tls);
    assert!(failure.detail.starts_with("the endpoint's own authorities cannot be used: "), "{}", failure.detail);
}

#[test]
fn a_root_that_is_no_certificate_is_refused() {
    let roots = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
    let error = Sender::new(SenderOptions { extra_roots_pem: roots, ..options() }).unwrap_err();
    assert!(matches!(error, SenderError::Root(_)), "{error:?}");
    assert_eq!(error.code(), "sender_root");
}
