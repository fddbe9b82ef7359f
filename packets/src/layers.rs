//! Takes one packet apart into its layers.
//!
//! Sources: IEEE 802.3 and 802.1Q, RFC 826 (ARP), RFC 791 (IPv4), RFC 8200 (IPv6), RFC 4302 (AH), RFC 9293 (TCP), RFC 768
//! (UDP), RFC 792 (ICMP), RFC 4443 (ICMPv6). Checksums are not verified: packets that leave a host carry unfinished ones.
//! Tunnels are not entered; what they carry is payload.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use etherparse::{
    ArpPacketSlice, Ethernet2HeaderSlice, Ipv4HeaderSlice, Ipv6HeaderSlice, SingleVlanHeaderSlice, TcpHeaderSlice,
    UdpHeaderSlice, err,
};

use crate::bytes::Bytes;

/// Ethernet types that are taken apart.
pub mod ether_type {
    /// IPv4.
    pub const IPV4: u16 = 0x0800;
    /// Address resolution.
    pub const ARP: u16 = 0x0806;
    /// IPv6.
    pub const IPV6: u16 = 0x86dd;
}

/// Numbers of protocols above IP (IANA).
pub mod protocol {
    /// ICMP for IPv4.
    pub const ICMP: u8 = 1;
    /// TCP.
    pub const TCP: u8 = 6;
    /// UDP.
    pub const UDP: u8 = 17;
    /// ICMP for IPv6.
    pub const ICMPV6: u8 = 58;
    pub(super) const HOP_BY_HOP: u8 = 0;
    pub(super) const ROUTING: u8 = 43;
    pub(super) const FRAGMENT: u8 = 44;
    pub(super) const AUTHENTICATION: u8 = 51;
    pub(super) const NONE: u8 = 59;
    pub(super) const DESTINATION: u8 = 60;
    pub(super) const MOBILITY: u8 = 135;
    pub(super) const HIP: u8 = 139;
    pub(super) const SHIM6: u8 = 140;
}

/// VLAN tags that are read of one packet; more are a problem.
const VLANS: usize = 4;
/// Extension headers that are read of one packet; more are a problem.
const EXTENSIONS: usize = 16;

/// What the bytes of a packet begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// With the network header, of this Ethernet type.
    Network(u16),
    /// With an Ethernet header.
    Ethernet,
}

/// One packet, as far as it could be read. What is absent was not there, or was cut off, and then there is a `problem`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Packet<'a> {
    /// The Ethernet header.
    pub ethernet: Option<Ethernet>,
    /// The VLAN tags, outermost first; at most four.
    pub vlans: Vec<Vlan>,
    /// The innermost Ethernet type; below 1536 it is a length (IEEE 802.3).
    pub ether_type: Option<u16>,
    /// IPv4, IPv6 or ARP.
    pub network: Option<Network>,
    /// What IP carries, captured bytes only: of a fragment, this fragment's.
    pub network_payload: &'a [u8],
    /// Bytes that IP carries, as its header says.
    pub network_payload_bytes: usize,
    /// TCP, UDP or ICMP; none in fragments but the first.
    pub transport: Option<Transport>,
    /// What follows the last header that was read, captured bytes only.
    pub payload: &'a [u8],
    /// Bytes of the payload as the headers say; more than `payload` holds when the capture cut the packet.
    pub payload_bytes: usize,
    /// What is malformed, or the header in which the packet was cut.
    pub problem: Option<&'static str>,
}

/// An Ethernet header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ethernet {
    /// The sender's address.
    pub source: [u8; 6],
    /// The receiver's address.
    pub destination: [u8; 6],
}

/// A VLAN tag (IEEE 802.1Q).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vlan {
    /// The VLAN's number, 12 bits.
    pub identifier: u16,
    /// The priority, 0 to 7.
    pub priority: u8,
}

/// The network layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Network {
    /// IPv4.
    Ipv4(Ipv4),
    /// IPv6.
    Ipv6(Ipv6),
    /// ARP.
    Arp(Arp),
}

/// An IPv4 header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ipv4 {
    /// The sender.
    pub source: Ipv4Addr,
    /// The receiver.
    pub destination: Ipv4Addr,
    /// The protocol above; after an authentication header, the one after that.
    pub protocol: u8,
    /// Hops that are left.
    pub ttl: u8,
    /// Differentiated services, six bits.
    pub dscp: u8,
    /// Congestion notification, two bits.
    pub ecn: u8,
    /// The number that fragments of a datagram share.
    pub identification: u16,
    /// Set when nobody may fragment the datagram.
    pub dont_fragment: bool,
    /// Bytes of the datagram, header included, as the header says.
    pub total_bytes: u16,
    /// Bytes of options.
    pub options_bytes: u8,
    /// This packet's part of a fragmented datagram.
    pub fragment: Option<Fragment>,
}

/// An IPv6 header and its extension headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ipv6 {
    /// The sender.
    pub source: Ipv6Addr,
    /// The receiver.
    pub destination: Ipv6Addr,
    /// The protocol above, after the extension headers that were read.
    pub protocol: u8,
    /// Hops that are left.
    pub hop_limit: u8,
    /// Differentiated services and congestion notification.
    pub traffic_class: u8,
    /// The flow label, 20 bits.
    pub flow_label: u32,
    /// Bytes after this header, as the header says.
    pub payload_bytes: u16,
    /// The numbers of the extension headers, in their order; at most 16.
    pub extensions: Vec<u8>,
    /// This packet's part of a fragmented datagram.
    pub fragment: Option<Fragment>,
}

/// A part of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// What all fragments of the datagram share.
    pub identification: u32,
    /// The place of the part in the datagram's payload.
    pub offset_bytes: u32,
    /// Whether parts follow.
    pub more: bool,
    /// The protocol of the datagram's first bytes, which may be an extension header's; receivers go by the first part's.
    pub protocol: u8,
}

/// An ARP packet (RFC 826).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arp {
    /// 1 request, 2 reply.
    pub operation: u16,
    /// The kind of hardware addresses, 1 for Ethernet.
    pub hardware: u16,
    /// The Ethernet type of protocol addresses.
    pub protocol: u16,
    /// The sender's hardware address, when of six bytes.
    pub sender_hardware: Option<[u8; 6]>,
    /// The sender's address, when IPv4.
    pub sender: Option<Ipv4Addr>,
    /// The target's hardware address, when of six bytes.
    pub target_hardware: Option<[u8; 6]>,
    /// The target's address, when IPv4.
    pub target: Option<Ipv4Addr>,
}

/// The transport layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TCP.
    Tcp(Tcp),
    /// UDP.
    Udp(Udp),
    /// ICMP.
    Icmp(Icmp),
    /// ICMPv6.
    Icmpv6(Icmp),
}

/// A TCP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tcp {
    /// The sender's port.
    pub source: u16,
    /// The receiver's port.
    pub destination: u16,
    /// The number of the first byte.
    pub sequence: u32,
    /// The number of the byte that is expected next; of meaning with `ack` only.
    pub acknowledgment: u32,
    /// The header's flags as bits: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128, AE 256.
    pub flags: u16,
    /// The window as sent, not scaled.
    pub window: u16,
    /// The urgent pointer as sent.
    pub urgent: u16,
    /// The maximum segment size option.
    pub maximum_segment_bytes: Option<u16>,
    /// The window scale option.
    pub window_scale: Option<u8>,
    /// Whether selective acknowledgement is permitted.
    pub selective: bool,
    /// The timestamps option: value and echo.
    pub timestamps: Option<(u32, u32)>,
}

impl Tcp {
    /// The flag of the last segment.
    pub const FIN: u16 = 1;
    /// The flag of the first segment.
    pub const SYN: u16 = 2;
    /// The flag that ends at once.
    pub const RST: u16 = 4;
    /// The flag of pushed data.
    pub const PSH: u16 = 8;
    /// The flag that gives `acknowledgment` its meaning.
    pub const ACK: u16 = 16;

    /// Whether all of these flags are set.
    pub fn has(&self, flags: u16) -> bool {
        self.flags & flags == flags
    }
}

/// A UDP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Udp {
    /// The sender's port.
    pub source: u16,
    /// The receiver's port.
    pub destination: u16,
    /// Bytes of header and payload, as the header says.
    pub bytes: u16,
}

/// An ICMP or ICMPv6 header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp {
    /// The type.
    pub kind: u8,
    /// The code.
    pub code: u8,
    /// The four bytes after the checksum.
    pub rest: [u8; 4],
}

/// A problem, or nothing to tell.
type Read<T> = Result<T, &'static str>;

impl Packet<'_> {
    /// Bytes of the payload that the capture does not have.
    pub fn missing_bytes(&self) -> usize {
        self.payload_bytes.saturating_sub(self.payload.len())
    }

    /// Sender and receiver, of IP.
    pub fn addresses(&self) -> Option<(IpAddr, IpAddr)> {
        match self.network.as_ref()? {
            Network::Ipv4(ip) => Some((ip.source.into(), ip.destination.into())),
            Network::Ipv6(ip) => Some((ip.source.into(), ip.destination.into())),
            Network::Arp(_) => None,
        }
    }

    /// The protocol above IP.
    pub fn protocol(&self) -> Option<u8> {
        match self.network.as_ref()? {
            Network::Ipv4(ip) => Some(ip.protocol),
            Network::Ipv6(ip) => Some(ip.protocol),
            Network::Arp(_) => None,
        }
    }

    /// The part of a fragmented datagram that this packet is.
    pub fn fragment(&self) -> Option<Fragment> {
        match self.network.as_ref()? {
            Network::Ipv4(ip) => ip.fragment,
            Network::Ipv6(ip) => ip.fragment,
            Network::Arp(_) => None,
        }
    }

    /// Sender's and receiver's port, of TCP and UDP.
    pub fn ports(&self) -> Option<(u16, u16)> {
        match self.transport.as_ref()? {
            Transport::Tcp(tcp) => Some((tcp.source, tcp.destination)),
            Transport::Udp(udp) => Some((udp.source, udp.destination)),
            Transport::Icmp(_) | Transport::Icmpv6(_) => None,
        }
    }

    /// The TCP header.
    pub fn tcp(&self) -> Option<&Tcp> {
        match self.transport.as_ref()? {
            Transport::Tcp(tcp) => Some(tcp),
            _ => None,
        }
    }

    /// Identifier and sequence number of an echo request or reply.
    pub fn echo(&self) -> Option<(u16, u16)> {
        let icmp = match self.transport.as_ref()? {
            Transport::Icmp(icmp) if matches!(icmp.kind, 0 | 8) => icmp,
            Transport::Icmpv6(icmp) if matches!(icmp.kind, 128 | 129) => icmp,
            _ => return None,
        };
        let [a, b, c, d] = icmp.rest;
        Some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
    }

    /// The packet that an ICMP error is about, as far as the error quotes it. Errors quote the beginning only, so what its
    /// headers say of lengths is not a problem.
    pub fn quoted(&self) -> Option<Packet<'_>> {
        let ether_type = match self.transport.as_ref()? {
            Transport::Icmp(icmp) if matches!(icmp.kind, 3 | 4 | 5 | 11 | 12) => ether_type::IPV4,
            Transport::Icmpv6(icmp) if matches!(icmp.kind, 1..=4) => ether_type::IPV6,
            _ => return None,
        };
        let told = match ether_type {
            ether_type::IPV4 => self.payload.get(2..4),
            _ => self.payload.get(4..6),
        };
        let told =
            told.and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| usize::from(u16::from_be_bytes(*bytes)));
        Some(dissect(self.payload, Link::Network(ether_type), told.saturating_add(40).max(self.payload.len())))
    }
}

/// Takes a packet apart. `bytes` are its first bytes, `length` is how many it had; fewer than `bytes` counts as all of
/// them. Never fails: see [`Packet::problem`].
pub fn dissect(bytes: &[u8], link: Link, length: usize) -> Packet<'_> {
    let mut packet = Packet { payload: bytes, payload_bytes: length.max(bytes.len()), ..Packet::default() };
    packet.problem = packet.read(link).err();
    packet
}

/// Takes apart what a datagram carries, put together from fragments (`network` is of the first one, without `fragment`).
pub(crate) fn dissect_datagram(network: Network, bytes: &[u8]) -> Packet<'_> {
    let mut packet = Packet { payload: bytes, payload_bytes: bytes.len(), ..Packet::default() };
    packet.ether_type = Some(match network {
        Network::Ipv6(_) => ether_type::IPV6,
        _ => ether_type::IPV4,
    });
    packet.network = Some(network);
    packet.problem = packet.extensions().and_then(|()| packet.transport()).err();
    packet
}

impl<'a> Packet<'a> {
    fn read(&mut self, link: Link) -> Read<()> {
        let ether_type = match link {
            Link::Network(ether_type) => {
                self.ether_type = Some(ether_type);
                ether_type
            }
            Link::Ethernet => self.link()?,
        };
        match ether_type {
            ether_type::IPV4 => self.ipv4()?,
            ether_type::IPV6 => self.ipv6()?,
            ether_type::ARP => return self.arp(),
            _ => return Ok(()),
        }
        self.extensions()?;
        self.transport()
    }

    /// Goes past a header.
    fn pass(&mut self, length: usize) {
        self.payload = self.payload.get(length..).unwrap_or_default();
        self.payload_bytes = self.payload_bytes.saturating_sub(length);
    }

    /// The datagram ends here: what follows is padding.
    fn end(&mut self, length: usize) {
        self.payload = self.payload.get(..length).unwrap_or(self.payload);
        self.payload_bytes = self.payload_bytes.min(length);
    }

    fn link(&mut self) -> Read<u16> {
        let header = Ethernet2HeaderSlice::from_slice(self.payload)
            .map_err(|_| self.short("cut in the Ethernet header", "too short for an Ethernet header"))?;
        self.ethernet = Some(Ethernet { source: header.source(), destination: header.destination() });
        let mut ether_type = header.ether_type().0;
        self.ether_type = Some(ether_type);
        self.pass(header.slice().len());
        while matches!(ether_type, 0x8100 | 0x88a8 | 0x9100) {
            if self.vlans.len() >= VLANS {
                return Err("more VLAN tags than are read");
            }
            let tag = SingleVlanHeaderSlice::from_slice(self.payload)
                .map_err(|_| self.short("cut in a VLAN tag", "too short for a VLAN tag"))?;
            self.vlans
                .push(Vlan { identifier: tag.vlan_identifier().value(), priority: tag.priority_code_point().value() });
            ether_type = tag.ether_type().0;
            self.ether_type = Some(ether_type);
            self.pass(tag.slice().len());
        }
        Ok(ether_type)
    }

    fn ipv4(&mut self) -> Read<()> {
        use err::ipv4::{HeaderError, HeaderSliceError};
        let header = Ipv4HeaderSlice::from_slice(self.payload).map_err(|error| match error {
            HeaderSliceError::Len(_) => self.short("cut in the IPv4 header", "too short for an IPv4 header"),
            HeaderSliceError::Content(HeaderError::UnexpectedVersion { .. }) => "not the version of IPv4",
            HeaderSliceError::Content(_) => "IPv4 header length below its least",
        })?;
        let header_bytes = header.slice().len();
        let offset_bytes = u32::from(header.fragments_offset().value()).saturating_mul(8);
        let more = header.more_fragments();
        self.network = Some(Network::Ipv4(Ipv4 {
            source: header.source_addr(),
            destination: header.destination_addr(),
            protocol: header.protocol().0,
            ttl: header.ttl(),
            dscp: header.dcp().value(),
            ecn: header.ecn().value(),
            identification: header.identification(),
            dont_fragment: header.dont_fragment(),
            total_bytes: header.total_len(),
            options_bytes: u8::try_from(header.options().len()).unwrap_or(u8::MAX),
            fragment: (more || offset_bytes > 0).then(|| Fragment {
                identification: header.identification().into(),
                offset_bytes,
                more,
                protocol: header.protocol().0,
            }),
        }));
        let total = usize::from(header.total_len());
        let length = self.payload_bytes;
        self.pass(header_bytes);
        // Zero is of a packet that is not yet cut into segments and is longer than the field can say.
        if total != 0 {
            if total < header_bytes {
                return Err("IPv4 total length below its header's");
            }
            self.end(total.saturating_sub(header_bytes));
            if total > length {
                self.note_network();
                return Err("IPv4 total length beyond the packet");
            }
        }
        self.note_network();
        Ok(())
    }

    fn ipv6(&mut self) -> Read<()> {
        use err::ipv6::HeaderSliceError;
        let header = Ipv6HeaderSlice::from_slice(self.payload).map_err(|error| match error {
            HeaderSliceError::Len(_) => self.short("cut in the IPv6 header", "too short for an IPv6 header"),
            HeaderSliceError::Content(_) => "not the version of IPv6",
        })?;
        self.network = Some(Network::Ipv6(Ipv6 {
            source: header.source_addr(),
            destination: header.destination_addr(),
            protocol: header.next_header().0,
            hop_limit: header.hop_limit(),
            traffic_class: header.traffic_class(),
            flow_label: header.flow_label().value(),
            payload_bytes: header.payload_length(),
            extensions: Vec::new(),
            fragment: None,
        }));
        let told = usize::from(header.payload_length());
        self.pass(header.slice().len());
        let length = self.payload_bytes;
        // Zero is of jumbograms, and of packets that are not yet cut into segments.
        if told != 0 {
            self.end(told);
        }
        self.note_network();
        if told > length { Err("IPv6 payload length beyond the packet") } else { Ok(()) }
    }

    /// What IP carries begins here.
    fn note_network(&mut self) {
        self.network_payload = self.payload;
        self.network_payload_bytes = self.payload_bytes;
    }

    /// Goes through the extension headers of IPv6, and the authentication header of IPv4.
    fn extensions(&mut self) -> Read<()> {
        for _ in 0..=EXTENSIONS {
            let fragmented = self.fragment().is_some_and(|fragment| fragment.offset_bytes > 0);
            let Some(number) = self.protocol() else { return Ok(()) };
            let six = matches!(self.network, Some(Network::Ipv6(_)));
            let mut bytes = Bytes::new(self.payload);
            let cut = self.short("cut in an extension header", "extension header beyond the packet");
            let length = match number {
                _ if fragmented => return Ok(()),
                protocol::AUTHENTICATION => {
                    let &[_, words, ..] = self.payload else { return Err(cut) };
                    usize::from(words).saturating_add(2).saturating_mul(4)
                }
                protocol::FRAGMENT if six => 8,
                protocol::HOP_BY_HOP
                | protocol::ROUTING
                | protocol::DESTINATION
                | protocol::MOBILITY
                | protocol::HIP
                | protocol::SHIM6
                    if six =>
                {
                    let &[_, eights, ..] = self.payload else { return Err(cut) };
                    usize::from(eights).saturating_add(1).saturating_mul(8)
                }
                _ => return Ok(()),
            };
            if length > self.payload_bytes {
                return Err("extension header beyond the packet");
            }
            let header = bytes.take(length).ok_or(cut)?;
            let next = header.first().copied().ok_or(cut)?;
            match self.network.as_mut() {
                Some(Network::Ipv4(ip)) => ip.protocol = next,
                Some(Network::Ipv6(ip)) => {
                    if ip.extensions.len() >= EXTENSIONS {
                        return Err("more extension headers than are read");
                    }
                    ip.extensions.push(number);
                    ip.protocol = next;
                    if number == protocol::FRAGMENT {
                        let mut fields = Bytes::new(header);
                        fields.u16();
                        let place = fields.u16().unwrap_or_default();
                        let part = Fragment {
                            identification: fields.u32().unwrap_or_default(),
                            offset_bytes: u32::from(place & 0xfff8),
                            more: place & 1 == 1,
                            protocol: next,
                        };
                        // A whole datagram may carry the header, too (RFC 6946).
                        ip.fragment = (part.more || part.offset_bytes > 0).then_some(part);
                        self.pass(length);
                        self.note_network();
                        continue;
                    }
                }
                _ => return Ok(()),
            }
            self.pass(length);
        }
        Err("more extension headers than are read")
    }

    fn arp(&mut self) -> Read<()> {
        let header = ArpPacketSlice::from_slice(self.payload)
            .map_err(|_| self.short("cut in the ARP packet", "too short for an ARP packet"))?;
        let address = |bytes: &[u8]| match header.proto_addr_type().0 {
            ether_type::IPV4 => <[u8; 4]>::try_from(bytes).ok().map(Ipv4Addr::from),
            _ => None,
        };
        self.network = Some(Network::Arp(Arp {
            operation: header.operation().0,
            hardware: header.hw_addr_type().0,
            protocol: header.proto_addr_type().0,
            sender_hardware: header.sender_hw_addr().try_into().ok(),
            sender: address(header.sender_protocol_addr()),
            target_hardware: header.target_hw_addr().try_into().ok(),
            target: address(header.target_protocol_addr()),
        }));
        // What follows is the padding of a short frame.
        self.pass(header.slice().len());
        self.end(0);
        Ok(())
    }

    fn transport(&mut self) -> Read<()> {
        if self.fragment().is_some_and(|fragment| fragment.offset_bytes > 0) {
            return Ok(());
        }
        match self.protocol() {
            Some(protocol::TCP) => self.read_tcp(),
            Some(protocol::UDP) => self.read_udp(),
            Some(protocol::ICMP) => self.read_icmp(Transport::Icmp),
            Some(protocol::ICMPV6) => self.read_icmp(Transport::Icmpv6),
            Some(protocol::NONE) if self.payload_bytes > 0 => Err("bytes where the header says there are none"),
            _ => Ok(()),
        }
    }

    fn read_tcp(&mut self) -> Read<()> {
        use err::tcp::HeaderSliceError;
        let header = TcpHeaderSlice::from_slice(self.payload).map_err(|error| match error {
            HeaderSliceError::Len(_) => self.short("cut in the TCP header", "too short for a TCP header"),
            HeaderSliceError::Content(_) => "TCP header length below its least",
        })?;
        let flags = [
            header.fin(),
            header.syn(),
            header.rst(),
            header.psh(),
            header.ack(),
            header.urg(),
            header.ece(),
            header.cwr(),
            header.ns(),
        ];
        let mut tcp = Tcp {
            source: header.source_port(),
            destination: header.destination_port(),
            sequence: header.sequence_number(),
            acknowledgment: header.acknowledgment_number(),
            flags: flags.iter().enumerate().fold(0, |all, (bit, set)| all | (u16::from(*set) << bit)),
            window: header.window_size(),
            urgent: header.urgent_pointer(),
            ..Tcp::default()
        };
        let mut problem = None;
        // Not by the library, whose list ends at the first option that it does not know.
        let mut options = Bytes::new(header.options());
        while let Some(kind) = options.u8() {
            match kind {
                0 => break,
                1 => continue,
                _ => {}
            }
            let length = options.u8().and_then(|length| usize::from(length).checked_sub(2));
            let Some(value) = length.and_then(|length| options.take(length)) else {
                problem = Some("malformed TCP options");
                break;
            };
            let mut fields = Bytes::new(value);
            match (kind, value.len()) {
                (2, 2) => tcp.maximum_segment_bytes = fields.u16(),
                (3, 1) => tcp.window_scale = fields.u8(),
                (4, 0) => tcp.selective = true,
                (8, 8) => tcp.timestamps = fields.u32().zip(fields.u32()),
                (2..=4 | 8, _) => problem = Some("malformed TCP options"),
                _ => {}
            }
        }
        let length = header.slice().len();
        self.transport = Some(Transport::Tcp(tcp));
        self.pass(length);
        problem.map_or(Ok(()), Err)
    }

    fn read_udp(&mut self) -> Read<()> {
        let header = UdpHeaderSlice::from_slice(self.payload)
            .map_err(|_| self.short("cut in the UDP header", "too short for a UDP header"))?;
        let told = usize::from(header.length());
        self.transport = Some(Transport::Udp(Udp {
            source: header.source_port(),
            destination: header.destination_port(),
            bytes: header.length(),
        }));
        self.pass(8);
        // Zero is of jumbograms (RFC 2675).
        if told == 0 {
            return Ok(());
        }
        if told < 8 {
            return Err("UDP length below its header's");
        }
        // The first fragment tells the length of the whole.
        let beyond = told.saturating_sub(8) > self.payload_bytes && self.fragment().is_none();
        self.end(told.saturating_sub(8));
        if beyond { Err("UDP length beyond the packet") } else { Ok(()) }
    }

    fn read_icmp(&mut self, transport: fn(Icmp) -> Transport) -> Read<()> {
        let Some(&[kind, code, _, _, a, b, c, d]) = self.payload.first_chunk() else {
            return Err(self.short("cut in the ICMP header", "too short for an ICMP header"));
        };
        self.transport = Some(transport(Icmp { kind, code, rest: [a, b, c, d] }));
        self.pass(8);
        Ok(())
    }

    /// Why a header is not whole: the capture ends in it, or the packet does.
    fn short(&self, cut: &'static str, short: &'static str) -> &'static str {
        if self.missing_bytes() > 0 { cut } else { short }
    }
}
