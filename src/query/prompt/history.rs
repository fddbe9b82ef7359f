//! What was asked before: a file of the person who asks, readable by nobody else.

use std::fs::{self, DirBuilder};
use std::path::PathBuf;

/// Questions that are kept, at the most.
pub(super) const KEPT: usize = 1000;
/// A longer question is not kept, in bytes.
pub(super) const LONGEST: usize = 16 << 10;

/// The file, in a directory that is there; `None` when there is no place for it.
pub(super) fn file() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")))?;
    let directory = state.join("tracee");
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&directory).ok()?;
    let file = directory.join("query-history");
    // Nothing but a file of one's own is written to.
    let is_file = fs::symlink_metadata(&file).map_or(true, |metadata| metadata.is_file());
    is_file.then_some(file)
}
