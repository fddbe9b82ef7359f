//! One pass over rows: header fields as columns, and where the payloads of each kind lie.

use super::header::KindCount;
use crate::frame::{FRAME_HEADER_LEN, FrameHeader, Frames};

/// Rows taken apart. Buffers are kept from block to block.
#[derive(Default)]
pub(super) struct Grouping {
    pub(super) boot_ns: Vec<i64>,
    pub(super) context: Vec<i64>,
    /// Distance from the thread id last seen with the same context (see [`Threads`]).
    pub(super) tid: Vec<i64>,
    pub(super) sequence: Vec<i64>,
    /// Indexes into `kinds`.
    pub(super) kind: Vec<i64>,
    pub(super) flags: Vec<i64>,
    /// Kinds in the rows, ids ascending.
    pub(super) kinds: Vec<KindCount>,
    /// Payloads, grouped by kind, within a kind in the order of the rows.
    pub(super) payloads: Vec<Payload>,
    pub(super) min_boot_ns: u64,
    pub(super) max_boot_ns: u64,
    pub(super) last_sequence: Option<u32>,
    /// The rows end within a frame.
    pub(super) is_cut: bool,
    /// Every header, and the offset of its payload.
    headers: Vec<(FrameHeader, u32)>,
    /// Per event id: frames of it, later where its next payload goes, later its index.
    per_event: Vec<u32>,
    threads: Threads,
}

/// Where a payload lies in the rows, in bytes.
#[derive(Clone, Copy, Default)]
pub(super) struct Payload {
    pub(super) offset: u32,
    pub(super) length: u32,
}

impl Grouping {
    /// Takes `rows` (fewer than 4 GiB) apart.
    pub(super) fn read(&mut self, rows: &[u8]) {
        self.clear();
        let mut offset = 0u32;
        // Headers first, columns from them: one growing buffer instead of eight takes half the time.
        for frame in Frames::new(rows) {
            let Ok(frame) = frame else {
                self.is_cut = true;
                break;
            };
            offset = offset.wrapping_add(FRAME_HEADER_LEN as u32);
            self.headers.push((frame.header, offset));
            offset = offset.wrapping_add(frame.header.length);
        }
        let headers = &self.headers;
        self.boot_ns.extend(headers.iter().map(|(header, _)| header.boot_ns as i64));
        self.context.extend(headers.iter().map(|(header, _)| header.context as i64));
        self.tid.extend(headers.iter().map(|(header, _)| self.threads.distance(header.context, header.tid)));
        self.sequence.extend(headers.iter().map(|(header, _)| i64::from(header.sequence as i32)));
        self.flags.extend(headers.iter().map(|(header, _)| i64::from(header.flags)));
        self.last_sequence = headers.last().map(|(header, _)| header.sequence);
        for (header, _) in headers {
            self.min_boot_ns = self.min_boot_ns.min(header.boot_ns);
            self.max_boot_ns = self.max_boot_ns.max(header.boot_ns);
            if let Some(count) = self.per_event.get_mut(usize::from(header.event)) {
                if *count == 0 {
                    self.kinds.push(KindCount { event: header.event, count: 0 });
                }
                *count = count.wrapping_add(1);
            }
        }
        self.kinds.sort_unstable_by_key(|kind| kind.event);
        self.order();
    }

    fn clear(&mut self) {
        for column in
            [&mut self.boot_ns, &mut self.context, &mut self.tid, &mut self.sequence, &mut self.kind, &mut self.flags]
        {
            column.clear();
        }
        self.kinds.clear();
        self.headers.clear();
        self.payloads.clear();
        self.min_boot_ns = u64::MAX;
        self.max_boot_ns = 0;
        self.last_sequence = None;
        self.is_cut = false;
        self.per_event.resize(1 << 16, 0);
        self.threads = Threads::default();
    }

    /// Sorts payloads by kind and indexes the kinds, leaving `per_event` zero for the next block.
    fn order(&mut self) {
        let mut start = 0u32;
        for kind in &mut self.kinds {
            if let Some(slot) = self.per_event.get_mut(usize::from(kind.event)) {
                kind.count = std::mem::replace(slot, start);
                start = start.wrapping_add(kind.count);
            }
        }
        self.payloads.resize(self.headers.len(), Payload::default());
        for (header, offset) in &self.headers {
            let Some(next) = self.per_event.get_mut(usize::from(header.event)) else { continue };
            if let Some(place) = self.payloads.get_mut(*next as usize) {
                *place = Payload { offset: *offset, length: header.length };
            }
            *next = next.wrapping_add(1);
        }
        for (index, kind) in (0u32..).zip(&self.kinds) {
            if let Some(slot) = self.per_event.get_mut(usize::from(kind.event)) {
                *slot = index;
            }
        }
        let index_of = |event: u16| self.per_event.get(usize::from(event)).copied().unwrap_or(0);
        self.kind.extend(self.headers.iter().map(|(header, _)| i64::from(index_of(header.event))));
        for kind in &self.kinds {
            if let Some(slot) = self.per_event.get_mut(usize::from(kind.event)) {
                *slot = 0;
            }
        }
    }
}

/// The thread id last seen with each context. A context belongs to one thread, so a block tells each once.
pub(super) struct Threads {
    last: [u32; Threads::SLOTS],
}

impl Default for Threads {
    fn default() -> Threads {
        Threads { last: [0; Threads::SLOTS] }
    }
}

impl Threads {
    const SLOTS: usize = 1024;

    #[inline]
    fn swap(&mut self, context: u64, next: impl Fn(u32) -> u32) -> u32 {
        let slot = (context.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize;
        // Ten bits are always below 1024.
        self.last.get_mut(slot).map_or(0, |last| {
            let next = next(*last);
            std::mem::replace(last, next)
        })
    }

    /// How far `tid` is from the one last seen with `context`.
    #[inline]
    pub(super) fn distance(&mut self, context: u64, tid: u32) -> i64 {
        let last = self.swap(context, |_| tid);
        i64::from(tid.wrapping_sub(last) as i32)
    }

    /// The thread id that is this far from the one last seen with `context`.
    #[inline]
    pub(super) fn thread(&mut self, context: u64, distance: i64) -> u32 {
        let last = self.swap(context, |last| last.wrapping_add(distance as u32));
        last.wrapping_add(distance as u32)
    }
}
