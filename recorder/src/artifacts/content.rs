//! Rewrites `content` frames on their way to disk: names their bytes by digest, and leaves out those that are there already,
//! not asked for, or too many. Called by the draining thread, which must not wait for anything.

use std::collections::HashSet;
use std::sync::Arc;

use formats::artifact::{ContentKind, ContentWay, DIGEST_BYTES, content_flags};
use formats::event::VARIABLE_LENGTH_MASK;
use formats::events::content::CONTENT;
use formats::events::lifecycle::SCHED_PROCESS_EXIT;
use formats::events::structure::LOSS;
use formats::frame::FrameHeader;

use super::facts::FileFacts;
use super::recent::Recent;
use super::selection::{Answer, CaptureKind, Selection};
use super::store::{Store, Stored};
use super::told::{PieceNote, Reply, Teller, Told, Waiting};
use super::who::Contexts;
use crate::fields::{field, number, place};

/// Objects that are remembered; then those are forgotten of which nothing was heard for long.
const MOST_OBJECTS: usize = 1 << 17;
/// Objects that are waited for.
const MOST_AWAITED: usize = 1 << 14;

const FLAGS: (usize, usize) = place(&CONTENT, "flags");
const DIGEST: (usize, usize) = place(&CONTENT, "digest");
const DATA: (usize, usize) = place(&CONTENT, "data");
const FIXED: usize = CONTENT.fixed_len() as usize;

/// What is known of an object, and decided.
#[derive(Default)]
struct Known {
    facts: Option<Arc<FileFacts>>,
    /// New bytes of it that were kept.
    kept: u64,
    /// Whether its content is of the nature that was asked for; `None` when that cannot be told yet.
    fits: Option<bool>,
    /// The tracker has it open.
    is_open: bool,
    /// What the kernel side was told last.
    verdict: Option<bool>,
}

/// What is to be done with the bytes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Keep,
    /// Not asked for; the tracker follows the file all the same, as it may turn out to be.
    Follow,
    /// Not asked for.
    Ignore,
    OverLimit,
}

/// Rewrites frames, and keeps in mind what that needs.
pub(crate) struct Rewriter {
    selection: Arc<Selection>,
    store: Store,
    contexts: Contexts,
    teller: Teller,
    objects: Recent<u64, Known>,
    /// When files were told of for the first time, by device and inode number.
    first_told: Recent<(u32, u64), u64>,
    /// Objects that pieces came of before it was known what they are.
    awaited: HashSet<u64>,
    /// When recording began, nanoseconds since 1970.
    since_ns: u64,
    /// Objects with whether their bytes are wanted, for the kernel side: it need not copy those of others.
    pub(crate) verdicts: Vec<(u64, bool)>,
}

impl Rewriter {
    pub(super) fn new(
        selection: Arc<Selection>,
        store: Store,
        contexts: Contexts,
        teller: Teller,
        since_ns: u64,
    ) -> Rewriter {
        let (objects, first_told) = (Recent::new(MOST_OBJECTS), Recent::new(MOST_OBJECTS));
        let (awaited, verdicts) = (HashSet::new(), Vec::new());
        Rewriter { selection, store, contexts, teller, objects, first_told, awaited, since_ns, verdicts }
    }

    /// Takes note of a `file_object` payload, told at that time; 0 for what was there before.
    pub(crate) fn see_file(&mut self, payload: &[u8], boot_ns: u64) {
        if let Some((object, facts)) = FileFacts::of_file(payload) {
            self.see(object, facts, boot_ns);
        }
    }

    /// Takes note of a `socket_object` payload.
    pub(crate) fn see_socket(&mut self, payload: &[u8], boot_ns: u64) {
        if let Some((object, facts)) = FileFacts::of_socket(payload) {
            self.see(object, facts, boot_ns);
        }
    }

    /// Takes note of a `context` payload.
    pub(crate) fn see_context(&mut self, payload: &[u8]) {
        self.contexts.see(payload);
    }

    /// Takes note of a `sched_process_exit` frame: of what a process wrote to, its end may be the last that is heard.
    pub(crate) fn see_exit(&mut self, header: &FrameHeader, payload: &[u8]) {
        if field!(SCHED_PROCESS_EXIT, payload, "process_group_exit").is_some_and(|is_last| is_last != 0)
            && let Some(who) = self.contexts.by_context(header.context, header.tid)
        {
            self.teller.tell(Told::Exited(who.host_pid));
        }
    }

    /// Takes note of a `loss` payload of the lane.
    pub(crate) fn see_loss(&self, payload: &[u8]) {
        let count = field!(LOSS, payload, "count").unwrap_or(0);
        self.store.note_loss(count, field!(LOSS, payload, "last_boot_ns").unwrap_or(u64::MAX));
    }

    fn see(&mut self, object: u64, facts: FileFacts, boot_ns: u64) {
        let since_ns = *self.first_told.keep((facts.dev, facts.inode), || boot_ns);
        let facts = Arc::new(FileFacts { since_ns, ..facts });
        if self.awaited.remove(&object) {
            self.teller.tell(Told::Facts(object, facts.clone()));
        }
        self.known(object).facts = Some(facts);
    }

    fn known(&mut self, object: u64) -> &mut Known {
        self.objects.keep(object, Known::default)
    }

    /// Appends the frame as it is to be written, and tells the tracker of it.
    pub(crate) fn rewrite(&mut self, header: &FrameHeader, payload: &[u8], out: &mut Vec<u8>) {
        self.hear();
        let Some((note, data, fault)) = note(header, payload) else {
            // Not a frame that this build could have made: it is written as it came.
            out.extend_from_slice(&FrameHeader { length: payload.len() as u32, ..*header }.encode());
            out.extend_from_slice(payload);
            return;
        };
        let digest = (!data.is_empty()).then(|| *blake3::hash(data).as_bytes());
        let mut decision = self.decide(&note, data);
        let mut is_stored = false;
        let mut flags = note.flags;
        if let (Decision::Keep, Some(digest)) = (decision, &digest) {
            let process = self.contexts.by_context(note.context, note.tid).map_or((note.tid, 0), |who| who.process());
            match self.store.claim(process, digest, data.len()) {
                Stored::New => {
                    is_stored = true;
                    if note.object != 0 {
                        self.known(note.object).kept += data.len() as u64;
                    }
                }
                Stored::Before => {
                    is_stored = true;
                    flags |= content_flags::STORED_BEFORE;
                }
                Stored::OverLimit => decision = Decision::OverLimit,
            }
        }
        flags |= match decision {
            Decision::Keep => 0,
            Decision::Follow | Decision::Ignore => content_flags::NOT_ASKED,
            Decision::OverLimit => content_flags::OVER_LIMIT,
        };
        let is_left_out =
            flags & (content_flags::STORED_BEFORE | content_flags::NOT_ASKED | content_flags::OVER_LIMIT) != 0;
        put(header, payload, flags, digest.as_ref(), if is_left_out { &[] } else { data }, fault, out);
        if decision != Decision::Ignore {
            self.tell(PieceNote { flags, digest, is_stored, ..note }, data, decision);
        }
    }

    /// Takes the tracker's answers.
    fn hear(&mut self) {
        for (object, reply) in self.teller.replies() {
            let known = self.known(object);
            match reply {
                Reply::Open => known.is_open = true,
                Reply::Wanted => known.fits = Some(true),
                Reply::Unwanted => known.fits = Some(false),
            }
            if let Some(fits) = known.fits {
                self.judge(object, fits);
            }
        }
    }

    /// Tells the kernel side whether bytes of an object are wanted, unless it knows.
    fn judge(&mut self, object: u64, is_wanted: bool) {
        let known = self.known(object);
        // It copies them by itself.
        let before = known.verdict.replace(is_wanted).unwrap_or(true);
        if before != is_wanted {
            self.verdicts.push((object, is_wanted));
        }
    }

    fn decide(&mut self, note: &PieceNote, data: &[u8]) -> Decision {
        let kind = match ContentKind::from_number(note.kind) {
            Some(ContentKind::Write) => CaptureKind::Write,
            Some(ContentKind::Read) => CaptureKind::Read,
            Some(ContentKind::Memory) => CaptureKind::Memory,
            Some(ContentKind::Module) => CaptureKind::Module,
            Some(ContentKind::Bpf) => CaptureKind::Bpf,
            None => return Decision::Keep,
        };
        if !self.selection.wants(kind) {
            return Decision::Ignore;
        }
        if !matches!(kind, CaptureKind::Write | CaptureKind::Read) || note.object == 0 {
            // What belongs together comes as one call's pieces, from the first on.
            let is_over = note.offset.max(0) as u64 >= self.selection.most(kind) && !data.is_empty();
            return if is_over { Decision::OverLimit } else { Decision::Keep };
        }
        let (selection, since_ns) = (self.selection.clone(), self.since_ns);
        let known = self.known(note.object);
        let Some(facts) = known.facts.clone() else {
            if self.awaited.len() < MOST_AWAITED {
                self.awaited.insert(note.object);
            }
            return Decision::Keep;
        };
        let (answer, most) = selection.asks_for(kind, &facts, Some(note.fd), since_ns);
        let nature = match answer {
            Answer::No => {
                // By another descriptor it may be asked for.
                if selection.asks_for(kind, &facts, None, since_ns).0 == Answer::No {
                    self.judge(note.object, false);
                }
                return Decision::Ignore;
            }
            Answer::Yes => None,
            Answer::When(nature) => Some(nature),
        };
        if known.kept.saturating_add(data.len() as u64) > most {
            self.judge(note.object, false);
            return Decision::OverLimit;
        }
        let Some(nature) = nature else { return Decision::Keep };
        if note.offset == 0 && note.way == ContentWay::Buffer.number() && !data.is_empty() {
            known.fits = nature.begins_with(data).or(known.fits);
        }
        if nature.executable && facts.is_executable() {
            known.fits = Some(true);
        }
        match known.fits {
            Some(fits) => {
                self.judge(note.object, fits);
                if fits { Decision::Keep } else { Decision::Follow }
            }
            None => Decision::Keep,
        }
    }

    fn tell(&mut self, note: PieceNote, data: &[u8], decision: Decision) {
        let known = Some(self.known(note.object)).filter(|_| note.object != 0);
        let facts = known.as_ref().and_then(|known| known.facts.clone());
        let is_of_file = matches!(ContentKind::from_number(note.kind), Some(ContentKind::Write | ContentKind::Read));
        let is_open = is_of_file && known.is_some_and(|known| known.is_open);
        // A file that is open tells its content itself; what is not asked for is not put together.
        let is_needed = !data.is_empty() && !is_open && decision != Decision::Follow;
        let data: Option<Waiting> = if is_needed { self.teller.copy(data) } else { None };
        self.teller.tell(Told::Piece(Box::new(PieceNote { facts, data, ..note })));
    }
}

/// The fields of a `content` payload, its data, and the bits beside the length of these; `None` when it does not add up.
fn note<'a>(header: &FrameHeader, payload: &'a [u8]) -> Option<(PieceNote, &'a [u8], u32)> {
    let digest = number(payload, (DIGEST.0, 4))? as u32 & VARIABLE_LENGTH_MASK;
    let data = number(payload, (DATA.0, 4))? as u32;
    let begin = FIXED + digest as usize;
    let bytes = payload.get(begin..)?;
    if bytes.len() != (data & VARIABLE_LENGTH_MASK) as usize {
        return None;
    }
    let note = PieceNote {
        at_ns: header.boot_ns,
        context: header.context,
        tid: header.tid,
        object: field!(CONTENT, payload, "file")?,
        offset: field!(CONTENT, payload, "offset")? as i64,
        size: field!(CONTENT, payload, "size")?,
        stream: field!(CONTENT, payload, "stream")?,
        address: field!(CONTENT, payload, "address")?,
        fd: field!(CONTENT, payload, "fd")? as i32,
        kind: field!(CONTENT, payload, "kind")? as u32,
        way: field!(CONTENT, payload, "way")? as u32,
        flags: field!(CONTENT, payload, "flags")? as u32,
        facts: None,
        length: bytes.len() as u64,
        digest: None,
        is_stored: false,
        data: None,
    };
    Some((note, bytes, data & !VARIABLE_LENGTH_MASK))
}

/// Appends the frame with these flags, digest and data. The full length of the data stays what it was.
fn put(
    header: &FrameHeader,
    payload: &[u8],
    flags: u32,
    digest: Option<&[u8; DIGEST_BYTES]>,
    data: &[u8],
    data_bits: u32,
    out: &mut Vec<u8>,
) {
    let digest = digest.map_or(&[][..], |digest| digest);
    let length = (FIXED + digest.len() + data.len()) as u32;
    out.reserve(formats::frame::FRAME_HEADER_LEN + length as usize);
    out.extend_from_slice(&FrameHeader { length, ..*header }.encode());
    let start = out.len();
    out.extend_from_slice(&payload[..FIXED]);
    let fixed = &mut out[start..];
    let mut set = |at: usize, value: u32| fixed[at..at + 4].copy_from_slice(&value.to_le_bytes());
    set(FLAGS.0, flags);
    set(DIGEST.0, digest.len() as u32);
    set(DIGEST.0 + 4, digest.len() as u32);
    set(DATA.0, data.len() as u32 | data_bits);
    out.extend_from_slice(digest);
    out.extend_from_slice(data);
}

#[cfg(test)]
mod tests;
