//! The files to load.

use std::fs;
use std::path::{Path, PathBuf};

use policy::reading;

use crate::error::Error;
use crate::limits::{MAX_DIRECTORY_DEPTH, MAX_DIRECTORY_ENTRIES, MAX_FILE_BYTES, MAX_SIGNATURES};

/// The texts of the files, and of those in the directories and below.
pub(super) fn read<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<(PathBuf, String)>, Error> {
    let (mut files, mut entries) = (Vec::new(), 0);
    for path in paths.iter().map(AsRef::as_ref) {
        let before = files.len();
        let metadata = fs::metadata(path).map_err(|error| Error::new(error.to_string()).file(path))?;
        if metadata.is_dir() {
            directory(path, 0, &mut entries, &mut files)?;
            if files.len() == before {
                return Err(Error::new("there is no signature file in it (.yml, .yaml)").file(path));
            }
        } else {
            files.push(path.to_owned());
        }
    }
    if files.len() > MAX_SIGNATURES {
        return Err(Error::new(format!("{} files; there can be {MAX_SIGNATURES} signatures", files.len())));
    }
    files.into_iter().map(|path| reading::text(&path, MAX_FILE_BYTES).map(|text| (path, text))).collect()
}

fn directory(path: &Path, depth: usize, entries: &mut usize, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::new(error.to_string()).file(path);
    if depth == MAX_DIRECTORY_DEPTH {
        return Err(Error::new(format!("more than {MAX_DIRECTORY_DEPTH} directories inside each other")).file(path));
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        *entries += 1;
        if *entries > MAX_DIRECTORY_ENTRIES {
            return Err(Error::new(format!("more than {MAX_DIRECTORY_ENTRIES} entries")).file(path));
        }
        found.push(entry.map_err(failed)?.path());
    }
    found.sort_unstable();
    for entry in found {
        // A link to a directory could lead back here.
        if fs::symlink_metadata(&entry).is_ok_and(|metadata| metadata.is_dir()) {
            directory(&entry, depth + 1, entries, files)?;
        } else if entry.extension().is_some_and(|extension| extension == "yml" || extension == "yaml")
            && !fs::metadata(&entry).is_ok_and(|metadata| metadata.is_dir())
        {
            files.push(entry);
        }
    }
    Ok(())
}
