//! Frames: the fixed header that every record has, and the payload behind it.
//!
//! Rows are frames one after the other without padding, little-endian. What a payload holds is the schema's matter.

use crate::error::Invalid;

/// Bytes of a frame header.
pub const FRAME_HEADER_LEN: usize = 32;

/// Bit in a CPU's number (of blocks and losses): frames made in its interrupts, which have numbers of their own.
pub const INTERRUPT_CPU: u32 = 0x1_0000;

/// A system call's row made from the exit alone.
pub const NO_ENTRY: u16 = 1;
/// The call had not returned: `ret` is absent.
pub const UNFINISHED: u16 = 2;
/// A 32-bit call on a 64-bit kernel.
pub const COMPAT32: u16 = 4;
/// An x32 call.
pub const X32: u16 = 8;
/// User strings were read at the exit (the page was not there at the entry).
pub const ARGS_AT_EXIT: u16 = 16;
/// Arrived after its segment was cut: its time is before the segment's start.
pub const LATE: u16 = 32;
/// An entry of a keyframe.
pub const KEYFRAME: u16 = 64;
/// A control frame beyond its budget, moved to the events lane.
pub const OVER_BUDGET: u16 = 128;
/// What the kernel worked with is not what user memory held when the call was entered.
pub const MISMATCH: u16 = 256;

/// Every flag: bit, name, meaning.
pub const FLAGS: &[(u16, &str, &str)] = &[
    (NO_ENTRY, "no_entry", "system call row made from the exit alone"),
    (UNFINISHED, "unfinished", "the call had not returned, `ret` is absent"),
    (COMPAT32, "compat32", "32-bit call on a 64-bit kernel"),
    (X32, "x32", "x32 call"),
    (ARGS_AT_EXIT, "args_at_exit", "user strings were read at the exit"),
    (LATE, "late", "arrived after its segment was cut"),
    (KEYFRAME, "keyframe", "entry of a keyframe"),
    (OVER_BUDGET, "over_budget", "control frame beyond its budget, moved to the events lane"),
    (MISMATCH, "mismatch", "what the kernel worked with is not what user memory held at the entry of the call"),
];

/// The fixed part of every frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameHeader {
    /// CLOCK_BOOTTIME, nanoseconds.
    pub boot_ns: u64,
    /// Context (who), 0 for none.
    pub context: u64,
    /// Host thread id.
    pub tid: u32,
    /// Low 32 bits of the sequence number in its lane and CPU, which starts at 1.
    pub sequence: u32,
    /// Event kind.
    pub event: u16,
    /// [`NO_ENTRY`] and the others.
    pub flags: u16,
    /// Bytes of payload.
    pub length: u32,
}

impl FrameHeader {
    /// The header as on disk.
    #[rustfmt::skip]
    pub fn encode(&self) -> [u8; FRAME_HEADER_LEN] {
        let [t0, t1, t2, t3, t4, t5, t6, t7] = self.boot_ns.to_le_bytes();
        let [c0, c1, c2, c3, c4, c5, c6, c7] = self.context.to_le_bytes();
        let [i0, i1, i2, i3] = self.tid.to_le_bytes();
        let [s0, s1, s2, s3] = self.sequence.to_le_bytes();
        let [e0, e1] = self.event.to_le_bytes();
        let [f0, f1] = self.flags.to_le_bytes();
        let [l0, l1, l2, l3] = self.length.to_le_bytes();
        [
            t0, t1, t2, t3, t4, t5, t6, t7, c0, c1, c2, c3, c4, c5, c6, c7,
            i0, i1, i2, i3, s0, s1, s2, s3, e0, e1, f0, f1, l0, l1, l2, l3,
        ]
    }

    /// The header from its bytes; every 32 bytes are one.
    #[rustfmt::skip]
    pub fn decode(bytes: &[u8; FRAME_HEADER_LEN]) -> FrameHeader {
        let [
            t0, t1, t2, t3, t4, t5, t6, t7, c0, c1, c2, c3, c4, c5, c6, c7,
            i0, i1, i2, i3, s0, s1, s2, s3, e0, e1, f0, f1, l0, l1, l2, l3,
        ] = *bytes;
        FrameHeader {
            boot_ns: u64::from_le_bytes([t0, t1, t2, t3, t4, t5, t6, t7]),
            context: u64::from_le_bytes([c0, c1, c2, c3, c4, c5, c6, c7]),
            tid: u32::from_le_bytes([i0, i1, i2, i3]),
            sequence: u32::from_le_bytes([s0, s1, s2, s3]),
            event: u16::from_le_bytes([e0, e1]),
            flags: u16::from_le_bytes([f0, f1]),
            length: u32::from_le_bytes([l0, l1, l2, l3]),
        }
    }

    /// Appends the frame to `rows`. `length` is taken from the payload, whatever the header says.
    ///
    /// # Errors
    /// The payload has 4 GiB or more.
    pub fn append(&self, payload: &[u8], rows: &mut Vec<u8>) -> Result<(), Invalid> {
        let length = u32::try_from(payload.len()).map_err(|_| Invalid("payload is longer than a frame can say"))?;
        rows.extend_from_slice(&FrameHeader { length, ..*self }.encode());
        rows.extend_from_slice(payload);
        Ok(())
    }
}

/// One frame in rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its header.
    pub header: FrameHeader,
    /// Its payload, `header.length` bytes.
    pub payload: &'a [u8],
}

/// The frames of rows, in order. After an error it ends.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    rest: &'a [u8],
}

impl<'a> Frames<'a> {
    /// The frames of `rows`.
    pub fn new(rows: &'a [u8]) -> Frames<'a> {
        Frames { rest: rows }
    }

    /// Bytes not yet read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, Invalid>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((bytes, behind)) = self.rest.split_first_chunk::<FRAME_HEADER_LEN>() else {
            self.rest = &[];
            return Some(Err(Invalid("rows end within a frame header")));
        };
        let header = FrameHeader::decode(bytes);
        let Some((payload, rest)) = behind.split_at_checked(header.length as usize) else {
            self.rest = &[];
            return Some(Err(Invalid("rows end within a payload")));
        };
        self.rest = rest;
        Some(Ok(Frame { header, payload }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(n: u64) -> FrameHeader {
        FrameHeader {
            boot_ns: n << 40 | 1,
            context: n << 33 | 2,
            tid: 3,
            sequence: 4,
            event: 5,
            flags: LATE | KEYFRAME,
            length: 0,
        }
    }

    #[test]
    fn frames_come_back_as_they_went_in() {
        let mut rows = Vec::new();
        for n in 0..10u8 {
            header(n.into()).append(&vec![n; n.into()], &mut rows).unwrap();
        }
        let frames: Vec<_> = Frames::new(&rows).collect::<Result<_, _>>().unwrap();
        assert_eq!(frames.len(), 10);
        for (n, frame) in (0..10u8).zip(frames) {
            assert_eq!(frame.header, FrameHeader { length: n.into(), ..header(n.into()) });
            assert_eq!(frame.payload, vec![n; n.into()]);
        }
    }

    #[test]
    fn rows_cut_anywhere_give_whole_frames_then_one_error() {
        let mut rows = Vec::new();
        header(1).append(b"abc", &mut rows).unwrap();
        let first = rows.len();
        header(2).append(b"defg", &mut rows).unwrap();
        for cut in 0..rows.len() {
            let found: Vec<_> = Frames::new(&rows[..cut]).collect();
            let whole = usize::from(cut >= first);
            assert_eq!(found.iter().filter(|frame| frame.is_ok()).count(), whole, "cut at {cut}");
            let at_boundary = cut == 0 || cut == first;
            assert_eq!(found.iter().filter(|frame| frame.is_err()).count(), usize::from(!at_boundary), "cut at {cut}");
        }
    }
}
