//! Puts the segments of TCP into streams, each direction for itself (RFC 9293 3.4), within bounds.
//!
//! Bytes are given out as soon as they are in order. What came first wins: bytes that came again are dropped, and told when
//! they can be compared and differ. A hole is told as a gap as soon as it cannot be filled any more: the other end has
//! acknowledged it, the stream is over, or memory is short. Bytes that the capture cut off are gaps, too.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::flow::Side;
use crate::layers::Tcp;

/// A segment this far ahead is no part of the stream: the largest window of RFC 7323.
const AHEAD: i64 = 1 << 30;
/// What a segment that waits costs beside its bytes, roughly.
const SEGMENT: usize = 128;

/// What is kept at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that wait for a hole to be filled, per direction of a stream.
    pub stream_bytes: usize,
    /// Bytes that wait in all.
    pub bytes: usize,
    /// Streams under way. Readers of streams (HTTP, TLS, DNS) hold 64 to 150 KiB of each direction at most.
    pub streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { stream_bytes: 1 << 20, bytes: 64 << 20, streams: 8192 }
    }
}

/// Why bytes are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Missing {
    /// The capture took the packet's beginning only.
    Cut,
    /// The other end has them; the capture does not.
    NotCaptured,
    /// Too much was waiting behind them.
    Limit,
    /// The stream ended before they came.
    Ended,
}

/// What comes next in a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Bytes.
    Data(Cow<'a, [u8]>),
    /// So many bytes are missing.
    Gap(u64, Missing),
    /// The sender has sent all it had to send, or (true) broke off.
    End(bool),
}

/// What happened in one direction, beside the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Notes {
    /// Bytes given out, gaps not counted.
    pub bytes: u64,
    /// Bytes that are missing.
    pub missing_bytes: u64,
    /// Segments that came before their turn.
    pub out_of_order: u64,
    /// Bytes that came again.
    pub repeated_bytes: u64,
    /// Segments that came again with other bytes, of those that could be compared, and those behind an end told before its
    /// turn.
    pub conflicts: u64,
    /// Segments outside any window, and resets with another number than the next byte's.
    pub outside: u64,
    /// Bytes behind the end that was told (FIN, RST): not given out.
    pub after_end_bytes: u64,
    /// Whether the first byte is that of the connection (its SYN was seen).
    pub from_start: bool,
}

#[derive(Debug)]
struct Waiting {
    bytes: Vec<u8>,
    /// Bytes of the segment; more than `bytes` has when it was cut.
    length: usize,
}

/// One direction of a stream.
#[derive(Debug, Default)]
pub struct Half {
    /// The number of the byte that is given out next; the offset from the stream's first byte, and TCP's number.
    next: Option<(u64, u32)>,
    waiting: BTreeMap<u64, Waiting>,
    waiting_bytes: usize,
    /// The offset after the last byte, once FIN was seen.
    fin: Option<u64>,
    over: bool,
    notes: Notes,
}

impl Half {
    /// What happened so far.
    pub fn notes(&self) -> Notes {
        self.notes
    }

    /// Memory that waiting segments take, in bytes.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Takes a segment: its header, the captured bytes and how many there were. `limit` is for bytes that wait.
    pub fn push<'a>(&mut self, tcp: &Tcp, payload: &'a [u8], length: usize, limit: usize, out: &mut Vec<Piece<'a>>) {
        let length = length.max(payload.len());
        let first = if tcp.has(Tcp::SYN) { tcp.sequence.wrapping_add(1) } else { tcp.sequence };
        if self.over {
            let behind = self.next.map_or(0, |(_, number)| number.wrapping_sub(first).cast_signed());
            let again = usize::try_from(behind).unwrap_or(0).min(length);
            self.notes.repeated_bytes = self.notes.repeated_bytes.saturating_add(wide(again));
            let after = wide(length.saturating_sub(again));
            self.notes.after_end_bytes = self.notes.after_end_bytes.saturating_add(after);
            return;
        }
        let (next, number) = *self.next.get_or_insert_with(|| {
            self.notes.from_start = tcp.has(Tcp::SYN);
            (0, first)
        });
        let ahead = i64::from(first.wrapping_sub(number).cast_signed());
        if ahead.abs() > AHEAD {
            self.notes.outside = self.notes.outside.saturating_add(1);
            return;
        }
        if tcp.has(Tcp::RST) {
            // Receivers go by no other number (RFC 5961), so that another one would only hide what follows.
            if ahead == 0 {
                self.end(true, out);
            } else {
                self.notes.outside = self.notes.outside.saturating_add(1);
            }
            return;
        }
        // Bytes from before the first that was seen have no place; they count as given out.
        let behind = usize::try_from(ahead.saturating_neg()).unwrap_or(0);
        let start = next.saturating_add_signed(ahead.max(0));
        let skipped = behind.min(length);
        self.notes.repeated_bytes = self.notes.repeated_bytes.saturating_add(wide(skipped));
        let payload = payload.get(skipped..).unwrap_or_default();
        let length = length.saturating_sub(skipped);
        if tcp.has(Tcp::FIN) && behind <= skipped && self.fin.is_none() {
            let end = start.saturating_add(wide(length));
            let last = self.waiting.last_key_value();
            if last.is_some_and(|(start, kept)| start.saturating_add(wide(kept.length)) > end) {
                self.notes.conflicts = self.notes.conflicts.saturating_add(1);
            } else {
                self.fin = Some(end);
            }
        }
        // Bytes behind the last one: the end that was told is not the end.
        if length > 0 && self.fin.is_some_and(|fin| start.saturating_add(wide(length)) > fin) {
            self.fin = None;
            self.notes.conflicts = self.notes.conflicts.saturating_add(1);
        }
        if start > next && length > 0 {
            self.notes.out_of_order = self.notes.out_of_order.saturating_add(1);
            self.wait(start, payload, length);
        } else if length > 0 {
            self.in_order(start, payload, length, out);
        }
        self.drain(out);
        while self.waiting_bytes > limit && self.skip(Missing::Limit, out) {}
        self.finish_at_fin(out);
    }

    /// The other end has everything before this number.
    pub fn acknowledged(&mut self, number: u32, out: &mut Vec<Piece<'_>>) {
        while let Some((next, at)) = self.next
            && !self.over
        {
            let ahead = i64::from(number.wrapping_sub(at).cast_signed());
            let known = next.saturating_add_signed(ahead.max(0));
            if ahead <= 0 || ahead > AHEAD {
                break;
            }
            // The number after FIN is no byte's.
            let known = self.fin.map_or(known, |fin| known.min(fin));
            let hole = self.waiting.first_key_value().map_or(known, |(start, _)| known.min(*start));
            if hole <= next {
                break;
            }
            // With nothing behind the hole it may be an acknowledgement that overtook its data: only a stream that has gone
            // on tells.
            if self.waiting.is_empty() && self.fin.is_none() {
                break;
            }
            self.gap(hole.saturating_sub(next), Missing::NotCaptured, out);
            self.drain(out);
        }
        self.finish_at_fin(out);
    }

    /// The stream is over: what waits is given out, holes as gaps.
    pub fn end(&mut self, broken: bool, out: &mut Vec<Piece<'_>>) {
        if self.over {
            return;
        }
        while self.skip(Missing::Ended, out) {}
        if let (Some(fin), Some((next, _))) = (self.fin, self.next)
            && fin > next
        {
            self.gap(fin.saturating_sub(next), Missing::Ended, out);
        }
        self.over = true;
        out.push(Piece::End(broken));
    }

    fn wait(&mut self, start: u64, payload: &[u8], length: usize) {
        let end = start.saturating_add(wide(length));
        // What is already there wins: only the holes between are new.
        let mut at = start;
        let around: Vec<(u64, u64)> = self
            .waiting
            .range(..end)
            .rev()
            .take_while(|(other, kept)| other.saturating_add(wide(kept.length)) > start)
            .map(|(other, kept)| (*other, other.saturating_add(wide(kept.length))))
            .collect();
        for (other, other_end) in around.into_iter().rev() {
            self.compare(other, start, payload);
            let again = other_end.min(end).saturating_sub(other.max(start));
            self.notes.repeated_bytes = self.notes.repeated_bytes.saturating_add(again);
            if other > at {
                self.keep(at, other, start, payload);
            }
            at = at.max(other_end);
        }
        if at < end {
            self.keep(at, end, start, payload);
        }
    }

    /// Keeps the bytes from `from` to `to` of a segment that begins at `start`.
    fn keep(&mut self, from: u64, to: u64, start: u64, payload: &[u8]) {
        let begin = narrow(from.saturating_sub(start)).min(payload.len());
        let end = narrow(to.saturating_sub(start)).min(payload.len());
        let bytes = payload.get(begin..end).unwrap_or_default().to_vec();
        self.waiting_bytes = self.waiting_bytes.saturating_add(bytes.len()).saturating_add(SEGMENT);
        self.waiting.insert(from, Waiting { bytes, length: narrow(to.saturating_sub(from)) });
    }

    /// Notes when a segment that waits and one that came now have different bytes at the same place.
    fn compare(&mut self, other: u64, start: u64, payload: &[u8]) {
        let Some(kept) = self.waiting.get(&other) else { return };
        let from = other.max(start);
        let kept = kept.bytes.get(narrow(from.saturating_sub(other))..).unwrap_or_default();
        let new = payload.get(narrow(from.saturating_sub(start))..).unwrap_or_default();
        if kept.iter().zip(new).any(|(kept, new)| kept != new) {
            self.notes.conflicts = self.notes.conflicts.saturating_add(1);
        }
    }

    /// Gives out a segment whose turn it is, except for bytes that already wait.
    fn in_order<'a>(&mut self, start: u64, payload: &'a [u8], length: usize, out: &mut Vec<Piece<'a>>) {
        let end = start.saturating_add(wide(length));
        let Some((first, _)) = self.waiting.range(..end).next() else {
            self.give(Cow::Borrowed(payload), length, out);
            return;
        };
        // What came first wins, and so goes between the parts of this one.
        let head = narrow(first.saturating_sub(start)).min(length);
        let (Some(now), later) = (payload.get(..head.min(payload.len())), payload.get(head..).unwrap_or_default())
        else {
            return;
        };
        let rest = length.saturating_sub(head);
        let at = start.saturating_add(wide(head));
        self.wait(at, later, rest);
        self.give(Cow::Borrowed(now), head, out);
    }

    /// Gives out bytes, and the gap that the capture cut off.
    fn give<'a>(&mut self, bytes: Cow<'a, [u8]>, length: usize, out: &mut Vec<Piece<'a>>) {
        let cut = length.saturating_sub(bytes.len());
        if !bytes.is_empty() {
            self.advance(wide(bytes.len()));
            self.notes.bytes = self.notes.bytes.saturating_add(wide(bytes.len()));
            out.push(Piece::Data(bytes));
        }
        if cut > 0 {
            self.gap(wide(cut), Missing::Cut, out);
        }
    }

    fn gap(&mut self, bytes: u64, why: Missing, out: &mut Vec<Piece<'_>>) {
        self.advance(bytes);
        self.notes.missing_bytes = self.notes.missing_bytes.saturating_add(bytes);
        out.push(Piece::Gap(bytes, why));
    }

    fn advance(&mut self, bytes: u64) {
        if let Some((next, number)) = &mut self.next {
            *next = next.saturating_add(bytes);
            // TCP's numbers go round.
            *number = number.wrapping_add(u32::try_from(bytes & u64::from(u32::MAX)).unwrap_or_default());
        }
    }

    /// Gives out what waited for its turn.
    fn drain(&mut self, out: &mut Vec<Piece<'_>>) {
        while let Some((next, _)) = self.next
            && let Some(entry) = self.waiting.first_entry()
            && *entry.key() <= next
        {
            let kept = entry.remove();
            self.waiting_bytes = self.waiting_bytes.saturating_sub(kept.bytes.len().saturating_add(SEGMENT));
            self.give(Cow::Owned(kept.bytes), kept.length, out);
        }
    }

    /// Goes over the first hole; false when nothing waits.
    fn skip(&mut self, why: Missing, out: &mut Vec<Piece<'_>>) -> bool {
        let (Some((next, _)), Some((start, _))) = (self.next, self.waiting.first_key_value()) else { return false };
        let hole = start.saturating_sub(next);
        if hole > 0 {
            self.gap(hole, why, out);
        }
        self.drain(out);
        true
    }

    fn finish_at_fin(&mut self, out: &mut Vec<Piece<'_>>) {
        if let (Some(fin), Some((next, _))) = (self.fin, self.next)
            && next >= fin
            && !self.over
        {
            self.waiting.clear();
            self.waiting_bytes = 0;
            self.over = true;
            out.push(Piece::End(false));
        }
    }
}

/// A piece, of which flow and by whom sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered<'a> {
    /// The flow's number.
    pub flow: u64,
    /// The end that sent it.
    pub sender: Side,
    /// What comes next.
    pub piece: Piece<'a>,
}

#[derive(Debug, Default)]
struct Pair {
    halves: [Half; 2],
    order: u64,
}

impl Pair {
    fn half(&mut self, side: Side) -> &mut Half {
        let [low, high] = &mut self.halves;
        match side {
            Side::Low => low,
            Side::High => high,
        }
    }

    fn waiting_bytes(&self) -> usize {
        let [low, high] = &self.halves;
        low.waiting_bytes.saturating_add(high.waiting_bytes)
    }
}

/// All streams under way.
#[derive(Debug)]
pub struct Streams {
    limits: Limits,
    pairs: HashMap<u64, Pair>,
    order: BTreeMap<u64, u64>,
    next: u64,
    bytes: usize,
}

impl Default for Streams {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Streams {
    /// Nothing is under way yet.
    pub fn new(limits: Limits) -> Self {
        Self { limits, pairs: HashMap::new(), order: BTreeMap::new(), next: 0, bytes: 0 }
    }

    /// Takes a segment of a flow ([`crate::flow::Update`] has the number and the sender). `length` is of the payload as the
    /// headers say. What is given back can be of other flows, too: those that had to make room.
    pub fn push<'a>(
        &mut self,
        flow: u64,
        sender: Side,
        tcp: &Tcp,
        payload: &'a [u8],
        length: usize,
    ) -> Vec<Delivered<'a>> {
        let mut all = Vec::new();
        let mut pair = self.pairs.remove(&flow).unwrap_or_default();
        self.order.remove(&pair.order);
        self.bytes = self.bytes.saturating_sub(pair.waiting_bytes());
        let mut out = Vec::new();
        if tcp.has(Tcp::ACK) {
            pair.half(sender.other()).acknowledged(tcp.acknowledgment, &mut out);
        }
        deliver(flow, sender.other(), &mut out, &mut all);
        pair.half(sender).push(tcp, payload, length, self.limits.stream_bytes, &mut out);
        deliver(flow, sender, &mut out, &mut all);
        if tcp.has(Tcp::RST) && pair.half(sender).over {
            pair.half(sender.other()).end(true, &mut out);
            deliver(flow, sender.other(), &mut out, &mut all);
        }
        self.next = self.next.saturating_add(1);
        pair.order = self.next;
        self.bytes = self.bytes.saturating_add(pair.waiting_bytes());
        self.order.insert(self.next, flow);
        self.pairs.insert(flow, pair);
        while self.bytes > self.limits.bytes || self.pairs.len() > self.limits.streams.max(1) {
            let Some((_, oldest)) = self.order.first_key_value() else { break };
            let oldest = *oldest;
            all.extend(self.end(oldest));
        }
        all
    }

    /// No packet can belong to the flow any more ([`crate::flow::Flows::take_done`]), or no more of it is wanted: gives out
    /// what waits, and forgets it. Segments that came after would begin a new stream.
    pub fn end(&mut self, flow: u64) -> Vec<Delivered<'static>> {
        let mut all = Vec::new();
        let Some(mut pair) = self.pairs.remove(&flow) else { return all };
        self.order.remove(&pair.order);
        self.bytes = self.bytes.saturating_sub(pair.waiting_bytes());
        for side in [Side::Low, Side::High] {
            let mut out = Vec::new();
            pair.half(side).end(true, &mut out);
            deliver(flow, side, &mut out, &mut all);
        }
        all
    }

    /// What happened in one direction of a flow under way.
    pub fn notes(&mut self, flow: u64, sender: Side) -> Option<Notes> {
        self.pairs.get_mut(&flow).map(|pair| pair.half(sender).notes())
    }

    /// The flows under way, in the order in which they were quiet.
    pub fn flows(&self) -> Vec<u64> {
        self.order.values().copied().collect()
    }

    /// Memory that waiting segments take, in bytes.
    pub fn waiting_bytes(&self) -> usize {
        self.bytes
    }
}

fn deliver<'a>(flow: u64, sender: Side, out: &mut Vec<Piece<'a>>, all: &mut Vec<Delivered<'a>>) {
    all.extend(out.drain(..).map(|piece| Delivered { flow, sender, piece }));
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn narrow(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
