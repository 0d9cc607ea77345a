//! Where a request comes from: the address of its connection, or what a proxy says of it.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

/// The headers by which proxies tell for whom they ask (RFC 7239, and what was usual before it).
const FORWARDING: [&str; 4] = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"];

/// The proxies whose word is taken for where a request comes from.
pub(crate) struct Proxies(pub(crate) Vec<IpNet>);

impl Proxies {
    /// Where a request comes from; `None` where its connection has no address.
    pub(super) fn sender(&self, request: &rocket::Request<'_>) -> Option<IpAddr> {
        let peer = request.remote()?.ip().to_canonical();
        let said: Vec<&str> = request.headers().get("X-Forwarded-For").collect();
        Some(self.follow(peer, &said))
    }

    /// The last address that is no trusted proxy's: each proxy adds at the end from whom it has
    /// heard, so what lies before that one anybody can have made up.
    fn follow(&self, peer: IpAddr, said: &[&str]) -> IpAddr {
        let mut sender = peer;
        let mut hops = said.iter().flat_map(|header| header.split(',')).rev();
        while self.0.iter().any(|network| network.contains(&sender)) {
            let Some(before) = hops.next().and_then(address) else { break };
            sender = before;
        }
        sender
    }
}

/// Whether a request says that it was sent on by a proxy.
pub(super) fn is_forwarded(request: &rocket::Request<'_>) -> bool {
    FORWARDING.iter().any(|name| request.headers().contains(*name))
}

/// An address as proxies write it, some of them with a port.
fn address(said: &str) -> Option<IpAddr> {
    let said = said.trim();
    let with_port = || said.parse::<SocketAddr>().map(|address| address.ip());
    let bare = said.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>().or_else(|_| with_port()).ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(peer: &str, said: &[&str]) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        Proxies(trusted.to_vec()).follow(peer.parse().unwrap(), said).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(sender("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(sender("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(sender("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn the_last_address_that_is_no_proxys_counts_whatever_is_said_before_it() {
        assert_eq!(sender("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(sender("10.0.0.1", &["1.1.1.1", "198.51.100.7", "10.0.0.2"]), "198.51.100.7");
        assert_eq!(sender("10.0.0.1", &["1.1.1.1, nonsense, 10.0.0.2"]), "10.0.0.2");
    }

    #[test]
    fn addresses_are_read_with_ports_and_brackets() {
        assert_eq!(sender("10.0.0.1", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(sender("fd00::1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(sender("fd00::1", &["[2001:db8::7]"]), "2001:db8::7");
        assert_eq!(sender("fd00::1", &["::ffff:198.51.100.7"]), "198.51.100.7");
    }
}
