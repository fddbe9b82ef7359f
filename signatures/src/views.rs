//! The views that signatures read besides one table per event kind. Whoever feeds rows or runs the SQL makes views with
//! these columns; a test of the analyzer compares them with these.

use crate::table::{Column, Table, Type};

use Type::{Boolean, Integer, Text};

/// Who did it: what the views have in common besides the columns of every table.
const WHO: &[(&str, Type, &str)] = &[
    ("process_key", Integer, "The process."),
    ("host_pid", Integer, "Its id on the host."),
    ("pid", Integer, "Its id in its own PID namespace."),
    ("comm", Text, "Name of the thread."),
    ("exe", Text, "Path of the executed file."),
    ("command_line", Text, "Its arguments, joined by one space."),
    ("uid", Integer, "User id."),
    ("user", Text, "`root` where the user id is 0, otherwise the user id as text: captures hold no user names."),
    ("container_id", Text, "Id of the container; nothing on the host itself."),
];

/// Operations of `file_accesses` after which there is a file under `target` that was not there so before.
pub(crate) const FILE_CREATED: [&str; 5] = ["create", "rename", "link", "symlink", "mknod"];
/// Those after which a name is gone.
pub(crate) const FILE_DELETED: [&str; 2] = ["unlink", "rmdir"];

/// Every value of `file_accesses.operation`.
pub const OPERATIONS: &[&str] = &[
    "create",
    "open",
    "exec",
    "rename",
    "link",
    "symlink",
    "unlink",
    "mkdir",
    "rmdir",
    "mknod",
    "chmod",
    "chown",
    "truncate",
    "mount",
    "umount",
    "chroot",
    "pivot_root",
    "setxattr",
    "removexattr",
    "utime",
];

/// Types of audit records that kernel events can be shown as.
pub const RECORD_TYPES: &[&str] = &["SYSCALL", "EXECVE", "PATH", "CWD", "SOCKADDR"];

/// Arguments that an EXECVE record shows, each in a column of its own.
pub const RECORD_ARGUMENTS: usize = 16;

/// All views, in the order of `docs/signatures.md`.
pub fn all() -> Vec<Table> {
    vec![executions(), file_accesses(), connections(), dns_queries(), audit_records()]
}

fn view(name: &str, doc: &str, own: &[(&str, Type, &str)]) -> Table {
    let columns = WHO.iter().chain(own).map(|(name, kind, doc)| Column::new(name, *kind, doc)).collect();
    Table::new(name, doc, columns)
}

/// Gives a column its list of values.
fn limit(table: &mut Table, name: &str, values: &'static [&'static str]) {
    if let Some(column) = table.columns.iter_mut().find(|column| column.name == name) {
        column.values = values;
    }
}

fn executions() -> Table {
    view(
        "executions",
        "One row per program that was executed; the columns before `parent_exe` say what the process is from then on.",
        &[
            ("euid", Integer, "Effective user id."),
            ("login_uid", Integer, "User id that was logged in as; 4294967295 where nobody was."),
            ("cwd", Text, "Working directory."),
            ("parent_process_key", Integer, "The parent."),
            ("parent_host_pid", Integer, "Its id on the host."),
            ("parent_exe", Text, "Path of the file that the parent executed."),
            ("parent_command_line", Text, "The parent's arguments, joined by one space."),
            ("parent_user", Text, "The parent's user, as `user`."),
            (
                "ancestor_exes",
                Text,
                "Paths of what all ancestors executed, as it was at that time, the parent's first, joined by `;`.",
            ),
            ("previous_exe", Text, "Path of what the process itself had executed before."),
            ("interpreter", Text, "Path of the interpreter, where the file is a script."),
            ("script", Text, "Path of the script, where the file is one; `exe` is then its interpreter."),
            ("from_memory", Boolean, "Whether the file is a memfd or was unlinked before."),
            (
                "file_system",
                Text,
                "Type of the file system that the file is in: `TMPFS_MAGIC`, `EXT4_SUPER_MAGIC`, ...",
            ),
            ("sha256", Text, "SHA-256 of the executed file in hexadecimal, where it was captured."),
            (
                "written",
                Boolean,
                "Whether the file, of a script the script, was opened for writing before, while it was recorded.",
            ),
            ("writer_exe", Text, "Path of the program that did so last."),
            ("writer_process_key", Integer, "The process that did so last."),
            ("written_ns_ago", Integer, "How long before that was, in ns."),
            ("downloaded", Boolean, "Whether that process had asked for a connection by the internet protocols."),
            ("mode", Text, "Type and permission bits of the file, by name."),
            ("secure", Boolean, "Whether privileges were gained by it (AT_SECURE)."),
            ("environment", Text, "The environment, a JSON array; only where it was recorded."),
            (
                "kubernetes_service_host",
                Text,
                "Value of KUBERNETES_SERVICE_HOST in the environment: where a pod finds the Kubernetes API.",
            ),
            ("stdin", Text, "What descriptor 0 is."),
            ("stdout", Text, "What descriptor 1 is."),
            ("stderr", Text, "What descriptor 2 is."),
            ("argc", Integer, "Number of arguments."),
        ],
    )
}

fn file_accesses() -> Table {
    let mut table = view(
        "file_accesses",
        "One row per access to a path.",
        &[
            ("operation", Text, "What was done."),
            ("path", Text, "Path that it was done to; of a rename or link the old one."),
            ("other_path", Text, "The new path of a rename or link, what a symbolic link points to."),
            (
                "target",
                Text,
                "The path under which the file is afterwards: the new one of a rename or link, else `path`.",
            ),
            ("flags", Text, "Flags of an open."),
            ("mode", Text, "Mode of a create or chmod, bits by name."),
            ("ret", Integer, "What the call returned."),
            ("error", Text, "Name of the errno, where it failed."),
            (
                "from_user",
                Text,
                "Which of `path` and `other_path` are the program's word and not the kernel's, joined by commas.",
            ),
        ],
    );
    limit(&mut table, "operation", OPERATIONS);
    table
}

fn connections() -> Table {
    let mut table = view(
        "connections",
        "One row per connection that was made, tried or accepted.",
        &[
            ("direction", Text, "Who began it."),
            ("initiated", Boolean, "Whether the process itself began it."),
            ("protocol", Text, "tcp, udp, ..."),
            ("local_address", Text, "Address on this side."),
            ("local_port", Integer, "Port on this side."),
            ("remote_address", Text, "Address on the other side."),
            ("remote_port", Integer, "Port on the other side."),
            ("remote_name", Text, "Name that the process, or else anybody on the host, had resolved to that address."),
            ("ret", Integer, "What the call returned."),
            ("error", Text, "Name of the errno, where it failed."),
        ],
    );
    limit(&mut table, "direction", &["out", "in"]);
    table
}

fn dns_queries() -> Table {
    view(
        "dns_queries",
        "One row per question to a name server, and per answer.",
        &[
            ("name", Text, "The name asked for, without the final dot."),
            ("record_type", Text, "A, AAAA, TXT, ..."),
            ("status", Text, "Of an answer its response code by name; nothing of a question."),
            ("answers", Text, "Of an answer what it says, joined by `;`."),
            ("server_address", Text, "Address of the name server."),
        ],
    )
}

fn audit_records() -> Table {
    let mut own: Vec<(String, Type, &str)> = vec![
        ("type".to_owned(), Text, "Type of the record."),
        ("syscall".to_owned(), Text, "Name of the system call."),
        ("success".to_owned(), Text, "yes or no."),
        ("exit".to_owned(), Integer, "What the call returned."),
        ("euid".to_owned(), Integer, "Effective user id."),
        ("auid".to_owned(), Integer, "User id that was logged in as; 4294967295 where nobody was."),
        ("ppid".to_owned(), Integer, "Id of the parent."),
        ("argc".to_owned(), Integer, "Number of arguments of an EXECVE."),
        ("name".to_owned(), Text, "Path of a PATH record."),
        ("nametype".to_owned(), Text, "NORMAL, CREATE, DELETE, PARENT, UNKNOWN."),
        ("cwd".to_owned(), Text, "Working directory, of a CWD record."),
        ("saddr_family".to_owned(), Text, "Address family of a SOCKADDR record: inet, inet6, local."),
        ("saddr".to_owned(), Text, "Address of a SOCKADDR record."),
        ("saddr_port".to_owned(), Integer, "Port of a SOCKADDR record."),
        ("text".to_owned(), Text, "The values of the record's own fields without their names, joined by one space."),
    ];
    let argument = "Argument of an EXECVE; of a SYSCALL of personality and syslog a0 is the number in hexadecimal without 0x, as audit has it.";
    own.extend((0..RECORD_ARGUMENTS).map(|index| (format!("a{index}"), Text, argument)));
    let own: Vec<(&str, Type, &str)> = own.iter().map(|(name, kind, doc)| (name.as_str(), *kind, *doc)).collect();
    let mut table = view("audit_records", "Kernel events as auditd's records.", &own);
    limit(&mut table, "type", RECORD_TYPES);
    limit(&mut table, "success", &["yes", "no"]);
    limit(&mut table, "nametype", &["NORMAL", "CREATE", "DELETE", "PARENT", "UNKNOWN"]);
    table.keywords = table.column("text").into_iter().collect();
    table
}
