//! `filter='EXPR'` of `--capture net`: which packets are kept, in the words of pcap-filter(7), as steps for the kernel side.

use std::net::IpAddr;

use policy::names::unknown_or;

/// Steps of a filter, at the most; `PACKET_STEPS` of `bpf/state.h`.
pub(crate) const MOST_STEPS: usize = 64;
/// Parentheses and negations inside each other, at the most.
const DEEPEST: usize = 64;

/// Ends of a packet, a bit each.
pub(crate) const SOURCE: u32 = 1;
/// See [`SOURCE`].
pub(crate) const DESTINATION: u32 = 2;

const ETHERTYPE_IPV4: u16 = 0x0800;
const ETHERTYPE_ARP: u16 = 0x0806;
const ETHERTYPE_IPV6: u16 = 0x86dd;

const WORDS: [&str; 15] = [
    "host",
    "net",
    "port",
    "portrange",
    "src",
    "dst",
    "ip",
    "ip6",
    "tcp",
    "udp",
    "sctp",
    "icmp",
    "icmp6",
    "arp",
    "not",
];
const CONDITIONS: &str =
    "a condition is host, net, port or portrange, also after src or dst, or ip, ip6, tcp, udp, sctp, icmp, icmp6, arp";

/// One step. Tests put their result on a stack, the others work on what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The Ethernet type is this.
    Network(u16),
    /// The transport protocol is this, of IPv4 or IPv6 when 4 or 6 is said, otherwise of both.
    Transport(u8, u8),
    /// One of these ends is in the network with this many bits.
    Address(u32, IpAddr, u8),
    /// One of these ends has a port from here to there.
    Ports(u32, u16, u16),
    /// Both of the last two.
    And,
    /// One of the last two.
    Or,
    /// Not the last.
    Not,
}

/// What a packet must be to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketFilter {
    /// In postfix order: what is left in the end is the answer.
    pub(crate) steps: Vec<Step>,
}

/// What is wrong, and at which byte.
pub(super) type Wrong = (usize, String);

impl PacketFilter {
    /// Reads an expression.
    pub(super) fn parse(text: &str) -> Result<PacketFilter, Wrong> {
        let mut parser = Parser { tokens: tokens(text)?, next: 0, end: text.len(), steps: Vec::new() };
        parser.expression(0)?;
        match parser.peek() {
            None => Ok(PacketFilter { steps: parser.steps }),
            Some((at, ")")) => Err((at, "nothing is open that this would close".to_owned())),
            Some((at, token)) => Err((at, format!("{token:?} follows without and or or"))),
        }
    }
}

type Token<'a> = (usize, &'a str);

fn tokens(text: &str) -> Result<Vec<Token<'_>>, Wrong> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let special = |byte: char| byte.is_whitespace() || "()!&|".contains(byte);
        let length = match rest.chars().next() {
            Some(byte) if byte.is_whitespace() => {
                at += byte.len_utf8();
                continue;
            }
            Some('(' | ')' | '!') => 1,
            Some('&' | '|') if rest.starts_with("&&") || rest.starts_with("||") => 2,
            Some(single @ ('&' | '|')) => return Err((at, format!("{single} stands alone; it is {single}{single}"))),
            _ => rest.find(special).unwrap_or(rest.len()),
        };
        found.push((at, &rest[..length]));
        at += length;
    }
    Ok(found)
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    next: usize,
    end: usize,
    steps: Vec<Step>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.next).copied()
    }

    fn take(&mut self, missing: &str) -> Result<Token<'a>, Wrong> {
        let token = self.peek().ok_or_else(|| (self.end, missing.to_owned()))?;
        self.next += 1;
        Ok(token)
    }

    fn step(&mut self, at: usize, step: Step) -> Result<(), Wrong> {
        if self.steps.len() == MOST_STEPS {
            return Err((at, format!("this is more than {MOST_STEPS} conditions and what joins them")));
        }
        self.steps.push(step);
        Ok(())
    }

    /// As in pcap-filter(7), `and` and `or` bind alike, from left to right.
    fn expression(&mut self, depth: usize) -> Result<(), Wrong> {
        self.operand(depth)?;
        while let Some((at, joint)) = self.peek() {
            let step = match joint {
                "and" | "&&" => Step::And,
                "or" | "||" => Step::Or,
                _ => break,
            };
            self.next += 1;
            self.operand(depth)?;
            self.step(at, step)?;
        }
        Ok(())
    }

    fn operand(&mut self, depth: usize) -> Result<(), Wrong> {
        let (at, token) = self.take("a condition is missing")?;
        if depth == DEEPEST {
            return Err((at, format!("this is more than {DEEPEST} deep")));
        }
        match token {
            "not" | "!" => {
                self.operand(depth + 1)?;
                self.step(at, Step::Not)
            }
            "(" => {
                self.expression(depth + 1)?;
                match self.peek() {
                    Some((_, ")")) => self.next += 1,
                    Some((at, token)) => return Err((at, format!("{token:?} follows without and or or"))),
                    None => return Err((at, "this parenthesis is not closed".to_owned())),
                }
                Ok(())
            }
            _ => self.condition(at, token),
        }
    }

    /// `[PROTOCOL] [src|dst] host|net|port|portrange VALUE`, or a protocol alone.
    fn condition(&mut self, at: usize, first: &str) -> Result<(), Wrong> {
        let protocol = protocol(first);
        let (at, mut word) = match protocol {
            Some(step) => {
                self.step(at, step)?;
                match self.peek() {
                    Some((at, word @ ("src" | "dst" | "host" | "net" | "port" | "portrange"))) => {
                        self.next += 1;
                        (at, word)
                    }
                    _ => return Ok(()),
                }
            }
            None => (at, first),
        };
        let ends = match word {
            "src" => SOURCE,
            "dst" => DESTINATION,
            _ => SOURCE | DESTINATION,
        };
        if matches!(word, "src" | "dst") {
            let missing = format!("after {word} comes host, net, port or portrange");
            let (at, after) = self.take(&missing)?;
            if !matches!(after, "host" | "net" | "port" | "portrange") {
                return Err((at, missing));
            }
            word = after;
        }
        let test = match word {
            "host" => {
                let (at, value) = self.take("host needs an address")?;
                let address: IpAddr =
                    value.parse().map_err(|_| (at, format!("{value:?} is no address of IPv4 or IPv6")))?;
                Self::fits(protocol, Some(address), at)?;
                Step::Address(ends, address, bits_of(address))
            }
            "net" => {
                let (at, value) = self.take("net needs a network, as in 10.0.0.0/8")?;
                let (address, bits) = network(value).map_err(|why| (at, why))?;
                Self::fits(protocol, Some(address), at)?;
                Step::Address(ends, address, bits)
            }
            "port" => {
                let (at, value) = self.take("port needs a number")?;
                Self::fits(protocol, None, at)?;
                let port = port(value).map_err(|why| (at, why))?;
                Step::Ports(ends, port, port)
            }
            "portrange" => {
                const WANTED: &str = "portrange is FIRST-LAST, as in 6000-6008";
                let (at, value) = self.take(WANTED)?;
                Self::fits(protocol, None, at)?;
                let (first, last) = value.split_once('-').ok_or_else(|| (at, WANTED.to_owned()))?;
                let (first, last) = (port(first).map_err(|why| (at, why))?, port(last).map_err(|why| (at, why))?);
                if first > last {
                    return Err((at, format!("{value} ends before it begins")));
                }
                Step::Ports(ends, first, last)
            }
            _ => return Err((at, unknown_or("word", word, WORDS, CONDITIONS))),
        };
        self.step(at, test)?;
        if protocol.is_some() { self.step(at, Step::And) } else { Ok(()) }
    }

    /// Refuses what no packet of a protocol can have: an address of the other family, or ports.
    fn fits(protocol: Option<Step>, address: Option<IpAddr>, at: usize) -> Result<(), Wrong> {
        let fits = match (protocol, address) {
            (None, _) => true,
            (Some(Step::Network(ETHERTYPE_IPV6)), Some(address)) => address.is_ipv6(),
            (Some(Step::Network(_)), Some(address)) => address.is_ipv4(),
            // pcap-filter(7) knows no addresses of transport protocols, and no ports of others.
            (Some(Step::Transport(protocol, _)), None) => matches!(protocol, 6 | 17 | 132),
            (Some(_), _) => false,
        };
        if fits { Ok(()) } else { Err((at, "the protocol before it has none of these".to_owned())) }
    }
}

fn protocol(word: &str) -> Option<Step> {
    Some(match word {
        "ip" => Step::Network(ETHERTYPE_IPV4),
        "ip6" => Step::Network(ETHERTYPE_IPV6),
        "arp" => Step::Network(ETHERTYPE_ARP),
        "tcp" => Step::Transport(6, 0),
        "udp" => Step::Transport(17, 0),
        "sctp" => Step::Transport(132, 0),
        "icmp" => Step::Transport(1, 4),
        "icmp6" => Step::Transport(58, 6),
        _ => return None,
    })
}

fn bits_of(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn network(value: &str) -> Result<(IpAddr, u8), String> {
    let (address, bits) = value.split_once('/').ok_or("a network is ADDRESS/BITS, as in 10.0.0.0/8")?;
    let address: IpAddr = address.parse().map_err(|_| format!("{address:?} is no address of IPv4 or IPv6"))?;
    let most = bits_of(address);
    let bits = bits.parse().ok().filter(|bits| *bits <= most && !value.contains('+'));
    let bits: u8 = bits.ok_or_else(|| format!("the bits of this network are a number up to {most}"))?;
    let (words, masks) = (words(address), masks(address, bits));
    if words.iter().zip(masks).any(|(word, mask)| word & !mask != 0) {
        return Err(format!("the address has more than the {bits} bits of its network"));
    }
    Ok((address, bits))
}

fn port(value: &str) -> Result<u16, String> {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let port = if is_number { value.parse().ok() } else { None };
    port.ok_or_else(|| format!("{value:?} is no port: that is a number up to 65535"))
}

/// An address as the kernel side has it: the first 8 bytes and the last, or those of IPv4 alone.
pub(crate) fn words(address: IpAddr) -> [u64; 2] {
    match address {
        IpAddr::V4(address) => [u64::from(u32::from(address)), 0],
        IpAddr::V6(address) => {
            let number = u128::from(address);
            [(number >> 64) as u64, number as u64]
        }
    }
}

/// The bits that a network has, in the same words.
pub(crate) fn masks(address: IpAddr, bits: u8) -> [u64; 2] {
    let bits = u32::from(bits);
    let high = |width: u32, bits: u32| u128::MAX.checked_shl(width - bits.min(width)).unwrap_or(0);
    match address {
        IpAddr::V4(_) => [high(32, bits) as u64 & 0xffff_ffff, 0],
        IpAddr::V6(_) => {
            let mask = high(128, bits);
            [(mask >> 64) as u64, mask as u64]
        }
    }
}

#[cfg(test)]
mod tests;
