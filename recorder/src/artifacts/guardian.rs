//! The guardian: a process of its own that continues what is held when the recorder cannot, and ends the recorder when that is
//! stopped, or has not answered for long. It is forked before anything is held, and touches no memory but the stack and the
//! shared slots.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use anyhow::{Context, Result};

use super::hold::HoldArea;

/// Between two looks.
const NAP_MS: i32 = 50;
/// A heartbeat that has not changed for so many naps, and is this old, is late. Both: after the machine has slept the recorder
/// gets its turn first.
const LATE_NAPS: u32 = 10;
const LATE_NS: u64 = 500_000_000;
/// A recorder that is late for so many naps does not come back; a busy machine keeps one waiting for less.
const LOST_NAPS: u32 = 100;
/// After the recorder's end it goes on for so long: until its programs are let go of by the kernel, which a busy machine does
/// late, they hold as long as the last heartbeat allows (`HEARTBEAT_PATIENCE_NS`, 3 s).
const AFTERWARDS_NAPS: u32 = 90;
/// Nanoseconds of a tick in /proc/PID/stat, on every architecture.
const TICK_NS: u64 = 10_000_000;

/// The guardian, seen by the recorder.
pub(crate) struct Guardian {
    pid: u32,
    end: OwnedFd,
}

impl Guardian {
    /// Forks it. `recorder` is the process to watch over: this one.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn start(area: HoldArea, recorder: u32) -> Result<Guardian> {
        let watched = pidfd(recorder as i32).context("cannot watch over the recorder")?;
        // SAFETY: a path of ours that ends with NUL; the descriptor is new.
        let proc = unsafe { libc::open(c"/proc".as_ptr(), libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC) };
        if proc < 0 {
            return Err(io::Error::last_os_error()).context("cannot open /proc");
        }
        // SAFETY: just opened.
        let proc = unsafe { OwnedFd::from_raw_fd(proc) };
        // SAFETY: the child calls only async-signal-safe functions, on its stack and on shared memory; it does not return.
        let pid = unsafe { libc::fork() };
        if pid < 0 {
            return Err(io::Error::last_os_error()).context("cannot fork");
        }
        if pid == 0 {
            // SAFETY: this is the child that was just forked.
            unsafe { guard(&area, recorder, watched.as_raw_fd(), proc.as_raw_fd()) }
        }
        let end = pidfd(pid).context("cannot watch over the guardian")?;
        Ok(Guardian { pid: pid as u32, end })
    }

    /// Readable when it has ended: then nothing may be held any more.
    pub(crate) fn end(&self) -> BorrowedFd<'_> {
        self.end.as_fd()
    }
}

impl Drop for Guardian {
    /// It is not needed any more: nothing is held.
    fn drop(&mut self) {
        // SAFETY: our child, which is not waited for by anybody else, so its number is still its own.
        unsafe {
            libc::kill(self.pid as i32, libc::SIGKILL);
            libc::waitpid(self.pid as i32, std::ptr::null_mut(), 0);
        }
    }
}

fn pidfd(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: numbers only; the descriptor is new.
    unsafe {
        let fd = libc::syscall(libc::SYS_pidfd_open, pid, 0);
        if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(OwnedFd::from_raw_fd(fd as i32)) }
    }
}

/// The guardian's life. `recorder` is a pidfd of `pid`, `proc` the directory.
///
/// # Safety
/// In a child that was just forked.
unsafe fn guard(area: &HoldArea, pid: u32, recorder: RawFd, proc: RawFd) -> ! {
    // SAFETY: system calls with numbers and with memory of this function; nothing allocates.
    let (recorder, proc) = unsafe {
        libc::prctl(libc::PR_SET_NAME, c"tracee-guard".as_ptr());
        // A terminal that goes away, and who ends everything in it, do not mean us.
        libc::setsid();
        for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGPIPE, libc::SIGTSTP] {
            libc::signal(signal, libc::SIG_IGN);
        }
        // Memory that runs out is not to hit us first, and a busy machine not to keep us waiting.
        let score = libc::open(c"/proc/self/oom_score_adj".as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        if score >= 0 {
            libc::write(score, b"-1000".as_ptr().cast(), 5);
        }
        let priority = libc::sched_param { sched_priority: 1 };
        if libc::sched_setscheduler(0, libc::SCHED_RR, &priority) != 0 {
            libc::setpriority(libc::PRIO_PROCESS, 0, -20);
        }
        // Everything else that the recorder has open is to be closed when it ends: locks, pipes of who called it.
        let recorder = libc::fcntl(recorder, libc::F_DUPFD, 10);
        let proc = libc::fcntl(proc, libc::F_DUPFD, 10);
        libc::dup2(recorder, 0);
        libc::dup2(proc, 1);
        libc::syscall(libc::SYS_close_range, 2, u32::MAX, 0);
        (0, 1)
    };
    let mut last_beat = 0;
    let mut naps_without = 0;
    loop {
        if nap(recorder) {
            break;
        }
        let beat = area.last_beat();
        naps_without = if beat == last_beat { naps_without + 1 } else { 0 };
        last_beat = beat;
        let is_late = naps_without >= LATE_NAPS && now_ns().saturating_sub(beat) >= LATE_NS;
        if !is_late || !area.holds_any() {
            continue;
        }
        // Nobody waits for a recorder that is late; it goes on without these when its turn comes.
        release(area, proc);
        if naps_without >= LOST_NAPS || is_stopped(proc, pid) {
            // SAFETY: numbers only, and no structure. The recorder's number cannot have been given to another.
            unsafe {
                libc::syscall(
                    libc::SYS_pidfd_send_signal,
                    recorder,
                    libc::SIGKILL,
                    std::ptr::null::<libc::siginfo_t>(),
                    0,
                );
            }
            break;
        }
    }
    for _ in 0..AFTERWARDS_NAPS {
        release(area, proc);
        // SAFETY: no descriptors.
        unsafe { libc::poll(std::ptr::null_mut(), 0, NAP_MS) };
    }
    release(area, proc);
    // SAFETY: nothing of the recorder's is to run in this process.
    unsafe { libc::_exit(0) }
}

/// Waits a moment; true when the recorder has ended.
fn nap(recorder: RawFd) -> bool {
    let mut watched = libc::pollfd { fd: recorder, events: libc::POLLIN, revents: 0 };
    // SAFETY: one structure of ours.
    unsafe { libc::poll(&mut watched, 1, NAP_MS) > 0 }
}

fn now_ns() -> u64 {
    crate::clock::boot_ns()
}

/// Continues what is held.
fn release(area: &HoldArea, proc: RawFd) {
    for slot in 0..area.count {
        let Some(held) = area.held(slot) else { continue };
        if is_it(proc, held.pid, held.start_time) {
            // SAFETY: numbers only. It is the process that the kernel side stopped.
            unsafe { libc::kill(held.pid as i32, libc::SIGCONT) };
        }
        area.free(slot);
    }
}

/// Whether the process with this number began then. When /proc does not tell, it is taken for it: that is better than to leave
/// it stopped.
fn is_it(proc: RawFd, pid: u32, start_time: u64) -> bool {
    let mut stat = [0u8; 1024];
    match read_stat(proc, pid, &mut stat) {
        Ok(stat) => began_at(stat, start_time) != Some(false),
        Err(libc::ENOENT | libc::ESRCH) => false,
        Err(_) => true,
    }
}

/// Whether a process is stopped, by a signal or a debugger.
fn is_stopped(proc: RawFd, pid: u32) -> bool {
    let mut stat = [0u8; 1024];
    let state = read_stat(proc, pid, &mut stat).ok().and_then(|stat| words_of(stat)?.next());
    matches!(state, Some(b"T" | b"t"))
}

/// Reads /proc/PID/stat; the error number when that cannot be.
fn read_stat(proc: RawFd, pid: u32, stat: &mut [u8; 1024]) -> Result<&[u8], i32> {
    let mut path = [0u8; 24];
    let end = put_number(&mut path, pid);
    path[end..end + 5].copy_from_slice(b"/stat");
    // SAFETY: a path on the stack that ends with NUL (the rest of it is zeros), and room for as much as is read.
    unsafe {
        let fd = libc::openat(proc, path.as_ptr().cast(), libc::O_RDONLY | libc::O_CLOEXEC);
        if fd < 0 {
            return Err(*libc::__errno_location());
        }
        let length = libc::read(fd, stat.as_mut_ptr().cast(), stat.len());
        let error = *libc::__errno_location();
        libc::close(fd);
        usize::try_from(length).map(|length| &stat[..length]).map_err(|_| error)
    }
}

/// Writes a number in digits; returns how many.
fn put_number(into: &mut [u8; 24], number: u32) -> usize {
    let mut digits = [0u8; 10];
    let mut left = number;
    let mut count = 0;
    while count == 0 || left > 0 {
        digits[count] = b'0' + (left % 10) as u8;
        left /= 10;
        count += 1;
    }
    for at in 0..count {
        into[at] = digits[count - 1 - at];
    }
    count
}

/// Fields of /proc/PID/stat from the third on, which is the state. The name before may hold anything, so its end is looked for
/// from the last bracket on.
fn words_of(stat: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    let behind = stat.iter().rposition(|&byte| byte == b')')? + 2;
    Some(stat.get(behind..)?.split(|&byte| byte == b' '))
}

/// Whether a process of which this is /proc/PID/stat began then (boot-time nanoseconds); `None` when that does not say.
pub(super) fn began_at(stat: &[u8], start_time: u64) -> Option<bool> {
    start_ticks(stat).map(|ticks| ticks.abs_diff(start_time / TICK_NS) <= 1)
}

/// Field 22.
fn start_ticks(stat: &[u8]) -> Option<u64> {
    let word = words_of(stat)?.nth(19)?;
    let mut number = 0u64;
    for digit in word {
        number =
            number.checked_mul(10)?.checked_add(u64::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?))?;
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::artifacts::hold::testing::{area, hold, start_time, state};

    /// A process that sleeps, and is ended with the test.
    struct Sleeper(Child);

    impl Sleeper {
        fn start() -> Sleeper {
            Sleeper(Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap())
        }

        fn stopped() -> Sleeper {
            let sleeper = Sleeper::start();
            // When it has become `sleep`, the start time stays.
            unsafe { libc::kill(sleeper.pid() as i32, libc::SIGSTOP) };
            wait_for("it stops", || state(sleeper.pid()) == 'T');
            sleeper
        }

        fn pid(&self) -> u32 {
            self.0.id()
        }
    }

    impl Drop for Sleeper {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn wait_for(what: &str, mut is: impl FnMut() -> bool) -> Duration {
        let began = Instant::now();
        while !is() {
            assert!(began.elapsed() < Duration::from_secs(10), "{what}");
            sleep(Duration::from_millis(5));
        }
        began.elapsed()
    }

    /// A recorder that does not answer, and a guardian that has let go what it held.
    fn late(recorder: Sleeper) -> (HoldArea, Sleeper, Sleeper, Guardian) {
        let (area, held) = (area(4), Sleeper::stopped());
        let guardian = Guardian::start(area, recorder.pid()).unwrap();
        area.beat(crate::clock::boot_ns());
        hold(&area, 0, held.pid(), start_time(held.pid()));
        let took = wait_for("it goes on", || state(held.pid()) != 'T');
        assert!(took > Duration::from_millis(300), "{took:?}");
        assert!(took < Duration::from_secs(4), "{took:?}: not before the recorder is given up");
        (area, recorder, held, guardian)
    }

    #[test]
    fn what_is_held_goes_on_when_the_recorder_is_killed() {
        let (area, mut recorder, held) = (area(4), Sleeper::start(), Sleeper::stopped());
        let guardian = Guardian::start(area, recorder.pid()).unwrap();
        hold(&area, 2, held.pid(), start_time(held.pid()));
        area.beat(crate::clock::boot_ns());
        sleep(Duration::from_millis(150));
        assert_eq!(state(held.pid()), 'T', "the recorder lives");
        recorder.0.kill().unwrap();
        let took = wait_for("it goes on", || state(held.pid()) != 'T');
        assert!(took < Duration::from_secs(4), "{took:?}");
        wait_for("the slot is free", || !area.holds_any());
        wait_for("the guardian ends", || {
            let mut end = libc::pollfd { fd: guardian.end().as_raw_fd(), events: libc::POLLIN, revents: 0 };
            unsafe { libc::poll(&mut end, 1, 0) == 1 }
        });
    }

    #[test]
    fn a_recorder_that_does_not_answer_is_ended() {
        let (area, mut recorder, held, _guardian) = late(Sleeper::start());
        assert!(recorder.0.try_wait().unwrap().is_none(), "it may be late");
        // It never comes back.
        let took = wait_for("the recorder is ended", || {
            hold(&area, 0, held.pid(), start_time(held.pid()));
            recorder.0.try_wait().unwrap().is_some()
        });
        assert!(took > Duration::from_secs(3), "{took:?}");
        let status = recorder.0.wait().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(libc::SIGKILL));
    }

    #[test]
    fn a_recorder_that_is_stopped_is_ended() {
        let (_area, mut recorder, _held, _guardian) = late(Sleeper::stopped());
        let took = wait_for("the recorder is ended", || recorder.0.try_wait().unwrap().is_some());
        assert!(took < Duration::from_secs(4), "{took:?}: as one that is late");
    }

    #[test]
    fn a_recorder_that_was_late_goes_on() {
        let (area, mut recorder, held, _guardian) = late(Sleeper::start());
        for _ in 0..8 {
            let began = Instant::now();
            area.beat(crate::clock::boot_ns());
            hold(&area, 1, held.pid(), start_time(held.pid()));
            sleep(Duration::from_millis(100));
            let holds = area.holds_any();
            assert!(holds || began.elapsed().as_nanos() >= u128::from(LATE_NS), "it is there, and holds what it holds");
        }
        assert!(recorder.0.try_wait().unwrap().is_none());
    }

    #[test]
    fn a_recorder_that_holds_nothing_may_be_late() {
        let (area, mut recorder) = (area(4), Sleeper::start());
        let _guardian = Guardian::start(area, recorder.pid()).unwrap();
        sleep(Duration::from_millis(900));
        assert!(recorder.0.try_wait().unwrap().is_none());
    }

    #[test]
    fn another_process_with_the_same_number_is_left_alone() {
        let (area, mut recorder, stopped) = (area(1), Sleeper::start(), Sleeper::stopped());
        let _guardian = Guardian::start(area, recorder.pid()).unwrap();
        hold(&area, 0, stopped.pid(), start_time(stopped.pid()) + 500_000_000);
        recorder.0.kill().unwrap();
        wait_for("the slot is free", || !area.holds_any());
        assert_eq!(state(stopped.pid()), 'T');
    }

    #[test]
    fn the_start_time_is_found_behind_any_name() {
        let stat = b"12 (a) b 1) R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20";
        assert_eq!(start_ticks(stat), Some(4242));
        assert_eq!(start_ticks(b"12 (x"), None);
        let mut path = [0; 24];
        assert_eq!((put_number(&mut path, 4_294_967_295), &path[..10]), (10, &b"4294967295"[..]));
        assert_eq!((put_number(&mut path, 0), path[0]), (1, b'0'));
    }
}
