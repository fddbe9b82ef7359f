use packets::layers::{Arp, Ethernet, Fragment, Network, Tcp, Transport, Udp, Vlan};
use packets::{Link, Packet, dissect};

use crate::bytes::{CLIENT, SERVER, ethernet, ipv4, ipv4_part, ipv6, segment, tcp, udp};

const V4: Link = Link::Network(0x0800);
const V6: Link = Link::Network(0x86dd);

fn read(bytes: &[u8], link: Link) -> Packet<'_> {
    dissect(bytes, link, bytes.len())
}

#[test]
fn tcp_in_ipv4_with_options() {
    let header = Tcp {
        source: 1,
        destination: 2,
        sequence: 3,
        acknowledgment: 4,
        flags: Tcp::SYN | 64 | 128,
        window: 5,
        ..Tcp::default()
    };
    // MSS, an option that few know (30, multipath), window scale, permission, timestamps.
    let options = [2, 4, 5, 0xb4, 30, 4, 1, 1, 1, 3, 3, 7, 4, 2, 1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8, 0, 0];
    let bytes = ipv4(CLIENT, SERVER, 6, &tcp(&header, &options, b"early"));
    let packet = read(&bytes, V4);
    let wanted = Tcp {
        maximum_segment_bytes: Some(1460),
        window_scale: Some(7),
        selective: true,
        timestamps: Some((9, 8)),
        ..header
    };
    assert_eq!(packet.transport, Some(Transport::Tcp(wanted)));
    assert_eq!((packet.payload, packet.payload_bytes, packet.problem), (&b"early"[..], 5, None));
    assert_eq!(packet.addresses().unwrap().1.to_string(), "10.0.0.2");
    let Some(Network::Ipv4(ip)) = &packet.network else { panic!("{packet:?}") };
    assert_eq!((ip.ttl, ip.identification, ip.fragment), (64, 7, None));
}

#[test]
fn a_cut_packet_says_what_is_missing() {
    let bytes = segment(true, 1, 1, Tcp::ACK, &[b'x'; 1000]);
    let packet = dissect(&bytes[..60], V4, bytes.len());
    assert_eq!((packet.payload.len(), packet.payload_bytes, packet.missing_bytes()), (20, 1000, 980));
    assert_eq!(packet.problem, None);
    let packet = dissect(&bytes[..30], V4, bytes.len());
    assert_eq!((packet.transport, packet.problem), (None, Some("cut in the TCP header")));
    let packet = dissect(&bytes[..10], V4, bytes.len());
    assert_eq!((packet.network, packet.problem), (None, Some("cut in the IPv4 header")));
    assert_eq!(read(&bytes[..10], V4).problem, Some("too short for an IPv4 header"));
}

#[test]
fn lengths_that_lie() {
    let mut bytes = ipv4(CLIENT, SERVER, 17, &udp(1, 2, b"abc"));
    bytes[3] = 19;
    assert_eq!(read(&bytes, V4).problem, Some("IPv4 total length below its header's"));
    bytes[3] = 200;
    assert_eq!(read(&bytes, V4).problem, Some("IPv4 total length beyond the packet"));
    bytes[0] = 0x44;
    assert_eq!(read(&bytes, V4).problem, Some("IPv4 header length below its least"));
    bytes[0] = 0x65;
    assert_eq!(read(&bytes, V4).problem, Some("not the version of IPv4"));
    let mut bytes = ipv4(CLIENT, SERVER, 17, &udp(1, 2, b"abc"));
    bytes[25] = 7;
    assert_eq!(read(&bytes, V4).problem, Some("UDP length below its header's"));
    bytes[25] = 12;
    assert_eq!(read(&bytes, V4).problem, Some("UDP length beyond the packet"));
    let mut bytes = segment(true, 1, 1, Tcp::ACK, b"abc");
    bytes[32] = 0x40;
    assert_eq!(read(&bytes, V4).problem, Some("TCP header length below its least"));
    bytes[32] = 0xf0;
    assert_eq!(read(&bytes, V4).problem, Some("too short for a TCP header"));
    let bytes = ipv4(CLIENT, SERVER, 6, &tcp(&Tcp::default(), &[2, 0, 0, 0], b""));
    assert_eq!(read(&bytes, V4).problem, Some("malformed TCP options"));
    let mut bytes = ipv6(17, &udp(1, 2, b""));
    bytes[5] = 9;
    assert_eq!(read(&bytes, V6).problem, Some("IPv6 payload length beyond the packet"));
}

#[test]
fn a_datagram_longer_than_its_field_has_all_that_was_there() {
    let mut bytes = segment(true, 1, 1, Tcp::ACK, b"abc");
    bytes[2..4].fill(0);
    let packet = dissect(&bytes, V4, 100_000);
    assert_eq!((packet.payload, packet.payload_bytes), (&b"abc"[..], 99_960));
}

#[test]
fn ethernet_padding_is_no_payload() {
    let mut bytes = ethernet(&[5, 0x6007], 0x0800, &ipv4(CLIENT, SERVER, 17, &udp(53, 9, b"hi")));
    bytes.extend([0; 20]);
    let packet = read(&bytes, Link::Ethernet);
    assert_eq!(packet.ethernet, Some(Ethernet { source: [2, 0, 0, 0, 0, 1], destination: [2, 0, 0, 0, 0, 2] }));
    assert_eq!(packet.vlans, [Vlan { identifier: 5, priority: 0 }, Vlan { identifier: 7, priority: 3 }]);
    assert_eq!(packet.ether_type, Some(0x0800));
    assert_eq!(packet.transport, Some(Transport::Udp(Udp { source: 53, destination: 9, bytes: 10 })));
    assert_eq!((packet.payload, packet.payload_bytes, packet.problem), (&b"hi"[..], 2, None));
    let bytes = ethernet(&[1; 9], 0x0800, &[]);
    assert_eq!(read(&bytes, Link::Ethernet).problem, Some("more VLAN tags than are read"));
    let bytes = ethernet(&[], 0x88cc, b"neighbours");
    let packet = read(&bytes, Link::Ethernet);
    assert_eq!((packet.network, packet.payload, packet.problem), (None, &b"neighbours"[..], None));
}

#[test]
fn ipv6_extension_headers() {
    let mut payload = vec![43, 0, 1, 4, 0, 0, 0, 0];
    payload.extend([60, 0, 0, 0, 0, 0, 0, 0]);
    payload.extend([51, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    payload.extend([17, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]);
    payload.extend(udp(1, 2, b"x"));
    let bytes = ipv6(0, &payload);
    let packet = read(&bytes, V6);
    let Some(Network::Ipv6(ip)) = &packet.network else { panic!("{packet:?}") };
    assert_eq!((&*ip.extensions, ip.protocol), (&[0, 43, 60, 51][..], 17));
    assert_eq!((ip.flow_label, ip.traffic_class, ip.hop_limit), (0x12345, 0xab, 63));
    assert_eq!((packet.ports(), packet.payload, packet.problem), (Some((1, 2)), &b"x"[..], None));

    let endless = ipv6(60, &[60, 0, 0, 0, 0, 0, 0, 0].repeat(100));
    assert_eq!(read(&endless, V6).problem, Some("more extension headers than are read"));
    let long = ipv6(60, &[17, 255, 0, 0, 0, 0, 0, 0]);
    assert_eq!(read(&long, V6).problem, Some("extension header beyond the packet"));
    assert_eq!(dissect(&long[..41], V6, long.len()).problem, Some("cut in an extension header"));
    assert_eq!(read(&ipv6(59, b"x"), V6).problem, Some("bytes where the header says there are none"));
}

#[test]
fn fragments_say_where_they_belong() {
    let whole = udp(1, 2, &[b'a'; 100]);
    let first = ipv4_part(CLIENT, SERVER, 17, 9, (0, true), &whole[..64]);
    let packet = read(&first, V4);
    assert_eq!(packet.fragment(), Some(Fragment { identification: 9, offset_bytes: 0, more: true, protocol: 17 }));
    assert_eq!((packet.ports(), packet.network_payload.len(), packet.problem), (Some((1, 2)), 64, None));
    let second = ipv4_part(CLIENT, SERVER, 17, 9, (64, false), &whole[64..]);
    let packet = read(&second, V4);
    assert_eq!(packet.fragment(), Some(Fragment { identification: 9, offset_bytes: 64, more: false, protocol: 17 }));
    assert_eq!((packet.transport, packet.payload.len()), (None, 44));
    // Atomic: the header of fragments on a whole datagram.
    let mut payload = vec![17, 0, 0, 0, 0, 0, 0, 5];
    payload.extend(&whole);
    let bytes = ipv6(44, &payload);
    let packet = read(&bytes, V6);
    assert_eq!((packet.fragment(), packet.ports()), (None, Some((1, 2))));
}

#[test]
fn arp_requests() {
    let mut bytes = vec![0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2];
    let packet = read(&bytes, Link::Network(0x0806));
    let wanted = Arp {
        operation: 1,
        hardware: 1,
        protocol: 0x0800,
        sender_hardware: Some([2, 0, 0, 0, 0, 1]),
        sender: Some(CLIENT.into()),
        target_hardware: Some([0; 6]),
        target: Some(SERVER.into()),
    };
    assert_eq!(packet.network, Some(Network::Arp(wanted)));
    bytes[4] = 255;
    assert_eq!(read(&bytes, Link::Network(0x0806)).problem, Some("too short for an ARP packet"));
}

#[test]
fn echoes_and_quotes() {
    let bytes = ipv4(CLIENT, SERVER, 1, &[8, 0, 0, 0, 0x12, 0x34, 0, 7, b'p']);
    let packet = read(&bytes, V4);
    assert_eq!((packet.echo(), packet.payload), (Some((0x1234, 7)), &b"p"[..]));
    let lost = ipv4(SERVER, CLIENT, 17, &udp(1000, 2000, &[0; 50]));
    let mut error = vec![3, 3, 0, 0, 0, 0, 0, 0];
    error.extend(&lost[..28]);
    let bytes = ipv4(CLIENT, SERVER, 1, &error);
    let packet = read(&bytes, V4);
    let quoted = packet.quoted().unwrap();
    assert_eq!((quoted.ports(), quoted.problem), (Some((1000, 2000)), None));
    assert_eq!(packet.echo(), None);
    // A timestamp request, cut: its header is read all the same.
    let bytes = ipv4(CLIENT, SERVER, 1, &[13, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let packet = dissect(&bytes[..30], V4, bytes.len());
    assert!(matches!(packet.transport, Some(Transport::Icmp(icmp)) if icmp.kind == 13), "{packet:?}");
}
