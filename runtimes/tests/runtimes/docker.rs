//! The Docker Engine API, answered as Docker 20.10 and Podman 4 answer it.

use runtimes::{Endpoint, Kind, Limits, Runtime, Runtimes, Trouble};

use crate::runtimes::stand_in::{Reply, StandIn};

pub(crate) const ID: &str = "1c268848594ca8cc29482f1af50b8ab5b5751117ca0d69c4fe80a67ea8367f65";
const IMAGE: &str = "sha256:fbcb8b4f11a78a5aaab57473da0e871f383cea25c67ec9c58a82842161c85d93";
pub(crate) const VERSION: &str =
    r#"{"Platform":{"Name":""},"Components":[{"Name":"Engine","Details":{"Os":"linux"}}]}"#;

pub(crate) fn listed(id: &str, name: &str) -> String {
    format!(
        r#"{{"Id":"{id}","Names":["/other/link","/{name}"],"Image":"busybox:test","ImageID":"{IMAGE}","Created":1795382893,
        "Labels":{{"a.b":"c"}},"State":"running","Ports":[],"HostConfig":{{"NetworkMode":"none"}}}}"#
    )
}

pub(crate) fn inspected(id: &str, name: &str) -> String {
    format!(
        r#"{{"Id":"{id}","Created":"2026-11-22T21:28:13.669983631Z","Path":"/bin/sleep","State":{{"Status":"running",
        "Running":true,"Pid":12707,"StartedAt":"2026-11-22T21:28:13.846287934Z","FinishedAt":"0001-01-01T00:00:00Z"}},
        "Image":"{IMAGE}","Name":"/{name}","ExecIDs":null,"Config":{{"Image":"busybox:test","Labels":{{"a.b":"c"}}}}}}"#
    )
}

fn answer(target: &str, version: &str) -> Reply {
    match target {
        "/version" => Reply::json(version),
        "/containers/json?all=1" => Reply::json(format!("[{}]", listed(ID, "one"))),
        _ if target == format!("/containers/{ID}/json") || target == format!("/containers/{}/json", &ID[..12]) => {
            Reply::json(inspected(ID, "one")).chunked()
        }
        _ if target == format!("/images/{IMAGE}/json") => Reply::json(format!(
            r#"{{"Id":"{IMAGE}","RepoTags":["busybox:test"],"RepoDigests":["elsewhere/b@sha256:22","busybox@sha256:11"]}}"#
        )),
        _ => Reply::missing(),
    }
}

#[test]
fn docker_tells_everything_of_a_container() {
    let docker = StandIn::http(|target| answer(target, VERSION));
    let runtimes = docker.runtimes(Kind::Docker);
    for answer in [
        runtimes.list(),
        runtimes.describe(ID, None),
        runtimes.describe(&ID[..12], Some(Runtime::Docker)),
        runtimes.find("one"),
        runtimes.find(ID),
    ] {
        assert_eq!(answer.warnings, []);
        let [told] = &answer.containers[..] else { panic!("{answer:?}") };
        assert_eq!((told.runtime, &*told.id), (Runtime::Docker, ID));
        assert_eq!(told.source, format!("docker:{}", docker.path().display()));
        assert_eq!(told.name.as_deref(), Some("one"));
        assert_eq!(told.image.as_deref(), Some("busybox:test"));
        assert_eq!(told.image_id.as_deref(), Some(IMAGE));
        assert_eq!(told.image_digest.as_deref(), Some("busybox@sha256:11"), "that of its own repository");
        assert_eq!(told.labels.get("a.b").map(String::as_str), Some("c"));
        assert_eq!(told.created_ns, Some(1_795_382_893_669_983_631));
        assert_eq!(told.started_ns, Some(1_795_382_893_846_287_934));
        assert_eq!((told.running, told.init_pid), (Some(true), Some(12707)));
        assert_eq!((told.pod_sandbox, told.pod_name.as_deref()), (None, None));
        assert!(told.cut.is_empty());
    }
    assert_eq!(docker.connections(), 5, "one connection for each question");
}

#[test]
fn what_nobody_knows_is_no_warning() {
    let docker = StandIn::http(|target| answer(target, VERSION));
    let runtimes = docker.runtimes(Kind::Docker);
    assert_eq!(runtimes.describe(&"f".repeat(64), None), Default::default());
    assert_eq!(runtimes.find("two"), Default::default());
}

#[test]
fn podman_is_told_from_docker_by_what_it_says_of_itself() {
    let podman =
        StandIn::http(|target| answer(target, r#"{"Components":[{"Name":"Podman Engine"},{"Name":"Conmon"}]}"#));
    assert_eq!(podman.runtimes(Kind::Docker).list().containers[0].runtime, Runtime::Podman);
}

#[test]
fn a_hint_asks_others_only_when_its_own_do_not_know() {
    let first = StandIn::http(|target| answer(target, VERSION));
    let second = StandIn::grpc(|_, _| panic!("not asked for Docker's"));
    let endpoints = || vec![Endpoint::new(Kind::Docker, first.path()), Endpoint::new(Kind::Cri, second.path())];
    let runtimes = Runtimes::new(endpoints(), Limits::default());
    assert_eq!(runtimes.describe(ID, Some(Runtime::Docker)).containers.len(), 1);
    assert_eq!(second.connections(), 0);
    assert_eq!(runtimes.describe(&"e".repeat(64), Some(Runtime::Docker)).containers.len(), 0);
    assert_eq!(second.connections(), 1);
    let answer = runtimes.describe(ID, Some(Runtime::Crio));
    assert_eq!(answer.containers.len(), 1);
    assert_eq!(answer.warnings[0].trouble, Trouble::Unreachable);
}
