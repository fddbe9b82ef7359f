//! Scope: a process just inside and one just outside do the same; all of the one is in the capture and nothing of the other.
//!
//! Both are `tests/programs/scope.c`. "outsider" stands in no argument: where the word is in a capture, somebody outside was
//! recorded. Without a command only scopes are recorded that nothing but a test's own processes can be in.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::capture::{Capture, LIMIT, number, query, text, tracee};
use crate::process::{self, Finished};
use crate::recording::{self, Running};
use crate::{machine, program};

/// A user that nobody is.
const NOBODY: u32 = 4711;

fn words(script: &str) -> Vec<&str> {
    script.split_whitespace().collect()
}

/// The command line of the program with a script.
fn actor(script: &str) -> Vec<String> {
    let program = program::build("scope").display().to_string();
    std::iter::once(program).chain(words(script).into_iter().map(str::to_owned)).collect()
}

fn scope_options<'a>(scopes: &[&'a str]) -> Vec<&'a str> {
    scopes.iter().flat_map(|scope| ["--scope", scope]).collect()
}

/// A recording that is over, with what its processes said.
struct Recorded {
    capture: Capture,
    said: String,
}

impl Recorded {
    /// Records the script, as a command, with options of `record`.
    fn with(options: &[&str], script: &str) -> Recorded {
        Recorded::by(Capture::planned(), options, script, &[])
    }

    fn by(capture: Capture, options: &[&str], script: &str, variables: &[(&str, &Path)]) -> Recorded {
        let mut recorder = capture.recorder(options, &actor(script));
        recorder.envs(variables.iter().copied());
        let finished = process::run(&mut recorder, LIMIT);
        assert_eq!(finished.code(), 0, "{options:?}: {}", finished.stderr);
        Recorded { said: finished.stdout_text(), capture }
    }

    fn scoped(scopes: &[&str], script: &str) -> Recorded {
        Recorded::with(&scope_options(scopes), script)
    }

    /// Numbers behind a word that the processes said.
    fn told(&self, word: &str) -> BTreeSet<i64> {
        let lines = self.said.lines().filter_map(|line| line.split_once(' '));
        lines.filter(|(said, _)| *said == word).map(|(_, pid)| pid.parse().expect("a process id")).collect()
    }

    /// Names that insiders opened, in order.
    fn opened(&self) -> Vec<String> {
        let rows =
            self.capture.query("SELECT * FROM openat WHERE pathname LIKE '/insider/%' ORDER BY boot_ns, event_key");
        for row in &rows {
            assert!(!row["process_key"].is_null() && !row["comm"].is_null() && !row["uid"].is_null(), "{row}");
        }
        rows.iter().map(|row| text(row, "pathname")["/insider/".len()..].to_owned()).collect()
    }

    /// Fails unless these opens of insiders are there, in order, and nothing of outsiders.
    #[track_caller]
    fn has_only(&self, expected: &str) {
        assert_eq!(self.opened(), words(expected));
        self.nothing_from_outside();
    }

    #[track_caller]
    fn nothing_from_outside(&self) {
        self.capture.verify();
        assert_eq!(self.capture.number("SELECT count(*) FROM losses"), 0);
        assert_eq!(found_outside(&self.capture.database()), None::<String>);
        let strangers: Vec<String> = self.told("never").iter().map(ToString::to_string).collect();
        assert_nothing_known(&self.capture.database(), &format!("host_pid IN ({})", strangers.join(",")));
        // Who makes a call is known.
        let query = "SELECT count(*) FROM events WHERE syscall IS NOT NULL AND (process_key IS NULL OR uid IS NULL)";
        assert_eq!(self.capture.number(query), 0);
    }
}

/// Text around the word that only outsiders have, where a database has it.
fn found_outside(database: &Path) -> Option<String> {
    let bytes = std::fs::read(database).expect("the database");
    let at = bytes.windows(8).position(|window| window == b"outsider")?;
    Some(String::from_utf8_lossy(&bytes[at.saturating_sub(80)..bytes.len().min(at + 80)]).into_owned())
}

/// Fails when more than ids is known of processes of which the condition holds.
#[track_caller]
fn assert_nothing_known(source: &Path, condition: &str) {
    for sql in [
        format!(
            "SELECT * FROM contexts WHERE {condition} AND NOT (flags & 4 AND coalesce(comm, '') = '' AND exe IS NULL \
             AND coalesce(uts_name, '') = '' AND coalesce(uid, 0) = 0 AND container_id IS NULL)"
        ),
        format!(
            "SELECT * FROM processes WHERE {condition} AND coalesce(comm, exe, argv, cwd, uid, uts_name, mnt_ns, \
             container_id) IS NOT NULL"
        ),
        format!("SELECT * FROM open_files WHERE {condition}"),
        format!("SELECT * FROM events WHERE {condition}"),
    ] {
        let rows = query(source, &sql);
        assert!(rows.is_empty(), "{} rows of somebody outside: {sql}: {}", rows.len(), rows[0]);
    }
}

/// A process of the test's own that runs a script beside a recording, and goes on when it is told to.
struct Beside {
    child: Running,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    said: String,
}

impl Beside {
    fn start(script: &str) -> Beside {
        Beside::start_with(script, &[])
    }

    fn start_with(script: &str, variables: &[(&str, &Path)]) -> Beside {
        let line = actor(script);
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).envs(variables.iter().copied());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
        let input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Beside { child: Running(child), input, output, said: String::new() }
    }

    /// Reads until the word is said; the number behind it.
    fn hear(&mut self, word: &str) -> u32 {
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).expect("a line") > 0, "it ended before it said {word}");
            self.said += &line;
            if let Some(pid) = line.strip_prefix(word).and_then(|rest| rest.strip_prefix(' ')) {
                return pid.trim().parse().expect("a process id");
            }
        }
    }

    /// One reader of those that wait goes on.
    fn go(&mut self) {
        self.input.write_all(b"go\n             ").expect("it waits");
    }

    /// Everything that it said until its end.
    fn ended(mut self) -> String {
        drop(self.input);
        std::io::Read::read_to_string(&mut self.output, &mut self.said).expect("text");
        let status = process::wait(&mut self.child.0, LIMIT);
        assert!(status.success(), "{status}");
        self.said
    }
}

/// What is recorded where the scope is put to every task of the machine.
const EVENTS: &str = "syscalls,sched_process_fork,sched_process_exec,sched_process_exit,task_rename,commit_creds,\
                      switch_task_ns,cgroup_attach_task,security_file_open,signal_generate";

/// A recording without a command.
struct Open {
    capture: Capture,
    recorder: Running,
}

impl Open {
    fn start(options: &[&str]) -> Open {
        assert!(options.contains(&"--scope"), "never the whole machine");
        let capture = Capture::planned();
        // The keyframe is there then, after which nobody in the scope does anything.
        let recorder = recording::start(&capture, &[&["--events", EVENTS], options].concat());
        Open { capture, recorder }
    }

    fn stop(self, said: String) -> Recorded {
        recording::stop(self.recorder);
        Recorded { capture: self.capture, said }
    }
}

fn is_root(test: &str) -> bool {
    let root = process::effective_uid() == 0;
    if !root {
        eprintln!("{test}: skipped, only root takes other ids");
    }
    root
}

// Each expression alone.

#[test]
fn user_ids_are_compared_by_each_operator() {
    let Some(_turn) = machine::turn("user_ids_are_compared_by_each_operator") else { return };
    if !is_root("user_ids_are_compared_by_each_operator") {
        return;
    }
    for (scope, inside, outside) in
        [("uid=7,4711", 4711, 4710), ("uid!=7,4711", 4710, 4711), ("uid<4711", 4710, 4711), ("uid>=4711", 4711, 4710)]
    {
        let script = format!(
            "fork {{ uid {outside} out a hold out fork {{ never b }} }} fork {{ uid {inside} in a fork {{ in b }} }}"
        );
        let recorded = Recorded::scoped(&[scope], &script);
        recorded.has_only("a b");
        let users = "SELECT count(DISTINCT uid) FROM contexts WHERE flags & 4 = 0 AND uid = ";
        assert_eq!(recorded.capture.number(&format!("{users}{inside}")), 1, "{scope}");
        assert_eq!(recorded.capture.number(&format!("{users}{outside}")), 0, "{scope}");
    }
}

#[test]
fn a_process_id_is_its_threads_too_and_not_its_children() {
    let Some(_turn) = machine::turn("a_process_id_is_its_threads_too_and_not_its_children") else { return };
    let mut one = Beside::start("say ready hold in wait in a thread { in thread } fork { never b }");
    let mut other = Beside::start("say ready hold out wait never a thread { out thread }");
    let pid = one.hear("ready");
    other.hear("ready");
    let recording = Open::start(&["--scope", &format!("pid={pid}")]);
    one.go();
    other.go();
    let said = one.ended() + &other.ended();
    let recorded = recording.stop(said);
    recorded.has_only("a thread");
    let files = format!("SELECT count(*) FROM open_files WHERE path LIKE '%insider%' AND host_pid = {pid}");
    assert_eq!(recorded.capture.number(&files), 1, "what it had open");
    assert_eq!(recorded.capture.number("SELECT count(DISTINCT host_pid) FROM open_files"), 1);
    assert_eq!(recorded.capture.number("SELECT count(*) FROM processes WHERE comm IS NOT NULL"), 1);
}

#[test]
fn the_number_of_a_thread_is_that_thread_alone() {
    let Some(_turn) = machine::turn("the_number_of_a_thread_is_that_thread_alone") else { return };
    let script = "say ready thread { out other } thread { tid thread wait in thread fork { never child } } out leader";
    let mut one = Beside::start(script);
    let (pid, tid) = (one.hear("ready"), one.hear("thread"));
    let recording = Open::start(&["--scope", &format!("pid={tid}")]);
    one.go();
    let recorded = recording.stop(one.ended());
    recorded.has_only("thread");
    let known = recorded.capture.query("SELECT host_pid, host_tid FROM contexts WHERE flags & 4 = 0");
    let ids = |row: &Value| (number(row, "host_pid"), number(row, "host_tid"));
    assert!(!known.is_empty() && known.iter().all(|row| ids(row) == (pid.into(), tid.into())), "{known:?}");
}

#[test]
fn namespaces_are_told_apart_by_number() {
    let Some(_turn) = machine::turn("namespaces_are_told_apart_by_number") else { return };
    let mut mount = Beside::start("unshare mnt say ready wait");
    let mut pids = Beside::start("unshare pid fork { say ready wait }");
    let (mount_pid, first) = (mount.hear("ready"), pids.hear("ready"));
    let file = |pid: u32, name: &str| format!("/proc/{pid}/ns/{name}");
    let inode = |path: &str| {
        let link = std::fs::read_link(path).expect("a namespace").display().to_string();
        link.split(['[', ']']).nth(1).expect("a number").to_owned()
    };
    let (mnt, pid) = (file(mount_pid, "mnt"), file(first, "pid"));
    // The call that leads in is told from its end on.
    let script = format!("fork {{ out before ns {mnt} in late fork {{ in child }} }} fork {{ never beside }}");
    let recorded = Recorded::scoped(&[&format!("mntns={}", inode(&mnt))], &script);
    recorded.has_only("late child");
    assert_eq!(recorded.capture.number("SELECT count(*) FROM setns WHERE ret = 0"), 1);
    let script = format!("fork {{ in before ns {mnt} out late fork {{ never child }} }} fork {{ in beside }}");
    let recorded = Recorded::scoped(&[&format!("mntns!={}", inode(&mnt))], &script);
    recorded.has_only("before beside");
    assert_eq!(recorded.capture.number("SELECT count(*) FROM setns WHERE ret = 0"), 1);
    // Who enters a PID namespace stays in its own; its children are in the other.
    let script = format!("never before ns {pid} out joined fork {{ in child fork {{ in grandchild }} }}");
    Recorded::scoped(&[&format!("pidns={}", inode(&pid))], &script).has_only("child grandchild");
    drop((mount, pids));
}

#[test]
fn a_tree_is_its_descendants_of_whoever_they_are_children_now() {
    let Some(_turn) = machine::turn("a_tree_is_its_descendants_of_whoever_they_are_children_now") else { return };
    // Of who was orphaned before, nobody knows any more whose descendant it is.
    let mut inside = Beside::start(
        "say root hold in bg { bg { say deep hold in wait in deep fork { in deeper orphan { in orphan fork { in its-child } } } } \
         wait in middle } orphan { say lost hold out bg { wait never lost } } wait in root sleep 300",
    );
    let mut outside =
        Beside::start("say root hold out bg { wait never child orphan { never orphan } } wait never root");
    let root = inside.hear("root");
    inside.hear("lost");
    outside.hear("root");
    let recording = Open::start(&["--scope", &format!("tree={root}")]);
    for _ in 0..4 {
        inside.go();
    }
    outside.go();
    outside.go();
    let recorded = recording.stop(inside.ended() + &outside.ended());
    let mut opened = recorded.opened();
    opened.sort();
    assert_eq!(opened, ["deep", "deeper", "its-child", "middle", "orphan", "root"]);
    recorded.nothing_from_outside();
    assert_eq!(recorded.capture.number("SELECT count(*) FROM open_files WHERE path LIKE '%insider%'"), 1 + 1 + 2);
}

#[test]
fn a_tree_inside_the_command_and_all_but_it() {
    let Some(_turn) = machine::turn("a_tree_inside_the_command_and_all_but_it") else { return };
    // The command's own tree is everything.
    let mut beside = Beside::start("say ready wait");
    let pid = beside.hear("ready");
    let recorded = Recorded::scoped(&[&format!("tree!={pid}")], "in a fork { in b }");
    recorded.has_only("a b");
    drop(beside);
}

#[test]
fn a_host_name_that_changes_changes_the_scope_of_all_of_its_namespace() {
    let name = "a_host_name_that_changes_changes_the_scope_of_all_of_its_namespace";
    let Some(_turn) = machine::turn(name) else { return };
    let script = "never before fork { unshare uts out unnamed bg { sleep 400 in sibling sleep 800 out sibling-late } \
                  hostname web-1 in named fork { in child } sleep 800 hostname db-1 out renamed fork { never child } }";
    let recorded = Recorded::scoped(&["uts=web-*"], script);
    recorded.has_only("named child sibling");
    let calls = recorded.capture.query("SELECT ret, uts_name FROM sethostname ORDER BY boot_ns");
    assert!(calls.iter().all(|row| number(row, "ret") == 0 && text(row, "uts_name") != "vm"), "{calls:?}");
    // The call that leads out is told of, and of its process as it was.
    assert_eq!(text(calls.last().expect("a call"), "uts_name"), "web-1");
    // Whatever it was called before.
    let recorded =
        Recorded::scoped(&["uts!=web-*"], "fork { unshare uts in unnamed hostname web-1 out named } in host");
    recorded.has_only("unnamed host");
}

#[test]
fn names_are_those_of_threads() {
    let Some(_turn) = machine::turn("names_are_those_of_threads") else { return };
    let script = "never leader thread { comm cat in named comm vim in renamed comm db out left } out leader-again \
                  fork { comm category out longer } fork { comm ca out shorter } comm cat in leader thread { in child }";
    let script = script.replace("never leader", "out leader");
    let recorded = Recorded::scoped(&["comm=cat,vim"], &script);
    recorded.has_only("named renamed leader child");
    let names = recorded.capture.query("SELECT DISTINCT comm FROM contexts WHERE flags & 4 = 0 ORDER BY 1");
    assert_eq!(names.iter().map(|row| text(row, "comm")).collect::<Vec<_>>(), ["cat"]);
    // The call that led out is told of as of whom it was.
    let renames = recorded.capture.query("SELECT comm, old_name FROM task_rename WHERE new_name = 'db'");
    let shown: Vec<_> = renames.iter().map(|row| (text(row, "comm"), text(row, "old_name"))).collect();
    assert_eq!(shown, [("vim", "vim")]);
}

#[test]
fn names_are_compared_from_both_ends() {
    let Some(_turn) = machine::turn("names_are_compared_from_both_ends") else { return };
    for (scope, inside, outside) in [
        ("comm=web*", "web-1", "we"),
        ("comm=*-1", "web-1", "web-11"),
        ("comm=*b-*", "web-1", "web1"),
        ("comm=abcdefghijklmno", "abcdefghijklmnop", "abcdefghijklmn"),
        ("comm!=scope,we*", "abc", "web-1"),
    ] {
        let script =
            format!("fork {{ comm {outside} out a fork {{ never b }} }} fork {{ comm {inside} in a fork {{ in b }} }}");
        Recorded::scoped(&[scope], &script).has_only("a b");
    }
}

/// Copies of the program under these names, in folders of the capture.
fn programs(capture: &Capture, names: [&str; 2]) -> [PathBuf; 2] {
    names.map(|name| {
        let path = capture.scratch().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::copy(program::build("scope"), &path).expect("a copy");
        path
    })
}

/// Records two processes that execute programs of these names; the scope has `DIR` where their folder is to stand.
fn record_programs(scope: &str, inside: &str, outside: &str) {
    let capture = Capture::planned();
    let [inside, outside] = programs(&capture, [inside, outside]);
    let scope = format!("executable={}", scope.replace("DIR", &capture.scratch().display().to_string()));
    let script = "fork { exec out never a hold out fork { never b } thread { never c } } \
                  fork { exec in in a fork { in b } thread { in c } exec out out d }";
    let options = ["--scope", &scope];
    let recorded = Recorded::by(capture, &options, script, &[("INSIDER", &inside), ("OUTSIDER", &outside)]);
    assert_eq!(recorded.opened(), ["a", "b", "c"], "{scope}");
    let known = recorded.capture.query("SELECT DISTINCT exe FROM contexts WHERE flags & 4 = 0");
    assert_eq!(known.iter().map(|row| text(row, "exe")).collect::<Vec<_>>(), [inside.display().to_string()]);
    // The call that leads in is there from its end on, the one that leads out is told of with what it asked for.
    let calls = recorded.capture.query("SELECT exe, pathname, ret FROM execve WHERE ret = 0 ORDER BY boot_ns");
    let shown: Vec<(&str, &str)> = calls.iter().map(|row| (text(row, "exe"), text(row, "pathname"))).collect();
    let (inside, outside) = (inside.display().to_string(), outside.display().to_string());
    assert_eq!(shown, [(inside.as_str(), ""), (inside.as_str(), outside.as_str())], "{scope}");
    let executed = recorded.capture.query("SELECT exe_path FROM sched_process_exec");
    assert_eq!(executed.iter().map(|row| text(row, "exe_path")).collect::<Vec<_>>(), [inside]);
    assert_nothing_known(
        &recorded.capture.database(),
        &format!(
            "host_pid IN ({})",
            recorded.told("never").iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
        ),
    );
    recorded.capture.verify();
}

#[test]
fn a_program_is_told_by_its_path() {
    let Some(_turn) = machine::turn("a_program_is_told_by_its_path") else { return };
    record_programs("DIR/bin/web", "bin/web", "bin/outsider-web");
}

#[test]
fn paths_of_programs_are_compared_from_both_ends() {
    let Some(_turn) = machine::turn("paths_of_programs_are_compared_from_both_ends") else { return };
    record_programs("*/web", "bin/web", "bin/outsider-web");
    record_programs("DIR/bin/*", "bin/web", "outsider/bin/web");
    record_programs("*/bin-part/*", "bin-part/web", "outsider-part/web");
    record_programs("host:*/web", "bin/web", "bin/outsiderweb");
}

/// Control groups of a test's own, removed at its end, the last made first.
struct Groups(Vec<PathBuf>);

impl Groups {
    /// In the folder at which a hierarchy is mounted; `None` where it is not.
    fn create(roots: &[&str], names: &[&str]) -> Option<Groups> {
        let root = roots.iter().map(Path::new).find(|path| path.join("cgroup.procs").exists())?;
        let mut groups = Groups(Vec::new());
        for name in names {
            let path = root.join(name.replace("TEST", &format!("tracee-scope-{}", std::process::id())));
            std::fs::create_dir(&path).expect("a control group of our own");
            if root.ends_with("cpuset") {
                for file in ["cpuset.cpus", "cpuset.mems"] {
                    let whole = std::fs::read(path.parent().unwrap().join(file)).expect("what its parent has");
                    std::fs::write(path.join(file), whole).expect("the same");
                }
            }
            groups.0.push(path);
        }
        Some(groups)
    }

    fn name(&self, index: usize) -> String {
        format!("/{}", self.0[index].file_name().unwrap().to_str().unwrap())
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        for path in self.0.iter().rev() {
            process::wait_until("the control group is empty", || std::fs::remove_dir(path).is_ok());
        }
    }
}

fn a_cgroup_is_joined_and_left(roots: &[&str]) {
    let Some(groups) = Groups::create(roots, &["TEST", "TEST/below", "TEST-beside"]) else {
        eprintln!("skipped: the hierarchy is not mounted");
        return;
    };
    let (own, beside) = (groups.0[0].display(), groups.0[2].display());
    let (home, below) = (groups.0[0].parent().unwrap().display(), groups.0[1].display());
    // By themselves, under a command.
    let script = format!(
        "never before fork {{ cgroup {beside} never beside }} \
         fork {{ out b4 cgroup {own} in joined fork {{ in child }} thread {{ in thread }} cgroup {below} in below \
         cgroup {home} out left fork {{ never child }} }}"
    );
    let exact = format!("cgroup={},{0}/*", groups.name(0));
    Recorded::scoped(&[&exact], &script).has_only("joined child thread below");
    // By another process, with nothing else said: first it is outside, then inside, then outside again.
    let mut one = Beside::start(
        "hold in say ready wait in joined fork { in child } say next wait out left fork { never c } say next",
    );
    let mut other = Beside::start("hold out say ready wait never beside");
    let pid = one.hear("ready");
    other.hear("ready");
    let recording = Open::start(&["--scope", &exact, "--segment-age", "400ms"]);
    std::fs::write(groups.0[0].join("cgroup.procs"), pid.to_string()).expect("the move");
    one.go();
    other.go();
    one.hear("next");
    process::let_pass(Duration::from_millis(900));
    std::fs::write(groups.0[0].parent().unwrap().join("cgroup.procs"), pid.to_string()).expect("the move back");
    process::let_pass(Duration::from_millis(1200));
    one.go();
    one.hear("next");
    let recorded = recording.stop(one.ended() + &other.ended());
    recorded.has_only("joined child");
    // While it was outside, though it had not done anything since it was inside.
    let segments = recorded.capture.segments();
    assert!(segments.len() > 3, "{} segments", segments.len());
    let told = |sql: &str| segments.iter().map(|path| number(&query(path, sql)[0], "n")).collect::<Vec<_>>();
    let known = told("SELECT count(*) AS n FROM contexts WHERE flags & 4 = 0");
    let files = told("SELECT count(*) AS n FROM open_files");
    assert!(known.iter().zip(&files).all(|(known, files)| *known > 0 || *files == 0), "{known:?} {files:?}");
    assert!(files.iter().any(|count| *count > 0), "what it had open while it was inside: {files:?}");
    assert_eq!((known.last(), files.last()), (Some(&0), Some(&0)), "{known:?} {files:?}");
}

#[test]
fn a_cgroup_of_version_2_is_joined_and_left() {
    let Some(_turn) = machine::turn("a_cgroup_of_version_2_is_joined_and_left") else { return };
    a_cgroup_is_joined_and_left(&["/sys/fs/cgroup/unified", "/sys/fs/cgroup"]);
}

#[test]
fn a_cgroup_of_version_1_is_joined_and_left() {
    let Some(_turn) = machine::turn("a_cgroup_of_version_1_is_joined_and_left") else { return };
    a_cgroup_is_joined_and_left(&["/sys/fs/cgroup/cpuset"]);
}

// Containers.

/// A PID namespace, a process in it that executes a program, and one namespace within.
const CONTAINER: &str = "unshare pid fork { SETUP first fork { IN child unshare pid fork { SETUP nested exec in IN nested-started \
                         fork { IN nested-child } } } exec in IN started fork { IN after } }";

fn container(setup: &str, inside: &str) -> String {
    CONTAINER.replace("SETUP", setup).replace("IN", inside)
}

#[test]
fn containers_are_in_scope_with_everything_in_them_and_without_the_host() {
    let name = "containers_are_in_scope_with_everything_in_them_and_without_the_host";
    let Some(_turn) = machine::turn(name) else { return };
    let script = format!("never host {}", container("in", "in"));
    for options in [&["--scope", "container"][..], &["-c"]] {
        let recorded = Recorded::with(options, &script);
        recorded.has_only("first child nested nested-started nested-child started after");
        let outside = "SELECT count(*) FROM contexts WHERE flags & 4 = 0 AND container_id IS NULL";
        assert_eq!(recorded.capture.number(outside), 0, "{options:?}");
        assert_eq!(recorded.capture.number("SELECT count(*) FROM containers"), 2, "{options:?}");
        let levels = recorded.capture.query(
            "SELECT DISTINCT pid FROM openat WHERE pathname IN ('/insider/first', '/insider/started', '/insider/nested', \
             '/insider/nested-started')",
        );
        assert_eq!(levels.iter().map(|row| number(row, "pid")).collect::<Vec<_>>(), [1], "the first of each");
    }
}

#[test]
fn of_started_containers_what_came_before_their_program_is_outside() {
    let Some(_turn) = machine::turn("of_started_containers_what_came_before_their_program_is_outside") else { return };
    let script = "never host unshare pid fork { out first bg { out early sleep 600 in early-later } sleep 200 \
                  exec in in started fork { in child } unshare pid fork { out nested exec in in nested-started } }";
    let recorded = Recorded::scoped(&["container=started"], script);
    let mut opened = recorded.opened();
    opened.sort();
    assert_eq!(opened, ["child", "early-later", "nested-started", "started"]);
    recorded.nothing_from_outside();
}

#[test]
fn what_is_in_no_container_ends_where_one_begins() {
    let Some(_turn) = machine::turn("what_is_in_no_container_ends_where_one_begins") else { return };
    for scope in ["not-container", "!container"] {
        let script = format!(
            "in host fork {{ in child }} {} in after",
            container("never", "never").replace("exec in", "exec out")
        );
        let recorded = Recorded::scoped(&[scope], &script);
        recorded.has_only("host child after");
        let inside = "SELECT count(*) FROM contexts WHERE flags & 4 = 0 AND container_id IS NOT NULL";
        assert_eq!(recorded.capture.number(inside), 0, "{scope}");
    }
}

#[test]
fn a_container_that_runs_already_is_told_by_its_id() {
    let Some(_turn) = machine::turn("a_container_that_runs_already_is_told_by_its_id") else { return };
    let mut one = Beside::start("unshare pid fork { hold in say ready wait wait in a bg { in b } thread { in c } }");
    let mut other = Beside::start("unshare pid fork { hold out say ready wait never a bg { never b } }");
    let pid = one.hear("ready");
    other.hear("ready");
    let tree = Open::start(&["--scope", &format!("tree={pid}")]);
    one.go();
    let first = tree.stop(String::new());
    let ids = first.capture.query("SELECT container_id, is_new FROM containers");
    assert_eq!((ids.len(), number(&ids[0], "is_new")), (1, 0), "{ids:?}");
    let recording = Open::start(&["--scope", &format!("container={}", text(&ids[0], "container_id"))]);
    one.go();
    other.go();
    let recorded = recording.stop(one.ended() + &other.ended());
    let mut opened = recorded.opened();
    opened.sort();
    assert_eq!(opened, ["a", "b", "c"]);
    recorded.nothing_from_outside();
    assert_eq!(recorded.capture.number("SELECT count(*) FROM open_files WHERE path LIKE '%insider%'"), 1);
    let others = recorded.capture.query("SELECT container_id FROM containers");
    assert_eq!(others.len(), 1, "{others:?}");
}

#[test]
fn a_container_from_before_is_in_scope_but_not_new() {
    let Some(_turn) = machine::turn("a_container_from_before_is_in_scope_but_not_new") else { return };
    let mut before = Beside::start("unshare pid fork { say ready wait }");
    let pid = before.hear("ready");
    let script =
        format!("fork {{ ns /proc/{pid}/ns/pid fork {{ WHO old }} }} fork {{ unshare pid fork {{ in new }} }}");
    Recorded::scoped(&["container"], &script.replace("WHO", "in")).has_only("old new");
    Recorded::with(&["-c"], &script.replace("WHO", "never")).has_only("new");
    drop(before);
}

// New processes, and those that follow.

#[test]
fn new_processes_are_those_that_begin_while_recording() {
    let Some(_turn) = machine::turn("new_processes_are_those_that_begin_while_recording") else { return };
    // A command is new, and so is all that comes of it.
    Recorded::scoped(&["pid=new"], "in command fork { in child } thread { in thread }")
        .has_only("command child thread");
    // What was there before is not, nor are its threads; what it makes is.
    let mut before = Beside::start(
        "say root hold out bg { wait never child } wait never root thread { out thread } fork { in child fork { in grandchild } } \
         orphan { in orphan }",
    );
    let root = before.hear("root");
    let recording = Open::start(&["--scope", &format!("tree={root}"), "--scope", "pid=new"]);
    before.go();
    before.go();
    let recorded = recording.stop(before.ended());
    let mut opened = recorded.opened();
    opened.sort();
    assert_eq!(opened, ["child", "grandchild", "orphan"]);
    recorded.nothing_from_outside();
}

#[test]
fn who_follows_stays_in_scope_whatever_it_becomes() {
    let Some(_turn) = machine::turn("who_follows_stays_in_scope_whatever_it_becomes") else { return };
    let script = "never root fork { never beside } fork { comm web in web fork { comm db in child exec in in executed \
                  fork { in grandchild orphan { in orphan } } } thread { comm pool in thread } comm other out left \
                  fork { never later } }";
    Recorded::scoped(&["comm=web", "follow"], script).has_only("web child executed grandchild orphan thread");
    if !is_root("follow by user") {
        return;
    }
    let script = format!(
        "never root fork {{ uid 4710 never beside }} fork {{ uid {NOBODY} in user fork {{ in child }} }} \
         fork {{ fork {{ never other }} }}"
    );
    let script = script.replace("never beside", "out beside");
    Recorded::scoped(&[&format!("uid={NOBODY}"), "follow"], &script).has_only("user child");
}

#[test]
fn children_of_root_follow_to_another_user() {
    let Some(_turn) = machine::turn("children_of_root_follow_to_another_user") else { return };
    if !is_root("children_of_root_follow_to_another_user") {
        return;
    }
    let script =
        format!("in root fork {{ in child uid {NOBODY} in changed fork {{ in grandchild }} }} uid {NOBODY} out left");
    let recorded = Recorded::scoped(&["uid=0", "follow"], &script);
    recorded.has_only("root child changed grandchild");
    // The same without.
    let script = format!(
        "in root fork {{ in child uid {NOBODY} out changed fork {{ never grandchild }} }} uid {NOBODY} out left"
    );
    Recorded::scoped(&["uid=0"], &script).has_only("root child");
}

#[test]
fn global_is_everything() {
    let Some(_turn) = machine::turn("global_is_everything") else { return };
    let script = format!("in a fork {{ comm x in b }} {}", container("in", "in"));
    Recorded::scoped(&["global"], &script).has_only("a b first child nested nested-started nested-child started after");
}

// Several at once, in and out again.

#[test]
fn several_expressions_must_all_hold() {
    let Some(_turn) = machine::turn("several_expressions_must_all_hold") else { return };
    if !is_root("several_expressions_must_all_hold") {
        return;
    }
    let script = format!(
        "fork {{ comm web out one uid {NOBODY} in both fork {{ in child }} comm db out left }} \
         fork {{ uid {NOBODY} comm db out other comm webber in later }} fork {{ uid 4710 comm web out neighbour }}"
    );
    let scopes = [format!("uid={NOBODY}"), "comm=web*,nginx".to_owned(), "comm!=webs".to_owned()];
    let recorded = Recorded::scoped(&[&scopes[0], &scopes[1], &scopes[2]], &script);
    recorded.has_only("both child later");
    let range = ["uid>=4000", "uid<5000", "not-container"];
    let script = "fork { uid 3999 out a } fork { uid 4000 in b } fork { uid 4999 in c unshare uts in d } fork { uid 5000 out e }";
    // To unshare takes privileges that the user has no more.
    let script = script.replace("unshare uts in d", "fork { in d }");
    Recorded::scoped(&range, &script).has_only("b c d");
}

#[test]
fn the_call_that_leads_out_is_told_of_as_of_who_made_it() {
    let Some(_turn) = machine::turn("the_call_that_leads_out_is_told_of_as_of_who_made_it") else { return };
    if !is_root("the_call_that_leads_out_is_told_of_as_of_who_made_it") {
        return;
    }
    let script = format!(
        "in root fork {{ in child uid {NOBODY} out a fork {{ never b }} }} in again uid 4710 out c exec out out d"
    );
    let recorded = Recorded::scoped(&["uid=0"], &script);
    recorded.has_only("root child again");
    let calls = recorded.capture.query("SELECT ret, uid, ruid, unfinished FROM setresuid ORDER BY boot_ns");
    let shown: Vec<_> = calls.iter().map(|row| (number(row, "ret"), number(row, "uid"), number(row, "ruid"))).collect();
    assert_eq!(shown, [(0, 0, i64::from(NOBODY)), (0, 0, 4710)]);
    // And nothing afterwards, to its end.
    assert_eq!(recorded.capture.number("SELECT count(*) FROM sched_process_exit"), 0);
    assert_eq!(recorded.capture.number("SELECT count(*) FROM contexts WHERE uid IN (4710, 4711) AND flags & 4 = 0"), 0);
}

#[test]
fn the_program_that_leads_out_is_not_in_the_capture() {
    let Some(_turn) = machine::turn("the_program_that_leads_out_is_not_in_the_capture") else { return };
    // By name, which the exec takes from the file; the new arguments stand in the call, which was made inside.
    let capture = Capture::planned();
    let [inside, outside] = programs(&capture, ["web", "db"]);
    let script = "never start exec in in a fork { exec in in b } fork { thread { in c } exec out out d } in e exec out out f sleep 20";
    let script = script.replace("never start", "out start");
    let variables: [(&str, &Path); 2] = [("INSIDER", &inside), ("OUTSIDER", &outside)];
    let recorded = Recorded::by(capture, &["--scope", "comm=web"], &script, &variables);
    assert_eq!(recorded.opened(), ["a", "b", "c", "e"]);
    let names = recorded.capture.query("SELECT DISTINCT comm, exe FROM contexts WHERE flags & 4 = 0");
    assert_eq!((names.len(), text(&names[0], "comm"), text(&names[0], "exe")), (1, "web", inside.to_str().unwrap()));
    let calls = recorded.capture.query("SELECT comm, exe, pathname, ret FROM execve ORDER BY boot_ns");
    let shown: Vec<_> =
        calls.iter().map(|row| (text(row, "comm"), text(row, "pathname"), number(row, "ret"))).collect();
    let (inside, outside) = (inside.to_str().unwrap(), outside.to_str().unwrap());
    assert_eq!(shown, [("web", "", 0), ("web", inside, 0), ("web", outside, 0), ("web", outside, 0)]);
    let executed = recorded.capture.query("SELECT exe_path, prev_comm FROM sched_process_exec ORDER BY boot_ns");
    let shown: Vec<_> = executed.iter().map(|row| (text(row, "exe_path"), text(row, "prev_comm"))).collect();
    // What it was called outside is not for this capture.
    assert_eq!(shown, [(inside, ""), (inside, "web")]);
    assert_eq!(recorded.capture.number("SELECT count(*) FROM processes WHERE argv LIKE '%outsider%'"), 0);
    recorded.capture.verify();
}

// Storms.

/// Names that a storm of so many opens, and the prefix of each.
fn storm(count: usize, prefix: &str) -> BTreeSet<String> {
    (0..count).map(|child| format!("{prefix}{child}")).collect()
}

#[track_caller]
fn is_exactly(recorded: &Recorded, expected: &BTreeSet<String>) {
    let opened = recorded.opened();
    assert_eq!(opened.len(), expected.len());
    assert_eq!(&opened.into_iter().collect::<BTreeSet<_>>(), expected);
    recorded.nothing_from_outside();
}

#[test]
fn storms_in_scope_are_whole_and_those_beside_them_absent() {
    let Some(_turn) = machine::turn("storms_in_scope_are_whole_and_those_beside_them_absent") else { return };
    let beside = "bg { comm-out storm 600 { out s-% } }";
    let inside = "storm 600 { in s-% }";
    let expected = storm(600, "s-");
    for (scopes, script) in [
        (&["container=new"][..], format!("{beside} unshare pid fork {{ {inside} }}")),
        (&["container=started"], format!("{beside} unshare pid fork {{ storm 200 {{ out e-% }} exec in {inside} }}")),
        (&["comm=web", "follow"], format!("{beside} fork {{ comm web storm 600 {{ comm db in s-% }} }}")),
        (&["comm=web"], format!("{beside} fork {{ comm ab storm 600 {{ comm web in s-% comm db out x-% }} }}")),
    ] {
        let recorded = Recorded::scoped(scopes, &script);
        is_exactly(&recorded, &expected);
    }
}

#[test]
fn a_storm_of_new_processes_is_whole() {
    let Some(_turn) = machine::turn("a_storm_of_new_processes_is_whole") else { return };
    let recorded = Recorded::scoped(&["pid=new"], "storm 1000 { in s-% orphan { in o-% } }");
    let expected = storm(1000, "s-").into_iter().chain(storm(1000, "o-")).collect();
    is_exactly(&recorded, &expected);
    // The middle ones, and the command itself.
    let ended = "SELECT count(*) FROM sched_process_exit WHERE process_group_exit = 1";
    assert_eq!(recorded.capture.number(ended), 3001);
}

#[test]
fn a_storm_in_a_tree_from_before_is_whole() {
    let Some(_turn) = machine::turn("a_storm_in_a_tree_from_before_is_whole") else { return };
    let mut inside =
        Beside::start("say ready bg { wait storm 500 { in s-% orphan { in o-% } } } wait storm 500 { in t-% }");
    let mut outside = Beside::start("comm-out say ready wait storm 500 { out s-% orphan { out o-% } }");
    let root = inside.hear("ready");
    outside.hear("ready");
    let recording = Open::start(&["--scope", &format!("tree={root}")]);
    inside.go();
    inside.go();
    outside.go();
    let recorded = recording.stop(inside.ended() + &outside.ended());
    let expected = ["s-", "o-", "t-"].iter().flat_map(|prefix| storm(500, prefix)).collect();
    is_exactly(&recorded, &expected);
    assert_eq!(recorded.capture.number("SELECT count(*) FROM sched_process_exit WHERE process_group_exit = 1"), 2002);
}

// Keyframes.

#[test]
fn each_segment_knows_only_who_is_in_scope() {
    let Some(_turn) = machine::turn("each_segment_knows_only_who_is_in_scope") else { return };
    let script = "bg { comm-out hold out out a sleep 1800 never b } bg { comm web hold in in a sleep 600 in b sleep 1200 in c sleep 900 } \
                  bg { comm web hold in sleep 700 comm db hold out sleep 1000 out d } comm-out sleep 1900";
    let recorded = Recorded::with(&["--scope", "comm=web", "--segment-age", "300ms"], script);
    recorded.has_only("a b c");
    let segments = recorded.capture.segments();
    assert!(segments.len() > 3, "{} segments", segments.len());
    for segment in &segments {
        let rows = |sql: &str| -> Vec<Value> { query(segment, sql) };
        let others = rows("SELECT comm FROM contexts WHERE flags & 4 = 0 AND comm <> 'web'");
        assert!(others.is_empty(), "{}: {others:?}", segment.display());
        assert!(rows("SELECT * FROM contexts WHERE flags & 4 AND (comm <> '' OR exe <> '')").is_empty());
        assert!(rows("SELECT * FROM open_files WHERE path LIKE '%outsider%'").is_empty());
        assert!(rows("SELECT * FROM processes WHERE comm NOT IN ('web', 'db') OR argv LIKE '%outsider%'").is_empty());
    }
    // One of them is there to the end; the last segment may be cut when it has hardly begun.
    for segment in &segments[segments.len() - 3..segments.len() - 1] {
        let files = query(segment, "SELECT count(DISTINCT host_pid) AS n FROM open_files WHERE path LIKE '%insider%'");
        assert_eq!(number(&files[0], "n"), 1, "{}", segment.display());
    }
}

// Policies.

#[test]
fn policies_of_several_files_record_what_any_of_them_asks_for() {
    let Some(_turn) = machine::turn("policies_of_several_files_record_what_any_of_them_asks_for") else { return };
    if !is_root("policies_of_several_files_record_what_any_of_them_asks_for") {
        return;
    }
    let capture = Capture::planned();
    let write = |name: &str, scope: &str| {
        let path = capture.scratch().join(format!("{name}.yaml"));
        let rules = "rules:\n- event: openat\n- event: sched_process_exit\n";
        std::fs::write(&path, format!("name: {name}\nscope:\n{scope}{rules}")).expect("a policy");
        path.display().to_string()
    };
    let users = write("users", &format!("- uid={NOBODY}\n"));
    let names = write("names", "- comm=web\n- follow\n");
    let containers = write("containers", "- container\n- comm=pod\n");
    let script = format!(
        "never root fork {{ uid {NOBODY} in user fork {{ in user-child comm web in user-web uid {NOBODY} }} }} \
         fork {{ comm web in web fork {{ comm db in follower }} comm other out left }} \
         unshare pid fork {{ out container fork {{ comm pod in pod }} }} fork {{ comm pod out no-pod }}"
    );
    // The namespace has ended with its first process: nobody can be made in it.
    let script =
        script.replace("unshare pid", "fork { unshare pid").replace("fork { comm pod out", "} fork { comm pod out");
    let options = ["--policy", &users, "--policy", &names, "--policy", &containers];
    let recorded = Recorded::by(capture, &options, &script, &[]);
    recorded.has_only("user user-child user-web web follower pod");
}

#[test]
fn a_scope_beside_policies_narrows_each() {
    let Some(_turn) = machine::turn("a_scope_beside_policies_narrows_each") else { return };
    let capture = Capture::planned();
    let write = |name: &str| {
        let path = capture.scratch().join(format!("{name}.yaml"));
        std::fs::write(&path, format!("name: {name}\nscope:\n- comm={name}\nrules:\n- event: openat\n"))
            .expect("a policy");
        path.display().to_string()
    };
    let (web, db) = (write("web"), write("db"));
    let options = ["--policy", &web, "--policy", &db, "--scope", "executable=*/scope"];
    let script = "comm web in web fork { in child comm db in db comm other out other } comm other out old";
    Recorded::by(capture, &options, script, &[]).has_only("web child db");
}

#[test]
fn sixty_four_policies_at_once_each_have_their_own_scope() {
    let Some(_turn) = machine::turn("sixty_four_policies_at_once_each_have_their_own_scope") else { return };
    let capture = Capture::planned();
    let policies = capture.scratch().join("policies");
    std::fs::create_dir(&policies).expect("a folder");
    for index in 0..64 {
        let text = format!("name: p{index}\nscope:\n- comm=name-{index}\nrules:\n- event: openat\n");
        std::fs::write(policies.join(format!("{index}.yaml")), text).expect("a policy");
    }
    let folder = policies.display().to_string();
    let script = "comm name-64 out a comm name-63 in last comm name-0 in first comm name-6 in other comm name- out b";
    Recorded::by(capture, &["--policy", &folder], script, &[]).has_only("last first other");
}

// Bad input.

#[test]
fn a_scope_that_cannot_be_is_one_line_and_no_capture() {
    let Some(_turn) = machine::turn("a_scope_that_cannot_be_is_one_line_and_no_capture") else { return };
    let long = format!("executable=/{}", "x".repeat(300));
    let many = format!("pid={}", (1..1100).map(|pid| pid.to_string()).collect::<Vec<_>>().join(","));
    for (scopes, told) in [
        (&["usr=1"][..], "uid"),
        (&["uid"], "uid"),
        (&[""], "scope"),
        (&["uid="], "uid"),
        (&["uid=root"], "root"),
        (&["uid=4294967296"], "4294967296"),
        (&["pid=-1"], "-1"),
        (&["comm<a"], "<"),
        (&["comm=a*b"], "a*b"),
        (&["comm=this-name-is-too-long"], "15"),
        (&["tree=2147483646"], "no such process"),
        (&["container=no-such-container"], "no-such-container"),
        (&["uid=1", "uid=2"], "uid"),
        (&["global", "uid=0"], "global"),
        (&["executable=relative"], "relative"),
        (&[&long], "256"),
        (&[&many], "10"),
    ] {
        let capture = Capture::planned();
        let witness = capture.scratch().join("ran");
        let command = ["touch".as_ref(), witness.as_os_str()];
        let finished: Finished = process::run(&mut capture.recorder(&scope_options(scopes), &command), LIMIT);
        assert_eq!(finished.code(), 125, "{scopes:?}: {}", finished.stderr);
        assert_eq!(finished.stderr.lines().count(), 1, "{scopes:?}: {}", finished.stderr);
        assert!(finished.stderr.len() < 1000 && finished.stderr.contains(told), "{scopes:?}: {}", finished.stderr);
        assert!(!capture.path.exists(), "{scopes:?} leaves a capture");
        assert!(!witness.exists(), "{scopes:?}: the command ran unrecorded");
    }
}

#[test]
fn without_a_command_too_a_scope_that_cannot_be_leaves_nothing() {
    let Some(_turn) = machine::turn("without_a_command_too_a_scope_that_cannot_be_leaves_nothing") else { return };
    for scope in ["tree=2147483646", "container=no-such-container", "usr=1"] {
        let capture = Capture::planned();
        let mut recorder = tracee();
        recorder.args(["record", "--duration", "1s", "-o"]).arg(&capture.path).args(["--scope", scope]);
        let finished = process::run(&mut recorder, LIMIT);
        assert_ne!(finished.code(), 0, "{scope}");
        assert_eq!(finished.stderr.lines().count(), 1, "{scope}: {}", finished.stderr);
        assert!(!capture.path.exists(), "{scope} leaves a capture");
    }
}
