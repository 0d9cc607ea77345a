//! The IPv4 addresses that hide in IPv6 ones: whoever may not reach the first may not reach the
//! second either.

use std::net::{Ipv4Addr, Ipv6Addr};

/// What an IPv6 address carries.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// No IPv4 address.
    Nothing,
    /// These IPv4 addresses, and packets go to them: they decide alone.
    Instead(Vec<Ipv4Addr>),
    /// This IPv4 address, besides being an address of its own: both have to be good.
    Besides(Ipv4Addr),
}

/// Takes the IPv4 addresses out of an IPv6 address.
pub(super) fn carried(address: Ipv6Addr) -> Carried {
    let last = || low(address.octets());
    match address.segments() {
        // `::` and `::1` are addresses in their own right.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Carried::Nothing,
        // Compatible and mapped (RFC 4291, section 2.5.5), translated (RFC 2765), NAT64 (RFC 6052).
        [0, 0, 0, 0, 0, 0 | 0xffff, ..]
        | [0, 0, 0, 0, 0xffff, 0, ..]
        | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Carried::Instead(vec![last()]),
        // NAT64 of a network's own (RFC 8215).
        [0x64, 0xff9b, 1, ..] => Carried::Besides(last()),
        // 6to4 (RFC 3056).
        [0x2002, a, b, ..] => Carried::Instead(vec![joined(a, b)]),
        // Teredo (RFC 4380): its server, and its client with every bit turned round.
        [0x2001, 0, a, b, _, _, c, d] => Carried::Instead(vec![joined(a, b), joined(!c, !d)]),
        // ISATAP (RFC 5214, section 6.1), with the bit for a worldwide IPv4 address set or not.
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => Carried::Besides(last()),
        _ => Carried::Nothing,
    }
}

fn low(octets: [u8; 16]) -> Ipv4Addr {
    let [.., a, b, c, d] = octets;
    Ipv4Addr::new(a, b, c, d)
}

fn joined(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}
