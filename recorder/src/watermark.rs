//! Watermarks: how often the recorder says up to when everything is in the file, so that a live view may show it.
//!
//! Whoever reads what is being written holds a shared lock on the segment's file. Without a reader the blocks are given
//! more time: flushed seven times a second, those of a quiet host take two to three times the room.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use formats::segment::file_name;

use crate::writer::{BLOCK_BYTES, Progress};

/// Between two watermarks while somebody reads. The drain's nap comes on top.
const WHEN_FOLLOWED: Duration = Duration::from_millis(150);
/// The same when nobody does, or the writer is behind: fuller blocks are what helps it.
const ELSE: Duration = Duration::from_secs(2);
/// Bytes that wait when the writer is behind.
const BEHIND_BYTES: usize = 3 * BLOCK_BYTES;
/// Between two looks for a reader.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A reader that has gone may just be on its way to the next segment.
const STAYS: Duration = Duration::from_secs(5);

/// When the next watermark is due.
pub(crate) struct Pace {
    /// The one that is being put: everything from before this boot-time is to be in the file.
    pub(crate) under_way: Option<u64>,
    begun: Option<Instant>,
    had_news: bool,
    directory: PathBuf,
    /// Number of the open segment, and its file.
    segment: Option<(u64, File)>,
    looked: Option<Instant>,
    followed: Option<Instant>,
}

impl Pace {
    /// For the capture in a directory.
    pub(crate) fn new(directory: &Path) -> Pace {
        Pace {
            under_way: None,
            begun: None,
            had_news: false,
            directory: directory.to_owned(),
            segment: None,
            looked: None,
            followed: None,
        }
    }

    /// Whether it is time for one, while the segment with this number is open.
    pub(crate) fn is_due(&mut self, segment: u64, progress: &Progress) -> bool {
        let Some(elapsed) = self.begun.map(|begun| begun.elapsed()) else { return true };
        elapsed >= ELSE || elapsed >= WHEN_FOLLOWED && self.is_followed(segment) && progress.queued() < BEHIND_BYTES
    }

    fn is_followed(&mut self, segment: u64) -> bool {
        if self.looked.is_none_or(|looked| looked.elapsed() >= LOOK_EVERY) {
            self.looked = Some(Instant::now());
            if self.segment.as_ref().is_none_or(|(number, _)| *number != segment) {
                // It may not have been made yet.
                self.segment = File::open(self.directory.join(file_name(segment))).ok().map(|file| (segment, file));
            }
            if self.segment.as_ref().is_some_and(|(_, file)| is_locked(file)) {
                self.followed = Some(Instant::now());
            }
        }
        self.followed.is_some_and(|followed| followed.elapsed() < STAYS)
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

fn is_locked(file: &File) -> bool {
    match file.try_lock() {
        Ok(()) => {
            // It was held for the time of this look.
            let _ = file.unlock();
            false
        }
        Err(TryLockError::WouldBlock) => true,
        // There are file systems without locks.
        Err(TryLockError::Error(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_news_are_followed_by_one_more_watermark_and_then_by_none() {
        let mut pace = Pace::new(Path::new("none"));
        let begun = [true, true, false, false, true, false, false].map(|news| pace.begin(7, news));
        assert_eq!(begun, [true, true, true, false, true, true, false]);
    }

    #[test]
    fn a_reader_makes_them_come_more_often() {
        let folder = tempfile::tempdir().unwrap();
        let mut pace = Pace::new(folder.path());
        let progress = Progress::default();
        assert!(pace.is_due(1, &progress), "the first");
        pace.begin(7, true);
        std::thread::sleep(WHEN_FOLLOWED);
        assert!(!pace.is_due(1, &progress), "the segment is not there yet");
        let path = folder.path().join(file_name(1));
        std::fs::write(&path, "").unwrap();
        std::thread::sleep(LOOK_EVERY);
        assert!(!pace.is_due(1, &progress), "nobody reads it");
        let reader = File::open(&path).unwrap();
        reader.lock_shared().unwrap();
        std::thread::sleep(LOOK_EVERY);
        assert!(pace.is_due(1, &progress));
        drop(reader);
        assert!(pace.is_due(2, &progress), "it is on its way to the next");
    }
}
