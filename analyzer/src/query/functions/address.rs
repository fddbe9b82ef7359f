//! Addresses and networks.

use std::net::{IpAddr, Ipv4Addr};

pub use signatures::network::address as parse;

/// Addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Reads `10.0.0.0/8`; an address without a length is a network of one.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => longest,
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse().ok()?,
            Some(_) => return None,
        };
        (bits <= longest).then_some(Network { address, bits })
    }

    /// Whether the address is in it. An IPv4 address is the same when IPv6 has it mapped.
    pub fn holds(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => self.holds_v4(network, address),
            (IpAddr::V4(network), IpAddr::V6(address)) => {
                address.to_ipv4_mapped().is_some_and(|address| self.holds_v4(network, address))
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differing = u128::from(network) ^ u128::from(address);
                differing.leading_zeros() >= self.bits
            }
            (IpAddr::V6(_), IpAddr::V4(address)) => self.holds(IpAddr::V6(address.to_ipv6_mapped())),
        }
    }

    fn holds_v4(self, network: Ipv4Addr, address: Ipv4Addr) -> bool {
        (u32::from(network) ^ u32::from(address)).leading_zeros() >= self.bits
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, parse};

    fn is_in(address: &str, network: &str) -> Option<bool> {
        let parsed = Network::parse(network).unwrap_or_else(|| panic!("{network}"));
        let found = parse(address).map(|address| parsed.holds(address));
        // Signatures say the same.
        assert_eq!(signatures::network::Network::parse(network).unwrap().contains(address), found == Some(true));
        found
    }

    #[test]
    fn an_address_is_in_what_it_begins_like() {
        for (address, network, expected) in [
            ("10.1.2.3", "10.0.0.0/8", true),
            ("11.1.2.3", "10.0.0.0/8", false),
            ("10.1.2.3:443", "10.1.2.3", true),
            ("1.2.3.4", "0.0.0.0/0", true),
            ("255.255.255.255", "255.255.255.254/31", true),
            ("fe80::1%eth0", "fe80::/10", true),
            ("[fe80::1]:53", "fe80::/10", true),
            ("[::1]", "::1/128", true),
            ("::2", "::1/128", false),
            ("::ffff:10.1.2.3", "10.0.0.0/8", true),
            ("10.1.2.3", "::ffff:0:0/96", true),
            ("10.1.2.3", "::/0", true),
            ("2001:db8::1", "0.0.0.0/0", false),
        ] {
            assert_eq!(is_in(address, network), Some(expected), "{address} in {network}");
        }
    }

    #[test]
    fn what_is_no_address_or_network_is_none() {
        for address in ["", "localhost", "1.2.3", "1.2.3.4.5", "/run/socket", "1.2.3.4:99999", "::g"] {
            assert_eq!(parse(address), None, "{address}");
        }
        for network in
            ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/-1", "x/8", "10/8", "1.2.3.4/8/8"]
        {
            assert_eq!(Network::parse(network), None, "{network}");
        }
    }
}
