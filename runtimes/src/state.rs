//! The state files that runc and crun keep of their containers: what is known without any daemon, pids above all.
//!
//! Some of these directories belong to unprivileged users. No symbolic link is followed below the endpoint's own path,
//! only regular files are read, and all of it may hang: the caller reads on a thread that it can leave behind.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, fstat, openat};
use rustix::io::Errno;
use serde::Deserialize;

use crate::MAX_CONTAINERS;
use crate::ask::{Asking, Request};
use crate::description::{Description, Labels, Runtime, id_is_sound, time_ns};
use crate::endpoint::Kind;
use crate::json::{List, Text};
use crate::warning::{Failed, Trouble};

/// Names of namespaces and of users' directories that are looked at.
const MAX_NAMESPACES: usize = 1024;
/// Annotations that runc keeps of one container.
const MAX_ANNOTATIONS: usize = 512;

/// runc's `state.json`.
#[derive(Deserialize)]
struct RuncState {
    id: Text,
    #[serde(default)]
    init_process_pid: i64,
    #[serde(default)]
    init_process_start: u64,
    #[serde(default)]
    created: Option<Text>,
    #[serde(default)]
    cgroup_paths: Option<Labels>,
    #[serde(default)]
    config: Option<RuncConfig>,
}

#[derive(Deserialize)]
struct RuncConfig {
    #[serde(default)]
    labels: Option<List<Text, MAX_ANNOTATIONS>>,
}

/// crun's `status`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct CrunStatus {
    #[serde(default)]
    pid: i64,
    #[serde(default)]
    process_start_time: u64,
    #[serde(default)]
    cgroup_path: Option<Text>,
    #[serde(default)]
    bundle: Option<Text>,
    #[serde(default)]
    created: Option<Text>,
}

/// A directory with one directory for each container.
struct Root<'a> {
    asking: &'a Asking,
    directory: OwnedFd,
    kind: Kind,
    of_a_user: bool,
    namespace: Option<String>,
    /// The path as a warning and a description name it.
    source: String,
}

/// Reads the state files of an endpoint.
pub(crate) fn read(asking: &Asking, request: &Request) -> Result<(), Failed> {
    let path = &asking.endpoint.path;
    let directory = openat(CWD, path, directory_flags(), Mode::empty()).map_err(|error| match error {
        Errno::NOTDIR => Failed::unreachable("it is no directory"),
        _ => Failed::unreachable(error),
    })?;
    let root =
        |directory, kind, of_a_user, source| Root { asking, directory, kind, of_a_user, namespace: None, source };
    if asking.endpoint.kind != Kind::Users {
        return root(directory, asking.endpoint.kind, false, asking.endpoint.to_string()).read(request);
    }
    for user in names(&directory, MAX_NAMESPACES).0 {
        for (kind, name) in [(Kind::Runc, c"runc"), (Kind::Crun, c"crun")] {
            let Ok(theirs) = below(&directory, &user) else { continue };
            let Ok(theirs) = below(&theirs, name) else { continue };
            let source = path.join(user.to_string_lossy().as_ref()).join(name.to_string_lossy().as_ref());
            root(theirs, kind, true, format!("{}:{}", kind.name(), source.display())).read(request)?;
        }
    }
    Ok(())
}

impl Root<'_> {
    fn read(self, request: &Request) -> Result<(), Failed> {
        match request {
            // A container's name is its id here.
            Request::Describe(id) | Request::Find(id) => {
                if !id_is_sound(id) {
                    return Ok(());
                }
                let Ok(id) = CString::new(id.as_str()) else { return Ok(()) };
                if self.one(&id)? {
                    return Ok(());
                }
                for namespace in names(&self.directory, MAX_NAMESPACES).0 {
                    if let Ok(inner) = self.namespace(&namespace) {
                        inner.one(&id)?;
                    }
                    self.in_time()?;
                }
                Ok(())
            }
            Request::List => {
                for name in self.names() {
                    if !self.one(&name)?
                        && let Ok(inner) = self.namespace(&name)
                    {
                        for name in inner.names() {
                            inner.one(&name)?;
                        }
                    }
                }
                Ok(())
            }
        }
    }

    fn names(&self) -> Vec<CString> {
        let (names, more) = names(&self.directory, MAX_CONTAINERS);
        if more {
            self.asking.warn_more(MAX_CONTAINERS);
        }
        names
    }

    fn in_time(&self) -> Result<(), Failed> {
        if self.asking.over() {
            return Err(Failed::new(Trouble::TimedOut, "no time was left to read every state file"));
        }
        Ok(())
    }

    /// The directory of a namespace in this one.
    fn namespace(&self, name: &CStr) -> Result<Root<'_>, Errno> {
        let words = name.to_string_lossy().into_owned();
        let source = format!("{}/{words}", self.source);
        let directory = below(&self.directory, name)?;
        Ok(Root { asking: self.asking, directory, namespace: Some(words), source, ..*self })
    }

    /// Reads the container in the directory `name`; `false` when there is none in it.
    fn one(&self, name: &CStr) -> Result<bool, Failed> {
        self.in_time()?;
        let Ok(directory) = below(&self.directory, name) else { return Ok(false) };
        let file = if self.kind == Kind::Crun { c"status" } else { c"state.json" };
        let limit_bytes = self.asking.limits.answer_bytes;
        let bytes = match regular(&directory, file, limit_bytes) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(false),
            Err(failed) => {
                self.asking.warn(failed);
                return Ok(true);
            }
        };
        let id = name.to_string_lossy();
        match self.understand(&id, &bytes) {
            Ok(description) => {
                if !self.asking.put(description) {
                    return Err(Failed::new(Trouble::Incomplete, "not every state file was read"));
                }
            }
            Err(failed) => self.asking.warn(failed),
        }
        Ok(true)
    }

    fn understand(&self, id: &str, bytes: &[u8]) -> Result<Description, Failed> {
        if !id_is_sound(id) {
            return Err(Failed::not_understood(format_args!("a container whose id is {id:?}")));
        }
        let mut told = Description::new(self.runtime(), id, self.source.clone());
        told.of_a_user = self.of_a_user;
        told.namespace = self.namespace.as_deref().and_then(|namespace| told.keep("namespace", namespace));
        let wrong = |error| Failed::not_understood(format_args!("the state of {id}: {error}"));
        let (pid, start, created);
        if self.kind == Kind::Crun {
            let status: CrunStatus = serde_json::from_slice(bytes).map_err(wrong)?;
            (pid, start, created) = (status.pid, status.process_start_time, status.created);
            told.bundle = status.bundle.and_then(|bundle| told.keep("bundle", &bundle.text));
            if let Some(path) = status.cgroup_path.and_then(|path| told.keep("cgroup_paths", &path.text)) {
                told.cgroup_paths.insert(String::new(), path);
            }
        } else {
            let state: RuncState = serde_json::from_slice(bytes).map_err(wrong)?;
            if state.id.text != id {
                return Err(crate::docker::wrong_id(id, &state.id.text));
            }
            (pid, start, created) = (state.init_process_pid, state.init_process_start, state.created);
            if let Some(paths) = state.cgroup_paths {
                if paths.cut {
                    told.cut.insert("cgroup_paths");
                }
                told.cgroup_paths = paths.map;
            }
            let mut labels = Labels::default();
            let annotations = state.config.and_then(|config| config.labels).unwrap_or_default();
            labels.cut = annotations.more;
            for annotation in &annotations.items {
                match annotation.text.split_once('=') {
                    Some(("bundle", path)) => told.bundle = told.keep("bundle", path),
                    Some((key, value)) => {
                        labels.cut |= annotation.cut;
                        labels.put(key, value);
                    }
                    None => {}
                }
            }
            told.keep_labels(labels);
        }
        told.created_ns = created.and_then(|created| time_ns(&created.text));
        // A file outlives its container when the machine stops hard, and pids come again: the start tells them apart.
        let running = u32::try_from(pid).ok().filter(|pid| *pid > 0 && start_ticks(*pid) == Some(start));
        told.running = Some(running.is_some());
        told.init_pid = running;
        if matches!(told.runtime, Runtime::Runc | Runtime::Crun) {
            told.name = told.keep("name", id);
        }
        told.fill_pod();
        if told.name.is_none() {
            // As the runtime itself calls them: a container by its name in the pod, a sandbox by the pod's.
            let name = if told.pod_sandbox == Some(true) { &told.pod_name } else { &told.pod_container };
            told.name = name.clone();
        }
        Ok(told)
    }

    fn runtime(&self) -> Runtime {
        match self.namespace.as_deref() {
            Some("moby") => Runtime::Docker,
            Some(_) => Runtime::Containerd,
            None if self.kind == Kind::Crun => Runtime::Crun,
            // Given without the directory above it.
            None if Path::new(&self.asking.endpoint.path).ends_with("moby") => Runtime::Docker,
            None => Runtime::Runc,
        }
    }
}

fn directory_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NONBLOCK
}

/// A directory in a directory, itself and no link.
fn below(directory: &OwnedFd, name: &CStr) -> Result<OwnedFd, Errno> {
    openat(directory, name, directory_flags() | OFlags::NOFOLLOW, Mode::empty())
}

/// Names in a directory, at most `limit`, and whether there are more.
fn names(directory: &OwnedFd, limit: usize) -> (Vec<CString>, bool) {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory).into_iter().flatten().flatten() {
        if matches!(entry.file_name().to_bytes(), b"." | b"..") {
            continue;
        }
        if names.len() >= limit {
            return (names, true);
        }
        names.push(entry.file_name().to_owned());
    }
    names.sort();
    (names, false)
}

/// The content of a regular file; nothing where there is no file of that name.
fn regular(directory: &OwnedFd, name: &CStr, limit_bytes: usize) -> Result<Option<Vec<u8>>, Failed> {
    // NONBLOCK: a pipe in its place would wait for a writer.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = match openat(directory, name, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP) => return Err(Failed::not_understood("a state file that is a symbolic link")),
        Err(error) => return Err(Failed::unreachable(format_args!("a state file: {error}"))),
    };
    let stat = fstat(&file).map_err(|error| Failed::unreachable(format_args!("a state file: {error}")))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Failed::not_understood("a state file that is no regular file"));
    }
    let mut bytes = Vec::new();
    let read = File::from(file).take(limit_bytes as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failed::unreachable(format_args!("a state file: {error}")))?;
    if bytes.len() > limit_bytes {
        return Err(Failed::too_large(limit_bytes));
    }
    Ok(Some(bytes))
}

/// When a process started, in clock ticks after boot.
fn start_ticks(pid: u32) -> Option<u64> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything, parentheses too; the 22nd field is the 20th after it.
    let after = stat.rsplit(|byte| *byte == b')').next()?;
    str::from_utf8(after).ok()?.split_ascii_whitespace().nth(19)?.parse().ok()
}
