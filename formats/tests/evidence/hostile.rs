//! Blocks made to hurt: whatever the bytes, an error or rows within bounds.

use formats::block::{BlockDecoder, BlockHeader, BlockKind, CODEC_ZSTD, Effort, KindCount, LAYOUT_COLUMNS, RAW_LIMIT};
use formats::schema::Schema;

use crate::sample::{Random, encode, raw};

#[test]
fn altered_column_blocks_give_errors_or_rows_but_never_panic() {
    let block = encode(&raw(1, 300), Effort::Columns(1));
    assert_eq!(block.header.layout, LAYOUT_COLUMNS);
    let mut decoder = BlockDecoder::new().unwrap();
    let mut out = Vec::new();
    for at in 0..block.bytes.len() {
        for flip in [1, 0x80, 0xff] {
            let mut bytes = block.bytes.clone();
            bytes[at] ^= flip;
            // The hash would have refused this; the decoder must stand it alone.
            if decoder.decode(&block.header, &bytes, &mut out).is_ok() {
                assert_eq!(out.len() as u64, block.header.raw_len);
            }
        }
    }
    for cut in 0..block.bytes.len() {
        assert!(decoder.decode(&block.header, &block.bytes[..cut], &mut out).is_err(), "cut at {cut}");
    }
}

/// A block of columns of which the directory is these bytes, stored as they are.
fn with_directory(directory: &[u8], header: &mut BlockHeader) -> Vec<u8> {
    let mut bytes = vec![0];
    let mut length = directory.len() as u64;
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend_from_slice(directory);
    header.layout = LAYOUT_COLUMNS;
    header.directory_len = bytes.len() as u32;
    bytes
}

#[test]
fn random_directories_give_errors_but_never_panic() {
    let mut random = Random(0xd1);
    let mut decoder = BlockDecoder::new().unwrap();
    let mut out = Vec::new();
    for _ in 0..20_000 {
        let frames = random.below(200) as u32;
        let mut header = BlockHeader::new(BlockKind::Frames);
        header.frames = frames;
        header.raw_len = u64::from(frames) * 40;
        header.kinds =
            vec![KindCount { event: 3, count: frames / 2 }, KindCount { event: 9, count: frames - frames / 2 }];
        let length = random.below(120);
        let directory: Vec<u8> = (0..length)
            .map(|_| if random.below(3) == 0 { random.next() as u8 } else { random.below(4) as u8 })
            .collect();
        let mut bytes = with_directory(&directory, &mut header);
        bytes.extend(random.bytes(200));
        let _ = decoder.decode(&header, &bytes, &mut out);
        assert!(out.len() as u64 <= header.raw_len);
    }
}

#[test]
fn columns_of_many_frames_out_of_nothing_are_bounded() {
    // Six linear columns (3 bytes each), no kinds with columns, rest of no bytes.
    let directory = [0u8; 18].into_iter().chain([0, 0, 0, 0, 0, 0b110]).collect::<Vec<u8>>();
    let mut header = BlockHeader::new(BlockKind::Frames);
    header.frames = u32::MAX;
    header.raw_len = u64::from(u32::MAX) * 32;
    header.kinds = vec![KindCount { event: 1, count: u32::MAX }];
    let bytes = with_directory(&directory, &mut header);
    let mut out = Vec::new();
    assert!(BlockDecoder::new().unwrap().decode(&header, &bytes, &mut out).is_err());
    assert!(out.capacity() <= RAW_LIMIT);
}

#[test]
fn decompression_bomb_stops_at_the_stated_length() {
    let bomb = zstd::bulk::compress(&vec![0u8; 256 << 20], 19).unwrap();
    assert!(bomb.len() < 64 << 10);
    let mut decoder = BlockDecoder::new().unwrap();
    let mut out = Vec::new();
    for raw_len in [10, 4096, RAW_LIMIT as u64, 256 << 20, u64::MAX] {
        let mut header = BlockHeader::new(BlockKind::Frames);
        header.codec = CODEC_ZSTD;
        header.raw_len = raw_len;
        assert!(decoder.decode(&header, &bomb, &mut out).is_err(), "{raw_len}");
        assert!(out.capacity() <= RAW_LIMIT);
    }
}

#[test]
fn layouts_codecs_and_ciphers_that_are_not_known_are_refused() {
    let block = encode(&raw(1, 40), Effort::Stored);
    let mut decoder = BlockDecoder::new().unwrap();
    let mut out = Vec::new();
    for change in [
        (|header: &mut BlockHeader| header.layout = 9) as fn(&mut BlockHeader),
        |header| header.codec = 9,
        |header| header.cipher = 1,
    ] {
        let mut header = block.header.clone();
        change(&mut header);
        assert!(decoder.decode(&header, &block.bytes, &mut out).is_err());
    }
}

#[test]
fn schema_that_says_more_than_it_holds_is_refused() {
    let mut bytes = Schema::builtin().store([1]);
    bytes[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut schema = Schema::new();
    assert!(schema.merge(&bytes).is_err());
    assert_eq!(schema.events().len(), 1);
}
