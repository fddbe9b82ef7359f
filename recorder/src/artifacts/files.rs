//! The tracker: a thread that follows files while they are written or read, and takes their content when it may be whole: at the
//! last close, at a process's end, when the file is executed, and at the end of the recording.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use formats::artifact::{ArtifactKind, ArtifactWay, ContentKind, ContentWay, artifact_flags, content_flags};

use super::facts::FileFacts;
use super::memory::Memory;
use super::newest::Budget;
use super::records::Source;
use super::selection::{Answer, CaptureKind, Selection};
use super::store::{self, Store};
use super::stream::{Part, Stream};
use super::told::{PieceNote, Replies, Reply, Told};
use super::tracked::Tracked;
use super::who::{Contexts, Who};
use crate::clock;

/// Between two looks at what is due.
const NAP: Duration = Duration::from_millis(100);
/// What a process did may come this much later than its end.
const EXIT_DELAY: Duration = Duration::from_millis(200);
/// So long is waited for what an object is.
const FACTS_PATIENCE: Duration = Duration::from_secs(2);
/// Files that are open at once; beyond, those that were used least are taken and closed.
const MOST_OPEN: usize = 1024;
/// Files that are remembered.
const MOST_FILES: usize = 1 << 16;
/// Pieces of unknown objects that wait.
const MOST_UNKNOWN: usize = 4096;
/// Bytes that are kept for files that cannot be opened.
const MOST_KEPT: u64 = 64 << 20;
/// The end of the recording takes no longer, whatever there is to take.
const LAST_PATIENCE: Duration = Duration::from_secs(8);

const OPEN_LIMIT: &str = "written files that were open at once";
const FILES_LIMIT: &str = "written files that were remembered";
const UNKNOWN_LIMIT: &str = "written or read files of which nothing is known but that";
const TIME_LIMIT: &str = "written files that there was no time for at the end";

/// A file, pipe or socket, and what was done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct FileKey {
    dev: u32,
    inode: u64,
    kind: u32,
    /// Where it is not known what it is: the object.
    object: u64,
}

/// A stream with whoever it is of.
struct Flow {
    stream: Stream,
    facts: Arc<FileFacts>,
    kind: ContentKind,
    who: Who,
    object: u64,
    objects: HashSet<u64>,
    at_ns: u64,
    version: u32,
    /// What was lost from then on may have been of it, boot-time nanoseconds.
    since_ns: u64,
}

/// The tracker.
pub(crate) struct Tracker {
    selection: Arc<Selection>,
    store: Store,
    contexts: Contexts,
    replies: Replies,
    /// When recording began, nanoseconds since 1970.
    since_ns: u64,
    budget: Budget,
    files: HashMap<FileKey, Tracked>,
    flows: HashMap<FileKey, Flow>,
    by_process: HashMap<u32, HashSet<FileKey>>,
    exited: VecDeque<(Instant, u32)>,
    unknown: HashMap<u64, (Instant, Vec<PieceNote>)>,
    unknown_count: usize,
    memory: Memory,
    open: usize,
    clock: u64,
}

impl Tracker {
    pub(crate) fn new(
        selection: Arc<Selection>,
        store: Store,
        contexts: Contexts,
        replies: Replies,
        since_ns: u64,
    ) -> Tracker {
        Tracker {
            selection,
            store,
            contexts,
            replies,
            since_ns,
            budget: Budget::new(MOST_KEPT),
            files: HashMap::new(),
            flows: HashMap::new(),
            by_process: HashMap::new(),
            exited: VecDeque::new(),
            unknown: HashMap::new(),
            unknown_count: 0,
            memory: Memory::default(),
            open: 0,
            clock: 0,
        }
    }

    /// Follows what it is told until the end.
    pub(crate) fn run(mut self, told: &Receiver<Told>) {
        let mut ticked = Instant::now();
        loop {
            match told.recv_timeout(NAP) {
                Ok(Told::Piece(note)) => self.piece(*note),
                Ok(Told::Facts(object, facts)) => self.facts(object, &facts),
                Ok(Told::Exited(pid)) => self.exited.push_back((Instant::now(), pid)),
                Ok(Told::Executed(dev, inode)) => self.executed(dev, inode),
                Ok(Told::Finish) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if ticked.elapsed() >= NAP {
                ticked = Instant::now();
                self.tick();
            }
        }
        self.finish();
    }

    fn piece(&mut self, mut note: PieceNote) {
        // Memory may be of a file; what it holds is not the file's.
        let kind = ContentKind::from_number(note.kind);
        if note.object == 0 || matches!(kind, Some(ContentKind::Memory | ContentKind::Bpf)) {
            self.memory.piece(&note, &self.selection, &self.contexts, &self.store, &self.budget);
            return;
        }
        if let Some(facts) = note.facts.clone() {
            self.piece_of(note, facts);
        } else if self.unknown_count >= MOST_UNKNOWN {
            self.piece_of(note, Arc::default());
        } else {
            self.unknown_count += 1;
            // The bytes wait here, and no more in the message.
            let waits = self.unknown.entry(note.object).or_insert_with(|| (Instant::now(), Vec::new()));
            note.facts = None;
            waits.1.push(note);
        }
    }

    fn facts(&mut self, object: u64, facts: &Arc<FileFacts>) {
        if let Some((_, notes)) = self.unknown.remove(&object) {
            self.unknown_count -= notes.len();
            for note in notes {
                self.piece_of(PieceNote { facts: Some(facts.clone()), ..note }, facts.clone());
            }
        }
    }

    fn piece_of(&mut self, note: PieceNote, facts: Arc<FileFacts>) {
        let Some(kind) = ContentKind::from_number(note.kind) else { return };
        let (asked, is_module) = match kind {
            ContentKind::Read => (CaptureKind::Read, false),
            ContentKind::Module => (CaptureKind::Module, true),
            _ => (CaptureKind::Write, false),
        };
        let is_by_buffer = note.way == ContentWay::Buffer.number();
        let fd = Some(note.fd).filter(|_| is_by_buffer);
        let (answer, most) = self.selection.asks_for(asked, &facts, fd, self.since_ns);
        if answer == Answer::No {
            return;
        }
        let is_known = facts.mode != 0;
        let key = FileKey {
            dev: facts.dev,
            inode: facts.inode,
            kind: note.kind,
            object: if is_known { 0 } else { note.object },
        };
        if !facts.is_regular() {
            return self.flow(key, &note, facts, most);
        }
        self.clock += 1;
        if self.files.len() >= MOST_FILES && !self.files.contains_key(&key) {
            self.forget_files();
        }
        let file = self.files.entry(key).or_insert_with(|| Tracked::new(facts, kind));
        file.used = self.clock;
        let is_close = note.way == ContentWay::Close.number();
        file.piece(&note, answer, most, &self.budget);
        if is_close {
            if note.flags & content_flags::LAST_CLOSE != 0 {
                file.objects.remove(&note.object);
                self.take(key, true);
            }
            return;
        }
        file.objects.insert(note.object);
        if file.open(Some(&note)) {
            self.open += 1;
        }
        if file.is_open() {
            self.replies.put(note.object, Reply::Open);
        }
        self.note_process(key, &note);
        if is_module {
            self.take(key, false);
        }
        if self.open > MOST_OPEN {
            self.close_some();
        }
    }

    fn note_process(&mut self, key: FileKey, note: &PieceNote) {
        let process = self.contexts.find(note.context, note.tid).host_pid;
        if self.by_process.len() < MOST_FILES {
            self.by_process.entry(process).or_default().insert(key);
        }
    }

    /// Takes a file's content, and lets go of it when nobody has it open any more.
    fn take(&mut self, key: FileKey, may_wait: bool) {
        let Some(file) = self.files.get_mut(&key) else { return };
        let was_open = file.is_open();
        let taken = file.take(may_wait, &self.contexts, &self.store, self.since_ns);
        match taken {
            Some(false) if file.is_left_out() => {
                file.objects.iter().for_each(|object| self.replies.put(*object, Reply::Unwanted))
            }
            Some(true) => file.objects.iter().for_each(|object| self.replies.put(*object, Reply::Wanted)),
            _ => {}
        }
        // A mapping goes on without a descriptor, until the process ends.
        if file.objects.is_empty() && !file.is_dirty && !file.is_mapped {
            file.close();
        }
        self.open = self.open + usize::from(file.is_open()) - usize::from(was_open);
    }

    /// Takes and closes files that were used least.
    fn close_some(&mut self) {
        self.store.reached(OPEN_LIMIT);
        let mut open: Vec<(u64, FileKey)> =
            self.files.iter().filter(|(_, file)| file.is_open()).map(|(key, file)| (file.used, *key)).collect();
        open.sort_unstable_by_key(|(used, _)| *used);
        for (_, key) in open.into_iter().take(MOST_OPEN / 8) {
            self.take(key, false);
            if let Some(file) = self.files.get_mut(&key)
                && file.is_open()
            {
                file.close();
                self.open -= 1;
            }
        }
    }

    /// Forgets files that nothing is to be done with, those first that were used least.
    fn forget_files(&mut self) {
        self.store.reached(FILES_LIMIT);
        let mut all: Vec<(u64, FileKey)> = self.files.iter().map(|(key, file)| (file.used, *key)).collect();
        all.sort_unstable_by_key(|(used, _)| *used);
        for (_, key) in all.into_iter().take(MOST_FILES / 8) {
            self.take(key, false);
            if self.files.remove(&key).is_some_and(|file| file.is_open()) {
                self.open -= 1;
            }
        }
        self.by_process.values_mut().for_each(|keys| keys.retain(|key| self.files.contains_key(key)));
        self.by_process.retain(|_, keys| !keys.is_empty());
    }

    fn flow(&mut self, key: FileKey, note: &PieceNote, facts: Arc<FileFacts>, most: u64) {
        let is_close = note.way == ContentWay::Close.number();
        if is_close && !self.flows.contains_key(&key) {
            return;
        }
        if self.flows.len() >= MOST_OPEN && !self.flows.contains_key(&key) {
            self.store.reached(OPEN_LIMIT);
            let all: Vec<FileKey> = self.flows.keys().copied().collect();
            all.into_iter().for_each(|key| self.end_flow(key, true));
        }
        let who = self.contexts.find(note.context, note.tid);
        let flow = self.flows.entry(key).or_insert_with(|| Flow {
            stream: Stream::new(who.process(), most),
            since_ns: facts.since_ns,
            facts,
            kind: ContentKind::from_number(note.kind).unwrap_or(ContentKind::Write),
            who,
            object: note.object,
            objects: HashSet::new(),
            at_ns: note.at_ns,
            version: 0,
        });
        if is_close {
            if note.flags & content_flags::LAST_CLOSE != 0 {
                flow.objects.remove(&note.object);
                if flow.objects.is_empty() {
                    self.end_flow(key, false);
                }
            }
            return;
        }
        flow.objects.insert(note.object);
        if note.at_ns >= flow.at_ns {
            (flow.at_ns, flow.who, flow.object) = (note.at_ns, who, note.object);
        }
        let length = if note.digest.is_some() { note.length } else { 0 };
        let part = Part {
            at_ns: note.at_ns,
            size: note.size,
            length,
            digest: note.digest,
            is_stored: note.is_stored,
            bytes: note.data.as_ref().and_then(|data| self.budget.keep(data.get())),
        };
        flow.stream.put(part, &self.store);
        self.note_process(key, note);
    }

    /// Puts what went through, and begins anew.
    fn end_flow(&mut self, key: FileKey, forget: bool) {
        let Some(flow) = self.flows.get_mut(&key) else { return };
        if !flow.stream.is_empty() {
            let mut whole = flow.stream.finish(&self.store);
            let has_gap = self.store.lost_since(std::mem::replace(&mut flow.since_ns, flow.at_ns));
            if has_gap {
                whole.doubt(store::GAP);
            } else if flow.facts.mode == 0 {
                whole.doubt("what it was written to or read from is not known");
            }
            let number = if whole.artifact.pieces.is_empty() { 0 } else { self.store.number() };
            if number != 0 {
                self.store.artifact(number, &whole.artifact);
            }
            flow.version += 1;
            let mut flags = if whole.over_limit { artifact_flags::OVER_LIMIT } else { 0 };
            if whole.missing == 0 && !has_gap && flow.facts.mode != 0 {
                flags |= artifact_flags::COMPLETE;
            }
            let kind = if flow.kind == ContentKind::Read { ArtifactKind::Read } else { ArtifactKind::Write };
            let way = if number == 0 { ArtifactWay::None } else { ArtifactWay::Pieces };
            self.store.source(&Source {
                artifact: number,
                who: flow.who,
                at_ns: flow.at_ns,
                file: flow.object,
                inode: flow.facts.inode,
                size: whole.artifact.size,
                missing: whole.missing,
                dev: flow.facts.dev,
                mode: flow.facts.mode,
                kind: kind.number(),
                way: way.number(),
                flags,
                version: flow.version,
                path: flow.facts.path.clone(),
                why: whole.why,
                ..Source::default()
            });
        }
        if forget || flow.objects.is_empty() {
            self.flows.remove(&key);
        }
    }

    /// A file was executed: what was written to it is a program.
    fn executed(&mut self, dev: u32, inode: u64) {
        let key = FileKey { dev, inode, kind: ContentKind::Write.number(), object: 0 };
        if let Some(file) = self.files.get_mut(&key) {
            file.executed();
            self.take(key, false);
        }
    }

    /// A process has ended: what it wrote may be whole, though nobody said so.
    fn ended(&mut self, pid: u32) {
        for key in self.by_process.remove(&pid).unwrap_or_default() {
            if let Some(file) = self.files.get_mut(&key) {
                let was_mapped = std::mem::take(&mut file.is_mapped);
                file.is_dirty |= was_mapped;
                self.take(key, true);
                if let Some(file) = self.files.get_mut(&key) {
                    // Others may have it mapped too.
                    file.is_mapped = was_mapped && !file.objects.is_empty();
                }
            }
            if self.flows.get(&key).is_some_and(|flow| flow.who.host_pid == pid) {
                self.end_flow(key, false);
            }
        }
    }

    fn tick(&mut self) {
        while self.exited.front().is_some_and(|(since, _)| since.elapsed() >= EXIT_DELAY) {
            if let Some((_, pid)) = self.exited.pop_front() {
                self.ended(pid);
            }
        }
        let now = Instant::now();
        let due: Vec<FileKey> =
            self.files.iter().filter(|(_, file)| file.due.is_some_and(|due| due <= now)).map(|(key, _)| *key).collect();
        due.into_iter().for_each(|key| self.take(key, false));
        self.give_up_on_unknown(FACTS_PATIENCE);
        self.memory.tick(&self.store);
        let now_ns = clock::boot_ns();
        self.flows.values_mut().for_each(|flow| flow.stream.settle(now_ns, &self.store));
        self.store.flush();
    }

    fn give_up_on_unknown(&mut self, patience: Duration) {
        let old = self.unknown.iter().filter(|(_, (since, _))| since.elapsed() >= patience);
        let old: Vec<u64> = old.map(|(object, _)| *object).collect();
        for object in old {
            self.store.reached(UNKNOWN_LIMIT);
            self.facts(object, &Arc::default());
        }
    }

    /// Takes everything that is left.
    fn finish(&mut self) {
        let began = Instant::now();
        self.give_up_on_unknown(Duration::ZERO);
        self.memory.finish(&self.store);
        let flows: Vec<FileKey> = self.flows.keys().copied().collect();
        flows.into_iter().for_each(|key| self.end_flow(key, true));
        let mut keys: Vec<(u64, FileKey)> = self.files.iter().map(|(key, file)| (file.used, *key)).collect();
        // What was used last is most likely to be there still, and of interest.
        keys.sort_unstable_by_key(|(used, _)| std::cmp::Reverse(*used));
        for (_, key) in keys {
            if began.elapsed() >= LAST_PATIENCE {
                self.store.reached(TIME_LIMIT);
                continue;
            }
            if let Some(file) = self.files.get_mut(&key) {
                file.became_executable();
                file.is_dirty |= file.is_mapped;
                file.take(false, &self.contexts, &self.store, self.since_ns);
                file.close();
            }
        }
        self.store.flush();
    }
}

#[cfg(test)]
mod tests;
