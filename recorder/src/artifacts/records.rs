//! The recorder's own frames about artifacts.

use formats::artifact::{Digest, PIECE_ENTRY_BYTES, PIECES_IN_RECORD, Piece};
use formats::events::content::{ARTIFACT, ARTIFACT_CONTENT, ARTIFACT_SOURCE};
use formats::frame::{FRAME_HEADER_LEN, FrameHeader};
use formats::payload::{PayloadBuilder, Variable};

use super::who::Who;

/// Bytes of the descriptor of a variable field.
const DESCRIPTOR: usize = 8;

/// An artifact, but for its number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Artifact {
    /// With holes, bytes.
    pub(crate) size: u64,
    pub(crate) sha256: Option<Digest>,
    pub(crate) pieces: Vec<Piece>,
}

impl Artifact {
    /// Bytes of all its pieces.
    pub(crate) fn stored(&self) -> u64 {
        self.pieces.iter().map(|piece| u64::from(piece.length)).sum()
    }
}

/// Where an artifact came from; the members are the fields of the record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    pub(crate) artifact: u64,
    pub(crate) who: Who,
    pub(crate) at_ns: u64,
    pub(crate) file: u64,
    pub(crate) inode: u64,
    pub(crate) ctime_ns: u64,
    pub(crate) size: u64,
    pub(crate) missing: u64,
    pub(crate) held_ns: u64,
    pub(crate) address: u64,
    pub(crate) dev: u32,
    pub(crate) mode: u32,
    pub(crate) kind: u32,
    pub(crate) way: u32,
    pub(crate) flags: u32,
    pub(crate) version: u32,
    pub(crate) path: Vec<u8>,
    pub(crate) why: Option<String>,
}

/// Appends an `artifact_content` frame. Its time is set when it is put.
pub(crate) fn put_content(digest: &Digest, bytes: &[u8], rows: &mut Vec<u8>) {
    // By hand: a piece has 64 KiB, and the builder would copy each three times.
    let header = FrameHeader {
        event: ARTIFACT_CONTENT.id,
        length: (2 * DESCRIPTOR + digest.len() + bytes.len()) as u32,
        ..FrameHeader::default()
    };
    rows.extend_from_slice(&header.encode());
    put_descriptor(digest.len(), rows);
    put_descriptor(bytes.len(), rows);
    rows.extend_from_slice(digest);
    rows.extend_from_slice(bytes);
}

fn put_descriptor(length: usize, rows: &mut Vec<u8>) {
    let length = (length as u32).to_le_bytes();
    rows.extend_from_slice(&length);
    rows.extend_from_slice(&length);
}

/// Appends the `artifact` frames of an artifact.
pub(crate) fn put_artifact(number: u64, artifact: &Artifact, rows: &mut Vec<u8>) {
    let parts = artifact.pieces.len().div_ceil(PIECES_IN_RECORD).max(1);
    let stored = artifact.stored();
    for part in 0..parts {
        let pieces = artifact.pieces.iter().skip(part * PIECES_IN_RECORD).take(PIECES_IN_RECORD);
        let mut entries = Vec::with_capacity(pieces.len() * PIECE_ENTRY_BYTES);
        pieces.for_each(|piece| piece.encode(&mut entries));
        let payload = PayloadBuilder::new(&ARTIFACT)
            .u64("artifact", number)
            .u64("size", artifact.size)
            .u64("stored", stored)
            .u64("part", part as u64)
            .u64("parts", parts as u64)
            .bytes("sha256", artifact.sha256.as_ref().map_or(&[][..], |sha256| sha256))
            .bytes("pieces", &entries);
        put(FrameHeader { event: ARTIFACT.id, ..FrameHeader::default() }, payload, rows);
    }
}

/// Appends an `artifact_source` frame.
pub(crate) fn put_source(source: &Source, rows: &mut Vec<u8>) {
    let why = source.why.as_deref().unwrap_or_default().as_bytes();
    let why = Variable { bytes: why, full_len: Some(why.len() as u32), fault: false, null: source.why.is_none() };
    let payload = PayloadBuilder::new(&ARTIFACT_SOURCE)
        .u64("artifact", source.artifact)
        .u64("at_ns", source.at_ns)
        .u64("file", source.file)
        .u64("start_time", source.who.start_time)
        .u64("inode", source.inode)
        .u64("ctime_ns", source.ctime_ns)
        .u64("size", source.size)
        .u64("missing", source.missing)
        .u64("held_ns", source.held_ns)
        .u64("address", source.address)
        .u64("dev", source.dev.into())
        .u64("mode", source.mode.into())
        .u64("host_pid", source.who.host_pid.into())
        .u64("kind", source.kind.into())
        .u64("way", source.way.into())
        .u64("flags", source.flags.into())
        .u64("version", source.version.into())
        .bytes("path", &source.path)
        .variable("why", why);
    let header = FrameHeader {
        event: ARTIFACT_SOURCE.id,
        context: source.who.context,
        tid: source.who.tid,
        ..FrameHeader::default()
    };
    put(header, payload, rows);
}

fn put(header: FrameHeader, payload: PayloadBuilder<'_>, rows: &mut Vec<u8>) {
    let payload = payload.finish();
    debug_assert!(payload.is_ok(), "{payload:?}");
    // Every field is set by the name and width that it has.
    let _ = header.append(&payload.unwrap_or_default(), rows);
}

/// Gives every frame of `rows` this time.
pub(crate) fn stamp(rows: &mut [u8], boot_ns: u64) {
    let mut at = 0;
    while let Some(header) = rows.get(at..).and_then(|rest| rest.first_chunk()).map(FrameHeader::decode) {
        rows[at..at + 8].copy_from_slice(&boot_ns.to_le_bytes());
        at += FRAME_HEADER_LEN + header.length as usize;
    }
}

#[cfg(test)]
mod tests {
    use formats::frame::Frames;
    use formats::payload::Value;
    use formats::schema::Schema;

    use super::*;

    #[test]
    fn content_is_what_the_builder_would_have_made() {
        let (digest, bytes) = ([7; 32], vec![9; 65536]);
        let mut rows = Vec::new();
        put_content(&digest, &bytes, &mut rows);
        stamp(&mut rows, 42);
        let frame = Frames::new(&rows).next().unwrap().unwrap();
        let built =
            PayloadBuilder::new(&ARTIFACT_CONTENT).bytes("digest", &digest).bytes("data", &bytes).finish().unwrap();
        assert!(frame.payload == built, "the payload");
        assert_eq!((frame.header.boot_ns, frame.header.event), (42, ARTIFACT_CONTENT.id));
    }

    #[test]
    fn an_artifact_of_many_pieces_has_many_records() {
        let piece = |n: u64| Piece { offset: n * 10, length: 10, flags: 0, digest: [n as u8; 32] };
        let pieces: Vec<Piece> = (0..PIECES_IN_RECORD as u64 + 1).map(piece).collect();
        let artifact = Artifact { size: 1 << 40, sha256: None, pieces };
        let mut rows = Vec::new();
        put_artifact(3, &artifact, &mut rows);
        let schema = Schema::builtin().get(ARTIFACT.id).unwrap();
        let mut found = Vec::new();
        for frame in Frames::new(&rows) {
            let payload = frame.unwrap().payload;
            let values: Vec<Value<'_>> = schema.values(payload).unwrap().collect();
            assert_eq!(values[0], Value::U64(3));
            assert_eq!(values[2], Value::U64(10 * (PIECES_IN_RECORD as u64 + 1)));
            assert_eq!(values[4], Value::U64(2));
            let Some(Value::Variable(_, entries)) = schema.value(payload, 6) else { panic!("pieces") };
            found.extend(Piece::decode_all(entries.bytes).unwrap());
        }
        assert_eq!(found, artifact.pieces);
        rows.clear();
        put_artifact(4, &Artifact::default(), &mut rows);
        assert_eq!(Frames::new(&rows).count(), 1, "an empty artifact is one too");
    }

    #[test]
    fn a_source_says_why_or_nothing() {
        let schema = Schema::builtin().get(ARTIFACT_SOURCE.id).unwrap();
        for why in [None, Some("the file was gone".to_owned())] {
            let mut rows = Vec::new();
            let who = Who { context: 5, tid: 6, host_pid: 7, start_time: 8 };
            put_source(&Source { who, path: b"/x".into(), why: why.clone(), ..Source::default() }, &mut rows);
            let frame = Frames::new(&rows).next().unwrap().unwrap();
            assert_eq!((frame.header.context, frame.header.tid), (5, 6));
            let index = schema.index("why").unwrap();
            let Some(Value::Variable(_, text)) = schema.value(frame.payload, index) else { panic!("why") };
            assert_eq!((text.null, text.bytes), (why.is_none(), why.as_deref().unwrap_or_default().as_bytes()));
        }
    }
}
