//! Files that people write, read with a limit.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::error::Error;

/// The text of a regular file of so many bytes at most.
///
/// # Errors
/// Names the file; what is not UTF-8 also by line and column.
pub fn text(path: &Path, max_bytes: usize) -> Result<String, Error> {
    let failed = |error: std::io::Error| Error::new(error.to_string()).file(path);
    // Before it is opened: a pipe would wait for its writer.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(Error::new("is no regular file").file(path));
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(max_bytes as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    within(bytes.len(), max_bytes).map_err(|error| error.file(path))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = valid.iter().filter(|byte| **byte == b'\n').count().saturating_add(1);
        let start = valid.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end.saturating_add(1));
        let before = valid.get(start..).unwrap_or_default();
        let column = String::from_utf8_lossy(before).chars().count().saturating_add(1);
        Error::new("is not UTF-8").file(path).at((line, column))
    })
}

/// Checks the length of a text that came another way.
///
/// # Errors
/// It is longer than that.
pub fn within(bytes: usize, max_bytes: usize) -> Result<(), Error> {
    if bytes > max_bytes { Err(Error::new(format!("is longer than {max_bytes} bytes"))) } else { Ok(()) }
}
