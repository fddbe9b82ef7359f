//! Files: events made from system calls. A call that names a path gives the path, one that takes a descriptor the file.

use formats::event::Event;
use formats::events::files::*;
use formats::payload::{PayloadBuilder, Variable};

use super::{FromCall, Rule, Source};

type Row = PayloadBuilder<'static>;

/// The family's rules.
pub(super) const RULES: &[Rule] = &[
    rule(&SECURITY_FILE_OPEN, &[], security_file_open),
    rule(&VFS_WRITE, &[], access),
    rule(&VFS_WRITEV, &[], access),
    rule(&VFS_READ, &[], access),
    rule(&VFS_READV, &[], access),
    rule(&SECURITY_INODE_RENAME, &["old_path", "new_path"], security_inode_rename),
    rule(&SECURITY_INODE_UNLINK, &["pathname"], security_inode_unlink),
    rule(&SECURITY_INODE_SYMLINK, &["linkpath", "target"], security_inode_symlink),
    rule(&SECURITY_INODE_MKNOD, &["file_name"], security_inode_mknod),
    rule(&SECURITY_INODE_LINK, &["old_path", "new_path"], security_inode_link),
    rule(&DO_TRUNCATE, &["pathname"], do_truncate),
    rule(&CHMOD_COMMON, &["pathname"], chmod_common),
    rule(&CHOWN_COMMON, &["pathname"], chown_common),
    rule(&VFS_UTIMES, &["pathname", "atime", "mtime"], vfs_utimes),
    rule(&SECURITY_INODE_SETXATTR, &["pathname", "name"], security_inode_setxattr),
    rule(&SECURITY_PATH_NOTIFY, &["pathname"], security_path_notify),
    rule(&INOTIFY_WATCH, &["pathname"], inotify_watch),
    rule(&SECURITY_SB_MOUNT, &["dev_name", "path", "type"], security_sb_mount),
    rule(&SECURITY_SB_UMOUNT, &["path"], security_sb_umount),
];

const fn rule(
    event: &'static Event,
    from_user: &'static [&'static str],
    make: fn(&Source<'_>, Row) -> Option<Row>,
) -> Rule {
    Rule { event, from_user, make }
}

const NULL: Variable<'static> = Variable { bytes: &[], full_len: Some(0), fault: false, null: true };

/// Filling a row with paths.
trait Paths: Sized {
    /// The path in the call's field `from`, from `/` on where the directory it starts from is known; NULL when the call
    /// has none.
    fn path(self, field: &str, call: &Source<'_>, directory: Option<&str>, from: &str) -> Self;

    /// What the call is about: the file behind the descriptor in `fd` when it names no path. `path` is how it names one:
    /// the directory's descriptor, and the field.
    fn subject(self, call: &Source<'_>, fd: &str, path: (Option<&str>, &str)) -> Self;
}

impl Paths for Row {
    fn path(self, field: &str, call: &Source<'_>, directory: Option<&str>, from: &str) -> Self {
        match (call.path(directory, from), call.variable(from)) {
            (Some(path), Some(given)) if given.fault || given.is_truncated() => {
                self.variable(field, Variable { bytes: &path, ..given })
            }
            (Some(path), _) => self.bytes(field, &path),
            (None, _) => self.variable(field, NULL),
        }
    }

    fn subject(self, call: &Source<'_>, fd: &str, (directory, from): (Option<&str>, &str)) -> Self {
        let names_none = call.variable(from).is_none_or(|path| path.bytes.is_empty() && !path.fault);
        let row = self.copied("syscall_pathname", call, from);
        match call.file(fd).filter(|_| names_none) {
            Some(file) => {
                call.vouch_for(row.event(), "pathname");
                row.u64("file", call.object(fd)).bytes("pathname", &file.shown_path())
            }
            None => row.path("pathname", call, directory, from),
        }
    }
}

fn security_file_open(call: &Source<'_>, row: Row) -> Option<Row> {
    /// Not seen by whoever is told of an open file: nothing is open but the path.
    const PATH_ONLY: i64 = 0o10_000_000;
    /// O_CREAT, O_EXCL, O_NOCTTY and O_TRUNC: said of the opening, and forgotten when it is done.
    const OF_THE_OPENING: i64 = 0o100 | 0o200 | 0o400 | 0o1000;
    /// Those that creat(2) stands for, O_CREAT and O_TRUNC.
    const CREAT: i64 = 0o100 | 0o1000;
    let file = call.file("ret_object").filter(|_| call.succeeded())?;
    let kept = i64::from(file.open_flags);
    let asked = match call.call() {
        "creat" => CREAT,
        "openat2" => call.bytes_number("how", 0)? as i64,
        _ => call.number("flags")?,
    };
    (kept & PATH_ONLY == 0).then(|| {
        row.u64("file", call.object("ret_object")).u64("flags", (kept | asked & OF_THE_OPENING) as u64).copied(
            "syscall_pathname",
            call,
            "pathname",
        )
    })
}

/// A read or write; its row has the number of bytes or of buffers.
fn access(call: &Source<'_>, row: Row) -> Option<Row> {
    /// The offset that a call gives is not where it writes.
    const APPEND: u32 = 0o2000;
    let ret = call.ret().filter(|_| call.succeeded())?;
    let appends =
        || call.call().contains("write") && call.file("fd_object").is_some_and(|f| f.open_flags & APPEND != 0);
    let given = call.number("offset").or_else(|| call.number("pos_l"));
    let pos = given.filter(|_| !appends()).unwrap_or(-1);
    let row = row.u64("file", call.object("fd_object")).i64("pos", pos).i64("result", ret);
    Some(match call.number("iovcnt") {
        Some(buffers) => row.u64("vlen", buffers as u64),
        None => row.u64("count", call.number("count")? as u64),
    })
}

fn security_inode_rename(call: &Source<'_>, row: Row) -> Option<Row> {
    let flags = call.number("flags").unwrap_or(0);
    Some(two_paths(call.succeeded().then_some(call)?, row).u64("flags", flags as u64 & 0xffff_ffff))
}

fn security_inode_link(call: &Source<'_>, row: Row) -> Option<Row> {
    let row = two_paths(call.succeeded().then_some(call)?, row);
    // AT_EMPTY_PATH: of the file behind the descriptor.
    let names_none = call.variable("oldpath").is_some_and(|path| path.bytes.is_empty() && !path.fault);
    Some(match call.file("olddirfd_object").filter(|_| names_none) {
        Some(file) => {
            call.vouch_for(row.event(), "old_path");
            row.u64("file", call.object("olddirfd_object")).bytes("old_path", &file.shown_path())
        }
        None => row,
    })
}

fn two_paths(call: &Source<'_>, row: Row) -> Row {
    row.path("old_path", call, Some("olddirfd_object"), "oldpath")
        .path("new_path", call, Some("newdirfd_object"), "newpath")
        .copied("syscall_old_path", call, "oldpath")
        .copied("syscall_new_path", call, "newpath")
}

fn security_inode_unlink(call: &Source<'_>, row: Row) -> Option<Row> {
    call.succeeded().then(|| {
        row.path("pathname", call, Some("dirfd_object"), "pathname").copied("syscall_pathname", call, "pathname")
    })
}

fn security_inode_symlink(call: &Source<'_>, row: Row) -> Option<Row> {
    call.succeeded().then(|| {
        row.path("linkpath", call, Some("newdirfd_object"), "linkpath").copied("target", call, "target").copied(
            "syscall_linkpath",
            call,
            "linkpath",
        )
    })
}

fn security_inode_mknod(call: &Source<'_>, row: Row) -> Option<Row> {
    const TYPE: i64 = 0o170000;
    const DIRECTORY: i64 = 0o040000;
    const REGULAR: i64 = 0o100000;
    const CHARACTERS: i64 = 0o020000;
    const BLOCKS: i64 = 0o060000;
    let mode = call.number("mode").filter(|_| call.succeeded())? & 0xffff;
    let (mode, dev) = match (call.number("dev"), mode & TYPE) {
        (None, _) => (mode & !TYPE | DIRECTORY, 0),
        (Some(_), 0) => (mode | REGULAR, 0),
        // Major and minor as system calls take them, and as the kernel keeps them.
        (Some(dev), CHARACTERS | BLOCKS) => (mode, (dev & 0xf_ff00) << 12 | dev & 0xff | dev >> 12 & 0xf_ff00),
        (Some(_), _) => (mode, 0),
    };
    Some(
        row.path("file_name", call, Some("dirfd_object"), "pathname")
            .u64("mode", mode as u64)
            .u64("dev", dev as u64 & 0xffff_ffff)
            .copied("syscall_file_name", call, "pathname"),
    )
}

fn do_truncate(call: &Source<'_>, row: Row) -> Option<Row> {
    let length = call.number("length").filter(|_| call.succeeded())?;
    Some(row.subject(call, "fd_object", (None, "path")).u64("length", length as u64))
}

/// The file that a call of the families of chmod and chown is about.
fn changed(call: &Source<'_>, row: Row) -> Option<Row> {
    let fd = if call.call().starts_with('f') && call.value("dirfd").is_none() { "fd_object" } else { "dirfd_object" };
    call.succeeded().then(|| row.subject(call, fd, (Some("dirfd_object"), "pathname")))
}

fn chmod_common(call: &Source<'_>, row: Row) -> Option<Row> {
    Some(changed(call, row)?.u64("mode", call.number("mode")? as u64 & 0o7777))
}

fn chown_common(call: &Source<'_>, row: Row) -> Option<Row> {
    let id = |field| Some(i64::from(call.number(field)? as i32));
    Some(changed(call, row)?.i64("owner", id("owner")?).i64("group", id("group")?))
}

fn vfs_utimes(call: &Source<'_>, row: Row) -> Option<Row> {
    if !call.succeeded() {
        return None;
    }
    let from = if call.value("filename").is_some() { "filename" } else { "pathname" };
    let row = row.subject(call, "dirfd_object", (Some("dirfd_object"), from));
    // Seconds alone, with microseconds, with nanoseconds.
    let (words, scale) = match call.call() {
        "utime" => (1, 0),
        "utimensat" => (2, 1),
        _ => (2, 1000),
    };
    let time = |index: usize| match call.variable("times") {
        None => Some(FILE_TIME_NOW),
        Some(_) => {
            let seconds = call.bytes_number("times", index * words)? as i64;
            let parts = if words == 1 { 0 } else { call.bytes_number("times", index * words + 1)? as i64 };
            Some(file_time(seconds, parts.saturating_mul(scale)))
        }
    };
    Some(row.i64("atime", time(0)?).i64("mtime", time(1)?))
}

/// Times of a file that are none; the display hint `file_time` names them.
const FILE_TIME_NOW: i64 = i64::MAX;
const FILE_TIME_OMIT: i64 = i64::MIN;

/// Nanoseconds since 1970; what they cannot hold is the nearest that they can.
fn file_time(seconds: i64, nanoseconds: i64) -> i64 {
    const MOST_SECONDS: i64 = 9_223_372_035;
    match nanoseconds {
        0x3fff_ffff => FILE_TIME_NOW,
        0x3fff_fffe => FILE_TIME_OMIT,
        _ if seconds > MOST_SECONDS => FILE_TIME_NOW - 1,
        _ if seconds < -MOST_SECONDS => FILE_TIME_OMIT + 1,
        _ => (seconds * 1_000_000_000).saturating_add(nanoseconds),
    }
}

fn security_inode_setxattr(call: &Source<'_>, row: Row) -> Option<Row> {
    if !call.succeeded() {
        return None;
    }
    let row = match call.call() {
        "setxattrat" => row.subject(call, "dirfd_object", (Some("dirfd_object"), "pathname")),
        _ => row.subject(call, "fd_object", (None, "path")),
    };
    // setxattrat has them in memory.
    let flags = call.number("flags").unwrap_or(0);
    Some(row.copied("name", call, "name").variable("value", NULL).i64("flags", flags))
}

fn security_path_notify(call: &Source<'_>, row: Row) -> Option<Row> {
    /// What a watcher can ask of inotify, IN_ALL_EVENTS.
    const INOTIFY: i64 = 0xfff;
    /// What the kernel has events for, ALL_FSNOTIFY_EVENTS.
    const FANOTIFY: i64 = 0x1017_ffff;
    /// FAN_MARK_FLUSH names no file.
    const FLUSH: i64 = 0x80;
    let mask = call.number("mask").filter(|_| call.succeeded())?;
    let (events, kind) = match call.call() {
        "fanotify_mark" => {
            let flags = call.number("flags").filter(|flags| flags & FLUSH == 0)?;
            (
                FANOTIFY,
                if flags & 0x10 != 0 {
                    1
                } else if flags & 0x100 != 0 {
                    2
                } else {
                    0
                },
            )
        }
        _ => (INOTIFY, 0),
    };
    Some(
        row.subject(call, "dirfd_object", (Some("dirfd_object"), "pathname"))
            .u64("mask", (mask & events) as u64)
            .u64("obj_type", kind),
    )
}

fn inotify_watch(call: &Source<'_>, row: Row) -> Option<Row> {
    call.succeeded().then(|| row.path("pathname", call, None, "pathname").copied("syscall_pathname", call, "pathname"))
}

fn security_sb_mount(call: &Source<'_>, row: Row) -> Option<Row> {
    const MOVE: u64 = 8192;
    /// Stood before every call's flags in old programs; the kernel takes it away.
    const MAGIC: (u64, u64) = (0xc0ed_0000, 0xffff_0000);
    if !call.succeeded() {
        return None;
    }
    Some(match call.number("mountflags") {
        Some(flags) => {
            let flags = flags as u64;
            let flags = if flags & MAGIC.1 == MAGIC.0 { flags & !MAGIC.1 } else { flags };
            row.copied("dev_name", call, "source")
                .path("path", call, None, "target")
                .copied("type", call, "filesystemtype")
                .u64("flags", flags)
                .copied("syscall_path", call, "target")
        }
        None => row
            .variable("dev_name", NULL)
            .path("path", call, Some("to_dfd_object"), "to_path")
            .variable("type", NULL)
            .u64("flags", MOVE)
            .copied("syscall_path", call, "to_path"),
    })
}

fn security_sb_umount(call: &Source<'_>, row: Row) -> Option<Row> {
    let flags = call.number("flags").filter(|_| call.succeeded())?;
    Some(
        row.variable("dev_name", NULL)
            .path("path", call, None, "target")
            .variable("type", NULL)
            .i64("flags", flags)
            .copied("syscall_path", call, "target"),
    )
}

#[cfg(test)]
mod tests;
