//! The Kubernetes container runtime interface (`runtime.v1`) over gRPC, as far as it tells what a container is.
//!
//! Field numbers are those of `k8s.io/cri-api/pkg/apis/runtime/v1/api.proto`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::MAX_CONTAINERS;
use crate::ask::{Asking, Request};
use crate::description::{Description, Labels, Runtime, head, id_answers, id_is_sound};
use crate::docker::wrong_id;
use crate::http::{Http2, Reply};
use crate::warning::{Failed, Trouble};
use crate::wire::{Fields, Malformed, Value, put_bytes, put_true};

const RUNTIME: &str = "/runtime.v1.RuntimeService/";
const IMAGE: &str = "/runtime.v1.ImageService/";
/// A message's prefix: whether it is compressed, and its length.
const PREFIX_BYTES: usize = 5;
/// gRPC's status for a thing that is not there.
const NOT_FOUND: &str = "5";
/// Bytes of an image's id, name or digest that is kept while one question lasts.
const MAX_IMAGE_BYTES: usize = 1024;

impl From<Malformed> for Failed {
    fn from(_: Malformed) -> Self {
        Failed::not_understood("an answer that is no message of the container runtime interface")
    }
}

/// Where the messages that speak of a container or a sandbox have their fields; 0 is a field they do not have.
struct Layout {
    sandbox: bool,
    id: u32,
    sandbox_id: u32,
    metadata: u32,
    state: u32,
    created: u32,
    started: u32,
    image: u32,
    image_ref: u32,
    image_id: u32,
    labels: u32,
}

const CONTAINER: Layout = Layout {
    sandbox: false,
    id: 1,
    sandbox_id: 2,
    metadata: 3,
    image: 4,
    image_ref: 5,
    state: 6,
    created: 7,
    started: 0,
    labels: 8,
    image_id: 10,
};

const CONTAINER_STATUS: Layout = Layout {
    sandbox: false,
    id: 1,
    sandbox_id: 0,
    metadata: 2,
    state: 3,
    created: 4,
    started: 5,
    image: 8,
    image_ref: 9,
    labels: 12,
    image_id: 17,
};

const SANDBOX: Layout = Layout {
    sandbox: true,
    id: 1,
    sandbox_id: 0,
    metadata: 2,
    state: 3,
    created: 4,
    labels: 5,
    started: 0,
    image: 0,
    image_ref: 0,
    image_id: 0,
};

const SANDBOX_STATUS: Layout = Layout { labels: 7, ..SANDBOX };

/// A pod as its sandbox tells it.
struct Pod {
    name: Option<String>,
    uid: Option<String>,
    namespace: Option<String>,
}

/// An image's name and digest.
#[derive(Default)]
struct Image {
    name: Option<String>,
    digest: Option<String>,
}

struct Service<'a> {
    asking: &'a Asking,
    http: Http2,
    runtime: Runtime,
    images: BTreeMap<String, Image>,
}

/// Asks the runtime; what it says is put to `asking` as it comes.
pub(crate) async fn ask(asking: &Asking, request: &Request) -> Result<(), Failed> {
    let http = Http2::connect(&asking.endpoint.path, asking.limits.answer_bytes).await?;
    let mut service = Service { asking, http, runtime: Runtime::Containerd, images: BTreeMap::new() };
    service.tell_apart().await?;
    match request {
        Request::Describe(id) => {
            if let Some(description) = service.status(id).await? {
                asking.put(description);
            }
            Ok(())
        }
        Request::List | Request::Find(_) => {
            service.list(request).await?;
            for id in asking.ids() {
                if asking.late() {
                    return Err(asking.no_time_left());
                }
                match service.status(&id).await {
                    Ok(Some(description)) => asking.replace(description),
                    Ok(None) => {}
                    Err(failed) => asking.warn_of_one(failed)?,
                }
            }
            Ok(())
        }
    }
}

impl Service<'_> {
    async fn tell_apart(&mut self) -> Result<(), Failed> {
        let version = self.call(RUNTIME, "Version", Vec::new()).await?.unwrap_or_default();
        let mut name = "";
        for field in Fields(&version) {
            if let (2, value) = field? {
                name = value.text()?;
            }
        }
        self.runtime = match name {
            "containerd" => Runtime::Containerd,
            "cri-o" => Runtime::Crio,
            "docker" => Runtime::Docker,
            // k3s and others rename what is containerd inside; the socket's name tells more than nothing.
            _ if self.asking.endpoint.path.to_string_lossy().contains("crio") => Runtime::Crio,
            _ => Runtime::Containerd,
        };
        Ok(())
    }

    async fn list(&mut self, request: &Request) -> Result<(), Failed> {
        let message = self.call(RUNTIME, "ListPodSandbox", Vec::new()).await?.unwrap_or_default();
        let mut pods = BTreeMap::new();
        for item in listed(&message) {
            if pods.len() >= MAX_CONTAINERS {
                self.asking.warn_more(MAX_CONTAINERS);
                break;
            }
            match self.read(item?, &SANDBOX) {
                Ok((description, _)) => {
                    let pod = Pod {
                        name: description.pod_name.clone(),
                        uid: description.pod_uid.clone(),
                        namespace: description.pod_namespace.clone(),
                    };
                    pods.insert(description.id.clone(), pod);
                    if request.wants(&description) && !self.asking.put(description) {
                        return Ok(());
                    }
                }
                Err(failed) => self.asking.warn(failed),
            }
        }
        let message = self.call(RUNTIME, "ListContainers", Vec::new()).await?.unwrap_or_default();
        for (count, item) in listed(&message).enumerate() {
            if count >= MAX_CONTAINERS {
                self.asking.warn_more(MAX_CONTAINERS);
                break;
            }
            match self.read(item?, &CONTAINER) {
                Ok((mut description, sandbox)) => {
                    if let Some(pod) = sandbox.and_then(|sandbox| pods.get(sandbox)) {
                        description.pod_name = description.pod_name.or_else(|| pod.name.clone());
                        description.pod_uid = description.pod_uid.or_else(|| pod.uid.clone());
                        description.pod_namespace = description.pod_namespace.or_else(|| pod.namespace.clone());
                    }
                    if request.wants(&description) && !self.asking.put(description) {
                        break;
                    }
                }
                Err(failed) => self.asking.warn(failed),
            }
        }
        Ok(())
    }

    /// The status of a container, or of a pod's sandbox.
    async fn status(&mut self, asked: &str) -> Result<Option<Description>, Failed> {
        for (method, layout) in [("ContainerStatus", &CONTAINER_STATUS), ("PodSandboxStatus", &SANDBOX_STATUS)] {
            let mut message = Vec::new();
            put_bytes(&mut message, 1, asked.as_bytes());
            // The pid is told in the verbose part only.
            put_true(&mut message, 2);
            let Some(answer) = self.call(RUNTIME, method, message).await? else { continue };
            let (mut status, mut pid) = (None, None);
            for field in Fields(&answer) {
                match field? {
                    (1, value) => status = Some(value.bytes()?),
                    (2, value) => pid = pid.or(verbose_pid(value)?),
                    _ => {}
                }
            }
            let Some(status) = status else { continue };
            let (mut description, _) = self.read(status, layout)?;
            if !id_answers(asked, &description.id) {
                return Err(wrong_id(asked, &description.id));
            }
            description.init_pid = pid;
            self.name_image(&mut description).await?;
            return Ok(Some(description));
        }
        Ok(None)
    }

    /// Adds the image's name and digest where the status holds only its id.
    async fn name_image(&mut self, description: &mut Description) -> Result<(), Failed> {
        if description.image.is_some() && description.image_digest.is_some() {
            return Ok(());
        }
        let Some(id) = description.image_id.clone().or_else(|| description.image.clone()) else { return Ok(()) };
        if !self.images.contains_key(&id) {
            let mut spec = Vec::new();
            put_bytes(&mut spec, 1, id.as_bytes());
            let mut message = Vec::new();
            put_bytes(&mut message, 1, &spec);
            let answer = self.call(IMAGE, "ImageStatus", message).await?.unwrap_or_default();
            let mut image = Image::default();
            for field in Fields(&answer) {
                let (1, value) = field? else { continue };
                for field in Fields(value.bytes()?) {
                    let (number, value) = field?;
                    let slot = match number {
                        2 => &mut image.name,
                        3 => &mut image.digest,
                        _ => continue,
                    };
                    if slot.is_none() {
                        *slot = Some(head(value.text()?, MAX_IMAGE_BYTES).to_owned());
                    }
                }
            }
            self.images.insert(id.clone(), image);
        }
        let Some(image) = self.images.get(&id) else { return Ok(()) };
        description.image = description.image.take().or_else(|| image.name.clone());
        description.image_digest = description.image_digest.take().or_else(|| image.digest.clone());
        Ok(())
    }

    /// Reads a message about a container or a sandbox; with it the sandbox's id, if it tells one.
    fn read<'m>(&self, message: &'m [u8], layout: &Layout) -> Result<(Description, Option<&'m str>), Failed> {
        let (mut id, mut sandbox_id) = ("", None);
        let (mut image, mut asked_image, mut image_ref, mut image_id) = ("", "", "", "");
        let (mut created, mut started, mut state) = (0, 0, 0);
        let (mut name, mut uid, mut namespace) = ("", "", "");
        let mut labels = Labels::default();
        for field in Fields(message) {
            let (number, value) = field?;
            match number {
                n if n == layout.id => id = value.text()?,
                n if n == layout.sandbox_id => sandbox_id = Some(value.text()?),
                n if n == layout.metadata => {
                    for field in Fields(value.bytes()?) {
                        match field? {
                            (1, value) => name = value.text()?,
                            (2, value) if layout.sandbox => uid = value.text()?,
                            (3, value) if layout.sandbox => namespace = value.text()?,
                            _ => {}
                        }
                    }
                }
                n if n == layout.state => state = value.number()?,
                n if n == layout.created => created = value.number()?,
                n if n == layout.started => started = value.number()?,
                n if n == layout.image => {
                    for field in Fields(value.bytes()?) {
                        match field? {
                            (1, value) => image = value.text()?,
                            (18, value) => asked_image = value.text()?,
                            _ => {}
                        }
                    }
                }
                n if n == layout.image_ref => image_ref = value.text()?,
                n if n == layout.image_id => image_id = value.text()?,
                n if n == layout.labels => {
                    let (key, value) = pair(value)?;
                    labels.put(key, value);
                }
                _ => {}
            }
        }
        if !id_is_sound(id) {
            return Err(Failed::not_understood(format_args!("a container whose id is {:?}", head(id, 100))));
        }
        let mut told = Description::new(self.runtime, id, self.asking.endpoint.to_string());
        told.keep_labels(labels);
        told.pod_sandbox = Some(layout.sandbox);
        let time = |ns: u64| i64::try_from(ns).ok().filter(|ns| *ns > 0).map(i64::cast_unsigned);
        (told.created_ns, told.started_ns) = (time(created), time(started));
        if layout.sandbox {
            // A sandbox that is ready has state 0, which is not written.
            told.running = Some(state == 0);
            told.pod_name = told.keep("pod_name", name);
            told.pod_uid = told.keep("pod_uid", uid);
            told.pod_namespace = told.keep("pod_namespace", namespace);
        } else {
            told.running = Some(state == 1);
            told.pod_container = told.keep("pod_container", name);
            // containerd writes the id where a name is asked for, and a digest or an id as the reference.
            let is_id = |text: &str| {
                text.starts_with("sha256:") || text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
            };
            told.image = match [asked_image, image].into_iter().find(|text| !text.is_empty() && !is_id(text)) {
                Some(text) => told.keep("image", text),
                None => None,
            };
            if image_ref.contains('@') {
                told.image_digest = told.keep("image_digest", image_ref);
            }
            let ids = [image_id, image_ref, image].into_iter().find(|text| is_id(text));
            told.image_id = ids.and_then(|text| told.keep("image_id", text));
        }
        told.name = told.keep("name", name);
        told.fill_pod();
        Ok((told, sandbox_id))
    }

    /// The message that a method answers with; nothing where it says that there is nothing.
    async fn call(&mut self, service: &str, method: &str, message: Vec<u8>) -> Result<Option<Vec<u8>>, Failed> {
        let mut body = vec![0];
        body.extend_from_slice(&u32::try_from(message.len()).unwrap_or(0).to_be_bytes());
        body.extend_from_slice(&message);
        let mut reply = self.http.post(&format!("{service}{method}"), "application/grpc", body).await?;
        if !reply.is("application/grpc") && !reply.is("application/grpc+proto") {
            let (status, told) = (reply.status.as_u16(), reply.content_type());
            return Err(Failed::not_understood(format_args!("{status} with {told:?} instead of gRPC to {method}")));
        }
        match said(&reply, "grpc-status") {
            Some("0") => {}
            Some(NOT_FOUND) => return Ok(None),
            Some(code) => {
                let words = said(&reply, "grpc-message").unwrap_or("no reason");
                return Err(Failed::new(Trouble::Refused, format_args!("gRPC status {code} to {method}: {words}")));
            }
            None => return Err(Failed::not_understood(format_args!("no gRPC status to {method}"))),
        }
        let length = reply
            .body
            .first_chunk::<PREFIX_BYTES>()
            .map(|&[compressed, a, b, c, d]| (compressed, u32::from_be_bytes([a, b, c, d]) as usize));
        match length {
            Some((0, length)) if length == reply.body.len() - PREFIX_BYTES => {
                reply.body.drain(..PREFIX_BYTES);
                Ok(Some(reply.body))
            }
            _ => Err(Failed::not_understood(format_args!("not one plain gRPC message to {method}"))),
        }
    }
}

/// A field of the trailers, or of the headers where an answer has no body.
fn said<'r>(reply: &'r Reply, name: &str) -> Option<&'r str> {
    reply.trailers.get(name).or_else(|| reply.headers.get(name))?.to_str().ok()
}

/// What a list holds: field 1 of it, again and again.
fn listed(message: &[u8]) -> impl Iterator<Item = Result<&[u8], Failed>> {
    Fields(message).filter_map(|field| match field {
        Ok((1, value)) => Some(value.bytes().map_err(Failed::from)),
        Ok(_) => None,
        Err(malformed) => Some(Err(malformed.into())),
    })
}

/// A map's entry.
fn pair(value: Value<'_>) -> Result<(&str, &str), Malformed> {
    let (mut key, mut held) = ("", "");
    for field in Fields(value.bytes()?) {
        match field? {
            (1, value) => key = value.text()?,
            (2, value) => held = value.text()?,
            _ => {}
        }
    }
    Ok((key, held))
}

/// The pid out of a verbose status: JSON in an entry of a map. Not a promise of the interface, so any other shape is none.
fn verbose_pid(value: Value) -> Result<Option<u32>, Malformed> {
    #[derive(Deserialize)]
    struct Info {
        pid: Option<u32>,
    }
    let (key, json) = pair(value)?;
    let info = (key == "info").then(|| serde_json::from_str::<Info>(json).ok()).flatten();
    Ok(info.and_then(|info| info.pid).filter(|pid| *pid > 0))
}
