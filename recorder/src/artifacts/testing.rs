//! What tests of this module share: a log to put rows into, and to look at.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use formats::artifact::{Digest, Piece};
use formats::events::content::{ARTIFACT, ARTIFACT_CONTENT, ARTIFACT_SOURCE};
use formats::frame::{Frame, Frames};
use formats::payload::Value;
use formats::schema::Schema;
use sha2::Digest as _;

use super::records::Artifact;

/// Where rows go.
#[derive(Clone, Default)]
pub(crate) struct Sink(Arc<Mutex<(Vec<u8>, usize)>>);

/// An `artifact_source` that was put.
#[derive(Clone, Debug, Default)]
pub(crate) struct Put {
    numbers: HashMap<String, u64>,
    pub(crate) path: Vec<u8>,
    pub(crate) why: Option<String>,
    /// Its artifact's content, with holes as zeros; `None` where there is none.
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) sha256: Option<Digest>,
    pub(crate) pieces: Vec<Piece>,
}

impl Put {
    /// A field that is a number.
    pub(crate) fn number(&self, field: &str) -> u64 {
        self.numbers[field]
    }

    pub(crate) fn has(&self, flag: u32) -> bool {
        self.number("flags") & u64::from(flag) != 0
    }
}

impl Sink {
    pub(crate) fn put(&self) -> impl Fn(Vec<u8>) + Send + Clone + use<> {
        let sink = self.clone();
        move |rows: Vec<u8>| {
            let mut to = sink.0.lock().unwrap();
            to.0.extend_from_slice(&rows);
            to.1 += 1;
        }
    }

    pub(crate) fn rows(&self) -> Vec<u8> {
        self.0.lock().unwrap().0.clone()
    }

    /// How often rows were put.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().1
    }

    /// The content of an artifact whose pieces are all there.
    pub(crate) fn content(&self, artifact: &Artifact) -> Vec<u8> {
        let rows = self.rows();
        let mut bytes = vec![0; artifact.size as usize];
        let known = pieces(&rows);
        for piece in &artifact.pieces {
            bytes[piece.offset as usize..][..piece.length as usize].copy_from_slice(&known[&piece.digest]);
        }
        bytes
    }

    /// The sources that were put, in their order. Pieces that are not there read as zeros.
    pub(crate) fn sources(&self) -> Vec<Put> {
        let rows = self.rows();
        let known = pieces(&rows);
        let artifacts = artifacts(&rows);
        let schema = Schema::builtin().get(ARTIFACT_SOURCE.id).unwrap();
        let of = |frame: Frame<'_>| {
            let mut put = Put::default();
            for (field, value) in ARTIFACT_SOURCE.fields.iter().zip(schema.values(frame.payload).unwrap()) {
                match value {
                    Value::U64(number) | Value::Object(number) | Value::Pointer(number) => {
                        put.numbers.insert(field.name.to_owned(), number);
                    }
                    Value::Variable(_, text) if field.name == "path" => put.path = text.bytes.to_vec(),
                    Value::Variable(_, text) if !text.null => {
                        put.why = Some(String::from_utf8(text.bytes.to_vec()).unwrap());
                    }
                    _ => {}
                }
            }
            put.numbers.insert("context".to_owned(), frame.header.context);
            put.numbers.insert("tid".to_owned(), frame.header.tid.into());
            if let Some(artifact) = artifacts.get(&put.number("artifact")) {
                put.sha256 = artifact.sha256;
                put.pieces = artifact.pieces.clone();
                // Not of a file of 1 TiB.
                if artifact.size < 1 << 30 {
                    let mut bytes = vec![0; artifact.size as usize];
                    for piece in &artifact.pieces {
                        if let Some(data) = known.get(&piece.digest) {
                            bytes[piece.offset as usize..][..piece.length as usize].copy_from_slice(data);
                        }
                    }
                    put.content = Some(bytes);
                }
            }
            put
        };
        let frames = Frames::new(&rows).map(Result::unwrap);
        frames.filter(|frame| frame.header.event == ARTIFACT_SOURCE.id).map(of).collect()
    }

    /// The sources, when there are as many as that; waits a few seconds for them.
    pub(crate) fn wait_for_sources(&self, count: usize) -> Vec<Put> {
        for _ in 0..500 {
            if self.sources().len() >= count {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        self.sources()
    }
}

fn pieces(rows: &[u8]) -> HashMap<Digest, Vec<u8>> {
    let schema = Schema::builtin().get(ARTIFACT_CONTENT.id).unwrap();
    let mut known = HashMap::new();
    for frame in Frames::new(rows).map(Result::unwrap).filter(|frame| frame.header.event == ARTIFACT_CONTENT.id) {
        let (Some(Value::Variable(_, digest)), Some(Value::Variable(_, data))) =
            (schema.value(frame.payload, 0), schema.value(frame.payload, 1))
        else {
            panic!("artifact_content")
        };
        let before = known.insert(digest.bytes.try_into().unwrap(), data.bytes.to_vec());
        assert!(before.is_none(), "a piece is there twice");
        assert_eq!(blake3::hash(data.bytes).as_bytes(), digest.bytes);
    }
    known
}

fn artifacts(rows: &[u8]) -> HashMap<u64, Artifact> {
    let schema = Schema::builtin().get(ARTIFACT.id).unwrap();
    let mut known: HashMap<u64, Artifact> = HashMap::new();
    for frame in Frames::new(rows).map(Result::unwrap).filter(|frame| frame.header.event == ARTIFACT.id) {
        let values: Vec<Value<'_>> = schema.values(frame.payload).unwrap().collect();
        let (Value::U64(number), Value::U64(size)) = (values[0], values[1]) else { panic!("artifact") };
        let (Value::Variable(_, sha256), Value::Variable(_, pieces)) = (values[5], values[6]) else {
            panic!("artifact")
        };
        let artifact = known.entry(number).or_default();
        artifact.size = size;
        artifact.sha256 = sha256.bytes.try_into().ok();
        artifact.pieces.extend(Piece::decode_all(pieces.bytes).unwrap());
    }
    known
}

/// SHA-256 of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    sha2::Sha256::digest(bytes).into()
}
