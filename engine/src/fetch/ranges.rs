//! The addresses that are not the public internet, and the IPv4 addresses that hide in IPv6 ones.
//!
//! Source: the IANA special-purpose address registries (RFC 6890 and its updates), and the clouds'
//! own documentation for their metadata addresses.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ipnet::{Ipv4Net, Ipv6Net};

/// What an address is, where it is not one of the public internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Special {
    /// It stands for no host at all (`0.0.0.0`, `::`).
    Unspecified,
    /// It is the computer itself.
    Loopback,
    /// It is one of a private network (RFC 1918, RFC 4193).
    Private,
    /// It is good on one link only (RFC 3927, RFC 4291).
    LinkLocal,
    /// It is shared by the customers of a carrier, behind its address translation (RFC 6598).
    Shared,
    /// Machines in a cloud learn their secrets from it.
    Metadata,
    /// It is a group of hosts.
    Multicast,
    /// It is every host of a network.
    Broadcast,
    /// It is for examples in texts.
    Documentation,
    /// It is for measuring devices (RFC 2544).
    Benchmark,
    /// It is set aside, or not given out to anybody.
    Reserved,
}

impl Special {
    /// Whether it belongs to a network that its owner may well want images from.
    pub(super) fn is_private(self) -> bool {
        match self {
            Special::Loopback | Special::Private | Special::LinkLocal | Special::Shared => true,
            Special::Unspecified
            | Special::Metadata
            | Special::Multicast
            | Special::Broadcast
            | Special::Documentation
            | Special::Benchmark
            | Special::Reserved => false,
        }
    }
}

impl fmt::Display for Special {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Special::Unspecified => "no address of a host",
            Special::Loopback => "a loopback address",
            Special::Private => "private",
            Special::LinkLocal => "link-local",
            Special::Shared => "private to a carrier (CGNAT)",
            Special::Metadata => "a cloud metadata address",
            Special::Multicast => "a multicast address",
            Special::Broadcast => "a broadcast address",
            Special::Documentation => "one for documentation only",
            Special::Benchmark => "one for benchmarks only",
            Special::Reserved => "reserved",
        })
    }
}

/// What an address is; `None` for one of the public internet.
pub(super) fn special(address: IpAddr) -> Option<Special> {
    match address {
        IpAddr::V4(v4) => V4.iter().find(|(net, _)| net.contains(&v4)).map(|(_, what)| *what),
        IpAddr::V6(v6) => match V6.iter().find(|(net, _)| net.contains(&v6)) {
            Some((_, what)) => Some(*what),
            None if GLOBAL_UNICAST.contains(&v6) => None,
            None => Some(Special::Reserved),
        },
    }
}

/// The only IPv6 addresses that have been given out (RFC 4291, section 2.4).
const GLOBAL_UNICAST: Ipv6Net = v6(0x2000, 0, 0, 0, 3);

/// Everything special in IPv4; the first match counts.
const V4: &[(Ipv4Net, Special)] = &[
    (v4(169, 254, 169, 254, 32), Special::Metadata), // AWS, Azure, Google, Oracle and others
    (v4(169, 254, 170, 0, 24), Special::Metadata),   // AWS: containers' credentials
    (v4(100, 100, 100, 200, 32), Special::Metadata), // Alibaba
    (v4(168, 63, 129, 16, 32), Special::Metadata),   // Azure: in the midst of public addresses
    (v4(192, 0, 0, 192, 32), Special::Metadata),     // Oracle
    (v4(0, 0, 0, 0, 8), Special::Unspecified),
    (v4(10, 0, 0, 0, 8), Special::Private),
    (v4(100, 64, 0, 0, 10), Special::Shared),
    (v4(127, 0, 0, 0, 8), Special::Loopback),
    (v4(169, 254, 0, 0, 16), Special::LinkLocal),
    (v4(172, 16, 0, 0, 12), Special::Private),
    (v4(192, 0, 0, 0, 24), Special::Reserved),
    (v4(192, 0, 2, 0, 24), Special::Documentation),
    (v4(192, 88, 99, 0, 24), Special::Reserved),
    (v4(192, 168, 0, 0, 16), Special::Private),
    (v4(198, 18, 0, 0, 15), Special::Benchmark),
    (v4(198, 51, 100, 0, 24), Special::Documentation),
    (v4(203, 0, 113, 0, 24), Special::Documentation),
    (v4(224, 0, 0, 0, 4), Special::Multicast),
    (v4(255, 255, 255, 255, 32), Special::Broadcast),
    (v4(240, 0, 0, 0, 4), Special::Reserved),
];

/// What is special within [`GLOBAL_UNICAST`] or has a name outside it; the first match counts.
const V6: &[(Ipv6Net, Special)] = &[
    (net6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), 128), Special::Metadata), // AWS
    (net6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23), 128), Special::Metadata),  // AWS
    (net6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), 128), Special::Metadata),  // Google
    (net6(Ipv6Addr::UNSPECIFIED, 128), Special::Unspecified),
    (net6(Ipv6Addr::LOCALHOST, 128), Special::Loopback),
    (v6(0x2001, 2, 0, 0, 48), Special::Benchmark),
    (v6(0x2001, 0xdb8, 0, 0, 32), Special::Documentation),
    (v6(0x2001, 0, 0, 0, 23), Special::Reserved),
    (v6(0x3fff, 0, 0, 0, 20), Special::Documentation),
    (v6(0x64, 0xff9b, 1, 0, 48), Special::Private), // a network's own translation, RFC 8215
    (v6(0xfc00, 0, 0, 0, 7), Special::Private),
    (v6(0xfec0, 0, 0, 0, 10), Special::Private), // site-local, RFC 3879
    (v6(0xfe80, 0, 0, 0, 10), Special::LinkLocal),
    (v6(0xff00, 0, 0, 0, 8), Special::Multicast),
];

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(a: u16, b: u16, c: u16, d: u16, length: u8) -> Ipv6Net {
    net6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), length)
}

const fn net6(address: Ipv6Addr, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(address, length)
}
