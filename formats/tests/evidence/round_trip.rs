//! Whatever rows hold, the same bytes come back.

use formats::block::{BlockDecoder, BlockEncoder, Effort, RawBlock};
use formats::event::{Kind, Lane};
use formats::events;
use formats::frame::FrameHeader;
use formats::schema::Schema;

use crate::sample::{Random, rows};

const EFFORTS: [Effort; 4] = [Effort::Columns(1), Effort::Columns(3), Effort::Rows(1), Effort::Stored];

fn comes_back(encoder: &mut BlockEncoder<'_>, decoder: &mut BlockDecoder, rows: Vec<u8>) {
    let block = RawBlock { lane: Lane::Events, cpu: 3, keyframe: false, first_sequence: 1, rows };
    for effort in EFFORTS {
        let encoded = encoder.encode(&block, effort).unwrap();
        assert_eq!(encoded.bytes.len() as u64, encoded.header.stored_len);
        let mut out = vec![1, 2, 3];
        decoder.decode(&encoded.header, &encoded.bytes, &mut out).unwrap();
        assert!(out == block.rows, "{effort:?}: {} bytes come back as {}", block.rows.len(), out.len());
    }
}

/// A payload of fields of these kinds with random values; with `lie`, lengths may be anything.
fn payload(random: &mut Random, kinds: &[Kind], lie: bool) -> Vec<u8> {
    let (mut fixed, mut tail) = (Vec::new(), Vec::new());
    for kind in kinds {
        if kind.is_variable() {
            let length = random.below(30);
            let stated = if lie && random.below(2) == 0 { random.next() as u32 } else { length as u32 };
            fixed.extend_from_slice(&stated.to_le_bytes());
            fixed.extend_from_slice(&(random.below(4) as u32 * length as u32).to_le_bytes());
            tail.extend(random.bytes(length));
        } else {
            let number = match random.below(4) {
                0 => 0,
                1 => random.below(300),
                2 => (random.below(300) as i64 - 150) as u64,
                _ => random.next(),
            };
            fixed.extend_from_slice(&number.to_le_bytes()[..kind.width().into()]);
        }
    }
    fixed.extend(tail);
    if lie && random.below(3) == 0 {
        fixed.truncate(random.below(fixed.len() as u64 + 1) as usize);
    }
    fixed
}

/// Rows of `frames` frames of a few kinds; one in `lies` payloads is malformed, 0 for none.
fn random_rows(random: &mut Random, frames: u64, lies: u64) -> Vec<u8> {
    let all: Vec<_> = events::all().collect();
    let kinds: Vec<_> = (0..1 + random.below(6)).map(|_| all[random.below(all.len() as u64) as usize]).collect();
    let mut rows = Vec::new();
    let mut boot_ns = random.next();
    for sequence in 0..frames {
        boot_ns = match random.below(40) {
            0 => random.next(),
            _ => boot_ns.wrapping_add(random.below(5000)).wrapping_sub(200),
        };
        let event = kinds[random.below(kinds.len() as u64) as usize];
        let fields: Vec<Kind> = event.fields.iter().map(|field| field.kind).collect();
        let unknown = random.below(50) == 0;
        let header = FrameHeader {
            boot_ns,
            context: random.below(8).wrapping_mul(random.next()) % 1_000_003,
            tid: random.next() as u32 >> random.below(32),
            sequence: sequence as u32,
            event: if unknown { random.next() as u16 } else { event.id },
            flags: if random.below(9) == 0 { random.next() as u16 } else { 0 },
            length: 0,
        };
        let lie = lies > 0 && random.below(lies) == 0;
        header.append(&payload(random, &fields, lie), &mut rows).unwrap();
    }
    rows
}

#[test]
fn random_rows_come_back_byte_for_byte() {
    let (mut encoder, mut decoder) = (BlockEncoder::new().unwrap(), BlockDecoder::new().unwrap());
    let mut random = Random(0x7ace);
    for round in 0..120 {
        let frames = [0, 1, 31, 32, 64, 200, 900][round % 7];
        let lies = [0, 0, 1, 40][round % 4];
        comes_back(&mut encoder, &mut decoder, random_rows(&mut random, frames, lies));
    }
}

#[test]
fn bytes_that_are_no_frames_come_back_byte_for_byte() {
    let (mut encoder, mut decoder) = (BlockEncoder::new().unwrap(), BlockDecoder::new().unwrap());
    let mut random = Random(99);
    for length in 0..200 {
        comes_back(&mut encoder, &mut decoder, random.bytes(length));
    }
    let whole = rows(1, 100);
    for cut in (whole.len() - 200)..whole.len() {
        comes_back(&mut encoder, &mut decoder, whole[..cut].to_vec());
    }
    let mut huge = rows(1, 100);
    huge.extend(FrameHeader { length: u32::MAX, event: 4, ..Default::default() }.encode());
    comes_back(&mut encoder, &mut decoder, huge);
}

#[test]
fn sequence_and_times_at_their_limits_come_back() {
    let mut rows = Vec::new();
    for n in 0..200u64 {
        let header = FrameHeader {
            boot_ns: if n % 2 == 0 { u64::MAX } else { 0 },
            context: u64::MAX - n,
            tid: u32::MAX,
            sequence: (u32::MAX - 100).wrapping_add(n as u32),
            event: u16::MAX,
            flags: u16::MAX,
            length: 0,
        };
        header.append(&n.to_le_bytes(), &mut rows).unwrap();
    }
    comes_back(&mut BlockEncoder::new().unwrap(), &mut BlockDecoder::new().unwrap(), rows);
}

#[test]
fn block_header_tells_what_the_rows_hold() {
    let first_sequence = (5u64 << 32) - 10;
    let rows = rows(first_sequence, 50);
    let block = RawBlock { lane: Lane::Control, cpu: 9, keyframe: true, first_sequence, rows };
    for effort in EFFORTS {
        let header = BlockEncoder::new().unwrap().encode(&block, effort).unwrap().header;
        assert_eq!(header.lane(), Some(Lane::Control));
        assert!(header.is_keyframe());
        assert_eq!((header.cpu, header.frames), (9, 50));
        assert_eq!((header.first_sequence, header.last_sequence), (first_sequence, first_sequence + 49));
        assert_eq!(header.kinds.iter().map(|kind| (kind.event, kind.count)).collect::<Vec<_>>(), [(5, 10), (259, 40)]);
        assert!(header.min_boot_ns >= 1_000_000 && header.max_boot_ns < 1_005_000);
    }
}

#[test]
fn read_and_write_loop_takes_less_than_one_and_a_half_bytes_a_frame() {
    let mut random = Random(4);
    let (mut rows, mut boot_ns) = (Vec::new(), 5_000_000_000_000u64);
    for sequence in 1..=14_000u32 {
        boot_ns += 260 + random.below(40) + random.below(40);
        let fd = u64::from(sequence % 2);
        let header =
            FrameHeader { boot_ns, context: 77, tid: 42, sequence, event: 4096 + fd as u16, ..Default::default() };
        let payload: Vec<u8> =
            [512, fd, 0x5581_2345_6000, 512, 900 + fd].iter().flat_map(|n: &u64| n.to_le_bytes()).collect();
        header.append(&payload, &mut rows).unwrap();
    }
    for id in [4096, 4097] {
        assert!(
            Schema::builtin().get(id).is_some_and(|event| event.fixed_len == 40),
            "read and write are rows of the table"
        );
    }
    let block = RawBlock { lane: Lane::Events, cpu: 0, keyframe: false, first_sequence: 1, rows };
    let encoded = BlockEncoder::new().unwrap().encode(&block, Effort::Columns(1)).unwrap();
    let bytes_per_frame = encoded.bytes.len() as f64 / 14_000.0;
    assert!(bytes_per_frame < 1.5, "{bytes_per_frame} bytes a frame");
}
