//! The path that a call was given, put together with the directory that it starts from. Links and `..` are not followed:
//! only the kernel knows where they led.

use super::Source;

impl Source<'_> {
    /// The path in `field`, from `/` on where the directory it starts from is known: the one behind the descriptor whose
    /// object is in `directory`, else the working directory. `None` when the path could not be read.
    pub(crate) fn path(&self, directory: Option<&str>, field: &str) -> Option<Vec<u8>> {
        let given = self.variable(field)?;
        if given.fault || given.is_truncated() || given.bytes.first() == Some(&b'/') {
            return Some(given.bytes.to_vec());
        }
        let from_descriptor = directory.and_then(|directory| self.file(directory));
        let start = from_descriptor.or_else(|| self.file("cwd"));
        let Some(start) = start.filter(|start| start.path.first() == Some(&b'/')) else {
            return Some(given.bytes.to_vec());
        };
        Some(joined(start.path, given.bytes))
    }
}

/// `given` behind `start`, without `.` and empty components.
fn joined(start: &[u8], given: &[u8]) -> Vec<u8> {
    let mut path = start.to_vec();
    for part in given.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".") {
        if path.last() != Some(&b'/') {
            path.push(b'/');
        }
        path.extend_from_slice(part);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn relative_paths_follow_their_directory() {
        assert_eq!(joined(b"/tmp", b"a/./b"), b"/tmp/a/b");
        assert_eq!(joined(b"/", b"a"), b"/a");
        assert_eq!(joined(b"/tmp", b""), b"/tmp");
        assert_eq!(joined(b"/tmp", b"../a"), b"/tmp/../a");
    }
}
