//! Addresses of every kind, each with what the guard says to it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use url::Url;

use super::{Access, Guard, PrivateAddresses, Refused};
use crate::fetch::ranges::Special::{
    self, Benchmark, Broadcast, Documentation, LinkLocal, Loopback, Metadata, Multicast, Private,
    Reserved, Shared, Unspecified,
};

const TABLE: &[(&str, Option<Special>)] = &[
    // The public internet, up to the borders of what is special.
    ("1.1.1.1", None),
    ("8.8.8.8", None),
    ("9.255.255.255", None),
    ("11.0.0.0", None),
    ("100.63.255.255", None),
    ("100.128.0.0", None),
    ("126.255.255.255", None),
    ("128.0.0.0", None),
    ("168.63.129.15", None),
    ("168.63.129.17", None),
    ("169.253.255.255", None),
    ("169.255.0.0", None),
    ("172.15.255.255", None),
    ("172.32.0.0", None),
    ("192.0.1.0", None),
    ("192.167.255.255", None),
    ("192.169.0.0", None),
    ("198.17.255.255", None),
    ("198.20.0.0", None),
    ("223.255.255.255", None),
    ("2001:200::1", None),
    ("2606:4700:4700::1111", None),
    ("2a00:1450:4001:80b::200e", None),
    ("3ffe::1", None),
    // RFC 6890, RFC 5735, RFC 6598 and what came after.
    ("0.0.0.0", Some(Unspecified)),
    ("0.255.255.255", Some(Unspecified)),
    ("10.0.0.0", Some(Private)),
    ("10.255.255.255", Some(Private)),
    ("100.64.0.0", Some(Shared)),
    ("100.127.255.255", Some(Shared)),
    ("127.0.0.1", Some(Loopback)),
    ("127.255.255.255", Some(Loopback)),
    ("169.254.0.1", Some(LinkLocal)),
    ("169.254.255.255", Some(LinkLocal)),
    ("172.16.0.0", Some(Private)),
    ("172.31.255.255", Some(Private)),
    ("192.0.0.8", Some(Reserved)),
    ("192.0.2.1", Some(Documentation)),
    ("192.88.99.1", Some(Reserved)),
    ("192.168.0.0", Some(Private)),
    ("192.168.255.255", Some(Private)),
    ("198.18.0.0", Some(Benchmark)),
    ("198.19.255.255", Some(Benchmark)),
    ("198.51.100.7", Some(Documentation)),
    ("203.0.113.255", Some(Documentation)),
    ("224.0.0.1", Some(Multicast)),
    ("239.255.255.255", Some(Multicast)),
    ("240.0.0.0", Some(Reserved)),
    ("255.255.255.254", Some(Reserved)),
    ("255.255.255.255", Some(Broadcast)),
    ("::", Some(Unspecified)),
    ("::1", Some(Loopback)),
    ("100::1", Some(Reserved)),
    ("2001:1::1", Some(Reserved)),
    ("2001:2::1", Some(Benchmark)),
    ("2001:db8::1", Some(Documentation)),
    ("3fff:fff::1", Some(Documentation)),
    ("4000::1", Some(Reserved)),
    ("5f00::1", Some(Reserved)),
    ("fc00::1", Some(Private)),
    ("fd12:3456::1", Some(Private)),
    ("fe80::1", Some(LinkLocal)),
    ("fec0::1", Some(Private)),
    ("ff02::1", Some(Multicast)),
    // Clouds.
    ("169.254.169.254", Some(Metadata)),
    ("169.254.170.2", Some(Metadata)),
    ("100.100.100.200", Some(Metadata)),
    ("168.63.129.16", Some(Metadata)),
    ("192.0.0.192", Some(Metadata)),
    ("fd00:ec2::254", Some(Metadata)),
    ("fd20:ce::254", Some(Metadata)),
    // Mapped, compatible, translated.
    ("::ffff:8.8.8.8", None),
    ("::ffff:127.0.0.1", Some(Loopback)),
    ("::ffff:169.254.169.254", Some(Metadata)),
    ("::10.0.0.1", Some(Private)),
    ("::0.0.0.2", Some(Unspecified)),
    ("::ffff:0:192.168.0.1", Some(Private)),
    // NAT64, everybody's and a network's own.
    ("64:ff9b::8.8.8.8", None),
    ("64:ff9b::10.0.0.1", Some(Private)),
    ("64:ff9b::a9fe:a9fe", Some(Metadata)),
    ("64:ff9b:1::8.8.8.8", Some(Private)),
    ("64:ff9b:1::169.254.169.254", Some(Metadata)),
    // 6to4.
    ("2002:808:808::1", None),
    ("2002:7f00:1::1", Some(Loopback)),
    ("2002:a9fe:a9fe::", Some(Metadata)),
    // Teredo: the server 65.54.227.120, and the clients 192.0.2.45, 8.8.8.8 and 10.0.0.1.
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Some(Documentation)),
    ("2001:0:4136:e378:8000:63bf:f7f7:f7f7", None),
    ("2001:0:4136:e378:8000:63bf:f5ff:fffe", Some(Private)),
    ("2001:0:a00:1:8000:63bf:f7f7:f7f7", Some(Private)),
    // ISATAP.
    ("2606:4700::5efe:8.8.8.8", None),
    ("2606:4700::200:5efe:8.8.8.8", None),
    ("2606:4700::5efe:10.0.0.1", Some(Private)),
    ("2606:4700::200:5efe:127.0.0.1", Some(Loopback)),
    ("fe80::5efe:8.8.8.8", Some(LinkLocal)),
];

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn private_allowed() -> Guard {
    let private_addresses = PrivateAddresses::Allow;
    Guard::new(Access { private_addresses, ..Access::default() })
}

fn allowing(net: &str) -> Guard {
    Guard::new(Access { allowed: vec![net.parse().unwrap()], ..Access::default() })
}

#[test]
fn every_address_that_is_not_public_is_refused_by_its_kind() {
    for (address, special) in TABLE {
        let expected = special.map_or(Ok(()), |special| Err(Refused(special)));
        assert_eq!(Guard::default().verdict(ip(address)), expected, "{address}");
    }
}

#[test]
fn opening_private_networks_opens_nothing_else() {
    for (address, special) in TABLE {
        let expected = match special {
            None | Some(Loopback | Private | LinkLocal | Shared) => Ok(()),
            Some(other) => Err(Refused(*other)),
        };
        assert_eq!(private_allowed().verdict(ip(address)), expected, "{address}");
    }
}

#[test]
fn a_network_that_is_named_is_open_whatever_it_is() {
    let guard = allowing("169.254.0.0/16");
    for address in ["169.254.169.254", "169.254.1.1", "::ffff:169.254.1.1"] {
        assert_eq!(guard.verdict(ip(address)), Ok(()), "{address}");
    }
    assert_eq!(guard.verdict(ip("10.0.0.1")), Err(Refused(Private)));
    assert_eq!(allowing("fd00::/8").verdict(ip("fd00::1")), Ok(()));
}

#[test]
fn a_refusal_names_the_kind_in_words() {
    for (address, words) in [
        ("10.0.0.1", "the address is private"),
        ("127.0.0.1", "the address is a loopback address"),
        ("169.254.1.1", "the address is link-local"),
        ("169.254.169.254", "the address is a cloud metadata address"),
        ("100.64.0.1", "the address is private to a carrier (CGNAT)"),
        ("224.0.0.1", "the address is a multicast address"),
    ] {
        let refused = Guard::default().verdict(ip(address)).unwrap_err();
        assert_eq!(refused.to_string(), words);
    }
}

fn on_url(guard: &Guard, url: &str) -> Result<(), Refused> {
    guard.verdict_on_url(&Url::parse(url).unwrap())
}

#[test]
fn an_address_in_a_url_is_refused_however_it_is_written() {
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
    ] {
        let verdict = on_url(&Guard::default(), &format!("http://{host}:8000/a.jpg"));
        assert_eq!(verdict, Err(Refused(Loopback)), "{host}");
    }
}

#[test]
fn only_what_lies_below_the_prefix_is_let_through() {
    let guard = Guard::default();
    guard.let_through(Url::parse("http://127.0.0.1:8000/samples/").unwrap());
    for (url, is_through) in [
        ("http://127.0.0.1:8000/samples/a.jpg", true),
        ("http://127.0.0.1:8000/samples/a%20b.jpg?size=1", true),
        ("http://2130706433:8000/other/../samples/a.jpg", true),
        ("http://127.0.0.1:8000/samples", false),
        ("http://127.0.0.1:8000/samples.jpg", false),
        ("http://127.0.0.1:8000/samples/../requests", false),
        ("http://127.0.0.1:8000/samples/%2e%2e/requests", false),
        ("http://127.0.0.1:8000/samples/..%2Frequests", false),
        ("http://127.0.0.1:8000/samples/..%5Crequests", false),
        ("http://127.0.0.1:8000/samples/.%2E%2frequests", false),
        ("http://127.0.0.1:8000/samples/..\\requests", false),
        ("http://127.0.0.1:8000/requests", false),
        ("http://127.0.0.1:8001/samples/a.jpg", false),
        ("https://127.0.0.1:8000/samples/a.jpg", false),
        ("http://127.0.0.2:8000/samples/a.jpg", false),
    ] {
        assert_eq!(on_url(&guard, url).is_ok(), is_through, "{url}");
    }
}

#[test]
fn clones_of_a_guard_learn_of_the_prefix() {
    let guard = Guard::default();
    let clone = guard.clone();
    guard.let_through(Url::parse("http://127.0.0.1:8000/samples/").unwrap());
    assert_eq!(on_url(&clone, "http://127.0.0.1:8000/samples/a.jpg"), Ok(()));
}

/// Every way in which an IPv6 address carries an IPv4 address that packets then go to.
fn carriers(v4: Ipv4Addr) -> [Ipv6Addr; 7] {
    let bits = v4.to_bits();
    let (high, low) = ((bits >> 16) as u16, bits as u16);
    [
        v4.to_ipv6_mapped(),
        Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
        Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
        Ipv6Addr::new(0x2002, high, low, 1, 2, 3, 4, 5),
        Ipv6Addr::new(0x2001, 0, high, low, 0, 0, !0x0808, !0x0808),
        Ipv6Addr::new(0x2001, 0, 0x0808, 0x0808, 0, 0, !high, !low),
        Ipv6Addr::new(0x2606, 0x4700, 0, 0, 0x200, 0x5efe, high, low),
    ]
}

proptest! {
    #[test]
    fn an_address_that_is_carried_is_judged_as_if_it_stood_alone(bits: u32, pick in 0..7_usize) {
        let v4 = Ipv4Addr::from_bits(bits);
        let carrier = carriers(v4)[pick];
        for guard in [Guard::default(), private_allowed(), allowing("10.0.0.0/8")] {
            prop_assert_eq!(guard.verdict(carrier.into()), guard.verdict(v4.into()), "{}", carrier);
        }
    }

    #[test]
    fn nothing_outside_of_global_unicast_is_public_but_for_what_it_carries(bits: u128) {
        let v6 = Ipv6Addr::from_bits(bits);
        let is_global = v6.segments()[0] >> 13 == 1;
        let carries = matches!(v6.segments(), [0, 0, 0, 0, ..] | [0x64, 0xff9b, ..]);
        prop_assume!(!is_global && !carries);
        prop_assert!(Guard::default().verdict(v6.into()).is_err());
    }

    #[test]
    fn the_standard_librarys_idea_of_what_is_not_public_is_refused_too(bits: u32) {
        let v4 = Ipv4Addr::from_bits(bits);
        let is_special = v4.is_private()
            || v4.is_loopback()
            || v4.is_link_local()
            || v4.is_multicast()
            || v4.is_broadcast()
            || v4.is_documentation()
            || v4.is_unspecified();
        prop_assert!(!is_special || Guard::default().verdict(v4.into()).is_err());
    }
}
