//! What the recorder says of the host that it is on, and of what was there before it.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::capture::{Capture, LIMIT, number, text};
use crate::{machine, process};

/// Inode numbers that initial namespaces have on every kernel: include/uapi/linux/nsfs.h, until 6.17 proc_ns.h.
const FIXED: [(&str, i64); 6] = [
    ("ipc", 0xEFFF_FFFF),
    ("uts", 0xEFFF_FFFE),
    ("user", 0xEFFF_FFFD),
    ("arg_pid", 0xEFFF_FFFC),
    ("cgroup", 0xEFFF_FFFB),
    ("time", 0xEFFF_FFFA),
];

/// The number in what a link of /proc/PID/ns leads to; `None` when it may not be read.
fn namespace(process: &str, kind: &str) -> Option<i64> {
    let target = std::fs::read_link(format!("/proc/{process}/ns/{kind}")).ok()?;
    let number = target.to_str()?.split_once('[')?.1.strip_suffix(']')?;
    number.parse().ok()
}

#[test]
fn the_namespaces_of_the_first_process_are_told_in_each_segment() {
    let Some(_turn) = machine::turn("the_namespaces_of_the_first_process_are_told_in_each_segment") else { return };
    let options = ["--events", "init_namespaces", "--segment-age", "200ms"];
    let capture = Capture::record(&options, &["sleep", "1"]);
    let rows = capture.query("SELECT * FROM init_namespaces");
    assert!(capture.segments().len() > 1 && rows.len() == capture.segments().len(), "{}", rows.len());
    let first = &rows[0];
    // Where init has left none of the namespaces that the kernel began with, their numbers are known.
    for (kind, fixed) in FIXED {
        assert_eq!(number(first, kind), fixed, "{kind}");
    }
    assert_eq!(number(first, "pid_for_children"), number(first, "arg_pid"));
    assert_eq!(number(first, "time_for_children"), number(first, "time"));
    for kind in ["mnt", "net"] {
        if let Some(of_init) = namespace("1", kind) {
            assert_eq!(number(first, kind), of_init, "{kind}");
        }
        assert!(number(first, kind) > 0xEFFF_FF00, "{kind}");
    }
    assert_eq!(text(first, "hook"), "recorder");
    assert!(rows.iter().all(|row| FIXED.iter().all(|(kind, _)| row[kind] == first[kind])));
}

const ID: &str = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";

/// Where containers have their control groups: with cpuset, when that is of version 1.
fn hierarchy() -> PathBuf {
    let controllers = std::fs::read_to_string("/proc/cgroups").unwrap_or_default();
    let cpuset = controllers.lines().find(|line| line.starts_with("cpuset\t"));
    if cpuset.is_some_and(|line| line.split('\t').nth(1) != Some("0")) {
        return "/sys/fs/cgroup/cpuset".into();
    }
    let unified = Path::new("/sys/fs/cgroup/unified");
    if unified.join("cgroup.procs").exists() { unified.into() } else { "/sys/fs/cgroup".into() }
}

/// Control groups of a test's own, one in another, removed at its end.
struct Groups(Vec<PathBuf>);

impl Groups {
    fn make(names: &[&str]) -> Groups {
        let mut paths = Vec::new();
        let mut path = hierarchy();
        for name in names {
            path.push(name);
            std::fs::create_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            // A new group of version 1 has no processors and no memory until it is given some.
            for what in ["cpuset.cpus", "cpuset.mems"] {
                if let Ok(given) = std::fs::read(path.parent().unwrap().join(what)) {
                    std::fs::write(path.join(what), given).expect("processors and memory");
                }
            }
            paths.push(path.clone());
        }
        Groups(paths)
    }

    fn innermost(&self) -> &Path {
        self.0.last().unwrap()
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        for path in self.0.iter().rev() {
            let _ = std::fs::remove_dir(path);
        }
    }
}

#[test]
fn a_container_that_was_there_is_told_when_recording_begins() {
    let Some(_turn) = machine::turn("a_container_that_was_there_is_told_when_recording_begins") else { return };
    let own = format!("tracee-test-{}", std::process::id());
    let scope = format!("libpod-{ID}.scope");
    let groups = Groups::make(&[&own, &scope, "container"]);
    let container = std::fs::metadata(&groups.0[1]).expect("the container's group");
    // The recorder and what it records are in a group within the container's.
    let capture = Capture::planned();
    let recorder = capture.recorder(&["--events", "existing_container"], &["true"]);
    let mut shell = Command::new("sh");
    let procs = groups.innermost().join("cgroup.procs");
    shell
        .args(["-c", r#"echo $$ > "$0" && exec "$@""#])
        .arg(procs)
        .arg(recorder.get_program())
        .args(recorder.get_args());
    let finished = process::run(&mut shell, LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);

    let rows: Vec<_> = capture
        .query("SELECT * FROM existing_container")
        .into_iter()
        .filter(|row| text(row, "arg_container_id") == ID)
        .collect();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!((text(&rows[0], "runtime"), text(&rows[0], "hook")), ("podman", "/proc/PID/cgroup"));
    assert_eq!(number(&rows[0], "ctime"), container.ctime() * 1_000_000_000 + container.ctime_nsec());
    capture.verify();
}
