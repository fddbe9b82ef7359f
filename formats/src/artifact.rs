//! Artifacts: the numbers that frames of content carry, and the list of pieces that an artifact is made of.

use crate::error::Invalid;
use crate::reason::words;

/// Bytes of a piece, at the most.
pub const PIECE_BYTES: usize = 64 << 10;
/// Bytes of a digest (BLAKE3 of a piece, SHA-256 of an artifact).
pub const DIGEST_BYTES: usize = 32;
/// Bytes of a piece's entry in `artifact.pieces`.
pub const PIECE_ENTRY_BYTES: usize = 48;
/// Pieces that one `artifact` record lists, at the most.
pub const PIECES_IN_RECORD: usize = 4096;

/// BLAKE3 of a piece, or SHA-256 of an artifact.
pub type Digest = [u8; DIGEST_BYTES];

words! {
    /// What content is kept for (`content.kind`).
    ContentKind: u32 {
        /// A file, pipe or socket was written to.
        Write = 1, "write";
        /// One was read.
        Read = 2, "read";
        /// Memory that became executable, or writable again.
        Memory = 3, "mem";
        /// A kernel module, as it was given to init_module.
        Module = 4, "module";
        /// The instructions of a BPF program.
        Bpf = 5, "bpf";
    }
}

words! {
    /// How bytes went (`content.way`).
    ContentWay: u32 {
        /// By a buffer of the program's.
        Buffer = 1, "buffer";
        /// From file to file within the kernel: sendfile, splice, copy_file_range.
        Transfer = 2, "transfer";
        /// By a mapping: it was made, or the file synchronised with it.
        Mapping = 3, "mapping";
        /// The file got another size.
        Truncate = 4, "truncate";
        /// Room was allocated or freed.
        Allocate = 5, "allocate";
        /// A descriptor of it was closed.
        Close = 6, "close";
        /// By io_uring.
        IoUring = 7, "io_uring";
        /// It was memory.
        Memory = 8, "memory";
    }
}

/// Bits of `content.flags`.
pub mod content_flags {
    /// Whether the piece lies at that offset is not certain: somebody else moved the file's position meanwhile.
    pub const UNSURE_OFFSET: u32 = 1;
    /// The bytes are not kept: no `--capture` asks for them.
    pub const NOT_ASKED: u32 = 2;
    /// The bytes were there already: elsewhere in the capture, by their digest.
    pub const STORED_BEFORE: u32 = 4;
    /// The bytes are not kept: a limit was reached.
    pub const OVER_LIMIT: u32 = 8;
    /// The memory could not be read.
    pub const UNREADABLE: u32 = 16;
    /// The call wrote or read more than one call's pieces may say: the rest follows in no piece.
    pub const CUT: u32 = 32;
    /// The file is appended to.
    pub const APPEND: u32 = 64;
    /// The last descriptor of the open file was closed.
    pub const LAST_CLOSE: u32 = 128;
    /// The memory was executable and became writable; otherwise the other way.
    pub const BECAME_WRITABLE: u32 = 256;

    /// Every flag: bit, name.
    pub const ALL: &[(i64, &str)] = &[
        (UNSURE_OFFSET as i64, "unsure_offset"),
        (NOT_ASKED as i64, "not_asked"),
        (STORED_BEFORE as i64, "stored_before"),
        (OVER_LIMIT as i64, "over_limit"),
        (UNREADABLE as i64, "unreadable"),
        (CUT as i64, "cut"),
        (APPEND as i64, "append"),
        (LAST_CLOSE as i64, "last_close"),
        (BECAME_WRITABLE as i64, "became_writable"),
    ];
}

words! {
    /// What was done with an artifact (`artifact_source.kind`).
    ArtifactKind: u32 {
        /// Executed: the program itself.
        Exec = 1, "exec";
        /// Executed: the interpreter of the program, or its dynamic loader.
        Interpreter = 2, "interpreter";
        /// Executed: a script.
        Script = 3, "script";
        /// Mapped as code into a process.
        SharedObject = 4, "shared_object";
        /// Written.
        Write = 5, "write";
        /// Read.
        Read = 6, "read";
        /// Memory that became executable, or writable again.
        Memory = 7, "mem";
        /// Loaded into the kernel.
        Module = 8, "module";
        /// Loaded into the kernel as a BPF program: its instructions.
        Bpf = 9, "bpf";
    }
}

words! {
    /// How the bytes of an artifact were obtained (`artifact_source.way`).
    ArtifactWay: u32 {
        /// From the program's file, while the program was held before its first instruction.
        Held = 1, "held";
        /// From the program's file, while it ran.
        Running = 2, "running";
        /// From a descriptor taken while the file was open.
        Pinned = 3, "pinned";
        /// From a mapping of the file, while it was there.
        Mapping = 4, "mapping";
        /// By its path; device, inode and change time are those that the kernel saw.
        Path = 5, "path";
        /// Put together from what was written or read.
        Pieces = 6, "pieces";
        /// The same file, unchanged, was taken before.
        Before = 7, "before";
        /// From memory, by the kernel side.
        Memory = 8, "memory";
        /// Not at all.
        None = 9, "none";
    }
}

/// Bits of `artifact_source.flags`.
pub mod artifact_flags {
    /// Every byte is there, and nothing changed the file while it was read.
    pub const COMPLETE: u32 = 1;
    /// The file changed while it was read.
    pub const CHANGED: u32 = 2;
    /// What was stored of a write is not what the file held: its buffer changed meanwhile, or somebody else wrote there.
    pub const RACED: u32 = 4;
    /// It is a memfd.
    pub const MEMFD: u32 = 8;
    /// It has no name any more.
    pub const UNLINKED: u32 = 16;
    /// It was changed since recording began.
    pub const NEW: u32 = 32;
    /// The program should have been held and was not: too many were, the recorder was late, somebody is told when it stops, or
    /// (of code that is mapped) it has several threads or handles SIGCONT.
    pub const NOT_HELD: u32 = 64;
    /// The program should have been held and was not, because it is the first process of a PID namespace or traced.
    pub const MAY_NOT_BE_HELD: u32 = 128;
    /// The memory was executable and became writable; otherwise the other way.
    pub const BECAME_WRITABLE: u32 = 256;
    /// A limit cut it short.
    pub const OVER_LIMIT: u32 = 512;
    /// A write to the memfd is sealed.
    pub const SEALED: u32 = 1024;

    /// Every flag: bit, name.
    pub const ALL: &[(i64, &str)] = &[
        (COMPLETE as i64, "complete"),
        (CHANGED as i64, "changed"),
        (RACED as i64, "raced"),
        (MEMFD as i64, "memfd"),
        (UNLINKED as i64, "unlinked"),
        (NEW as i64, "new"),
        (NOT_HELD as i64, "not_held"),
        (MAY_NOT_BE_HELD as i64, "may_not_be_held"),
        (BECAME_WRITABLE as i64, "became_writable"),
        (OVER_LIMIT as i64, "over_limit"),
        (SEALED as i64, "sealed"),
    ];
}

/// A piece of an artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins in the artifact, bytes.
    pub offset: u64,
    /// Its length, bytes.
    pub length: u32,
    /// 0.
    pub flags: u32,
    /// BLAKE3 of its bytes: the `artifact_content` or `content` frame with this digest has them.
    pub digest: Digest,
}

impl Piece {
    /// Its entry in `artifact.pieces`.
    pub fn encode(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.offset.to_le_bytes());
        into.extend_from_slice(&self.length.to_le_bytes());
        into.extend_from_slice(&self.flags.to_le_bytes());
        into.extend_from_slice(&self.digest);
    }

    /// The pieces of an `artifact.pieces` field.
    ///
    /// # Errors
    /// The bytes are no whole number of entries, a piece is longer than [`PIECE_BYTES`] or empty, or it does not lie behind the one
    /// before it.
    pub fn decode_all(bytes: &[u8]) -> Result<Vec<Piece>, Invalid> {
        if !bytes.len().is_multiple_of(PIECE_ENTRY_BYTES) {
            return Err(Invalid("pieces of an artifact are cut"));
        }
        let mut pieces = Vec::with_capacity(bytes.len() / PIECE_ENTRY_BYTES);
        let mut end = 0;
        for entry in bytes.chunks_exact(PIECE_ENTRY_BYTES) {
            let piece = Piece::decode(entry).ok_or(Invalid("pieces of an artifact are cut"))?;
            let length = piece.length as usize;
            if length == 0 || length > PIECE_BYTES || piece.offset < end {
                return Err(Invalid("a piece of an artifact lies where it cannot"));
            }
            end = piece.offset.checked_add(length as u64).ok_or(Invalid("a piece of an artifact has no end"))?;
            pieces.push(piece);
        }
        Ok(pieces)
    }

    fn decode(entry: &[u8]) -> Option<Piece> {
        let (offset, rest) = entry.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (flags, rest) = rest.split_first_chunk()?;
        Some(Piece {
            offset: u64::from_le_bytes(*offset),
            length: u32::from_le_bytes(*length),
            flags: u32::from_le_bytes(*flags),
            digest: *rest.first_chunk()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_back_and_those_that_overlap_are_refused() {
        let piece = |offset, length| Piece { offset, length, flags: 0, digest: [7; 32] };
        let mut bytes = Vec::new();
        let pieces = [piece(0, 4096), piece(8192, 1), piece(8193, 65536)];
        pieces.iter().for_each(|piece| piece.encode(&mut bytes));
        assert_eq!(Piece::decode_all(&bytes).unwrap(), pieces);
        assert!(Piece::decode_all(&bytes[1..]).is_err());
        for wrong in [[piece(0, 10), piece(9, 1)], [piece(0, 0), piece(9, 1)], [piece(0, 65537), piece(u64::MAX, 2)]] {
            let mut bytes = Vec::new();
            wrong.iter().for_each(|piece| piece.encode(&mut bytes));
            assert!(Piece::decode_all(&bytes).is_err());
        }
    }
}
