//! What may be configured but is rarely meant: told at each start, and by `devhub check`.

use super::ServerSettings;

const IN_THE_CLEAR: &str = "keys cross the network in the clear: set server.tls_certificate_file, or server.public_url to the https \
     address of the proxy before the hub";

/// *Why:* failures are counted by address, and whoever comes through a proxy that is not trusted has the proxy's.
const NO_TRUSTED_PROXY: &str = "server.trusted_proxies is empty although server.public_url is https: name the proxy there, or all \
     sign-ins and failed authentications count as one address, a stranger's wrong passwords make every operator wait, and pages \
     cannot know whether a browser came encrypted";

impl ServerSettings {
    /// Every warning about where the hub listens and what stands before it.
    pub(crate) fn warnings(&self) -> Vec<&'static str> {
        let warnings = [(self.is_in_the_clear(), IN_THE_CLEAR), (self.trusts_no_proxy(), NO_TRUSTED_PROXY)];
        warnings.into_iter().filter_map(|(applies, warning)| applies.then_some(warning)).collect()
    }
}
