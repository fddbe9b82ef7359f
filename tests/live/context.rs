//! Who a task is can change without its doing; the next event of the task shows it.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::capture::{Capture, LIMIT, number, text};
use crate::{machine, process, program};

/// The row of the open that names a moment.
fn moment(capture: &Capture, name: &str) -> Value {
    let rows = capture.query(&format!("select * from openat where pathname = '/moment/{name}'"));
    assert_eq!(rows.len(), 1, "moment {name}: {rows:?}");
    rows.into_iter().next().unwrap()
}

#[test]
fn a_new_parent_shows_on_the_next_event() {
    let Some(_turn) = machine::turn("a_new_parent_shows_on_the_next_event") else { return };
    let capture = Capture::record(&[], &[program::build("context").as_os_str(), "reparent".as_ref()]);
    let (before, after) = (moment(&capture, "child-of-middle"), moment(&capture, "child-of-another"));
    assert_eq!(number(&before, "host_pid"), number(&after, "host_pid"));
    assert_eq!(number(&before, "process_key"), number(&after, "process_key"));
    let fork = capture
        .query(&format!("select parent_pid from sched_process_fork where child_pid = {}", number(&before, "host_pid")));
    assert_eq!(number(&fork[0], "parent_pid"), number(&before, "host_ppid"), "the parent is the one that forked");
    assert_ne!(number(&after, "host_ppid"), number(&before, "host_ppid"), "the parent has ended");
}

#[test]
fn another_user_in_one_thread_is_that_threads_alone() {
    let Some(_turn) = machine::turn("another_user_in_one_thread_is_that_threads_alone") else { return };
    if process::effective_uid() != 0 {
        return;
    }
    let capture = Capture::record(&[], &[program::build("context").as_os_str(), "thread".as_ref()]);
    for (name, uid) in [("leader-before", 0), ("thread-before", 0), ("thread-after", 12345), ("leader-after", 0)] {
        assert_eq!(number(&moment(&capture, name), "uid"), uid, "{name}");
    }
    let thread = number(&moment(&capture, "thread-after"), "host_tid");
    let changes =
        capture.query("select host_tid, old_uid, new_uid, old_euid, new_euid from commit_creds where new_uid = 12345");
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!((number(&changes[0], "host_tid"), number(&changes[0], "old_uid")), (thread, 0));
    assert_eq!((number(&changes[0], "old_euid"), number(&changes[0], "new_euid")), (0, 12345));
}

/// A version 2 cgroup of this test's own, removed at its end.
struct Cgroup {
    root: PathBuf,
    path: PathBuf,
}

impl Cgroup {
    /// `None` where no version 2 hierarchy is mounted.
    fn create() -> Option<Cgroup> {
        let mounted = |path: &&str| Path::new(path).join("cgroup.procs").exists();
        let root = PathBuf::from(["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].into_iter().find(mounted)?);
        let path = root.join(format!("tracee-test-{}", std::process::id()));
        std::fs::create_dir(&path).expect("a cgroup of our own");
        Some(Cgroup { root, path })
    }

    fn id(path: &Path) -> i64 {
        i64::try_from(std::fs::metadata(path).expect("the cgroup is there").ino()).expect("an inode number")
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.path);
    }
}

#[test]
fn a_cgroup_move_by_another_process_shows_on_the_next_event() {
    let Some(_turn) = machine::turn("a_cgroup_move_by_another_process_shows_on_the_next_event") else { return };
    let Some(cgroup) = Cgroup::create() else {
        eprintln!("skipped: no version 2 cgroup hierarchy is mounted");
        return;
    };
    let (capture, program) = (Capture::planned(), program::build("context"));
    let mut recorder = capture.start(&[], &[program.as_os_str(), "wait".as_ref()]);
    let mut input = recorder.stdin.take().expect("a pipe");
    let mut output = BufReader::new(recorder.stdout.take().expect("a pipe")).lines();
    let mut line = || output.next().expect("the program goes on").expect("a line");
    let ready = line();
    let pid = ready.strip_prefix("ready ").expect("the program's id").to_owned();
    let home = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).expect("the program runs");
    let home = home.lines().find_map(|line| line.strip_prefix("0::/")).expect("a version 2 cgroup").to_owned();
    let home = cgroup.root.join(home);

    std::fs::write(cgroup.path.join("cgroup.procs"), &pid).expect("the move");
    input.write_all(b"go\n").unwrap();
    assert_eq!(line(), "done");
    std::fs::write(home.join("cgroup.procs"), &pid).expect("the move back");
    input.write_all(b"go\n").unwrap();
    assert_eq!(line(), "done");
    let finished = process::finish(recorder, LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);

    // Who moved it is outside the scope: the move is told all the same, by nobody.
    let own = format!("/{}", cgroup.path.file_name().unwrap().to_str().unwrap());
    let moves = capture.query("SELECT * FROM cgroup_attach_task ORDER BY ts_ns, event_key");
    assert_eq!(moves.len(), 2, "{moves:?}");
    let host_pid = number(&moment(&capture, "before"), "host_pid");
    for (row, (path, id)) in moves.iter().zip([(Some(own), Cgroup::id(&cgroup.path)), (None, Cgroup::id(&home))]) {
        assert!(row["process_key"].is_null(), "{row}");
        assert!(path.is_none_or(|path| text(row, "cgroup_path") == path), "{row}");
        assert_eq!((number(row, "arg_pid"), number(row, "arg_cgroup_id")), (host_pid, id), "{row}");
    }
    for (name, path) in [("before", &home), ("moved", &cgroup.path), ("moved-back", &home)] {
        assert_eq!(number(&moment(&capture, name), "cgroup_id"), Cgroup::id(path), "{name}");
    }
}

/// Facts of a scenario that was recorded with these options.
fn record_scenario(name: &str, events: &str) -> (Capture, std::collections::HashMap<String, String>) {
    let capture = Capture::planned();
    let scene = capture.scratch().join("scene");
    std::fs::create_dir(&scene).expect("a directory");
    let program = program::build_static("scenarios");
    let command = [program.as_os_str(), scene.as_os_str(), name.as_ref()];
    let finished = process::run(&mut capture.recorder(&["--events", events], &command), LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let facts = finished
        .stdout_text()
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    (capture, facts)
}

#[test]
fn a_signal_of_a_timer_is_sent_by_nobody() {
    let Some(_turn) = machine::turn("a_signal_of_a_timer_is_sent_by_nobody") else { return };
    let (capture, facts) = record_scenario("timer_ended", "signal_generate,sched_process_exit");
    let ended = capture.query(&format!(
        "SELECT host_pid, signal_code FROM sched_process_exit WHERE pid = {} AND process_group_exit = 1",
        facts["child"]
    ));
    assert_eq!((ended.len(), text(&ended[0], "signal_code")), (1, "SIGTERM"));
    let sent = capture.query("SELECT * FROM signal_generate WHERE sig = 'SIGTERM'");
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0]["process_key"].is_null() && sent[0]["comm"].is_null(), "{}", sent[0]);
    assert_eq!((text(&sent[0], "code"), number(&sent[0], "target_pid")), ("SI_TIMER", number(&ended[0], "host_pid")));
}

#[test]
fn a_rename_by_a_ring_shows_in_the_next_row() {
    let Some(_turn) = machine::turn("a_rename_by_a_ring_shows_in_the_next_row") else { return };
    let (capture, _) = record_scenario("ring_renames", "pread64");
    let paths: Vec<String> = capture
        .query("SELECT fd_path FROM pread64 WHERE fd_path LIKE '%-name' ORDER BY ts_ns, event_key")
        .iter()
        .map(|row| text(row, "fd_path").rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(paths, ["first-name", "second-name", "third-name"]);
}
