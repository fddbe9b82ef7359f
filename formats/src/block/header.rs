//! Block headers: 128 fixed bytes and the list of kinds, under a checksum of their own.

use crate::cursor::Cursor;
use crate::error::Invalid;
use crate::event::Lane;

/// First bytes of every block.
pub const BLOCK_MAGIC: [u8; 4] = *b"TBLK";
/// Bytes of the fixed part of a block header.
pub const BLOCK_HEADER_LEN: usize = 128;
/// Bytes of one entry of the list of kinds.
pub const KIND_COUNT_LEN: usize = 8;
/// Most entries of the list of kinds: one for each id.
pub const KINDS_LIMIT: usize = 1 << 16;

/// Bytes of the header that the hash covers before the hash itself.
const HASHED_BEFORE: usize = 80;
/// Where the bytes that the hash covers go on.
const HASHED_AFTER: usize = 112;
/// Where the checksum stands.
const CHECKSUM_AT: usize = 124;

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// Schema rows of the kinds that follow.
    Schema,
    /// Frames.
    Frames,
    /// The index of the segment.
    Footer,
    /// Something that this build does not know; skipped and counted.
    Other(u8),
}

impl BlockKind {
    /// The number on disk.
    pub const fn number(self) -> u8 {
        match self {
            BlockKind::Schema => 1,
            BlockKind::Frames => 2,
            BlockKind::Footer => 3,
            BlockKind::Other(number) => number,
        }
    }

    /// The kind of this number.
    pub const fn from_number(number: u8) -> BlockKind {
        match number {
            1 => BlockKind::Schema,
            2 => BlockKind::Frames,
            3 => BlockKind::Footer,
            other => BlockKind::Other(other),
        }
    }
}

/// How many frames of a kind a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindCount {
    /// Event kind.
    pub event: u16,
    /// Frames.
    pub count: u32,
}

/// A block's header. Numbers that this build does not know (lane, layout, codec, cipher) are kept; decoding refuses them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockHeader {
    /// What it holds.
    pub kind: BlockKind,
    /// [`super::LAYOUT_ROWS`] or [`super::LAYOUT_COLUMNS`].
    pub layout: u8,
    /// [`super::CODEC_NONE`] or [`super::CODEC_ZSTD`], for rows.
    pub codec: u8,
    /// 0: not encrypted.
    pub cipher: u8,
    /// Number of the lane.
    pub lane: u8,
    /// [`super::FLAG_KEYFRAME`].
    pub flags: u8,
    /// CPU; `u32::MAX` for frames of the recorder's own.
    pub cpu: u32,
    /// Frames in it.
    pub frames: u32,
    /// Full sequence number of the first frame.
    pub first_sequence: u64,
    /// Full sequence number of the last frame.
    pub last_sequence: u64,
    /// Earliest time in it.
    pub min_boot_ns: u64,
    /// Latest time in it.
    pub max_boot_ns: u64,
    /// Bytes of the stored payload.
    pub stored_len: u64,
    /// Bytes that it decodes to.
    pub raw_len: u64,
    /// Bytes of the column directory at the start of the payload; 0 for rows.
    pub directory_len: u32,
    /// BLAKE3 of header, kinds and payload.
    pub hash: [u8; 32],
    /// Which block of its segment it is, from 0.
    pub ordinal: u64,
    /// Kinds in it, ids ascending.
    pub kinds: Vec<KindCount>,
    /// Bytes that are zero in this version, kept for the hash.
    pub(super) reserved: [u32; 2],
}

impl BlockHeader {
    /// A header of a block of this kind that holds nothing.
    pub fn new(kind: BlockKind) -> BlockHeader {
        BlockHeader {
            kind,
            layout: super::LAYOUT_ROWS,
            codec: super::CODEC_NONE,
            cipher: 0,
            lane: 0,
            flags: 0,
            cpu: 0,
            frames: 0,
            first_sequence: 0,
            last_sequence: 0,
            min_boot_ns: 0,
            max_boot_ns: 0,
            stored_len: 0,
            raw_len: 0,
            directory_len: 0,
            hash: [0; 32],
            ordinal: 0,
            kinds: Vec::new(),
            reserved: [0; 2],
        }
    }

    /// The lane, if this build knows it.
    pub fn lane(&self) -> Option<Lane> {
        Lane::from_number(self.lane)
    }

    /// Whether it holds keyframe entries only.
    pub fn is_keyframe(&self) -> bool {
        self.flags & super::FLAG_KEYFRAME != 0
    }

    /// Whether it holds frames of this kind.
    pub fn holds(&self, event: u16) -> bool {
        self.kinds.binary_search_by_key(&event, |kind| kind.event).is_ok()
    }

    /// Bytes of the header with its list of kinds.
    pub fn len(&self) -> u64 {
        (self.kinds.len() as u64).saturating_mul(KIND_COUNT_LEN as u64).saturating_add(BLOCK_HEADER_LEN as u64)
    }

    /// Never: a header has its fixed part at least.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Bytes of header and payload.
    pub fn block_len(&self) -> u64 {
        self.len().saturating_add(self.stored_len)
    }

    /// The header as on disk, with its checksum.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(BLOCK_HEADER_LEN);
        out.extend_from_slice(&BLOCK_MAGIC);
        out.extend_from_slice(&(BLOCK_HEADER_LEN as u16).to_le_bytes());
        out.extend_from_slice(&[self.kind.number(), self.layout, self.codec, self.cipher, self.lane, self.flags]);
        out.extend_from_slice(&self.cpu.to_le_bytes());
        out.extend_from_slice(&self.frames.to_le_bytes());
        out.extend_from_slice(&u32::try_from(self.kinds.len()).unwrap_or(u32::MAX).to_le_bytes());
        for number in
            [self.first_sequence, self.last_sequence, self.min_boot_ns, self.max_boot_ns, self.stored_len, self.raw_len]
        {
            out.extend_from_slice(&number.to_le_bytes());
        }
        let [behind_directory, behind_ordinal] = self.reserved;
        out.extend_from_slice(&self.directory_len.to_le_bytes());
        out.extend_from_slice(&behind_directory.to_le_bytes());
        out.extend_from_slice(&self.hash);
        out.extend_from_slice(&self.ordinal.to_le_bytes());
        out.extend_from_slice(&behind_ordinal.to_le_bytes());
        let mut kinds = Vec::with_capacity(self.kinds.len().saturating_mul(KIND_COUNT_LEN));
        for kind in &self.kinds {
            kinds.extend_from_slice(&kind.event.to_le_bytes());
            kinds.extend_from_slice(&[0; 2]);
            kinds.extend_from_slice(&kind.count.to_le_bytes());
        }
        out.extend_from_slice(&checksum(&out, &kinds));
        out.extend_from_slice(&kinds);
        out
    }

    /// Bytes of the list of kinds behind this fixed part, which need not be whole in any other way.
    ///
    /// # Errors
    /// No block of this version begins like this.
    pub fn kinds_len(fixed: &[u8; BLOCK_HEADER_LEN]) -> Result<usize, Invalid> {
        let mut cursor = Cursor::new(fixed);
        if cursor.array()? != BLOCK_MAGIC || usize::from(cursor.u16()?) != BLOCK_HEADER_LEN {
            return Err(Invalid("no block begins here"));
        }
        cursor.bytes(14)?;
        let kinds = super::bounded(cursor.u32()?.into(), KINDS_LIMIT)?;
        Ok(kinds.saturating_mul(KIND_COUNT_LEN))
    }

    /// Reads the header with its list of kinds off the front of `bytes`.
    ///
    /// # Errors
    /// It is not a header, or its checksum differs.
    pub fn decode(bytes: &[u8]) -> Result<BlockHeader, Invalid> {
        let mut cursor = Cursor::new(bytes);
        let fixed = cursor.array::<BLOCK_HEADER_LEN>()?;
        let kinds = cursor.bytes(BlockHeader::kinds_len(&fixed)?)?;
        let (checked, stored) = fixed.split_at(CHECKSUM_AT);
        if checksum(checked, kinds) != stored {
            return Err(Invalid("block header's checksum differs"));
        }
        let mut cursor = Cursor::new(&fixed);
        cursor.bytes(6)?;
        let mut header = BlockHeader::new(BlockKind::from_number(cursor.u8()?));
        header.layout = cursor.u8()?;
        header.codec = cursor.u8()?;
        header.cipher = cursor.u8()?;
        header.lane = cursor.u8()?;
        header.flags = cursor.u8()?;
        header.cpu = cursor.u32()?;
        header.frames = cursor.u32()?;
        cursor.u32()?;
        header.first_sequence = cursor.u64()?;
        header.last_sequence = cursor.u64()?;
        header.min_boot_ns = cursor.u64()?;
        header.max_boot_ns = cursor.u64()?;
        header.stored_len = cursor.u64()?;
        header.raw_len = cursor.u64()?;
        header.directory_len = cursor.u32()?;
        let behind_directory = cursor.u32()?;
        header.hash = cursor.array()?;
        header.ordinal = cursor.u64()?;
        header.reserved = [behind_directory, cursor.u32()?];
        header.kinds = decode_kinds(kinds)?;
        Ok(header)
    }

    /// Gives the block its place in the segment and its hash over itself and the payload.
    pub fn seal(&mut self, ordinal: u64, payload: &[u8]) {
        self.ordinal = ordinal;
        self.hash = self.hash_of(payload);
    }

    /// Whether the hash is that of this header and this payload.
    pub fn is_whole(&self, payload: &[u8]) -> bool {
        self.stored_len == payload.len() as u64 && self.hash == self.hash_of(payload)
    }

    fn hash_of(&self, payload: &[u8]) -> [u8; 32] {
        let bytes = self.encode();
        let mut hasher = blake3::Hasher::new();
        let parts = [0..HASHED_BEFORE, HASHED_AFTER..CHECKSUM_AT, BLOCK_HEADER_LEN..bytes.len()];
        for part in parts.into_iter().filter_map(|part| bytes.get(part)) {
            hasher.update(part);
        }
        hasher.update(payload);
        *hasher.finalize().as_bytes()
    }
}

fn checksum(fixed: &[u8], kinds: &[u8]) -> [u8; 4] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(fixed).update(kinds);
    hasher.finalize().as_bytes().first_chunk().copied().unwrap_or_default()
}

fn decode_kinds(bytes: &[u8]) -> Result<Vec<KindCount>, Invalid> {
    let mut cursor = Cursor::new(bytes);
    let mut kinds: Vec<KindCount> = Vec::new();
    while !cursor.is_empty() {
        let event = cursor.u16()?;
        let zero = cursor.u16()?;
        let count = cursor.u32()?;
        if zero != 0 || kinds.last().is_some_and(|last| last.event >= event) {
            return Err(Invalid("block header's kinds are not in order"));
        }
        kinds.push(KindCount { event, count });
    }
    Ok(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> BlockHeader {
        let mut header = BlockHeader::new(BlockKind::Frames);
        header.lane = 1;
        header.cpu = 3;
        header.frames = 7;
        header.kinds = vec![KindCount { event: 4, count: 2 }, KindCount { event: 4096, count: 5 }];
        header.stored_len = 5;
        header.seal(9, b"bytes");
        header
    }

    #[test]
    fn header_comes_back_and_is_as_long_as_it_says() {
        let header = sample();
        let bytes = header.encode();
        assert_eq!(bytes.len() as u64, header.len());
        assert_eq!(BlockHeader::decode(&bytes), Ok(header.clone()));
        assert!(header.is_whole(b"bytes") && !header.is_whole(b"bytez") && !header.is_whole(b"byte"));
        assert!(header.holds(4096) && !header.holds(5));
    }

    #[test]
    fn every_altered_bit_is_found() {
        let bytes = sample().encode();
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(BlockHeader::decode(&altered).is_err(), "bit {bit}");
        }
    }
}
