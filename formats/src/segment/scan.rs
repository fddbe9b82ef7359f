//! Finding blocks by their own headers, when footer or trailer do not lead to them.

use super::footer::{TRAILER_LEN, Trailer};
use super::header::SEGMENT_HEADER_LEN;
use super::reader::{BlockEntry, Damage};
use super::source::Bytes;
use crate::block::{BLOCK_HEADER_LEN, BLOCK_MAGIC, BlockHeader, BlockKind};
use crate::error::Result;

/// Bytes searched at a time.
const WINDOW: usize = 1 << 20;

/// What a scan found.
pub(super) struct Scan {
    /// Blocks but footers, in the order of the file.
    pub(super) blocks: Vec<BlockEntry>,
    /// Footers; one at most in an undamaged file.
    pub(super) footers: Vec<BlockEntry>,
    /// Stretches that are no blocks.
    pub(super) damage: Vec<Damage>,
}

/// Goes through the segment block by block.
///
/// After damage, a block is taken up again only if its ordinal is greater than the last one's: recorded content may
/// itself hold blocks, and those would most likely start again from 0.
pub(super) fn scan(bytes: &Bytes) -> Result<Scan> {
    let mut found = Scan { blocks: Vec::new(), footers: Vec::new(), damage: Vec::new() };
    let end = bytes.source.length;
    let mut at = SEGMENT_HEADER_LEN as u64;
    let mut expected = 0u64;
    while at < end {
        match header_at(bytes, at)? {
            Some(header) if at.saturating_add(header.block_len()) > end => {
                found.damage.push(damage(bytes, at, end, format!("the file ends within block {}", header.ordinal)));
                break;
            }
            Some(header) => {
                if header.ordinal != expected {
                    let what = format!("block {} stands where block {expected} should", header.ordinal);
                    found.damage.push(damage(bytes, at, at, what));
                }
                expected = header.ordinal.saturating_add(1);
                let entry = BlockEntry { offset: at, header };
                at = at.saturating_add(entry.header.block_len());
                if entry.header.kind == BlockKind::Footer {
                    found.footers.push(entry)
                } else {
                    found.blocks.push(entry)
                }
            }
            None => {
                let rest = bytes.read(at, TRAILER_LEN)?;
                let is_trailer = rest.first_chunk().and_then(Trailer::decode).is_some();
                if is_trailer && at.saturating_add(TRAILER_LEN as u64) == end {
                    break;
                }
                let next = resume(bytes, at.saturating_add(1), expected)?;
                let beyond = if next.is_none() { ", nor anywhere behind" } else { "" };
                let what = format!("no block begins here, where block {expected} should{beyond}");
                found.damage.push(damage(bytes, at, next.unwrap_or(end), what));
                at = next.unwrap_or(end);
            }
        }
    }
    Ok(found)
}

/// The header that begins here, if one does.
pub(super) fn header_at(bytes: &Bytes, at: u64) -> Result<Option<BlockHeader>> {
    let fixed = bytes.read(at, BLOCK_HEADER_LEN)?;
    let Some(Ok(kinds)) = fixed.first_chunk().map(BlockHeader::kinds_len) else { return Ok(None) };
    if kinds == 0 {
        return Ok(BlockHeader::decode(&fixed).ok());
    }
    let all = bytes.read(at, kinds.saturating_add(BLOCK_HEADER_LEN))?;
    Ok(BlockHeader::decode(&all).ok())
}

/// Where the next whole block of ordinal `expected` or later begins.
fn resume(bytes: &Bytes, from: u64, expected: u64) -> Result<Option<u64>> {
    let mut window = Vec::new();
    let mut start = from;
    while start < bytes.source.length {
        bytes.read_into(start, WINDOW, &mut window)?;
        for (at, four) in (start..).zip(window.windows(BLOCK_MAGIC.len())) {
            if four != BLOCK_MAGIC {
                continue;
            }
            if let Some(header) = header_at(bytes, at)?
                && header.ordinal >= expected
                && at.saturating_add(header.block_len()) <= bytes.source.length
            {
                return Ok(Some(at));
            }
        }
        // The magic may lie across two windows.
        let step = window.len().saturating_sub(BLOCK_MAGIC.len()).max(1);
        start = start.saturating_add(step as u64);
    }
    Ok(None)
}

fn damage(bytes: &Bytes, from: u64, to: u64, what: String) -> Damage {
    Damage {
        file: bytes.source.path.clone(),
        offset: bytes.source.offset.saturating_add(from),
        length: to.saturating_sub(from),
        what,
    }
}
