//! Captures describe themselves.

use std::path::Path;

use formats::block::{BlockEncoder, Effort, RawBlock};
use formats::capture::{Capture, Segment};
use formats::event::{Event, Field, Kind, Lane};
use formats::frame::{FrameHeader, Frames};
use formats::payload::{PayloadBuilder, Value};
use formats::schema::{EventSchema, Schema};
use formats::segment::{SegmentWriter, file_name};

use crate::sample::{header, readable};

/// An event that the table has not got.
const LATER: Event = Event {
    id: 4000,
    name: "invented_later",
    doc: "An event of a later tracee.",
    lane: Lane::Events,
    hooks: &[],
    sets: &[],
    fields: &[Field::new("depth", Kind::U64, "How deep."), Field::new("words", Kind::Text, "What was said.").user()],
};

fn schema_with(events: &[EventSchema]) -> &'static Schema {
    let mut schema = Schema::new();
    for event in events {
        schema.insert(event.clone()).unwrap();
    }
    Box::leak(Box::new(schema))
}

fn write(dir: &Path, schema: &'static Schema, frames: u32) -> Segment {
    let mut rows = Vec::new();
    for sequence in 1..=frames {
        let header = FrameHeader { boot_ns: 5, sequence, event: LATER.id, ..Default::default() };
        let payload = PayloadBuilder::new(&LATER).u64("depth", sequence.into()).bytes("words", b"hello");
        header.append(&payload.finish().unwrap(), &mut rows).unwrap();
    }
    let raw = RawBlock { lane: Lane::Events, cpu: 0, keyframe: false, first_sequence: 1, rows };
    let block = BlockEncoder::with_schema(schema).unwrap().encode(&raw, Effort::Columns(1)).unwrap();
    let path = dir.join(file_name(1));
    let file = std::fs::File::create_new(&path).unwrap();
    let mut writer = SegmentWriter::with_sink(file, &path, header(1, [0; 32]), schema).unwrap();
    writer.append(&block).unwrap();
    writer.append(&block).unwrap();
    writer.finish(9).unwrap();
    Segment::open(&Capture::open(dir).unwrap().segments()[0]).unwrap()
}

#[test]
fn event_that_this_build_does_not_know_decodes_by_the_embedded_schema() {
    assert!(Schema::builtin().get(LATER.id).is_none());
    let dir = tempfile::tempdir().unwrap();
    let segment = write(dir.path(), schema_with(&[(&LATER).into()]), 200);
    let event = segment.schema().get(LATER.id).unwrap();
    assert_eq!(event, &EventSchema::from(&LATER));
    let (_, rows) = &readable(&segment)[0];
    let frame = Frames::new(rows).last().unwrap().unwrap();
    let values: Vec<_> = event.values(frame.payload).unwrap().collect();
    assert_eq!(values[0], Value::U64(200));
    assert!(
        matches!(values[1], Value::Variable(Kind::Text, words) if words.bytes == b"hello" && !words.is_truncated())
    );
}

#[test]
fn each_kind_is_told_once_and_before_it_is_used() {
    let dir = tempfile::tempdir().unwrap();
    let segment = write(dir.path(), schema_with(&[(&LATER).into()]), 3);
    let kinds: Vec<u8> = segment.blocks().iter().map(|block| block.header.kind.number()).collect();
    assert_eq!(kinds, [1, 2, 2]);
}

#[test]
fn field_of_a_kind_that_is_not_known_leaves_the_payload_opaque_and_whole() {
    let mut event = EventSchema::from(&LATER);
    event.fields[0].kind_number = 99;
    event.fields[0].kind = None;
    let dir = tempfile::tempdir().unwrap();
    let segment = write(dir.path(), schema_with(&[event]), 200);
    let event = segment.schema().get(LATER.id).unwrap();
    assert!(!event.is_known());
    let (_, rows) = &readable(&segment)[0];
    let frames: Vec<_> = Frames::new(rows).map(Result::unwrap).collect();
    assert_eq!(frames.len(), 200);
    assert!(event.values(frames[0].payload).is_none());
    assert_eq!(frames[0].payload.len(), 16 + 5);
}
