//! What the live scenarios do not reach: failures, what is missing, numbers beyond every measure.

use formats::capture::Segment;
use formats::event::Event;
use formats::events::structure::FILE_OBJECT;
use formats::frame::{Frame, FrameHeader};
use formats::payload::{PayloadBuilder, Value, Variable};
use formats::schema::Schema;

use super::*;
use crate::definitions::Definitions;
use crate::derive::Derivation;
use crate::testing::{Recording, event};

/// A file object that is not open: /dir.
const DIRECTORY: u64 = 1;
/// One that is open to append: /dir/log.
const LOG: u64 = 2;
/// One of which only the path is open: /dir/path.
const PATH: u64 = 3;

/// The fields of the row that replay makes of `event` from a call.
fn derived(event: &'static Event, call: &'static Event, payload: PayloadBuilder<'_>) -> Option<Fields> {
    let mut recording = Recording::new();
    for (id, path, flags) in [(DIRECTORY, "/dir", 0), (LOG, "/dir/log", 0o102001), (PATH, "/dir/path", 0o10000000)] {
        let object = PayloadBuilder::new(&FILE_OBJECT);
        let object = object.u64("id", id).u64("open_flags", flags).bytes("path", path.as_bytes());
        recording.event(0, (5, 0, 0), object, &FILE_OBJECT);
    }
    let payload = payload.finish().unwrap();
    recording.raw(call.lane, 0, FrameHeader { boot_ns: 10, event: call.id, ..Default::default() }, &payload);
    recording.cut(1000);
    let capture = recording.open();
    let mut definitions = Definitions::collect(&Segment::open(&capture.segments()[0]).unwrap()).unwrap();
    definitions.declare(&[event]);
    let header = FrameHeader { event: call.id, length: payload.len() as u32, ..Default::default() };
    let mut made = None;
    Derivation::for_events(&[event], &definitions).derive(&definitions, &Frame { header, payload: &payload }, |row| {
        made = Some(Fields { event, payload: row.payload.to_vec(), vouched: row.vouched });
    });
    made
}

struct Fields {
    event: &'static Event,
    payload: Vec<u8>,
    vouched: u32,
}

impl Fields {
    fn value(&self, name: &str) -> Value<'_> {
        let schema = Schema::builtin().get(self.event.id).unwrap();
        schema.value(&self.payload, schema.index(name).unwrap()).unwrap()
    }

    /// Whether the field is listed as from user memory by the rule, and not in this row.
    fn is_vouched_for(&self, name: &str) -> bool {
        self.vouched == 1 << self.event.fields.iter().position(|field| field.name == name).unwrap()
    }

    fn number(&self, name: &str) -> i64 {
        match self.value(name) {
            Value::U64(number) | Value::Object(number) => number as i64,
            Value::I64(number) => number,
            other => panic!("{name}: {other:?}"),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.value(name) {
            Value::Variable(_, variable) if variable.null => None,
            Value::Variable(_, variable) => Some(std::str::from_utf8(variable.bytes).unwrap()),
            other => panic!("{name}: {other:?}"),
        }
    }
}

fn call(name: &str) -> (&'static Event, PayloadBuilder<'static>) {
    let event = event(name);
    (event, PayloadBuilder::new(event))
}

#[test]
fn a_call_that_failed_gives_no_row() {
    for (event, source, ret) in [
        (&SECURITY_FILE_OPEN, "openat", -2),
        (&VFS_READ, "read", -11),
        (&SECURITY_INODE_UNLINK, "unlink", -2),
        (&CHMOD_COMMON, "chmod", -1),
        (&SECURITY_SB_MOUNT, "mount", -1),
    ] {
        let (source, payload) = call(source);
        assert!(derived(event, source, payload.i64("ret", ret)).is_none(), "{}", event.name);
    }
}

#[test]
fn what_opens_only_the_path_opens_no_file() {
    let (openat, payload) = call("openat");
    assert!(derived(&SECURITY_FILE_OPEN, openat, payload.i64("ret", 3).u64("ret_object", PATH)).is_none());
}

#[test]
fn flags_of_the_opening_come_from_the_call() {
    let (openat, payload) = call("openat");
    let payload = payload.i64("ret", 3).u64("ret_object", LOG).i64("flags", 0o2003301);
    // O_WRONLY|O_APPEND|O_LARGEFILE of the file, O_CREAT|O_EXCL|O_TRUNC of the call; O_CLOEXEC is of the descriptor.
    assert_eq!(derived(&SECURITY_FILE_OPEN, openat, payload).unwrap().number("flags"), 0o103301);
    let (openat2, payload) = call("openat2");
    let payload = payload.i64("ret", 3).u64("ret_object", LOG);
    let how = |bytes: &[u8]| payload.clone().bytes("how", bytes);
    let whole = derived(&SECURITY_FILE_OPEN, openat2, how(&0o100_u64.to_le_bytes())).unwrap();
    assert_eq!(whole.number("flags"), 0o102101);
    assert!(derived(&SECURITY_FILE_OPEN, openat2, how(&[0; 7])).is_none());
}

#[test]
fn an_offset_is_known_when_the_call_says_it_and_it_holds() {
    let (pwrite, payload) = call("pwrite64");
    let payload = payload.i64("ret", 4).u64("count", 9).i64("offset", 70);
    assert_eq!(derived(&VFS_WRITE, pwrite, payload.clone()).unwrap().number("pos"), 70);
    // What is written to a file opened to append goes to its end.
    let appended = derived(&VFS_WRITE, pwrite, payload.u64("fd_object", LOG)).unwrap();
    assert_eq!((appended.number("pos"), appended.number("count"), appended.number("result")), (-1, 9, 4));
    let (pread, payload) = call("pread64");
    let read = derived(&VFS_READ, pread, payload.i64("ret", 4).i64("offset", 70).u64("fd_object", LOG)).unwrap();
    assert_eq!(read.number("pos"), 70);
}

#[test]
fn a_path_starts_at_its_directory() {
    let (unlinkat, payload) = call("unlinkat");
    let payload = payload.i64("ret", 0).u64("dirfd_object", DIRECTORY).bytes("pathname", b"a/b");
    let row = derived(&SECURITY_INODE_UNLINK, unlinkat, payload).unwrap();
    assert_eq!((row.text("pathname"), row.text("syscall_pathname")), (Some("/dir/a/b"), Some("a/b")));
    assert_eq!((row.number("file"), row.vouched), (0, 0));
}

#[test]
fn a_path_that_was_cut_says_so() {
    let (unlink, payload) = call("unlink");
    let cut = Variable { bytes: b"/long", full_len: None, fault: false, null: false };
    let row = derived(&SECURITY_INODE_UNLINK, unlink, payload.i64("ret", 0).variable("pathname", cut)).unwrap();
    for field in ["pathname", "syscall_pathname"] {
        let Value::Variable(_, variable) = row.value(field) else { panic!("{field}") };
        assert!(variable.is_truncated() && variable.bytes == b"/long", "{field}");
    }
}

#[test]
fn a_descriptor_stands_for_its_file() {
    let (fchmod, payload) = call("fchmod");
    let row = derived(&CHMOD_COMMON, fchmod, payload.i64("ret", 0).u64("fd_object", LOG).u64("mode", 0o100644));
    let row = row.unwrap();
    assert_eq!((row.number("file"), row.text("pathname"), row.number("mode")), (LOG as i64, Some("/dir/log"), 0o644));
    assert_eq!(row.text("syscall_pathname"), None);
    assert!(row.is_vouched_for("pathname"));
    // An empty path relative to a descriptor is the file behind it, too.
    let (fchownat, payload) = call("fchownat");
    let payload = payload.i64("ret", 0).u64("dirfd_object", LOG).bytes("pathname", b"").u64("owner", 0xffff_ffff);
    let row = derived(&CHOWN_COMMON, fchownat, payload).unwrap();
    assert_eq!((row.number("file"), row.number("owner"), row.number("group")), (LOG as i64, -1, 0));
}

#[test]
fn times_come_in_every_unit_and_never_overflow() {
    let words = |words: &[i64]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let times = |name: &str, words: Option<Vec<u8>>| {
        let (source, payload) = call(name);
        let path = if source.fields.iter().any(|field| field.name == "filename") { "filename" } else { "pathname" };
        let payload = payload.i64("ret", 0).bytes(path, b"/f");
        let payload = match words {
            Some(words) => payload.bytes("times", &words),
            None => payload.variable("times", NULL),
        };
        derived(&VFS_UTIMES, source, payload).map(|row| (row.number("atime"), row.number("mtime")))
    };
    assert_eq!(times("utime", Some(words(&[1, 2]))), Some((1_000_000_000, 2_000_000_000)));
    assert_eq!(times("utimes", Some(words(&[1, 5, 2, 6]))), Some((1_000_005_000, 2_000_006_000)));
    assert_eq!(times("utimensat", Some(words(&[1, 0x3fff_fffe, i64::MAX, 0]))), Some((i64::MIN, i64::MAX - 1)));
    assert_eq!(times("utimensat", Some(words(&[i64::MIN, i64::MAX, 0, i64::MIN]))), Some((i64::MIN + 1, i64::MIN)));
    assert_eq!(times("utimes", None), Some((i64::MAX, i64::MAX)));
    assert_eq!(times("utimes", Some(words(&[1]))), None);
}

#[test]
fn devices_are_numbered_as_the_kernel_keeps_them() {
    let (mknod, payload) = call("mknod");
    let row = |mode: u64, dev: u64| {
        let payload = payload.clone().i64("ret", 0).u64("mode", mode).u64("dev", dev).bytes("pathname", b"/n");
        let row = derived(&SECURITY_INODE_MKNOD, mknod, payload).unwrap();
        (row.number("mode"), row.number("dev"))
    };
    assert_eq!(row(0o060600, 0x0120_8345), (0o060600, 0x083 << 20 | 0x1200 | 0x45));
    // No type is that of a regular file; what is no device has no number.
    assert_eq!(row(0o600, 5), (0o100600, 0));
    let (mkdir, payload) = call("mkdir");
    let row = derived(&SECURITY_INODE_MKNOD, mkdir, payload.i64("ret", 0).u64("mode", 0o102755)).unwrap();
    assert_eq!(row.number("mode"), 0o042755);
}

#[test]
fn watches_are_told_as_the_kernel_asks_itself() {
    let (fanotify, payload) = call("fanotify_mark");
    let row = |flags: i64, mask: u64| {
        let payload = payload.clone().i64("ret", 0).u64("flags", flags as u64).u64("mask", mask);
        derived(&SECURITY_PATH_NOTIFY, fanotify, payload.bytes("pathname", b"/w"))
            .map(|row| (row.number("mask"), row.number("obj_type")))
    };
    assert_eq!(row(0x101, 0x4800_0020), Some((0x20, 2)));
    assert_eq!(row(0x80, 0x20), None);
}

#[test]
fn the_old_mark_before_mount_flags_is_taken_away() {
    let (mount, payload) = call("mount");
    let row = |flags: u64| {
        let payload = payload.clone().i64("ret", 0).u64("mountflags", flags);
        derived(&SECURITY_SB_MOUNT, mount, payload).unwrap().number("flags")
    };
    assert_eq!((row(0xc0ed_0001), row(0xc0ee_0001)), (1, 0xc0ee_0001));
}
