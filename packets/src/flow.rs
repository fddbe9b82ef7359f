//! Which packets belong together: tuples, counts of both directions, and the states of TCP connections.
//!
//! States are what the packets show (RFC 9293 3.3.2), not what either end's kernel holds.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};

use crate::layers::{Packet, Tcp};

/// Addresses, ports and protocol, the same for both directions: `low` is the lesser of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tuple {
    /// The number of the protocol above IP.
    pub protocol: u8,
    /// The lesser end; port 0 when the protocol has no ports.
    pub low: SocketAddr,
    /// The greater end.
    pub high: SocketAddr,
}

/// One of the two ends of a tuple.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The lesser end.
    Low,
    /// The greater end.
    High,
}

impl Side {
    /// The end that is not this one.
    pub fn other(self) -> Self {
        match self {
            Self::Low => Self::High,
            Self::High => Self::Low,
        }
    }
}

impl Tuple {
    /// The tuple of a packet and the end that sent it. None when the packet is not IP, and when its ports are not known: in
    /// fragments but the first, and when the capture cut the header.
    pub fn of(packet: &Packet<'_>) -> Option<(Self, Side)> {
        use crate::layers::protocol::{TCP, UDP};
        let (source, destination) = packet.addresses()?;
        let protocol = packet.protocol()?;
        let (from, to) = match (packet.ports(), protocol) {
            (Some(ports), _) => ports,
            (None, TCP | UDP) => return None,
            (None, _) if packet.fragment().is_some_and(|fragment| fragment.offset_bytes > 0) => return None,
            (None, _) => (0, 0),
        };
        Some(Self::new(protocol, (source, from), (destination, to)))
    }

    /// The tuple of the packet that an ICMP error quotes, and the end that sent that packet. Routers may quote no more than
    /// eight bytes behind the network header (RFC 792): they have the ports. None when the packet is no such error, and as for
    /// [`Tuple::of`].
    pub fn quoted(packet: &Packet<'_>) -> Option<(Self, Side)> {
        use crate::layers::protocol::{TCP, UDP};
        let quoted = packet.quoted()?;
        if let Some(known) = Self::of(&quoted) {
            return Some(known);
        }
        let (source, destination) = quoted.addresses()?;
        let protocol = quoted.protocol().filter(|protocol| matches!(*protocol, TCP | UDP))?;
        if quoted.fragment().is_some_and(|fragment| fragment.offset_bytes > 0) {
            return None;
        }
        let [a, b, c, d] = *quoted.network_payload.first_chunk::<4>()?;
        let (from, to) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        Some(Self::new(protocol, (source, from), (destination, to)))
    }

    /// The tuple of a packet from `source` to `destination`, and the end that is its source.
    pub fn new(protocol: u8, source: (IpAddr, u16), destination: (IpAddr, u16)) -> (Self, Side) {
        let (source, destination) = (SocketAddr::from(source), SocketAddr::from(destination));
        if source <= destination {
            (Self { protocol, low: source, high: destination }, Side::Low)
        } else {
            (Self { protocol, low: destination, high: source }, Side::High)
        }
    }

    /// The address and port of an end.
    pub fn end(&self, side: Side) -> SocketAddr {
        match side {
            Side::Low => self.low,
            Side::High => self.high,
        }
    }
}

/// What one direction carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Count {
    /// Packets as seen: a packet not yet cut into segments is one.
    pub packets: u64,
    /// Segments that they stand for.
    pub segments: u64,
    /// Bytes of the packets, headers included.
    pub bytes: u64,
    /// Bytes above TCP, UDP or IP, as the headers say.
    pub payload_bytes: u64,
}

/// How far a TCP connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// One end asked for it.
    SynSent,
    /// The other end answered.
    SynReceived,
    /// Both agreed.
    Established,
    /// It was under way when its first packet was seen.
    Midstream,
    /// One end has sent all it had to send.
    HalfClosed,
    /// Both ends have, and both know.
    Closed,
    /// One end broke it off, or somebody in its name: whether the reset was in the window is not checked.
    Reset,
}

impl State {
    /// A word for the state.
    pub fn name(self) -> &'static str {
        match self {
            Self::SynSent => "syn_sent",
            Self::SynReceived => "syn_received",
            Self::Established => "established",
            Self::Midstream => "midstream",
            Self::HalfClosed => "half_closed",
            Self::Closed => "closed",
            Self::Reset => "reset",
        }
    }

    /// Whether the connection is over.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Reset)
    }
}

/// Packets that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Counted from 1 in the order of first packets. A tuple that is used again is another flow.
    pub id: u64,
    /// What the caller keeps apart.
    pub space: u64,
    /// The tuple.
    pub tuple: Tuple,
    /// The end that asked for the connection; without a request, the sender of the first packet.
    pub initiator: Side,
    /// Whether the initiator is known by its request (SYN), not by being first.
    pub initiator_known: bool,
    /// The time of the first packet.
    pub first_ns: u64,
    /// The time of the last packet.
    pub last_ns: u64,
    /// From the initiator.
    pub sent: Count,
    /// To the initiator.
    pub received: Count,
    /// Of TCP.
    pub state: Option<State>,
    syn: Option<u32>,
    /// Per side: the number that acknowledges its FIN.
    fins: [Option<u32>; 2],
    acknowledged: [bool; 2],
}

/// What a packet did to its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// The flow.
    pub id: u64,
    /// The end that sent the packet.
    pub sender: Side,
    /// Whether the sender is the initiator.
    pub from_initiator: bool,
    /// Whether it is the flow's first packet.
    pub began: bool,
    /// Whether the connection was established with this packet.
    pub established: bool,
    /// Whether the connection is over with this packet.
    pub ended: bool,
    /// Of TCP.
    pub state: Option<State>,
}

/// Flows under way, and those that are over and not yet fetched.
#[derive(Debug)]
pub struct Flows {
    limit: usize,
    flows: HashMap<(u64, Tuple), (u64, Flow)>,
    order: BTreeMap<u64, (u64, Tuple)>,
    next_order: u64,
    next_id: u64,
    done: Vec<Flow>,
}

impl Flows {
    /// At most so many flows are under way; the one that was quiet longest makes room.
    pub fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            flows: HashMap::new(),
            order: BTreeMap::new(),
            next_order: 0,
            next_id: 0,
            done: Vec::new(),
        }
    }

    /// Takes a packet. `space` keeps apart what may use the same addresses, a network namespace, say. `length` is of the
    /// whole packet in bytes, `segments` what it stands for (0 counts as 1). A packet that two hooks saw is two packets here:
    /// the caller leaves one out. None when the packet has no tuple.
    pub fn push(
        &mut self,
        space: u64,
        packet: &Packet<'_>,
        time_ns: u64,
        length: u64,
        segments: u32,
    ) -> Option<Update> {
        let (tuple, sender) = Tuple::of(packet)?;
        let key = (space, tuple);
        let tcp = packet.tcp();
        let mut flow = self.flows.remove(&key).map(|(order, flow)| {
            self.order.remove(&order);
            flow
        });
        if let (Some(old), Some(tcp)) = (&flow, tcp)
            && old.is_used_again(tcp, sender)
        {
            self.done.extend(flow.take());
        }
        let began = flow.is_none();
        let mut flow = flow.unwrap_or_else(|| {
            self.next_id = self.next_id.saturating_add(1);
            Flow::new(self.next_id, space, tuple, sender, time_ns, tcp)
        });
        let before = if began { None } else { flow.state };
        flow.last_ns = flow.last_ns.max(time_ns);
        let from_initiator = sender == flow.initiator;
        let count = if from_initiator { &mut flow.sent } else { &mut flow.received };
        count.packets = count.packets.saturating_add(1);
        count.segments = count.segments.saturating_add(u64::from(segments.max(1)));
        count.bytes = count.bytes.saturating_add(length);
        let payload = u64::try_from(packet.payload_bytes).unwrap_or(u64::MAX);
        count.payload_bytes = count.payload_bytes.saturating_add(payload);
        if let Some(tcp) = tcp {
            flow.advance(tcp, sender, packet.payload_bytes);
        }
        let state = flow.state;
        let update = Update {
            id: flow.id,
            sender,
            from_initiator,
            began,
            established: state == Some(State::Established) && before != state,
            ended: state.is_some_and(State::is_over) && before != state,
            state,
        };
        self.next_order = self.next_order.saturating_add(1);
        self.order.insert(self.next_order, key);
        self.flows.insert(key, (self.next_order, flow));
        while self.flows.len() > self.limit {
            let Some((_, oldest)) = self.order.pop_first() else { break };
            self.done.extend(self.flows.remove(&oldest).map(|(_, flow)| flow));
        }
        Some(update)
    }

    /// The flow under way with this tuple.
    pub fn get(&self, space: u64, tuple: &Tuple) -> Option<&Flow> {
        self.flows.get(&(space, *tuple)).map(|(_, flow)| flow)
    }

    /// The flows that no packet can belong to any more, in the order in which that was found; they are given once. To be
    /// called often: they wait in memory.
    pub fn take_done(&mut self) -> Vec<Flow> {
        std::mem::take(&mut self.done)
    }

    /// All flows that were not given yet, by number.
    pub fn finish(mut self) -> Vec<Flow> {
        let mut all = std::mem::take(&mut self.done);
        all.extend(self.flows.into_values().map(|(_, flow)| flow));
        all.sort_by_key(|flow| flow.id);
        all
    }
}

impl Flow {
    fn new(id: u64, space: u64, tuple: Tuple, sender: Side, time_ns: u64, tcp: Option<&Tcp>) -> Self {
        let asks = tcp.is_some_and(|tcp| tcp.has(Tcp::SYN) && !tcp.has(Tcp::ACK));
        let answers = tcp.is_some_and(|tcp| tcp.has(Tcp::SYN | Tcp::ACK));
        Self {
            id,
            space,
            tuple,
            initiator: if answers { sender.other() } else { sender },
            initiator_known: asks || answers,
            first_ns: time_ns,
            last_ns: time_ns,
            sent: Count::default(),
            received: Count::default(),
            state: tcp.map(|_| if asks || answers { State::SynSent } else { State::Midstream }),
            syn: tcp.filter(|_| asks).map(|tcp| tcp.sequence),
            fins: [None; 2],
            acknowledged: [false; 2],
        }
    }

    /// Whether a packet begins another connection with the same tuple: a request that is not this one's repeated.
    fn is_used_again(&self, tcp: &Tcp, sender: Side) -> bool {
        let asks = tcp.has(Tcp::SYN) && !tcp.has(Tcp::ACK) && !tcp.has(Tcp::RST);
        let new = self.syn.is_none_or(|syn| syn != tcp.sequence);
        // Two ends may ask at the same time, which is one connection.
        asks && new && !(self.state == Some(State::SynSent) && sender != self.initiator)
    }

    fn advance(&mut self, tcp: &Tcp, sender: Side, payload_bytes: usize) {
        let Some(state) = self.state else { return };
        if state.is_over() {
            return;
        }
        if tcp.has(Tcp::RST) {
            self.state = Some(State::Reset);
            return;
        }
        let (mine, other) = match sender {
            Side::Low => (0, 1),
            Side::High => (1, 0),
        };
        if tcp.has(Tcp::ACK)
            && let Some(Some(end)) = self.fins.get(other)
            && tcp.acknowledgment.wrapping_sub(*end) < 1 << 31
            && let Some(known) = self.acknowledged.get_mut(other)
        {
            *known = true;
        }
        if tcp.has(Tcp::FIN)
            && let Some(fin) = self.fins.get_mut(mine)
        {
            let length = u32::try_from(payload_bytes).unwrap_or_default();
            let syn = u32::from(tcp.has(Tcp::SYN));
            *fin = Some(tcp.sequence.wrapping_add(length).wrapping_add(syn).wrapping_add(1));
        }
        let from_initiator = sender == self.initiator;
        let next = if self.acknowledged == [true; 2] {
            State::Closed
        } else if self.fins != [None; 2] {
            State::HalfClosed
        } else if tcp.has(Tcp::SYN | Tcp::ACK) && matches!(state, State::SynSent) {
            State::SynReceived
        } else if tcp.has(Tcp::ACK) && !tcp.has(Tcp::SYN) && from_initiator && matches!(state, State::SynReceived) {
            State::Established
        } else {
            state
        };
        self.state = Some(next);
    }
}
