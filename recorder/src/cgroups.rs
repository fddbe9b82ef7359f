//! Control groups as /proc and the mounted hierarchies show them: of the one hierarchy that tells containers.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A hierarchy of control groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hierarchy {
    /// Its number, 0 for version 2.
    pub(crate) id: u32,
    /// Where it is mounted as a whole, if it is.
    mount: Option<PathBuf>,
}

impl Hierarchy {
    /// The hierarchy in which container runtimes make a control group for each container: that of the controller `cpuset`
    /// where it has one of version 1, or else version 2. A runtime that uses version 1 makes one in each hierarchy.
    pub(crate) fn of_containers() -> Hierarchy {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        Hierarchy::parse(&read("/proc/cgroups"), &read("/proc/self/mountinfo"))
    }

    fn parse(controllers: &str, mounts: &str) -> Hierarchy {
        let cpuset = controllers.lines().find_map(|line| line.strip_prefix("cpuset\t"));
        let id = cpuset.and_then(|rest| rest.split('\t').next()?.parse().ok()).unwrap_or(0);
        let mount = mounts.lines().find_map(|line| {
            let (mount, file_system) = line.split_once(" - ")?;
            let mut mount = mount.split(' ').skip(3);
            let (root, path) = (mount.next()?, mount.next()?);
            let mut file_system = file_system.split(' ');
            let kind = file_system.next()?;
            let options = file_system.nth(1)?;
            let is_it = match id {
                0 => kind == "cgroup2",
                _ => kind == "cgroup" && options.split(',').any(|option| option == "cpuset"),
            };
            (is_it && root == "/").then(|| PathBuf::from(path))
        });
        Hierarchy { id, mount }
    }

    /// The path that the text of /proc/PID/cgroup names for this hierarchy.
    pub(crate) fn path_in<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let prefix = format!("{}:", self.id);
        let line = text.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(prefix.as_bytes()))?;
        line.splitn(2, |byte| *byte == b':').nth(1)
    }

    /// Id and change time (UTC nanoseconds) of the control group with this path; zeros when it cannot be looked up.
    pub(crate) fn look_up(&self, path: &[u8]) -> (u64, u64) {
        let below = Path::new(OsStr::from_bytes(path)).strip_prefix("/").unwrap_or(Path::new(""));
        let found = self.mount.as_ref().and_then(|mount| std::fs::metadata(mount.join(below)).ok());
        // Seen from inside of a cgroup namespace, what is outside has `..` in its path and is not there.
        found.filter(|_| !path.starts_with(b"/..")).map_or((0, 0), |found| {
            (found.ino(), found.ctime().wrapping_mul(1_000_000_000).wrapping_add(found.ctime_nsec()) as u64)
        })
    }
}

/// The root of the hierarchy of version 2, opened where it is mounted as a whole; `None` when it is nowhere.
pub(crate) fn root_of_version_2() -> Option<File> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    let hierarchy = Hierarchy::parse("", &mounts);
    File::open(hierarchy.mount?).ok()
}

/// Adds a path, and those of all that it lies in but the root.
pub(crate) fn with_parents(path: &[u8], paths: &mut BTreeSet<Vec<u8>>) {
    let mut path = path;
    while path.len() > 1 && paths.insert(path.to_vec()) {
        path = &path[..path.iter().rposition(|byte| *byte == b'/').unwrap_or(0)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &str = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime shared:9 - cgroup cgroup rw,cpuset
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
";

    #[test]
    fn containers_are_looked_for_in_cpuset_where_that_is_of_version_1() {
        let with = |number: u32| format!("#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t{number}\t1\t1\n");
        let hierarchy = Hierarchy::parse(&with(3), HYBRID);
        assert_eq!(hierarchy, Hierarchy { id: 3, mount: Some("/sys/fs/cgroup/cpuset".into()) });
        assert_eq!(Hierarchy::parse(&with(0), HYBRID).mount.unwrap(), Path::new("/sys/fs/cgroup/unified"));
        assert_eq!(Hierarchy::parse("", ""), Hierarchy { id: 0, mount: None });
        let text = b"13:cpuset:/other\n3:cpuset:/docker/1:2\n0::/user.slice\n";
        assert_eq!(hierarchy.path_in(text).unwrap(), b"/docker/1:2");
        assert_eq!(Hierarchy::default().path_in(text).unwrap(), b"/user.slice");
    }

    #[test]
    fn a_control_group_comes_with_those_around_it() {
        let mut paths = BTreeSet::new();
        with_parents(b"/a/b/c", &mut paths);
        with_parents(b"/a/d", &mut paths);
        with_parents(b"/", &mut paths);
        assert_eq!(paths.into_iter().collect::<Vec<_>>(), [&b"/a"[..], b"/a/b", b"/a/b/c", b"/a/d"]);
    }
}
