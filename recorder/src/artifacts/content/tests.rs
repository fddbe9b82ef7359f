//! Tests of the rewriting.

use std::sync::mpsc::Receiver;

use formats::event::{VARIABLE_FAULT, VARIABLE_NULL};
use formats::events::structure::FILE_OBJECT;
use formats::frame::{Frame, Frames};
use formats::payload::{PayloadBuilder, Value, Variable};
use formats::schema::Schema;

use super::*;
use crate::artifacts::selection::Limits;
use crate::artifacts::told::channel;

struct Bench {
    rewriter: Rewriter,
    told: Receiver<Told>,
    out: Vec<u8>,
    replies: crate::artifacts::told::Replies,
}

impl Bench {
    fn new(options: &[&str], limits: Limits) -> Bench {
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let mut selection = Selection::parse(&options).unwrap();
        selection.limits = limits;
        let selection = Arc::new(selection);
        let store = Store::new(limits, None, |_| {});
        let (teller, told, replies) = channel(&store);
        let rewriter = Rewriter::new(selection, store, Contexts::default(), teller, 0);
        Bench { rewriter, told, out: Vec::new(), replies }
    }

    fn see(&mut self, object: u64, path: &str, mode: u32) {
        let payload = PayloadBuilder::new(&FILE_OBJECT)
            .u64("id", object)
            .u64("mode", mode.into())
            .bytes("path", path.as_bytes())
            .finish()
            .unwrap();
        self.rewriter.see_file(&payload, 1);
    }

    /// Rewrites a write; gives flags, digest and data.
    fn write(&mut self, object: u64, offset: i64, data: &[u8]) -> (u32, Vec<u8>, Vec<u8>) {
        let payload = content(object, offset, ContentKind::Write, data);
        self.rewrite(&payload)
    }

    fn rewrite(&mut self, payload: &[u8]) -> (u32, Vec<u8>, Vec<u8>) {
        self.out.clear();
        let header =
            FrameHeader { boot_ns: 1, context: 2, tid: 3, sequence: 4, event: CONTENT.id, flags: 6, length: 0 };
        self.rewriter.rewrite(&header, payload, &mut self.out);
        let frames: Vec<Frame<'_>> = Frames::new(&self.out).map(Result::unwrap).collect();
        assert_eq!(frames.len(), 1);
        let length = frames[0].payload.len() as u32;
        assert_eq!(frames[0].header, FrameHeader { length, ..header });
        let schema = Schema::builtin().get(CONTENT.id).unwrap();
        let value = |name| schema.value(frames[0].payload, schema.index(name).unwrap()).unwrap();
        let (Value::U64(flags), Value::Variable(_, digest), Value::Variable(_, data)) =
            (value("flags"), value("digest"), value("data"))
        else {
            panic!("content")
        };
        (flags as u32, digest.bytes.to_vec(), data.bytes.to_vec())
    }

    fn told(&self) -> Vec<Told> {
        self.told.try_iter().collect()
    }
}

fn content(object: u64, offset: i64, kind: ContentKind, data: &[u8]) -> Vec<u8> {
    PayloadBuilder::new(&CONTENT)
        .u64("file", object)
        .i64("offset", offset)
        .u64("size", data.len() as u64)
        .i64("fd", 3)
        .u64("kind", kind.number().into())
        .u64("way", ContentWay::Buffer.number().into())
        .bytes("data", data)
        .finish()
        .unwrap()
}

fn digest(bytes: &[u8]) -> Vec<u8> {
    blake3::hash(bytes).as_bytes().to_vec()
}

const REGULAR: u32 = libc::S_IFREG | 0o644;

#[test]
fn when_a_file_was_told_of_first_is_remembered_for_a_while() {
    let mut first = Recent::new(MOST_OBJECTS);
    let mut told = |file: (u32, u64), boot_ns: u64| (*first.keep(file, || boot_ns), first.len());
    assert_eq!(told((1, 1), 10).0, 10);
    assert_eq!(told((1, 1), 20).0, 10, "by another descriptor");
    for inode in 2..MOST_OBJECTS as u64 {
        told((1, inode), 30);
    }
    assert_eq!((told((1, MOST_OBJECTS as u64 - 1), 40).0, told((2, 1), 40).0), (30, 40));
    assert!(told((2, 1), 50).1 <= MOST_OBJECTS + 1);
}

#[test]
fn new_bytes_stay_and_known_ones_go() {
    let mut bench = Bench::new(&["write:path=/tmp/*"], Limits::default());
    bench.see(7, "/tmp/x", REGULAR);
    assert_eq!(bench.write(7, 0, b"abc"), (0, digest(b"abc"), b"abc".to_vec()));
    assert_eq!(bench.write(7, 3, b"abc"), (content_flags::STORED_BEFORE, digest(b"abc"), vec![]));
    let told = bench.told();
    let [Told::Piece(one), Told::Piece(other)] = &told[..] else { panic!("two pieces") };
    assert!(one.is_stored && other.is_stored && other.offset == 3);
    assert_eq!(one.data.as_ref().unwrap().get(), b"abc");
    assert_eq!(one.facts.as_ref().unwrap().path, b"/tmp/x");
}

#[test]
fn the_rest_of_a_frame_is_left_alone() {
    let mut bench = Bench::new(&["mem"], Limits::default());
    let variable = |bytes| Variable { bytes, full_len: Some(900), fault: true, null: false };
    let payload = PayloadBuilder::new(&CONTENT)
        .u64("stream", 5)
        .u64("address", 0x7000)
        .u64("kind", ContentKind::Memory.number().into())
        .u64("flags", content_flags::UNREADABLE.into())
        .variable("data", variable(b"abc"))
        .finish()
        .unwrap();
    bench.rewrite(&payload);
    let wanted = PayloadBuilder::new(&CONTENT)
        .u64("stream", 5)
        .u64("address", 0x7000)
        .u64("kind", ContentKind::Memory.number().into())
        .u64("flags", content_flags::UNREADABLE.into())
        .bytes("digest", &digest(b"abc"))
        .variable("data", variable(b"abc"))
        .finish()
        .unwrap();
    assert_eq!(&bench.out[formats::frame::FRAME_HEADER_LEN..], wanted);
}

#[test]
fn what_is_not_asked_for_goes_and_the_kernel_side_is_told() {
    let mut bench = Bench::new(&["write:path=/tmp/*"], Limits::default());
    bench.see(7, "/var/x", REGULAR);
    assert_eq!(bench.write(7, 0, b"abc"), (content_flags::NOT_ASKED, digest(b"abc"), vec![]));
    bench.write(7, 3, b"def");
    assert_eq!(bench.rewriter.verdicts, [(7, false)], "once");
    assert!(bench.told().is_empty());
    let read = content(7, 0, ContentKind::Read, b"abc");
    assert_eq!(bench.rewrite(&read).0, content_flags::NOT_ASKED);
}

#[test]
fn of_a_descriptor_only_that_is_kept() {
    let mut bench = Bench::new(&["write:fd=stdout"], Limits::default());
    bench.see(7, "/tmp/x", REGULAR);
    assert_eq!(bench.write(7, 0, b"abc").0, content_flags::NOT_ASKED);
    assert!(bench.rewriter.verdicts.is_empty(), "it may be written by the other descriptor yet");
}

#[test]
fn what_an_object_is_may_come_later() {
    let mut bench = Bench::new(&["write:path=/tmp/*"], Limits::default());
    assert_eq!(bench.write(7, 0, b"abc"), (0, digest(b"abc"), b"abc".to_vec()));
    bench.see(7, "/tmp/x", REGULAR);
    bench.see(8, "/tmp/y", REGULAR);
    let told = bench.told();
    let [Told::Piece(note), Told::Facts(7, facts)] = &told[..] else { panic!("a piece and facts") };
    assert!(note.facts.is_none() && facts.path == b"/tmp/x");
}

#[test]
fn programs_are_kept_and_others_followed() {
    let mut bench = Bench::new(&["write"], Limits::default());
    bench.see(1, "/tmp/elf", REGULAR);
    bench.see(2, "/tmp/text", REGULAR);
    bench.see(3, "/tmp/executable", libc::S_IFREG | 0o755);
    assert_eq!(bench.write(1, 0, b"\x7fELF....").2, b"\x7fELF....");
    assert_eq!(bench.write(1, 8, b"code").2, b"code");
    assert_eq!(bench.write(2, 100, b"late").2, b"late", "how it begins is not known yet");
    assert_eq!(bench.write(2, 0, b"text").0, content_flags::NOT_ASKED);
    assert_eq!(bench.write(2, 4, b"more").0, content_flags::NOT_ASKED);
    assert_eq!(bench.write(3, 0, b"data").2, b"data");
    assert_eq!(bench.rewriter.verdicts, [(2, false)]);
    assert_eq!(bench.told().len(), 6, "the tracker follows all of them");
    assert_eq!(bench.write(2, 0, b"#!/bin/sh").2, b"#!/bin/sh", "its beginning came last");
    assert_eq!(bench.rewriter.verdicts, [(2, false), (2, true)]);
    bench.replies.put(3, Reply::Open);
    bench.told();
    bench.write(3, 4, b"x");
    let told = bench.told();
    assert!(matches!(&told[..], [Told::Piece(note)] if note.data.is_none()));
}

#[test]
fn limits_leave_bytes_out() {
    let mut bench = Bench::new(&["write:path=*,max=10"], Limits { artifact: 100, process: 100, total: 15 });
    bench.see(1, "/a", REGULAR);
    bench.see(2, "/b", REGULAR);
    assert_eq!(bench.write(1, 0, &[1; 8]).2, [1; 8]);
    assert_eq!(bench.write(1, 8, &[2; 8]).0, content_flags::OVER_LIMIT);
    assert_eq!(bench.rewriter.verdicts, [(1, false)]);
    assert_eq!(bench.write(2, 0, &[3; 8]).0, content_flags::OVER_LIMIT, "of all");
    assert_eq!(bench.write(2, 0, &[3; 7]).0, 0);
}

#[test]
fn frames_that_do_not_add_up_are_written_as_they_came() {
    let mut bench = Bench::new(&["write:path=*"], Limits::default());
    let whole = content(1, 0, ContentKind::Write, b"abcdefgh");
    let header = FrameHeader { event: CONTENT.id, ..FrameHeader::default() };
    for length in 0..whole.len() {
        bench.out.clear();
        bench.rewriter.rewrite(&header, &whole[..length], &mut bench.out);
        assert_eq!(&bench.out[formats::frame::FRAME_HEADER_LEN..], &whole[..length]);
    }
    let mut wrong = whole.clone();
    wrong[DIGEST.0..DIGEST.0 + 4].copy_from_slice(&(VARIABLE_NULL | VARIABLE_FAULT | 1 << 20).to_le_bytes());
    bench.out.clear();
    bench.rewriter.rewrite(&header, &wrong, &mut bench.out);
    assert_eq!(bench.out.len(), formats::frame::FRAME_HEADER_LEN + wrong.len());
}

#[test]
fn rewriting_is_fast_enough_for_a_disk() {
    let mut bench = Bench::new(&["write:path=*"], Limits::default());
    bench.see(1, "/a", REGULAR);
    let mut data = vec![7; 65536];
    let rate = |bench: &mut Bench, data: &mut Vec<u8>, vary: bool| {
        let began = std::time::Instant::now();
        for n in 0..2048u64 {
            if vary {
                data[..8].copy_from_slice(&n.to_le_bytes());
            }
            let payload = content(1, 0, ContentKind::Write, data);
            bench.out.clear();
            bench.rewriter.rewrite(&FrameHeader::default(), &payload, &mut bench.out);
            while bench.told.try_recv().is_ok() {}
        }
        2048.0 * 65536.0 / began.elapsed().as_secs_f64() / 1e6
    };
    let (new, known) = (rate(&mut bench, &mut data, true), rate(&mut bench, &mut data, false));
    println!("{new:.0} MB/s of new bytes, {known:.0} MB/s of known ones");
    // On a machine of the developers' ten times that; a busy one is no failure.
    assert!(new > 50.0 && known > 50.0);
}
