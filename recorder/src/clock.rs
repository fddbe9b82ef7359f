//! The three clocks, read together.

use std::mem::MaybeUninit;

/// Readings of the clocks that stand for one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clocks {
    /// CLOCK_BOOTTIME, nanoseconds.
    pub(crate) boot_ns: u64,
    /// CLOCK_MONOTONIC, nanoseconds.
    pub(crate) monotonic_ns: u64,
    /// CLOCK_REALTIME, UTC nanoseconds.
    pub(crate) realtime_ns: i64,
    /// Nanoseconds between the two readings of boot-time that bracket the others.
    pub(crate) uncertainty_ns: u64,
}

impl Clocks {
    /// The best of a few tries: the one that was interrupted least.
    pub(crate) fn read() -> Clocks {
        let once = || {
            let before = boot_ns();
            let realtime_ns = read(libc::CLOCK_REALTIME) as i64;
            let monotonic_ns = read(libc::CLOCK_MONOTONIC);
            let uncertainty_ns = boot_ns().saturating_sub(before);
            Clocks { boot_ns: before + uncertainty_ns / 2, monotonic_ns, realtime_ns, uncertainty_ns }
        };
        (0..5).map(|_| once()).min_by_key(|clocks| clocks.uncertainty_ns).unwrap_or_default()
    }

    /// How far real-time is ahead of boot-time.
    pub(crate) fn offset_ns(&self) -> i64 {
        self.realtime_ns - self.boot_ns as i64
    }
}

/// CLOCK_BOOTTIME, nanoseconds: the clock that frames are stamped with.
pub(crate) fn boot_ns() -> u64 {
    read(libc::CLOCK_BOOTTIME)
}

fn read(clock: libc::clockid_t) -> u64 {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: the pointer is to a timespec of ours; these clocks exist on every kernel that has eBPF.
    let time = unsafe {
        libc::clock_gettime(clock, time.as_mut_ptr());
        time.assume_init()
    };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
