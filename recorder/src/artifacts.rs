//! The bytes behind the events: what was written, read, executed and held in memory, as artifacts in the log.
//!
//! `content` frames are rewritten by the draining thread ([`content`]), which tells the tracker ([`files`]) what happens to
//! files. The kernel side's notices of executed files go to the holder ([`exec`]), and what that takes to the keeper
//! ([`keeping`]). All put pieces into one [`store`]. Nothing here waits for anything while events wait.

mod content;
mod exec;
mod facts;
mod files;
mod guardian;
mod hold;
mod keeping;
mod memory;
mod newest;
mod notice;
mod opening;
mod reading;
mod recent;
mod records;
pub mod selection;
mod store;
mod stream;
mod taking;
#[cfg(test)]
mod testing;
mod told;
mod tracked;
mod who;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

pub(crate) use content::Rewriter;
pub(crate) use guardian::Guardian;
pub(crate) use hold::HoldArea;
pub(crate) use store::LostCount;

use self::exec::{Holder, Wake};
use self::files::Tracker;
use self::keeping::{Before, Keeper};
use self::selection::Selection;
use self::store::Store;
use self::told::{Teller, Told};
use self::who::Contexts;
use crate::clock::Clocks;
use crate::resources::be_an_ordinary_thread;
use crate::ring::Ring;

/// Files that are taken and wait to be kept: each is open.
const MOST_TAKEN: usize = 4096;
/// The beginning of a recording waits so long for who holds programs.
const FIRST_PATIENCE: Duration = Duration::from_secs(5);
/// The end of a recording waits so long for artifacts.
const LAST_PATIENCE: Duration = Duration::from_secs(30);
const THREAD_LIMIT: &str = "artifacts: a thread did not come to its end";

/// Everything about artifacts of one recording.
pub(crate) struct Artifacts {
    selection: Arc<Selection>,
    store: Store,
    contexts: Contexts,
    teller: Teller,
    wake: Wake,
    since_ns: u64,
    /// One message from each thread when it has ended: of the holder, the keeper and the tracker.
    holder_end: Receiver<()>,
    keeper_end: Receiver<()>,
    tracker_end: Receiver<()>,
    is_finished: bool,
}

impl Artifacts {
    /// Begins. `hold` is where programs may be held, with the guardian over them; `sink` puts rows into the lane of artifacts.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub(crate) fn start(
        selection: &Selection,
        hold: Option<(HoldArea, &Guardian)>,
        notices: Ring,
        counted: Option<LostCount>,
        sink: impl Fn(Vec<u8>) + Send + 'static,
    ) -> Result<Artifacts> {
        opening::raise_descriptor_limit();
        let selection = Arc::new(selection.clone());
        let since_ns = Clocks::read().realtime_ns.max(0) as u64;
        let store = Store::new(selection.limits, counted, sink);
        let contexts = Contexts::default();
        let (teller, told, replies) = told::channel(&store);
        let wake = Wake::new().context("cannot make a descriptor")?;
        let (area, guardian) = match hold {
            Some((area, guardian)) => {
                let end = guardian.end().try_clone_to_owned().context("cannot watch over the guardian")?;
                (Some(area), Some(end))
            }
            None => (None, None),
        };
        let tracker = Tracker::new(selection.clone(), store.clone(), contexts.clone(), replies, since_ns);
        let tracker_end = spawn("tracee-artifacts", move || tracker.run(&told))?;
        let before = Before::default();
        let keeper = Keeper {
            selection: selection.clone(),
            store: store.clone(),
            before: before.clone(),
            teller: teller.clone(),
            since_ns,
        };
        let (to_keeper, kept) = sync_channel(MOST_TAKEN);
        let keeper_end = spawn("tracee-keeper", move || keeper.run(&kept))?;
        let holder = Holder::new(notices, area, guardian, wake.clone(), to_keeper, before, store.clone());
        let (ready, is_ready) = channel();
        let holder_end = spawn("tracee-holder", move || holder.run(|| drop(ready)))?;
        // A command that begins before is not held. On a busy machine threads begin late.
        let _: Result<(), _> = is_ready.recv_timeout(FIRST_PATIENCE);
        Ok(Artifacts {
            selection,
            store,
            contexts,
            teller,
            wake,
            since_ns,
            holder_end,
            keeper_end,
            tracker_end,
            is_finished: false,
        })
    }

    /// What rewrites the frames of the lane; one is enough.
    pub(crate) fn rewriter(&self) -> Rewriter {
        let (selection, store) = (self.selection.clone(), self.store.clone());
        Rewriter::new(selection, store, self.contexts.clone(), self.teller.clone(), self.since_ns)
    }

    /// Takes and puts everything that is left; no frame is rewritten any more. The limits that were reached, and how often.
    pub(crate) fn finish(mut self) -> Vec<(String, u64)> {
        self.end(LAST_PATIENCE);
        self.store.limits_reached()
    }

    fn end(&mut self, patience: Duration) {
        if std::mem::replace(&mut self.is_finished, true) {
            return;
        }
        let until = Instant::now() + patience;
        let ends = |end: &Receiver<()>, until: Instant| {
            let left = until.saturating_duration_since(Instant::now());
            end.recv_timeout(left) != Err(RecvTimeoutError::Timeout)
        };
        // In this order: what is held is let go first, and who executes is told to the tracker. A file system that lets a
        // thread wait for ever leaves time for the others.
        self.wake.wake();
        let holder = ends(&self.holder_end, Instant::now() + patience / 3);
        let keeper = ends(&self.keeper_end, Instant::now() + patience / 3);
        self.teller.tell_surely_until(Told::Finish, until);
        let tracker = ends(&self.tracker_end, until);
        for ended in [holder, keeper || ends(&self.keeper_end, until), tracker] {
            if !ended {
                self.store.reached(THREAD_LIMIT);
            }
        }
        self.store.close();
    }
}

impl Drop for Artifacts {
    /// A recording that failed leaves nobody stopped.
    fn drop(&mut self) {
        self.end(Duration::from_secs(2));
    }
}

/// Starts a thread; what is returned gives an error as soon as it has ended.
fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<Receiver<()>> {
    let (alive, end) = channel::<()>();
    let run = move || {
        be_an_ordinary_thread();
        run();
        drop(alive);
    };
    thread::Builder::new().name(name.to_owned()).spawn(run).context("cannot start a thread")?;
    Ok(end)
}
