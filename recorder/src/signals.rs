//! Signals and the command's end, as descriptors to wait on.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use anyhow::{Context, Result};

/// Signals that mean something to a recorder: they stop it, or are passed on to its command.
const HANDLED: [i32; 6] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGUSR1, libc::SIGUSR2];

/// A signal that came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signal {
    /// Its number.
    pub(crate) number: i32,
    /// Whether the terminal sent it to the whole process group: then the command has it already.
    pub(crate) from_terminal: bool,
}

/// The signals above, taken out of the ordinary delivery. Made after the command was forked, which keeps its own.
pub(crate) struct Signals {
    fd: OwnedFd,
}

impl Signals {
    /// Blocks the signals and makes a descriptor for them; threads made from now on inherit that.
    pub(crate) fn take() -> Result<Signals> {
        let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: the set is ours and initialised by sigemptyset; signalfd's result is owned by nobody else.
        unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            for signal in HANDLED {
                libc::sigaddset(set.as_mut_ptr(), signal);
            }
            libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut());
            let fd = libc::signalfd(-1, set.as_ptr(), libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
            if fd < 0 {
                return Err(io::Error::last_os_error()).context("cannot wait for signals");
            }
            Ok(Signals { fd: OwnedFd::from_raw_fd(fd) })
        }
    }

    /// Readable when a signal waits.
    pub(crate) fn fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }

    /// The next signal that waits, if any.
    pub(crate) fn next(&self) -> Option<Signal> {
        let mut info = MaybeUninit::<libc::signalfd_siginfo>::zeroed();
        // SAFETY: room for exactly one record, which is plain numbers.
        let info = unsafe {
            let size = size_of::<libc::signalfd_siginfo>();
            if libc::read(self.fd.as_raw_fd(), info.as_mut_ptr().cast(), size) != size as isize {
                return None;
            }
            info.assume_init()
        };
        // SI_KERNEL: the terminal driver.
        Some(Signal { number: info.ssi_signo as i32, from_terminal: info.ssi_code == 0x80 })
    }
}

/// Descriptors to sleep on.
pub(crate) struct Waiter {
    epoll: OwnedFd,
}

impl Waiter {
    /// Sleeps on nothing yet.
    pub(crate) fn new() -> Result<Waiter> {
        // SAFETY: the result is owned by nobody else.
        unsafe {
            let fd = libc::epoll_create1(libc::EPOLL_CLOEXEC);
            if fd < 0 {
                return Err(io::Error::last_os_error()).context("cannot wait for anything");
            }
            Ok(Waiter { epoll: OwnedFd::from_raw_fd(fd) })
        }
    }

    /// Wakes when this descriptor is readable; with `only_when_woken`, not because it is, but when the kernel side says
    /// so: a ring is readable as soon as it holds one frame, and that is no reason to get up.
    pub(crate) fn add(&self, fd: RawFd, only_when_woken: bool) -> Result<()> {
        let edge = if only_when_woken { libc::EPOLLET } else { 0 };
        let mut event = libc::epoll_event { events: (libc::EPOLLIN | edge) as u32, u64: 0 };
        // SAFETY: both descriptors are open and the event is ours.
        if unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), libc::EPOLL_CTL_ADD, fd, &mut event) } != 0 {
            return Err(io::Error::last_os_error()).context("cannot wait for a descriptor");
        }
        Ok(())
    }

    /// Sleeps until woken, or for so many milliseconds.
    pub(crate) fn sleep(&self, milliseconds: i32) {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; 8];
        // SAFETY: room for as many events as said. An error (a signal) is as good as a time-out.
        unsafe { libc::epoll_wait(self.epoll.as_raw_fd(), events.as_mut_ptr(), events.len() as i32, milliseconds) };
    }
}

/// A descriptor that becomes readable when the process ends.
pub(crate) fn end_of(pid: i32) -> Option<OwnedFd> {
    // SAFETY: pidfd_open takes numbers and returns a descriptor that nobody else owns.
    unsafe {
        let fd = libc::syscall(libc::SYS_pidfd_open, pid, 0);
        (fd >= 0).then(|| OwnedFd::from_raw_fd(fd as i32))
    }
}
