//! Where a request comes from: [`devhub_domain::guard::client_address`] for requests of actix.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use devhub_domain::guard;
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the caller; that of nobody when the connection has none.
pub(crate) fn client_address(req: &HttpRequest, trusted: &[IpNet]) -> IpAddr {
    let peer = peer_address(req);
    if trusted.is_empty() {
        return peer;
    }
    let lines: Vec<_> = req.headers().get_all(X_FORWARDED_FOR).collect();
    guard::client_address(peer, lines.iter().rev().map(|line| line.as_bytes()), trusted)
}

/// The address that the connection comes from.
pub(crate) fn peer_address(req: &HttpRequest) -> IpAddr {
    req.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical())
}
