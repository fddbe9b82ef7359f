//! Streams: the compressed pieces that columns are stored as.
//!
//! A stream's raw length is known from elsewhere (frames of its kind, bytes of its column), so that nothing read off the
//! disk decides how much is allocated.

use zstd::bulk::{Compressor, Decompressor};

use crate::cursor::{Cursor, push_varint};
use crate::error::Invalid;

/// Stored as it is.
const PLAIN: u64 = 0;
/// One zstd frame.
const ZSTD: u64 = 1;
/// One byte, repeated.
const REPEATED: u64 = 2;

/// Below this many bytes a zstd frame's own header eats what it saves.
const WORTH_COMPRESSING: usize = 24;

/// Compresses into buffers that are kept.
pub(super) struct Packer {
    zstd: Compressor<'static>,
    level: i32,
    buffer: Vec<u8>,
}

impl Packer {
    pub(super) fn new() -> Result<Packer, Invalid> {
        let level = 1;
        let zstd = Compressor::new(level).map_err(|_| Invalid("no memory for a compressor"))?;
        Ok(Packer { zstd, level, buffer: Vec::new() })
    }

    pub(super) fn set_level(&mut self, level: i32) -> Result<(), Invalid> {
        if level != self.level {
            self.zstd.set_compression_level(level).map_err(|_| Invalid("no such compression level"))?;
            self.level = level;
        }
        Ok(())
    }

    /// The bytes as one zstd frame, unless that is no smaller.
    pub(super) fn zstd(&mut self, raw: &[u8]) -> Option<&[u8]> {
        self.buffer.clear();
        self.buffer.reserve(zstd::zstd_safe::compress_bound(raw.len()));
        self.zstd.compress_to_buffer(raw, &mut self.buffer).ok()?;
        (self.buffer.len() < raw.len()).then_some(self.buffer.as_slice())
    }

    /// Appends the stream to `streams` and its descriptor to `directory`.
    pub(super) fn stream(&mut self, raw: &[u8], directory: &mut Vec<u8>, streams: &mut Vec<u8>) {
        let repeated = raw.first().filter(|first| raw.iter().all(|byte| byte == *first));
        let (form, stored) = match (repeated, raw.len()) {
            (Some(first), _) => (REPEATED, std::slice::from_ref(first)),
            (None, ..WORTH_COMPRESSING) => (PLAIN, raw),
            (None, _) => self.zstd(raw).map_or((PLAIN, raw), |packed| (ZSTD, packed)),
        };
        push_varint(directory, (stored.len() as u64) << 2 | form);
        streams.extend_from_slice(stored);
    }
}

/// Where a stream lies and what it decodes to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream<'a> {
    form: u64,
    stored: &'a [u8],
    raw_len: usize,
}

impl<'a> Stream<'a> {
    /// Reads the descriptor off the directory and takes its bytes off the streams.
    pub(super) fn take(
        directory: &mut Cursor<'_>,
        streams: &mut Cursor<'a>,
        raw_len: usize,
    ) -> Result<Stream<'a>, Invalid> {
        let word = directory.varint()?;
        let length = usize::try_from(word >> 2).map_err(|_| Invalid("column stream is too long"))?;
        Ok(Stream { form: word & 3, stored: streams.bytes(length)?, raw_len })
    }
}

/// Decompresses into buffers that are kept.
pub(super) struct Unpacker {
    zstd: Decompressor<'static>,
}

impl Unpacker {
    pub(super) fn new() -> Result<Unpacker, Invalid> {
        Ok(Unpacker { zstd: Decompressor::new().map_err(|_| Invalid("no memory for a decompressor"))? })
    }

    /// Fills `raw`, all of it, from one zstd frame.
    pub(super) fn zstd(&mut self, stored: &[u8], raw: &mut [u8]) -> Result<(), Invalid> {
        let expected = raw.len();
        match self.zstd.decompress_to_buffer(stored, raw) {
            Ok(length) if length == expected => Ok(()),
            _ => Err(Invalid("compressed bytes do not decode to the length they should")),
        }
    }

    /// Replaces `raw` by the stream's bytes.
    pub(super) fn stream(&mut self, stream: Stream<'_>, raw: &mut Vec<u8>) -> Result<(), Invalid> {
        raw.clear();
        match (stream.form, stream.stored) {
            (PLAIN, stored) if stored.len() == stream.raw_len => raw.extend_from_slice(stored),
            (REPEATED, [byte]) => raw.resize(stream.raw_len, *byte),
            (ZSTD, stored) => {
                raw.resize(stream.raw_len, 0);
                self.zstd(stored, raw)?;
            }
            _ => return Err(Invalid("column stream has another length than its column")),
        }
        Ok(())
    }
}
