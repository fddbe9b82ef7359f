//! The container runtime interface, answered with messages that another implementation (prost) encodes.

use std::collections::HashMap;

use prost::Message;
use runtimes::{Description, Kind, Runtime};

use crate::runtimes::cri_messages::{
    Asked, Container, ContainerMetadata, ContainerStatus, ContainerStatusResponse, Containers, Image, ImageSpec,
    ImageStatusRequest, ImageStatusResponse, Sandbox, SandboxMetadata, SandboxStatus, SandboxStatusResponse, Sandboxes,
    Version,
};
use crate::runtimes::stand_in::{Called, StandIn};

pub(crate) const WEB: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const PAUSE: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const IMAGE: &str = "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";

fn pod() -> Option<SandboxMetadata> {
    let [name, uid, namespace] = ["shop-1", "1234-5678", "default"].map(str::to_owned);
    Some(SandboxMetadata { name, uid, namespace, attempt: 0 })
}

fn info(pid: u32) -> HashMap<String, String> {
    [("info".to_owned(), format!(r#"{{"sandboxID":"x","pid":{pid},"runtimeSpec":{{"process":{{}}}}}}"#))].into()
}

fn labels() -> HashMap<String, String> {
    let labels = [
        ("io.kubernetes.container.name", "web"),
        ("io.kubernetes.pod.name", "shop-1"),
        ("io.kubernetes.pod.namespace", "default"),
        ("io.kubernetes.pod.uid", "1234-5678"),
    ];
    labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

/// What a runtime of that name says of one pod with one container. `labelled` is how kubelets make it.
fn answer(runtime_name: &str, labelled: bool, method: &str, message: &[u8]) -> Called {
    let labels = if labelled { labels() } else { HashMap::new() };
    let metadata = Some(ContainerMetadata { name: "web".to_owned(), attempt: 2 });
    let spec = Some(ImageSpec { image: IMAGE.to_owned(), ..Default::default() });
    let asked = Asked::decode(message).unwrap_or_default();
    match method {
        "/runtime.v1.RuntimeService/Version" => {
            Called::message(Version { version: "0.1.0".to_owned(), runtime_name: runtime_name.to_owned() })
        }
        "/runtime.v1.RuntimeService/ListPodSandbox" => Called::message(Sandboxes {
            items: vec![Sandbox { id: PAUSE.to_owned(), metadata: pod(), created_at: 5, ..Default::default() }],
        }),
        "/runtime.v1.RuntimeService/ListContainers" => Called::message(Containers {
            containers: vec![Container {
                id: WEB.to_owned(),
                pod_sandbox_id: PAUSE.to_owned(),
                metadata,
                image: spec,
                image_ref: IMAGE.to_owned(),
                state: 1,
                created_at: 7,
                labels,
            }],
        }),
        "/runtime.v1.RuntimeService/ContainerStatus" if asked.id == WEB && asked.verbose => {
            Called::message(ContainerStatusResponse {
                status: Some(ContainerStatus {
                    id: WEB.to_owned(),
                    metadata,
                    state: 1,
                    created_at: 7,
                    started_at: 9,
                    image: spec,
                    image_ref: IMAGE.to_owned(),
                    labels,
                    image_id: String::new(),
                }),
                info: info(4321),
            })
        }
        "/runtime.v1.RuntimeService/PodSandboxStatus" if asked.id == PAUSE && asked.verbose => {
            Called::message(SandboxStatusResponse {
                status: Some(SandboxStatus {
                    id: PAUSE.to_owned(),
                    metadata: pod(),
                    created_at: 5,
                    ..Default::default()
                }),
                info: info(4300),
            })
        }
        "/runtime.v1.ImageService/ImageStatus" => {
            assert_eq!(ImageStatusRequest::decode(message).unwrap().image.unwrap().image, IMAGE);
            Called::message(ImageStatusResponse {
                image: Some(Image {
                    id: IMAGE.to_owned(),
                    repo_tags: vec!["docker.io/library/nginx:1.27".to_owned()],
                    repo_digests: vec!["docker.io/library/nginx@sha256:11".to_owned()],
                }),
            })
        }
        _ => Called::failed("5"),
    }
}

fn assert_web(told: &Description) {
    assert_eq!((&*told.id, told.name.as_deref(), told.pod_sandbox), (WEB, Some("web"), Some(false)));
    assert_eq!(told.image.as_deref(), Some("docker.io/library/nginx:1.27"));
    assert_eq!(told.image_id.as_deref(), Some(IMAGE));
    assert_eq!(told.image_digest.as_deref(), Some("docker.io/library/nginx@sha256:11"));
    assert_eq!(told.pod_name.as_deref(), Some("shop-1"));
    assert_eq!(told.pod_uid.as_deref(), Some("1234-5678"));
    assert_eq!(told.pod_namespace.as_deref(), Some("default"));
    assert_eq!(told.pod_container.as_deref(), Some("web"));
    assert_eq!((told.created_ns, told.started_ns), (Some(7), Some(9)));
    assert_eq!((told.running, told.init_pid), (Some(true), Some(4321)));
}

#[test]
fn a_pod_and_its_container_are_told_whole() {
    let cri = StandIn::grpc(|method, message| answer("containerd", true, method, message));
    let runtimes = cri.runtimes(Kind::Cri);
    for answer in [runtimes.list(), runtimes.find("web"), runtimes.describe(WEB, Some(Runtime::Containerd))] {
        assert_eq!(answer.warnings, []);
        let web = answer.containers.iter().find(|told| told.id == WEB).expect("the container");
        assert_eq!(web.runtime, Runtime::Containerd);
        assert_web(web);
        assert_eq!(web.labels.len(), 4);
    }
    assert_eq!(runtimes.list().containers.len(), 2);
    for answer in [runtimes.describe(PAUSE, None), runtimes.find("shop-1")] {
        let [pause] = &answer.containers[..] else { panic!("{answer:?}") };
        assert_eq!((&*pause.id, pause.pod_sandbox, pause.running), (PAUSE, Some(true), Some(true)));
        assert_eq!(pause.pod_uid.as_deref(), Some("1234-5678"));
        assert_eq!((pause.pod_container.as_deref(), pause.init_pid), (None, Some(4300)));
    }
    assert_eq!(runtimes.describe(&"d".repeat(64), None), Default::default());
}

#[test]
fn without_labels_the_sandbox_tells_the_pod() {
    let cri = StandIn::grpc(|method, message| answer("cri-o", false, method, message));
    let list = cri.runtimes(Kind::Cri).list();
    let web = list.containers.iter().find(|told| told.id == WEB).expect("the container");
    assert_eq!(web.runtime, Runtime::Crio);
    assert_web(web);
}
