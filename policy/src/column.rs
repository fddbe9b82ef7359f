//! The columns of every row that a filter may name, by their names in SQL and by those that Tracee's users know.

use std::fmt;

/// A column of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// UTC nanoseconds.
    Timestamp,
    /// The CPU.
    Cpu,
    /// Unique number of the process.
    ProcessKey,
    /// Process id in its own PID namespace.
    Pid,
    /// Thread id in its own PID namespace.
    Tid,
    /// Its parent's process id in that namespace.
    ParentPid,
    /// Process id on the host.
    HostPid,
    /// Thread id on the host.
    HostTid,
    /// The parent's process id on the host.
    HostParentPid,
    /// User id.
    Uid,
    /// Group id.
    Gid,
    /// Inode number of the mount namespace.
    MountNamespace,
    /// Inode number of the PID namespace.
    PidNamespace,
    /// Id of the cgroup.
    CgroupId,
    /// The thread's name.
    Comm,
    /// Path of the executed file.
    Executable,
    /// Host name of the UTS namespace.
    HostName,
    /// Name of the system call.
    Syscall,
    /// Id of the container.
    ContainerId,
    /// Its name.
    ContainerName,
    /// Its image.
    ContainerImage,
    /// Name of the pod.
    PodName,
    /// Its namespace.
    PodNamespace,
    /// Its id.
    PodUid,
}

struct Known {
    column: Column,
    /// In SQL, and as filters are displayed.
    name: &'static str,
    others: &'static [&'static str],
    is_number: bool,
}

const fn number(column: Column, name: &'static str, others: &'static [&'static str]) -> Known {
    Known { column, name, others, is_number: true }
}

const fn text(column: Column, name: &'static str, others: &'static [&'static str]) -> Known {
    Known { column, name, others, is_number: false }
}

/// In the order of the enumeration.
const COLUMNS: &[Known] = &[
    number(Column::Timestamp, "ts_ns", &["timestamp"]),
    number(Column::Cpu, "cpu", &["processorId"]),
    number(Column::ProcessKey, "process_key", &[]),
    number(Column::Pid, "pid", &["p", "processId"]),
    number(Column::Tid, "tid", &["threadId"]),
    number(Column::ParentPid, "ppid", &["parentProcessId"]),
    number(Column::HostPid, "host_pid", &["hostPid", "hostProcessId"]),
    number(Column::HostTid, "host_tid", &["hostTid", "hostThreadId"]),
    number(Column::HostParentPid, "host_ppid", &["hostPpid", "hostParentProcessId"]),
    number(Column::Uid, "uid", &["u", "userId"]),
    number(Column::Gid, "gid", &["groupId"]),
    number(Column::MountNamespace, "mnt_ns", &["mntns", "mountns", "mountNamespace"]),
    number(Column::PidNamespace, "pid_ns", &["pidns", "pidNamespace"]),
    number(Column::CgroupId, "cgroup_id", &["cgroupId"]),
    text(Column::Comm, "comm", &["processName"]),
    text(Column::Executable, "exe", &["executable", "exec", "binary", "bin", "executablePath"]),
    text(Column::HostName, "uts_name", &["uts", "hostName"]),
    text(Column::Syscall, "syscall", &[]),
    text(Column::ContainerId, "container_id", &["containerId"]),
    text(Column::ContainerName, "container_name", &["containerName"]),
    text(Column::ContainerImage, "container_image", &["containerImage"]),
    text(Column::PodName, "pod_name", &["podName"]),
    text(Column::PodNamespace, "pod_namespace", &["podNamespace"]),
    text(Column::PodUid, "pod_uid", &["podUid", "podUID"]),
];

impl Column {
    /// The column of this name, in SQL or as Tracee has it.
    pub fn named(name: &str) -> Option<Column> {
        COLUMNS.iter().find(|known| known.name == name || known.others.contains(&name)).map(|known| known.column)
    }

    /// Its name in SQL.
    pub fn name(self) -> &'static str {
        self.known().map_or("", |known| known.name)
    }

    /// Whether it holds numbers; otherwise it holds text.
    pub fn is_number(self) -> bool {
        self.known().is_some_and(|known| known.is_number)
    }

    /// Every name of every column.
    pub fn names() -> impl Iterator<Item = &'static str> {
        COLUMNS.iter().flat_map(|known| std::iter::once(known.name).chain(known.others.iter().copied()))
    }

    fn known(self) -> Option<&'static Known> {
        COLUMNS.get(self as usize)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_table_is_in_order_and_no_name_means_two_columns() {
        for (index, known) in COLUMNS.iter().enumerate() {
            assert_eq!(known.column as usize, index, "{}", known.name);
            assert_eq!(Column::named(known.column.name()), Some(known.column));
        }
        let mut names = HashSet::new();
        assert!(Column::names().all(|name| names.insert(name)));
    }
}
