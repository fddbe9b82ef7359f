//! What is known of a flow beside its counts: whose its two ends are, and what is read of it.

use std::net::IpAddr;

use packets::flow::{Count, Flow, Side, State, Tuple};
use packets::layers::Tcp;
use packets::pcapng::Direction;

use super::Name;
use super::content::{At, Content};
use crate::packets::Packet;
use crate::text;

/// Processes of one end that are told apart.
const PROCESSES: usize = 16;

/// One end of a flow, as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct EndRow {
    pub(crate) address: IpAddr,
    /// None where the protocol has none.
    pub(crate) port: Option<u16>,
    pub(crate) name: Option<Name>,
    /// Whether a socket of this end, in this network namespace, had or sent its packets.
    pub(crate) is_local: bool,
    /// Number of the context of who had its socket last.
    pub(crate) context: Option<u64>,
    pub(crate) comm: Option<Box<str>>,
    /// Processes that had it, as far as they are told apart.
    pub(crate) processes: usize,
    /// TCP's first sequence number.
    pub(crate) isn: Option<u32>,
}

/// A flow, as it is shown: its own end is the local one, or else the one that began.
#[derive(Clone, Debug)]
pub(crate) struct FlowRow {
    pub(crate) number: u64,
    pub(crate) net_namespace: u32,
    pub(crate) protocol: u8,
    pub(crate) own: EndRow,
    pub(crate) peer: EndRow,
    /// Whether the own end asked for the connection; `None` when nobody was seen to ask.
    pub(crate) is_outgoing: Option<bool>,
    pub(crate) sent: Count,
    pub(crate) received: Count,
    pub(crate) again: u64,
    /// ICMP errors about packets of it.
    pub(crate) errors: u64,
    pub(crate) first_ns: i64,
    pub(crate) last_ns: i64,
    pub(crate) first_key: i64,
    pub(crate) last_key: i64,
    /// Whether it may have begun before, and gone on after.
    pub(crate) first_open: bool,
    pub(crate) last_open: bool,
    pub(crate) state: Option<State>,
    pub(crate) content: Option<&'static str>,
    pub(crate) problem: Option<&'static str>,
}

#[derive(Debug, Default)]
struct End {
    is_local: bool,
    context: Option<u64>,
    comm: Option<Box<str>>,
    is_by_socket: bool,
    processes: Vec<i64>,
    name: Option<Name>,
    isn: Option<u32>,
    /// Row and time of the last packet that it sent.
    last: Option<(i64, i64)>,
    /// Whether its stream has ended.
    is_ended: bool,
    /// Fragments without ports, and their bytes.
    fragments: (u64, u64),
}

/// A flow under way.
pub(super) struct Conversation {
    net_namespace: u32,
    tuple: Tuple,
    first: (i64, i64),
    last: (i64, i64),
    low: End,
    high: End,
    pub(super) again: u64,
    pub(super) errors: u64,
    pub(super) content: Content,
    pub(super) problem: Option<&'static str>,
}

impl Conversation {
    pub(super) fn new(number: i64, packet: &Packet<'_>, tuple: Tuple, is_tcp: bool) -> Conversation {
        let at = (number, packet.row.ts_ns());
        Conversation {
            net_namespace: packet.net_namespace,
            tuple,
            first: at,
            last: at,
            low: End::default(),
            high: End::default(),
            again: 0,
            errors: 0,
            content: if is_tcp { Content::default() } else { Content::Read(None) },
            problem: None,
        }
    }

    fn end(&mut self, side: Side) -> &mut End {
        match side {
            Side::Low => &mut self.low,
            Side::High => &mut self.high,
        }
    }

    /// Takes a packet that counts.
    pub(super) fn count(&mut self, sender: Side, number: i64, packet: &Packet<'_>, tcp: Option<&Tcp>) {
        self.last = (number, packet.row.ts_ns());
        let at = self.last;
        let end = self.end(sender);
        end.last = Some(at);
        if let Some(tcp) = tcp.filter(|tcp| tcp.has(Tcp::SYN)) {
            end.isn = Some(tcp.sequence);
        }
    }

    /// Takes a fragment that does not say itself which flow it is of.
    pub(super) fn count_fragment(&mut self, sender: Side, number: i64, packet: &Packet<'_>, bytes: u64) {
        self.count(sender, number, packet, None);
        let end = self.end(sender);
        end.fragments.0 += 1;
        end.fragments.1 += bytes;
    }

    /// Learns whose the ends are. The end that a packet left or came to is local when its socket saw the packet, and its
    /// owner's: nothing else says where a process is.
    pub(super) fn saw(&mut self, packet: &Packet<'_>, sender: Side) {
        let side = match packet.direction() {
            Some(Direction::Out) => sender,
            Some(Direction::In) => sender.other(),
            _ => return,
        };
        let end = self.end(side);
        end.is_local |= packet.is_at_socket();
        let Some(owner) = packet.owner() else { return };
        let is_by_socket = packet.is_owned_by_socket();
        if !is_by_socket && end.is_by_socket {
            return;
        }
        end.is_by_socket |= is_by_socket;
        if end.context == Some(owner.id) {
            return;
        }
        end.context = Some(owner.id);
        end.comm = packet.row.comm().map(|comm| text::escape(comm).into());
        let process = owner.process_key.unwrap_or(i64::from(owner.host_pid));
        if end.processes.len() < PROCESSES && !end.processes.contains(&process) {
            end.processes.push(process);
        }
    }

    /// Names ends that have no name yet.
    pub(super) fn name(&mut self, sender: Side, own: Option<&Name>, other: Option<&Name>) {
        for (side, name) in [(sender, own), (sender.other(), other)] {
            let end = self.end(side);
            if end.name.is_none() {
                end.name = name.cloned();
            }
        }
    }

    /// Where a piece that this end sent stands.
    pub(super) fn at(&mut self, flow: u64, sender: Side) -> Option<At> {
        let tuple = self.tuple;
        let (net_namespace, end) = (self.net_namespace, self.end(sender));
        let (event_key, ts_ns) = end.last?;
        Some(At { flow, event_key, ts_ns, sender, net_namespace, tuple })
    }

    /// Notes that the stream of an end has ended.
    pub(super) fn ended(&mut self, sender: Side) {
        self.end(sender).is_ended = true;
    }

    /// Whether both streams have ended.
    pub(super) fn is_over(&self) -> bool {
        self.low.is_ended && self.high.is_ended
    }

    /// Its streams are read as if they began with what comes next.
    pub(super) fn begin_anew(&mut self) {
        (self.low.is_ended, self.high.is_ended) = (false, false);
        self.content = Content::default();
    }

    /// Whether the connection's beginning was seen.
    pub(super) fn is_known_from_start(&self) -> bool {
        self.low.isn.is_some() || self.high.isn.is_some()
    }

    pub(super) fn row(self, flow: &Flow, why: Option<&'static str>) -> FlowRow {
        let content = self.content.name();
        let initiator_first = |low: End, high: End| match flow.initiator {
            Side::Low => ((low, Side::Low), (high, Side::High)),
            Side::High => ((high, Side::High), (low, Side::Low)),
        };
        let (first, second) = initiator_first(self.low, self.high);
        let is_second_own = second.0.is_local && !first.0.is_local;
        let ((own, own_side), (peer, peer_side)) = if is_second_own { (second, first) } else { (first, second) };
        let is_initiator = own_side == flow.initiator;
        let (mut sent, mut received) =
            if is_initiator { (flow.sent, flow.received) } else { (flow.received, flow.sent) };
        for (count, end) in [(&mut sent, &own), (&mut received, &peer)] {
            count.packets += end.fragments.0;
            count.segments += end.fragments.0;
            count.bytes += end.fragments.1;
        }
        let has_ports = matches!(flow.tuple.protocol, 6 | 17);
        let shown = |end: End, side: Side| {
            let place = flow.tuple.end(side);
            EndRow {
                address: place.ip(),
                port: has_ports.then(|| place.port()),
                name: end.name,
                is_local: end.is_local,
                context: end.context,
                comm: end.comm,
                processes: end.processes.len(),
                isn: end.isn,
            }
        };
        FlowRow {
            number: flow.id,
            net_namespace: self.net_namespace,
            protocol: flow.tuple.protocol,
            own: shown(own, own_side),
            peer: shown(peer, peer_side),
            is_outgoing: flow.initiator_known.then_some(is_initiator),
            sent,
            received,
            again: self.again,
            errors: self.errors,
            first_ns: self.first.1,
            last_ns: self.last.1.max(self.first.1),
            first_key: self.first.0,
            last_key: self.last.0,
            first_open: !flow.initiator_known,
            last_open: !flow.state.is_some_and(State::is_over),
            state: flow.state,
            content,
            problem: why.or(self.problem),
        }
    }
}
