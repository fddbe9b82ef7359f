//! How a dataset comes to be where it is asked for: whole, or not at all.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use super::layout::{MANIFEST, VIEWS};
use super::manifest::Manifest;

/// Where a dataset, or what is added to one, is written before it is shown.
pub(super) struct Staging {
    directory: PathBuf,
    existing: Option<Existing>,
    /// Beside the directory or in it, so that all can be renamed; removed in the end.
    temporary: TempDir,
    folder: PathBuf,
}

/// A dataset that is added to.
struct Existing {
    manifest: Manifest,
    /// Keeps others from adding to it.
    _lock: File,
}

impl Staging {
    /// Begins to write what shall be at `directory`.
    ///
    /// # Errors
    /// Something is there that is not to be added to, or it cannot be written.
    pub(super) fn begin(directory: &Path, append: bool) -> Result<Staging> {
        let writing = || format!("cannot write {}", directory.display());
        let existing = match fs::symlink_metadata(directory) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(writing),
            Ok(_) if !append => bail!("{}: exists already; nothing is written over", directory.display()),
            Ok(_) => Some(Existing::open(directory)?),
        };
        let parent = match (&existing, directory.parent()) {
            (Some(_), _) => directory,
            (None, Some(parent)) if parent != Path::new("") => parent,
            (None, _) => Path::new("."),
        };
        let temporary = tempfile::Builder::new().prefix(".tracee-").tempdir_in(parent).with_context(writing)?;
        // A temporary directory is for its owner alone, and this one shall be as any other is.
        let folder = temporary.path().join("dataset");
        fs::create_dir(&folder).with_context(writing)?;
        Ok(Staging { directory: directory.to_owned(), existing, temporary, folder })
    }

    /// Where to write.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is added to.
    pub(super) fn existing(&self) -> Option<&Manifest> {
        self.existing.as_ref().map(|existing| &existing.manifest)
    }

    /// Shows what was written: files of this capture, then the list that names them.
    ///
    /// # Errors
    /// It cannot be moved to its place.
    pub(super) fn publish(self, manifest: &Manifest, capture: u32) -> Result<()> {
        let Staging { directory, existing, temporary, folder } = self;
        let writing = || format!("cannot write {}", directory.display());
        // Names must not be on the disk before the bytes; one by one, hundreds of files would take minutes on a busy disk.
        rustix::fs::syncfs(File::open(&folder).with_context(writing)?).with_context(writing)?;
        let Some(existing) = existing else {
            fs::rename(&folder, &directory).with_context(writing)?;
            return sync(temporary.path().parent()).with_context(writing);
        };
        let own = manifest.files().filter(|file| file.capture == capture).map(|file| PathBuf::from(&file.path));
        let views = fs::read_dir(folder.join(VIEWS)).with_context(writing)?;
        let views = views.map(|entry| Ok(Path::new(VIEWS).join(entry?.file_name()))).collect::<Result<Vec<_>>>()?;
        let list = PathBuf::from(MANIFEST);
        for path in own.chain(views).chain([list]) {
            let to = directory.join(&path);
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent).with_context(writing)?;
            }
            fs::rename(folder.join(&path), &to).with_context(writing)?;
        }
        sync(Some(&directory)).with_context(writing)?;
        // What the list names no more was replaced: nobody who goes by the list misses it.
        let listed: HashSet<&str> = manifest.files().map(|file| file.path.as_str()).collect();
        for file in existing.manifest.files().filter(|file| !listed.contains(file.path.as_str())) {
            fs::remove_file(directory.join(&file.path)).with_context(writing)?;
        }
        Ok(())
    }
}

impl Existing {
    fn open(directory: &Path) -> Result<Existing> {
        let Some(_) = Manifest::read(directory)? else {
            bail!("{}: exists already and is no dataset; nothing is written over", directory.display())
        };
        let lock = File::open(directory).with_context(|| format!("cannot open {}", directory.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("{}: something else is adding to it", directory.display()),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", directory.display()));
            }
        }
        // Read again, now that it stays as it is.
        let Some(manifest) = Manifest::read(directory)? else { bail!("{}: its list has gone", directory.display()) };
        Ok(Existing { manifest, _lock: lock })
    }
}

/// Puts the names in a directory on the disk.
fn sync(directory: Option<&Path>) -> std::io::Result<()> {
    match directory {
        Some(directory) => File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}
