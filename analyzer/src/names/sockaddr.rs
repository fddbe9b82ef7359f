//! Socket addresses: the bytes of a `struct sockaddr` of any family, taken apart and as text.
//!
//! Numbers are in the byte order of the recorded machine (little-endian), ports and internet addresses in the network's.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};

use super::socket;
use crate::text;

/// A socket address taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sockaddr {
    /// Address family (`sa_family`).
    pub family: u16,
    /// Its address as text, escaped: `127.0.0.1:80`, `[::1]:80`, `/run/x`, `@abstract`. Empty for one without address.
    pub text: String,
    /// Internet address, for AF_INET and AF_INET6.
    pub ip: Option<IpAddr>,
    /// Port, for AF_INET, AF_INET6 and AF_VSOCK.
    pub port: Option<u32>,
    /// Path of an AF_UNIX address, unescaped; an abstract name begins with NUL.
    pub path: Option<Vec<u8>>,
}

impl Sockaddr {
    /// Takes the bytes apart; `None` when they do not even hold a family. What is too short for its family is shown in
    /// hexadecimal.
    pub fn parse(bytes: &[u8]) -> Option<Sockaddr> {
        const UNSPEC: u16 = 0;
        const UNIX: u16 = 1;
        const INET: u16 = 2;
        const INET6: u16 = 10;
        const NETLINK: u16 = 16;
        const PACKET: u16 = 17;
        const VSOCK: u16 = 40;
        let (family, rest) = bytes.split_first_chunk::<2>()?;
        let family = u16::from_le_bytes(*family);
        let mut address = Sockaddr { family, text: String::new(), ip: None, port: None, path: None };
        let complete = match family {
            UNSPEC => Some(()),
            UNIX => address.unix(rest),
            INET => address.inet(rest),
            INET6 => address.inet6(rest),
            NETLINK => address.netlink(rest),
            PACKET => address.packet(rest),
            VSOCK => address.vsock(rest),
            _ => None,
        };
        if complete.is_none() && !rest.is_empty() {
            address.text = format!("0x{}", text::hex(rest));
        }
        Some(address)
    }

    /// Name of the family: `AF_INET`, or its number.
    pub fn family_name(&self) -> Cow<'static, str> {
        match super::lookup(socket::FAMILIES, self.family.into()) {
            Some(name) => name.into(),
            None => self.family.to_string().into(),
        }
    }

    /// `sockaddr_un`: a path up to its NUL, or an abstract name, NUL first and as long as the address is.
    fn unix(&mut self, rest: &[u8]) -> Option<()> {
        let path = match rest.split_first() {
            Some((0, name)) if !name.is_empty() => {
                self.text.push('@');
                text::escape_into(&mut self.text, name);
                rest
            }
            _ => {
                let path = rest.split(|byte| *byte == 0).next().unwrap_or_default();
                text::escape_into(&mut self.text, path);
                path
            }
        };
        if !path.is_empty() {
            self.path = Some(path.to_vec());
        }
        Some(())
    }

    /// `sockaddr_in`: port, address.
    fn inet(&mut self, rest: &[u8]) -> Option<()> {
        let (port, rest) = rest.split_first_chunk::<2>()?;
        let ip = Ipv4Addr::from(*rest.first_chunk::<4>()?);
        let port = u16::from_be_bytes(*port);
        self.text = SocketAddrV4::new(ip, port).to_string();
        (self.ip, self.port) = (Some(ip.into()), Some(port.into()));
        Some(())
    }

    /// `sockaddr_in6`: port, flow label, address, scope (absent from the 24 bytes of old programs).
    fn inet6(&mut self, rest: &[u8]) -> Option<()> {
        let (port, rest) = rest.split_first_chunk::<2>()?;
        let (_flow, rest) = rest.split_first_chunk::<4>()?;
        let (ip, rest) = rest.split_first_chunk::<16>()?;
        let scope = rest.first_chunk::<4>().map_or(0, |scope| u32::from_le_bytes(*scope));
        let (ip, port) = (Ipv6Addr::from(*ip), u16::from_be_bytes(*port));
        self.text = SocketAddrV6::new(ip, port, 0, scope).to_string();
        (self.ip, self.port) = (Some(ip.into()), Some(port.into()));
        Some(())
    }

    /// `sockaddr_nl`: padding, port id, multicast groups.
    fn netlink(&mut self, rest: &[u8]) -> Option<()> {
        let pid = u32::from_le_bytes(*rest.get(2..)?.first_chunk()?);
        let groups = u32::from_le_bytes(*rest.get(6..)?.first_chunk()?);
        self.text = format!("pid:{pid} groups:{groups:#x}");
        Some(())
    }

    /// `sockaddr_ll`: protocol, interface, hardware type, packet type, length and bytes of the hardware address.
    fn packet(&mut self, rest: &[u8]) -> Option<()> {
        let protocol = u16::from_be_bytes(*rest.first_chunk()?);
        let interface = i32::from_le_bytes(*rest.get(2..)?.first_chunk()?);
        self.text = format!("ifindex:{interface} protocol:{protocol:#06x}");
        let hardware = rest.get(9..).and_then(|rest| rest.split_first());
        if let Some((length, address)) = hardware.filter(|(length, _)| **length > 0) {
            let taken = address.iter().take((*length).into());
            for (at, byte) in taken.enumerate() {
                let _ = write!(self.text, "{}{byte:02x}", if at == 0 { " address:" } else { ":" });
            }
        }
        Some(())
    }

    /// `sockaddr_vm`: padding, port, context id.
    fn vsock(&mut self, rest: &[u8]) -> Option<()> {
        let port = u32::from_le_bytes(*rest.get(2..)?.first_chunk()?);
        let cid = u32::from_le_bytes(*rest.get(6..)?.first_chunk()?);
        self.text = format!("{cid}:{port}");
        self.port = Some(port);
        Some(())
    }
}

/// An internet address, of 4 or 16 bytes; other bytes in hexadecimal.
pub fn ip_text(bytes: &[u8]) -> String {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        Ipv4Addr::from(bytes).to_string()
    } else if let Ok(bytes) = <[u8; 16]>::try_from(bytes) {
        Ipv6Addr::from(bytes).to_string()
    } else {
        text::hex(bytes)
    }
}

/// The address alone where its family is plain from it (internet, paths), else `AF_X address`; empty for no bytes. Escaped.
pub fn sockaddr_text(bytes: &[u8]) -> String {
    let Some(address) = Sockaddr::parse(bytes) else {
        return text::hex(bytes);
    };
    if address.ip.is_some() || address.path.is_some() {
        return address.text;
    }
    match address.text.as_str() {
        "" => address.family_name().into_owned(),
        text => format!("{} {text}", address.family_name()),
    }
}
