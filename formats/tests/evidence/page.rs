//! docs/format.md: its worked example decodes to what it says, and it lists what the table uses.

use std::fmt::Write;
use std::path::Path;

use formats::artifact::{ArtifactKind, ArtifactWay, ContentKind, ContentWay, artifact_flags, content_flags};
use formats::block::{BlockDecoder, BlockKind};
use formats::capture::{Capture, Segment};
use formats::event::{Field, Kind};
use formats::events;
use formats::frame::{FLAGS, Frames};
use formats::payload::Value;
use formats::reason::{LossReason, MarkerPurpose, StopReason};
use formats::segment::file_name;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/format.md");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines of the fenced block that is opened by this line.
fn fenced<'a>(page: &'a str, opening: &str) -> Vec<&'a str> {
    let lines = page.lines().skip_while(|line| *line != opening).skip(1);
    let found: Vec<&str> = lines.take_while(|line| *line != "```").collect();
    assert!(!found.is_empty(), "{opening}");
    found
}

/// The bytes of lines like `0010  0a 0b ...`, and that the offsets are right.
fn bytes(lines: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines {
        let (offset, hex) = line.split_once("  ").unwrap();
        assert_eq!(usize::from_str_radix(offset, 16).unwrap(), bytes.len(), "{line}");
        bytes.extend(hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()));
    }
    bytes
}

/// The segment as the page writes it out: a line for the segment, each block, each event kind, each frame.
fn told(segment: &Segment) -> String {
    let mut out = String::new();
    let header = segment.header();
    let end = segment.end_boot_ns().unwrap();
    writeln!(out, "segment {} from {} to {end}", header.number, header.start_boot_ns).unwrap();
    for event in segment.schema().events() {
        let fields: Vec<_> = event.fields.iter().map(|field| format!("{}:{}", field.name, field.kind_number)).collect();
        writeln!(out, "event {} {} lane {} fields {}", event.id, event.name, event.lane as u8, fields.join(" "))
            .unwrap();
    }
    let mut decoder = BlockDecoder::new().unwrap();
    for block in segment.blocks() {
        let b = &block.header;
        let (kind, layout) = (b.kind.number(), b.layout);
        writeln!(out, "block {} at {} kind {kind} layout {layout} frames {}", b.ordinal, block.offset, b.frames)
            .unwrap();
        if b.kind != BlockKind::Frames {
            continue;
        }
        let mut rows = Vec::new();
        segment.rows(block, &mut decoder, &mut rows).unwrap();
        for frame in Frames::new(&rows) {
            let frame = frame.unwrap();
            let h = frame.header;
            let event = segment.schema().get(h.event).unwrap();
            write!(out, "  {} {} {} {} {}", h.boot_ns, h.context, h.tid, h.sequence, event.name).unwrap();
            for (field, value) in event.fields.iter().zip(event.values(frame.payload).unwrap()) {
                match value {
                    Value::U64(number) => write!(out, " {}={number}", field.name).unwrap(),
                    Value::Variable(_, variable) => {
                        let text = String::from_utf8_lossy(variable.bytes);
                        write!(out, " {}={text:?} of {}", field.name, variable.full_len.unwrap()).unwrap();
                    }
                    other => panic!("{other:?}"),
                }
            }
            out.push('\n');
        }
    }
    out
}

#[test]
fn worked_example_decodes_to_what_the_page_says() {
    let page = page();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(file_name(1)), bytes(&fenced(&page, "```hex"))).unwrap();
    let segment = Segment::open(&Capture::open(dir.path()).unwrap().segments()[0]).unwrap();
    assert!(segment.is_complete() && segment.damage().is_empty(), "{:?}", segment.damage());
    let told = told(&segment);
    let told: Vec<&str> = told.lines().collect();
    assert_eq!(told, fenced(&page, "```text"));
}

#[test]
fn page_lists_every_display_hint_flag_and_reason() {
    let page = page();
    for event in events::all() {
        // An attribute's names a field.
        let hinted = |field: &&Field| !field.display.is_empty() && field.kind != Kind::Attribute;
        for field in event.fields.iter().filter(hinted) {
            assert!(page.contains(&format!("`{}`", field.display)), "display hint {}", field.display);
        }
    }
    for (bit, name, _) in FLAGS {
        assert!(page.contains(&format!("| {bit} | `{name}` |")), "flag {name}");
    }
    for reason in LossReason::ALL {
        assert!(page.contains(&format!("| {} | {} |", reason.number(), reason.words())), "{reason:?}");
    }
    for reason in StopReason::ALL {
        assert!(page.contains(&format!("| {} | {} |", reason.number(), reason.words())), "{reason:?}");
    }
    let listed = |number: u32, words: &str| page.contains(&format!("| {number} | {words} | "));
    assert!(ContentKind::ALL.iter().all(|one| listed(one.number(), one.words())));
    assert!(ContentWay::ALL.iter().all(|one| listed(one.number(), one.words())));
    assert!(ArtifactKind::ALL.iter().all(|one| listed(one.number(), one.words())));
    assert!(ArtifactWay::ALL.iter().all(|one| listed(one.number(), one.words())));
    for (bit, name) in content_flags::ALL.iter().chain(artifact_flags::ALL) {
        assert!(page.contains(&format!("| {bit} | {name} | ")), "flag {name}");
    }
    for purpose in MarkerPurpose::ALL {
        assert!(page.contains(&format!("| {} | {} |", purpose.number(), purpose.words())), "{purpose:?}");
    }
}
