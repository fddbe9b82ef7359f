//! Segments as they are written: whole blocks only, so that whenever it stops, what is there is read.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::file_name;
use super::footer::{Footer, TRAILER_LEN, Trailer, root};
use super::header::SegmentHeader;
use super::reader::BlockEntry;
use crate::block::{BlockHeader, BlockKind, CODEC_NONE, CODEC_ZSTD, EncodedBlock};
use crate::error::{Error, Result};
use crate::schema::Schema;

/// Level for schema and footer blocks: they are small and few.
const LEVEL: i32 = 3;

/// What a segment is written to.
pub trait Sink: Write {
    /// Drops what was written beyond `length` bytes and goes on from there.
    ///
    /// # Errors
    /// The system's.
    fn cut(&mut self, length: u64) -> io::Result<()>;

    /// Waits until what was written is on the disk.
    ///
    /// # Errors
    /// The system's.
    fn sync(&mut self) -> io::Result<()>;
}

impl Sink for File {
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.seek(SeekFrom::Start(length)).map(drop)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// What the next segment's header and the capture's owner need of a finished segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentRoot {
    /// Number of the segment.
    pub number: u64,
    /// BLAKE3 over its header and its blocks' hashes.
    pub root: [u8; 32],
    /// Length of the file.
    pub bytes: u64,
}

/// Writes one segment.
pub struct SegmentWriter<S: Sink = File> {
    sink: S,
    path: PathBuf,
    number: u64,
    header: Vec<u8>,
    schema: &'static Schema,
    told: HashSet<u16>,
    blocks: Vec<BlockEntry>,
    bytes: u64,
    /// A cut after a failed write failed as well: the file's end is not where it should be.
    is_broken: bool,
}

impl SegmentWriter<File> {
    /// Creates the segment's file in `dir` under its final name, for events of `schema`.
    ///
    /// # Errors
    /// A file of this name is there, or the system refuses.
    pub fn create(dir: &Path, header: SegmentHeader, schema: &'static Schema) -> Result<SegmentWriter> {
        let path = dir.join(file_name(header.number));
        let sink = OpenOptions::new().write(true).create_new(true).open(&path).map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                Error::Exists { path: path.clone() }
            } else {
                Error::io(&path)(error)
            }
        })?;
        SegmentWriter::with_sink(sink, &path, header, schema)
    }
}

impl<S: Sink> SegmentWriter<S> {
    /// Writes a segment of events of `schema` to `sink`, which is empty; `path` is for messages.
    ///
    /// # Errors
    /// The header could not be written.
    pub fn with_sink(sink: S, path: &Path, header: SegmentHeader, schema: &'static Schema) -> Result<SegmentWriter<S>> {
        let mut writer = SegmentWriter {
            sink,
            path: path.to_path_buf(),
            number: header.number,
            header: header.encode(),
            schema,
            told: HashSet::new(),
            blocks: Vec::new(),
            bytes: 0,
            is_broken: false,
        };
        let header = writer.header.clone();
        writer.write(&[&header])?;
        Ok(writer)
    }

    /// Writes the block, before it the schema of kinds that no block before had.
    ///
    /// # Errors
    /// The system refused. The file is as it was before, and the block may be tried again.
    pub fn append(&mut self, block: &EncodedBlock) -> Result<()> {
        let kinds = block.header.kinds.iter().map(|kind| kind.event);
        let new: Vec<u16> =
            kinds.filter(|event| !self.told.contains(event) && self.schema.get(*event).is_some()).collect();
        if !new.is_empty() {
            let (header, bytes) = packed(BlockKind::Schema, self.schema.store(new.iter().copied()));
            self.block(header, &bytes)?;
            self.told.extend(new);
        }
        self.block(block.header.clone(), &block.bytes)
    }

    /// Bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes the segment with footer and trailer and waits until it is on the disk.
    ///
    /// # Errors
    /// The system refused. The blocks stay readable.
    pub fn finish(mut self, end_boot_ns: u64) -> Result<SegmentRoot> {
        let root = root(&self.header, self.blocks.iter());
        let footer_offset = self.bytes;
        let footer = Footer { end_boot_ns, blocks: std::mem::take(&mut self.blocks) };
        let (mut header, bytes) = packed(BlockKind::Footer, footer.encode());
        header.seal(footer.blocks.len() as u64, &bytes);
        let length = footer_offset.saturating_add(header.block_len()).saturating_add(TRAILER_LEN as u64);
        let first = root.first_chunk().copied().unwrap_or_default();
        let trailer = Trailer { footer_offset, length, root: first };
        self.write(&[&header.encode(), &bytes, &trailer.encode()])?;
        self.sink.sync().map_err(Error::io(&self.path))?;
        Ok(SegmentRoot { number: self.number, root, bytes: self.bytes })
    }

    fn block(&mut self, mut header: BlockHeader, payload: &[u8]) -> Result<()> {
        header.seal(self.blocks.len() as u64, payload);
        let offset = self.bytes;
        self.write(&[&header.encode(), payload])?;
        self.blocks.push(BlockEntry { offset, header });
        Ok(())
    }

    /// Writes all or, as far as the system lets us, nothing.
    fn write(&mut self, parts: &[&[u8]]) -> Result<()> {
        if self.is_broken {
            let broken = io::Error::other("an earlier write failed and could not be undone");
            return Err(Error::io(&self.path)(broken));
        }
        for part in parts {
            if let Err(error) = self.sink.write_all(part) {
                self.is_broken = self.sink.cut(self.bytes).is_err();
                return Err(Error::io(&self.path)(error));
            }
        }
        for part in parts {
            self.bytes = self.bytes.saturating_add(part.len() as u64);
        }
        Ok(())
    }
}

/// Header (not sealed) and stored payload of a block of our own.
fn packed(kind: BlockKind, raw: Vec<u8>) -> (BlockHeader, Vec<u8>) {
    let mut header = BlockHeader::new(kind);
    header.raw_len = raw.len() as u64;
    let bytes = match zstd::bulk::compress(&raw, LEVEL) {
        Ok(packed) if packed.len() < raw.len() => {
            header.codec = CODEC_ZSTD;
            packed
        }
        _ => {
            header.codec = CODEC_NONE;
            raw
        }
    };
    header.stored_len = bytes.len() as u64;
    (header, bytes)
}
