//! Memory: events made from system calls.

use formats::events::memory::{DO_MMAP, PROC_MEM_ACCESS, SECURITY_MMAP_FILE, SHARED_OBJECT_LOADED};
use formats::payload::PayloadBuilder;

use super::{Rule, Source};
use crate::object::File;

/// The family's rules.
pub(super) const RULES: &[Rule] = &[
    Rule { event: &SECURITY_MMAP_FILE, from_user: &[], make: security_mmap_file },
    Rule { event: &DO_MMAP, from_user: &[], make: do_mmap },
    Rule { event: &SHARED_OBJECT_LOADED, from_user: &[], make: shared_object_loaded },
    Rule { event: &PROC_MEM_ACCESS, from_user: &[], make: proc_mem_access },
];

const PROT_READ: u64 = 1;
const PROT_EXEC: u64 = 4;
const MAP_TYPE: u64 = 0xf;
const MAP_PRIVATE: u64 = 2;
const MAP_ANONYMOUS: u64 = 0x20;
const PAGE_BYTES: u64 = 4096;
const S_IFMT: u32 = 0o170_000;
const S_IFREG: u32 = 0o100_000;
const PROC_SUPER_MAGIC: u64 = 0x9fa0;
/// Values of `operation`.
const OPEN: u64 = 1;
const READ: u64 = 2;
const WRITE: u64 = 3;

/// An mmap that succeeded.
struct Mapping<'a> {
    file: Option<File<'a>>,
    object: u64,
    prot: u64,
    flags: u64,
}

impl<'a> Mapping<'a> {
    fn of(call: &Source<'a>) -> Option<Mapping<'a>> {
        let number = |field| Some(call.number(field)? as u64);
        let (prot, flags) = (number("prot")?, number("flags")?);
        // The descriptor of anonymous memory is not looked at.
        let file = call.file("fd_object").filter(|_| flags & MAP_ANONYMOUS == 0);
        let object = if file.is_some() { call.object("fd_object") } else { 0 };
        call.succeeded().then_some(Mapping { file, object, prot, flags })
    }
}

fn security_mmap_file(call: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    let mapping = Mapping::of(call)?;
    let row = row.u64("file", mapping.object).u64("flags", mapping.file?.open_flags.into());
    Some(row.u64("prot", mapping.prot).u64("mmap_flags", mapping.flags))
}

fn do_mmap(call: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    let mapping = Mapping::of(call)?;
    let number = |field| Some(call.number(field)? as u64);
    let row = row.u64("addr", call.ret()? as u64).u64("file", mapping.object);
    let row = row.u64("flags", mapping.file.map_or(0, |file| file.open_flags.into()));
    let row = row.u64("pgoff", number("off")? / PAGE_BYTES).u64("len", number("length")?);
    Some(row.u64("prot", mapping.prot).u64("mmap_flags", mapping.flags))
}

fn shared_object_loaded(call: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    let mapping = Mapping::of(call)?;
    let is_code = mapping.prot & (PROT_READ | PROT_EXEC) == PROT_READ | PROT_EXEC;
    let file = mapping.file.filter(|file| file.mode & S_IFMT == S_IFREG)?;
    let row = row.u64("file", mapping.object).u64("flags", file.open_flags.into());
    (is_code && mapping.flags & MAP_TYPE == MAP_PRIVATE).then_some(row)
}

fn proc_mem_access(call: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    let (operation, field) = match call.call() {
        "open" | "openat" | "openat2" => (OPEN, "ret_object"),
        "read" | "readv" | "pread64" | "preadv" | "preadv2" => (READ, "fd_object"),
        _ => (WRITE, "fd_object"),
    };
    let file = call.file(field).filter(|_| call.succeeded())?;
    let target = MemoryOf::path(file.path).filter(|_| is_memory(&file))?;
    if call.context().is_some_and(|own| target.is_of(own.pid)) {
        return None;
    }
    // A position of -1 stands for the descriptor's own.
    let position = call.number("offset").or_else(|| call.number("pos_l")).filter(|position| *position != -1);
    let size = if operation == OPEN { 0 } else { call.ret()? };
    let row = row.u64("operation", operation).u64("target_pid", target.task).u64("file", call.object(field));
    let row = row.u64("flags", file.open_flags.into()).u64("addr", position.unwrap_or(0) as u64);
    Some(row.u64("size", size as u64))
}

/// Whether a file is the memory of a process.
pub(super) fn is_memory(file: &File<'_>) -> bool {
    file.fs_magic == PROC_SUPER_MAGIC && file.path.rsplit(|byte| *byte == b'/').next() == Some(b"mem")
}

/// Whose memory a file called `mem` in /proc is.
struct MemoryOf {
    /// The task as the path numbers it, 0 where the path does not say.
    task: u64,
    /// Its process, if the path is that of /proc where it belongs.
    process: Option<u64>,
}

impl MemoryOf {
    /// `None` when the file is called otherwise.
    fn path(path: &[u8]) -> Option<MemoryOf> {
        let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<u32>().ok().map(u64::from);
        let mut parts = path.split(|byte| *byte == b'/').rev();
        if parts.next() != Some(b"mem") {
            return None;
        }
        let task = parts.next().and_then(number).unwrap_or(0);
        let mut top: Vec<&[u8]> = path.split(|byte| *byte == b'/').take(3).collect();
        let process = top.pop().and_then(number).filter(|_| top == [&b""[..], b"proc"]);
        Some(MemoryOf { task, process })
    }

    /// Whether it is the memory of the process that its own PID namespace has as `pid`. Elsewhere than at `/proc` there may
    /// lie the /proc of another namespace, in which the same number is another process.
    fn is_of(&self, pid: u32) -> bool {
        self.process == Some(pid.into())
    }
}

#[cfg(test)]
mod tests {
    use formats::events::recorder::TRACEE_INFO;
    use formats::events::structure::FILE_OBJECT;

    use super::*;
    use crate::replay::{Options, replay};
    use crate::testing::{Recording, Task, event};

    #[test]
    fn memory_is_told_by_its_path() {
        let of = |path: &[u8]| MemoryOf::path(path).map(|of| (of.task, of.process));
        assert_eq!(of(b"/proc/12/mem"), Some((12, Some(12))));
        assert_eq!(of(b"/proc/12/task/13/mem"), Some((13, Some(12))));
        assert_eq!(of(b"/host/proc/12/mem"), Some((12, None)));
        assert_eq!(of(b"/bound/mem"), Some((0, None)));
        assert_eq!(of(b"/proc/12/maps"), None);
        assert_eq!(of(b""), None);
        assert_eq!(of(b"mem"), Some((0, None)));
        assert_eq!(of(b"/proc/99999999999999999999/mem"), Some((0, None)));
    }

    /// Rows of the family that replay makes from one call of a process that goes by 7, as JSON. Object 7 is a library, 8 a
    /// device, 9 and 10 are memory of itself and of another.
    fn made(call: &str, fill: impl FnOnce(PayloadBuilder<'static>) -> PayloadBuilder<'static>) -> Vec<String> {
        let family = [&SECURITY_MMAP_FILE, &DO_MMAP, &SHARED_OBJECT_LOADED, &PROC_MEM_ACCESS].map(|event| event.name);
        let mut recording = Recording::new();
        let info = format!("{{\"replayed\":{family:?}}}");
        let info = PayloadBuilder::new(&TRACEE_INFO).bytes("info", info.as_bytes());
        recording.event(0, (1, 0, 0), info, &TRACEE_INFO);
        recording.context(0, 1, Task { id: 1, pid: 507, tid: 507, ppid: 1, exe: 0, comm: b"it" });
        let files: [(u64, u64, u64, &[u8]); 4] = [
            (7, 0o100_644, 1, b"/lib/it.so"),
            (8, 0o020_666, 1, b"/dev/it"),
            (9, 0o100_600, PROC_SUPER_MAGIC, b"/proc/7/mem"),
            (10, 0o100_600, PROC_SUPER_MAGIC, b"/proc/8/mem"),
        ];
        for (id, mode, magic, path) in files {
            let file = PayloadBuilder::new(&FILE_OBJECT).u64("id", id).u64("mode", mode).u64("fs_magic", magic);
            recording.event(0, (1, 0, 0), file.u64("open_flags", 2).bytes("path", path), &FILE_OBJECT);
        }
        let call = event(call);
        recording.event(0, (5, 1, 507), fill(PayloadBuilder::new(call)), call);
        recording.cut(10);
        let mut rows = Vec::new();
        replay(&recording.open(), &Options::default(), &mut |row| {
            if family.contains(&row.event()) {
                rows.push(format!("{} {}", row.event(), row.args()));
            }
            Ok(())
        })
        .unwrap();
        rows
    }

    fn mapped(ret: i64, prot: u64, flags: u64, file: u64) -> Vec<String> {
        made("mmap", |row| {
            let row = row.i64("ret", ret).u64("prot", prot).u64("flags", flags).u64("fd_object", file);
            row.u64("length", 100).i64("off", 8192)
        })
    }

    fn names(rows: &[String]) -> Vec<&str> {
        rows.iter().filter_map(|row| row.split(' ').next()).collect()
    }

    #[test]
    fn a_mapped_file_is_code_when_it_is_regular_private_and_to_be_executed() {
        let all = ["security_mmap_file", "do_mmap", "shared_object_loaded"];
        assert_eq!(names(&mapped(0x7000, PROT_READ | PROT_EXEC, MAP_PRIVATE, 7)), all);
        for (prot, flags, file) in [(1, 2, 7), (5, 1, 7), (5, 2, 8), (4, 2, 7)] {
            assert_eq!(names(&mapped(0x7000, prot, flags, file)), all[..2], "{prot} {flags} {file}");
        }
        assert_eq!(
            mapped(0x7000, 1, 1, 7)[1],
            r#"do_mmap {"addr":"0x7000","pathname":"/lib/it.so","flags":"O_RDWR","dev":0,"inode":0,"ctime":0,"pgoff":2,"len":100,"prot":"PROT_READ","mmap_flags":"MAP_SHARED"}"#
        );
    }

    #[test]
    fn anonymous_memory_has_no_file_whatever_the_descriptor() {
        let rows = mapped(0x7000, 5, MAP_PRIVATE | MAP_ANONYMOUS, 7);
        assert_eq!(names(&rows), ["do_mmap"]);
        assert!(rows[0].contains(r#""pathname":null,"flags":"O_RDONLY""#), "{rows:?}");
    }

    #[test]
    fn nothing_is_made_from_a_failure_or_of_an_object_that_is_not_there() {
        assert_eq!(mapped(-12, 5, 2, 7), [""; 0]);
        assert_eq!(names(&mapped(0x7000, 5, 2, 99)), ["do_mmap"]);
        assert_eq!(made("pread64", |row| row.i64("ret", -5).u64("fd_object", 10)), [""; 0]);
        assert_eq!(made("openat", |row| row.i64("ret", 3).u64("ret_object", 99)), [""; 0]);
    }

    #[test]
    fn only_the_memory_of_others_counts() {
        let read = |object| made("pread64", |row| row.i64("ret", 8).u64("fd_object", object).i64("offset", 0x4000));
        assert_eq!(read(9), [""; 0]);
        assert_eq!(read(7), [""; 0]);
        assert_eq!(
            read(10),
            [
                r#"proc_mem_access {"operation":"read","target_pid":8,"pathname":"/proc/8/mem","flags":"O_RDWR","addr":"0x4000","size":8}"#
            ]
        );
        let written = made("pwritev2", |row| row.i64("ret", 8).u64("fd_object", 10).u64("pos_l", u64::MAX));
        assert!(written[0].contains(r#""operation":"write""#) && written[0].contains(r#""addr":"0x0""#), "{written:?}");
        let opened = made("openat2", |row| row.i64("ret", 3).u64("ret_object", 10));
        assert!(opened[0].contains(r#""operation":"open""#) && opened[0].contains(r#""size":0"#), "{opened:?}");
    }
}
