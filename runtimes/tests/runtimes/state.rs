//! State files of runc and crun, as runc 1.1 writes them, and what people could put in their place.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use runtimes::{Answer, Endpoint, Kind, Limits, Runtime, Runtimes, Trouble};

use crate::runtimes::docker::{ID, VERSION, inspected, listed};
use crate::runtimes::stand_in::{Reply, StandIn};

/// This process, which runs, as (pid, start).
fn this() -> (u32, u64) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let after = stat.rsplit(')').next().unwrap();
    (std::process::id(), after.split_whitespace().nth(19).unwrap().parse().unwrap())
}

fn state(id: &str, pid: u32, start: u64) -> String {
    format!(
        r#"{{"id":"{id}","init_process_pid":{pid},"init_process_start":{start},"created":"2026-11-22T21:29:26.820023664Z",
        "config":{{"rootfs":"/b/rootfs","labels":["io.kubernetes.cri.container-name=x","bundle=/b"]}},"rootless":false,
        "cgroup_paths":{{"":"/sys/fs/cgroup/unified/{id}","cpuset":"/sys/fs/cgroup/cpuset/{id}"}}}}"#
    )
}

fn put(root: &Path, id: &str, text: &str) {
    fs::create_dir_all(root.join(id)).unwrap();
    fs::write(root.join(id).join("state.json"), text).unwrap();
}

fn runtimes(kind: Kind, path: &Path) -> Runtimes {
    Runtimes::new(vec![Endpoint::new(kind, path)], Limits::default())
}

fn ids(answer: &Answer) -> Vec<&str> {
    answer.containers.iter().map(|told| &*told.id).collect()
}

#[test]
fn runc_without_a_daemon_tells_pid_bundle_and_cgroups() {
    let root = tempfile::tempdir().unwrap();
    let (pid, start) = this();
    put(root.path(), "web", &state("web", pid, start));
    put(root.path(), "gone", &state("gone", pid, start + 1));
    fs::create_dir(root.path().join("empty")).unwrap();
    let runtimes = runtimes(Kind::Runc, root.path());
    let list = runtimes.list();
    assert_eq!((ids(&list), &list.warnings[..]), (vec!["gone", "web"], &[][..]));
    assert_eq!(
        (list.containers[0].running, list.containers[0].init_pid),
        (Some(false), None),
        "another process by now"
    );
    for answer in [runtimes.describe("web", None), runtimes.find("web")] {
        let [web] = &answer.containers[..] else { panic!("{answer:?}") };
        assert_eq!((web.runtime, web.name.as_deref()), (Runtime::Runc, Some("web")));
        assert_eq!((web.running, web.init_pid), (Some(true), Some(pid)));
        assert_eq!(web.bundle.as_deref(), Some("/b"));
        assert_eq!(web.cgroup_paths[""], "/sys/fs/cgroup/unified/web");
        assert_eq!(web.pod_container.as_deref(), Some("x"));
        assert_eq!(web.created_ns, Some(1_795_382_966_820_023_664));
        assert!(!web.of_a_user);
    }
    assert_eq!(runtimes.describe("nobody", None), Answer::default());
}

#[test]
fn a_directory_above_is_the_namespace_of_docker_or_containerd() {
    let root = tempfile::tempdir().unwrap();
    for (namespace, id) in [("moby", "a1"), ("k8s.io", "b2"), ("default", "c3")] {
        put(&root.path().join(namespace), id, &state(id, 1, 1));
    }
    let runtimes = runtimes(Kind::Runc, root.path());
    let list = runtimes.list();
    assert!(list.containers.iter().all(|told| told.name.as_deref() == Some("x")), "as in the pod");
    let told: Vec<_> = list.containers.iter().map(|c| (&*c.id, c.runtime, c.namespace.as_deref().unwrap())).collect();
    let containerd = Runtime::Containerd;
    assert_eq!(told, [("c3", containerd, "default"), ("b2", containerd, "k8s.io"), ("a1", Runtime::Docker, "moby")]);
    assert_eq!(ids(&runtimes.describe("b2", Some(Runtime::Containerd))), ["b2"]);
}

#[test]
fn crun_tells_the_same_in_other_words() {
    let root = tempfile::tempdir().unwrap();
    let (pid, start) = this();
    fs::create_dir(root.path().join("web")).unwrap();
    let text = format!(
        r#"{{"pid":{pid},"process-start-time":{start},"cgroup-path":"/web","scope":"","bundle":"/b","created":"2026-11-22T21:29:26Z"}}"#
    );
    fs::write(root.path().join("web/status"), text).unwrap();
    let answer = runtimes(Kind::Crun, root.path()).list();
    let [web] = &answer.containers[..] else { panic!("{answer:?}") };
    assert_eq!((web.runtime, web.init_pid, web.bundle.as_deref()), (Runtime::Crun, Some(pid), Some("/b")));
    assert_eq!(web.cgroup_paths[""], "/web");
}

#[test]
fn nothing_but_regular_files_inside_is_read() {
    let root = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    put(outside.path(), "secret", &state("secret", 1, 1));
    put(root.path(), "good", &state("good", 1, 1));
    symlink(outside.path().join("secret"), root.path().join("secret")).unwrap();
    symlink(outside.path(), root.path().join("moby")).unwrap();
    fs::create_dir(root.path().join("link")).unwrap();
    symlink(outside.path().join("secret/state.json"), root.path().join("link/state.json")).unwrap();
    fs::create_dir(root.path().join("pipe")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, root.path().join("pipe/state.json"), 0o600.into()).unwrap();
    fs::create_dir_all(root.path().join("dir/state.json")).unwrap();
    put(root.path(), "other", &state("good", 1, 1));
    put(root.path(), "junk", "{\"id\":");
    put(root.path(), "deep", &"[".repeat(1 << 20));
    put(root.path(), "a b\x1b[2J", &state("a", 1, 1));
    put(root.path(), "big", "");
    let big = fs::File::create(root.path().join("big/state.json")).unwrap();
    big.set_len(1 << 40).unwrap();

    let runtimes = runtimes(Kind::Runc, root.path());
    let started = Instant::now();
    let list = runtimes.list();
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!(ids(&list), ["good"]);
    let troubles: Vec<_> = list.warnings.iter().map(|warning| warning.trouble).collect();
    assert_eq!(troubles.iter().filter(|trouble| **trouble == Trouble::TooLarge).count(), 1, "{:?}", list.warnings);
    assert_eq!(troubles.iter().filter(|trouble| **trouble == Trouble::WrongId).count(), 1, "{:?}", list.warnings);
    assert_eq!(troubles.len(), 8, "{:?}", list.warnings);
    assert!(list.warnings.iter().all(|warning| !warning.to_string().contains('\x1b')));
    for id in ["secret", "link", "pipe"] {
        assert_eq!(runtimes.describe(id, None).containers, [], "{id}");
    }
    assert_eq!(runtimes.describe("../../etc", None).warnings[0].trouble, Trouble::Refused);
}

#[test]
fn a_user_cannot_speak_for_a_container_of_the_host() {
    let users = tempfile::tempdir().unwrap();
    let (pid, start) = this();
    put(&users.path().join("1000/runc"), ID, &state(ID, pid, start));
    put(&users.path().join("1000/runc"), "own", &state("own", pid, start));
    let docker = StandIn::http(|target| match target {
        "/version" => Reply::json(VERSION),
        "/containers/json?all=1" => Reply::json(format!("[{}]", listed(ID, "one"))),
        _ => Reply::json(inspected(ID, "one").replace("12707", "0")),
    });
    let endpoints = vec![Endpoint::new(Kind::Users, users.path()), Endpoint::new(Kind::Docker, docker.path())];
    let list = Runtimes::new(endpoints, Limits::default()).list();
    assert_eq!(ids(&list), [ID, "own"]);
    assert_eq!((list.containers[0].runtime, list.containers[0].init_pid), (Runtime::Docker, None));
    assert!(list.containers[0].cgroup_paths.is_empty());
    assert!(list.containers[1].of_a_user);
    assert_eq!(list.containers[1].source, format!("runc:{}/1000/runc", users.path().display()));
}

#[test]
fn docker_and_its_state_file_fill_each_other() {
    let root = tempfile::tempdir().unwrap();
    let (pid, start) = this();
    put(&root.path().join("moby"), ID, &state(ID, pid, start));
    let docker = StandIn::http(|target| match target {
        "/version" => Reply::json(VERSION),
        _ if target.starts_with("/images/") => Reply::missing(),
        _ => Reply::json(inspected(ID, "one").replace("12707", "0")),
    });
    let endpoints = vec![Endpoint::new(Kind::Runc, root.path()), Endpoint::new(Kind::Docker, docker.path())];
    let answer = Runtimes::new(endpoints, Limits::default()).describe(ID, Some(Runtime::Docker));
    let [told] = &answer.containers[..] else { panic!("{answer:?}") };
    assert_eq!((told.name.as_deref(), told.init_pid), (Some("one"), Some(pid)));
    assert_eq!(told.namespace.as_deref(), Some("moby"));
    assert!(told.source.starts_with("docker:"));
}
