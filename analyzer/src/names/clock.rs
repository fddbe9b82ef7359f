//! Clocks and timers. Values are those of the kernel's headers for programs.

use super::{Naming, Table};

/// Display hints of this family.
pub(super) const HINTS: &[(&str, Naming)] = &[
    ("clock_id", Naming::Enumeration(CLOCK_ID)),
    ("settime_given", Naming::Flags { zero: "0", bits: &[(1, "time"), (2, "zone")] }),
    ("timer_flags", Naming::Flags { zero: "0", bits: TIMER_FLAGS }),
    ("timerfd_flags", Naming::Flags { zero: "0", bits: TIMERFD_FLAGS }),
];

/// `clock_id`: `linux/time.h`.
const CLOCK_ID: Table = &[
    (0, "CLOCK_REALTIME"),
    (1, "CLOCK_MONOTONIC"),
    (2, "CLOCK_PROCESS_CPUTIME_ID"),
    (3, "CLOCK_THREAD_CPUTIME_ID"),
    (4, "CLOCK_MONOTONIC_RAW"),
    (5, "CLOCK_REALTIME_COARSE"),
    (6, "CLOCK_MONOTONIC_COARSE"),
    (7, "CLOCK_BOOTTIME"),
    (8, "CLOCK_REALTIME_ALARM"),
    (9, "CLOCK_BOOTTIME_ALARM"),
    (11, "CLOCK_TAI"),
];

/// `timer_flags`: `sys/timerfd.h`.
const TIMER_FLAGS: Table = &[(0x1, "TIMER_ABSTIME"), (0x2, "TFD_TIMER_CANCEL_ON_SET")];

/// `timerfd_flags`: `sys/timerfd.h`.
const TIMERFD_FLAGS: Table = &[(0x80000, "TFD_CLOEXEC"), (0x800, "TFD_NONBLOCK")];
