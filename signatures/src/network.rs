//! Networks in CIDR notation.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads `10.0.0.0/8` or `fe80::/10`; an address alone is itself.
    ///
    /// # Errors
    /// Says what is wrong. Bits behind the prefix must be zero: who writes others meant another network.
    pub fn parse(written: &str) -> Result<Network, String> {
        let (address, bits) = parts(written)?;
        let network = Network { address, bits };
        if number(address) & network.behind() != 0 {
            return Err(format!("{} has bits behind its prefix", policy::error::quoted(written)));
        }
        Ok(network)
    }

    /// Reads what [`Network::parse`] reads, and `10.1.2.3/8` too: the network of that length which the address is in.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn around(written: &str) -> Result<Network, String> {
        let (address, bits) = parts(written)?;
        let (first, _) = Network { address, bits }.bounds();
        Ok(Network { address: first, bits })
    }

    /// Whether the text is an address in the network; it may have a port or name its interface.
    pub fn contains(&self, text: &str) -> bool {
        address(text).is_some_and(|address| self.holds(address))
    }

    /// Whether the address is in the network. Addresses of IPv4 within IPv6 (`::ffff:10.0.0.1`) are of IPv4, and in no other
    /// network of IPv6 than one of such (`::ffff:0:0/96`).
    pub fn holds(&self, address: IpAddr) -> bool {
        let address = match self.address {
            // A network of IPv4 addresses, as IPv6 writes them.
            IpAddr::V6(network) if network.to_ipv4_mapped().is_some() => match address {
                IpAddr::V4(address) => IpAddr::V6(address.to_ipv6_mapped()),
                address => address,
            },
            _ => address.to_canonical(),
        };
        address.is_ipv4() == self.address.is_ipv4() && number(address) & !self.behind() == number(self.address)
    }

    /// The lowest address, and the highest: where the bits behind the prefix are all set.
    pub fn bounds(&self) -> (IpAddr, IpAddr) {
        let (number, behind) = (number(self.address), self.behind());
        let [first, last] = [number & !behind, number | behind].map(|bits| match self.address {
            IpAddr::V4(_) => IpAddr::from(u32::try_from(bits).unwrap_or(u32::MAX).to_be_bytes()),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from_bits(bits)),
        });
        (first, last)
    }

    /// All bits behind the prefix.
    fn behind(&self) -> u128 {
        let width = if self.address.is_ipv4() { 32 } else { 128 };
        u128::MAX.checked_shr(u32::from(128 - width + self.bits)).unwrap_or(0)
    }
}

/// The address that is written, and the bits of its prefix.
fn parts(written: &str) -> Result<(IpAddr, u8), String> {
    let shown = policy::error::quoted(written);
    let (address, bits) = written.split_once('/').map_or((written, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().map_err(|_| format!("{shown} is no network such as 10.0.0.0/8"))?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let Some(bits) = bits else { return Ok((address, width)) };
    Some(bits)
        .filter(|bits| bits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|bits| bits.parse().ok())
        .filter(|bits| *bits <= width)
        .map(|bits| (address, bits))
        .ok_or_else(|| format!("the length of the prefix of {shown} must be a number up to {width}"))
}

/// The address that a text is, with or without a port; one of IPv6 may stand in brackets, and may name its interface.
pub fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let bare = bare.split_once('%').map_or(bare, |(address, _)| address);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, address};

    #[test]
    fn addresses_are_in_their_networks() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("172.16.0.0/12", "172.31.255.255", "172.32.0.0"),
            ("0.0.0.0/0", "8.8.8.8", "::1"),
            ("::1/128", "::1", "::2"),
            ("fe80::/10", "febf::1", "fec0::1"),
            ("::/0", "2001:db8::1", "1.2.3.4"),
            ("1.2.3.4", "::ffff:1.2.3.4", "1.2.3.5"),
            ("::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.0"),
            ("10.1.2.3", "10.1.2.3:443", "10.1.2.4:443"),
            ("255.255.255.254/31", "255.255.255.255", "255.255.255.253"),
            ("fe80::/10", "fe80::1%eth0", "fd80::1%eth0"),
            ("fe80::/10", "[fe80::1]:53", "[2001:db8::1]:53"),
            ("::ffff:0:0/96", "10.1.2.3", "::10.1.2.3"),
            ("0.0.0.0/0", "::ffff:10.1.2.3", "2001:db8::1"),
        ] {
            let network = Network::parse(network).unwrap();
            assert!(network.contains(inside), "{network} {inside}");
            assert!(!network.contains(outside), "{network} {outside}");
            assert!(!network.contains("") && !network.contains("name"));
            let (first, last) = network.bounds();
            assert!(network.contains(&first.to_string()) && network.contains(&last.to_string()));
        }
    }

    #[test]
    fn a_network_around_an_address_begins_where_its_prefix_ends() {
        assert_eq!(Network::around("10.1.2.3/8"), Network::parse("10.0.0.0/8"));
        assert_eq!(Network::around("fe80::1/10"), Network::parse("fe80::/10"));
        assert_eq!(Network::around("10.1.2.3"), Network::parse("10.1.2.3"));
        for written in
            ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/-1", "x/8", "10/8", "1.2.3.4/8/8"]
        {
            assert!(Network::around(written).is_err() && Network::parse(written).is_err(), "{written}");
        }
    }

    #[test]
    fn what_is_no_address_is_in_no_network() {
        for text in ["", "localhost", "1.2.3", "1.2.3.4.5", "/run/socket", "1.2.3.4:99999", "::g"] {
            assert_eq!(address(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_network_says_why() {
        assert_eq!(Network::parse("10.0.0.1/8").unwrap_err(), "\"10.0.0.1/8\" has bits behind its prefix");
        assert!(Network::parse("10.0.0.0/33").unwrap_err().contains("a number up to 32"));
        assert!(Network::parse("name").unwrap_err().contains("no network"));
    }
}
