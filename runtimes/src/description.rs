//! What is told about one container, and how much of it is kept.

use std::collections::{BTreeMap, BTreeSet};

use crate::endpoint::Kind;

/// Longest name, image or other single text that is kept, in bytes.
pub const MAX_TEXT_BYTES: usize = 1024;
/// Most labels of one container that are kept.
pub const MAX_LABELS: usize = 256;
/// Longest value of a label that is kept, in bytes.
pub const MAX_LABEL_BYTES: usize = 4096;
/// Most bytes of all labels of one container that are kept.
pub const MAX_LABELS_BYTES: usize = 32 << 10;
/// Longest container id, in bytes: runtimes make 64, people name runc's as they like.
pub const MAX_ID_BYTES: usize = 256;

/// Which runtime says that a container is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Runtime {
    /// Docker, and Kubernetes on Docker.
    Docker,
    /// containerd without Docker.
    Containerd,
    /// CRI-O.
    Crio,
    /// Podman.
    Podman,
    /// runc that nobody else started.
    Runc,
    /// crun that nobody else started.
    Crun,
}

impl Runtime {
    /// The runtime in one lower-case word.
    pub fn name(self) -> &'static str {
        match self {
            Runtime::Docker => "docker",
            Runtime::Containerd => "containerd",
            Runtime::Crio => "crio",
            Runtime::Podman => "podman",
            Runtime::Runc => "runc",
            Runtime::Crun => "crun",
        }
    }

    /// The runtime of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Runtime::Docker, Runtime::Containerd, Runtime::Crio, Runtime::Podman, Runtime::Runc, Runtime::Crun]
            .into_iter()
            .find(|runtime| runtime.name() == name)
    }
}

/// What a runtime says of a container. Texts are as they were told, control characters included: whoever shows them has
/// to escape them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Description {
    /// Which runtime's container it is.
    pub runtime: Runtime,
    /// The full id: letters, digits and `_.+-` only.
    pub id: String,
    /// The endpoint that told, as `KIND:PATH`. Of several that know the container, the first.
    pub source: String,
    /// Whether the source is a directory that an unprivileged user owns: then that user could have written anything.
    pub of_a_user: bool,
    /// The name in the runtime; in a pod, the container's name there (Docker: its whole `k8s_...` name).
    pub name: Option<String>,
    /// The image as it was asked for, like `busybox:latest`.
    pub image: Option<String>,
    /// The image's id, like `sha256:...`.
    pub image_id: Option<String>,
    /// The image's digest in its registry, like `docker.io/library/busybox@sha256:...`.
    pub image_digest: Option<String>,
    /// The pod's name.
    pub pod_name: Option<String>,
    /// The pod's uid.
    pub pod_uid: Option<String>,
    /// The pod's Kubernetes namespace.
    pub pod_namespace: Option<String>,
    /// The container's name in its pod.
    pub pod_container: Option<String>,
    /// Whether this is the sandbox (pause) container of a pod.
    pub pod_sandbox: Option<bool>,
    /// Labels; from a state file, the annotations that the runtime above gave.
    pub labels: BTreeMap<String, String>,
    /// When it was made, in nanoseconds of UTC.
    pub created_ns: Option<u64>,
    /// When it was last started, in nanoseconds of UTC.
    pub started_ns: Option<u64>,
    /// Whether it runs.
    pub running: Option<bool>,
    /// The pid of its first process in the PID namespace of the runtime, which is the host's as a rule.
    pub init_pid: Option<u32>,
    /// containerd's namespace: `moby`, `k8s.io`, `default`.
    pub namespace: Option<String>,
    /// The OCI bundle's directory.
    pub bundle: Option<String>,
    /// The cgroup's directory by controller; the empty name is version 2.
    pub cgroup_paths: BTreeMap<String, String>,
    /// Names of the fields above that were cut or left out because they were too long or too many.
    pub cut: BTreeSet<&'static str>,
}

impl Description {
    /// A description with nothing but an id, which has to be one ([`id_is_sound`]).
    pub(crate) fn new(runtime: Runtime, id: &str, source: String) -> Self {
        Description {
            runtime,
            id: id.to_owned(),
            source,
            of_a_user: false,
            name: None,
            image: None,
            image_id: None,
            image_digest: None,
            pod_name: None,
            pod_uid: None,
            pod_namespace: None,
            pod_container: None,
            pod_sandbox: None,
            labels: BTreeMap::new(),
            created_ns: None,
            started_ns: None,
            running: None,
            init_pid: None,
            namespace: None,
            bundle: None,
            cgroup_paths: BTreeMap::new(),
            cut: BTreeSet::new(),
        }
    }

    /// Whether a daemon told it and not a state file.
    pub(crate) fn by_daemon(&self) -> bool {
        let kind = self.source.split(':').next();
        kind == Some(Kind::Docker.name()) || kind == Some(Kind::Cri.name())
    }

    /// `text` as it is kept in `field`; `None` where the runtime told nothing.
    pub(crate) fn keep(&mut self, field: &'static str, text: &str) -> Option<String> {
        let kept = head(text, MAX_TEXT_BYTES);
        if kept.len() < text.len() {
            self.cut.insert(field);
        }
        (!kept.is_empty()).then(|| kept.to_owned())
    }

    pub(crate) fn keep_labels(&mut self, labels: Labels) {
        if labels.cut {
            self.cut.insert("labels");
        }
        self.labels = labels.map;
    }

    /// Takes over from another description of the same container what this one lacks.
    pub(crate) fn fill(&mut self, other: Description) {
        macro_rules! fill {
            ($($field:ident)*) => {$(
                if self.$field.is_none() && other.$field.is_some() {
                    self.$field = other.$field;
                    self.cut.extend(other.cut.get(stringify!($field)));
                }
            )*};
        }
        fill!(name image image_id image_digest pod_name pod_uid pod_namespace pod_container pod_sandbox);
        fill!(created_ns started_ns running init_pid namespace bundle);
        if self.labels.is_empty() {
            self.labels = other.labels;
            self.cut.extend(other.cut.get("labels"));
        }
        if self.cgroup_paths.is_empty() {
            self.cgroup_paths = other.cgroup_paths;
            self.cut.extend(other.cut.get("cgroup_paths"));
        }
    }

    /// Fills the pod's fields from what kubelets, containerd and CRI-O write into labels and annotations, and from the
    /// names that Kubernetes on Docker makes (`k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT`).
    pub(crate) fn fill_pod(&mut self) {
        let find = |keys: &[&str]| keys.iter().find_map(|key| self.labels.get(*key)).filter(|v| !v.is_empty()).cloned();
        let mut name = find(&["io.kubernetes.pod.name", "io.kubernetes.cri.sandbox-name"]);
        let mut namespace = find(&["io.kubernetes.pod.namespace", "io.kubernetes.cri.sandbox-namespace"]);
        let mut uid = find(&["io.kubernetes.pod.uid", "io.kubernetes.cri.sandbox-uid"]);
        let mut container = find(&["io.kubernetes.container.name", "io.kubernetes.cri.container-name"]);
        let image = find(&["io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName"]);
        let kind = find(&[
            "io.kubernetes.docker.type",
            "io.kubernetes.cri.container-type",
            "io.kubernetes.cri-o.ContainerType",
        ]);
        let mut sandbox = kind.map(|kind| kind == "sandbox" || kind == "podsandbox");

        if let Some(rest) = self.name.as_deref().and_then(|name| name.strip_prefix("k8s_")) {
            // None of the parts can hold an underscore in Kubernetes; a container that is called so by hand has another number of them.
            if let [its_name, pod, its_namespace, its_uid, _attempt] = rest.split('_').collect::<Vec<_>>()[..] {
                sandbox = sandbox.or(Some(its_name == "POD"));
                for (field, told) in
                    [(&mut container, its_name), (&mut name, pod), (&mut namespace, its_namespace), (&mut uid, its_uid)]
                {
                    field.get_or_insert_with(|| told.to_owned());
                }
            }
        }
        // The kubelet calls the sandbox's container POD, which is nobody's name.
        if sandbox == Some(true) {
            container = None;
        }
        if sandbox.is_none() && container.is_some() && name.is_some() {
            sandbox = Some(false);
        }
        for (field, told, what) in [
            (&mut self.pod_name, name, "pod_name"),
            (&mut self.pod_namespace, namespace, "pod_namespace"),
            (&mut self.pod_uid, uid, "pod_uid"),
            (&mut self.pod_container, container, "pod_container"),
            (&mut self.image, image, "image"),
        ] {
            if let (None, Some(told)) = (&field, told) {
                let kept = head(&told, MAX_TEXT_BYTES);
                if kept.len() < told.len() {
                    self.cut.insert(what);
                }
                *field = Some(kept.to_owned());
            }
        }
        self.pod_sandbox = self.pod_sandbox.or(sandbox);
    }

    /// Bytes of text it holds, roughly: what the bound on all answers together counts.
    pub(crate) fn bytes(&self) -> usize {
        let texts = [&self.name, &self.image, &self.image_id, &self.image_digest, &self.pod_name, &self.pod_uid];
        let more = [&self.pod_namespace, &self.pod_container, &self.namespace, &self.bundle];
        let pairs = self.labels.iter().chain(&self.cgroup_paths).map(|(key, value)| key.len() + value.len() + 64);
        let texts = texts.into_iter().chain(more).flatten().map(String::len);
        size_of::<Self>() + self.id.len() + self.source.len() + texts.sum::<usize>() + pairs.sum::<usize>()
    }
}

/// Labels while they are read.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    pub(crate) map: BTreeMap<String, String>,
    /// Some were cut or left out.
    pub(crate) cut: bool,
    pub(crate) bytes: usize,
}

impl Labels {
    /// No further one fits.
    pub(crate) fn full(&self) -> bool {
        self.map.len() >= MAX_LABELS || self.bytes >= MAX_LABELS_BYTES
    }

    /// Keeps a label as far as it fits.
    pub(crate) fn put(&mut self, key: &str, value: &str) {
        let kept = head(value, MAX_LABEL_BYTES);
        if self.full() || key.len() > MAX_TEXT_BYTES || self.bytes + key.len() + kept.len() > MAX_LABELS_BYTES {
            self.cut = true;
            return;
        }
        self.cut |= kept.len() < value.len();
        // Counted even where it replaces one: the bound only gets tighter.
        self.bytes += key.len() + kept.len();
        self.map.insert(key.to_owned(), kept.to_owned());
    }
}

/// Whether this can be a container's id: it goes into paths and addresses.
pub fn id_is_sound(id: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.+-".contains(&byte))
        && id.bytes().any(|byte| byte != b'.')
}

/// Whether `told` is the id that was asked for: the same, or the full one where its first 12 hex digits or more were given.
pub(crate) fn id_answers(asked: &str, told: &str) -> bool {
    told == asked || asked.len() >= 12 && asked.bytes().all(|byte| byte.is_ascii_hexdigit()) && told.starts_with(asked)
}

/// The longest start of `text` of at most `limit` bytes.
pub(crate) fn head(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// RFC 3339 as nanoseconds of UTC; nothing for the year 1, by which Go says never.
pub(crate) fn time_ns(text: &str) -> Option<u64> {
    let time = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    u64::try_from(time.timestamp_nanos_opt()?).ok().filter(|ns| *ns > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Description {
        let mut description = Description::new(Runtime::Docker, "a", String::new());
        description.name = Some(name.to_owned());
        description.fill_pod();
        description
    }

    #[test]
    fn a_docker_name_of_kubernetes_tells_the_pod() {
        let web = named("k8s_web_shop-1_default_1234-5678_0");
        assert_eq!(web.pod_name.as_deref(), Some("shop-1"));
        assert_eq!(web.pod_namespace.as_deref(), Some("default"));
        assert_eq!(web.pod_uid.as_deref(), Some("1234-5678"));
        assert_eq!(web.pod_container.as_deref(), Some("web"));
        assert_eq!(web.pod_sandbox, Some(false));
        let pause = named("k8s_POD_shop-1_default_1234-5678_0");
        assert_eq!((pause.pod_sandbox, pause.pod_container), (Some(true), None));
        for other in ["k8s_web", "k8s_a_b_c_d_e_f", "web", "k8s_"] {
            assert_eq!(named(other).pod_name, None, "{other}");
        }
    }

    #[test]
    fn ids_that_could_leave_a_directory_are_none() {
        for id in ["", ".", "..", "a/b", "/", "a\0", "a b", "é", "a%2f", "a?b"] {
            assert!(!id_is_sound(id), "{id}");
        }
        assert!(!id_is_sound(&"a".repeat(MAX_ID_BYTES + 1)));
        for id in ["a", "my-web_1.2+x", &"0123456789abcdef".repeat(4)] {
            assert!(id_is_sound(id), "{id}");
        }
    }

    #[test]
    fn only_a_long_start_in_hex_stands_for_the_whole() {
        assert!(id_answers("0123456789ab", "0123456789abcdef"));
        assert!(!id_answers("0123456789a", "0123456789abcdef"));
        assert!(!id_answers("web-container", "web-container-2"));
        assert!(!id_answers("0123456789abcdef", "0123456789ab"));
    }

    #[test]
    fn long_texts_are_cut_at_a_character_and_marked() {
        let mut description = Description::new(Runtime::Docker, "a", String::new());
        let kept = description.keep("name", &"ä".repeat(MAX_TEXT_BYTES)).unwrap();
        assert_eq!(kept.len(), MAX_TEXT_BYTES);
        assert!(description.cut.contains("name"));
        let odd = description.keep("image", &format!("a{}", "ä".repeat(MAX_TEXT_BYTES))).unwrap();
        assert_eq!(odd.len(), MAX_TEXT_BYTES - 1);
    }

    #[test]
    fn the_year_one_is_never() {
        assert_eq!(time_ns("0001-01-01T00:00:00Z"), None);
        assert_eq!(time_ns("1970-01-01T00:00:01.5+01:00"), None);
        assert_eq!(time_ns("1970-01-01T01:00:01.5+01:00"), Some(1_500_000_000));
        assert_eq!(time_ns("yesterday"), None);
    }
}
