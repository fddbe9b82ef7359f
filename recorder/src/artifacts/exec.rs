//! The holder: a thread that hears of executed files, keeps the heartbeat, and lets every held program go in time. It waits for
//! nobody: files are opened by other threads, which a file system can keep waiting.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use formats::artifact::ArtifactKind;

use super::hold::HoldArea;
use super::keeping::{Before, Kept};
use super::notice::Notice;
use super::store::Store;
use super::taking::{self, Job};
use crate::clock;
use crate::ring::Ring;

/// The heartbeat comes at least so often.
const BEAT_MS: i32 = 20;
/// No program is held longer, whatever its file does: by the time that this thread had. Of a virtual machine one processor may
/// stand still for long while another one works, and with it whoever was to take the file.
const HOLD_MOST: Duration = Duration::from_secs(1);
/// The same where all takers are kept waiting, which file systems that answer slowly can do.
const HOLD_MOST_WHEN_FULL: Duration = Duration::from_millis(100);
/// A turn that took longer counts as this: the machine was kept waiting, and whoever takes files with it.
const TURN_MOST: Duration = Duration::from_millis(2 * BEAT_MS as u64);
/// When a notice waits so long, another thread is begun.
const QUEUE_PATIENCE: Duration = Duration::from_millis(5);
const FIRST_TAKERS: usize = 2;
const MOST_TAKERS: usize = 16;
const MOST_QUEUED: usize = 4096;
/// How long the end waits for what is being taken.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

const QUEUE_LIMIT: &str = "executed files that there was no time for";
const KEEP_LIMIT: &str = "executed files that were taken and could not wait to be kept";
const GUARDIAN_LIMIT: &str = "the guardian has ended: nothing was held after that";
const LATE_LIMIT: &str = "programs that were let go before their file was taken";

/// Notices that wait for somebody to take them.
#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Arc<Job>>,
    takers: usize,
    busy: usize,
    is_closed: bool,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Tells the holder to end.
#[derive(Clone)]
pub(crate) struct Wake(Arc<OwnedFd>);

impl Wake {
    pub(crate) fn new() -> io::Result<Wake> {
        // SAFETY: numbers only; the descriptor is new.
        unsafe {
            let fd = libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK);
            if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(Wake(Arc::new(OwnedFd::from_raw_fd(fd)))) }
        }
    }

    pub(crate) fn wake(&self) {
        // SAFETY: eight bytes of ours.
        unsafe { libc::write(self.0.as_raw_fd(), (&1u64 as *const u64).cast(), 8) };
    }
}

/// Where notices come from: the ring, or a test.
pub(crate) trait Notices: Send {
    /// Readable when there is something.
    fn fd(&self) -> i32;
    /// Gives what there is.
    fn drain(&mut self, each: &mut dyn FnMut(&[u8]));
}

impl Notices for Ring {
    fn fd(&self) -> i32 {
        Ring::fd(self).as_raw_fd()
    }

    fn drain(&mut self, each: &mut dyn FnMut(&[u8])) {
        Ring::drain(self, u64::MAX, each);
    }
}

/// The holder.
pub(crate) struct Holder<N> {
    notices: N,
    area: Option<HoldArea>,
    /// Readable when the guardian has ended.
    guardian: Option<OwnedFd>,
    wake: Wake,
    queue: Arc<Queue>,
    /// Programs that may be held, and how much of its time the holder had spent when it heard of them.
    held: Vec<(Arc<Job>, Duration)>,
    /// Time that the holder had, and since when that was not counted up.
    spent: Duration,
    counted: Instant,
    keeper: SyncSender<Kept>,
    before: Before,
    store: Store,
}

impl<N: Notices> Holder<N> {
    pub(crate) fn new(
        notices: N,
        area: Option<HoldArea>,
        guardian: Option<OwnedFd>,
        wake: Wake,
        keeper: SyncSender<Kept>,
        before: Before,
        store: Store,
    ) -> Holder<N> {
        let (queue, held) = (Arc::default(), Vec::new());
        let (spent, counted) = (Duration::ZERO, Instant::now());
        Holder { notices, area, guardian, wake, queue, held, spent, counted, keeper, before, store }
    }

    /// Works until it is woken, then finishes what there is. `is_ready` is called when programs may be held.
    pub(crate) fn run(mut self, is_ready: impl FnOnce()) {
        be_quick();
        (0..FIRST_TAKERS).for_each(|_| self.begin_taker());
        self.beat();
        is_ready();
        while !self.sleep() {
            self.turn();
        }
        let began = Instant::now();
        loop {
            self.turn();
            let state = self.queue.state();
            let is_idle = state.jobs.is_empty() && state.busy == 0;
            drop(state);
            if is_idle || began.elapsed() >= LAST_PATIENCE {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        let left: Vec<Arc<Job>> = self.queue.state().jobs.drain(..).collect();
        left.iter().for_each(|job| self.refuse(job));
        self.queue.state().is_closed = true;
        self.queue.changed.notify_all();
        self.held.drain(..).for_each(|(job, _)| job.release());
        self.release_rest();
    }

    fn turn(&mut self) {
        self.spent += self.counted.elapsed().min(TURN_MOST);
        self.counted = Instant::now();
        self.beat();
        self.hear();
        self.let_go();
        self.begin_more();
    }

    /// Waits for notices; true when it was woken to end.
    fn sleep(&mut self) -> bool {
        let watched = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        let guardian = self.guardian.as_ref().map_or(-1, AsRawFd::as_raw_fd);
        let mut fds = [watched(self.notices.fd()), watched(self.wake.0.as_raw_fd()), watched(guardian)];
        // SAFETY: three structures of ours; a negative descriptor is passed over.
        unsafe { libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, BEAT_MS) };
        if fds[2].revents != 0 {
            // Without a guardian nobody may be held: the kernel side holds nobody when the heart stands still.
            self.guardian = None;
            self.area = self.area.take().inspect(|area| area.beat(0));
            self.held.drain(..).for_each(|(job, _)| job.release());
            self.release_rest();
            self.area = None;
            self.store.reached(GUARDIAN_LIMIT);
        }
        fds[1].revents != 0
    }

    fn beat(&self) {
        if let Some(area) = &self.area {
            area.beat(clock::boot_ns());
        }
    }

    fn hear(&mut self) {
        let (area, queue, held, spent) = (self.area, &self.queue, &mut self.held, self.spent);
        let mut refused = Vec::new();
        self.notices.drain(&mut |record| {
            let Some(notice) = Notice::decode(record) else { return };
            let job = Job::new(notice, area);
            if !job.is_released() {
                held.push((job.clone(), spent));
            }
            let mut state = queue.state();
            if state.jobs.len() >= MOST_QUEUED {
                refused.push(job);
            } else {
                state.jobs.push_back(job);
                queue.changed.notify_one();
            }
        });
        refused.iter().for_each(|job| self.refuse(job));
    }

    /// There is no time for it: it goes on, and that is all.
    fn refuse(&self, job: &Arc<Job>) {
        job.release();
        self.store.reached(QUEUE_LIMIT);
        let taken = Err("too many files were executed at once".to_owned());
        let _ = self.keeper.try_send(Kept { job: job.clone(), kind: ArtifactKind::Exec, taken });
    }

    /// Lets programs go that have waited long enough.
    fn let_go(&mut self) {
        let state = self.queue.state();
        let is_full = state.takers >= MOST_TAKERS && state.busy >= state.takers;
        drop(state);
        let most = if is_full { HOLD_MOST_WHEN_FULL } else { HOLD_MOST };
        let (store, spent) = (&self.store, self.spent);
        self.held.retain(|(job, since)| {
            let has_waited = !job.is_released() && spent.saturating_sub(*since) >= most;
            if has_waited || job.was_let_go() {
                job.release();
                store.reached(LATE_LIMIT);
            }
            !job.is_released()
        });
    }

    /// Begins another taker when all are kept waiting.
    fn begin_more(&mut self) {
        let state = self.queue.state();
        let waits = state.jobs.front().is_some_and(|job| job.arrived.elapsed() >= QUEUE_PATIENCE);
        let is_full = state.takers >= MOST_TAKERS;
        drop(state);
        if waits && !is_full {
            self.begin_taker();
        }
    }

    fn begin_taker(&mut self) {
        let (queue, keeper, before) = (self.queue.clone(), self.keeper.clone(), self.before.clone());
        let store = self.store.clone();
        self.queue.state().takers += 1;
        let run = move || take_all(&queue, &keeper, &before, &store);
        if thread::Builder::new().name("tracee-taker".to_owned()).spawn(run).is_err() {
            self.queue.state().takers -= 1;
        }
    }

    /// Frees every slot, whoever it is of.
    fn release_rest(&self) {
        let Some(area) = &self.area else { return };
        area.beat(0);
        // Who is being held at this moment has a slot in microseconds.
        thread::sleep(Duration::from_millis(5));
        for slot in 0..area.count {
            if let Some(held) = area.held(slot) {
                let mut notice = Notice::decode(&[0; size_of::<Notice>()]).unwrap_or_else(|| unreachable!());
                (notice.host_pid, notice.start_time, notice.slot) = (held.pid, held.start_time, slot as u32 + 1);
                Job::new(notice, Some(*area)).release();
            }
        }
    }
}

/// A taker's life.
fn take_all(queue: &Queue, keeper: &SyncSender<Kept>, before: &Before, store: &Store) {
    be_quick();
    loop {
        let mut state = queue.state();
        let job = loop {
            if let Some(job) = state.jobs.pop_front() {
                break job;
            }
            if state.is_closed {
                state.takers -= 1;
                return;
            }
            state = queue.changed.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner());
        };
        state.busy += 1;
        drop(state);
        for kept in taking::take(&job, before) {
            if keeper.try_send(kept).is_err() {
                store.reached(KEEP_LIMIT);
            }
        }
        queue.state().busy -= 1;
    }
}

/// A program waits for us: before everybody else, where we may be.
fn be_quick() {
    let priority = libc::sched_param { sched_priority: 1 };
    // SAFETY: a structure of ours.
    unsafe {
        if libc::sched_setscheduler(0, libc::SCHED_RR, &priority) != 0 {
            libc::setpriority(libc::PRIO_PROCESS, 0, -20);
        }
    }
}

#[cfg(test)]
mod tests;
