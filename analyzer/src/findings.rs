//! Findings that `tracee detect --save` keeps beside a capture, from where the tables `findings` and `finding_events` come.
//!
//! The file stands beside the capture and not in it: a capture is evidence, and may be packed or on a medium that takes no
//! writes. Its first line says of which capture it is, each other is a finding as `docs/detection.md` has it. It may come from
//! an enemy like the capture.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use formats::capture::Capture;
use serde_json::Value;

use crate::json::Object;
use crate::origin::Origin;

/// What the name of the file has behind that of the capture.
const SUFFIX: &str = ".findings";
/// What the file calls itself.
const FORMAT: &str = "tracee-findings";
/// Version of what is in it.
const VERSION: i64 = 1;
/// Bytes of one line at the most.
const MAX_LINE_BYTES: u64 = 16 << 20;

/// The file for the findings of the capture at this path.
///
/// # Errors
/// The path has no name, as `/` has none.
pub fn beside(capture: &Path) -> Result<PathBuf> {
    let named =
        |path: &Path| Some(path.with_file_name([path.file_name()?, SUFFIX.as_ref()].into_iter().collect::<OsString>()));
    if let Some(path) = named(capture) {
        return Ok(path);
    }
    let whole = capture.canonicalize().with_context(|| format!("cannot find {}", capture.display()))?;
    named(&whole).with_context(|| format!("{}: nothing can stand beside it", whole.display()))
}

/// The first line of the file, without its end.
pub fn head(capture_id: &str) -> String {
    let mut line = String::new();
    let mut object = Object::new(&mut line);
    object.word("format", FORMAT);
    object.number("version", Some(VERSION));
    object.text("capture_id", capture_id);
    object.end();
    line
}

/// Gives every finding that is kept of the capture to `each`, in their order; none when there is no file.
pub(crate) fn read(capture: &Capture, origin: &Origin, each: &mut dyn FnMut(&Value) -> Result<()>) -> Result<()> {
    let Ok(path) = beside(capture.path()) else { return Ok(()) };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot open {}", path.display())),
    };
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        bail!("{}: not a file of findings", path.display());
    }
    let mut file = BufReader::new(file);
    let mut line = Vec::new();
    for number in 1u64.. {
        line.clear();
        let read = file.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
        let read = read.with_context(|| format!("cannot read {}", path.display()))?;
        if read == 0 {
            break;
        }
        let told = || format!("{}:{number}", path.display());
        if !line.ends_with(b"\n") {
            bail!("{}: a line that is cut, or too long", told());
        }
        let value: Value = serde_json::from_slice(&line).with_context(told)?;
        if number > 1 {
            each(&value).with_context(told)?;
            continue;
        }
        if value["format"] != FORMAT || value["version"] != VERSION {
            bail!("{}: not a file of findings of this version of tracee", path.display());
        }
        if value["capture_id"] != origin.capture_id.as_str() {
            bail!("{}: findings of another capture; `tracee detect --save` makes it anew", path.display());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{beside, head};

    #[test]
    fn the_file_stands_beside_the_capture() {
        for (capture, file) in
            [("a/b.cap", "a/b.cap.findings"), ("b.tracee", "b.tracee.findings"), ("a/b.cap/", "a/b.cap.findings")]
        {
            assert_eq!(beside(Path::new(capture)).unwrap(), Path::new(file));
        }
        assert!(beside(Path::new(".")).unwrap().is_absolute());
        assert!(beside(Path::new("/")).is_err());
    }

    #[test]
    fn the_head_says_of_which_capture() {
        assert_eq!(head("ab12"), r#"{"format":"tracee-findings","version":1,"capture_id":"ab12"}"#);
    }
}
