//! Where a file's bytes go: standard output, or a new file that is only open while something is appended to it, so that any
//! number of them can be in work.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::is_stdout;
use crate::output::Stdout;

/// Bytes that wait before they are appended.
const BUFFER_BYTES: usize = 1 << 20;

/// An output for bytes.
pub(super) enum Output {
    /// Standard output.
    Stdout(Stdout),
    /// A file that was made here.
    File { path: PathBuf, waiting: Vec<u8> },
}

impl Output {
    /// Makes the file, readable by its owner alone: packets hold what programs told each other. Nothing is written over.
    pub(super) fn create(path: &Path) -> Result<Output> {
        if is_stdout(path) {
            if io::stdout().is_terminal() {
                bail!(
                    "a file of packets is nothing for a terminal; send standard output elsewhere, as into `wireshark -k -i -`"
                );
            }
            return Ok(Output::Stdout(Stdout::lock()));
        }
        match private().write(true).create_new(true).open(path) {
            Ok(_) => Ok(Output::File { path: path.to_owned(), waiting: Vec::new() }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                bail!("{}: exists already; nothing is written over", path.display())
            }
            Err(error) => Err(error).with_context(|| format!("cannot make {}", path.display())),
        }
    }

    /// The file; `None` for standard output.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Output::Stdout(_) => None,
            Output::File { path, .. } => Some(path),
        }
    }

    /// Removes the file again.
    pub(super) fn remove(&self) {
        if let Some(path) = self.path() {
            // That it could not be removed changes nothing about the error.
            let _ = fs::remove_file(path);
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Stdout(out) => out.write(bytes),
            Output::File { waiting, .. } => {
                waiting.extend_from_slice(bytes);
                if waiting.len() >= BUFFER_BYTES {
                    self.flush()?;
                }
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Stdout(out) => out.flush(),
            Output::File { waiting, .. } if waiting.is_empty() => Ok(()),
            Output::File { path, waiting } => {
                let told = |error: io::Error| {
                    io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
                };
                append(path, waiting).map_err(told)?;
                waiting.clear();
                // One that is not written to for long keeps no memory.
                waiting.shrink_to(0);
                Ok(())
            }
        }
    }
}

fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file: File = private().append(true).open(path)?;
    file.write_all(bytes)
}

/// How files are opened: not through a link that somebody put there meanwhile.
#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32);
    options
}

#[cfg(not(unix))]
fn private() -> OpenOptions {
    OpenOptions::new()
}
