//! What is known of a file from the frames that describe objects.

use formats::event::VARIABLE_LENGTH_MASK;
use formats::events::structure::{FILE_OBJECT, SOCKET_OBJECT};

use crate::fields::{field, number, place};

/// `S_IFMT` as inode modes have it.
const TYPE: u32 = libc::S_IFMT;
/// File systems that a program serves, which can let a reader wait for ever: FUSE.
const FUSE_MAGIC: u64 = 0x6573_5546;

/// A file as an object frame describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FileFacts {
    /// From the root of its mount namespace.
    pub(crate) path: Vec<u8>,
    /// As the kernel keeps it: major << 20 | minor.
    pub(crate) dev: u32,
    pub(crate) inode: u64,
    pub(crate) mode: u32,
    /// `file_object.flags`.
    pub(crate) flags: u32,
    /// When it was last changed before the object was taken, nanoseconds since 1970.
    pub(crate) ctime_ns: u64,
    pub(crate) size: u64,
    pub(crate) fs_magic: u64,
    /// When the file was told of for the first time, boot-time nanoseconds; 0 when it may have been there before.
    pub(crate) since_ns: u64,
}

impl FileFacts {
    /// Object number and facts of a `file_object` payload.
    pub(crate) fn of_file(payload: &[u8]) -> Option<(u64, FileFacts)> {
        let facts = FileFacts {
            path: last_bytes(payload, const { place(&FILE_OBJECT, "path") }).unwrap_or_default(),
            dev: field!(FILE_OBJECT, payload, "dev")? as u32,
            inode: field!(FILE_OBJECT, payload, "inode")?,
            mode: field!(FILE_OBJECT, payload, "mode")? as u32,
            flags: field!(FILE_OBJECT, payload, "flags")? as u32,
            ctime_ns: field!(FILE_OBJECT, payload, "ctime_ns")?,
            size: field!(FILE_OBJECT, payload, "size")?,
            fs_magic: field!(FILE_OBJECT, payload, "fs_magic")?,
            since_ns: 0,
        };
        Some((field!(FILE_OBJECT, payload, "id")?, facts))
    }

    /// The same of a `socket_object` payload.
    pub(crate) fn of_socket(payload: &[u8]) -> Option<(u64, FileFacts)> {
        let inode = field!(SOCKET_OBJECT, payload, "inode")?;
        let path = format!("socket:[{inode}]").into_bytes();
        let facts = FileFacts { path, inode, mode: libc::S_IFSOCK, ..FileFacts::default() };
        Some((field!(SOCKET_OBJECT, payload, "id")?, facts))
    }

    pub(crate) fn is_regular(&self) -> bool {
        self.mode & TYPE == libc::S_IFREG
    }

    pub(crate) fn is_pipe(&self) -> bool {
        self.mode & TYPE == libc::S_IFIFO
    }

    pub(crate) fn is_socket(&self) -> bool {
        self.mode & TYPE == libc::S_IFSOCK
    }

    /// Whether somebody may execute it.
    pub(crate) fn is_executable(&self) -> bool {
        self.is_regular() && self.mode & 0o111 != 0
    }

    /// Whether reading it may wait for a program, which may never answer.
    pub(crate) fn may_block(&self) -> bool {
        self.fs_magic == FUSE_MAGIC
    }
}

/// The bytes of the only variable field of a payload, whose descriptor lies there.
fn last_bytes(payload: &[u8], (offset, width): (usize, usize)) -> Option<Vec<u8>> {
    let length = number(payload, (offset, 4))? as u32 & VARIABLE_LENGTH_MASK;
    let begin = offset + width;
    payload.get(begin..begin + length as usize).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use formats::payload::PayloadBuilder;

    use super::*;

    #[test]
    fn a_file_object_is_read() {
        let payload = PayloadBuilder::new(&FILE_OBJECT)
            .u64("id", 7)
            .u64("inode", 99)
            .u64("dev", 8 << 20 | 1)
            .u64("mode", 0o100_755)
            .u64("size", 5)
            .u64("ctime_ns", 6)
            .bytes("path", b"/tmp/x\xff")
            .finish()
            .unwrap();
        let (id, facts) = FileFacts::of_file(&payload).unwrap();
        assert_eq!((id, facts.inode, facts.dev, facts.size, facts.ctime_ns), (7, 99, 8 << 20 | 1, 5, 6));
        assert_eq!(facts.path, b"/tmp/x\xff");
        assert!(facts.is_regular() && facts.is_executable() && !facts.is_pipe() && !facts.may_block());
        for cut in 0..payload.len() {
            // Whatever is left of it, nothing panics.
            let _ = FileFacts::of_file(&payload[..cut]);
        }
    }

    #[test]
    fn a_socket_object_is_a_socket() {
        let payload = PayloadBuilder::new(&SOCKET_OBJECT).u64("id", 3).u64("inode", 4).finish().unwrap();
        let (id, facts) = FileFacts::of_socket(&payload).unwrap();
        assert!(id == 3 && facts.is_socket() && facts.path == b"socket:[4]");
    }
}
