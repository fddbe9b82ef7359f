//! Captures: a directory of segments, a packed file of them, or one segment alone.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::pack;
use crate::segment::{SEGMENT_MAGIC, number_of};

pub use crate::segment::{BlockEntry, Damage, Growth, Segment, SegmentSource};

/// The segments that a path names.
#[derive(Clone, Debug)]
pub struct Capture {
    path: PathBuf,
    segments: Vec<SegmentSource>,
    damage: Vec<Damage>,
}

impl Capture {
    /// Finds the segments; does not open them.
    ///
    /// # Errors
    /// There is nothing that looks like a capture, or it cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Capture> {
        let path = path.as_ref();
        if std::fs::metadata(path).map_err(Error::io(path))?.is_dir() {
            return Ok(Capture { path: path.to_path_buf(), segments: directory(path)?, damage: Vec::new() });
        }
        let mut magic = Vec::new();
        let file = File::open(path).map_err(Error::io(path))?;
        file.take(SEGMENT_MAGIC.len() as u64).read_to_end(&mut magic).map_err(Error::io(path))?;
        let named_as_segment = path.extension().is_some_and(|extension| extension == "seg");
        if magic == pack::PACK_MAGIC {
            let (segments, damage) = pack::index(path)?;
            Ok(Capture { path: path.to_path_buf(), segments, damage })
        } else if magic == SEGMENT_MAGIC || named_as_segment {
            Ok(Capture { path: path.to_path_buf(), segments: vec![SegmentSource::file(path)?], damage: Vec::new() })
        } else {
            Err(Error::NotACapture { path: path.to_path_buf(), why: "neither segment nor packed capture".to_owned() })
        }
    }

    /// What was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The segments, by number.
    pub fn segments(&self) -> &[SegmentSource] {
        &self.segments
    }

    /// What is wrong with the packed file around the segments.
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }
}

/// Whether a recorder writes to the capture in this directory: it holds a lock on the directory until it ends.
pub fn is_being_written(directory: &Path) -> bool {
    let lock = File::open(directory).map(|directory| directory.try_lock_shared());
    matches!(lock, Ok(Err(std::fs::TryLockError::WouldBlock)))
}

/// The segment files of a directory, by number. Other files are not part of the capture.
fn directory(path: &Path) -> Result<Vec<SegmentSource>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(path).map_err(Error::io(path))? {
        let name = entry.map_err(Error::io(path))?.file_name();
        numbers.extend(name.to_str().filter(|name| number_of(name).is_some()).map(str::to_owned));
    }
    numbers.sort_unstable();
    if numbers.is_empty() {
        return Err(Error::NotACapture { path: path.to_path_buf(), why: "no segment files in it".to_owned() });
    }
    numbers.iter().map(|name| SegmentSource::file(&path.join(name))).collect()
}
