//! The directory that contents are extracted into. Nothing is written anywhere else, whoever exchanges what meanwhile: it is
//! opened once, and files are made new in it, without following a link, readable by their owner and executable by nobody.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use anyhow::{Context as _, Result};

/// An open directory.
pub(super) struct Directory {
    #[cfg(unix)]
    directory: rustix::fd::OwnedFd,
    #[cfg(not(unix))]
    directory: std::path::PathBuf,
}

impl Directory {
    /// Opens the directory; makes it when it is not there.
    pub(super) fn open(path: &Path) -> Result<Directory> {
        match make(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(error).with_context(|| format!("cannot make {}", path.display()));
            }
            _ => {}
        }
        Directory::of(path).with_context(|| format!("cannot open {}", path.display()))
    }

    /// Makes a file; `None` when there is something of that name.
    pub(super) fn create(&self, name: &str) -> io::Result<Option<File>> {
        debug_assert!(!name.is_empty() && !name.contains('/'));
        match self.create_new(name) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(unix)]
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

#[cfg(unix)]
impl Directory {
    fn of(path: &Path) -> io::Result<Directory> {
        use rustix::fs::{Mode, OFlags, open};
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        Ok(Directory { directory: open(path, flags, Mode::empty())? })
    }

    fn create_new(&self, name: &str) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags, openat};
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(openat(&self.directory, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    /// Removes a file that was made here.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.directory, name, rustix::fs::AtFlags::empty())?)
    }
}

#[cfg(not(unix))]
impl Directory {
    fn of(path: &Path) -> io::Result<Directory> {
        Ok(Directory { directory: path.canonicalize()? })
    }

    fn create_new(&self, name: &str) -> io::Result<File> {
        File::create_new(self.directory.join(name))
    }

    /// Removes a file that was made here.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.directory.join(name))
    }
}
