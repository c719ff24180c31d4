//! Turns the names of receivers into addresses.
//!
//! Asks the name servers itself instead of calling the system's resolver: that one blocks a thread for as long as it likes, so
//! that a few dead zones would stop all look-ups. Here a look-up that is dropped is over.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use devhub_domain::webhooks::{Failure, FailureKind};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::Name;
use hickory_resolver::system_conf::read_system_conf;

use super::failure::failure;
use super::sender::SenderError;

/// Longest wait for one name server: leaves room for a second one within the budget of a look-up.
const NAME_SERVER_WAIT: Duration = Duration::from_secs(2);

/// Longest time that an answer is kept, whatever its owner says: after a move, receivers are found again within minutes.
const KEEP_FOUND: Duration = Duration::from_mins(5);

/// Longest time that "no such name" is kept: less than the second retry waits, so that a repaired zone is noticed by it.
const KEEP_MISSING: Duration = Duration::from_secs(30);

/// Look-ups in flight to one name server: as many as an engine may have requests.
const LOOK_UPS_MAX: usize = 1_024;

/// Where names are looked up.
pub(super) struct Names {
    pinned: HashMap<String, Vec<IpAddr>>,
    resolver: TokioResolver,
    budget: Duration,
}

impl Names {
    /// Answers `pinned` names itself, then the hosts file; asks `name_servers`, or the system's when there are none given.
    pub(super) fn new(
        pinned: HashMap<String, Vec<IpAddr>>,
        name_servers: &[SocketAddr],
        budget: Duration,
    ) -> Result<Self, SenderError> {
        let (config, mut options) = if name_servers.is_empty() {
            // Without a configuration the name server is the one of this machine (resolv.conf(5)).
            read_system_conf().unwrap_or_else(|error| {
                tracing::warn!(error = %error, "cannot read the system's name servers: asking 127.0.0.1");
                configured(&[SocketAddr::from((Ipv4Addr::LOCALHOST, 53))])
            })
        } else {
            configured(name_servers)
        };
        options.timeout = NAME_SERVER_WAIT;
        // Both families, always: every address of a name is vetted, and a missing family must not hide a forbidden one.
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.use_hosts_file = ResolveHosts::Always;
        options.positive_max_ttl = Some(KEEP_FOUND);
        options.negative_max_ttl = Some(KEEP_MISSING);
        options.max_active_requests = LOOK_UPS_MAX;
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).with_options(options);
        Ok(Self { pinned, resolver: builder.build().map_err(SenderError::Resolver)?, budget })
    }

    /// All addresses of a name, in the order to try them.
    pub(super) async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Failure> {
        if let Some(addresses) = self.pinned.get(name) {
            return Ok(addresses.clone());
        }
        let unresolved = |why: &dyn std::fmt::Display| failure(FailureKind::Dns, format!("{name}: {why}"));
        let mut question = Name::from_utf8(name).map_err(|error| unresolved(&error))?;
        // A public name is asked for as it stands: the search list is for the short names of a LAN.
        question.set_fqdn(name.contains('.'));
        match tokio::time::timeout(self.budget, self.resolver.lookup_ip(question)).await {
            Ok(Ok(found)) => Ok(found.iter().collect()),
            Ok(Err(error)) => Err(unresolved(&explained(&error))),
            Err(_elapsed) => Err(unresolved(&format_args!("no name server answered within {:?}", self.budget))),
        }
    }
}

fn configured(name_servers: &[SocketAddr]) -> (ResolverConfig, ResolverOpts) {
    let at_port = |mut connection: ConnectionConfig, port| {
        connection.port = port;
        connection
    };
    let servers = name_servers.iter().map(|server| {
        let connections =
            vec![at_port(ConnectionConfig::udp(), server.port()), at_port(ConnectionConfig::tcp(), server.port())];
        NameServerConfig::new(server.ip(), true, connections)
    });
    (ResolverConfig::from_parts(None, Vec::new(), servers.collect()), ResolverOpts::default())
}

fn explained(error: &NetError) -> String {
    if error.is_nx_domain() {
        "the name does not exist".to_owned()
    } else if error.is_no_records_found() {
        "the name has no address".to_owned()
    } else {
        format!("the name server failed: {error}")
    }
}
