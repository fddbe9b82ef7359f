//! Packets, as hooks saw them, and what replay finds in them.

use crate::event::{Event, Field, Kind, Lane};

/// A packet.
pub const NET_PACKET_RAW: Event = Event {
    id: 490,
    name: "net_packet_raw",
    doc: "A packet went to or from a socket of this host, or passed an interface without one. Only where `--capture net` asks for it. \
          One row for each buffer of the kernel's (sk_buff), which may stand for many packets of the wire.",
    lane: Lane::Packets,
    hooks: &["cgroup_skb/egress", "tp_btf/net_dev_queue"],
    sets: &["packets"],
    fields: &[
        Field::new("cookie", Kind::U64, "Cookie of the socket; sock_common.skc_cookie. 0 when there is none."),
        Field::new("length", Kind::U32, "Bytes of the packet, from the first byte of `data` on; sk_buff.len."),
        Field::new("gso_segs", Kind::U32, "Segments that it stands for; skb_shared_info.gso_segs. 0 and 1: one."),
        Field::new("gso_size", Kind::U32, "Bytes of payload of each; skb_shared_info.gso_size."),
        Field::new(
            "ifindex",
            Kind::U32,
            "Number of the interface in its namespace; net_device.ifindex. 0 when there is none.",
        ),
        Field::new("net_namespace", Kind::U32, "Number of the network namespace; net.ns.inum."),
        Field::new(
            "protocol",
            Kind::U32,
            "What the network header is: an Ethernet type (0x0800 is IPv4); sk_buff.protocol.",
        ),
        Field::new("direction", Kind::U32, "Which way it goes.").shown_as("packet_direction"),
        Field::new("owner_by", Kind::U32, "How its owner, whose context the row has, is known.")
            .shown_as("packet_owner_by"),
        Field::new("link", Kind::U32, "What `data` begins with.").shown_as("packet_link"),
        Field::new("seen_at", Kind::U32, "Where it was seen.").shown_as("packet_hook"),
        Field::new("interface", Kind::Text, "Name of the interface; net_device.name."),
        Field::new("data", Kind::Bytes, "The packet's first bytes, as many as `--capture net:snaplen=` says.").user(),
    ],
};

const SRC: Field = Field::new("src", Kind::IpAddress, "Sender; as the packet says.");
const DST: Field = Field::new("dst", Kind::IpAddress, "Receiver; as the packet says.");
const SRC_PORT: Field = Field::new("src_port", Kind::U32, "The sender's port.");
const DST_PORT: Field = Field::new("dst_port", Kind::U32, "The receiver's port.");
const METADATA: Field = Field::new(
    "metadata",
    Kind::Bytes,
    "Of the packet that completed the message: src_ip, dst_ip, src_port, dst_port, protocol (number), packet_len, iface.",
)
.shown_as("json");
const DIRECTION: Field = Field::new("direction", Kind::U32, "Which way the packet goes.").shown_as("packet_direction");
const OWNER_BY: Field = Field::new("owner_by", Kind::U32, "How its owner, whose context the row has, is known.")
    .shown_as("packet_owner_by");
const PROBLEM: Field =
    Field::new("problem", Kind::Text, "What is malformed, cut or missing in what was read; NULL when nothing is.");

/// What a layer or a message says, as a JSON object.
const fn json(name: &'static str, doc: &'static str) -> Field {
    Field::new(name, Kind::Bytes, doc).shown_as("json")
}

/// An event that replay reads out of packets.
const fn decoded(id: u16, name: &'static str, doc: &'static str, fields: &'static [Field]) -> Event {
    Event { id, name, doc, lane: Lane::Packets, hooks: &["replay/net_packet_raw"], sets: &["packets"], fields }
}

/// IPv4.
pub const NET_PACKET_IPV4: Event = decoded(
    491,
    "net_packet_ipv4",
    "A packet of IPv4 was seen.",
    &[
        SRC,
        DST,
        json(
            "proto_ipv4",
            "The header: version, IHL, TOS, length, id, flags, fragOffset, TTL, protocol, srcIP, dstIP.",
        ),
        DIRECTION,
        OWNER_BY,
        PROBLEM,
    ],
);

/// IPv6.
pub const NET_PACKET_IPV6: Event = decoded(
    492,
    "net_packet_ipv6",
    "A packet of IPv6 was seen.",
    &[
        SRC,
        DST,
        json(
            "proto_ipv6",
            "The header: version, trafficClass, flowLabel, length, nextHeader (behind extension headers), hopLimit, srcIP, \
             dstIP.",
        ),
        DIRECTION,
        OWNER_BY,
        PROBLEM,
    ],
);

/// TCP.
pub const NET_PACKET_TCP: Event = decoded(
    493,
    "net_packet_tcp",
    "A segment of TCP was seen.",
    &[
        SRC,
        DST,
        SRC_PORT,
        DST_PORT,
        json(
            "proto_tcp",
            "The header: srcPort, dstPort, seq, ack (null without ACK), FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, NS, window.",
        ),
        DIRECTION,
        OWNER_BY,
        PROBLEM,
    ],
);

/// UDP.
pub const NET_PACKET_UDP: Event = decoded(
    494,
    "net_packet_udp",
    "A datagram of UDP was seen, or its first fragment.",
    &[
        SRC,
        DST,
        SRC_PORT,
        DST_PORT,
        json("proto_udp", "The header: srcPort, dstPort, length."),
        DIRECTION,
        OWNER_BY,
        PROBLEM,
    ],
);

/// ICMP.
pub const NET_PACKET_ICMP: Event = decoded(
    495,
    "net_packet_icmp",
    "A message of ICMP was seen.",
    &[SRC, DST, json("proto_icmp", "The header: type, code, and of an echo id and seq."), DIRECTION, OWNER_BY, PROBLEM],
);

/// ICMPv6.
pub const NET_PACKET_ICMPV6: Event = decoded(
    496,
    "net_packet_icmpv6",
    "A message of ICMPv6 was seen.",
    &[
        SRC,
        DST,
        json("proto_icmpv6", "The header: type, code, and of an echo id and seq."),
        DIRECTION,
        OWNER_BY,
        PROBLEM,
    ],
);

/// DNS.
pub const NET_PACKET_DNS: Event = decoded(
    497,
    "net_packet_dns",
    "A message of DNS was sent or received, over UDP (also in fragments) or TCP.",
    &[
        SRC,
        DST,
        SRC_PORT,
        DST_PORT,
        json(
            "proto_dns",
            "The message: ID, QR, opCode, AA, TC, RD, RA, AD, CD, responseCode, QDCount, ANCount, NSCount, ARCount, questions, \
             answers, authorities, additionals.",
        )
        .user(),
        DIRECTION,
        OWNER_BY,
        PROBLEM,
    ],
);

/// A question.
pub const NET_PACKET_DNS_REQUEST: Event = decoded(
    498,
    "net_packet_dns_request",
    "A question of DNS was sent or received.",
    &[
        METADATA,
        json("dns_questions", "The questions: query, query_type, query_class of each.").user(),
        DIRECTION,
        OWNER_BY,
        PROBLEM,
    ],
);

/// An answer.
pub const NET_PACKET_DNS_RESPONSE: Event = decoded(
    499,
    "net_packet_dns_response",
    "An answer of DNS was sent or received.",
    &[
        METADATA,
        json(
            "dns_response",
            "For each question query_data (query, query_type, query_class) and dns_answer: answer_type, ttl, answer of each.",
        )
        .user(),
        DIRECTION,
        OWNER_BY,
        PROBLEM,
    ],
);

/// HTTP/1.x.
pub const NET_PACKET_HTTP: Event = decoded(
    500,
    "net_packet_http",
    "The head of a request or a response of HTTP/1.x is there, read out of the stream.",
    &[
        SRC,
        DST,
        SRC_PORT,
        DST_PORT,
        json(
            "proto_http",
            "The head: direction (request, response), method, protocol, host, uri_path, status, status_code, headers, \
             content_length.",
        )
        .user(),
        DIRECTION,
        OWNER_BY,
        PROBLEM,
    ],
);

/// A request.
pub const NET_PACKET_HTTP_REQUEST: Event = decoded(
    501,
    "net_packet_http_request",
    "The head of a request of HTTP/1.x is there, read out of the stream.",
    &[
        METADATA,
        json("http_request", "The head: method, protocol, host, uri_path, headers, content_length.").user(),
        DIRECTION,
        OWNER_BY,
        PROBLEM,
    ],
);

/// A response.
pub const NET_PACKET_HTTP_RESPONSE: Event = decoded(
    502,
    "net_packet_http_response",
    "The head of a response of HTTP/1.x is there, read out of the stream.",
    &[
        METADATA,
        json("http_response", "The head: status, status_code, protocol, headers, content_length.").user(),
        DIRECTION,
        OWNER_BY,
        PROBLEM,
    ],
);

/// What replay reads out of packets, in id order.
pub const DECODED: &[Event] = &[
    NET_PACKET_IPV4,
    NET_PACKET_IPV6,
    NET_PACKET_TCP,
    NET_PACKET_UDP,
    NET_PACKET_ICMP,
    NET_PACKET_ICMPV6,
    NET_PACKET_DNS,
    NET_PACKET_DNS_REQUEST,
    NET_PACKET_DNS_RESPONSE,
    NET_PACKET_HTTP,
    NET_PACKET_HTTP_REQUEST,
    NET_PACKET_HTTP_RESPONSE,
];

/// Whether replay reads the event out of packets.
pub const fn is_decoded(event: u16) -> bool {
    NET_PACKET_IPV4.id <= event && event <= NET_PACKET_HTTP_RESPONSE.id
}

/// The family, in id order.
pub const EVENTS: &[Event] = &[
    NET_PACKET_RAW,
    NET_PACKET_IPV4,
    NET_PACKET_IPV6,
    NET_PACKET_TCP,
    NET_PACKET_UDP,
    NET_PACKET_ICMP,
    NET_PACKET_ICMPV6,
    NET_PACKET_DNS,
    NET_PACKET_DNS_REQUEST,
    NET_PACKET_DNS_RESPONSE,
    NET_PACKET_HTTP,
    NET_PACKET_HTTP_REQUEST,
    NET_PACKET_HTTP_RESPONSE,
];
