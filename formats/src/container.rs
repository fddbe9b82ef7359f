//! Containers as the paths of their control groups name them. The kernel side looks for the same names while recording.

/// A container as the path of its control group names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Container<'a> {
    /// What runs it; `None` where only the id is there (Kubernetes with the cgroupfs driver).
    pub runtime: Option<&'static str>,
    /// Its id, 64 hexadecimal digits.
    pub id: &'a [u8],
}

/// What stands before the id, and whose it is: systemd scopes (`docker-ID.scope`) and the like.
pub const PREFIXES: [(&str, &str); 6] = [
    ("docker", "docker"),
    ("cri-containerd", "containerd"),
    ("containerd", "containerd"),
    ("nerdctl", "containerd"),
    ("crio", "crio"),
    ("libpod", "podman"),
];

/// Directories that hold containers of one runtime under their bare ids.
const PARENTS: [(&str, &str); 2] = [("docker", "docker"), ("actions_job", "docker")];

/// Digits of an id.
const ID_LENGTH: usize = 64;

impl<'a> Container<'a> {
    /// The container that the control group at the path is the outermost of; `None` when it is no container's, or one within
    /// a container's.
    pub fn of(path: &'a [u8]) -> Option<Container<'a>> {
        let mut components = path.rsplit(|byte| *byte == b'/');
        let last = components.next()?;
        let parent = components.next().unwrap_or_default();
        let name = last.strip_suffix(b".scope").unwrap_or(last);
        if is_id(name) {
            let runtime = PARENTS.iter().find(|(directory, _)| directory.as_bytes() == parent);
            return Some(Container { runtime: runtime.map(|(_, runtime)| *runtime), id: name });
        }
        // `PREFIX-ID`, or `SLICE:PREFIX:ID` where a systemd path was given to who makes directories itself.
        let at = name.len().checked_sub(ID_LENGTH.checked_add(1)?)?;
        let (prefix, rest) = name.split_at_checked(at)?;
        let (separator, id) = rest.split_first()?;
        let prefix = match separator {
            b'-' => prefix,
            b':' => prefix.rsplit(|byte| *byte == b':').next()?,
            _ => return None,
        };
        let (_, runtime) = PREFIXES.iter().find(|(known, _)| known.as_bytes() == prefix)?;
        is_id(id).then_some(Container { runtime: Some(runtime), id })
    }
}

/// What a container goes by: the id in the name of its control group, or `pidns-INODE-START` where only the PID namespace
/// tells it, START being that of the namespace's first process in boot-time nanoseconds.
pub fn id_of(name: &[u8], pid_ns: u32, pid_ns_start_boot_ns: u64) -> String {
    if name.is_empty() {
        format!("pidns-{pid_ns}-{pid_ns_start_boot_ns}")
    } else {
        String::from_utf8_lossy(name).into()
    }
}

/// Start of the first process of the PID namespace of a container that goes by this id; `None` for other ids.
pub fn start_in(id: &str) -> Option<u64> {
    let (inode, start) = id.strip_prefix("pidns-")?.split_once('-')?;
    inode.parse::<u32>().ok().and(start.parse().ok())
}

/// The unique id of the Kubernetes pod that a control group is within, as its path tells (`pod` and the id, in which the
/// systemd driver writes underlines for hyphens).
pub fn pod_uid(path: &[u8]) -> Option<String> {
    const LENGTH: usize = 36;
    path.split(|byte| *byte == b'/').rev().find_map(|component| {
        let component = component.strip_suffix(b".slice").unwrap_or(component);
        let (before, uid) = component.split_at_checked(component.len().checked_sub(LENGTH)?)?;
        let is_hyphen = |at: usize| matches!(at, 8 | 13 | 18 | 23);
        let fits = uid.iter().enumerate().all(|(at, byte)| match byte {
            b'-' | b'_' => is_hyphen(at),
            digit => !is_hyphen(at) && digit.is_ascii_hexdigit(),
        });
        let is_pod = before == b"pod" || before.ends_with(b"-pod");
        (is_pod && fits).then(|| String::from_utf8_lossy(uid).replace('_', "-"))
    })
}

fn is_id(name: &[u8]) -> bool {
    name.len() == ID_LENGTH && name.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn container(path: &str) -> Option<(Option<&'static str>, String)> {
        let path = path.replace("ID", ID);
        let found = Container::of(path.as_bytes())?;
        Some((found.runtime, String::from_utf8(found.id.to_vec()).unwrap()))
    }

    #[test]
    fn each_runtimes_paths_name_the_container() {
        for (path, runtime) in [
            ("/docker/ID", Some("docker")),
            ("/system.slice/docker-ID.scope", Some("docker")),
            ("/docker/ID/docker/ID", Some("docker")),
            ("/actions_job/ID", Some("docker")),
            ("/system.slice/nerdctl-ID.scope", Some("containerd")),
            ("/kubepods.slice/kubepods-pod1.slice/cri-containerd-ID.scope", Some("containerd")),
            ("/system.slice/containerd.service/kubepods-besteffort-pod1.slice:cri-containerd:ID", Some("containerd")),
            ("/kubepods.slice/kubepods-pod1.slice/crio-ID.scope", Some("crio")),
            ("/kubepods/burstable/pod1/crio-ID", Some("crio")),
            ("/machine.slice/libpod-ID.scope", Some("podman")),
            ("/libpod_parent/libpod-ID", Some("podman")),
            ("/kubepods/burstable/pod12345678-1234-1234-1234-123456789012/ID", None),
            ("/ID", None),
        ] {
            assert_eq!(container(path), Some((runtime, ID.to_owned())), "{path}");
        }
    }

    #[test]
    fn what_comes_near_is_no_container() {
        for path in [
            "",
            "/",
            "/docker",
            "/docker/ID/init.scope",
            "/docker/ID0",
            "/docker/0ID",
            "/kubepods/burstable/pod12345678-1234-1234-1234-123456789012",
            "/kubepods.slice/crio-conmon-ID.scope",
            "/machine.slice/libpod-conmon-ID.scope",
            "/machine.slice/libpod-ID.scope/container",
            "/system.slice/sshd-ID.scope",
            "/docker/0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
            "/docker-",
            "-ID",
        ] {
            assert_eq!(container(path), None, "{path}");
        }
    }

    #[test]
    fn ids_by_pid_namespace_read_back() {
        assert_eq!(id_of(b"", 4026532301, 77), "pidns-4026532301-77");
        assert_eq!(start_in("pidns-4026532301-77"), Some(77));
        for other in ["pidns-", "pidns-x-77", "pidns-1-", "0123", "pidns-1-77-2"] {
            assert_eq!(start_in(other), None, "{other}");
        }
    }

    #[test]
    fn pods_are_told_by_either_driver() {
        let uid = "12345678-1234-1234-1234-123456789012";
        for path in [
            "/kubepods/burstable/pod12345678-1234-1234-1234-123456789012/ID",
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12345678_1234_1234_1234_123456789012.slice/crio-ID.scope",
        ] {
            assert_eq!(pod_uid(path.as_bytes()).as_deref(), Some(uid), "{path}");
        }
        for path in ["/kubepods/burstable/podX2345678-1234-1234-1234-123456789012", "/docker/ID", "/pod"] {
            assert_eq!(pod_uid(path.as_bytes()), None, "{path}");
        }
    }
}
