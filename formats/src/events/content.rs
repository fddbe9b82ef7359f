//! Content: the bytes behind other events, on their way into files or out of them, in memory, and as artifacts.

use crate::event::{Event, Field, Kind, Lane};

const DIGEST: &str = "BLAKE3 of the bytes, 32 bytes; empty when there are none.";

/// Bytes on their way.
pub const CONTENT: Event = Event {
    id: 480,
    name: "content",
    doc: "A program wrote or read bytes, or changed a file's content in another way; or memory, a module or a BPF program held \
          them. In pieces of at most 64 KiB, only where `--capture` asks for it.",
    lane: Lane::Artifacts,
    hooks: &["sys_call/write+pwrite64+writev+pwritev+pwritev2+sendfile+splice+copy_file_range+ftruncate+fallocate+\
              close+mmap+read+pread64+readv+preadv+preadv2+mprotect+pkey_mprotect+init_module+finit_module+bpf+wait4+waitid"],
    sets: &["artifacts"],
    fields: &[
        Field::new("file", Kind::Object, "The file; 0 for memory."),
        Field::attribute("pathname", "file.path", "Its path."),
        Field::attribute("dev", "file.dev", "Device number; super_block.s_dev."),
        Field::attribute("inode", "file.inode", "Inode number; inode.i_ino."),
        Field::new(
            "offset",
            Kind::I64,
            "Where the piece begins, in the file (file.f_pos, or as the call says) or in the memory region; -1 where it is not known.",
        ),
        Field::new("size", Kind::U64, "Bytes of the piece, kept or not; of a truncation the new size of the file."),
        Field::new("stream", Kind::U64, "Number of the call that it came with: pieces of one call have the same."),
        Field::new(
            "address",
            Kind::Pointer,
            "Where the region begins in the memory of the process; the number of a BPF program; 0 for files.",
        ),
        Field::new("fd", Kind::I32, "Descriptor that the call was given, -1 for none."),
        Field::new("kind", Kind::U32, "What is kept by it.").shown_as("content_kind"),
        Field::new("way", Kind::U32, "How the bytes went.").shown_as("content_way"),
        Field::new("flags", Kind::U32, "What is special about the piece.").shown_as("content_flags"),
        Field::new("digest", Kind::Bytes, DIGEST),
        Field::new(
            "data",
            Kind::Bytes,
            "The bytes, as memory held them when the call ended; empty where they are not kept, or kept elsewhere by their digest.",
        )
        .shown_as("content_data")
        .user(),
    ],
};

/// Content that the recorder read.
pub const ARTIFACT_CONTENT: Event = Event {
    id: 80,
    name: "artifact_content",
    doc: "A piece of an artifact, at most 64 KiB, as the recorder read it; each is there once in a capture.",
    lane: Lane::Artifacts,
    hooks: &["recorder"],
    sets: &["artifacts"],
    fields: &[
        Field::new("digest", Kind::Bytes, DIGEST),
        Field::new("data", Kind::Bytes, "The bytes.").shown_as("content_data"),
    ],
};

/// What an artifact is made of.
pub const ARTIFACT: Event = Event {
    id: 81,
    name: "artifact",
    doc: "What an artifact is made of: one record for up to 4096 pieces, in order of their offsets. What lies in no piece is a hole.",
    lane: Lane::Artifacts,
    hooks: &["recorder"],
    sets: &["artifacts"],
    fields: &[
        Field::new("artifact", Kind::U64, "Number of the artifact in this capture."),
        Field::new("size", Kind::U64, "Its size, bytes, with holes."),
        Field::new("stored", Kind::U64, "Bytes of all its pieces."),
        Field::new("part", Kind::U32, "Number of this record, from 0 on."),
        Field::new("parts", Kind::U32, "How many records it has."),
        Field::new(
            "sha256",
            Kind::Bytes,
            "SHA-256 of the content, holes read as zeros; empty when it is not complete.",
        ),
        Field::new("pieces", Kind::Bytes, "48 bytes each: offset (u64), length (u32), flags (u32), digest.")
            .shown_as("artifact_pieces"),
    ],
};

/// Where an artifact came from.
pub const ARTIFACT_SOURCE: Event = Event {
    id: 82,
    name: "artifact_source",
    doc: "Where an artifact came from: who executed, wrote, read or held it, when, from what path, how the bytes were obtained, and \
          whether they are all there.",
    lane: Lane::Artifacts,
    hooks: &["recorder"],
    sets: &["artifacts"],
    fields: &[
        Field::new("artifact", Kind::U64, "Number of the artifact; 0 when nothing could be kept."),
        Field::new(
            "at_ns",
            Kind::U64,
            "When it was executed, written for the last time, read or held; boot-time nanoseconds.",
        ),
        Field::new("file", Kind::Object, "The file; 0 for memory, or when it is not known."),
        Field::new(
            "start_time",
            Kind::U64,
            "Start of the process, boot-time nanoseconds; task_struct.group_leader.start_boottime.",
        ),
        Field::new("inode", Kind::U64, "Inode number; 0 for memory."),
        Field::new("ctime_ns", Kind::U64, "Change time of the file when it was read, nanoseconds since 1970."),
        Field::new("size", Kind::U64, "Size of what was to be kept, bytes."),
        Field::new(
            "missing",
            Kind::U64,
            "Bytes of it that are missing from the artifact, beside holes of the file itself.",
        ),
        Field::new("held_ns", Kind::U64, "How long the program was held for it, nanoseconds; 0 for not at all."),
        Field::new("address", Kind::Pointer, "Where the region begins in the memory of the process; 0 for files."),
        Field::new("dev", Kind::U32, "Device number; super_block.s_dev."),
        Field::new("mode", Kind::U32, "Type and permissions of the file; inode.i_mode."),
        Field::new("host_pid", Kind::U32, "Host process id of who did it."),
        Field::new("kind", Kind::U32, "What was done with it.").shown_as("artifact_kind"),
        Field::new("way", Kind::U32, "How the bytes were obtained.").shown_as("artifact_way"),
        Field::new("flags", Kind::U32, "What is special about it.").shown_as("artifact_flags"),
        Field::new("version", Kind::U32, "Counts the versions of the file, from 1 on; 0 where there are none."),
        Field::new("reserved", Kind::U32, "0."),
        Field::new(
            "path",
            Kind::Text,
            "Path of the file when its content was taken; `bpf-prog:` and its number of a BPF program.",
        ),
        Field::new("why", Kind::Text, "Why it is not complete; NULL when it is."),
    ],
};

/// The family, in id order: those that the kernel side makes.
pub const EVENTS: &[Event] = &[CONTENT];
