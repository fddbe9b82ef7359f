//! What can be wrong with a capture, with file and byte offset.

use std::io;
use std::path::{Path, PathBuf};

/// Bytes that are not what the format says; the caller knows which file and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub &'static str);

impl Invalid {
    /// The same finding with its place.
    pub fn at(self, path: &Path, offset: u64) -> Error {
        Error::Corrupt { path: path.to_path_buf(), offset, what: self.0.to_owned() }
    }
}

/// Why a capture could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refused.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file or directory is something else.
    #[error("{path}: not a capture: {why}", path = path.display())]
    NotACapture {
        /// The file or directory.
        path: PathBuf,
        /// What it lacks.
        why: String,
    },
    /// A newer tracee wrote it.
    #[error("{path}: format {major}.{minor} is newer than this tracee reads", path = path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Its major version.
        major: u16,
        /// Its minor version.
        minor: u16,
    },
    /// Bytes were altered, or never were valid.
    #[error("{path}: damaged at byte {offset}: {what}", path = path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Where in the file, in bytes.
        offset: u64,
        /// What does not hold.
        what: String,
    },
    /// The file ends within something.
    #[error("{path}: cut at byte {offset}", path = path.display())]
    Torn {
        /// The file.
        path: PathBuf,
        /// Where the part that is cut begins, in bytes.
        offset: u64,
    },
    /// Something is there already, and captures are never overwritten.
    #[error("{path}: exists already", path = path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
}

impl Error {
    /// For `map_err` on a system call on `path`.
    pub fn io(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
        move |source| Error::Io { path: path.to_path_buf(), source }
    }
}

/// What this crate's fallible functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;
