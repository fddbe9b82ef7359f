//! Captures of packets that are made here frame by frame, and packets for them.

use std::path::{Path, PathBuf};

use formats::block::{BlockEncoder, Effort, RawBlock};
use formats::event::{Event, Lane};
use formats::events::packets::NET_PACKET_RAW;
use formats::events::recorder::{RECORDING_STOPPED, TRACEE_INFO};
use formats::events::structure::{CONTAINER, CONTEXT, FILE_OBJECT, LOSS};
use formats::frame::FrameHeader;
use formats::payload::{PayloadBuilder, Variable};
use formats::reason::LossReason;
use formats::schema::Schema;
use formats::segment::{SegmentHeader, SegmentWriter};

/// UTC nanoseconds at boot-time 0.
pub(crate) const BOOT_NS: i64 = 1_700_000_000_000_000_000;

/// Who packets are of: context, process, thread.
#[derive(Clone, Copy)]
pub(crate) struct Who {
    pub(crate) context: u64,
    pub(crate) pid: u32,
    pub(crate) tid: u32,
}

/// A packet as the kernel side tells it.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) context: u64,
    pub(crate) at_ns: u64,
    pub(crate) bytes: Vec<u8>,
    /// Bytes of it that are kept.
    pub(crate) kept: usize,
    pub(crate) gso_segs: u64,
    pub(crate) ifindex: u64,
    pub(crate) net_namespace: u64,
    pub(crate) ethernet_type: u64,
    pub(crate) direction: u64,
    pub(crate) owner_by: u64,
    pub(crate) link: u64,
    pub(crate) hook: u64,
    pub(crate) cookie: u64,
    pub(crate) interface: &'static [u8],
}

impl Sent {
    /// A packet of IP that went out of eth0, of a process by its socket.
    pub(crate) fn ip(context: u64, at_ns: u64, bytes: Vec<u8>) -> Sent {
        let ethernet_type = if bytes[0] >> 4 == 6 { 0x86dd } else { 0x0800 };
        Sent {
            context,
            at_ns,
            kept: bytes.len(),
            bytes,
            gso_segs: 0,
            ifindex: 2,
            net_namespace: 4_026_531_840,
            ethernet_type,
            direction: 2,
            owner_by: 1,
            link: 0,
            hook: 1,
            cookie: 7,
            interface: b"eth0",
        }
    }
}

/// A capture in the making: one segment.
pub(crate) struct Capture {
    path: PathBuf,
    writer: SegmentWriter,
    control: Vec<u8>,
    packets: Vec<u8>,
    sequences: [u32; 2],
}

impl Capture {
    pub(crate) fn create(path: &Path) -> Capture {
        std::fs::create_dir(path).unwrap();
        let segment = path.join("00000001.seg");
        let header = SegmentHeader {
            capture_id: [1; 16],
            boot_id: [2; 16],
            host_id: [3; 16],
            number: 1,
            start_boot_ns: 0,
            clock_boot_ns: 0,
            clock_monotonic_ns: 0,
            clock_realtime_ns: BOOT_NS,
            capture_start_boot_ns: 0,
            previous_root: [0; 32],
        };
        let file = std::fs::File::create_new(&segment).unwrap();
        let writer = SegmentWriter::with_sink(file, &segment, header, Schema::builtin()).unwrap();
        Capture { path: path.to_owned(), writer, control: Vec::new(), packets: Vec::new(), sequences: [0; 2] }
    }

    fn control(&mut self, payload: PayloadBuilder<'_>, event: &Event) {
        self.event(0, 10, payload, event);
    }

    /// Something else that a process did; later than all that was added before but packets.
    pub(crate) fn event(&mut self, context: u64, boot_ns: u64, payload: PayloadBuilder<'_>, event: &Event) {
        self.sequences[0] += 1;
        let header =
            FrameHeader { boot_ns, context, sequence: self.sequences[0], event: event.id, ..FrameHeader::default() };
        header.append(&payload.finish().unwrap(), &mut self.control).unwrap();
    }

    /// What the recorder says of itself, JSON.
    pub(crate) fn info(&mut self, info: &str) {
        self.control(PayloadBuilder::new(&TRACEE_INFO).bytes("info", info.as_bytes()), &TRACEE_INFO);
    }

    /// A process in this container (0 for none) that runs this program under this name.
    pub(crate) fn process(&mut self, who: Who, comm: &[u8], exe: &[u8], container: u64) {
        let object = who.context + 1000;
        self.control(PayloadBuilder::new(&FILE_OBJECT).u64("id", object).bytes("path", exe), &FILE_OBJECT);
        let payload = PayloadBuilder::new(&CONTEXT)
            .u64("id", who.context)
            .u64("host_pid", who.pid.into())
            .u64("host_tid", who.tid.into())
            .u64("pid", who.pid.into())
            .u64("tid", who.tid.into())
            .u64("start_boot_ns", u64::from(who.pid) * 1000)
            .u64("thread_start_boot_ns", u64::from(who.tid) * 1000)
            .u64("exe", object)
            .u64("container", container)
            .bytes("comm", comm);
        self.control(payload, &CONTEXT);
    }

    /// A container.
    pub(crate) fn container(&mut self, key: u64, id: &str) {
        let path = format!("/system.slice/docker-{id}.scope");
        let payload = PayloadBuilder::new(&CONTAINER)
            .u64("container", key)
            .u64("cgroup_id", key)
            .bytes("name", id.as_bytes())
            .bytes("cgroup_path", path.as_bytes());
        self.control(payload, &CONTAINER);
    }

    /// A packet.
    pub(crate) fn packet(&mut self, sent: &Sent) {
        self.sequences[1] += 1;
        let data = Variable {
            bytes: &sent.bytes[..sent.kept],
            full_len: Some(sent.bytes.len() as u32),
            fault: false,
            null: false,
        };
        let payload = PayloadBuilder::new(&NET_PACKET_RAW)
            .u64("cookie", sent.cookie)
            .u64("length", sent.bytes.len() as u64)
            .u64("gso_segs", sent.gso_segs)
            .u64("gso_size", if sent.gso_segs > 1 { 1448 } else { 0 })
            .u64("ifindex", sent.ifindex)
            .u64("net_namespace", sent.net_namespace)
            .u64("protocol", sent.ethernet_type)
            .u64("direction", sent.direction)
            .u64("owner_by", sent.owner_by)
            .u64("link", sent.link)
            .u64("seen_at", sent.hook)
            .bytes("interface", sent.interface)
            .variable("data", data);
        let header = FrameHeader {
            boot_ns: sent.at_ns,
            context: sent.context,
            sequence: self.sequences[1],
            event: NET_PACKET_RAW.id,
            ..FrameHeader::default()
        };
        header.append(&payload.finish().unwrap(), &mut self.packets).unwrap();
    }

    /// Packets that could not be placed, which are left out of the sequence.
    pub(crate) fn lost_packets(&mut self, count: u32) {
        let first = self.sequences[1] + 1;
        self.sequences[1] += count;
        let mut counts = NET_PACKET_RAW.id.to_le_bytes().to_vec();
        counts.extend([0, 0]);
        counts.extend(count.to_le_bytes());
        let payload = PayloadBuilder::new(&LOSS)
            .u64("first_sequence", first.into())
            .u64("last_sequence", self.sequences[1].into())
            .u64("first_boot_ns", 1_000)
            .u64("last_boot_ns", 2_000)
            .u64("count", count.into())
            .u64("cpu", 0)
            .u64("lane", Lane::Packets as u64)
            .u64("reason", LossReason::NoRoom.number().into())
            .bytes("counts", &counts);
        self.control(payload, &LOSS);
    }

    /// Writes and closes it.
    pub(crate) fn finish(mut self) -> PathBuf {
        self.control(PayloadBuilder::new(&RECORDING_STOPPED).u64("reason", 1), &RECORDING_STOPPED);
        let mut encoder = BlockEncoder::with_schema(Schema::builtin()).unwrap();
        for (lane, rows) in [(Lane::Control, self.control), (Lane::Packets, self.packets)] {
            if rows.is_empty() {
                continue;
            }
            let cpu = if lane == Lane::Control { u32::MAX } else { 0 };
            let block = RawBlock { lane, cpu, keyframe: false, first_sequence: 1, rows };
            self.writer.append(&encoder.encode(&block, Effort::Columns(1)).unwrap()).unwrap();
        }
        self.writer.finish(10_000_000_000).unwrap();
        self.path
    }
}

/// The internet's checksum (RFC 1071).
fn checksum(parts: &[&[u8]]) -> [u8; 2] {
    let mut sum = 0u32;
    for part in parts {
        for pair in part.chunks(2) {
            sum += u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]));
        }
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}

/// IPv4 from 10.0.0.FROM to 10.0.0.TO.
fn ipv4(protocol: u8, ends: (u8, u8), payload: &[u8]) -> Vec<u8> {
    let length = (20 + payload.len() as u16).to_be_bytes();
    let mut header =
        vec![0x45, 0, length[0], length[1], 0, 1, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, ends.0, 10, 0, 0, ends.1];
    let sum = checksum(&[&header]);
    header[10..12].copy_from_slice(&sum);
    header.extend_from_slice(payload);
    header
}

fn pseudo(protocol: u8, ends: (u8, u8), length: usize) -> Vec<u8> {
    let length = (length as u16).to_be_bytes();
    vec![10, 0, 0, ends.0, 10, 0, 0, ends.1, 0, protocol, length[0], length[1]]
}

/// UDP between hosts of 10.0.0.0.
pub(crate) fn udp(ends: (u8, u8), ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
    let length = 8 + payload.len();
    let mut datagram = [ports.0.to_be_bytes(), ports.1.to_be_bytes(), (length as u16).to_be_bytes(), [0; 2]].concat();
    datagram.extend_from_slice(payload);
    let sum = checksum(&[&pseudo(17, ends, length), &datagram]);
    datagram[6..8].copy_from_slice(&sum);
    ipv4(17, ends, &datagram)
}

/// TCP between hosts of 10.0.0.0: flags, sequence and acknowledgement.
pub(crate) fn tcp(ends: (u8, u8), ports: (u16, u16), said: (u8, u32, u32), payload: &[u8]) -> Vec<u8> {
    let (flags, sequence, acknowledgement) = said;
    let mut segment = [ports.0.to_be_bytes(), ports.1.to_be_bytes()].concat();
    segment.extend(sequence.to_be_bytes());
    segment.extend(acknowledgement.to_be_bytes());
    segment.extend([0x50, flags, 0xfa, 0xf0, 0, 0, 0, 0]);
    segment.extend_from_slice(payload);
    let sum = checksum(&[&pseudo(6, ends, segment.len()), &segment]);
    segment[16..18].copy_from_slice(&sum);
    ipv4(6, ends, &segment)
}

/// An ICMP echo between hosts of 10.0.0.0: 8 asks, 0 answers.
pub(crate) fn echo(ends: (u8, u8), kind: u8, sequence: u8) -> Vec<u8> {
    let mut message = vec![kind, 0, 0, 0, 0, 77, 0, sequence];
    message.extend_from_slice(b"are you there?");
    let sum = checksum(&[&message]);
    message[2..4].copy_from_slice(&sum);
    ipv4(1, ends, &message)
}

/// UDP over IPv6 from ::1 to ::1.
pub(crate) fn udp6(ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
    let length = (8 + payload.len() as u16).to_be_bytes();
    let loopback = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let mut datagram = [ports.0.to_be_bytes(), ports.1.to_be_bytes(), length, [0; 2]].concat();
    datagram.extend_from_slice(payload);
    let sum = checksum(&[&loopback, &loopback, &[0, 0, length[0], length[1], 0, 0, 0, 17], &datagram]);
    datagram[6..8].copy_from_slice(&sum);
    let mut packet = vec![0x60, 0, 0, 0, length[0], length[1], 17, 64];
    packet.extend([loopback, loopback].concat());
    packet.extend(datagram);
    packet
}

/// What ARP asks, without a link-layer header: who has 10.0.0.2?
pub(crate) fn arp() -> Vec<u8> {
    let mut request = vec![0, 1, 8, 0, 6, 4, 0, 1];
    request.extend([2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2]);
    request
}

/// An Ethernet header before a packet.
pub(crate) fn ethernet(ethernet_type: u16, packet: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    frame.extend(ethernet_type.to_be_bytes());
    frame.extend_from_slice(packet);
    frame
}

/// A name of DNS.
fn labels(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for label in name.split('.') {
        out.push(label.len() as u8);
        out.extend_from_slice(label.as_bytes());
    }
    out.push(0);
    out
}

/// What a record says.
pub(crate) enum Says<'a> {
    Address([u8; 4]),
    OtherName(&'a str),
}

/// A message of DNS that asks for the addresses of a name and, with answers, gives them: name and what is said of it.
pub(crate) fn dns(name: &str, answers: &[(&str, Says<'_>)]) -> Vec<u8> {
    let flags: u16 = if answers.is_empty() { 0x0100 } else { 0x8180 };
    let counts = [1, answers.len() as u16, 0, 0];
    let mut message: Vec<u8> = [0x1234, flags].iter().chain(&counts).flat_map(|word| word.to_be_bytes()).collect();
    message.extend(labels(name));
    message.extend([0, 1, 0, 1]);
    for (owner, says) in answers {
        let (kind, data) = match says {
            Says::Address(address) => (1, address.to_vec()),
            Says::OtherName(name) => (5, labels(name)),
        };
        message.extend(labels(owner));
        message.extend([0, kind, 0, 1, 0, 0, 0, 60, 0, data.len() as u8]);
        message.extend(data);
    }
    message
}

/// The two fragments of a datagram; the first carries so many bytes, a multiple of 8.
pub(crate) fn fragments(packet: &[u8], first: usize) -> [Vec<u8>; 2] {
    let (header, payload) = packet.split_at(20);
    let part = |bytes: &[u8], flags: u16| {
        let mut header = header.to_vec();
        header[2..4].copy_from_slice(&(20 + bytes.len() as u16).to_be_bytes());
        header[6..8].copy_from_slice(&flags.to_be_bytes());
        header[10..12].copy_from_slice(&[0; 2]);
        let sum = checksum(&[&header]);
        header[10..12].copy_from_slice(&sum);
        [&header, bytes].concat()
    };
    [part(&payload[..first], 0x2000), part(&payload[first..], first as u16 / 8)]
}
