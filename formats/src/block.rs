//! Blocks: frames of one lane and CPU, compressed, hashed, and indexed by a header that reads alone.
//!
//! A block holds rows as they came or regrouped by column; either way the same bytes come back. Where blocks lie in a
//! file, and their hashes' chain, is the segment's matter.

use crate::error::Invalid;
use crate::event::Lane;

mod column;
mod decoder;
mod encoder;
mod grouping;
mod header;
mod stream;

pub use decoder::{BlockColumns, BlockDecoder, FrameNumber};
pub use encoder::BlockEncoder;
pub use header::{BLOCK_HEADER_LEN, BLOCK_MAGIC, BlockHeader, BlockKind, KIND_COUNT_LEN, KINDS_LIMIT, KindCount};

/// Most bytes that a block decodes to.
pub const RAW_LIMIT: usize = 64 << 20;

/// Layout: rows as they came.
pub const LAYOUT_ROWS: u8 = 0;
/// Layout: regrouped by column.
pub const LAYOUT_COLUMNS: u8 = 1;
/// Codec: bytes as they are.
pub const CODEC_NONE: u8 = 0;
/// Codec: one zstd frame.
pub const CODEC_ZSTD: u8 = 1;
/// Flag: the block holds keyframe entries only.
pub const FLAG_KEYFRAME: u8 = 1;

/// Rows that are to become a block.
#[derive(Clone, Debug)]
pub struct RawBlock {
    /// Lane of every frame in it.
    pub lane: Lane,
    /// CPU of every frame in it; `u32::MAX` for frames that the recorder made itself.
    pub cpu: u32,
    /// Whether it holds keyframe entries only.
    pub keyframe: bool,
    /// Full sequence number of the first frame.
    pub first_sequence: u64,
    /// The frames, one after the other.
    pub rows: Vec<u8>,
}

/// How hard to try; less under pressure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Regroup by column and compress each at this zstd level.
    Columns(i32),
    /// Compress the rows as they are at this zstd level.
    Rows(i32),
    /// Store the rows as they are.
    Stored,
}

/// A block that is ready for [`crate::segment::SegmentWriter::append`], which gives it its ordinal and hash.
#[derive(Clone, Debug)]
pub struct EncodedBlock {
    /// The header, not yet sealed.
    pub header: BlockHeader,
    /// The stored payload.
    pub bytes: Vec<u8>,
}

/// Room for `count` things of which there can be at most `limit`.
fn bounded(count: u64, limit: usize) -> Result<usize, Invalid> {
    match usize::try_from(count) {
        Ok(count) if count <= limit => Ok(count),
        _ => Err(Invalid("block says that it is larger than a block may be")),
    }
}
