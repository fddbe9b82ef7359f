//! The views of the prelude ([`crate::prelude`]) as tables.

use super::Fixed;
use super::Type::{Boolean, Integer, Text, Timestamp};

/// Columns that say which event a row is of, and whose, and those given.
macro_rules! of_event {
    ($($column:expr),* $(,)?) => {
        &[
            ("ts", Timestamp, "When it happened."),
            ("ts_ns", Integer, "The same, UTC nanoseconds since 1970."),
            ("boot_ns", Integer, "The same, CLOCK_BOOTTIME, nanoseconds."),
            ("capture", Integer, "Number of the capture, in `captures`."),
            ("event_key", Integer, "Key of the event that says so."),
            ("event", Text, "Name of that event."),
            ("process_key", Integer, "Unique id of the process."),
            ("host_pid", Integer, "Process id in the initial PID namespace."),
            ("pid", Integer, "Process id in its own PID namespace."),
            ("comm", Text, "Name of the thread at this moment."),
            ("exe", Text, "Path of the program."),
            ("command_line", Text, "Arguments that it was executed with, joined by one space."),
            ("uid", Integer, "Real user id, initial user namespace."),
            ("container_id", Text, "Id of the container that it is in."),
            $($column),*
        ]
    };
}

pub(crate) const FILE_ACCESSES: Fixed = Fixed {
    name: "file_accesses",
    doc: "A row for each time that something was done to a file by name, done or refused.",
    is_keyed: false,
    columns: of_event![
        ("user", Text, "`root` where the user id is 0, otherwise the user id as text."),
        (
            "operation",
            Text,
            "open, create (an open that makes the file if it is not there), exec, rename, link, symlink, unlink, rmdir, mkdir, mknod, chmod, chown, truncate, utime, setxattr, removexattr, mount, umount, chroot or pivot_root."
        ),
        (
            "path",
            Text,
            "The file: as the kernel has it where it was opened or given as a descriptor, else what the program passed, from the directory that it starts in. Of link and rename the old name, of symlink the new one, of mount the target."
        ),
        (
            "other_path",
            Text,
            "The new name of rename and link, the target of symlink, the source of mount, the name of an extended attribute, the interpreter of a script that is executed."
        ),
        ("target", Text, "The path under which the file is afterwards: `other_path` of rename and link, else `path`."),
        ("flags", Text, "Flags of the call."),
        ("mode", Text, "Mode of the call."),
        (
            "ret",
            Integer,
            "What the call returned; NULL of hooks, and of io_uring, of which the result is in `io_uring_complete`."
        ),
        ("error", Text, "Name of the error."),
        ("from_user", Text, "Which of `path` and `other_path` are what the program passed, joined by commas."),
    ],
};

pub(crate) const FILES: Fixed = Fixed {
    name: "files",
    doc: "A row per path that something was done to, and container that it leads from.",
    is_keyed: false,
    columns: &[
        ("path", Text, "The path."),
        ("container_id", Text, "Id of the container; NULL on the host."),
        ("dev", Text, "Device of the file that was last opened by it, where an open of it was recorded."),
        ("inode", Integer, "Its inode number."),
        ("first_ns", Integer, "Time of the first access, UTC nanoseconds."),
        ("last_ns", Integer, "Time of the last."),
        ("accesses", Integer, "How many there were, as in `file_accesses`."),
        ("failed", Integer, "Of those, how many were refused."),
        ("opened", Integer, "How many opened it."),
        ("created", Integer, "How many were to make it (create, mkdir, mknod, symlink)."),
        ("executed", Integer, "How many executed it."),
        ("renamed", Integer, "How many gave it another name."),
        ("removed", Integer, "How many removed it."),
        ("changed", Integer, "How many changed its mode, owner, times, length or extended attributes."),
        ("processes", Integer, "How many processes there were."),
    ],
};

pub(crate) const CONNECTIONS: Fixed = Fixed {
    name: "connections",
    doc: "A row per connection that was asked for, taken or found, done or refused.",
    is_keyed: false,
    columns: of_event![
        ("user", Text, "`root` where the user id is 0, otherwise the user id as text."),
        ("initiated", Boolean, "Whether the process itself began it."),
        ("direction", Text, "out (connect), in (accept); NULL when the connection is older than the recording."),
        ("protocol", Text, "TCP, UDP, UNIX, ...; NULL when the socket is not known."),
        ("local_address", Text, "Address of this end."),
        ("local_port", Integer, "Its port."),
        (
            "remote_address",
            Text,
            "Address of the other end; NULL of an accept that failed. Of a socket in the file system its path."
        ),
        ("remote_port", Integer, "Its port."),
        ("remote_name", Text, "Name that the last answer of DNS before gave to that address."),
        ("result", Text, "established, in progress (its end is not waited for), failed, or unknown."),
        ("ret", Integer, "What the call returned; NULL without one."),
        ("error", Text, "Name of the error."),
    ],
};

pub(crate) const AUDIT_RECORDS: Fixed = Fixed {
    name: "audit_records",
    doc: "Events as the records of auditd.",
    is_keyed: false,
    columns: of_event![
        ("user", Text, "`root` where the user id is 0, otherwise the user id as text."),
        ("type", Text, "Type of the record: SYSCALL, EXECVE, PATH, CWD or SOCKADDR."),
        ("syscall", Text, "Of SYSCALL: name of the system call."),
        ("success", Text, "Of SYSCALL: yes or no; NULL where it has not returned."),
        ("exit", Integer, "Of SYSCALL: what it returned."),
        ("euid", Integer, "Of SYSCALL: effective user id."),
        ("auid", Integer, "Of SYSCALL: user id that was logged in as; 4294967295 where nobody was."),
        ("ppid", Integer, "Of SYSCALL: id of the parent in the initial PID namespace."),
        ("argc", Integer, "Of EXECVE: number of arguments."),
        ("name", Text, "Of PATH: the path."),
        ("nametype", Text, "Of PATH: NORMAL, CREATE, DELETE, or UNKNOWN where it failed."),
        ("cwd", Text, "Of CWD: the working directory."),
        ("saddr_family", Text, "Of SOCKADDR: inet, inet6, local."),
        ("saddr", Text, "Of SOCKADDR: the address of the other end."),
        ("saddr_port", Integer, "Of SOCKADDR: its port."),
        ("text", Text, "The values of the record's own fields without their names, joined by one space."),
        ("a0", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
        ("a1", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
        ("a2", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
        ("a3", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
        ("a4", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
        ("a5", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
        ("a6", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
        ("a7", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
        ("a8", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
        ("a9", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
        ("a10", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
        ("a11", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
        ("a12", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
        ("a13", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
        ("a14", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
        ("a15", Text, "Of EXECVE an argument; of SYSCALL, 0 to 3, the number in hexadecimal, where it is known."),
    ],
};

pub(crate) const LISTENING: Fixed = Fixed {
    name: "listening",
    doc: "A row for each time that a socket was to wait for connections, and for each that did when recording began.",
    is_keyed: false,
    columns: of_event![
        ("protocol", Text, "TCP, UNIX, ...; NULL when the socket is not known."),
        ("address", Text, "Where it waits; of a socket in the file system its path."),
        ("port", Integer, "The port."),
        ("backlog", Integer, "How many connections may wait to be accepted."),
        ("ret", Integer, "What the call returned; NULL, as `event` is, of what waited before."),
        ("error", Text, "Name of the error."),
    ],
};

pub(crate) const HOSTS: Fixed = Fixed {
    name: "hosts",
    doc: "A row per boot of a host that was recorded.",
    is_keyed: false,
    columns: &[
        ("host_id", Text, "Id of the host, hexadecimal."),
        ("boot_id", Text, "Id of the boot, hexadecimal."),
        ("host", Text, "Name of the host."),
        ("kernel", Text, "Release of its kernel."),
        ("machine", Text, "Its architecture."),
        ("booted_ns", Integer, "When it was booted, by its clock when recording began; UTC nanoseconds."),
        ("first_ns", Integer, "Start of the first capture, UTC nanoseconds."),
        ("last_ns", Integer, "End of the last; there may be gaps between them."),
        ("captures", Integer, "How many there are."),
    ],
};
