//! Containers as they are made: by runc, by docker, by unshare, and by hand in control groups that are called as
//! Kubernetes' runtimes call them. What is asked: which container a row is of, who it is there, what the container is called.

mod bad_runtimes;
mod docker;
mod kubernetes;
mod namespaces;
mod runc;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::capture::{Capture, number, query, text};
use crate::process;

// The servers that the tests of `runtimes` speak with; they use more of them than is used here.
#[allow(dead_code)]
#[path = "../../runtimes/tests/runtimes/cri_messages.rs"]
mod cri_messages;
#[allow(dead_code)]
#[path = "../../runtimes/tests/runtimes/stand_in.rs"]
mod stand_in;

/// What the shell function `tell` prints of where it runs: the kernel's own word.
const TELL: &str = r#"tell() { read -r line </proc/1/stat; echo "$1 $(readlink /proc/self/ns/pid) $$ $line"; }"#;

/// What a line of `tell` says.
#[derive(Debug)]
struct Told {
    /// Inode number of the PID namespace.
    pid_ns: i64,
    /// The shell's own number there.
    pid: i64,
    /// Start of the namespace's first process, hundredths of a second since boot.
    start_ticks: u64,
}

impl Told {
    fn of(output: &str, name: &str) -> Told {
        let line = output.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" pid:["));
        let line = line.unwrap_or_else(|| panic!("{name} told nothing: {output}"));
        let (namespace, rest) = line.split_once("] ").expect("a namespace");
        let (pid, stat) = rest.split_once(' ').expect("a number");
        let after_name = stat.rsplit_once(") ").expect("a name in parentheses").1;
        let start = after_name.split(' ').nth(19).expect("22 fields");
        Told {
            pid_ns: namespace.parse().expect("an inode number"),
            pid: pid.parse().expect("a number"),
            start_ticks: start.parse().expect("a time"),
        }
    }

    /// The one container that this can be.
    fn find<'a>(&self, containers: &'a [Value]) -> &'a Value {
        let fits =
            |row: &&Value| row["pid_ns"].as_i64() == Some(self.pid_ns) && self.start_is(text(row, "container_id"));
        let found: Vec<&Value> = containers.iter().filter(fits).collect();
        assert_eq!(found.len(), 1, "{self:?} among {containers:#?}");
        found[0]
    }

    /// Whether the id is `pidns-INODE-START` of this.
    fn start_is(&self, id: &str) -> bool {
        let start = id.strip_prefix(&format!("pidns-{}-", self.pid_ns)).expect("pidns-INODE-START");
        start.parse::<u64>().expect("a start").checked_div(10_000_000) == Some(self.start_ticks)
    }
}

/// All columns of the table, in order of the first look.
fn containers(source: &Path) -> Vec<Value> {
    query(source, "select * from containers order by first_seen_ns, container_id")
}

fn only(rows: Vec<Value>) -> Value {
    assert_eq!(rows.len(), 1, "{rows:#?}");
    rows.into_iter().next().unwrap()
}

/// Asserts that of what is in none of the containers there is nothing, but numbers of ancestors.
fn assert_nothing_from_outside(capture: &Capture, ids: &[&str]) {
    let ids = format!("('{}')", ids.join("','"));
    let rows = capture.query(&format!(
        "select event, comm, exe, container_id from events where process_key is not null and \
         (container_id is null or container_id not in {ids})"
    ));
    assert!(rows.is_empty(), "{} rows from outside, the first: {}", rows.len(), rows[0]);
    let known = capture.query(&format!(
        "select * from processes where (container_id is null or container_id not in {ids}) and \
         coalesce(comm, exe, argv, cwd, uid, uts_name) is not null"
    ));
    assert!(known.is_empty(), "{known:#?}");
    let files = capture.query(&format!(
        "select * from open_files where process_key not in (select process_key from processes where container_id in {ids})"
    ));
    assert!(files.is_empty(), "{files:#?}");
    assert!(capture.number("select count(*) from events where process_key is not null") > 0);
}

/// Asserts that the process with this number in the container executed the program with these arguments and ended with
/// this status.
fn assert_ran(capture: &Capture, id: &str, pid: i64, argv: &[&str], status: i64) {
    let of = format!("container_id = '{id}' and pid = {pid}");
    let exec = capture.query(&format!("select argv, ppid, exe_path from sched_process_exec where {of}"));
    let expected = Value::from(words(argv));
    assert!(exec.iter().any(|row| row["argv"] == expected), "{argv:?}: {exec:#?}");
    let call = capture.number(&format!("select count(*) from execve where {of} and ret = 0"));
    assert!(call >= 1, "{argv:?}: {call} calls");
    let row = only(capture.query(&format!("select exit_code, exit_signal, ppid from processes where {of}")));
    assert_eq!(number(&row, "exit_code"), status, "{argv:?}: {row}");
    let nameless = capture.number(&format!("select count(*) from events where {of} and (comm is null or exe is null)"));
    assert_eq!(nameless, 0, "{argv:?}");
    assert_eq!(capture.number("select count(*) from losses"), 0);
}

/// Words as rows of `sched_process_exec` show them.
fn words(words: &[&str]) -> String {
    serde_json::to_string(words).expect("text")
}

/// The tool's path; live tests of a machine that can record have all that they need.
fn tool(name: &str, package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.exists());
    found.unwrap_or_else(|| panic!("{name} is missing (scripts/install-packages test; Debian package: {package})"))
}

/// Whether containers can be made here, for which it takes root.
fn can_make_containers(test: &str) -> bool {
    let can = process::effective_uid() == 0;
    if !can {
        eprintln!("{test}: skipped, only root makes containers");
    }
    can
}

/// Makes a root file system of busybox alone.
pub(crate) fn make_root(folder: &Path) {
    for name in ["bin", "dev", "proc", "sys", "tmp", "etc"] {
        std::fs::create_dir_all(folder.join(name)).expect("a folder");
    }
    let busybox = tool("busybox", "busybox-static");
    std::fs::copy(std::fs::canonicalize(busybox).expect("busybox"), folder.join("bin/busybox")).expect("a copy");
    for name in ["sh", "true", "sleep", "cat", "readlink"] {
        std::os::unix::fs::symlink("busybox", folder.join("bin").join(name)).expect("a link");
    }
}

/// `sh -c SCRIPT sh ARGUMENT...`
fn shell<A: Into<OsString>>(script: &str, arguments: impl IntoIterator<Item = A>) -> Vec<OsString> {
    let mut command: Vec<OsString> = ["sh", "-c", script, "sh"].map(Into::into).into();
    command.extend(arguments.into_iter().map(Into::into));
    command
}

/// Control groups of a test, in the hierarchy that tells containers; they end with this.
struct Groups {
    root: PathBuf,
}

impl Groups {
    fn new(name: &str) -> Groups {
        let root = hierarchy().join(format!("tracee-test-{name}-{}", std::process::id()));
        let groups = Groups { root };
        groups.make("");
        groups
    }

    /// The folder of the group with this path below our own.
    fn make(&self, path: &str) -> PathBuf {
        let group = self.root.join(path);
        let missing: Vec<&Path> = group.ancestors().take_while(|path| !path.exists()).collect();
        for folder in missing.into_iter().rev() {
            std::fs::create_dir(folder).expect("a control group");
            // Version 1 lets nobody into a group of which these are empty.
            for file in ["cpuset.cpus", "cpuset.mems"] {
                let above = folder.parent().expect("it has one").join(file);
                if let (true, Ok(text)) = (hierarchy_is_version_1(), std::fs::read_to_string(above)) {
                    std::fs::write(folder.join(file), text).expect("as the one above");
                }
            }
        }
        group
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        remove_groups(&self.root);
    }
}

/// Removes a group with all within, as far as nobody is in them.
fn remove_groups(group: &Path) {
    for entry in std::fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_groups(&entry.path());
        }
    }
    let _ = std::fs::remove_dir(group);
}

fn cgroup_mounts() -> Vec<(PathBuf, bool, String)> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").expect("mounts");
    let fields = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let groups = fields.filter(|fields| fields.len() > 3 && fields[2].starts_with("cgroup"));
    groups.map(|fields| (fields[1].into(), fields[2] == "cgroup", fields[3].to_owned())).collect()
}

fn cpuset_of_version_1() -> Option<PathBuf> {
    let is_it =
        |(_, version_1, options): &(PathBuf, bool, String)| *version_1 && options.split(',').any(|one| one == "cpuset");
    cgroup_mounts().into_iter().find(is_it).map(|(path, ..)| path)
}

fn hierarchy_is_version_1() -> bool {
    cpuset_of_version_1().is_some()
}

/// Where the hierarchy is mounted that tells containers: that of version 1 with the controller `cpuset`, else version 2.
fn hierarchy() -> PathBuf {
    let version_2 = || cgroup_mounts().into_iter().find(|(_, version_1, _)| !version_1).map(|(path, ..)| path);
    cpuset_of_version_1().or_else(version_2).expect("control groups are mounted")
}

/// Ids as runtimes make them, of one digit each.
fn id(digit: char) -> String {
    digit.to_string().repeat(64)
}
