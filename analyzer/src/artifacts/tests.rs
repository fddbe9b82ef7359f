use formats::artifact::{ArtifactKind, ArtifactWay, PIECES_IN_RECORD, Piece, artifact_flags};
use formats::events::content::{ARTIFACT, ARTIFACT_CONTENT, ARTIFACT_SOURCE, CONTENT};
use formats::payload::PayloadBuilder;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::query::Cell;
use crate::testing::{OFFSET_NS, Recording, Task, key_of, start_of};

const RECORDER: u32 = u32::MAX;

/// Stores a piece's bytes and gives its entry.
fn piece(recording: &mut Recording, offset: u64, bytes: &[u8]) -> Piece {
    let digest = *blake3::hash(bytes).as_bytes();
    store(recording, &digest, bytes);
    Piece { offset, length: bytes.len() as u32, flags: 0, digest }
}

fn store(recording: &mut Recording, digest: &[u8], bytes: &[u8]) {
    let payload = PayloadBuilder::new(&ARTIFACT_CONTENT).bytes("digest", digest).bytes("data", bytes);
    recording.event(RECORDER, (100, 0, 0), payload, &ARTIFACT_CONTENT);
}

/// One of the `artifact` records of an artifact.
struct Told<'a> {
    number: u64,
    size: u64,
    part: (u64, u64),
    sha256: &'a [u8],
    pieces: &'a [Piece],
    stored: u64,
}

fn tell(recording: &mut Recording, told: Told<'_>) {
    let mut list = Vec::new();
    told.pieces.iter().for_each(|piece| piece.encode(&mut list));
    let payload = PayloadBuilder::new(&ARTIFACT)
        .u64("artifact", told.number)
        .u64("size", told.size)
        .u64("stored", told.stored)
        .u64("part", told.part.0)
        .u64("parts", told.part.1)
        .bytes("sha256", told.sha256)
        .bytes("pieces", &list);
    recording.event(RECORDER, (200, 0, 0), payload, &ARTIFACT);
}

/// The record of an artifact that has one.
fn record(recording: &mut Recording, number: u64, size: u64, sha256: &[u8], pieces: &[Piece]) {
    let stored = pieces.iter().map(|piece| u64::from(piece.length)).sum();
    tell(recording, Told { number, size, part: (0, 1), sha256, pieces, stored });
}

fn source(recording: &mut Recording, number: u64, at_ns: u64, flags: u32, missing: u64) {
    let payload = PayloadBuilder::new(&ARTIFACT_SOURCE)
        .u64("artifact", number)
        .u64("at_ns", at_ns)
        .u64("start_time", start_of(501))
        .u64("host_pid", 501)
        .u64("size", 7)
        .u64("missing", missing)
        .u64("mode", 0o100755)
        .u64("dev", (8 << 20) | 1)
        .u64("kind", ArtifactKind::Exec.number().into())
        .u64("way", ArtifactWay::Held.number().into())
        .u64("flags", flags.into())
        .bytes("path", b"/tmp/\xff\n");
    recording.event(RECORDER, (300, 1, 501), payload, &ARTIFACT_SOURCE);
}

fn sha256(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// Closes the capture and gathers.
fn gathered(mut recording: Recording) -> (Recording, Artifacts) {
    recording.cut(1_000);
    let artifacts = Artifacts::of(&recording.open()).unwrap();
    (recording, artifacts)
}

/// The runs of an artifact: offset, length, `data`, `hole` or why it is missing; and its bytes with zeros for the rest.
fn runs(artifacts: &Artifacts, number: u64) -> (Vec<(u64, u64, &'static str)>, Vec<u8>) {
    let (mut runs, mut bytes) = (Vec::new(), Vec::new());
    let artifact = artifacts.get(number).unwrap();
    let mut end = 0;
    artifacts
        .reader()
        .unwrap()
        .read(artifact, &mut |offset, length, run| {
            assert_eq!(offset, end, "runs are in order and leave nothing out");
            end += length;
            let word = match run {
                Run::Data(data) => {
                    assert_eq!(data.len() as u64, length);
                    bytes.extend_from_slice(data);
                    "data"
                }
                Run::Hole => "hole",
                Run::Missing(why) => why,
            };
            if !matches!(run, Run::Data(_)) && end < 1 << 20 {
                bytes.resize(end as usize, 0);
            }
            runs.push((offset, length, word));
            Ok(())
        })
        .unwrap();
    assert_eq!(end, artifact.size);
    (runs, bytes)
}

#[test]
fn content_comes_back_from_wherever_its_pieces_are() {
    let mut recording = Recording::new();
    let first = piece(&mut recording, 0, b"\x7fELF and the rest");
    recording.cut(500);
    // Written while recording: the piece is in the history.
    let written = b"written";
    let digest = *blake3::hash(written).as_bytes();
    let payload = PayloadBuilder::new(&CONTENT).bytes("digest", &digest).bytes("data", written);
    recording.event(3, (600, 0, 9), payload, &CONTENT);
    let second = Piece { offset: 4096, length: 7, flags: 0, digest };
    let mut whole = b"\x7fELF and the rest".to_vec();
    whole.resize(4096, 0);
    whole.extend_from_slice(written);
    record(&mut recording, 7, 4103, &sha256(&whole), &[first, second]);
    source(&mut recording, 7, 900, artifact_flags::COMPLETE, 0);
    let (_kept, artifacts) = gathered(recording);
    assert!(artifacts.damage().is_empty(), "{:?}", artifacts.damage());
    let artifact = artifacts.get(7).unwrap();
    assert_eq!((artifact.stored_bytes, artifact.hole_bytes, artifact.is_complete), (24, Some(4079), true));
    assert_eq!((artifact.kind, artifact.sources, artifact.first_boot_ns), (Some("elf"), 1, Some(900)));
    let (runs, bytes) = runs(&artifacts, 7);
    assert_eq!(runs, [(0, 17, "data"), (17, 4079, "hole"), (4096, 7, "data")]);
    assert!(bytes == whole);
    assert_eq!(artifacts.reader().unwrap().sum(artifact).unwrap(), Sum::Is(sha256(&whole)));
}

#[test]
fn what_is_not_there_is_missing_and_never_zeros() {
    let mut recording = Recording::new();
    let there = piece(&mut recording, 0, b"there");
    let gone = Piece { offset: 5, length: 4, flags: 0, digest: [9; 32] };
    record(&mut recording, 1, 9, &sha256(b"theregone"), &[there, gone]);
    // Nobody says that it is complete, so that a gap may be missing as well.
    record(&mut recording, 2, 9, b"", &[there]);
    source(&mut recording, 2, 900, 0, 4);
    let (_kept, artifacts) = gathered(recording);
    let artifact = artifacts.get(1).unwrap();
    assert_eq!((artifact.is_complete, artifact.stored_bytes), (false, 5));
    let (found, _) = runs(&artifacts, 1);
    assert_eq!(found, [(0, 5, "data"), (5, 4, "its bytes are not in the capture")]);
    assert_eq!(artifacts.reader().unwrap().sum(artifact).unwrap(), Sum::Incomplete);
    let artifact = artifacts.get(2).unwrap();
    assert_eq!((artifact.is_complete, artifact.hole_bytes), (false, Some(0)));
    assert_eq!(runs(&artifacts, 2).0[1], (5, 4, "it was not captured, or is a hole"));
    // That a segment is not there is no lie of those that are.
    assert!(artifacts.damage().is_empty(), "{:?}", artifacts.damage());
}

#[test]
fn a_piece_that_is_not_what_its_digest_says_does_not_count() {
    let mut recording = Recording::new();
    store(&mut recording, &[9; 32], b"liar");
    let lied = Piece { offset: 0, length: 4, flags: 0, digest: [9; 32] };
    let true_one = piece(&mut recording, 4, b"true");
    let too_short = Piece { offset: 8, length: 5, ..true_one };
    record(&mut recording, 1, 8, &sha256(b"liartrue"), &[lied, true_one]);
    record(&mut recording, 2, 13, &sha256(b"x"), &[true_one, too_short]);
    let (_kept, artifacts) = gathered(recording);
    let found: Vec<&str> = artifacts.damage().iter().map(|damage| damage.what.as_str()).collect();
    assert_eq!(
        found,
        ["piece of content is not what its digest says", "artifact 2: a piece is not as long as its bytes"]
    );
    assert_eq!(runs(&artifacts, 1).0[0].2, "its bytes are not in the capture");
    assert_eq!(runs(&artifacts, 2).0[2].2, "its bytes cannot be read or are not what their digest says");
    assert!(!artifacts.get(1).unwrap().is_complete && !artifacts.get(2).unwrap().is_complete);
}

#[test]
fn parts_may_come_in_any_order_twice_and_not_at_all() {
    let mut recording = Recording::new();
    let pieces: Vec<Piece> = (0..4u8).map(|n| piece(&mut recording, u64::from(n) * 10, &[n; 10])).collect();
    let bytes: Vec<u8> = (0..4u8).flat_map(|n| [n; 10]).collect();
    let hash = sha256(&bytes);
    let mut part = |number: u64, part: u64, parts: u64, pieces: &[Piece]| {
        tell(&mut recording, Told { number, size: 40, part: (part, parts), sha256: &hash, pieces, stored: 40 });
    };
    for number in [2, 0, 1, 0] {
        part(5, number, 3, &pieces[number as usize..][..if number == 2 { 2 } else { 1 }]);
    }
    // The middle is not there, then the end, then the beginning.
    part(6, 0, 3, &pieces[..1]);
    part(6, 2, 3, &pieces[2..]);
    part(7, 0, 2, &pieces[..3]);
    part(8, 1, 2, &pieces[3..]);
    // Two first parts that are not the same, and a part behind the last.
    part(9, 0, 1, &pieces);
    part(9, 0, 1, &pieces[..3]);
    part(10, 1, 1, &pieces);
    let (_kept, artifacts) = gathered(recording);
    let complete = |number| artifacts.get(number).map(|artifact| artifact.is_complete);
    assert_eq!(complete(5), Some(true));
    assert!(runs(&artifacts, 5).1 == bytes);
    // They say to be the same content, so that what is whole stands for them.
    assert_eq!((artifacts.list().len(), complete(6), complete(9), complete(10)), (1, Some(true), Some(true), None));
    let found: Vec<&str> = artifacts.damage().iter().map(|damage| damage.what.as_str()).collect();
    assert_eq!(
        found,
        ["records of artifact 9 contradict each other", "record of an artifact has a number that cannot be"]
    );
}

#[test]
fn a_part_that_is_not_there_leaves_a_place_that_is_missing() {
    const LOST: &str = "the record that lists its pieces is not in the capture";
    let mut recording = Recording::new();
    let pieces: Vec<Piece> = (0..4u8).map(|n| piece(&mut recording, u64::from(n) * 10, &[n; 10])).collect();
    let mut part = |number: u64, part: u64, pieces: &[Piece]| {
        tell(
            &mut recording,
            Told { number, size: 40, part: (part, 3), sha256: &[number as u8; 32], pieces, stored: 40 },
        );
    };
    part(6, 0, &pieces[..1]);
    part(6, 2, &pieces[2..]);
    part(7, 0, &pieces[..2]);
    part(8, 2, &pieces[3..]);
    let (_kept, artifacts) = gathered(recording);
    let missing = |number| -> Vec<(u64, u64)> {
        let found = runs(&artifacts, number).0;
        found.iter().filter(|run| run.2 == LOST).map(|run| (run.0, run.1)).collect()
    };
    assert_eq!((missing(6), missing(7), missing(8)), (vec![(10, 10)], vec![(20, 20)], vec![(0, 30)]));
    assert!(artifacts.list().iter().all(|artifact| !artifact.is_complete && artifact.hole_bytes.is_none()));
    assert_eq!(artifacts.get(8).unwrap().kind, None);
}

#[test]
fn records_that_cannot_be_right_are_told_and_not_complete() {
    let mut recording = Recording::new();
    let whole = piece(&mut recording, 0, b"0123456789");
    let hash = |number: u8| [number; 32];
    // Less than it says; a piece behind the end; parts that overlap; pieces that overlap.
    tell(&mut recording, Told { number: 1, size: 10, part: (0, 1), sha256: &hash(1), pieces: &[whole], stored: 11 });
    record(&mut recording, 2, 9, &hash(2), &[whole]);
    for part in [0, 1] {
        let pieces = &[Piece { offset: part * 5, ..whole }];
        tell(&mut recording, Told { number: 3, size: 20, part: (part, 2), sha256: &hash(3), pieces, stored: 20 });
    }
    record(&mut recording, 4, 20, &hash(4), &[whole, Piece { offset: 9, ..whole }]);
    let (_kept, artifacts) = gathered(recording);
    let mut found: Vec<&str> = artifacts.damage().iter().map(|damage| damage.what.as_str()).collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "artifact 1: its pieces are not as many bytes as it says",
            "artifact 2: a piece lies behind the end",
            "artifact 3: its parts overlap",
            "artifact 4: a piece of an artifact lies where it cannot",
        ]
    );
    for number in 1..=4 {
        assert!(!artifacts.get(number).unwrap().is_complete, "{number}");
        runs(&artifacts, number);
    }
}

#[test]
fn a_sparse_file_of_a_tebibyte_takes_no_memory() {
    let mut recording = Recording::new();
    let end = piece(&mut recording, (1 << 40) - 3, b"end");
    record(&mut recording, 1, 1 << 40, b"", &[end]);
    source(&mut recording, 1, 900, artifact_flags::COMPLETE, 0);
    record(&mut recording, 2, u64::MAX, &[2; 32], &[]);
    let (_kept, artifacts) = gathered(recording);
    let artifact = artifacts.get(1).unwrap();
    assert_eq!((artifact.is_complete, artifact.hole_bytes, artifact.kind), (true, Some((1 << 40) - 3), Some("data")));
    assert_eq!(runs(&artifacts, 1).0, [(0, (1 << 40) - 3, "hole"), ((1 << 40) - 3, 3, "data")]);
    let mut reader = artifacts.reader().unwrap();
    assert_eq!(reader.sum(artifact).unwrap(), Sum::TooSparse);
    assert_eq!(reader.sum(artifacts.get(2).unwrap()).unwrap(), Sum::TooSparse);
}

#[test]
fn a_large_artifact_is_read_from_many_blocks_and_records() {
    let mut recording = Recording::new();
    recording.block_frames = 7;
    let count = PIECES_IN_RECORD + 10;
    let bytes = |n: usize| (n as u32).to_le_bytes();
    let pieces: Vec<Piece> = (0..count).map(|n| piece(&mut recording, n as u64 * 4, &bytes(n))).collect();
    let whole: Vec<u8> = (0..count).flat_map(bytes).collect();
    let (size, hash) = (whole.len() as u64, sha256(&whole));
    for (part, pieces) in pieces.chunks(PIECES_IN_RECORD).enumerate() {
        tell(&mut recording, Told { number: 1, size, part: (part as u64, 2), sha256: &hash, pieces, stored: size });
    }
    let (_kept, artifacts) = gathered(recording);
    let artifact = artifacts.get(1).unwrap();
    assert!(artifact.is_complete && artifacts.damage().is_empty());
    assert_eq!(artifacts.reader().unwrap().sum(artifact).unwrap(), Sum::Is(hash));
}

#[test]
fn one_content_is_one_row_and_each_source_too() {
    let mut recording = Recording::new();
    recording.file(0, 10, 4, b"/usr/bin/sh");
    recording.context(0, 10, Task { id: 1, pid: 501, tid: 501, ppid: 1, exe: 4, comm: b"sh" });
    let bytes = piece(&mut recording, 0, b"#!/bin/sh\n");
    let hash = sha256(b"#!/bin/sh\n");
    for number in [3, 4] {
        record(&mut recording, number, 10, &hash, &[bytes]);
        source(&mut recording, number, number * 100, artifact_flags::COMPLETE | artifact_flags::NEW, 0);
    }
    source(&mut recording, 0, 900, 0, 7);
    let (recording, artifacts) = gathered(recording);
    assert_eq!(artifacts.list().len(), 1);
    let listing = Listing::of(&recording.open(), &artifacts, 1).unwrap();
    let ask = |columns: &[&str], condition| {
        let mut rows = Vec::new();
        let mut each = |row: &[Cell]| {
            rows.push(row.to_vec());
            Ok(())
        };
        listing.select(columns, condition, &mut each).unwrap();
        rows
    };
    let text = |text: &str| Cell::Text(text.to_owned());
    let columns =
        ["kind", "way", "flags", "complete", "path", "exe", "comm", "process_key", "ts_ns", "artifact_key", "type"];
    let rows = ask(&columns, None);
    assert_eq!(rows.len(), 3);
    assert_eq!(
        rows[0],
        [
            text("exec"),
            text("held"),
            text("complete|new"),
            Cell::Integer(1),
            text("/tmp/\\xff\n"),
            text("/usr/bin/sh"),
            text("sh"),
            Cell::Integer(key_of(501)),
            Cell::Integer(OFFSET_NS + 300),
            Cell::Integer(3),
            text("script"),
        ]
    );
    assert_eq!((&rows[1][9], &rows[2][3], &rows[2][9]), (&Cell::Integer(3), &Cell::Integer(0), &Cell::Null));
    let chosen = |condition| ask(&["artifact"], Some(condition));
    assert_eq!(chosen("type = 'script' and artifact > 3"), [[Cell::Integer(4)]]);
    assert_eq!(chosen("artifact_key is null"), [[Cell::Null]]);
    assert_eq!(chosen("mode like '%0755' and dev = '8:1' -- all").len(), 3);
    for (condition, words) in [
        ("", "empty"),
        ("sice > 1", "line 1, column 1: no such column: sice"),
        ("size > 1\nand", "condition"),
        ("1) or (1", "line 1, column 2"),
        ("1; delete from artifacts", "condition"),
        ("path like \"/tmp%\"", "no such column"),
        ("count(*) > 1", "condition"),
    ] {
        let error = check_condition(condition).unwrap_err().to_string();
        assert!(error.contains(words), "{condition}: {error}");
    }
}

#[test]
fn every_column_of_the_listing_can_be_asked_for() {
    let mut recording = Recording::new();
    record(&mut recording, 3, 0, b"", &[]);
    let (recording, artifacts) = gathered(recording);
    let listing = Listing::of(&recording.open(), &artifacts, 1).unwrap();
    let mut rows = 0;
    listing
        .select(&COLUMNS, Some("1"), &mut |row| {
            rows += 1;
            assert_eq!(row.len(), COLUMNS.len());
            Ok(())
        })
        .unwrap();
    // A content that no source names is there all the same.
    assert_eq!(rows, 1);
    assert_eq!(artifacts.get(3).unwrap().kind, Some("empty"));
}

#[test]
fn garbled_segments_never_panic() {
    let mut recording = Recording::new();
    recording.block_frames = 3;
    for number in 1..=6u8 {
        let bytes = piece(&mut recording, 0, &[number; 300]);
        record(&mut recording, number.into(), 300, &sha256(&[number; 300]), &[bytes]);
        source(&mut recording, number.into(), 900, 1, 0);
    }
    let (recording, _) = gathered(recording);
    let path = recording.path().join("00000001.seg");
    let bytes = std::fs::read(&path).unwrap();
    for at in (256..bytes.len()).step_by(bytes.len() / 60) {
        let mut garbled = bytes.clone();
        garbled[at] ^= 0x55;
        std::fs::write(&path, &garbled).unwrap();
        let artifacts = Artifacts::of(&recording.open()).unwrap();
        for artifact in artifacts.list() {
            artifacts.reader().unwrap().sum(artifact).unwrap();
        }
    }
}
