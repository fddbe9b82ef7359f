//! Findings kept beside their capture, where the tables `findings` and `finding_events` read them.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use analyzer::findings::{beside, head};
use anyhow::{Context, Result};
use tempfile::NamedTempFile;

/// A file of findings that is being written: nobody sees it before it is whole.
pub struct Keeper {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl Keeper {
    /// Begins the file for the capture at this path.
    ///
    /// # Errors
    /// There can be no file beside the capture.
    pub fn begin(capture: &Path, capture_id: &str) -> Result<Keeper> {
        let path = beside(capture)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::Builder::new().prefix(".tracee-findings-").tempfile_in(folder);
        let file = file.with_context(|| format!("cannot make {}", path.display()))?;
        let mut keeper = Keeper { file: BufWriter::new(file), path };
        keeper.add(&head(capture_id))?;
        Ok(keeper)
    }

    /// Adds a finding, as [`crate::json::line`] gives it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&mut self, line: &str) -> Result<()> {
        writeln!(self.file, "{line}").with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Puts the file into its place, instead of one that is there; gives its path.
    ///
    /// # Errors
    /// It cannot be written, or not be put there.
    pub fn finish(self) -> Result<PathBuf> {
        let Keeper { file, path } = self;
        let told = || format!("cannot write {}", path.display());
        let file = file.into_inner().map_err(|error| error.into_error()).with_context(told)?;
        like_others(&file).with_context(told)?;
        file.as_file().sync_all().with_context(told)?;
        file.persist(&path).map_err(|error| error.error).with_context(told)?;
        Ok(path)
    }
}

/// Temporary files are for their owner alone; this one is for whom the folder is for.
#[cfg(unix)]
fn like_others(file: &NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let folder = file.path().parent().unwrap_or(Path::new("."));
    let readers = fs::metadata(folder)?.permissions().mode() & 0o044;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o600 | readers))
}

#[cfg(not(unix))]
fn like_others(_: &NamedTempFile) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Keeper;

    #[test]
    fn a_file_is_there_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let capture = folder.path().join("a.cap");
        let path = folder.path().join("a.cap.findings");
        fs::write(&path, "old").unwrap();
        let mut keeper = Keeper::begin(&capture, "ab").unwrap();
        keeper.add("{}").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(keeper.finish().unwrap(), path);
        let kept = fs::read_to_string(&path).unwrap();
        assert!(kept.starts_with("{\"format\":") && kept.ends_with("}\n{}\n"), "{kept}");
        drop(Keeper::begin(&capture, "ab").unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "what is not finished leaves nothing");
    }
}
