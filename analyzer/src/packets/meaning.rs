//! What a packet's bytes mean: who sent it to whom, and what it says, in a line.

use std::borrow::Cow;
use std::fmt::Write;
use std::net::IpAddr;

use packets::dns::{self, Data, Message};
use packets::layers::{Icmp, Network, Tcp, Transport};
use packets::{Link, dissect};

use crate::names;

/// What a packet means. What could not be read is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// Name of the highest layer that was read.
    pub protocol: Cow<'static, str>,
    /// Sender.
    pub src: Option<IpAddr>,
    /// Its port.
    pub src_port: Option<u16>,
    /// Receiver.
    pub dst: Option<IpAddr>,
    /// Its port.
    pub dst_port: Option<u16>,
    /// What it says, in a line.
    pub summary: String,
    /// What is malformed, or where it was cut.
    pub problem: Option<&'static str>,
    /// Whether it is a part of a datagram.
    pub(crate) is_fragment: bool,
}

/// Flags of a TCP segment, in the order in which they are told.
pub(crate) const FLAGS: [(u16, &str); 9] =
    [(2, "SYN"), (16, "ACK"), (1, "FIN"), (4, "RST"), (8, "PSH"), (32, "URG"), (64, "ECE"), (128, "CWR"), (256, "AE")];

impl Meaning {
    /// Reads the first bytes of a packet that had `length`.
    pub(crate) fn of(data: &[u8], is_ethernet: bool, ethernet_type: u16, length: u32) -> Meaning {
        let link = if is_ethernet { Link::Ethernet } else { Link::Network(ethernet_type) };
        let packet = dissect(data, link, length as usize);
        let (src, dst) = packet.addresses().unzip();
        let (src_port, dst_port) = packet.ports().unzip();
        let mut meaning = Meaning {
            protocol: protocol(&packet),
            src,
            src_port,
            dst,
            dst_port,
            summary: String::new(),
            problem: packet.problem,
            is_fragment: packet.fragment().is_some(),
        };
        let out = &mut meaning.summary;
        for vlan in &packet.vlans {
            add(out, format_args!("VLAN {}", vlan.identifier));
        }
        if let Some(fragment) = packet.fragment() {
            let more = if fragment.more { ", more follow" } else { "" };
            add(out, format_args!("fragment at {} of {:#x}{more}", fragment.offset_bytes, fragment.identification));
        }
        match (&packet.transport, &packet.network) {
            (Some(Transport::Tcp(segment)), _) => tcp(out, segment, packet.payload_bytes),
            (Some(Transport::Udp(header)), _) => match message(&packet, header.source, header.destination) {
                Some(message) => {
                    meaning.protocol = "DNS".into();
                    meaning.problem = meaning.problem.or(message.problem);
                    dns(out, &message);
                }
                None => bytes(out, packet.payload_bytes),
            },
            (Some(Transport::Icmp(header)), _) => icmp(out, header, icmp_words(header), packet.echo()),
            (Some(Transport::Icmpv6(header)), _) => icmp(out, header, icmpv6_words(header), packet.echo()),
            (None, Some(Network::Arp(arp))) => {
                let shown = |address: Option<std::net::Ipv4Addr>| {
                    address.map_or_else(|| "another kind of address".to_owned(), |address| address.to_string())
                };
                let (sender, target) = (shown(arp.sender), shown(arp.target));
                match arp.operation {
                    1 => add(out, format_args!("who has {target}? tell {sender}")),
                    2 => add(out, format_args!("{sender} is at {}", hardware(arp.sender_hardware))),
                    other => add(out, format_args!("operation {other} from {sender} about {target}")),
                }
            }
            (None, _) => bytes(out, packet.payload_bytes),
        }
        if let Some(quoted) = packet.quoted()
            && let Some((from, to)) = quoted.addresses()
        {
            let (from_port, to_port) = quoted.ports().unzip();
            let (from, to) = (end(Some(from), from_port), end(Some(to), to_port));
            add(out, format_args!("about {} {from} > {to}", protocol(&quoted)));
        }
        if let Some(problem) = meaning.problem {
            add(out, format_args!("{problem}"));
        }
        meaning
    }

    /// Sender and receiver as one text; empty where there are none.
    pub fn flow(&self) -> String {
        if self.src.is_none() && self.dst.is_none() {
            return String::new();
        }
        format!("{} > {}", end(self.src, self.src_port), end(self.dst, self.dst_port))
    }
}

/// Appends a part of a summary.
fn add(out: &mut String, part: std::fmt::Arguments<'_>) {
    if !out.is_empty() {
        out.push_str(", ");
    }
    // A string takes whatever is written to it.
    let _ = out.write_fmt(part);
}

fn bytes(out: &mut String, count: usize) {
    add(out, format_args!("{count} {}", if count == 1 { "byte" } else { "bytes" }));
}

fn protocol(packet: &packets::Packet<'_>) -> Cow<'static, str> {
    match (&packet.transport, &packet.network) {
        (Some(Transport::Tcp(_)), _) => "TCP".into(),
        (Some(Transport::Udp(_)), _) => "UDP".into(),
        (Some(Transport::Icmp(_)), _) => "ICMP".into(),
        (Some(Transport::Icmpv6(_)), _) => "ICMPv6".into(),
        (None, Some(Network::Arp(_))) => "ARP".into(),
        (None, Some(_)) => match packet.protocol() {
            Some(58) => "ICMPv6".into(),
            Some(number) => match names::number_name("socket_protocol", number.into()) {
                Some(name) => name.trim_start_matches("IPPROTO_").to_owned().into(),
                None => format!("IP/{number}").into(),
            },
            None => "IP".into(),
        },
        (None, None) => packet.ether_type.map_or_else(String::new, |kind| format!("{kind:#06x}")).into(),
    }
}

fn tcp(out: &mut String, segment: &Tcp, payload_bytes: usize) {
    let words: Vec<&str> = FLAGS.iter().filter(|(bit, _)| segment.has(*bit)).map(|(_, word)| *word).collect();
    add(out, format_args!("[{}] seq {}", words.join(" "), segment.sequence));
    if segment.has(Tcp::ACK) {
        add(out, format_args!("ack {}", segment.acknowledgment));
    }
    add(out, format_args!("win {}", segment.window));
    bytes(out, payload_bytes);
}

/// Answers that a summary tells.
const ANSWERS: usize = 8;
/// Bytes of a payload that is looked at for a message, for its summary.
const MESSAGE_BYTES: usize = 2048;

/// The message of DNS in a datagram, when it is one by its ports and by what it says.
fn message(packet: &packets::Packet<'_>, source: u16, destination: u16) -> Option<Message> {
    if !(dns::is_port(source) || dns::is_port(destination)) || packet.fragment().is_some() {
        return None;
    }
    let mut message = dns::parse(packet.payload.get(..MESSAGE_BYTES).unwrap_or(packet.payload))?;
    let is_one = message.problem.is_none() || !message.questions.is_empty() || !message.answers.is_empty();
    if packet.payload.len() > MESSAGE_BYTES {
        message.problem = None;
    }
    is_one.then_some(message)
}

fn dns(out: &mut String, message: &Message) {
    add(out, format_args!("{} {:#06x}", if message.response { "response" } else { "query" }, message.id));
    if message.response {
        match dns::code_name(message.code) {
            Some(name) => add(out, format_args!("{name}")),
            None => add(out, format_args!("code {}", message.code)),
        }
    }
    let kind = |kind: u16| dns::kind_name(kind).map_or_else(|| format!("TYPE{kind}"), str::to_owned);
    if let Some(question) = message.questions.first() {
        add(out, format_args!("{} {}", kind(question.kind), question.name));
    }
    for (told, record) in message.answers.iter().enumerate() {
        if told == ANSWERS {
            add(out, format_args!("{} answers in all", message.answers.len()));
            break;
        }
        match &record.data {
            Data::A(address) => add(out, format_args!("{address}")),
            Data::Aaaa(address) => add(out, format_args!("{address}")),
            Data::Name(name) => add(out, format_args!("{} {name}", kind(record.kind))),
            _ => add(out, format_args!("{}", kind(record.kind))),
        }
    }
}

fn icmp(out: &mut String, header: &Icmp, words: &str, echo: Option<(u16, u16)>) {
    if words.is_empty() {
        add(out, format_args!("type {} code {}", header.kind, header.code));
    } else {
        add(out, format_args!("{words}"));
    }
    if let Some((identifier, sequence)) = echo {
        add(out, format_args!("id {identifier} seq {sequence}"));
    }
}

/// RFC 792, and the codes of RFC 1812.
fn icmp_words(header: &Icmp) -> &'static str {
    match (header.kind, header.code) {
        (0, _) => "echo reply",
        (3, 0) => "network unreachable",
        (3, 1) => "host unreachable",
        (3, 2) => "protocol unreachable",
        (3, 3) => "port unreachable",
        (3, 4) => "fragmentation needed",
        (3, 9 | 10 | 13) => "prohibited",
        (3, _) => "destination unreachable",
        (5, _) => "redirect",
        (8, _) => "echo request",
        (11, 0) => "time to live exceeded",
        (11, _) => "reassembly time exceeded",
        (12, _) => "parameter problem",
        _ => "",
    }
}

/// RFC 4443, RFC 4861, RFC 3810.
fn icmpv6_words(header: &Icmp) -> &'static str {
    match (header.kind, header.code) {
        (1, 0) => "no route",
        (1, 1) => "prohibited",
        (1, 3) => "address unreachable",
        (1, 4) => "port unreachable",
        (1, _) => "destination unreachable",
        (2, _) => "packet too big",
        (3, 0) => "hop limit exceeded",
        (3, _) => "reassembly time exceeded",
        (4, _) => "parameter problem",
        (128, _) => "echo request",
        (129, _) => "echo reply",
        (130, _) => "listener query",
        (131, _) | (143, _) => "listener report",
        (132, _) => "listener done",
        (133, _) => "router solicitation",
        (134, _) => "router advertisement",
        (135, _) => "neighbour solicitation",
        (136, _) => "neighbour advertisement",
        (137, _) => "redirect",
        _ => "",
    }
}

fn hardware(address: Option<[u8; 6]>) -> String {
    let Some(address) = address else { return "another kind of address".to_owned() };
    let parts: Vec<String> = address.iter().map(|byte| format!("{byte:02x}")).collect();
    parts.join(":")
}

/// An address with its port.
fn end(address: Option<IpAddr>, port: Option<u16>) -> String {
    match (address, port) {
        (Some(address), Some(port)) => std::net::SocketAddr::new(address, port).to_string(),
        (Some(address), None) => address.to_string(),
        (None, _) => "?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Meaning;

    /// What IPv4 from 1.2.3.4 to 5.6.7.8 with this protocol, fragment word and payload means.
    fn meaning(protocol: u8, fragment: u16, payload: &[u8]) -> Meaning {
        let [a, b] = (20 + payload.len() as u16).to_be_bytes();
        let [c, d] = fragment.to_be_bytes();
        let header = [0x45, 0, a, b, 0, 7, c, d, 64, protocol, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        let packet = [&header, payload].concat();
        Meaning::of(&packet, false, 0x0800, packet.len() as u32)
    }

    #[test]
    fn a_summary_says_what_there_is() {
        let reset = meaning(6, 0, &[0, 80, 1, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0x50, 4, 0, 0, 0, 0, 0, 0]);
        assert_eq!((reset.flow().as_str(), &*reset.protocol), ("1.2.3.4:80 > 5.6.7.8:256", "TCP"));
        assert_eq!(reset.summary, "[RST] seq 5, win 0, 0 bytes");
        assert_eq!(meaning(17, 0, &[0, 1, 0, 2, 0, 9, 0, 0, b'x']).summary, "1 byte");
        assert_eq!(meaning(1, 0, &[8, 0, 0, 0, 0, 3, 0, 4]).summary, "echo request, id 3 seq 4");
        assert_eq!(meaning(1, 0, &[99, 1, 0, 0, 0, 0, 0, 0]).summary, "type 99 code 1");
    }

    #[test]
    fn an_error_says_what_it_is_about() {
        let mut error = vec![3, 3, 0, 0, 0, 0, 0, 0];
        error.extend([0x45, 0, 0, 40, 0, 1, 0, 0, 64, 17, 0, 0, 5, 6, 7, 8, 1, 2, 3, 4]);
        error.extend([0, 53, 0, 99, 0, 20, 0, 0]);
        let unreachable = meaning(1, 0, &error);
        assert_eq!(unreachable.summary, "port unreachable, about UDP 5.6.7.8:53 > 1.2.3.4:99");
        assert_eq!((&*unreachable.protocol, unreachable.src_port), ("ICMP", None), "the ports are not its own");
    }

    #[test]
    fn a_later_fragment_has_no_ports() {
        let later = meaning(17, 0x2002, b"anything");
        assert_eq!((later.src_port, later.flow().as_str()), (None, "1.2.3.4 > 5.6.7.8"));
        assert_eq!((&*later.protocol, later.summary.as_str()), ("UDP", "fragment at 16 of 0x7, more follow, 8 bytes"));
    }

    #[test]
    fn other_protocols_have_their_names_or_numbers() {
        assert_eq!(meaning(132, 0, b"x").protocol, "SCTP");
        assert_eq!(meaning(47, 0, b"x").protocol, "GRE");
        assert_eq!(meaning(201, 0, b"x").protocol, "IP/201");
        let other = Meaning::of(b"abcd", false, 0x88cc, 4);
        assert_eq!((&*other.protocol, other.summary.as_str(), other.flow().as_str()), ("0x88cc", "4 bytes", ""));
    }

    #[test]
    fn what_is_cut_or_malformed_says_so_and_has_no_more() {
        for kept in 0..28 {
            let packet = [0x45, 0, 0, 28, 0, 7, 0, 0, 64, 17, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 0, 2, 0, 8, 0, 0];
            let cut = Meaning::of(&packet[..kept], false, 0x0800, 28);
            let problem = cut.problem.unwrap_or_else(|| panic!("{kept} are enough"));
            assert!(cut.summary.ends_with(problem), "{}", cut.summary);
            assert_eq!(cut.src.is_some(), kept >= 20);
            assert_eq!(cut.src_port, None);
        }
        assert!(Meaning::of(&[0x45, 0, 0, 10], true, 0, 4).problem.is_some());
    }

    #[test]
    fn only_a_message_of_dns_is_called_one() {
        let datagram = |payload: &[u8]| {
            let [a, b] = (8 + payload.len() as u16).to_be_bytes();
            meaning(17, 0, &[&[0x9c, 0x40, 0, 53, a, b, 0, 0], payload].concat())
        };
        let query = b"\0\x05\x01\0\0\x01\0\0\0\0\0\0\x01a\x07e\x1bample\0\0\x1c\0\x01";
        let asked = datagram(query);
        assert_eq!((&*asked.protocol, asked.summary.as_str()), ("DNS", "query 0x0005, AAAA a.e\\027ample"));
        assert_eq!(datagram(b"short").protocol, "UDP");
        assert_eq!(datagram(&[0xff; 40]).protocol, "UDP");
        // Names that never end.
        let endless = datagram(b"\0\x05\x81\x80\0\x01\0\x01\0\0\0\0\x01a\xc0\x0c\0\x01\0\x01");
        assert_eq!(endless.protocol, "UDP");
    }
}
