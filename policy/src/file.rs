//! Policy files, YAML or JSON, in three shapes: Kubernetes' (`apiVersion`, `kind`, `metadata`, `spec`), the plain one
//! (`name`, `scope`, `rules`), and a bare list of events. A file may hold several documents, a directory several files.
//!
//! Every error names the file, the line and the field.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, quoted};
use crate::limits::{MAX_DIRECTORY_ENTRIES, MAX_FILE_BYTES, MAX_POLICIES};
use crate::plan::Policy;
use crate::{reading, yaml};

mod shape;

/// A policy and where its name stands.
struct Found {
    policy: Policy,
    file: PathBuf,
    line: usize,
    field: &'static str,
}

/// The policies of the given files and directories, in their order; those of a directory (`.yaml`, `.yml`, `.json`) by
/// file name.
///
/// # Errors
/// Names file, line and field of the first thing that is wrong: also a name that two policies have, and too many policies.
pub fn read<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<Policy>, Error> {
    let mut found = Vec::new();
    for path in paths.iter().map(AsRef::as_ref) {
        let failed = |error: std::io::Error| Error::new(error.to_string()).file(path);
        if fs::metadata(path).map_err(failed)?.is_dir() {
            for file in directory(path)? {
                read_one(&file, &mut found)?;
            }
        } else {
            read_one(path, &mut found)?;
        }
    }
    distinct(found)
}

/// The policies in the text of one file; `file` is what errors call it, and the name of a bare list.
///
/// # Errors
/// As [`read`].
pub fn parse(file: &Path, text: &str) -> Result<Vec<Policy>, Error> {
    let mut found = Vec::new();
    parse_into(file, text, &mut found)?;
    distinct(found)
}

fn read_one(path: &Path, found: &mut Vec<Found>) -> Result<(), Error> {
    parse_into(path, &reading::text(path, MAX_FILE_BYTES)?, found)
}

fn parse_into(file: &Path, text: &str, found: &mut Vec<Found>) -> Result<(), Error> {
    let at = |error: Error| error.file(file);
    reading::within(text.len(), MAX_FILE_BYTES).map_err(at)?;
    let documents = yaml::documents(text).map_err(|error| at(Error::new(error.message).line(error.line)))?;
    let before = found.len();
    for document in documents.iter().filter(|document| !document.is_null()) {
        let stem = file.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        let (policy, line, field) = shape::policy(document, &stem).map_err(at)?;
        if found.len() == MAX_POLICIES {
            return Err(at(Error::new(format!("there can be {MAX_POLICIES} policies at once")).line(line)));
        }
        found.push(Found { policy, file: file.to_owned(), line, field });
    }
    if found.len() == before {
        return Err(at(Error::new("there is no policy in it")));
    }
    Ok(())
}

/// The policies, if each has a name of its own.
fn distinct(found: Vec<Found>) -> Result<Vec<Policy>, Error> {
    let mut names: HashMap<&str, &Found> = HashMap::new();
    for second in &found {
        if let Some(first) = names.insert(&second.policy.name, second) {
            let name = quoted(&second.policy.name);
            let message =
                format!("a second policy called {name}; the first is {}:{}", first.file.display(), first.line);
            return Err(Error::new(message).field(second.field).line(second.line).file(&second.file));
        }
    }
    Ok(found.into_iter().map(|found| found.policy).collect())
}

/// The policy files in a directory, by name.
fn directory(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |error: std::io::Error| Error::new(error.to_string()).file(path);
    let mut files = Vec::new();
    for (index, entry) in fs::read_dir(path).map_err(failed)?.enumerate() {
        if index == MAX_DIRECTORY_ENTRIES {
            return Err(Error::new(format!("has more than {MAX_DIRECTORY_ENTRIES} entries")).file(path));
        }
        let file = entry.map_err(failed)?.path();
        let is_policy =
            file.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known));
        // Through links, as Kubernetes mounts the files of a ConfigMap.
        if is_policy && !fs::metadata(&file).is_ok_and(|metadata| metadata.is_dir()) {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(Error::new("there is no policy file in it (.yaml, .yml, .json)").file(path));
    }
    files.sort_unstable();
    Ok(files)
}

#[cfg(test)]
mod tests;
