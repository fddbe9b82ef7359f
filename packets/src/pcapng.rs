//! Writes pcapng files (draft-ietf-opsawg-pcapng): one section, little-endian, times in nanoseconds.
//!
//! What is given is written as it is; whether two interfaces are the same, and which names belong to which packet, is the
//! caller's matter. No block is larger than readers take, whatever is given: data and texts are cut.

use std::io::{self, Write};
use std::net::IpAddr;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const NAME_RESOLUTION: u32 = 4;
const INTERFACE_STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;

const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
/// The section's length is not known when it begins.
const LENGTH_UNKNOWN: u64 = u64::MAX;

/// Options of every block.
const END_OF_OPTIONS: u16 = 0;
const COMMENT: u16 = 1;

const SECTION_HARDWARE: u16 = 2;
const SECTION_OS: u16 = 3;
const SECTION_APPLICATION: u16 = 4;

const INTERFACE_NAME: u16 = 2;
const INTERFACE_TEXT: u16 = 3;
const INTERFACE_RESOLUTION: u16 = 9;
/// Times count units of 10 to the power of minus this: nanoseconds.
const NANOSECONDS: u8 = 9;

const PACKET_FLAGS: u16 = 2;
const PACKET_PROCESS: u16 = 8;

const STATISTICS_START: u16 = 2;
const STATISTICS_END: u16 = 3;
const STATISTICS_RECEIVED: u16 = 4;
const STATISTICS_DROPPED: u16 = 5;
const STATISTICS_ACCEPTED: u16 = 6;
const STATISTICS_DELIVERED: u16 = 8;

const NAMES_END: u16 = 0;
const NAME_OF_IPV4: u16 = 1;
const NAME_OF_IPV6: u16 = 2;

/// Bits of the flags of a packet.
const INBOUND: u32 = 1;
const OUTBOUND: u32 = 2;
const SEGMENTED: u32 = 1 << 11;

/// Bytes of one packet that are written at the most: readers take no more.
pub const PACKET_BYTES: usize = 262_144;
/// Bytes of a text that are written at the most: an option's length has 16 bits, and its padding must not overflow them in
/// readers that add it.
pub const TEXT_BYTES: usize = 65_532;
/// Bytes of a name that an address has.
const NAME_BYTES: usize = 1024;
/// Names that one block holds.
const NAMES_AT_ONCE: usize = 1024;

/// What the bytes of a packet begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum LinkType {
    /// An Ethernet header.
    Ethernet = 1,
    /// An IPv4 or IPv6 header, told apart by its version.
    Raw = 101,
    /// A header of 16 bytes that [`cooked_header`] makes: any other protocol without a link-layer header.
    LinuxCooked = 113,
}

/// The header of [`LinkType::LinuxCooked`]: the packet's way and its Ethernet type; that there is no address, and no kind of
/// hardware (ARPHRD_NONE).
pub fn cooked_header(direction: Option<Direction>, ethernet_type: u16) -> [u8; 16] {
    // Sent by us is 4; to us is 0, and also what a reader takes for not known.
    let way = if direction == Some(Direction::Out) { 4 } else { 0 };
    let [high, low] = ethernet_type.to_be_bytes();
    [0, way, 0xff, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, high, low]
}

/// Which way a packet went, seen from the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It came in.
    In,
    /// It went out.
    Out,
}

/// What the file's section is about. Empty texts are left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Section<'a> {
    /// Hardware that it was recorded on.
    pub hardware: &'a str,
    /// Operating system that it was recorded on.
    pub os: &'a str,
    /// Program that writes the file.
    pub application: &'a str,
    /// Anything else.
    pub comment: &'a str,
}

/// An interface that packets are of. Empty texts are left out.
#[derive(Clone, Copy, Debug)]
pub struct Interface<'a> {
    /// What the bytes of its packets begin with.
    pub link: LinkType,
    /// Bytes of a packet that are kept; 0 for no limit.
    pub snaplen: u32,
    /// Its name.
    pub name: &'a str,
    /// What it is.
    pub description: &'a str,
    /// Anything else.
    pub comment: &'a str,
}

/// A packet.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Number that [`Writer::interface`] gave.
    pub interface: u32,
    /// UTC nanoseconds since 1970.
    pub ts_ns: u64,
    /// Its bytes, in two parts: a header that was made for it (else empty), and what was kept of it.
    pub data: (&'a [u8], &'a [u8]),
    /// Bytes that it had, with the first part of `data`; where that is less than what is given, what is given.
    pub length: u32,
    /// Which way it went.
    pub direction: Option<Direction>,
    /// Whether it stands for several packets on the wire.
    pub is_segmented: bool,
    /// Ids of the process and of the thread.
    pub process: Option<(u32, u32)>,
    /// One line about it; empty for none.
    pub comment: &'a str,
}

/// What is known of an interface as a whole. What is `None` is left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Statistics<'a> {
    /// Number that [`Writer::interface`] gave.
    pub interface: u32,
    /// When recording began, UTC nanoseconds since 1970.
    pub start_ns: Option<u64>,
    /// When it ended; also the time of these numbers.
    pub end_ns: u64,
    /// Packets that were seen.
    pub received: Option<u64>,
    /// Packets that were seen and lost.
    pub dropped: Option<u64>,
    /// Packets that a filter let through.
    pub accepted: Option<u64>,
    /// Packets that are in the file.
    pub delivered: Option<u64>,
    /// Anything else.
    pub comment: &'a str,
}

/// Writes one file.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    interfaces: u32,
    /// The block in work.
    block: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn new(out: W, section: &Section<'_>) -> io::Result<Writer<W>> {
        let mut writer = Writer { out, interfaces: 0, block: Vec::new() };
        writer.begin(SECTION_HEADER);
        writer.u32(BYTE_ORDER_MAGIC);
        // Version 1.0.
        writer.u16(1);
        writer.u16(0);
        writer.u64(LENGTH_UNKNOWN);
        writer.text(SECTION_HARDWARE, section.hardware);
        writer.text(SECTION_OS, section.os);
        writer.text(SECTION_APPLICATION, section.application);
        writer.text(COMMENT, section.comment);
        writer.end_options();
        writer.finish_block()?;
        Ok(writer)
    }

    /// Describes an interface; the number that packets name it by.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn interface(&mut self, interface: &Interface<'_>) -> io::Result<u32> {
        self.begin(INTERFACE_DESCRIPTION);
        self.u16(interface.link as u16);
        self.u16(0);
        self.u32(interface.snaplen);
        self.text(INTERFACE_NAME, interface.name);
        self.text(INTERFACE_TEXT, interface.description);
        self.option(INTERFACE_RESOLUTION, &[NANOSECONDS]);
        self.text(COMMENT, interface.comment);
        self.end_options();
        self.finish_block()?;
        let number = self.interfaces;
        self.interfaces = number.saturating_add(1);
        Ok(number)
    }

    /// Writes a packet.
    ///
    /// # Errors
    /// `out` cannot be written, or there is no such interface.
    pub fn packet(&mut self, packet: &Packet<'_>) -> io::Result<()> {
        self.check(packet.interface)?;
        let (first, second) = packet.data;
        let first = first.get(..PACKET_BYTES).unwrap_or(first);
        let left = PACKET_BYTES.saturating_sub(first.len());
        let kept = second.get(..left).unwrap_or(second);
        let given = first.len().saturating_add(second.len());
        let written = first.len().saturating_add(kept.len());
        self.begin(ENHANCED_PACKET);
        self.u32(packet.interface);
        self.time(packet.ts_ns);
        self.u32(u32::try_from(written).unwrap_or(u32::MAX));
        self.u32(packet.length.max(u32::try_from(given).unwrap_or(u32::MAX)));
        self.block.extend_from_slice(first);
        self.block.extend_from_slice(kept);
        self.pad();
        let direction = match packet.direction {
            None => 0,
            Some(Direction::In) => INBOUND,
            Some(Direction::Out) => OUTBOUND,
        };
        let flags = direction | if packet.is_segmented { SEGMENTED } else { 0 };
        if flags != 0 {
            self.option(PACKET_FLAGS, &flags.to_le_bytes());
        }
        if let Some((process, thread)) = packet.process {
            let [p0, p1, p2, p3] = process.to_le_bytes();
            let [t0, t1, t2, t3] = thread.to_le_bytes();
            self.option(PACKET_PROCESS, &[p0, p1, p2, p3, t0, t1, t2, t3]);
        }
        self.text(COMMENT, packet.comment);
        self.end_options();
        self.finish_block()
    }

    /// Writes names that addresses have. A name that is empty, holds a NUL or is longer than 1024 bytes is left out.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn names(&mut self, names: &[(IpAddr, &str)]) -> io::Result<()> {
        let is_name = |name: &&(IpAddr, &str)| (1..=NAME_BYTES).contains(&name.1.len()) && !name.1.contains('\0');
        let names: Vec<&(IpAddr, &str)> = names.iter().filter(is_name).collect();
        for some in names.chunks(NAMES_AT_ONCE) {
            self.begin(NAME_RESOLUTION);
            for (address, name) in some {
                let mut value = Vec::with_capacity(name.len().saturating_add(17));
                let kind = match address {
                    IpAddr::V4(address) => {
                        value.extend(address.octets());
                        NAME_OF_IPV4
                    }
                    IpAddr::V6(address) => {
                        value.extend(address.octets());
                        NAME_OF_IPV6
                    }
                };
                value.extend_from_slice(name.as_bytes());
                value.push(0);
                self.option(kind, &value);
            }
            self.u16(NAMES_END);
            self.u16(0);
            self.finish_block()?;
        }
        Ok(())
    }

    /// Writes what is known of an interface as a whole.
    ///
    /// # Errors
    /// `out` cannot be written, or there is no such interface.
    pub fn statistics(&mut self, statistics: &Statistics<'_>) -> io::Result<()> {
        self.check(statistics.interface)?;
        self.begin(INTERFACE_STATISTICS);
        self.u32(statistics.interface);
        self.time(statistics.end_ns);
        if let Some(start_ns) = statistics.start_ns {
            self.time_option(STATISTICS_START, start_ns);
            self.time_option(STATISTICS_END, statistics.end_ns);
        }
        let counts = [
            (STATISTICS_RECEIVED, statistics.received),
            (STATISTICS_DROPPED, statistics.dropped),
            (STATISTICS_ACCEPTED, statistics.accepted),
            (STATISTICS_DELIVERED, statistics.delivered),
        ];
        for (code, count) in counts {
            if let Some(count) = count {
                self.option(code, &count.to_le_bytes());
            }
        }
        self.text(COMMENT, statistics.comment);
        self.end_options();
        self.finish_block()
    }

    /// What is written to.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// Lets everything so far be read.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn check(&self, interface: u32) -> io::Result<()> {
        if interface < self.interfaces {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, format!("there is no interface {interface}")))
    }

    /// Begins a block; its length is put in when it is finished.
    fn begin(&mut self, kind: u32) {
        self.block.clear();
        self.u32(kind);
        self.u32(0);
    }

    fn finish_block(&mut self) -> io::Result<()> {
        let length = u32::try_from(self.block.len().saturating_add(4)).unwrap_or(u32::MAX);
        self.u32(length);
        if let Some(slot) = self.block.get_mut(4..8) {
            slot.copy_from_slice(&length.to_le_bytes());
        }
        self.out.write_all(&self.block)
    }

    fn u16(&mut self, value: u16) {
        self.block.extend_from_slice(&value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.block.extend_from_slice(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.block.extend_from_slice(&value.to_le_bytes());
    }

    /// A time: its upper 32 bits stand first, whatever the byte order.
    fn time(&mut self, ns: u64) {
        self.block.extend_from_slice(&time(ns));
    }

    fn time_option(&mut self, code: u16, ns: u64) {
        self.option(code, &time(ns));
    }

    fn pad(&mut self) {
        while !self.block.len().is_multiple_of(4) {
            self.block.push(0);
        }
    }

    /// An option, or a record of the same shape; its length must fit.
    fn option(&mut self, code: u16, value: &[u8]) {
        debug_assert!(value.len() <= TEXT_BYTES);
        self.u16(code);
        self.u16(u16::try_from(value.len()).unwrap_or(u16::MAX));
        self.block.extend_from_slice(value);
        self.pad();
    }

    fn text(&mut self, code: u16, text: &str) {
        let text = cut(text);
        if !text.is_empty() {
            self.option(code, text.as_bytes());
        }
    }

    fn end_options(&mut self) {
        self.u16(END_OF_OPTIONS);
        self.u16(0);
    }
}

fn time(ns: u64) -> [u8; 8] {
    let [b0, b1, b2, b3, b4, b5, b6, b7] = ns.to_le_bytes();
    [b4, b5, b6, b7, b0, b1, b2, b3]
}

/// The beginning of a text that an option can hold.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of a file: kind and body; panics where lengths do not add up.
    fn blocks(mut file: &[u8]) -> Vec<(u32, Vec<u8>)> {
        let word = |bytes: &[u8]| u32::from_le_bytes(bytes[..4].try_into().unwrap());
        let mut found = Vec::new();
        while !file.is_empty() {
            let length = word(&file[4..]) as usize;
            assert_eq!(length % 4, 0);
            assert_eq!(word(&file[length - 4..]) as usize, length);
            found.push((word(file), file[8..length - 4].to_vec()));
            file = &file[length..];
        }
        found
    }

    /// Options from an offset on; panics where they do not end as they must.
    fn options(body: &[u8], at: usize) -> Vec<(u16, Vec<u8>)> {
        let mut rest = &body[at..];
        let mut found = Vec::new();
        loop {
            let code = u16::from_le_bytes([rest[0], rest[1]]);
            let length = usize::from(u16::from_le_bytes([rest[2], rest[3]]));
            if code == 0 {
                assert_eq!(rest.len(), 4);
                return found;
            }
            found.push((code, rest[4..4 + length].to_vec()));
            rest = &rest[4 + length.next_multiple_of(4)..];
        }
    }

    fn with_interface() -> Writer<Vec<u8>> {
        let mut writer = Writer::new(Vec::new(), &Section::default()).unwrap();
        let interface = Interface { link: LinkType::Raw, snaplen: 0, name: "eth0", description: "", comment: "" };
        assert_eq!(writer.interface(&interface).unwrap(), 0);
        writer
    }

    const PACKET: Packet<'static> = Packet {
        interface: 0,
        ts_ns: 0x0102_0304_0506_0708,
        data: (b"ab", b"cde"),
        length: 100,
        direction: Some(Direction::Out),
        is_segmented: true,
        process: Some((0x0102, 0x0304)),
        comment: "pid=258",
    };

    #[test]
    fn a_file_is_its_blocks_with_their_options() {
        let mut writer = Writer::new(
            Vec::new(),
            &Section { hardware: "", os: "Linux", application: "tracee", comment: "two words" },
        )
        .unwrap();
        let interface =
            Interface { link: LinkType::Ethernet, snaplen: 96, name: "eth0", description: "a veth", comment: "x" };
        assert_eq!(writer.interface(&interface).unwrap(), 0);
        assert_eq!(writer.interface(&interface).unwrap(), 1);
        writer.packet(&Packet { interface: 1, ..PACKET }).unwrap();
        let blocks = blocks(writer.get_mut());
        let kinds: Vec<u32> = blocks.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [0x0a0d_0d0a, 1, 1, 6]);
        let section = &blocks[0].1;
        assert_eq!(section[..16], *b"\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff");
        let texts = [(3, b"Linux".to_vec()), (4, b"tracee".to_vec()), (1, b"two words".to_vec())];
        assert_eq!(options(section, 16), texts);
        assert_eq!(blocks[1].1[..8], [1, 0, 0, 0, 96, 0, 0, 0]);
        let described = [(2, b"eth0".to_vec()), (3, b"a veth".to_vec()), (9, vec![9]), (1, b"x".to_vec())];
        assert_eq!(options(&blocks[1].1, 8), described);
        let packet = &blocks[3].1;
        assert_eq!(packet[..4], [1, 0, 0, 0]);
        assert_eq!(packet[4..12], [4, 3, 2, 1, 8, 7, 6, 5], "the upper half stands first");
        assert_eq!(packet[12..20], [5, 0, 0, 0, 100, 0, 0, 0]);
        assert_eq!(packet[20..28], *b"abcde\0\0\0");
        let said = [(2, vec![2, 8, 0, 0]), (8, vec![2, 1, 0, 0, 4, 3, 0, 0]), (1, b"pid=258".to_vec())];
        assert_eq!(options(packet, 28), said);
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let mut writer = with_interface();
        let packet = Packet { direction: None, is_segmented: false, process: None, comment: "", ..PACKET };
        writer.packet(&packet).unwrap();
        writer.statistics(&Statistics { end_ns: 5, received: Some(7), ..Statistics::default() }).unwrap();
        let blocks = blocks(writer.get_mut());
        assert!(options(&blocks[2].1, 28).is_empty());
        assert_eq!(options(&blocks[3].1, 12), [(4, vec![7, 0, 0, 0, 0, 0, 0, 0])]);
    }

    #[test]
    fn statistics_have_all_their_numbers() {
        let mut writer = with_interface();
        let statistics = Statistics {
            interface: 0,
            start_ns: Some(1),
            end_ns: 1 << 32,
            received: Some(4),
            dropped: Some(3),
            accepted: Some(2),
            delivered: Some(1),
            comment: "lost",
        };
        writer.statistics(&statistics).unwrap();
        let blocks = blocks(writer.get_mut());
        assert_eq!(blocks[2].1[..12], [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        let codes: Vec<u16> = options(&blocks[2].1, 12).iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, [2, 3, 4, 5, 6, 8, 1]);
    }

    #[test]
    fn names_are_records_and_what_is_none_is_left_out() {
        let mut writer = with_interface();
        let (four, six): (IpAddr, IpAddr) = ("1.2.3.4".parse().unwrap(), "::1".parse().unwrap());
        let long = "x".repeat(NAME_BYTES + 1);
        writer.names(&[(four, "a.example"), (six, "b"), (four, ""), (four, "a\0b"), (four, &long)]).unwrap();
        writer.names(&[(four, "")]).unwrap();
        writer.names(&[]).unwrap();
        let blocks = blocks(writer.get_mut());
        assert_eq!(blocks.len(), 3, "no empty block");
        let six = b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01b\0".to_vec();
        assert_eq!(options(&blocks[2].1, 0), [(1, b"\x01\x02\x03\x04a.example\0".to_vec()), (2, six)]);
        let many: Vec<(IpAddr, &str)> = vec![(four, "n"); NAMES_AT_ONCE + 1];
        writer.names(&many).unwrap();
        assert_eq!(super::tests::blocks(writer.get_mut()).len(), 5);
    }

    #[test]
    fn no_block_is_larger_than_readers_take() {
        let mut writer = with_interface();
        let data = vec![7; PACKET_BYTES + 10];
        let comment = "ä".repeat(TEXT_BYTES);
        let packet = Packet { data: (b"head", &data), length: 1, comment: &comment, ..PACKET };
        writer.packet(&packet).unwrap();
        let blocks = blocks(writer.get_mut());
        let packet = &blocks[2].1;
        let word = |at: usize| u32::from_le_bytes(packet[at..at + 4].try_into().unwrap()) as usize;
        assert_eq!(
            (word(12), word(16)),
            (PACKET_BYTES, data.len() + 4),
            "what was there is not less than what is given"
        );
        let options = options(packet, 20 + PACKET_BYTES);
        let (code, text) = options.last().unwrap();
        assert_eq!(*code, 1);
        assert!(text.len() <= TEXT_BYTES && std::str::from_utf8(text).is_ok());
    }

    #[test]
    fn an_interface_that_there_is_not_is_refused() {
        let mut writer = with_interface();
        assert!(writer.packet(&Packet { interface: 1, ..PACKET }).is_err());
        assert!(writer.statistics(&Statistics { interface: 1, ..Statistics::default() }).is_err());
        assert_eq!(blocks(writer.get_mut()).len(), 2);
    }

    #[test]
    fn a_made_header_says_way_and_protocol() {
        assert_eq!(cooked_header(Some(Direction::Out), 0x0806), *b"\0\x04\xff\xfe\0\0\0\0\0\0\0\0\0\0\x08\x06");
        assert_eq!(cooked_header(None, 0x88cc)[..2], [0, 0]);
    }
}
