//! Tests of filters: how they are read, and what they say of packets, by an evaluator as the kernel side's.

use super::*;

fn steps(text: &str) -> Vec<Step> {
    PacketFilter::parse(text).unwrap_or_else(|why| panic!("{text}: {why:?}")).steps
}

fn wrong(text: &str) -> (usize, String) {
    PacketFilter::parse(text).err().unwrap_or_else(|| panic!("{text} is taken"))
}

#[test]
fn what_is_read_is_in_postfix_order() {
    const EITHER: u32 = SOURCE | DESTINATION;
    let host = |ends, address: &str| Step::Address(ends, address.parse().unwrap(), bits_of(address.parse().unwrap()));
    assert_eq!(steps("host 10.0.0.1"), [host(EITHER, "10.0.0.1")]);
    assert_eq!(steps(" src  host ::1 "), [host(SOURCE, "::1")]);
    assert_eq!(steps("dst net 10.0.0.0/8"), [Step::Address(DESTINATION, "10.0.0.0".parse().unwrap(), 8)]);
    assert_eq!(steps("dst portrange 0-65535"), [Step::Ports(DESTINATION, 0, 65535)]);
    assert_eq!(steps("tcp"), [Step::Transport(6, 0)]);
    assert_eq!(steps("tcp src port 80"), [Step::Transport(6, 0), Step::Ports(SOURCE, 80, 80), Step::And]);
    // And and or bind alike, from left to right, as in pcap-filter(7).
    let [tcp, udp, arp] = ["tcp", "udp", "arp"].map(|word| steps(word)[0]);
    assert_eq!(steps("tcp or udp and arp"), [tcp, udp, Step::Or, arp, Step::And]);
    assert_eq!(steps("tcp || (udp && arp)"), [tcp, udp, arp, Step::And, Step::Or]);
    assert_eq!(steps("not tcp and udp"), [tcp, Step::Not, udp, Step::And]);
    assert_eq!(steps("!(tcp and !udp)"), [tcp, udp, Step::Not, Step::And, Step::Not]);
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    for (text, at, said) in [
        ("", 0, "a condition is missing"),
        ("  ", 2, "a condition is missing"),
        ("tcp and", 7, "a condition is missing"),
        ("hots 10.0.0.1", 0, "unknown word \"hots\"; did you mean host?"),
        ("tcp port http", 9, "\"http\" is no port"),
        ("port 65536", 5, "a number up to 65535"),
        ("port +1", 5, "a number up to 65535"),
        ("portrange 9-1", 10, "ends before it begins"),
        ("portrange 9", 10, "FIRST-LAST"),
        ("host", 4, "host needs an address"),
        ("host a.test", 5, "no address"),
        ("host fe80::1%eth0", 5, "no address"),
        ("net 10.0.0.0", 4, "ADDRESS/BITS"),
        ("net 10.0.0.0/33", 4, "up to 32"),
        ("net 10.0.0.1/8", 4, "more than the 8 bits"),
        ("net fe80::1/64", 4, "more than the 64 bits"),
        ("src 10.0.0.1", 4, "after src comes host"),
        ("(tcp", 0, "not closed"),
        ("tcp)", 3, "nothing is open"),
        ("tcp udp", 4, "without and or or"),
        ("(tcp udp)", 5, "without and or or"),
        ("tcp & udp", 4, "it is &&"),
        ("ip host ::1", 8, "none of these"),
        ("icmp port 1", 10, "none of these"),
        ("vlan 7", 0, "a condition is host, net"),
    ] {
        let (found, why) = wrong(text);
        assert!(found == at && why.contains(said), "{text:?}: {found}: {why}");
    }
    let many = vec!["port 1"; 33].join(" or ");
    assert_eq!(wrong(&many).0, many.rfind(" or ").unwrap() + 1);
    assert_eq!(steps(&vec!["port 1"; 32].join(" or ")).len(), 63);
    assert!(wrong(&"(".repeat(100_000)).1.contains("deep"));
    assert!(wrong(&"!".repeat(100_000)).1.contains("deep"));
}

/// A packet from its network header on.
struct Packet {
    ethernet_type: u16,
    bytes: Vec<u8>,
}

fn ipv4(protocol: u8, fragment: u16, payload: &[u8]) -> Packet {
    let mut bytes = vec![0x46, 0, 0, 0, 0, 7];
    bytes.extend(fragment.to_be_bytes());
    bytes.extend([64, protocol, 0, 0, 10, 0, 0, 1, 192, 168, 7, 2]);
    // An option: no operation.
    bytes.extend([1, 1, 1, 0]);
    bytes.extend(payload);
    Packet { ethernet_type: 0x0800, bytes }
}

fn ipv6(next: u8, payload: &[u8]) -> Packet {
    let mut bytes = vec![0x60, 0, 0, 0, 0, 0, next, 64];
    bytes.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    bytes.extend([0xfd, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
    bytes.extend(payload);
    Packet { ethernet_type: 0x86dd, bytes }
}

/// From port 5000 to port 53.
const PORTS: [u8; 8] = [0x13, 0x88, 0, 53, 0, 8, 0, 0];

fn arp() -> Packet {
    let mut bytes = vec![0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1];
    bytes.extend([0, 0, 0, 0, 0, 0, 192, 168, 7, 2]);
    Packet { ethernet_type: 0x0806, bytes }
}

/// What the kernel side finds of a packet (`find_ends` of `bpf/packets.h`), of which it has this much.
#[derive(Default)]
struct Ends {
    version: u8,
    from: [u64; 2],
    to: [u64; 2],
    transport: Option<u8>,
    ports: Option<(u16, u16)>,
}

fn ends(packet: &Packet) -> Ends {
    let bytes = &packet.bytes[..packet.bytes.len().min(128)];
    let word = |at: usize| u64::from(u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()));
    let mut ends = Ends::default();
    let mut at;
    let mut whole = true;
    match packet.ethernet_type {
        0x0800 if bytes.len() >= 20 => {
            at = usize::from(bytes[0] & 15) * 4;
            whole = at >= 20 && bytes[6] & 0x1f == 0 && bytes[7] == 0;
            (ends.version, ends.transport) = (4, Some(bytes[9]));
            (ends.from[0], ends.to[0]) = (word(12), word(16));
        }
        0x86dd if bytes.len() >= 40 => {
            let address = |at: usize| [word(at) << 32 | word(at + 4), word(at + 8) << 32 | word(at + 12)];
            (ends.version, ends.from, ends.to) = (6, address(8), address(24));
            let mut next = bytes[6];
            at = 40;
            for _ in 0..4 {
                if !whole || !matches!(next, 0 | 43 | 44 | 51 | 60) {
                    break;
                }
                let Some(header) = bytes.get(at..at + 8) else { return ends };
                let length = usize::from(header[1]);
                at += match next {
                    44 => {
                        whole = header[2] == 0 && header[3] & 0xf8 == 0;
                        8
                    }
                    51 => (length + 2) * 4,
                    _ => (length + 1) * 8,
                };
                next = header[0];
            }
            if matches!(next, 0 | 43 | 44 | 51 | 60) {
                return ends;
            }
            ends.transport = Some(next);
        }
        0x0806 if bytes.len() >= 28 && word(0) == 0x0001_0800 && word(4) >> 16 == 0x0604 => {
            ends.version = 4;
            (ends.from[0], ends.to[0]) = (word(14), word(24));
            return ends;
        }
        _ => return ends,
    }
    if whole && matches!(ends.transport, Some(6 | 17 | 132)) && bytes.len() >= at + 4 {
        ends.ports = Some(((word(at) >> 16) as u16, word(at) as u16));
    }
    ends
}

/// As `passes_filter` of `bpf/packets.h`.
fn passes(steps: &[Step], packet: &Packet) -> bool {
    let of = ends(packet);
    let mut results = 0_u64;
    for step in steps {
        let (last, before) = (results & 1, results >> 1 & 1);
        let test = match *step {
            Step::And => {
                results = results >> 2 << 1 | last & before;
                continue;
            }
            Step::Or => {
                results = results >> 2 << 1 | last | before;
                continue;
            }
            Step::Not => {
                results ^= 1;
                continue;
            }
            Step::Network(protocol) => packet.ethernet_type == protocol,
            Step::Transport(protocol, version) => {
                of.transport == Some(protocol) && (version == 0 || of.version == version)
            }
            Step::Address(which, address, bits) => {
                let (words, masks) = (words(address), masks(address, bits));
                let fits = |has: [u64; 2]| (0..2).all(|at| (has[at] ^ words[at]) & masks[at] == 0);
                of.version == if address.is_ipv4() { 4 } else { 6 }
                    && (which & SOURCE != 0 && fits(of.from) || which & DESTINATION != 0 && fits(of.to))
            }
            Step::Ports(which, first, last) => of.ports.is_some_and(|(source, destination)| {
                which & SOURCE != 0 && (first..=last).contains(&source)
                    || which & DESTINATION != 0 && (first..=last).contains(&destination)
            }),
        };
        results = results << 1 | u64::from(test);
    }
    results & 1 != 0
}

/// Each expression with the packets that it lets through.
#[test]
fn packets_pass_by_what_they_are() {
    // Hop-by-hop options, then a later and a first fragment of UDP, and one of which the transport header is cut.
    let hop = [17, 0, 1, 4, 0, 0, 0, 0];
    let fragment = |offset: u8| [17, 0, 0, offset, 0, 0, 0, 9];
    let packets = [
        ("udp4", ipv4(17, 0, &PORTS)),
        ("tcp4", ipv4(6, 0x4000, &PORTS)),
        ("first4", ipv4(17, 0x2000, &PORTS)),
        ("later4", ipv4(17, 0x2001, &PORTS)),
        ("cut4", ipv4(17, 0, &PORTS[..3])),
        ("icmp4", ipv4(1, 0, &[8, 0, 0, 0])),
        ("udp6", ipv6(17, &PORTS)),
        ("hop6", ipv6(0, &[hop, PORTS].concat())),
        ("first6", ipv6(44, &[fragment(1), PORTS].concat())),
        ("later6", ipv6(44, &[fragment(9), PORTS].concat())),
        ("icmp6", ipv6(58, &[128, 0, 0, 0])),
        ("hops6", ipv6(0, &[[0, 0, 1, 4, 0, 0, 0, 0].repeat(5), PORTS.to_vec()].concat())),
        ("short6", ipv6(0, &hop[..4])),
        ("arp", arp()),
        ("other", Packet { ethernet_type: 0x88b5, bytes: vec![0; 46] }),
        ("empty", Packet { ethernet_type: 0x0800, bytes: vec![0x45] }),
    ];
    const ALL4: &str = "udp4 tcp4 first4 later4 cut4 icmp4";
    const ALL6: &str = "udp6 hop6 first6 later6 icmp6 hops6 short6";
    let all4_and_arp = format!("{ALL4} arp");
    let cases: &[(&str, &str)] = &[
        ("ip", "udp4 tcp4 first4 later4 cut4 icmp4 empty"),
        ("ip6", ALL6),
        ("arp", "arp"),
        ("tcp", "tcp4"),
        ("udp", "udp4 first4 later4 cut4 udp6 hop6 first6 later6"),
        ("icmp", "icmp4"),
        ("icmp6", "icmp6"),
        ("sctp", ""),
        ("port 53", "udp4 tcp4 first4 udp6 hop6 first6"),
        ("src port 5000", "udp4 tcp4 first4 udp6 hop6 first6"),
        ("src port 53", ""),
        ("dst portrange 50-60", "udp4 tcp4 first4 udp6 hop6 first6"),
        ("portrange 54-4999", ""),
        ("udp port 53 and ip6", "udp6 hop6 first6"),
        ("host 10.0.0.1", &all4_and_arp),
        ("dst host 10.0.0.1", ""),
        ("src host 10.0.0.1 and dst host 192.168.7.2", &all4_and_arp),
        ("dst net 192.168.0.0/16", &all4_and_arp),
        ("ip net 0.0.0.0/0", ALL4),
        ("net 192.168.6.0/24", ""),
        ("host fd00::1", ALL6),
        ("dst host fd00:0:0:1::2", ALL6),
        ("dst host fd00::2", ""),
        ("src net fd00::/64", ALL6),
        ("dst net fd00::/64", ""),
        ("net ::/0", ALL6),
        ("not ip and not ip6", "arp other"),
        ("!(port 53 or host fd00::1 or host 10.0.0.1)", "other empty"),
        ("tcp or udp and ip6", "udp6 hop6 first6 later6"),
        ("tcp or (udp and ip6)", "tcp4 udp6 hop6 first6 later6"),
        (
            "not (udp and not port 53) and not arp and (host 10.0.0.1 or ip6) and (tcp or udp)",
            "udp4 tcp4 first4 udp6 hop6 first6",
        ),
    ];
    for (text, expected) in cases {
        let steps = steps(text);
        let passing = packets.iter().filter(|(_, packet)| passes(&steps, packet));
        let names: Vec<&str> = passing.map(|(name, _)| *name).collect();
        assert_eq!(names.join(" "), *expected, "{text}");
    }
}
