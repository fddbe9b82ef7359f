//! Keeps what was taken of executed files: a thread that has time, while programs go on.

use std::collections::HashMap;
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use formats::artifact::{ArtifactKind, ArtifactWay, artifact_flags};

use super::facts::FileFacts;
use super::newest::Newest;
use super::notice::{self, Notice};
use super::opening::{self, Stamp};
use super::reading::{Reader, Reading, read_full};
use super::records::Source;
use super::selection::{Answer, CaptureKind, Selection};
use super::store::Store;
use super::taking::{Job, Taken};
use super::told::{Teller, Told};
use super::who::Who;
use crate::clock::Clocks;

/// A file that was changed less than this before it was read may have been changed again without another time: clocks of
/// file systems go by ticks.
const RACY_NS: u64 = 20_000_000;
/// Files that are remembered as taken.
const MOST_BEFORE: usize = 1 << 16;
const NAP: Duration = Duration::from_millis(100);

/// What is to be kept, or why it could not be taken.
pub(crate) struct Kept {
    pub(crate) job: Arc<Job>,
    pub(crate) kind: ArtifactKind,
    pub(crate) taken: Result<Taken, String>,
}

/// A state of a file, whose content is known.
type State = (u64, u64, u64, u64, u64);

/// Files that were taken whole, by device, inode, size and times. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Before(Arc<Mutex<HashMap<State, Source>>>);

impl Before {
    fn state(stamp: &Stamp) -> State {
        (stamp.dev, stamp.inode, stamp.size, stamp.mtime_ns, stamp.ctime_ns)
    }

    /// Whether a file in this state was taken. A memfd can be written to by mappings that change no time.
    pub(crate) fn has(&self, stamp: &Stamp, is_memfd: bool) -> bool {
        !is_memfd && self.known().contains_key(&Self::state(stamp))
    }

    fn get(&self, stamp: &Stamp) -> Option<Source> {
        self.known().get(&Self::state(stamp)).cloned()
    }

    fn put(&self, stamp: &Stamp, source: Source) {
        let mut known = self.known();
        if known.len() >= MOST_BEFORE {
            known.clear();
        }
        known.insert(Self::state(stamp), source);
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<State, Source>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The keeper.
pub(crate) struct Keeper {
    pub(crate) selection: Arc<Selection>,
    pub(crate) store: Store,
    pub(crate) before: Before,
    pub(crate) teller: Teller,
    /// When recording began, nanoseconds since 1970.
    pub(crate) since_ns: u64,
}

impl Keeper {
    /// Keeps what comes, until nothing can come any more.
    pub(crate) fn run(self, kept: &Receiver<Kept>) {
        loop {
            match kept.recv_timeout(NAP) {
                Ok(kept) => self.keep(kept),
                Err(RecvTimeoutError::Timeout) => self.store.flush(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.store.flush();
    }

    fn keep(&self, Kept { job, kind, taken }: Kept) {
        let notice = &job.notice;
        let who =
            Who { context: notice.context, tid: notice.tid, host_pid: notice.host_pid, start_time: notice.start_time };
        let source = Source {
            who,
            at_ns: notice.boot_ns,
            file: if kind == ArtifactKind::Script { 0 } else { notice.object },
            held_ns: job.held_ns(),
            address: notice.address,
            kind: kind.number(),
            flags: flags(notice, kind),
            ..Source::default()
        };
        match taken {
            Ok(taken) => self.keep_file(source, notice, taken),
            Err(why) => self.keep_nothing(source, notice, kind, why),
        }
    }

    fn keep_nothing(&self, source: Source, notice: &Notice, kind: ArtifactKind, why: String) {
        let is_script = kind == ArtifactKind::Script;
        let of_file = |value: u64| if is_script { 0 } else { value };
        let facts = FileFacts {
            path: notice.filename().to_vec(),
            mode: if is_script { libc::S_IFREG } else { notice.mode },
            ctime_ns: notice.ctime_ns,
            ..FileFacts::default()
        };
        // A path that is not from the root may be any: it is better told than not.
        let is_certain = notice.filename().starts_with(b"/");
        if is_certain && self.selection.asks_for(CaptureKind::Exec, &facts, None, self.since_ns).0 == Answer::No {
            return;
        }
        // The kernel's name for its object says more than how the program was asked for.
        let path = if is_certain || source.file == 0 { notice.filename().to_vec() } else { Vec::new() };
        self.store.source(&Source {
            inode: of_file(notice.inode),
            ctime_ns: of_file(notice.ctime_ns),
            size: of_file(notice.size),
            missing: of_file(notice.size),
            dev: of_file(notice.dev.into()) as u32,
            mode: of_file(notice.mode.into()) as u32,
            way: ArtifactWay::None.number(),
            path,
            why: Some(why),
            ..source
        });
    }

    fn keep_file(&self, source: Source, notice: &Notice, taken: Taken) {
        let stamp = taken.stamp;
        let is_script = source.kind == ArtifactKind::Script.number();
        let (dev, inode) = if is_script {
            (libc::major(stamp.dev) << 20 | libc::minor(stamp.dev), stamp.inode)
        } else {
            (notice.dev, notice.inode)
        };
        if matches!(notice.kind, notice::EXEC) {
            self.teller.tell(Told::Executed(dev, inode));
        }
        let Some(most) = self.asks_for(&taken) else { return };
        let is_memfd = notice.has(notice::MEMFD) && !is_script;
        let source = Source {
            inode,
            dev,
            mode: stamp.mode,
            ctime_ns: stamp.ctime_ns,
            way: taken.way.number(),
            path: taken.path.clone(),
            ..source
        };
        if !is_memfd && let Some(before) = self.before.get(&stamp) {
            let flags = source.flags | before.flags & artifact_flags::COMPLETE;
            let (artifact, size, way) = (before.artifact, before.size, ArtifactWay::Before.number());
            return self.store.source(&Source { artifact, size, way, flags, ..source });
        }
        let newest = Newest::default();
        let reader = Reader { store: &self.store, process: source.who.process(), most, newest: &newest };
        let (reading, read_ns) = match &taken.bytes {
            Some(bytes) => (reader.bytes(bytes, stamp), taken.read_ns),
            None => {
                let read_ns = Clocks::read().realtime_ns.max(0) as u64;
                let reading = reader.file(&taken.file).unwrap_or_else(|error| Reading {
                    missing: stamp.size,
                    why: Some(format!("it cannot be read: {error}")),
                    stamp,
                    ..Reading::default()
                });
                (after_taking(reading, &stamp, taken.is_changed), read_ns)
            }
        };
        self.put(source, &taken, &reading, is_memfd, read_ns);
    }

    fn put(&self, source: Source, taken: &Taken, reading: &Reading, is_memfd: bool, read_ns: u64) {
        let nothing = reading.artifact.pieces.is_empty() && !reading.is_complete();
        let number = if nothing { 0 } else { self.store.number() };
        if number != 0 {
            self.store.artifact(number, &reading.artifact);
        }
        let mut flags = source.flags;
        for (holds, flag) in [
            (reading.is_complete(), artifact_flags::COMPLETE),
            (reading.changed, artifact_flags::CHANGED),
            (reading.over_limit, artifact_flags::OVER_LIMIT),
            (taken.stamp.nlink == 0, artifact_flags::UNLINKED),
            (taken.stamp.ctime_ns >= self.since_ns, artifact_flags::NEW),
            (opening::is_sealed(taken.file.as_fd()), artifact_flags::SEALED),
        ] {
            if holds {
                flags |= flag;
            }
        }
        let source = Source {
            artifact: number,
            size: if nothing { taken.stamp.size } else { reading.artifact.size },
            missing: reading.missing,
            flags,
            way: if nothing { ArtifactWay::None.number() } else { source.way },
            why: reading.why.clone(),
            ..source
        };
        self.store.source(&source);
        let is_old = taken.stamp.ctime_ns.saturating_add(RACY_NS) < read_ns;
        if reading.is_complete() && is_old && !is_memfd {
            self.before.put(&taken.stamp, source);
        }
    }

    /// How many bytes of it are kept at the most; `None` when nobody asks for it.
    fn asks_for(&self, taken: &Taken) -> Option<u64> {
        let facts = FileFacts {
            path: taken.path.clone(),
            mode: taken.stamp.mode,
            ctime_ns: taken.stamp.ctime_ns,
            size: taken.stamp.size,
            ..FileFacts::default()
        };
        let (answer, most) = self.selection.asks_for(CaptureKind::Exec, &facts, None, self.since_ns);
        let Answer::When(nature) = answer else { return (answer == Answer::Yes).then_some(most) };
        let mut first = [0; 4];
        let first = match &taken.bytes {
            Some(bytes) => bytes.get(..4).unwrap_or(bytes),
            None => {
                let length = read_full(&taken.file, &mut first, 0).unwrap_or(0);
                &first[..length]
            }
        };
        (nature.begins_with(first) == Some(true)).then_some(most)
    }
}

/// What was read is what was executed only if the file is as it was when it was taken.
fn after_taking(mut reading: Reading, stamp: &Stamp, was_changed: bool) -> Reading {
    if reading.why.is_none() && (was_changed || !reading.stamp.holds_what_was(stamp)) {
        reading.changed = true;
        reading.artifact.sha256 = None;
        reading.why = Some("it changed after the kernel told of it".to_owned());
    }
    reading
}

fn flags(notice: &Notice, kind: ArtifactKind) -> u32 {
    let is_file_of_notice = kind != ArtifactKind::Script;
    [
        (notice.has(notice::NOT_HELD), artifact_flags::NOT_HELD),
        (notice.has(notice::MAY_NOT_BE_HELD), artifact_flags::MAY_NOT_BE_HELD),
        (notice.has(notice::MEMFD) && is_file_of_notice, artifact_flags::MEMFD),
        (notice.has(notice::UNLINKED) && is_file_of_notice, artifact_flags::UNLINKED),
        (notice.has(notice::NEW) && is_file_of_notice, artifact_flags::NEW),
    ]
    .iter()
    .filter(|(holds, _)| *holds)
    .map(|(_, flag)| flag)
    .sum()
}
