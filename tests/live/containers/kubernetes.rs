//! Control groups called as Kubernetes' runtimes call those of their containers, with a process in each; no kubelet, and
//! a stand-in for the runtime.

use std::path::PathBuf;

use prost::Message;

use super::cri_messages::{
    Asked, Container, ContainerMetadata, ContainerStatus, ContainerStatusResponse, Containers, Image, ImageSpec,
    ImageStatusResponse, Sandbox, SandboxMetadata, SandboxStatus, SandboxStatusResponse, Sandboxes, Version,
};
use super::stand_in::{Called, StandIn};
use super::{Groups, assert_nothing_from_outside, assert_ran, can_make_containers, containers, id, only, shell, words};
use crate::capture::{Capture, number, text};
use crate::machine;

const UID: &str = "0ab4c9d2-17fe-4a52-8d3b-6c1f0e9a7b35";

/// Goes into each group in turn and executes there a program that names it.
const VISIT: &str = r#"for group in "$@"; do sh -c 'echo $$ >"$1/cgroup.procs"; exec true "$1"' sh "$group"; done"#;

/// Groups in the ways that they are named: path, runtime as far as that tells it, whether it is in a pod.
fn named() -> [(String, Option<&'static str>, bool); 6] {
    let slice =
        format!("kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{}.slice", UID.replace('-', "_"));
    [
        (format!("{slice}/cri-containerd-{}.scope", id('1')), Some("containerd"), true),
        (format!("{slice}/crio-{}.scope", id('2')), Some("crio"), true),
        (format!("kubepods/burstable/pod{UID}/{}", id('3')), None, true),
        (format!("kubepods/pod{UID}/crio-{}", id('4')), Some("crio"), true),
        (
            format!("system.slice/a.service/kubepods-besteffort-pod{UID}.slice:cri-containerd:{}", id('5')),
            Some("containerd"),
            false,
        ),
        (format!("docker/{}", id('6')), Some("docker"), false),
    ]
}

#[test]
fn control_groups_tell_the_container_and_the_pod_from_the_first_event_in_them() {
    const TEST: &str = "control_groups_tell_the_container_and_the_pod_from_the_first_event_in_them";
    let Some(_turn) = machine::turn(TEST) else { return };
    if !can_make_containers(TEST) {
        return;
    }
    let groups = Groups::new("pods");
    let named = named();
    let folders: Vec<PathBuf> = named.iter().map(|(path, ..)| groups.make(path)).collect();
    // Within a container's own group, as systemd in a container makes them.
    let within = groups.make(&format!("{}/init.scope", named[0].0));
    let leave = format!("{VISIT}; rmdir \"$3\"");
    let visited = [&folders[..], std::slice::from_ref(&within)].concat();
    let capture = Capture::record(&["--runtime", "none"], &shell(&leave, visited));
    let rows = containers(&capture.path);
    assert_eq!(rows.len(), named.len(), "{rows:#?}");
    for ((row, (path, runtime, in_pod)), (digit, folder)) in rows.iter().zip(&named).zip(('1'..).zip(&folders)) {
        assert_eq!(text(row, "container_id"), id(digit), "{row}");
        assert!(text(row, "cgroup_path").ends_with(&format!("/{path}")), "{row}");
        assert_eq!(row["runtime"].as_str(), *runtime, "{row}");
        assert_eq!(row["pod_uid"].as_str(), in_pod.then_some(UID), "{row}");
        assert!(row["pid_ns"].is_null() && row["name"].is_null(), "{row}");
        assert!(text(row, "why_not").contains("no runtime"), "{row}");
        // The groups were made before.
        assert_eq!(number(row, "is_new"), 0, "{row}");
        assert_eq!(!row["removed_ns"].is_null(), digit == '3', "{row}");
        let inode = std::fs::metadata(folder).map(|data| std::os::unix::fs::MetadataExt::ino(&data)).ok();
        assert!(inode.is_none_or(|inode| number(row, "cgroup_id") == inode as i64), "{row}");
        let exec = only(capture.query(&format!(
            "select container_id, cgroup_id from sched_process_exec where argv = '{}'",
            words(&["true", &folder.display().to_string()])
        )));
        assert_eq!(text(&exec, "container_id"), id(digit), "{exec}");
    }
    let exec = only(capture.query(&format!(
        "select container_id from sched_process_exec where argv = '{}'",
        words(&["true", &within.display().to_string()])
    )));
    assert_eq!(text(&exec, "container_id"), id('1'));
    // Each shell came from outside, and its write was the last that it did there.
    let before =
        r#"select count(*) from sched_process_exec where argv like '["sh","-c",%' and container_id is not null"#;
    assert_eq!(capture.number(before), 0);
    let pod = only(capture.query("select * from pods"));
    assert_eq!((text(&pod, "pod_uid"), number(&pod, "containers")), (UID, 4), "{pod}");
    assert_eq!(capture.number("select count(*) from losses"), 0);
    capture.verify();
}

#[test]
fn one_container_by_the_first_digits_of_its_id_is_recorded_from_when_somebody_joins_it() {
    const TEST: &str = "one_container_by_the_first_digits_of_its_id_is_recorded_from_when_somebody_joins_it";
    let Some(_turn) = machine::turn(TEST) else { return };
    if !can_make_containers(TEST) {
        return;
    }
    let groups = Groups::new("one");
    let folders: Vec<PathBuf> = named().iter().map(|(path, ..)| groups.make(path)).collect();
    let scope = format!("container={}", &id('2')[..12]);
    let capture = Capture::record(&["--runtime", "none", "--scope", &scope], &shell(VISIT, &folders));
    assert_nothing_from_outside(&capture, &[&id('2')]);
    assert_eq!(text(&only(containers(&capture.path)), "container_id"), id('2'));
    let exec = only(capture.query("select argv, pid from sched_process_exec"));
    assert_eq!(text(&exec, "argv"), words(&["true", &folders[1].display().to_string()]));
    assert_ran(&capture, &id('2'), number(&exec, "pid"), &["true", &folders[1].display().to_string()], 0);
    capture.verify();
}

fn sandbox() -> Option<SandboxMetadata> {
    let [name, uid, namespace] = ["shop-1", UID, "market"].map(str::to_owned);
    Some(SandboxMetadata { name, uid, namespace, attempt: 0 })
}

/// What a runtime says of the pod with its container, ids of ones, and its sandbox, ids of sevens.
fn answer(method: &str, message: &[u8]) -> Called {
    let asked = Asked::decode(message).unwrap_or_default();
    let metadata = Some(ContainerMetadata { name: "web".to_owned(), attempt: 0 });
    let image = Some(ImageSpec { image: "sha256:1".to_owned(), ..Default::default() });
    let labels = [
        ("io.kubernetes.container.name", "web"),
        ("io.kubernetes.pod.name", "shop-1"),
        ("io.kubernetes.pod.namespace", "market"),
        ("io.kubernetes.pod.uid", UID),
    ];
    let labels: std::collections::HashMap<_, _> =
        labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    match method {
        "/runtime.v1.RuntimeService/Version" => {
            Called::message(Version { version: "0.1.0".to_owned(), runtime_name: "containerd".to_owned() })
        }
        "/runtime.v1.RuntimeService/ListPodSandbox" => Called::message(Sandboxes {
            items: vec![Sandbox { id: id('7'), metadata: sandbox(), created_at: 5, ..Default::default() }],
        }),
        "/runtime.v1.RuntimeService/ListContainers" => Called::message(Containers {
            containers: vec![Container {
                id: id('1'),
                pod_sandbox_id: id('7'),
                metadata,
                image,
                image_ref: "sha256:1".to_owned(),
                state: 1,
                created_at: 7,
                labels,
            }],
        }),
        "/runtime.v1.RuntimeService/ContainerStatus" if asked.id == id('1') => {
            Called::message(ContainerStatusResponse {
                status: Some(ContainerStatus {
                    id: id('1'),
                    metadata,
                    state: 1,
                    created_at: 7,
                    image,
                    image_ref: "sha256:1".to_owned(),
                    labels,
                    ..Default::default()
                }),
                ..Default::default()
            })
        }
        "/runtime.v1.RuntimeService/PodSandboxStatus" if asked.id == id('7') => {
            Called::message(SandboxStatusResponse {
                status: Some(SandboxStatus { id: id('7'), metadata: sandbox(), created_at: 5, ..Default::default() }),
                ..Default::default()
            })
        }
        "/runtime.v1.ImageService/ImageStatus" => Called::message(ImageStatusResponse {
            image: Some(Image {
                id: "sha256:1".to_owned(),
                repo_tags: vec!["docker.io/library/nginx:1.27".to_owned()],
                repo_digests: Vec::new(),
            }),
        }),
        _ => Called::failed("5"),
    }
}

#[test]
fn a_runtime_tells_the_names_of_pod_and_container() {
    const TEST: &str = "a_runtime_tells_the_names_of_pod_and_container";
    let Some(_turn) = machine::turn(TEST) else { return };
    if !can_make_containers(TEST) {
        return;
    }
    let groups = Groups::new("cri");
    let pod = format!("kubepods.slice/kubepods-pod{}.slice", UID.replace('-', "_"));
    let folders = ['1', '7', '8'].map(|digit| groups.make(&format!("{pod}/cri-containerd-{}.scope", id(digit))));
    let cri = StandIn::grpc(answer);
    let runtime = format!("cri:{}", cri.path().display());
    let capture = Capture::record(&["--runtime", &runtime], &shell(VISIT, &folders));
    let rows = containers(&capture.path);
    let [web, pause, stranger] = &rows[..] else { panic!("{rows:#?}") };
    for (row, name, is_sandbox) in [(web, "web", 0), (pause, "shop-1", 1)] {
        assert_eq!((text(row, "name"), number(row, "is_sandbox")), (name, is_sandbox), "{row}");
        assert_eq!((text(row, "pod_name"), text(row, "pod_namespace")), ("shop-1", "market"), "{row}");
        assert_eq!((text(row, "pod_uid"), text(row, "runtime")), (UID, "containerd"), "{row}");
        assert!(row["why_not"].is_null(), "{row}");
    }
    assert_eq!(text(web, "image"), "docker.io/library/nginx:1.27", "{web}");
    assert_eq!(number(web, "created_ns"), 7, "{web}");
    // One that the runtime does not know is of the pod all the same: its path says so.
    assert!(stranger["name"].is_null() && text(stranger, "why_not").contains("no runtime kn"), "{stranger}");
    assert_eq!(text(stranger, "pod_uid"), UID, "{stranger}");
    let pod = only(capture.query("select * from pods"));
    assert_eq!((text(&pod, "pod_name"), text(&pod, "pod_namespace")), ("shop-1", "market"), "{pod}");
    assert_eq!((number(&pod, "containers"), text(&pod, "sandbox_id")), (2, &*id('7')), "{pod}");
    capture.verify();
}
