//! What an operator lets through by host and port, and where the hub itself is: the same when an endpoint is saved and when it is
//! dialled.

use std::net::IpAddr;

use devhub_domain::webhooks::address::{AddressPolicy, Destination, EndpointHost, EndpointUrl, UrlRules};

fn destinations(texts: &[&str]) -> Vec<Destination> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// What is said of an address when it is saved.
fn saved(policy: &AddressPolicy, url: &str) -> Result<(), String> {
    let rules = UrlRules { allows_http: true, policy };
    EndpointUrl::parse(url, &rules).map(|_| ()).map_err(|error| error.to_string())
}

/// What is said of a host and the addresses that it has when it is dialled.
fn dialled(policy: &AddressPolicy, host: &str, port: u16, addresses: &[&str]) -> Result<(), String> {
    let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    let host = host.parse().map_or(EndpointHost::Name(host), EndpointHost::Address);
    policy.check_all(host, port, &addresses).map_err(|error| error.to_string())
}

fn private(address: &str) -> Result<(), String> {
    Err(format!(
        "address {address} is refused: private network 10.0.0.0/8; use a public address or add it to the allow-list"
    ))
}

fn itself(destination: &str) -> Result<(), String> {
    Err(format!(
        "{destination} is refused: the hub itself answers there; use the receiver's address, or add this host and port to the \
         allow-list if another program does"
    ))
}

#[test]
fn an_allow_listed_address_passes_at_its_port_alone() {
    let policy = AddressPolicy::default().with_hosts(destinations(&["10.0.0.7:9000", "[fd00::7]:9000"]));
    let cases = [
        ("http://10.0.0.7:9000/", Ok(())),
        ("http://0x0a000007:9000/", Ok(())),
        ("http://[::ffff:10.0.0.7]:9000/", Ok(())),
        ("http://[fd00::7]:9000/", Ok(())),
        ("http://10.0.0.7:9001/", private("10.0.0.7")),
        ("http://10.0.0.7/", private("10.0.0.7")),
        ("http://10.0.0.8:9000/", private("10.0.0.8")),
    ];
    for (url, expected) in cases {
        assert_eq!(saved(&policy, url), expected, "{url}");
    }
    assert_eq!(dialled(&policy, "10.0.0.7", 9000, &["10.0.0.7"]), Ok(()));
    assert_eq!(dialled(&policy, "10.0.0.7", 9001, &["10.0.0.7"]), private("10.0.0.7"));
}

#[test]
fn an_allow_listed_address_passes_under_every_name() {
    let policy = AddressPolicy::default().with_hosts(destinations(&["10.0.0.7:9000"]));
    assert_eq!(saved(&policy, "http://nas.local:9000/"), Ok(()));
    assert_eq!(dialled(&policy, "nas.local", 9000, &["10.0.0.7"]), Ok(()));
    assert_eq!(dialled(&policy, "nas.local", 9000, &["10.0.0.7", "10.0.0.8"]), private("10.0.0.8"));
    assert_eq!(dialled(&policy, "nas.local", 80, &["10.0.0.7"]), private("10.0.0.7"));
}

#[test]
fn an_allow_listed_name_passes_at_its_port_whatever_it_means() {
    let policy = AddressPolicy::default().with_hosts(destinations(&["hooks.internal:8443"]));
    assert_eq!(saved(&policy, "https://HOOKS.internal:8443/in"), Ok(()));
    assert_eq!(saved(&policy, "https://hooks.internal.:8443/in"), Ok(()));
    assert!(saved(&policy, "https://hooks.internal/in").is_err());
    assert!(saved(&policy, "https://other.internal:8443/in").is_err());
    assert_eq!(dialled(&policy, "hooks.internal", 8443, &["10.0.0.7", "fd00::7"]), Ok(()));
    assert_eq!(dialled(&policy, "hooks.internal", 443, &["10.0.0.7"]), private("10.0.0.7"));
    assert_eq!(dialled(&policy, "other.internal", 8443, &["10.0.0.7"]), private("10.0.0.7"));
    assert_eq!(
        dialled(&policy, "hooks.internal", 8443, &[]).unwrap_err(),
        "host has no address: check its dns records"
    );
}

#[test]
fn case_21_where_the_hub_itself_is_found_is_refused_also_within_an_allow_listed_network() {
    let policy = AddressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()])
        .with_own(destinations(&["127.0.0.1:8780", "hub.example:443"]));
    let cases = [
        ("http://127.0.0.1:8780/api/hub/v1/events", itself("127.0.0.1:8780")),
        ("http://[::ffff:127.0.0.1]:8780/", itself("127.0.0.1:8780")),
        ("http://0.0.0.0:8780/", itself("0.0.0.0:8780")),
        ("http://localhost:8780/", itself("127.0.0.1:8780")),
        ("https://hub.example/hooks", itself("hub.example:443")),
        ("https://HUB.example.:443/hooks", itself("hub.example:443")),
        ("http://127.0.0.1:8781/", Ok(())),
        ("http://localhost:8781/", Ok(())),
        ("https://hub.example:8443/", Ok(())),
    ];
    for (url, expected) in cases {
        assert_eq!(saved(&policy, url), expected, "{url}");
    }
}

#[test]
fn case_21_a_name_that_means_the_hub_itself_is_refused_when_it_is_dialled() {
    let policy = AddressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()])
        .with_own(destinations(&["0.0.0.0:8780", "hub.example:443"]));
    assert_eq!(dialled(&policy, "loop.example", 8780, &["127.0.0.1"]), itself("127.0.0.1:8780"));
    assert_eq!(dialled(&policy, "hub.example", 443, &["93.184.215.14"]), itself("hub.example:443"));
    assert_eq!(dialled(&policy, "loop.example", 8781, &["127.0.0.1"]), Ok(()));
}

#[test]
fn where_the_hub_is_found_passes_once_it_is_allow_listed_with_its_port() {
    let own = destinations(&["hub.example:443", "127.0.0.1:8780"]);
    let policy = AddressPolicy::default().with_own(own.clone()).with_hosts(own);
    assert_eq!(saved(&policy, "https://hub.example/shop/hooks"), Ok(()));
    assert_eq!(dialled(&policy, "hub.example", 443, &["127.0.0.1"]), Ok(()));
    assert_eq!(dialled(&policy, "127.0.0.1", 8780, &["127.0.0.1"]), Ok(()));
}
