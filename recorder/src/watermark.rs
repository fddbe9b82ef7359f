//! Watermarks: how often the recorder says up to when everything is in the file, so that a live view may show it.

use std::time::{Duration, Instant};

use crate::writer::Progress;

/// Between two watermarks. The drain's nap comes on top.
const EVERY: Duration = Duration::from_millis(150);
/// The same while the writer is behind: fuller blocks are what helps it.
const WHEN_BEHIND: Duration = Duration::from_secs(2);
/// Blocks that wait when the writer is behind.
const BEHIND: usize = 3;

/// When the next watermark is due.
#[derive(Default)]
pub(crate) struct Pace {
    /// The one that is being put: everything from before this boot-time is to be in the file.
    pub(crate) under_way: Option<u64>,
    begun: Option<Instant>,
    had_news: bool,
}

impl Pace {
    /// Whether it is time for one.
    pub(crate) fn is_due(&self, progress: &Progress) -> bool {
        let every = if progress.queued() >= BEHIND { WHEN_BEHIND } else { EVERY };
        self.begun.is_none_or(|begun| begun.elapsed() >= every)
    }

    /// Begins one for everything from before `boot_ns`; false when there is nothing to say. When nothing more comes, one
    /// more is put: readers stay a little behind the last.
    pub(crate) fn begin(&mut self, boot_ns: u64, has_news: bool) -> bool {
        self.begun = Some(Instant::now());
        let is_wanted = has_news || self.had_news;
        self.had_news = has_news;
        self.under_way = is_wanted.then_some(boot_ns);
        is_wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_news_are_followed_by_one_more_watermark_and_then_by_none() {
        let mut pace = Pace::default();
        let begun: Vec<bool> = [true, true, false, false, true, false, false].map(|news| pace.begin(7, news)).into();
        assert_eq!(begun, [true, true, true, false, true, true, false]);
        assert!(!pace.is_due(&Progress::default()), "one has just been begun");
    }
}
