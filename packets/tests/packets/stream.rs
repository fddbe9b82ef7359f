use std::borrow::Cow;

use packets::flow::Side;
use packets::layers::Tcp;
use packets::stream::{Half, Limits, Missing, Notes, Piece, Streams};

const LIMIT: usize = 1 << 20;

fn segment(sequence: u32, flags: u16) -> Tcp {
    Tcp { sequence, flags, ..Tcp::default() }
}

/// Pushes (sequence, flags, bytes) and gives all that comes out.
fn all<'a>(half: &mut Half, segments: &[(u32, u16, &'a [u8])]) -> Vec<Piece<'a>> {
    let mut out = Vec::new();
    for (sequence, flags, bytes) in segments {
        half.push(&segment(*sequence, *flags), bytes, bytes.len(), LIMIT, &mut out);
    }
    out
}

/// The bytes that came out, a gap as one `?` a byte, the end as `.` or `!`.
fn text(pieces: &[Piece<'_>]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Data(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Piece::Gap(bytes, _) => "?".repeat(usize::try_from(*bytes).unwrap()),
            Piece::End(broken) => if *broken { "!" } else { "." }.to_owned(),
        })
        .collect()
}

#[test]
fn in_order_and_round_the_end_of_numbers() {
    let mut half = Half::default();
    let start = u32::MAX - 2;
    let pieces = all(&mut half, &[(start, Tcp::SYN, b""), (start + 1, 0, b"abc"), (1, 0, b"def"), (4, Tcp::FIN, b"g")]);
    assert_eq!(text(&pieces), "abcdefg.");
    assert_eq!(half.notes(), Notes { bytes: 7, from_start: true, ..Notes::default() });
}

#[test]
fn out_of_order_and_repeated() {
    let mut half = Half::default();
    let segments: [(u32, u16, &[u8]); 6] =
        [(9, Tcp::SYN, b""), (16, 0, b"ghi"), (13, 0, b"def"), (16, 0, b"ghi"), (10, 0, b"abc"), (10, 0, b"abcdef")];
    let pieces = all(&mut half, &segments);
    assert_eq!(text(&pieces), "abcdefghi");
    let notes = half.notes();
    assert_eq!((notes.out_of_order, notes.repeated_bytes, notes.conflicts), (3, 9, 0));
    assert_eq!(half.waiting_bytes(), 0);
}

#[test]
fn the_first_of_overlapping_segments_wins_and_conflicts_are_told() {
    let mut half = Half::default();
    let segments: [(u32, u16, &[u8]); 4] = [(10, 0, b""), (12, 0, b"CD"), (11, 0, b"bxxe"), (10, 0, b"ayyyyf")];
    assert_eq!(text(&all(&mut half, &segments)), "abCDef");
    assert_eq!(half.notes().conflicts, 4, "each part that differs");
}

#[test]
fn a_hole_that_was_acknowledged_is_a_gap() {
    let mut half = Half::default();
    let mut out = all(&mut half, &[(9, Tcp::SYN, b""), (10, 0, b"ab"), (15, 0, b"fg")]);
    half.acknowledged(12, &mut out);
    assert_eq!(text(&out), "ab", "what is not acknowledged may come");
    half.acknowledged(17, &mut out);
    assert_eq!(text(&out), "ab???fg");
    assert_eq!(out[1], Piece::Gap(3, Missing::NotCaptured));
    // Late, and with no place any more.
    half.push(&segment(12, 0), b"cde", 3, LIMIT, &mut out);
    assert_eq!(text(&out), "ab???fg");
    assert_eq!(half.notes().missing_bytes, 3);
}

#[test]
fn what_the_capture_cut_off_is_a_gap() {
    let mut half = Half::default();
    let mut out = Vec::new();
    half.push(&segment(14, 0), b"", 0, LIMIT, &mut out);
    half.push(&segment(20, 0), b"gh", 4, LIMIT, &mut out);
    half.push(&segment(14, 0), b"abc", 6, LIMIT, &mut out);
    assert_eq!(text(&out), "abc???gh??");
    assert_eq!(out[1], Piece::Gap(3, Missing::Cut));
}

#[test]
fn the_end_gives_what_waits() {
    let mut half = Half::default();
    let mut out = all(&mut half, &[(10, 0, b"a"), (13, Tcp::FIN, b"d")]);
    half.end(true, &mut out);
    half.end(true, &mut out);
    assert_eq!(text(&out), "a??d!");
    let mut half = Half::default();
    let out = all(&mut half, &[(10, 0, b"a"), (11, Tcp::RST, b""), (11, 0, b"b")]);
    assert_eq!(text(&out), "a!");
}

#[test]
fn fin_before_its_turn_ends_at_its_place() {
    let mut half = Half::default();
    let out = all(&mut half, &[(10, 0, b"a"), (12, Tcp::FIN, b"c"), (11, 0, b"b"), (13, 0, b"more")]);
    assert_eq!(text(&out), "abc.");
    assert_eq!((half.notes().after_end_bytes, half.notes().repeated_bytes), (4, 0));
}

#[test]
fn ends_that_are_none_hide_nothing() {
    // A reset with a number that no receiver takes, and a FIN that the sender's own bytes contradict.
    let mut half = Half::default();
    let segments: [(u32, u16, &[u8]); 5] =
        [(10, 0, b"a"), (500, Tcp::RST, b""), (13, Tcp::FIN, b""), (11, 0, b"bcdef"), (16, Tcp::FIN, b"")];
    assert_eq!(text(&all(&mut half, &segments)), "abcdef.");
    assert_eq!((half.notes().outside, half.notes().conflicts), (1, 1));
    let mut half = Half::default();
    let segments: [(u32, u16, &[u8]); 4] = [(10, 0, b"a"), (13, 0, b"d"), (12, Tcp::FIN, b""), (11, 0, b"bc")];
    assert_eq!(text(&all(&mut half, &segments)), "abcd");
    assert_eq!(half.notes().conflicts, 1);
}

#[test]
fn numbers_from_nowhere_are_counted_only() {
    let mut half = Half::default();
    let out = all(&mut half, &[(10, 0, b"a"), (11 + (1 << 30) + 1, 0, b"x"), (0x8000_000b, 0, b"x"), (11, 0, b"b")]);
    assert_eq!(text(&out), "ab");
    assert_eq!(half.notes().outside, 2);
}

#[test]
fn what_waits_is_bounded_per_stream() {
    let mut half = Half::default();
    let mut out = Vec::new();
    half.push(&segment(0, Tcp::SYN), b"", 0, 10_000, &mut out);
    for index in 1..10_000_u32 {
        half.push(&segment(1 + index * 2, 0), b"x", 1, 10_000, &mut out);
        assert!(half.waiting_bytes() <= 10_000);
    }
    assert!(out.contains(&Piece::Gap(1, Missing::Limit)));
}

#[test]
fn any_order_gives_the_same_bytes() {
    let bytes: Vec<u8> = (0..=255).cycle().take(3000).collect();
    let mut random = crate::hostile::Random(42);
    for round in 0..200 {
        let mut half = Half::default();
        let mut out = Vec::new();
        let first = u32::MAX - 1000;
        half.push(&segment(first.wrapping_sub(1), Tcp::SYN), b"", 0, LIMIT, &mut out);
        let mut parts: Vec<(usize, usize)> = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let end = (at + 1 + random.below(90)).min(bytes.len());
            // Some overlap what was before.
            parts.push((at.saturating_sub(random.below(40)), end));
            at = end;
        }
        for index in (1..parts.len()).rev() {
            parts.swap(index, random.below(index + 1));
        }
        for (from, to) in parts {
            let sequence = first.wrapping_add(u32::try_from(from).unwrap());
            half.push(&segment(sequence, 0), &bytes[from..to], to - from, LIMIT, &mut out);
        }
        let found: Vec<u8> = out
            .iter()
            .flat_map(|piece| match piece {
                Piece::Data(bytes) => bytes.to_vec(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(found, bytes, "round {round}");
        assert_eq!((half.notes().conflicts, half.waiting_bytes()), (0, 0));
    }
}

#[test]
fn streams_in_all_are_bounded_and_give_what_they_forget() {
    let mut streams = Streams::new(Limits { stream_bytes: 1 << 20, bytes: 5000, streams: 10 });
    let mut ended = Vec::new();
    for flow in 0..100 {
        streams.push(flow, Side::Low, &segment(0, Tcp::SYN), b"", 0);
        for delivered in streams.push(flow, Side::Low, &segment(5, 0), &[b'x'; 700], 700) {
            if delivered.flow != flow && delivered.sender == Side::Low && matches!(delivered.piece, Piece::End(true)) {
                ended.push(delivered.flow);
            }
        }
        assert!(streams.waiting_bytes() <= 5000 && streams.flows().len() <= 10);
    }
    assert!(ended.len() >= 90 && ended.is_sorted(), "{ended:?}");
}

#[test]
fn both_directions_end_with_a_reset_and_late_segments_are_nothing() {
    let mut streams = Streams::default();
    streams.push(1, Side::High, &segment(100, Tcp::ACK), b"answer", 6);
    streams.push(1, Side::Low, &segment(5, Tcp::ACK), b"question", 8);
    let out = streams.push(1, Side::Low, &segment(13, Tcp::RST), b"", 0);
    let ends: Vec<Side> = out.iter().filter(|one| one.piece == Piece::End(true)).map(|one| one.sender).collect();
    assert_eq!(ends, [Side::Low, Side::High]);
    assert!(streams.push(1, Side::High, &segment(106, 0), b"late", 4).is_empty());
    assert_eq!(streams.notes(1, Side::High).unwrap().bytes, 6);
}

#[test]
fn acknowledgements_of_one_side_are_for_the_other() {
    let mut streams = Streams::default();
    streams.push(1, Side::Low, &segment(10, 0), b"ab", 2);
    streams.push(1, Side::Low, &segment(14, 0), b"ef", 2);
    let header = Tcp { sequence: 1, acknowledgment: 16, flags: Tcp::ACK, ..Tcp::default() };
    let out = streams.push(1, Side::High, &header, b"", 0);
    let pieces: Vec<&Piece<'_>> = out.iter().map(|one| &one.piece).collect();
    assert_eq!(pieces, [&Piece::Gap(2, Missing::NotCaptured), &Piece::Data(Cow::Borrowed(b"ef"))]);
    assert!(out.iter().all(|one| one.sender == Side::Low));
}
