//! Where the server listens, once it does, and whether work could begin.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::OnceLock,
};

use url::Url;

use crate::server::ServeError;

/// Where the server listens, once it does, and whether work could begin.
#[derive(Debug, Default)]
pub(crate) struct Listening {
    address: OnceLock<SocketAddr>,
    failure: OnceLock<ServeError>,
}

impl Listening {
    /// Notes the address that the socket was given.
    pub(crate) fn begin(&self, address: SocketAddr) {
        self.address.get_or_init(|| address);
    }

    /// The address by which this machine reaches the server; `None` before it listens.
    pub(crate) fn base(&self) -> Option<Url> {
        self.address.get().map(|address| base(*address))
    }

    /// Notes why no work can be done.
    pub(crate) fn fail(&self, error: ServeError) {
        self.failure.get_or_init(|| error);
    }

    /// Why no work can be done, if so.
    pub(crate) fn failure(&self) -> Option<&ServeError> {
        self.failure.get()
    }
}

/// The address by which this machine reaches a server.
fn base(mut address: SocketAddr) -> Url {
    if address.ip().is_unspecified() {
        let is_v4 = address.is_ipv4();
        address.set_ip(if is_v4 { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    let url = Url::parse(&format!("http://{address}/"));
    url.expect("a socket address can stand in a URL")
}

#[cfg(test)]
mod tests {
    use super::base;

    #[test]
    fn the_address_is_one_that_a_browser_takes() {
        for (address, expected) in [
            ("127.0.0.1:8000", "http://127.0.0.1:8000/"),
            ("0.0.0.0:80", "http://127.0.0.1/"),
            ("[::1]:8000", "http://[::1]:8000/"),
            ("[::]:8000", "http://[::1]:8000/"),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(base(address).as_str(), expected);
        }
    }
}
