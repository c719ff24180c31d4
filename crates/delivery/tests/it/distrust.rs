//! Certificates and versions that are not accepted, as common servers have them.

use std::sync::Arc;

use devhub_delivery::{Budgets, Sender};
use devhub_domain::webhooks::{Failure, FailureKind};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::support::{Receiver, answer, answered, failed, request};
use crate::tls::{authority, config, sender};

/// What a certificate has that others have not.
type Change = fn(&mut CertificateParams);

/// A certificate that nobody signed but itself, with its PEM.
fn self_signed(change: Change) -> (TlsAcceptor, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["shop.example".to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), certificate.pem())
}

async fn refusal(sender: &Sender, tls: TlsAcceptor) -> Failure {
    let receiver = Receiver::https(tls, |_| async { answer(200, "") }).await;
    let url = format!("https://shop.example:{}/", receiver.port());
    let failure = failed(sender.send(&request(&url)).await);
    assert!(receiver.requests().is_empty());
    failure
}

#[tokio::test]
async fn case_09_a_self_signed_certificate_is_told_as_one() {
    let by_itself = "the certificate is signed by itself or by an authority that is not trusted here";
    let as_authority = "the certificate is that of an authority, as self-signed ones often are, and not of a server";
    let cases: [(Change, &str); 3] = [
        (|_| {}, by_itself),
        // As `openssl req -x509` makes them.
        (|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained), as_authority),
        (|params| params.not_after = date_time_ymd(2020, 1, 1), "the certificate expired at 2020-01-01T00:00:00Z"),
    ];
    let sender = sender(String::new(), Budgets::default());
    for (change, reason) in cases {
        let failure = refusal(&sender, self_signed(change).0).await;
        assert_eq!(failure.kind, FailureKind::Tls);
        assert!(failure.detail.starts_with(&format!("tls handshake failed: {reason}")), "{}", failure.detail);
    }
}

#[tokio::test]
async fn case_09_a_self_signed_certificate_is_believed_once_it_is_given() {
    let (tls, pem) = self_signed(|_| {});
    let receiver = Receiver::https(tls, |_| async { answer(204, "") }).await;
    let url = format!("https://shop.example:{}/", receiver.port());
    assert_eq!(answered(sender(pem, Budgets::default()).send(&request(&url)).await).status, 204);
}

#[tokio::test]
async fn case_09_a_certificate_of_later_is_told_with_its_day() {
    let failure = refusal(
        &sender(String::new(), Budgets::default()),
        self_signed(|params| params.not_before = date_time_ymd(2090, 1, 1)).0,
    )
    .await;
    let detail = "tls handshake failed: the certificate is not valid before 2090-01-01T00:00:00Z";
    assert_eq!((failure.kind, failure.detail.as_str()), (FailureKind::Tls, detail));
}

#[tokio::test]
async fn case_09_an_authority_that_is_given_is_believed_for_the_name_that_it_signed_alone() {
    let issuer = authority("Own");
    let sender = sender(issuer.pem(), Budgets::default());
    let accepted = TlsAcceptor::from(Arc::new(config(&issuer, "shop.example", 2100)));
    let receiver = Receiver::https(accepted, |_| async { answer(204, "") }).await;
    let url = format!("https://shop.example:{}/", receiver.port());
    assert_eq!(answered(sender.send(&request(&url)).await).status, 204);
    let failure = refusal(&sender, TlsAcceptor::from(Arc::new(config(&issuer, "*.shop.example", 2100)))).await;
    let detail = "tls handshake failed: the certificate is not for shop.example but for *.shop.example";
    assert_eq!((failure.kind, failure.detail.as_str()), (FailureKind::Tls, detail));
}

#[tokio::test]
async fn case_09_a_receiver_that_chooses_tls_1_0_or_1_1_is_told_so() {
    for version in [1_u8, 2] {
        let receiver = Receiver::raw(move |_, mut stream| async move {
            stream.read_u8().await.unwrap();
            // A ServerHello without extensions (RFC 4346 §7.4.1.3): version, 32 random bytes, no session, a cipher suite.
            let hello = [&[3, version][..], &[7; 32], &[0, 0xc0, 0x13, 0]].concat();
            let record = [&[22, 3, version, 0, 42, 2, 0, 0, 38][..], &hello].concat();
            stream.write_all(&record).await.unwrap();
            drop(stream.read_to_end(&mut Vec::new()).await);
        })
        .await;
        let url = format!("https://shop.example:{}/", receiver.port());
        let failure = failed(sender(String::new(), Budgets::default()).send(&request(&url)).await);
        let detail = "tls handshake failed: the receiver speaks neither tls 1.2 nor tls 1.3";
        assert_eq!((failure.kind, failure.detail.as_str()), (FailureKind::Tls, detail));
    }
}

#[tokio::test]
async fn case_09_a_handshake_that_is_cut_off_is_told_as_one() {
    let receiver = Receiver::raw(|_, mut stream| async move {
        stream.read_u8().await.unwrap();
    })
    .await;
    let url = format!("https://shop.example:{}/", receiver.port());
    let failure = failed(sender(String::new(), Budgets::default()).send(&request(&url)).await);
    assert_eq!(failure.kind, FailureKind::Tls);
    assert!(failure.detail.starts_with("tls handshake failed: "), "{}", failure.detail);
}
