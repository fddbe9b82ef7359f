//! Where a segment's bytes lie: a file of its own, or a stretch of a packed file.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A segment that can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentSource {
    /// The file.
    pub path: PathBuf,
    /// The segment's own file name, also when it lies in a packed file.
    pub name: String,
    /// Where in the file it begins, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
}

impl SegmentSource {
    /// The whole of a file.
    ///
    /// # Errors
    /// The file is not there.
    pub fn file(path: &Path) -> Result<SegmentSource> {
        let length = std::fs::metadata(path).map_err(Error::io(path))?.len();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(SegmentSource { path: path.to_path_buf(), name, offset: 0, length })
    }
}

/// An opened source; reads do not move anything, so threads can share it.
#[derive(Debug)]
pub(super) struct Bytes {
    pub(super) source: SegmentSource,
    file: File,
}

impl Bytes {
    pub(super) fn open(source: &SegmentSource) -> Result<Bytes> {
        let file = File::open(&source.path).map_err(Error::io(&source.path))?;
        Ok(Bytes { source: source.clone(), file })
    }

    /// Takes note of the file's length as it is now.
    pub(super) fn grow(&mut self) -> Result<()> {
        self.source.length = self.file.metadata().map_err(Error::io(&self.source.path))?.len();
        Ok(())
    }

    /// Replaces `out` by `length` bytes from `offset` of the segment, or as many as there are.
    pub(super) fn read_into(&self, offset: u64, length: usize, out: &mut Vec<u8>) -> Result<()> {
        let left = self.source.length.saturating_sub(offset);
        let length = usize::try_from(left).map_or(length, |left| left.min(length));
        out.clear();
        out.resize(length, 0);
        let at = self.source.offset.saturating_add(offset);
        match read_exact_at(&self.file, out, at) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(Error::Torn { path: self.source.path.clone(), offset: at })
            }
            Err(error) => Err(Error::io(&self.source.path)(error)),
        }
    }

    /// `length` bytes from `offset`, or as many as there are.
    pub(super) fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        self.read_into(offset, length, &mut out)?;
        Ok(out)
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, out: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut out: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !out.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, out, offset)?;
        out = out.get_mut(read..).filter(|_| read > 0).ok_or(io::ErrorKind::UnexpectedEof)?;
        offset = offset.saturating_add(read as u64);
    }
    Ok(())
}
