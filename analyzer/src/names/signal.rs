//! Signals. Values are those of the kernel's headers for programs.

use super::{Naming, Table};

/// Display hints of this family.
pub(super) const HINTS: &[(&str, Naming)] = &[
    ("signal_code", Naming::Enumeration(SIGNAL_CODE)),
    ("signal_result", Naming::Enumeration(SIGNAL_RESULT)),
    ("sigprocmask_how", Naming::Enumeration(SIGPROCMASK_HOW)),
];

/// `signal_code`: `asm-generic/siginfo.h`. What the small positive ones mean depends on the signal.
const SIGNAL_CODE: Table = &[
    (0, "SI_USER"),
    (0x80, "SI_KERNEL"),
    (-1, "SI_QUEUE"),
    (-2, "SI_TIMER"),
    (-3, "SI_MESGQ"),
    (-4, "SI_ASYNCIO"),
    (-5, "SI_SIGIO"),
    (-6, "SI_TKILL"),
    (-7, "SI_DETHREAD"),
    (-60, "SI_ASYNCNL"),
];

/// `signal_result`: `trace/events/signal.h`.
const SIGNAL_RESULT: Table =
    &[(0, "delivered"), (1, "ignored"), (2, "already_pending"), (3, "overflow_fail"), (4, "lose_info")];

/// `sigprocmask_how`: `signal.h`.
const SIGPROCMASK_HOW: Table = &[(0, "SIG_BLOCK"), (1, "SIG_UNBLOCK"), (2, "SIG_SETMASK")];

/// Standard signals by number: `signal.h`.
pub(super) const SIGNALS: Table = &[
    (1, "SIGHUP"),
    (2, "SIGINT"),
    (3, "SIGQUIT"),
    (4, "SIGILL"),
    (5, "SIGTRAP"),
    (6, "SIGABRT"),
    (7, "SIGBUS"),
    (8, "SIGFPE"),
    (9, "SIGKILL"),
    (10, "SIGUSR1"),
    (11, "SIGSEGV"),
    (12, "SIGUSR2"),
    (13, "SIGPIPE"),
    (14, "SIGALRM"),
    (15, "SIGTERM"),
    (16, "SIGSTKFLT"),
    (17, "SIGCHLD"),
    (18, "SIGCONT"),
    (19, "SIGSTOP"),
    (20, "SIGTSTP"),
    (21, "SIGTTIN"),
    (22, "SIGTTOU"),
    (23, "SIGURG"),
    (24, "SIGXCPU"),
    (25, "SIGXFSZ"),
    (26, "SIGVTALRM"),
    (27, "SIGPROF"),
    (28, "SIGWINCH"),
    (29, "SIGIO"),
    (30, "SIGPWR"),
    (31, "SIGSYS"),
];
