//! The tables of processes, containers, and of the capture itself.

use super::Fixed;
use super::Type::{Boolean, Integer, Text, Timestamp};

pub(crate) const EVENT_KINDS: Fixed = Fixed {
    name: "event_kinds",
    doc: "A row per kind of event that has rows.",
    is_keyed: false,
    columns: &[
        ("event", Text, "Name of the event."),
        ("id", Integer, "Its number."),
        ("view", Text, "Name of its table."),
        ("rows", Integer, "Rows of it."),
        ("doc", Text, "When a row is made."),
    ],
};

pub(crate) const PROCESSES: Fixed = Fixed {
    name: "processes",
    doc: "A row per process that was seen or is an ancestor of one.",
    is_keyed: true,
    columns: &[
        ("process_key", Integer, "Unique id of the process, also across boots and hosts."),
        ("host_pid", Integer, "Process id in the initial PID namespace."),
        ("pid", Integer, "Process id in its own PID namespace."),
        ("ppid", Integer, "Parent process in its own PID namespace; 0 when the parent is outside."),
        ("host_ppid", Integer, "Parent process in the initial PID namespace."),
        ("parent_key", Integer, "Unique id of the parent process."),
        ("start_ns", Integer, "Start, UTC nanoseconds; the capture's when it is open."),
        ("end_ns", Integer, "End, UTC nanoseconds; the capture's when it is open."),
        ("start_ts", Timestamp, "The start."),
        ("end_ts", Timestamp, "The end."),
        ("start_open", Boolean, "It began before the capture, or when is not known."),
        ("end_open", Boolean, "It ended after the capture, or when is not known."),
        ("exe", Text, "Path of the program that it ran last."),
        ("exe_sha256", Text, "SHA-256 of that file, hexadecimal, when the capture's artifacts know it."),
        ("comm", Text, "Name of its first thread, the last that it had."),
        ("argv", Text, "Arguments that it was executed with, as a shell would write them."),
        ("argv_json", Text, "The same as a JSON array."),
        ("cwd", Text, "Working directory when it was executed."),
        ("uid", Integer, "Real user id."),
        ("gid", Integer, "Real group id."),
        ("euid", Integer, "Effective user id."),
        ("exit_code", Integer, "What it ended with; NULL when a signal ended it."),
        ("exit_signal", Text, "The signal that ended it."),
        ("exit_signal_number", Integer, "Its number."),
        ("container_id", Text, "Id of the container that it is in."),
        ("cgroup_id", Integer, "Its control group of version 2."),
        ("mnt_ns", Integer, "Mount namespace, inode number."),
        ("pid_ns", Integer, "PID namespace, inode number."),
        ("uts_name", Text, "Host name as its UTS namespace has it."),
        ("started_ns", Integer, "When it really began, UTC nanoseconds; NULL when it is not known."),
        ("ended_ns", Integer, "When it really ended, UTC nanoseconds; NULL when it is not known."),
    ],
};

pub(crate) const THREADS: Fixed = Fixed {
    name: "threads",
    doc: "A row per thread that was seen.",
    is_keyed: true,
    columns: &[
        ("thread_key", Integer, "Unique id of the thread; of a process's first thread the process's."),
        ("process_key", Integer, "Process that it is of."),
        ("host_tid", Integer, "Thread id in the initial PID namespace."),
        ("tid", Integer, "Thread id in its own PID namespace."),
        ("comm", Text, "Its name, the last that it had."),
        ("start_ns", Integer, "Start, UTC nanoseconds; the capture's when it is open."),
        ("end_ns", Integer, "End, UTC nanoseconds; the capture's when it is open."),
        ("start_open", Boolean, "It began before the capture, or when is not known."),
        ("end_open", Boolean, "It ended after the capture, or when is not known."),
    ],
};

pub(crate) const PROCESS_ANCESTORS: Fixed = Fixed {
    name: "process_ancestors",
    doc: "A row per process and ancestor of it, 64 generations back.",
    is_keyed: false,
    columns: &[
        ("process_key", Integer, "The process."),
        ("ancestor_key", Integer, "Its ancestor, which has no row in `processes` when only its id is known."),
        ("depth", Integer, "Generations between them: 1 is the parent."),
        ("cut", Boolean, "The last that is known, though it had a parent too."),
    ],
};

pub(crate) const EVENT_COUNTS: Fixed = Fixed {
    name: "event_counts",
    doc: "A row per event of which there are rows or losses, and capture.",
    is_keyed: false,
    columns: &[
        ("capture", Integer, "Number of the capture, in `captures`."),
        ("event", Text, "Name of the event; NULL for losses of which it is not known."),
        ("rows", Integer, "Rows of it."),
        ("lost", Integer, "How many were lost."),
    ],
};

pub(crate) const CONTAINERS: Fixed = Fixed {
    name: "containers",
    doc: "A row per container.",
    is_keyed: true,
    columns: &[
        ("container_key", Integer, "Number of the container in the capture."),
        ("container_id", Text, "Its id."),
        ("runtime_id", Text, "Id that its runtime gives it."),
        ("runtime", Text, "What runs it."),
        ("name", Text, "Its name."),
        ("image", Text, "Image that it was made of."),
        ("image_id", Text, "Id of the image."),
        ("image_digest", Text, "Digest of the image."),
        ("pod_name", Text, "Pod that it is of."),
        ("pod_uid", Text, "Unique id of the pod."),
        ("pod_namespace", Text, "Namespace of the pod, as Kubernetes has it."),
        ("is_sandbox", Boolean, "It only holds the pod's namespaces."),
        ("labels", Text, "Its labels, a JSON object."),
        ("created_ns", Integer, "When its runtime made it, UTC nanoseconds."),
        ("first_seen_ns", Integer, "When it was first seen, UTC nanoseconds."),
        ("removed_ns", Integer, "When its control group was removed, UTC nanoseconds."),
        ("is_new", Boolean, "It began while it was recorded."),
        ("start_ns", Integer, "Start, UTC nanoseconds; the capture's when it is open."),
        ("end_ns", Integer, "End, UTC nanoseconds; the capture's when it is open."),
        ("start_open", Boolean, "It began before the capture, or when is not known."),
        ("end_open", Boolean, "It ended after the capture, or when is not known."),
        ("pid_ns", Integer, "PID namespace that it is told by, inode number."),
        ("cgroup_id", Integer, "Control group that it is told by."),
        ("hierarchy_id", Integer, "Hierarchy of that group; 0 for version 2."),
        ("cgroup_path", Text, "Path of that group."),
        ("why_not", Text, "Why no runtime says more."),
    ],
};

pub(crate) const PODS: Fixed = Fixed {
    name: "pods",
    doc: "A row per pod.",
    is_keyed: false,
    columns: &[
        ("pod_uid", Text, "Unique id of the pod."),
        ("pod_name", Text, "Its name."),
        ("pod_namespace", Text, "Its namespace, as Kubernetes has it."),
        ("containers", Integer, "Its containers, without sandboxes."),
        ("sandbox_id", Text, "Id of the container that holds its namespaces."),
        ("first_seen_ns", Integer, "When the first of it was seen, UTC nanoseconds."),
    ],
};

pub(crate) const CAPTURES: Fixed = Fixed {
    name: "captures",
    doc: "A row per capture that was loaded; most often one.",
    is_keyed: true,
    columns: &[
        ("capture", Integer, "Its number."),
        ("capture_id", Text, "Id of the capture, hexadecimal."),
        ("host_id", Text, "Id of the host, hexadecimal."),
        ("boot_id", Text, "Id of the boot, hexadecimal."),
        ("host", Text, "Name of the host."),
        ("kernel", Text, "Release of its kernel."),
        ("command", Text, "The recorded command; NULL when the whole host was recorded."),
        ("segments", Integer, "Segments that can be opened."),
        ("start_ns", Integer, "Start, UTC nanoseconds."),
        ("end_ns", Integer, "End, UTC nanoseconds."),
        ("start_ts", Timestamp, "Start."),
        ("end_ts", Timestamp, "End."),
        ("events", Integer, "Rows of events."),
        ("lost", Integer, "Events lost."),
        ("complete", Boolean, "Everything is there that was to be recorded."),
        ("problems", Text, "Why it is not complete, joined by `; `."),
        ("stop_reason", Text, "Why recording ended; NULL when the capture does not say."),
        ("exit_status", Integer, "Wait status of the command."),
        ("missing_hooks", Text, "Hooks that were wanted and not there, joined by `; `."),
        ("machine", Text, "Architecture of the host."),
        ("offset_ns", Integer, "UTC minus boot-time, nanoseconds: what turns `boot_ns` into `ts_ns`."),
        ("info", Text, "What the recorder says of itself, JSON."),
    ],
};

pub(crate) const CLOCK_STEPS: Fixed = Fixed {
    name: "clock_steps",
    doc: "A row for each time that the clock of the day was set.",
    is_keyed: false,
    columns: &[
        ("boot_ns", Integer, "When it was noticed, CLOCK_BOOTTIME, nanoseconds."),
        ("ts_ns", Integer, "The same, UTC nanoseconds by the clock of the capture's start."),
        ("ts", Timestamp, "The same."),
        ("realtime_ns", Integer, "What the clock said then, UTC nanoseconds."),
        ("step_ns", Integer, "How far it was set, nanoseconds."),
        ("uncertainty_ns", Integer, "How far off that can be, nanoseconds."),
        ("capture", Integer, "Number of the capture, in `captures`."),
    ],
};

pub(crate) const LOSSES: Fixed = Fixed {
    name: "losses",
    doc: "A row per range of frames that were lost, and kind of event in it.",
    is_keyed: false,
    columns: &[
        ("segment", Integer, "Number of the segment that says so."),
        ("lane", Text, "Lane that they were in."),
        ("cpu", Integer, "CPU that they were made on."),
        ("reason", Text, "Why they were lost."),
        ("first_seq", Integer, "First sequence number; NULL when they had none."),
        ("last_seq", Integer, "Last sequence number; NULL when they had none."),
        ("first_ns", Integer, "Time of the first, UTC nanoseconds."),
        ("last_ns", Integer, "Time of the last, UTC nanoseconds."),
        ("event", Text, "Name of the event; NULL when it is not known."),
        ("count", Integer, "How many of it."),
        ("capture", Integer, "Number of the capture, in `captures`."),
    ],
};

pub(crate) const DAMAGE: Fixed = Fixed {
    name: "damage",
    doc: "A row per part of the capture that could not be read.",
    is_keyed: false,
    columns: &[
        ("segment", Integer, "Number of the segment."),
        ("offset", Integer, "Where in its file, in bytes."),
        ("length", Integer, "How much, in bytes."),
        ("what", Text, "What is wrong."),
        ("capture", Integer, "Number of the capture, in `captures`."),
    ],
};

pub(crate) const OPEN_FILES: Fixed = Fixed {
    name: "open_files",
    doc: "A row per descriptor that was open when a segment began.",
    is_keyed: false,
    columns: &[
        ("segment", Integer, "Number of the segment."),
        ("process_key", Integer, "Process that had it open."),
        ("host_pid", Integer, "Its id in the initial PID namespace."),
        ("fd", Integer, "Number of the descriptor."),
        ("object", Integer, "Number of what is open, in `objects`."),
        ("path", Text, "Path of what is open, or what it is."),
        ("read_ns", Integer, "When it was read, UTC nanoseconds."),
        ("ts", Timestamp, "The same."),
        ("boot_ns", Integer, "The same, CLOCK_BOOTTIME, nanoseconds."),
        ("state", Text, "State of a socket (`TCP_LISTEN`); NULL of what is none."),
        ("state_number", Integer, "The number of `state`."),
        ("capture", Integer, "Number of the capture, in `captures`."),
    ],
};
