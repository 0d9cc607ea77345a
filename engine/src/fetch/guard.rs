//! Which addresses may be reached: a sheet's links must not be a way into the network that Pixmill
//! runs in.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, PoisonError, RwLock},
};

use ipnet::IpNet;
use thiserror::Error;
use url::{Host, Url};

use super::{
    carried::{Carried, carried},
    ranges::{Special, special},
};

/// Whether the addresses of private networks may be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrivateAddresses {
    /// They may not.
    #[default]
    Refuse,
    /// Loopback, private, link-local and carriers' addresses may; metadata addresses, multicast
    /// and the like still may not.
    Allow,
}

/// What may be reached beyond the public internet. Default: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Whether private networks are open as a whole. Default: refused.
    pub private_addresses: PrivateAddresses,
    /// Networks that are open whatever they are. Default: none.
    pub allowed: Vec<IpNet>,
}

/// An address may not be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[error("the address is {0}")]
pub struct Refused(pub Special);

/// Decides which addresses may be reached, for images and webhooks alike; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    rules: Arc<Rules>,
}

#[derive(Debug, Default)]
struct Rules {
    access: Access,
    let_through: RwLock<Vec<Url>>,
}

impl Guard {
    /// A guard that lets through the public internet and what `access` adds to it.
    #[must_use]
    pub fn new(access: Access) -> Self {
        Guard { rules: Arc::new(Rules { access, let_through: RwLock::default() }) }
    }

    /// Lets through the URLs below `prefix` whatever their address is: same scheme, host and port,
    /// and a path that begins with that of `prefix`, taken as a folder.
    ///
    /// The host should be written as an IP address: a name is still judged by what it stands for.
    pub fn let_through(&self, prefix: Url) {
        self.rules.let_through.write().unwrap_or_else(PoisonError::into_inner).push(prefix);
    }

    /// Judges an address, whether it came in a URL or from a look-up.
    ///
    /// An IPv6 address that carries an IPv4 address (mapped, compatible, 6to4, NAT64, Teredo) is
    /// judged by that one. What is not known to be public is refused.
    ///
    /// # Errors
    /// [`Refused`] with what the address is.
    pub fn verdict(&self, address: IpAddr) -> Result<(), Refused> {
        if self.is_allowed(address) {
            return Ok(());
        }
        let IpAddr::V6(v6) = address else { return self.judge(address) };
        match carried(v6) {
            Carried::Nothing => self.judge(address),
            Carried::Instead(inner) => inner.into_iter().try_for_each(|v4| self.judge_v4(v4)),
            Carried::Besides(inner) => self.judge_v4(inner).and_then(|()| self.judge(address)),
        }
    }

    /// Judges what a URL itself says: its host, where that is written as an address. A name is
    /// judged when it is looked up.
    ///
    /// # Errors
    /// [`Refused`] with what the address is.
    pub fn verdict_on_url(&self, url: &Url) -> Result<(), Refused> {
        let address = match url.host() {
            Some(Host::Ipv4(v4)) => IpAddr::V4(v4),
            Some(Host::Ipv6(v6)) => IpAddr::V6(v6),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        if self.is_let_through(url) { Ok(()) } else { self.verdict(address) }
    }

    fn judge_v4(&self, address: Ipv4Addr) -> Result<(), Refused> {
        self.judge(IpAddr::V4(address))
    }

    fn judge(&self, address: IpAddr) -> Result<(), Refused> {
        let Some(what) = special(address) else { return Ok(()) };
        let is_open = match self.rules.access.private_addresses {
            PrivateAddresses::Refuse => false,
            PrivateAddresses::Allow => what.is_private(),
        };
        if is_open || self.is_allowed(address) { Ok(()) } else { Err(Refused(what)) }
    }

    fn is_allowed(&self, address: IpAddr) -> bool {
        self.rules.access.allowed.iter().any(|net| net.contains(&address))
    }

    fn is_let_through(&self, url: &Url) -> bool {
        let prefixes = self.rules.let_through.read().unwrap_or_else(PoisonError::into_inner);
        prefixes.iter().any(|prefix| is_below(url, prefix))
    }
}

/// Whether `url` lies in the folder that `prefix` names, and no server can read it otherwise.
fn is_below(url: &Url, prefix: &Url) -> bool {
    let folder = prefix.path().trim_end_matches('/');
    let rest = url.path().strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
    url.origin() == prefix.origin() && rest.is_some_and(|rest| !may_climb(rest))
}

/// Whether a path could lead out of its folder once a server has decoded it; `Url` has already
/// removed the dot segments that are written out, and turned backslashes round.
fn may_climb(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ["%2e", "%2f", "%5c"].iter().any(|climbing| path.contains(climbing))
}

#[cfg(test)]
mod tests;
