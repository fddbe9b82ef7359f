//! The signatures that come with the program: the files of `signatures/builtin/`.

use std::path::{Path, PathBuf};

/// Names of the files with their texts, by name.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// The files, as [`Set::parse`](crate::Set::parse) takes them.
pub fn files() -> Vec<(PathBuf, String)> {
    FILES.iter().map(|(name, text)| (Path::new("builtin").join(name), (*text).to_owned())).collect()
}
