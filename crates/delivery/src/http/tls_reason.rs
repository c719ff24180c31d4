//! Why a receiver's encryption was refused, in words that tell its owner what to change.

use std::io;

use devhub_domain::causes::chain;
use devhub_domain::time::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

/// Names of a certificate that are listed: a shared one can have hundreds.
const NAMES_MAX: usize = 3;

/// What a handshake failed with.
pub(super) fn of(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return "the receiver closed the connection in its middle".to_owned();
    }
    let Some(cause) = error.get_ref().and_then(|cause| cause.downcast_ref::<Error>()) else {
        return chain(error);
    };
    match cause {
        Error::InvalidCertificate(error) => of_certificate(error).unwrap_or_else(|| chain(cause)),
        Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13)
        | Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            "the receiver speaks neither tls 1.2 nor tls 1.3".to_owned()
        }
        Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            "the receiver has no cipher suite or key exchange in common with the hub".to_owned()
        }
        Error::AlertReceived(AlertDescription::UnrecognisedName) => "the receiver does not know this name".to_owned(),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "what answers at this port does not speak tls".to_owned()
        }
        other => chain(other),
    }
}

fn of_certificate(error: &CertificateError) -> Option<String> {
    Some(match error {
        CertificateError::Expired => "the certificate has expired".to_owned(),
        CertificateError::ExpiredContext { not_after, .. } => format!("the certificate expired at {}", at(*not_after)),
        CertificateError::NotValidYet => "the certificate is not valid yet".to_owned(),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("the certificate is not valid before {}", at(*not_before))
        }
        CertificateError::UnknownIssuer => {
            "the certificate is signed by itself or by an authority that is not trusted here, or the receiver does not send the \
             intermediate one"
                .to_owned()
        }
        CertificateError::NotValidForName => "the certificate is for another name".to_owned(),
        CertificateError::NotValidForNameContext { expected, presented } => {
            format!("the certificate is not for {} but for {}", expected.to_str(), names(presented))
        }
        // The verifier's own word, which its type keeps to itself.
        CertificateError::Other(other) if other.to_string() == "CaUsedAsEndEntity" => {
            "the certificate is that of an authority, as self-signed ones often are, and not of a server".to_owned()
        }
        _ => return None,
    })
}

fn at(time: UnixTime) -> String {
    let time = Timestamp::from_seconds(i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
    // Certificates count whole seconds.
    time.to_string().replace(".000000", "")
}

/// `DnsName("shop.example")` is how the verifier writes a name.
fn names(presented: &[String]) -> String {
    let bare = |name: &String| match name.split_once('"').and_then(|(_, rest)| rest.split_once('"')) {
        Some((name, _)) => name.to_owned(),
        None => name.clone(),
    };
    let listed: Vec<_> = presented.iter().take(NAMES_MAX).map(bare).collect();
    match presented.len().checked_sub(NAMES_MAX) {
        None | Some(0) if listed.is_empty() => "no name".to_owned(),
        None | Some(0) => listed.join(", "),
        Some(more) => format!("{} and {more} more", listed.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_names_of_a_certificate_are_listed_and_the_others_counted() {
        let presented = |count: usize| -> Vec<_> { (1..=count).map(|n| format!("DnsName(\"{n}.example\")")).collect() };
        let cases = [
            (0, "no name"),
            (1, "1.example"),
            (3, "1.example, 2.example, 3.example"),
            (300, "1.example, 2.example, 3.example and 297 more"),
        ];
        for (count, expected) in cases {
            assert_eq!(names(&presented(count)), expected);
        }
        assert_eq!(names(&["IpAddress(10.0.0.8)".to_owned()]), "IpAddress(10.0.0.8)");
    }
}
