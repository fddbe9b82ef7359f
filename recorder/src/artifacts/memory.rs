//! Content of memory, modules and BPF programs: the pieces of one call, put together.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use formats::artifact::{ArtifactKind, ArtifactWay, ContentKind, artifact_flags, content_flags};

use super::newest::Budget;
use super::records::Source;
use super::selection::{CaptureKind, Selection};
use super::store::{GAP, Store};
use super::stream::{Part, Stream};
use super::told::PieceNote;
use super::who::{Contexts, Who};

/// When nothing more comes of a call for so long, that was all.
const PATIENCE: Duration = Duration::from_secs(1);
/// Calls that are put together at once.
const MOST: usize = 1024;

/// A call whose pieces come.
struct Call {
    stream_number: u64,
    kind: ContentKind,
    who: Who,
    at_ns: u64,
    address: u64,
    flags: u32,
    /// Bytes up to where pieces have come.
    end: u64,
    /// The file that the memory is of, 0 for none.
    object: u64,
    stream: Stream,
    since: Instant,
}

/// Calls by thread: each does one at a time.
#[derive(Default)]
pub(crate) struct Memory {
    calls: HashMap<u32, Call>,
}

impl Memory {
    /// Takes a piece.
    pub(crate) fn piece(
        &mut self,
        note: &PieceNote,
        selection: &Selection,
        contexts: &Contexts,
        store: &Store,
        budget: &Budget,
    ) {
        let (kind, most) = match ContentKind::from_number(note.kind) {
            Some(kind @ ContentKind::Module) => (kind, selection.most(CaptureKind::Module)),
            Some(kind @ ContentKind::Bpf) => (kind, selection.most(CaptureKind::Bpf)),
            _ => (ContentKind::Memory, selection.most(CaptureKind::Memory)),
        };
        if self.calls.get(&note.tid).is_some_and(|call| (call.stream_number, call.kind) != (note.stream, kind)) {
            self.end(note.tid, store);
        }
        if self.calls.len() >= MOST {
            self.finish(store);
        }
        let call = self.calls.entry(note.tid).or_insert_with(|| {
            let who = contexts.find(note.context, note.tid);
            Call {
                stream_number: note.stream,
                kind,
                who,
                at_ns: note.at_ns,
                address: note.address,
                flags: 0,
                end: 0,
                object: note.object,
                stream: Stream::new(who.process(), most),
                since: Instant::now(),
            }
        });
        call.since = Instant::now();
        call.flags |= note.flags;
        // Of a frame that is lost, the place is left.
        let offset = note.offset.max(0) as u64;
        if offset > call.end {
            let size = offset - call.end;
            let lost = Part { at_ns: note.at_ns, size, length: 0, digest: None, is_stored: false, bytes: None };
            call.stream.put(lost, store);
        }
        call.end = call.end.max(offset + note.size);
        let part = Part {
            at_ns: note.at_ns,
            size: note.size,
            length: note.length,
            digest: note.digest,
            is_stored: note.is_stored,
            bytes: note.data.as_ref().and_then(|data| budget.keep(data.get())),
        };
        call.stream.put(part, store);
    }

    /// Ends calls of which nothing more comes.
    pub(crate) fn tick(&mut self, store: &Store) {
        let over = self.calls.iter().filter(|(_, call)| call.since.elapsed() >= PATIENCE);
        let over: Vec<u32> = over.map(|(tid, _)| *tid).collect();
        over.into_iter().for_each(|tid| self.end(tid, store));
    }

    /// Ends all.
    pub(crate) fn finish(&mut self, store: &Store) {
        let all: Vec<u32> = self.calls.keys().copied().collect();
        all.into_iter().for_each(|tid| self.end(tid, store));
    }

    fn end(&mut self, tid: u32, store: &Store) {
        let Some(mut call) = self.calls.remove(&tid) else { return };
        let mut whole = call.stream.finish(store);
        let is_cut = call.flags & content_flags::CUT != 0;
        if is_cut {
            whole.doubt("there was more of it than a call's pieces may say");
        }
        let has_gap = store.lost_since(call.at_ns);
        if has_gap {
            whole.doubt(GAP);
        }
        let number = store.number();
        store.artifact(number, &whole.artifact);
        let mut flags = 0;
        if whole.missing == 0 && !is_cut && !has_gap {
            flags |= artifact_flags::COMPLETE;
        }
        if whole.over_limit {
            flags |= artifact_flags::OVER_LIMIT;
        }
        if call.flags & content_flags::BECAME_WRITABLE != 0 {
            flags |= artifact_flags::BECAME_WRITABLE;
        }
        let (kind, address, path) = match call.kind {
            ContentKind::Module => (ArtifactKind::Module, call.address, Vec::new()),
            ContentKind::Bpf if call.address == 0 => (ArtifactKind::Bpf, 0, Vec::new()),
            ContentKind::Bpf => (ArtifactKind::Bpf, 0, format!("bpf-prog:{}", call.address).into_bytes()),
            _ => (ArtifactKind::Memory, call.address, Vec::new()),
        };
        store.source(&Source {
            artifact: number,
            who: call.who,
            at_ns: call.at_ns,
            file: call.object,
            size: whole.artifact.size,
            missing: whole.missing,
            address,
            path,
            kind: kind.number(),
            way: ArtifactWay::Memory.number(),
            flags,
            why: whole.why,
            ..Source::default()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::selection::Limits;
    use crate::artifacts::testing::{Sink, sha256};
    use crate::artifacts::told::channel;

    struct Bench {
        sink: Sink,
        store: Store,
        memory: Memory,
        selection: Selection,
    }

    impl Bench {
        fn new() -> Bench {
            let sink = Sink::default();
            let store = Store::new(Limits::default(), None, sink.put());
            let selection = Selection::parse(&["mem".to_owned(), "bpf".to_owned()]).unwrap();
            Bench { sink, store, memory: Memory::default(), selection }
        }

        fn piece(&mut self, stream: u64, offset: i64, kind: ContentKind, flags: u32, bytes: &[u8]) {
            let (teller, ..) = channel(&self.store);
            let note = PieceNote {
                at_ns: 1,
                context: 2,
                tid: 3,
                object: 0,
                offset,
                size: bytes.len() as u64,
                stream,
                address: 0x1000,
                fd: -1,
                kind: kind.number(),
                way: 8,
                flags,
                facts: None,
                length: bytes.len() as u64,
                digest: Some(*blake3::hash(bytes).as_bytes()),
                is_stored: false,
                data: teller.copy(bytes),
            };
            let budget = Budget::new(1 << 20);
            self.memory.piece(&note, &self.selection, &Contexts::default(), &self.store, &budget);
        }

        fn finish(&mut self) -> Vec<crate::artifacts::testing::Put> {
            self.memory.finish(&self.store);
            self.store.flush();
            self.sink.sources()
        }
    }

    #[test]
    fn the_pieces_of_a_call_are_an_artifact() {
        let mut bench = Bench::new();
        bench.piece(1, 0, ContentKind::Memory, 0, &[0xcc; 65536]);
        bench.piece(1, 65536, ContentKind::Memory, 0, b"rest");
        bench.piece(2, 0, ContentKind::Memory, content_flags::BECAME_WRITABLE, b"other");
        let sources = bench.finish();
        assert_eq!(sources.len(), 2);
        let wanted = [&[0xcc; 65536][..], b"rest"].concat();
        assert!(sources[0].content.as_ref().unwrap() == &wanted && sources[0].sha256 == Some(sha256(&wanted)));
        assert!(sources[0].has(artifact_flags::COMPLETE) && sources[0].number("address") == 0x1000);
        assert!(sources[1].has(artifact_flags::BECAME_WRITABLE) && sources[1].content.as_ref().unwrap() == b"other");
    }

    #[test]
    fn lost_pieces_and_cut_calls_are_not_complete() {
        let mut bench = Bench::new();
        bench.piece(1, 0, ContentKind::Bpf, 0, b"12345678");
        bench.piece(1, 16, ContentKind::Bpf, 0, b"12345678");
        bench.piece(2, 0, ContentKind::Bpf, content_flags::CUT, b"12345678");
        let sources = bench.finish();
        assert_eq!((sources[0].number("missing"), sources[0].number("size")), (8, 24));
        assert_eq!(sources[0].number("kind"), u64::from(ArtifactKind::Bpf.number()));
        assert!(sources.iter().all(|source| !source.has(artifact_flags::COMPLETE) && source.why.is_some()));
    }
}
