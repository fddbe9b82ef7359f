//! Where a runtime can be asked: sockets and directories, by kind and path.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::warning::{Failed, Trouble, Warning};

/// Most endpoints that are asked.
pub const MAX_ENDPOINTS: usize = 32;

/// How an endpoint is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The Docker Engine API, Podman's too.
    Docker,
    /// The Kubernetes container runtime interface: containerd, CRI-O, cri-dockerd.
    Cri,
    /// A directory of runc's state files, at most one level of namespaces above them.
    Runc,
    /// A directory of crun's state files.
    Crun,
    /// A directory of users' directories (`/run/user`) with a `runc` or `crun` in them.
    Users,
}

impl Kind {
    const ALL: [(Kind, &'static str); 5] = [
        (Kind::Docker, "docker"),
        (Kind::Cri, "cri"),
        (Kind::Runc, "runc"),
        (Kind::Crun, "crun"),
        (Kind::Users, "users"),
    ];

    /// The kind in one lower-case word.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

/// Something that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// How it is spoken to.
    pub kind: Kind,
    /// The socket or the directory.
    pub path: PathBuf,
}

const DEFAULTS: [(Kind, &str); 11] = [
    (Kind::Docker, "/var/run/docker.sock"),
    (Kind::Cri, "/run/containerd/containerd.sock"),
    (Kind::Cri, "/run/crio/crio.sock"),
    (Kind::Docker, "/run/podman/podman.sock"),
    (Kind::Cri, "/run/k3s/containerd/containerd.sock"),
    (Kind::Runc, "/run/runc"),
    (Kind::Runc, "/run/docker/runtime-runc"),
    (Kind::Runc, "/run/containerd/runc"),
    (Kind::Crun, "/run/crun"),
    (Kind::Users, "/run/user"),
    (Kind::Cri, "/run/cri-dockerd.sock"),
];

impl Endpoint {
    /// The endpoint at a path.
    pub fn new(kind: Kind, path: impl Into<PathBuf>) -> Self {
        Endpoint { kind, path: path.into() }
    }

    /// Reads `KIND:PATH`, like `docker:/var/run/docker.sock`. The error says what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, path) =
            text.split_once(':').ok_or_else(|| format!("a runtime's endpoint is KIND:PATH, not {text:?}"))?;
        let Some((kind, _)) = Kind::ALL.into_iter().find(|(_, known)| *known == name) else {
            let known: Vec<_> = Kind::ALL.iter().map(|(_, name)| *name).collect();
            return Err(format!("{name:?} is no kind of endpoint: {}", known.join(", ")));
        };
        match path.strip_prefix("unix://").unwrap_or(path) {
            path if path.starts_with('/') && !path.contains('\0') => Ok(Endpoint::new(kind, path)),
            path => Err(format!("the path of a runtime's endpoint starts with a slash: {path:?}")),
        }
    }

    /// The usual endpoints of this host that exist, and those that `DOCKER_HOST` and `CONTAINER_RUNTIME_ENDPOINT` name,
    /// which come first; warnings for what in these cannot be asked.
    pub fn of_this_host() -> (Vec<Endpoint>, Vec<Warning>) {
        Self::found(|name| std::env::var_os(name), &DEFAULTS)
    }

    fn found(variable: impl Fn(&str) -> Option<OsString>, defaults: &[(Kind, &str)]) -> (Vec<Endpoint>, Vec<Warning>) {
        let mut found: Vec<(PathBuf, Endpoint)> = Vec::new();
        let mut warnings = Vec::new();
        let mut add = |endpoint: Endpoint| match std::fs::canonicalize(&endpoint.path) {
            Ok(real) => {
                // /var/run is /run, and a variable may name what is a default too.
                if !found.iter().any(|(known, _)| *known == real) {
                    found.push((real, endpoint));
                }
                true
            }
            Err(_) => false,
        };
        for (name, kind) in [("DOCKER_HOST", Kind::Docker), ("CONTAINER_RUNTIME_ENDPOINT", Kind::Cri)] {
            let Some(value) = variable(name).filter(|value| !value.is_empty()) else { continue };
            let path = value.to_str().map(|value| value.strip_prefix("unix://").unwrap_or(value));
            let failed = match path.filter(|path| path.starts_with('/') && !path.contains('\0')) {
                Some(path) if add(Endpoint::new(kind, path)) => continue,
                Some(path) => Failed::unreachable(format_args!("{path} does not exist")),
                None => Failed::new(Trouble::Unreachable, format_args!("{value:?} is no unix socket and is not asked")),
            };
            warnings.push(Warning::new(&name, failed));
        }
        for (kind, path) in defaults {
            add(Endpoint::new(*kind, Path::new(path)));
        }
        (found.into_iter().map(|(_, endpoint)| endpoint).collect(), warnings)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}:{}", self.kind.name(), self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_endpoint_says_what_would_be_right() {
        assert_eq!(Endpoint::parse("docker:/x/y"), Ok(Endpoint::new(Kind::Docker, "/x/y")));
        assert_eq!(Endpoint::parse("cri:unix:///x"), Ok(Endpoint::new(Kind::Cri, "/x")));
        assert!(Endpoint::parse("/x").unwrap_err().contains("KIND:PATH"));
        assert!(Endpoint::parse("lxc:/x").unwrap_err().contains("docker, cri, runc"));
        assert!(Endpoint::parse("docker:x").unwrap_err().contains("slash"));
        for (kind, name) in Kind::ALL {
            assert_eq!(Endpoint::parse(&format!("{name}:/x")).unwrap().to_string(), format!("{name}:/x"));
            assert_eq!(kind.name(), name);
        }
    }

    #[test]
    fn only_what_exists_is_asked_and_each_once() {
        let dir = tempfile::tempdir().unwrap();
        let here = dir.path().join("a.sock");
        std::fs::write(&here, "").unwrap();
        let alias = dir.path().join("alias.sock");
        std::os::unix::fs::symlink(&here, &alias).unwrap();
        let missing = dir.path().join("b.sock");
        let defaults = [&here, &alias, &missing].map(|path| (Kind::Docker, path.to_str().unwrap()));
        let host = |value: String| move |name: &str| (name == "DOCKER_HOST").then(|| OsString::from(&value));

        let (found, warnings) = Endpoint::found(host(format!("unix://{}", alias.display())), &defaults);
        assert_eq!((found, warnings.len()), (vec![Endpoint::new(Kind::Docker, &alias)], 0));

        for value in ["tcp://10.0.0.1:2375", "unix:///nowhere", "ssh://x", "unix://relative"] {
            let (found, warnings) = Endpoint::found(host(value.to_owned()), &defaults);
            assert_eq!(found, [Endpoint::new(Kind::Docker, &here)]);
            assert!(warnings[0].to_string().starts_with("DOCKER_HOST: "), "{warnings:?}");
        }
    }
}
