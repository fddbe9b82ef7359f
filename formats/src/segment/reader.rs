//! Segments as they are read: header, blocks, schema, and what is wrong with them.

use std::path::{Path, PathBuf};

use super::footer::{Footer, TRAILER_LEN, Trailer, root};
use super::growth::Growth;
use super::header::{SEGMENT_HEADER_LEN, SegmentHeader};
use super::scan::{Scan, header_at, scan};
use super::source::{Bytes, SegmentSource};
use crate::block::{BLOCK_HEADER_LEN, BlockDecoder, BlockHeader, BlockKind, RAW_LIMIT};
use crate::error::{Error, Invalid, Result};
use crate::schema::Schema;

/// A block and where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockEntry {
    /// Offset in the segment, in bytes.
    pub offset: u64,
    /// Its header.
    pub header: BlockHeader,
}

impl BlockEntry {
    /// Offset of what follows it, in bytes.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.header.block_len())
    }
}

/// Something wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub file: PathBuf,
    /// Where in the file, in bytes.
    pub offset: u64,
    /// Bytes concerned; 0 when not known.
    pub length: u64,
    /// What is wrong.
    pub what: String,
}

/// An opened segment. Shared reading from several threads is fine.
#[derive(Debug)]
pub struct Segment {
    bytes: Bytes,
    header: SegmentHeader,
    header_bytes: Vec<u8>,
    blocks: Vec<BlockEntry>,
    damage: Vec<Damage>,
    schema: Schema,
    end_boot_ns: Option<u64>,
}

impl Segment {
    /// Opens a segment: by its footer, or by looking for its blocks.
    ///
    /// # Errors
    /// The file cannot be read, is no segment, is cut within its header, or is of a newer version. Any other damage is
    /// in [`Segment::damage`].
    pub fn open(source: &SegmentSource) -> Result<Segment> {
        let mut segment = Segment::begin(source)?;
        let mut decoder = BlockDecoder::new().map_err(|wrong| wrong.at(&source.path, source.offset))?;
        match segment.by_trailer(&mut decoder)? {
            Ok(footer) => segment.take(footer),
            Err(why) => segment.by_scan(why, &mut decoder)?,
        }
        segment.read_schema(&mut decoder);
        if !segment.damage.is_empty() {
            segment.complete_schema();
        }
        Ok(segment)
    }

    /// Opens a segment that may still be written: [`Segment::grow`] finds its blocks.
    ///
    /// # Errors
    /// As [`Segment::open`]; a header that is not all there yet is [`Error::Torn`].
    pub fn begin(source: &SegmentSource) -> Result<Segment> {
        let bytes = Bytes::open(source)?;
        let header_bytes = bytes.read(0, SEGMENT_HEADER_LEN)?;
        let Some(fixed) = header_bytes.first_chunk() else {
            return Err(Error::Torn { path: source.path.clone(), offset: source.offset });
        };
        let (header, whole) = SegmentHeader::decode(&source.path, fixed)?;
        let mut segment = Segment {
            bytes,
            header,
            header_bytes,
            blocks: Vec::new(),
            damage: Vec::new(),
            schema: Schema::new(),
            end_boot_ns: None,
        };
        if !whole {
            segment.note(0, SEGMENT_HEADER_LEN as u64, "segment header's hash differs");
        }
        Ok(segment)
    }

    /// Takes blocks that were written since, `limit` at most, as far as they are whole: a block that is not may still be
    /// under the writer's pen. For segments with a file of their own.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn grow(&mut self, decoder: &mut BlockDecoder, limit: usize) -> Result<Growth> {
        self.bytes.grow()?;
        for _ in 0..limit {
            let at = self.blocks.last().map_or(SEGMENT_HEADER_LEN as u64, BlockEntry::end);
            let header = match header_at(&self.bytes, at) {
                Ok(Some(header)) => header,
                // The file has become shorter: a write that failed was taken back.
                Ok(None) | Err(Error::Torn { .. }) => return Ok(Growth::Waiting),
                Err(error) => return Err(error),
            };
            let entry = BlockEntry { offset: at, header };
            let length = self.bytes.source.length;
            if entry.header.kind == BlockKind::Footer {
                let is_closed = entry.end().saturating_add(TRAILER_LEN as u64) <= length;
                return Ok(if is_closed { Growth::Closed } else { Growth::Waiting });
            }
            let is_next = entry.header.ordinal == self.blocks.len() as u64 && entry.end() <= length;
            if !is_next || !self.take_grown(entry, decoder)? {
                return Ok(Growth::Waiting);
            }
        }
        Ok(Growth::More)
    }

    /// False when the block is not what its header says.
    fn take_grown(&mut self, entry: BlockEntry, decoder: &mut BlockDecoder) -> Result<bool> {
        let mut raw = Vec::new();
        let read = match entry.header.kind {
            BlockKind::Schema => self.rows(&entry, decoder, &mut raw),
            _ => self.read(&entry).map(drop),
        };
        match read {
            Ok(()) => {}
            Err(error @ Error::Io { .. }) => return Err(error),
            Err(_) => return Ok(false),
        }
        if entry.header.kind == BlockKind::Schema && self.schema.merge(&raw).is_err() {
            return Ok(false);
        }
        self.blocks.push(entry);
        Ok(true)
    }

    /// A schema block may be among what is damaged: kinds that the segment does not declare are taken as this build
    /// declares them. Ids are never used twice, so that this cannot be another kind's row.
    fn complete_schema(&mut self) {
        for event in Schema::builtin().events() {
            if self.schema.get(event.id).is_none() {
                // A declared kind with this one's name keeps it.
                let _ = self.schema.insert(event.clone());
            }
        }
    }

    /// Whose, which, when.
    pub fn header(&self) -> &SegmentHeader {
        &self.header
    }

    /// Where its bytes are.
    pub fn source(&self) -> &SegmentSource {
        &self.bytes.source
    }

    /// The file, for messages.
    pub fn path(&self) -> &Path {
        &self.bytes.source.path
    }

    /// Schema of the kinds in it, as it embeds them; in a damaged segment, as this build knows those that it does not.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Every block but the footer, in the order of the file; those of kinds that this build does not know too.
    pub fn blocks(&self) -> &[BlockEntry] {
        &self.blocks
    }

    /// The blocks that hold frames.
    pub fn frame_blocks(&self) -> impl Iterator<Item = &BlockEntry> {
        self.blocks.iter().filter(|block| block.header.kind == BlockKind::Frames)
    }

    /// What is wrong with it as far as opening it showed; blocks' contents are checked when they are read.
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// Whether it was closed: its footer is there and whole.
    pub fn is_complete(&self) -> bool {
        self.end_boot_ns.is_some()
    }

    /// When the segment ended, boot-time nanoseconds; `None` when it was not closed.
    pub fn end_boot_ns(&self) -> Option<u64> {
        self.end_boot_ns
    }

    /// BLAKE3 over header and blocks' hashes, as they are.
    pub fn root(&self) -> [u8; 32] {
        root(&self.header_bytes, self.blocks.iter())
    }

    /// The stored payload of a block, its hash verified.
    ///
    /// # Errors
    /// The block is damaged or cut, or cannot be read.
    pub fn read(&self, block: &BlockEntry) -> Result<Vec<u8>> {
        let wrong = |what| Invalid(what).at(self.path(), self.file_offset(block.offset));
        let header_len = usize::try_from(block.header.len()).map_err(|_| wrong("block header is too long"))?;
        if self.bytes.read(block.offset, header_len)? != block.header.encode() {
            return Err(wrong("block header was altered"));
        }
        let stored_len = usize::try_from(block.header.stored_len).map_err(|_| wrong("block is too long"))?;
        // Compression never makes a block much longer; this bounds what a hostile header makes us allocate.
        if stored_len > RAW_LIMIT.saturating_mul(2) {
            return Err(wrong("block is too long"));
        }
        let payload_at = block.offset.saturating_add(block.header.len());
        let payload = self.bytes.read(payload_at, stored_len)?;
        if payload.len() < stored_len {
            return Err(Error::Torn { path: self.path().to_path_buf(), offset: self.file_offset(block.offset) });
        }
        if block.header.is_whole(&payload) { Ok(payload) } else { Err(wrong("block's hash differs")) }
    }

    /// Replaces `rows` by what a block decodes to, its hash verified.
    ///
    /// # Errors
    /// As [`Segment::read`], or the block does not decode.
    pub fn rows(&self, block: &BlockEntry, decoder: &mut BlockDecoder, rows: &mut Vec<u8>) -> Result<()> {
        let payload = self.read(block)?;
        decoder
            .decode(&block.header, &payload, rows)
            .map_err(|wrong| wrong.at(self.path(), self.file_offset(block.offset)))
    }

    /// The offset in the file of an offset in the segment: another in a packed file.
    pub fn file_offset(&self, offset: u64) -> u64 {
        self.bytes.source.offset.saturating_add(offset)
    }

    fn note(&mut self, offset: u64, length: u64, what: impl Into<String>) {
        let damage =
            Damage { file: self.path().to_path_buf(), offset: self.file_offset(offset), length, what: what.into() };
        self.damage.push(damage);
    }

    fn take(&mut self, footer: Footer) {
        self.end_boot_ns = Some(footer.end_boot_ns);
        self.blocks = footer.blocks;
    }

    /// The footer that the trailer leads to, or why it does not.
    fn by_trailer(&self, decoder: &mut BlockDecoder) -> Result<Result<Footer, &'static str>> {
        let length = self.bytes.source.length;
        let Some(trailer_at) = length.checked_sub(TRAILER_LEN as u64) else { return Ok(Err("segment was not closed")) };
        let bytes = self.bytes.read(trailer_at, TRAILER_LEN)?;
        let Some(trailer) = bytes.first_chunk().and_then(Trailer::decode) else {
            return Ok(Err("segment was not closed, or its trailer is damaged"));
        };
        if trailer.length != length || trailer.footer_offset > trailer_at {
            return Ok(Err("segment has another length than its trailer says"));
        }
        let fixed = self.bytes.read(trailer.footer_offset, BLOCK_HEADER_LEN)?;
        let header = BlockHeader::decode(&fixed).ok().filter(|header| {
            header.kind == BlockKind::Footer && trailer.footer_offset.saturating_add(header.block_len()) == trailer_at
        });
        let Some(header) = header else { return Ok(Err("segment's footer is not where its trailer says")) };
        let Ok(footer) = self.footer(&BlockEntry { offset: trailer.footer_offset, header }, decoder) else {
            return Ok(Err("segment's footer is damaged"));
        };
        let root = root(&self.header_bytes, footer.blocks.iter());
        // With a damaged header the root cannot be right; the footer may still be.
        let header_is_whole = self.damage.is_empty();
        if header_is_whole && !root.starts_with(&trailer.root) {
            return Ok(Err("segment's trailer has another root"));
        }
        Ok(Ok(footer))
    }

    fn footer(&self, entry: &BlockEntry, decoder: &mut BlockDecoder) -> Result<Footer> {
        let mut raw = Vec::new();
        self.rows(entry, decoder, &mut raw)?;
        Footer::decode(&raw, entry.offset).map_err(|wrong| wrong.at(self.path(), self.file_offset(entry.offset)))
    }

    fn by_scan(&mut self, why: &'static str, decoder: &mut BlockDecoder) -> Result<()> {
        let Scan { blocks, footers, damage } = scan(&self.bytes)?;
        let trailer_at = self.bytes.source.length.saturating_sub(TRAILER_LEN as u64);
        self.note(trailer_at, 0, why);
        self.damage.extend(damage);
        let whole = footers.iter().find_map(|entry| self.footer(entry, decoder).ok());
        match whole {
            Some(footer) => self.take(footer),
            None => {
                for footer in footers {
                    self.note(footer.offset, footer.header.block_len(), "segment's footer is damaged");
                }
                self.blocks = blocks;
            }
        }
        Ok(())
    }

    fn read_schema(&mut self, decoder: &mut BlockDecoder) {
        let mut raw = Vec::new();
        let schemas: Vec<BlockEntry> =
            self.blocks.iter().filter(|block| block.header.kind == BlockKind::Schema).cloned().collect();
        for block in schemas {
            let wrong = match self.rows(&block, decoder, &mut raw) {
                Ok(()) => self.schema.merge(&raw).err().map(|wrong| wrong.to_string()),
                Err(Error::Corrupt { what, .. }) => Some(what),
                Err(error) => Some(error.to_string()),
            };
            if let Some(wrong) = wrong {
                self.note(
                    block.offset,
                    block.header.block_len(),
                    format!("schema block {}: {wrong}", block.header.ordinal),
                );
            }
        }
    }
}
