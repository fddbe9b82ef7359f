//! Footers: every block's offset and header again, and the segment's end; and the trailer that finds the footer.

use super::header::SEGMENT_HEADER_LEN;
use super::reader::BlockEntry;
use crate::block::{BLOCK_HEADER_LEN, BlockHeader};
use crate::cursor::Cursor;
use crate::error::Invalid;

/// Bytes of the trailer.
pub(super) const TRAILER_LEN: usize = 32;
const TRAILER_MAGIC: [u8; 8] = *b"TRACEEND";

/// What a footer says.
#[derive(Clone, Debug)]
pub(super) struct Footer {
    pub(super) end_boot_ns: u64,
    pub(super) blocks: Vec<BlockEntry>,
}

impl Footer {
    /// The raw payload of the footer block.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = self.end_boot_ns.to_le_bytes().to_vec();
        out.extend_from_slice(&u32::try_from(self.blocks.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        for block in &self.blocks {
            out.extend_from_slice(&block.offset.to_le_bytes());
            out.extend_from_slice(&block.header.encode());
        }
        out
    }

    /// Reads the raw payload of the footer block that lies at `footer_offset` of its segment.
    ///
    /// # Errors
    /// It is not a footer, or blocks do not lie side by side from the header to the footer.
    pub(super) fn decode(bytes: &[u8], footer_offset: u64) -> Result<Footer, Invalid> {
        let mut cursor = Cursor::new(bytes);
        let end_boot_ns = cursor.u64()?;
        let count = cursor.u32()?;
        cursor.u32()?;
        let mut blocks = Vec::new();
        let mut next = SEGMENT_HEADER_LEN as u64;
        for ordinal in 0..u64::from(count) {
            let offset = cursor.u64()?;
            let fixed = cursor.rest().first_chunk::<BLOCK_HEADER_LEN>().ok_or(Invalid("footer ends early"))?;
            let length = BlockHeader::kinds_len(fixed)?.saturating_add(BLOCK_HEADER_LEN);
            let header = BlockHeader::decode(cursor.bytes(length)?)?;
            if offset != next || header.ordinal != ordinal {
                return Err(Invalid("footer's blocks do not lie side by side"));
            }
            next = next.saturating_add(header.block_len());
            blocks.push(BlockEntry { offset, header });
        }
        if next != footer_offset || !cursor.is_empty() {
            return Err(Invalid("footer does not close over its blocks"));
        }
        Ok(Footer { end_boot_ns, blocks })
    }
}

/// Where the footer is, and how the segment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trailer {
    pub(super) footer_offset: u64,
    pub(super) length: u64,
    pub(super) root: [u8; 8],
}

impl Trailer {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = self.footer_offset.to_le_bytes().to_vec();
        out.extend_from_slice(&self.length.to_le_bytes());
        out.extend_from_slice(&self.root);
        out.extend_from_slice(&TRAILER_MAGIC);
        out
    }

    pub(super) fn decode(bytes: &[u8; TRAILER_LEN]) -> Option<Trailer> {
        let mut cursor = Cursor::new(bytes);
        let trailer =
            Trailer { footer_offset: cursor.u64().ok()?, length: cursor.u64().ok()?, root: cursor.array().ok()? };
        (cursor.array() == Ok(TRAILER_MAGIC)).then_some(trailer)
    }
}

/// The root of a segment: its header and the hashes of its blocks in order.
pub(super) fn root<'a>(header: &[u8], blocks: impl Iterator<Item = &'a BlockEntry>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(header);
    for block in blocks {
        hasher.update(&block.header.hash);
    }
    *hasher.finalize().as_bytes()
}
