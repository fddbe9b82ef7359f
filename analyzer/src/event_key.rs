//! Keys of events: where a frame came from, as one number that needs nothing but the frame.
//!
//! Rows that replay derives from a frame share its key. A key is the CPU (13 bits), the level that it was interrupted at (2),
//! the lane (3) and the sequence number there (45).

use formats::frame::INTERRUPT_CPU;

use crate::row::RECORDER_CPU;

/// Bits of a sequence number.
pub(crate) const SEQUENCE_BITS: u32 = 45;
/// Bit of the CPU's lowest.
pub(crate) const CPU_SHIFT: u32 = 50;
/// The CPU of what the recorder itself says.
pub(crate) const RECORDER: u64 = 8191;

const LANE_BITS: u32 = 3;
const LEVEL_SHIFT: u32 = SEQUENCE_BITS + LANE_BITS;
const LEVELS: u32 = 1 << (CPU_SHIFT - LEVEL_SHIFT);

/// The key of the frame with this number in its lane and CPU; `None` when no recorder can have made it.
pub(crate) fn of(cpu: u32, lane: u8, sequence: u64) -> Option<i64> {
    let (level, own) = (cpu / INTERRUPT_CPU, u64::from(cpu % INTERRUPT_CPU));
    let place = match cpu {
        RECORDER_CPU => RECORDER << CPU_SHIFT,
        _ if own < RECORDER && level < LEVELS => own << CPU_SHIFT | u64::from(level) << LEVEL_SHIFT,
        _ => return None,
    };
    let fits = u32::from(lane) < 1 << LANE_BITS && sequence < 1 << SEQUENCE_BITS;
    fits.then_some((place | u64::from(lane) << SEQUENCE_BITS | sequence) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_all_of_its_place() {
        assert_eq!(of(0, 0, 7), Some(7));
        assert_eq!(of(3, 1, 9), Some(3 << 50 | 1 << 45 | 9));
        assert_eq!(of(2 * INTERRUPT_CPU + 3, 3, 1), Some(3 << 50 | 2 << 48 | 3 << 45 | 1));
        assert_eq!(of(RECORDER_CPU, 0, 1), Some(8191 << 50 | 1));
    }

    #[test]
    fn what_does_not_fit_has_no_key() {
        assert_eq!(of(0, 1, 1 << 45), None);
        assert_eq!(of(8191, 1, 1), None);
        assert_eq!(of(4 * INTERRUPT_CPU, 1, 1), None);
        assert_eq!(of(0, 8, 1), None);
    }
}
