//! Showing a capture that is being written: what `events --follow`, `packets --follow` and `record --print` do.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use analyzer::follow::{End, Follower, State, Told};
use analyzer::loss::Loss;
use analyzer::origin::Origin;
use analyzer::row::Row;
use analyzer::text;
use anyhow::Result;

use crate::failure::{damaged, say};
use crate::output::amount::counted;

/// Between two looks at the capture.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// Time for a directory to become a capture.
const JUST_MADE: Duration = Duration::from_millis(250);

/// Waits until there is enough of the capture to say what it is of.
pub(crate) fn begin(capture: &Path) -> Result<Follower> {
    let began = Instant::now();
    loop {
        match Follower::begin(capture) {
            Ok(Some(follower)) => return Ok(follower),
            Ok(None) => {}
            // A recorder has made the directory, and is about to say that it is there.
            Err(error) if is_empty(&error) && began.elapsed() < JUST_MADE => {}
            Err(error) => return Err(error),
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn is_empty(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(formats::error::Error::NotACapture { .. }))
}

/// What rows are shown by.
pub(crate) trait Shower {
    /// Shows a row.
    fn row(&mut self, row: &Row<'_>) -> Result<()>;

    /// Hears that frames are missing, which is said in any case.
    fn lost(&mut self, _: &Loss) {}

    /// Lets everything so far be seen.
    fn flush(&mut self) -> Result<()>;
}

/// Shows rows until no more can come; `shown` is called whenever some have been.
pub(crate) fn show(follower: &mut Follower, rows: &mut impl Shower, mut shown: impl FnMut()) -> Result<()> {
    loop {
        let mut losses = Losses::default();
        let state = follower.step(&mut |told| match told {
            Told::Row(row) => {
                rows.row(&row)?;
                shown();
                Ok(())
            }
            Told::Lost(loss) => {
                rows.lost(loss);
                losses.add(loss);
                Ok(())
            }
        })?;
        rows.flush()?;
        shown();
        losses.say(follower.origin());
        match state {
            State::More => {}
            State::Waiting => thread::sleep(LOOK_EVERY),
            State::Ended(end) => {
                if end == End::Abandoned {
                    say("nobody writes to the capture any more, and it was not closed");
                } else if follower.damaged() > 0 {
                    say(&damaged(follower.damaged()));
                }
                return Ok(());
            }
        }
    }
}

/// Losses that were found together, by lane and reason: how many frames, and from when to when.
#[derive(Default)]
struct Losses(BTreeMap<(String, String), (u64, u64, u64)>);

impl Losses {
    fn add(&mut self, loss: &Loss) {
        let (first, last) = loss.boot_ns;
        let sum = self.0.entry((loss.lane_name(), loss.reason_words())).or_insert((0, first, last));
        *sum = (sum.0.saturating_add(loss.count), sum.1.min(first), sum.2.max(last));
    }

    fn say(self, origin: &Origin) {
        for ((lane, reason), (count, first, last)) in self.0 {
            let at = |boot_ns| text::timestamp(origin.utc_ns(boot_ns));
            let frames = counted(count, "frame");
            say(&format!("lost {frames} of lane {lane} from {} to {} ({reason})", at(first), at(last)));
        }
    }
}

/// The present, UTC nanoseconds, as rows of the capture would have it.
pub(crate) fn now_ns(origin: &Origin) -> i64 {
    // Boot-time, where this is the machine: its real-time clock may have been set since.
    let boot_id = || std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok();
    let is_here = boot_id().is_some_and(|id| id.trim().replace('-', "") == origin.boot_id);
    let uptime = || {
        let text = std::fs::read_to_string("/proc/uptime").ok()?;
        let seconds: f64 = text.split_whitespace().next()?.parse().ok()?;
        Some(origin.utc_ns((seconds * 1e9) as u64))
    };
    let real = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    };
    is_here.then(uptime).flatten().unwrap_or_else(real)
}
