//! Containers of a real dockerd, one for all tests here, with folders of its own. Only what it and its containers do is
//! recorded.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::{
    assert_nothing_from_outside, assert_ran, can_make_containers, cgroup_mounts, containers, make_root, only, tool,
};
use crate::capture::{Capture, LIMIT, number, text, tracee};
use crate::machine;
use crate::process::{self, Finished};
use crate::recording::{start, stop};

const IMAGE: &str = "tracee-test:1";
static DOCKER: OnceLock<Docker> = OnceLock::new();

struct Docker {
    folder: PathBuf,
    pid: u32,
    /// Control groups that were there before.
    groups: BTreeSet<PathBuf>,
}

/// The daemon; `None` where there can be none.
fn docker(test: &str) -> Option<&'static Docker> {
    can_make_containers(test).then(|| DOCKER.get_or_init(Docker::begin))
}

/// Groups that dockerd makes its containers' in, in each hierarchy.
fn docker_groups() -> BTreeSet<PathBuf> {
    let groups = cgroup_mounts().into_iter().map(|(mount, ..)| mount.join("docker"));
    groups.filter(|group| group.exists()).collect()
}

extern "C" fn end_docker() {
    if let Some(docker) = DOCKER.get() {
        docker.end();
    }
}

impl Docker {
    fn begin() -> Docker {
        let folder = tempfile::Builder::new().prefix("tracee-docker-").tempdir().expect("a temporary directory").keep();
        let groups = docker_groups();
        let mut daemon = Command::new(tool("setpriv", "util-linux"));
        // Ends with the thread that starts it, so also when this program is killed.
        daemon.args(["--pdeathsig", "TERM"]).arg(tool("dockerd", "docker.io"));
        daemon.args(["--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs"]);
        for (option, name) in [("--data-root", "data"), ("--exec-root", "exec"), ("--pidfile", "pid")] {
            daemon.arg(option).arg(folder.join(name));
        }
        daemon.arg("-H").arg(format!("unix://{}", folder.join("sock").display()));
        let log = std::fs::File::create(folder.join("log")).expect("a log");
        daemon.stdin(Stdio::null()).stdout(log.try_clone().expect("a log")).stderr(log);
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let mut daemon = daemon.spawn().expect("dockerd starts");
            sender.send(daemon.id()).expect("somebody waits");
            let _ = daemon.wait();
        });
        let docker = Docker { folder, pid: receiver.recv().expect("dockerd starts"), groups };
        process::at_exit(end_docker);
        process::wait_until("dockerd answers", || docker.answers());
        make_root(&docker.folder.join("root"));
        let archive = docker.folder.join("root.tar");
        let packed = process::run(
            Command::new("tar").arg("-C").arg(docker.folder.join("root")).arg("-cf").arg(&archive).arg("."),
            LIMIT,
        );
        assert!(packed.status.success(), "{}", packed.stderr);
        docker.run(&["import", archive.to_str().expect("a path"), IMAGE]);
        docker
    }

    fn answers(&self) -> bool {
        assert!(process::exists(self.pid), "dockerd ended: {}", self.log());
        let Ok(mut stream) = UnixStream::connect(self.folder.join("sock")) else { return false };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
        let mut answer = String::new();
        stream.write_all(b"GET /_ping HTTP/1.0\r\n\r\n").is_ok()
            && stream.read_to_string(&mut answer).is_ok()
            && answer.contains("OK")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(tool("docker", "docker.io"));
        command.env("DOCKER_HOST", format!("unix://{}", self.folder.join("sock").display()));
        command
    }

    fn attempt(&self, arguments: &[&str]) -> Finished {
        process::run(self.command().args(arguments), LIMIT)
    }

    /// What the client prints.
    fn run(&self, arguments: &[&str]) -> String {
        let finished = self.attempt(arguments);
        assert!(finished.status.success(), "docker {arguments:?}: {}", finished.stderr);
        finished.stdout_text().trim().to_owned()
    }

    fn runtime(&self) -> String {
        format!("docker:{}", self.folder.join("sock").display())
    }

    /// What the daemon's descendants do and nobody else's.
    fn tree(&self) -> String {
        format!("tree={}", self.pid)
    }

    fn end(&self) {
        let ids = self.attempt(&["ps", "-aq"]).stdout_text();
        let ids: Vec<&str> = ids.split_whitespace().collect();
        if !ids.is_empty() {
            self.attempt(&[&["rm", "-f"], &ids[..]].concat());
        }
        if process::exists(self.pid) {
            process::signal(self.pid, libc::SIGTERM);
            for _ in 0..300 {
                if !process::exists(self.pid) {
                    break;
                }
                thread::sleep(Duration::from_millis(50));
            }
        }
        docker_groups().difference(&self.groups).for_each(|group| super::remove_groups(group));
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A container, removed with this.
struct Container<'a> {
    docker: &'a Docker,
    name: String,
    id: String,
}

impl<'a> Container<'a> {
    /// One that runs until it is removed.
    fn start(docker: &'a Docker, name: &str) -> Container<'a> {
        let name = format!("{name}-{}", std::process::id());
        let id = docker.run(&[
            "run",
            "-d",
            "--network=none",
            "--name",
            &name,
            "--hostname",
            &name,
            "--label",
            "a.b=c",
            IMAGE,
            "/bin/sh",
            "-c",
            FOREVER,
        ]);
        Container { docker, name, id }
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        self.docker.attempt(&["rm", "-f", &self.name]);
    }
}

const FOREVER: &str = "while :; do sleep 0.1; done";

#[test]
fn a_container_that_ran_before_is_in_the_keyframe_and_nothing_else_is() {
    const TEST: &str = "a_container_that_ran_before_is_in_the_keyframe_and_nothing_else_is";
    let Some(_turn) = machine::turn(TEST) else { return };
    let Some(docker) = docker(TEST) else { return };
    let (one, _other) = (Container::start(docker, "one"), Container::start(docker, "other"));
    let host_pid: i64 = docker.run(&["inspect", "-f", "{{.State.Pid}}", &one.name]).parse().expect("a number");
    let by_name = format!("container={}", one.name);
    let by_id = format!("container={}", &one.id[..12]);
    let uts = format!("uts={}", one.name);
    for scopes in [&["--scope", &*by_name][..], &["--scope", &by_id], &["--scope", "container", "--scope", &uts]] {
        let capture = Capture::planned();
        let runtime = docker.runtime();
        let recorder = start(&capture, &[scopes, &["--runtime", &runtime]].concat());
        process::let_pass(Duration::from_millis(700));
        stop(recorder);
        assert_nothing_from_outside(&capture, &[&one.id]);
        let row = only(containers(&capture.path));
        assert_eq!((text(&row, "container_id"), text(&row, "name")), (&*one.id, &*one.name), "{row}");
        assert_eq!((text(&row, "image"), text(&row, "runtime")), (IMAGE, "docker"), "{row}");
        assert_eq!((text(&row, "labels"), number(&row, "is_new")), (r#"{"a.b":"c"}"#, 0), "{row}");
        assert!(row["why_not"].is_null() && !row["image_id"].is_null(), "{row}");
        let first =
            only(capture.query(&format!("select * from processes where container_id = '{}' and pid = 1", one.id)));
        assert_eq!(number(&first, "host_pid"), host_pid, "{first}");
        assert_eq!(text(&first, "argv"), format!("/bin/sh -c '{FOREVER}'"), "{first}");
        assert_eq!(text(&first, "uts_name"), one.name, "{first}");
        let slept = capture.number(r#"select count(*) from sched_process_exec where argv = '["sleep","0.1"]'"#);
        assert!(slept >= 3, "{scopes:?}: {slept} programs executed");
        capture.verify();
    }
}

/// Records what the daemon's tree does meanwhile, as far as it is in these scopes.
fn record(docker: &Docker, options: &[&str], meanwhile: impl FnOnce()) -> Capture {
    let capture = Capture::planned();
    let (runtime, tree) = (docker.runtime(), docker.tree());
    let recorder = start(&capture, &[&["--scope", &*tree, "--runtime", &*runtime], options].concat());
    meanwhile();
    stop(recorder);
    capture.verify();
    capture
}

fn row_named<'a>(rows: &'a [Value], name: &str) -> &'a Value {
    rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name} in {rows:#?}"))
}

#[test]
fn two_new_containers_at_once_are_told_apart_and_described() {
    const TEST: &str = "two_new_containers_at_once_are_told_apart_and_described";
    let Some(_turn) = machine::turn(TEST) else { return };
    let Some(docker) = docker(TEST) else { return };
    let _before = Container::start(docker, "before");
    let names = ["red", "blue"];
    let script = |name: &str| format!("sleep 0.7; sh -c 'echo {name} $$; exit 5'; exit 3");
    let mut told = Vec::new();
    let capture = record(docker, &["-c"], || {
        let clients = names.map(|name| {
            let mut client = docker.command();
            client.args(["run", "--network=none", "--name", name, "--hostname", name, "--label"]);
            client.arg(format!("colour={name}")).args([IMAGE, "/bin/sh", "-c", &script(name)]);
            client.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("docker runs")
        });
        for client in clients {
            let finished = process::finish(client, LIMIT);
            assert_eq!(finished.code(), 3, "{}", finished.stderr);
            told.push(finished.stdout_text());
        }
    });
    let rows = containers(&capture.path);
    assert_eq!(rows.len(), 2, "{rows:#?}");
    let ids = names.map(|name| docker.run(&["inspect", "-f", "{{.Id}}", name]));
    docker.run(&["rm", "red", "blue"]);
    assert_nothing_from_outside(&capture, &ids.each_ref().map(String::as_str));
    for ((name, id), told) in names.iter().zip(&ids).zip(&told) {
        let row = row_named(&rows, name);
        assert_eq!((text(row, "container_id"), text(row, "image")), (&**id, IMAGE), "{row}");
        assert_eq!((text(row, "labels"), number(row, "is_new")), (&*format!(r#"{{"colour":"{name}"}}"#), 1), "{row}");
        assert!(row["why_not"].is_null() && number(row, "created_ns") > 0, "{row}");
        assert_ran(&capture, id, 1, &["/bin/sh", "-c", &script(name)], 3);
        let child = told.trim().strip_prefix(&format!("{name} ")).expect("what the child said");
        let of = format!("from processes where container_id = '{id}' and pid = {child}");
        assert_eq!(capture.number(&format!("select exit_code {of}")), 5, "{name}");
        assert_eq!(capture.number(&format!("select ppid {of}")), 1, "{name}");
        // Its own host name, from when the runtime has set it until the end.
        let elsewhere = names.iter().filter(|other| *other != name).map(|other| {
            capture.number(&format!("select count(*) from events where container_id = '{id}' and uts_name = '{other}'"))
        });
        assert_eq!(elsewhere.sum::<i64>(), 0, "{name}");
        let own = format!("select count(*) from events where container_id = '{id}' and uts_name = '{name}'");
        assert!(capture.number(&own) > 20, "{name}");
    }
}

#[test]
fn what_is_in_no_container_is_all_but_the_containers() {
    const TEST: &str = "what_is_in_no_container_is_all_but_the_containers";
    let Some(_turn) = machine::turn(TEST) else { return };
    let Some(docker) = docker(TEST) else { return };
    let capture = record(docker, &["--scope", "not-container"], || {
        docker.run(&["run", "--rm", "--network=none", IMAGE, "/bin/sh", "-c", "/bin/true from-inside; /bin/sleep 0.2"]);
    });
    let inside = capture.query("select event, comm, container_id from events where container_id is not null");
    assert!(inside.is_empty(), "{} rows, the first: {}", inside.len(), inside[0]);
    assert_eq!(
        capture.number(
            "select count(*) from sched_process_exec where argv like '%from-inside%' and argv not like '%runc%'"
        ),
        0
    );
    for program in ["containerd-shim%", "runc"] {
        let sql = format!("select count(*) from sched_process_exec where exe_path like '%/{program}'");
        assert!(capture.number(&sql) > 0, "{program}");
    }
    // The client is none of the daemon's descendants, so it is recorded as a command of its own.
    let command: Vec<std::ffi::OsString> = [
        "env".into(),
        format!("DOCKER_HOST=unix://{}", docker.folder.join("sock").display()).into(),
        tool("docker", "docker.io").into_os_string(),
    ]
    .into_iter()
    .chain(["run", "--rm", "--network=none", IMAGE, "/bin/true"].map(Into::into))
    .collect();
    let client = Capture::record(&["--scope", "not-container", "--runtime", &docker.runtime()], &command);
    assert!(client.number("select count(*) from events where comm = 'docker'") > 100);
    assert_eq!(client.number("select count(*) from events where container_id is not null"), 0);
    assert_eq!(client.number("select count(*) from containers"), 0);
}

#[test]
fn a_container_that_only_runs_true_is_named_or_says_why_not() {
    const TEST: &str = "a_container_that_only_runs_true_is_named_or_says_why_not";
    let Some(_turn) = machine::turn(TEST) else { return };
    let Some(docker) = docker(TEST) else { return };
    let capture = record(docker, &["-c"], || {
        docker.run(&["run", "--rm", "--network=none", "--name", "moment", IMAGE, "/bin/true", "moment"]);
    });
    let row = only(containers(&capture.path));
    assert_ran(&capture, text(&row, "container_id"), 1, &["/bin/true", "moment"], 0);
    let named = text(&row, "name") == "moment" && text(&row, "image") == IMAGE && row["why_not"].is_null();
    let says_why_not = row["name"].is_null() && text(&row, "why_not").contains("no runtime kn");
    assert!(named || says_why_not, "{row}");
    println!("named: {named}");
}

/// The table as bytes, asked where nothing of this host's runtimes can be reached.
fn asked_far_away(docker: &Docker, capture: &Path) -> Vec<u8> {
    let hidden = docker.folder.display();
    let script = format!("mount -t tmpfs none /run && mount -t tmpfs none '{hidden}' && exec \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["-m", "-n", "--", "sh", "-c", &script, "sh"]).arg(crate::capture::binary());
    ask(command.arg("query").arg(capture))
}

fn ask(command: &mut Command) -> Vec<u8> {
    let sql = "select * from containers order by container_id";
    let finished = process::run(command.arg(sql).args(["--output", "json"]).env_remove("DOCKER_HOST"), LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    finished.stdout
}

#[test]
fn containers_are_the_same_where_there_is_no_runtime_any_more() {
    const TEST: &str = "containers_are_the_same_where_there_is_no_runtime_any_more";
    let Some(_turn) = machine::turn(TEST) else { return };
    let Some(docker) = docker(TEST) else { return };
    let capture = Capture::planned();
    let runtime = docker.runtime();
    let container = Container::start(docker, "gone");
    let scope = format!("container={}", container.name);
    let recorder = start(&capture, &["--scope", &scope, "--runtime", &runtime]);
    process::let_pass(Duration::from_millis(700));
    stop(recorder);
    let before = ask(tracee().arg("query").arg(&capture.path));
    let name = container.name.clone();
    drop(container);
    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    for segment in capture.segments() {
        std::fs::copy(&segment, elsewhere.path().join(segment.file_name().expect("a name"))).expect("a copy");
    }
    let after = asked_far_away(docker, elsewhere.path());
    assert!(String::from_utf8_lossy(&before).contains(&name));
    assert!(before == after, "{}\n{}", String::from_utf8_lossy(&before), String::from_utf8_lossy(&after));
}
