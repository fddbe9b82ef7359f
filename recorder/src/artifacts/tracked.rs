//! One file that is written or read: what came of it, and how its content is taken when it may be whole.

use std::collections::HashSet;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use formats::artifact::{ArtifactKind, ArtifactWay, ContentKind, ContentWay, Piece, artifact_flags, content_flags};
use sha2::{Digest as _, Sha256};

use super::facts::FileFacts;
use super::newest::{Budget, Newest, Written};
use super::opening::{self, Stamp};
use super::reading::{Reader, Reading, read_full};
use super::records::{Artifact, Source};
use super::selection::Answer;
use super::store::{GAP, Process, Store, Stored};
use super::told::PieceNote;
use super::who::{Contexts, Who};
use crate::clock::Clocks;

/// A file is read again only when so many times the time that reading it took has passed: one that is closed ten thousand
/// times is not read as often.
const REST: u32 = 20;

/// What the capture has of a file.
struct Taken {
    number: u64,
    /// Its size and pieces, as one number.
    content: blake3::Hash,
    stamp: Option<Stamp>,
    process: Process,
    source: Source,
}

/// A file that is followed.
pub(crate) struct Tracked {
    facts: Arc<FileFacts>,
    kind: ContentKind,
    answer: Answer,
    most: u64,
    newest: Newest,
    file: Option<File>,
    /// How `file` was opened.
    way: ArtifactWay,
    /// Objects by which it is open.
    pub(crate) objects: HashSet<u64>,
    /// The last object, context and thread that did something.
    object: u64,
    context: u64,
    tid: u32,
    at_ns: u64,
    /// When something was done first since it was open, boot-time nanoseconds.
    first_ns: u64,
    /// Something was done since it was taken.
    pub(crate) is_dirty: bool,
    /// It was mapped to be written: it can change without anybody telling.
    pub(crate) is_mapped: bool,
    is_executed: bool,
    /// Something was written of which it is not known where.
    is_unplaced: bool,
    /// The size that a truncation gave it.
    set_size: Option<u64>,
    version: u32,
    taken: Option<Taken>,
    cost: Duration,
    taken_at: Option<Instant>,
    /// When it is to be taken, where that was put off.
    pub(crate) due: Option<Instant>,
    /// When it was used last: a count.
    pub(crate) used: u64,
}

impl Tracked {
    pub(crate) fn new(facts: Arc<FileFacts>, kind: ContentKind) -> Tracked {
        Tracked {
            facts,
            kind,
            answer: Answer::No,
            most: 0,
            newest: Newest::default(),
            file: None,
            way: ArtifactWay::None,
            objects: HashSet::new(),
            object: 0,
            context: 0,
            tid: 0,
            at_ns: 0,
            first_ns: u64::MAX,
            is_dirty: false,
            is_mapped: false,
            is_executed: false,
            is_unplaced: false,
            set_size: None,
            version: 0,
            taken: None,
            cost: Duration::ZERO,
            taken_at: None,
            due: None,
            used: 0,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.file.is_some()
    }

    /// Whether nothing was kept of it, though it may yet become something that is asked for.
    pub(crate) fn is_left_out(&self) -> bool {
        self.taken.is_none() && matches!(self.answer, Answer::When(nature) if nature.executable)
    }

    /// Takes note of a piece, by somebody whom the selection answers so.
    pub(crate) fn piece(&mut self, note: &PieceNote, answer: Answer, most: u64, budget: &Budget) {
        self.answer = self.answer.or(answer);
        self.most = self.most.max(most);
        if let Some(facts) = note.facts.as_ref().filter(|_| note.object != self.object) {
            // Opened anew and empty: what was written before is gone, and nobody told when.
            let is_emptied = facts.size == 0 && !self.objects.contains(&note.object);
            self.is_unplaced |= is_emptied && self.file.is_none() && self.newest.pieces().next().is_some();
            // It may have another name by now.
            self.facts = facts.clone();
        }
        let way = ContentWay::from_number(note.way);
        if way == Some(ContentWay::Close) {
            return;
        }
        self.is_dirty = true;
        self.first_ns = self.first_ns.min(note.at_ns);
        if note.at_ns >= self.at_ns {
            (self.at_ns, self.object, self.context, self.tid) = (note.at_ns, note.object, note.context, note.tid);
        }
        let unknown = |length| Written { length, at_ns: note.at_ns, digest: None, is_stored: false, bytes: None };
        if way == Some(ContentWay::Truncate) {
            self.newest.truncate(note.size, note.at_ns);
            self.set_size = Some(note.size);
            return;
        }
        self.is_mapped |= way == Some(ContentWay::Mapping);
        let Ok(offset) = u64::try_from(note.offset) else {
            self.is_unplaced = true;
            return;
        };
        let end = offset.saturating_add(note.size);
        self.set_size = self.set_size.map(|size| size.max(end));
        if note.flags & content_flags::UNSURE_OFFSET != 0 {
            self.is_unplaced = true;
            self.newest.put(offset, unknown(note.size));
            return;
        }
        let length = if note.digest.is_some() { note.length } else { 0 };
        if length > 0 {
            let bytes = note.data.as_ref().filter(|_| self.file.is_none()).and_then(|data| budget.keep(data.get()));
            let written = Written { digest: note.digest, is_stored: note.is_stored, bytes, ..unknown(length) };
            self.newest.put(offset, written);
        }
        if note.size > length {
            self.newest.put(offset.saturating_add(length), unknown(note.size - length));
        }
    }

    /// Opens the file, if it is not open and can be had. True when it was opened now.
    pub(crate) fn open(&mut self, note: Option<&PieceNote>) -> bool {
        if self.file.is_some() || self.facts.may_block() {
            return false;
        }
        let (dev, inode) = (self.facts.dev, self.facts.inode);
        let by_descriptor =
            note.filter(|note| note.fd >= 0 && note.way != ContentWay::Close.number()).and_then(|note| {
                opening::open_if(Path::new(&format!("/proc/{}/fd/{}", note.tid, note.fd)), dev, inode).ok()
            });
        self.way = if by_descriptor.is_some() { ArtifactWay::Pinned } else { ArtifactWay::Path };
        self.file = by_descriptor.or_else(|| self.open_by_path(dev, inode));
        if self.file.is_some() {
            self.newest.drop_bytes();
        }
        self.file.is_some()
    }

    fn open_by_path(&self, dev: u32, inode: u64) -> Option<File> {
        let of_process = || {
            let handle = opening::Process::open(self.tid).ok()?.file(&self.facts.path).ok()?;
            opening::check(&handle, dev, inode).ok()?;
            opening::reopen(&handle).ok()
        };
        let path = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(&self.facts.path);
        let of_ours = || opening::open_if(Some(Path::new(path)).filter(|path| path.is_absolute())?, dev, inode).ok();
        of_process().or_else(of_ours).filter(|file| self.was_there(file))
    }

    /// Whether a file existed when something was done to this one: numbers of inodes that are gone are given out again.
    fn was_there(&self, file: &File) -> bool {
        let born = file.metadata().and_then(|is| is.created()).ok();
        let Some(born) = born.and_then(|born| born.duration_since(UNIX_EPOCH).ok()) else { return true };
        let first = i128::from(self.first_ns) + i128::from(Clocks::read().offset_ns());
        // The clocks are not read at once.
        self.first_ns == u64::MAX || born.as_nanos() as i128 <= first + 1_000_000
    }

    /// Lets go of the file.
    pub(crate) fn close(&mut self) {
        self.file = None;
        if !self.is_dirty {
            // What was written is taken; the next who writes begins anew, perhaps on another file with this number.
            self.first_ns = u64::MAX;
            (self.newest, self.set_size, self.is_unplaced) = (Newest::default(), None, false);
        }
    }

    /// It was executed.
    pub(crate) fn executed(&mut self) {
        self.is_executed = true;
        self.is_dirty |= self.taken.is_none();
    }

    /// Whether it has become executable by now, where that matters.
    pub(crate) fn became_executable(&mut self) -> bool {
        if !self.is_left_out() {
            return false;
        }
        self.open(None);
        let is = self.file.as_ref().is_some_and(|file| Stamp::of(file).is_ok_and(|stamp| stamp.mode & 0o111 != 0));
        self.is_dirty |= is;
        is
    }

    /// Takes its content, if it may have changed and is asked for. With `may_wait` it is put off when it was taken just now.
    pub(crate) fn take(&mut self, may_wait: bool, contexts: &Contexts, store: &Store, since_ns: u64) -> Option<bool> {
        if !self.is_dirty && !self.is_mapped {
            return None;
        }
        // While it is put off the file must stay the same one.
        self.open(None);
        if may_wait && let Some(at) = self.taken_at {
            let due = at + self.cost * REST;
            if Instant::now() < due {
                self.due = Some(due);
                return None;
            }
        }
        self.due = None;
        if !self.is_wanted() {
            self.is_dirty = false;
            return Some(false);
        }
        let who = contexts.find(self.context, self.tid);
        let began = Instant::now();
        let known = self.taken.as_ref().and_then(|taken| taken.stamp);
        let is_unchanged = || {
            let stamp = Stamp::of(self.file.as_ref()?).ok()?;
            known.map(|known| known.is_as(&stamp))
        };
        if self.kind == ContentKind::Read && is_unchanged() == Some(true) {
            self.again(&who, store);
        } else {
            let (reading, way) = self.read(&who, store);
            self.keep(reading, way, who, store, since_ns);
        }
        self.is_dirty = false;
        (self.cost, self.taken_at) = (began.elapsed(), Some(Instant::now()));
        Some(true)
    }

    /// Whether its content is what was asked for.
    fn is_wanted(&self) -> bool {
        let nature = match self.answer {
            Answer::No => return false,
            Answer::Yes => return true,
            Answer::When(nature) => nature,
        };
        let mut first = [0; 4];
        let mut mode = self.facts.mode;
        let first = match &self.file {
            Some(file) => {
                mode = Stamp::of(file).map_or(mode, |stamp| stamp.mode);
                let length = read_full(file, &mut first, 0).unwrap_or(0);
                Some(&first[..length])
            }
            None => {
                let piece = self.newest.pieces().next().filter(|(at, _)| *at == 0);
                piece.and_then(|(_, piece)| piece.bytes.as_ref()).map(|bytes| bytes.get())
            }
        };
        let is_executable = nature.executable && (mode & 0o111 != 0 || self.is_executed);
        // How it begins is not known only where nobody can tell any more: then what is there is kept.
        is_executable || first.is_none_or(|first| nature.begins_with(first) == Some(true))
    }

    fn read(&self, who: &Who, store: &Store) -> (Reading, ArtifactWay) {
        if let Some(file) = &self.file {
            let reader = Reader { store, process: who.process(), most: self.most, newest: &self.newest };
            match reader.file(file) {
                Ok(reading) => return (reading, self.way),
                Err(error) => {
                    let why = Some(format!("it cannot be read: {error}"));
                    return (Reading { why, missing: self.facts.size, ..Reading::default() }, ArtifactWay::None);
                }
            }
        }
        (self.put_together(who, store), ArtifactWay::Pieces)
    }

    /// Its content as far as it came by.
    fn put_together(&self, who: &Who, store: &Store) -> Reading {
        let mut reading = Reading::default();
        let mut sha256 = Some(Sha256::new());
        let mut at = 0;
        let mut stored = 0;
        let mut why = None;
        let mut leave_out = |reading: &mut Reading, length: u64, words: &str| {
            reading.missing += length;
            why.get_or_insert(words.to_owned());
        };
        for (offset, piece) in self.newest.pieces() {
            if offset > at {
                leave_out(&mut reading, offset - at, "it was gone, and not all of it was written while recording");
                sha256 = None;
            }
            at = offset + piece.length;
            if stored + piece.length > self.most {
                reading.over_limit = true;
                leave_out(&mut reading, piece.length, "a limit was reached");
                continue;
            }
            let bytes = piece.bytes.as_ref().map(|bytes| bytes.get());
            let known = piece.digest.filter(|_| piece.is_stored);
            let digest = known.or_else(|| {
                let digest = *blake3::hash(bytes?).as_bytes();
                (store.piece(who.process(), &digest, bytes?) != Stored::OverLimit).then_some(digest)
            });
            let Some(digest) = digest else {
                reading.over_limit |= bytes.is_some();
                leave_out(&mut reading, piece.length, "it was gone, and bytes written to it were not copied");
                continue;
            };
            match (&mut sha256, bytes) {
                (Some(sha256), Some(bytes)) => sha256.update(bytes),
                _ => sha256 = None,
            }
            stored += piece.length;
            reading.artifact.pieces.push(Piece { offset, length: piece.length as u32, flags: 0, digest });
        }
        reading.artifact.size = self.set_size.unwrap_or(0).max(at).max(if self.is_new() { 0 } else { self.facts.size });
        let rest = reading.artifact.size - at;
        if rest > 0 {
            leave_out(&mut reading, rest, "it was gone, and not all of it was written while recording");
        }
        if self.newest.is_overflown() {
            leave_out(&mut reading, 0, "it was gone, and written in too many pieces");
            reading.changed = true;
        }
        if self.is_unplaced || self.is_mapped {
            leave_out(&mut reading, 0, "it was gone, and where bytes were written is not known");
            reading.changed = true;
        }
        if store.lost_since(self.facts.since_ns) {
            leave_out(&mut reading, 0, GAP);
            reading.changed = true;
        }
        if reading.missing == 0 && !reading.changed {
            match sha256 {
                Some(sha256) => reading.artifact.sha256 = Some(sha256.finalize().into()),
                None => leave_out(&mut reading, 0, "there was no memory to hash it"),
            }
        }
        reading.why = why;
        reading.stamp = Stamp { mode: self.facts.mode, ctime_ns: self.facts.ctime_ns, ..Stamp::default() };
        reading
    }

    /// Whether it was empty when it was first seen: what is known then is all there is.
    fn is_new(&self) -> bool {
        self.facts.size == 0
    }

    /// Puts what was read, unless that is there.
    fn keep(&mut self, reading: Reading, way: ArtifactWay, who: Who, store: &Store, since_ns: u64) {
        let content = fingerprint(&reading.artifact);
        let flags = self.flags(&reading, since_ns);
        let says_the_same = |taken: &Taken| {
            let source = &taken.source;
            taken.content == content
                && (reading.is_complete() || (source.missing, source.flags) == (reading.missing, flags))
        };
        if self.taken.as_ref().is_some_and(says_the_same) {
            self.again(&who, store);
            return;
        }
        let number = if reading.artifact.pieces.is_empty() && !reading.is_complete() {
            0
        } else {
            let number = store.number();
            store.artifact(number, &reading.artifact);
            number
        };
        self.version += 1;
        let path = self.file.as_ref().and_then(|file| opening::path_of(file).ok());
        let source = Source {
            artifact: number,
            who,
            at_ns: self.at_ns,
            file: self.object,
            inode: self.facts.inode,
            ctime_ns: reading.stamp.ctime_ns,
            size: reading.artifact.size,
            missing: reading.missing,
            dev: self.facts.dev,
            mode: reading.stamp.mode,
            kind: self.artifact_kind().number(),
            way: if number == 0 { ArtifactWay::None } else { way }.number(),
            flags,
            version: self.version,
            path: path.unwrap_or_else(|| self.facts.path.clone()),
            why: reading.why.clone(),
            ..Source::default()
        };
        store.source(&source);
        let stamp = self.file.is_some().then_some(reading.stamp);
        self.taken = Some(Taken { number, content, stamp, process: who.process(), source });
    }

    /// It is as it was: only who else had to do with it is put.
    fn again(&mut self, who: &Who, store: &Store) {
        let Some(taken) = &mut self.taken else { return };
        if taken.process != who.process() && taken.number != 0 {
            taken.process = who.process();
            store.source(&Source {
                who: *who,
                at_ns: self.at_ns,
                file: self.object,
                way: ArtifactWay::Before.number(),
                ..taken.source.clone()
            });
        }
    }

    fn artifact_kind(&self) -> ArtifactKind {
        match self.kind {
            ContentKind::Read => ArtifactKind::Read,
            ContentKind::Module => ArtifactKind::Module,
            _ => ArtifactKind::Write,
        }
    }

    fn flags(&self, reading: &Reading, since_ns: u64) -> u32 {
        let is_memfd = self.facts.path.starts_with(b"memfd:") || self.facts.path.starts_with(b"/memfd:");
        let is_unlinked = match self.file {
            Some(_) => reading.stamp.nlink == 0,
            None => self.facts.flags & 1 != 0,
        };
        let is_sealed = self.file.as_ref().is_some_and(|file| opening::is_sealed(file.as_fd()));
        // Through a mapping everything may have been written over.
        let is_raced = reading.raced && !self.is_mapped;
        [
            (reading.is_complete(), artifact_flags::COMPLETE),
            (reading.changed && self.file.is_some(), artifact_flags::CHANGED),
            (is_raced, artifact_flags::RACED),
            (is_memfd, artifact_flags::MEMFD),
            (is_unlinked, artifact_flags::UNLINKED),
            (reading.stamp.ctime_ns >= since_ns, artifact_flags::NEW),
            (reading.over_limit, artifact_flags::OVER_LIMIT),
            (is_sealed, artifact_flags::SEALED),
        ]
        .iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, flag)| flag)
        .sum()
    }
}

/// What tells one content from another.
fn fingerprint(artifact: &Artifact) -> blake3::Hash {
    let mut bytes = artifact.size.to_le_bytes().to_vec();
    artifact.pieces.iter().for_each(|piece| piece.encode(&mut bytes));
    blake3::hash(&bytes)
}
