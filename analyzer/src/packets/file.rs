//! One pcapng file: its interfaces, each described before its first packet, and at the end what is known of each.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::net::IpAddr;

use packets::pcapng::{Interface, LinkType, Section, Statistics, Writer, cooked_header};

use super::comment::{comment, value_into};
use super::tally::InterfaceKey;
use super::{Names, Packet, Tally};
use crate::info::Info;
use crate::origin::Origin;

/// Addresses of a file that it gets names of.
const ADDRESSES: usize = 65_536;

const IPV4: u32 = 0x0800;
const IPV6: u32 = 0x86dd;

/// What a file's packets were recorded by and on.
#[derive(Clone, Debug)]
pub struct About {
    origin: Origin,
    os: String,
    comment: String,
    /// When recording began and ended, UTC nanoseconds; the end is not known while it goes on.
    start_ns: i64,
    end_ns: Option<i64>,
}

impl About {
    /// Puts together what the capture says; `info` is missing while it is being written.
    pub fn of(origin: &Origin, info: Option<&Info>) -> About {
        let mut comment = String::new();
        if let Some(host) = info.and_then(|info| info.host.as_deref()) {
            comment.push_str("host ");
            value_into(&mut comment, host);
            comment.push_str(", ");
        }
        comment.push_str(&format!(
            "host id {}, boot id {}, capture id {}",
            origin.host_id, origin.boot_id, origin.capture_id
        ));
        let mut os = "Linux".to_owned();
        if let Some(kernel) = info.and_then(|info| info.kernel.as_deref()) {
            os.push(' ');
            value_into(&mut os, kernel);
        }
        About {
            origin: origin.clone(),
            os,
            comment,
            start_ns: origin.utc_ns(origin.start_boot_ns),
            end_ns: info.map(|info| info.end_ns),
        }
    }
}

/// An interface of the file.
#[derive(Clone, Copy, Debug)]
struct Known {
    number: u32,
    written: u64,
}

/// A file being written.
pub struct File<W: Write> {
    writer: Writer<W>,
    interfaces: BTreeMap<InterfaceKey, Known>,
    /// Addresses of its packets, each with how many of its names are written.
    addresses: HashMap<IpAddr, usize>,
}

impl Packet<'_> {
    /// The interface that it is of, as a file tells it: packets of other protocols than IP need a header that tells which.
    pub(crate) fn interface_key(&self) -> InterfaceKey {
        let version = self.data.first().map(|byte| byte >> 4);
        let link = match (self.is_ethernet(), self.ethernet_type, version) {
            (true, ..) => LinkType::Ethernet,
            // What says to be one and looks like the other would be read as the other.
            (false, IPV4, Some(4) | None) | (false, IPV6, Some(6) | None) => LinkType::Raw,
            _ => LinkType::LinuxCooked,
        };
        InterfaceKey { net_namespace: self.net_namespace, ifindex: self.ifindex, link }
    }
}

impl<W: Write> File<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn begin(out: W, about: &About) -> io::Result<File<W>> {
        let section = Section {
            hardware: about.origin.arch.name(),
            os: &about.os,
            application: concat!("tracee ", env!("CARGO_PKG_VERSION")),
            comment: &about.comment,
        };
        let writer = Writer::new(out, &section)?;
        Ok(File { writer, interfaces: BTreeMap::new(), addresses: HashMap::new() })
    }

    /// Writes a packet; before it, its interface when it is the first of that, and names of its addresses that are not
    /// written yet.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn packet(&mut self, packet: &Packet<'_>, names: &Names) -> io::Result<()> {
        for address in [packet.meaning.src, packet.meaning.dst].into_iter().flatten() {
            if self.addresses.len() < ADDRESSES || self.addresses.contains_key(&address) {
                let written = self.addresses.entry(address).or_default();
                write_names(&mut self.writer, address, written, names)?;
            }
        }
        let key = packet.interface_key();
        let known = match self.interfaces.get_mut(&key) {
            Some(known) => known,
            None => {
                let number = describe(&mut self.writer, key, packet)?;
                self.interfaces.entry(key).or_insert(Known { number, written: 0 })
            }
        };
        known.written += 1;
        let header = match key.link {
            LinkType::LinuxCooked => Some(cooked_header(packet.direction(), packet.ethernet_type as u16)),
            LinkType::Ethernet | LinkType::Raw => None,
        };
        let header = header.as_ref().map_or(&[][..], |header| header);
        self.writer.packet(&packets::pcapng::Packet {
            interface: known.number,
            ts_ns: since_1970(packet.row.ts_ns()),
            data: (header, packet.data),
            length: packet.length.saturating_add(header.len() as u32),
            direction: packet.direction(),
            is_segmented: packet.segments().is_some(),
            process: packet.owner().map(|owner| (owner.host_pid, owner.host_tid)),
            comment: &comment(packet),
        })
    }

    /// Lets everything so far be read.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    /// Packets that are in it.
    pub fn written(&self) -> u64 {
        self.interfaces.values().map(|known| known.written).sum()
    }

    /// Writes the names that came behind the packets, what is known of each interface, and what is missing. Which interface a lost packet was of is not known, so
    /// these are told of an interface that stands for all; where nothing is lost, each says so.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(&mut self, tally: &Tally, names: &Names, about: &About) -> io::Result<()> {
        let mut addresses: Vec<(IpAddr, usize)> = self.addresses.drain().collect();
        addresses.sort_unstable();
        for (address, mut written) in addresses {
            write_names(&mut self.writer, address, &mut written, names)?;
        }
        let end_ns = since_1970(about.end_ns.unwrap_or_default().max(tally.last_ns()));
        let nothing_lost = tally.lost() == 0;
        let times = Statistics { start_ns: Some(since_1970(about.start_ns)), end_ns, ..Statistics::default() };
        for (key, known) in &self.interfaces {
            let counts = tally.counts(*key);
            self.writer.statistics(&Statistics {
                interface: known.number,
                received: Some(counts.seen),
                dropped: nothing_lost.then_some(0),
                accepted: Some(counts.accepted),
                delivered: Some(known.written),
                comment: if nothing_lost { "" } else { "packets were lost: see the interface named lost" },
                ..times
            })?;
        }
        if !nothing_lost {
            let interface = self.writer.interface(&Interface {
                link: LinkType::Raw,
                snaplen: 0,
                name: "lost",
                description: "packets that were lost, of whatever interface",
                comment: "",
            })?;
            self.writer.statistics(&Statistics {
                interface,
                received: Some(tally.lost()),
                dropped: Some(tally.lost()),
                delivered: Some(0),
                comment: &tally.lost_words(&about.origin),
                ..times
            })?;
        }
        self.writer.flush()
    }

    /// What is written to.
    pub fn get_mut(&mut self) -> &mut W {
        self.writer.get_mut()
    }
}

/// Writes the names of an address that are not written yet.
fn write_names<W: Write>(
    writer: &mut Writer<W>,
    address: IpAddr,
    written: &mut usize,
    names: &Names,
) -> io::Result<()> {
    let new = names.of(address).get(*written..).unwrap_or_default();
    if new.is_empty() {
        return Ok(());
    }
    *written += new.len();
    writer.names(&new.iter().map(|name| (address, name.as_str())).collect::<Vec<_>>())
}

fn describe<W: Write>(writer: &mut Writer<W>, key: InterfaceKey, packet: &Packet<'_>) -> io::Result<u32> {
    let mut name = String::new();
    value_into(&mut name, &packet.interface());
    let without = if name.is_empty() { ", without an interface" } else { "" };
    writer.interface(&Interface {
        link: key.link,
        snaplen: 0,
        name: if name.is_empty() { "none" } else { &name },
        description: &format!("network namespace {}, interface {}{without}", key.net_namespace, key.ifindex),
        comment: "",
    })
}

/// A time as files have it: from before 1970 there is none.
fn since_1970(utc_ns: i64) -> u64 {
    u64::try_from(utc_ns).unwrap_or(0)
}
