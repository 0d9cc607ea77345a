//! Looks up names, and gives connections only addresses that the guard has let through.
//!
//! Because the very addresses that were judged are connected to, a name cannot stand for a good
//! address when it is judged and for another when it is used (DNS rebinding).

use std::{io, net::SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;
use tokio::net::lookup_host;

use super::guard::{Guard, Refused};

/// The system's look-up of names, behind the guard.
#[derive(Debug)]
pub(super) struct GuardedResolver {
    pub(super) guard: Guard,
}

/// Why a name gives no address to connect to.
#[derive(Debug, Error)]
pub(super) enum ResolveError {
    /// All its addresses are refused; this is why the first is.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It has no address.
    #[error("the name has no address")]
    NoAddress,
    /// The look-up failed; systems do not say whether the name exists.
    #[error("the name cannot be looked up")]
    LookUp(#[source] io::Error),
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.guard.clone();
        Box::pin(async move {
            let found = lookup_host((name.as_str(), 0)).await.map_err(ResolveError::LookUp)?;
            let addresses: Addrs = Box::new(let_through(&guard, found)?.into_iter());
            Ok(addresses)
        })
    }
}

/// Those of a name's addresses that may be reached.
fn let_through(
    guard: &Guard,
    found: impl Iterator<Item = SocketAddr>,
) -> Result<Vec<SocketAddr>, ResolveError> {
    let (mut good, mut first_refusal) = (Vec::new(), None);
    for address in found {
        match guard.verdict(address.ip()) {
            Ok(()) => good.push(address),
            Err(refused) => first_refusal = first_refusal.or(Some(refused)),
        }
    }
    match first_refusal {
        _ if !good.is_empty() => Ok(good),
        Some(refused) => Err(refused.into()),
        None => Err(ResolveError::NoAddress),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::fetch::ranges::Special;

    fn judged(addresses: &[[u8; 4]]) -> Result<Vec<IpAddr>, ResolveError> {
        let found = addresses.iter().map(|octets| SocketAddr::from((*octets, 0)));
        let good = let_through(&Guard::default(), found)?;
        Ok(good.into_iter().map(|address| address.ip()).collect())
    }

    #[test]
    fn only_the_good_ones_of_a_names_addresses_are_connected_to() {
        let good = judged(&[[10, 0, 0, 1], [93, 184, 216, 34], [127, 0, 0, 1]]).unwrap();
        assert_eq!(good, [IpAddr::V4(Ipv4Addr::new(93, 184, 216, 34))]);
    }

    #[test]
    fn a_name_with_only_refused_addresses_is_refused() {
        let error = judged(&[[169, 254, 169, 254], [10, 0, 0, 1]]).unwrap_err();
        assert!(matches!(error, ResolveError::Refused(Refused(Special::Metadata))));
    }

    #[test]
    fn a_name_without_addresses_is_not_found() {
        assert!(matches!(judged(&[]).unwrap_err(), ResolveError::NoAddress));
    }
}
