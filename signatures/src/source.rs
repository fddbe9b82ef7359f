//! What a signature is about: which table, what its fields are called there, and which rows of it count.
//!
//! Sigma names a log source and fields of its own; a signature of ours names a table and its columns.

use policy::names;

use crate::condition::{Check, Condition, Test};
use crate::pattern::{Pattern, Piece};
use crate::table::{Table, Tables};
use crate::views::{FILE_CREATED, FILE_DELETED};

/// A table as a signature sees it.
#[derive(Clone, Debug)]
pub(crate) struct Source<'a> {
    /// Index of the table.
    pub(crate) index: usize,
    pub(crate) table: &'a Table,
    /// Which of its rows count.
    pub(crate) condition: Option<Condition>,
    map: Option<&'static Map>,
}

/// What a field is.
pub(crate) enum Field {
    /// The column with this index.
    Column(usize),
    /// Something that no capture holds.
    Never(String),
}

/// Sigma's fields of a log source.
#[derive(Debug)]
struct Map {
    table: &'static str,
    /// Operations of `file_accesses` that count; all when empty.
    operations: &'static [&'static str],
    /// Sigma's name and the column.
    fields: &'static [(&'static str, &'static str)],
    /// Fields of the log source that a kernel recorder cannot have, and why.
    never: &'static [(&'static [&'static str], &'static str)],
}

const WINDOWS: (&[&str], &str) = (
    &[
        "OriginalFileName",
        "IntegrityLevel",
        "Company",
        "Description",
        "Product",
        "FileVersion",
        "LogonGuid",
        "TerminalSessionId",
    ],
    "a property of Windows programs and sessions",
);
const OTHER_HASHES: (&[&str], &str) =
    (&["Hashes", "md5", "sha1", "Imphash"], "captures name content by SHA-256 alone (field sha256)");

const PROCESS_CREATION: Map = Map {
    table: "executions",
    operations: &[],
    fields: &[
        ("Image", "exe"),
        ("CommandLine", "command_line"),
        ("CurrentDirectory", "cwd"),
        ("User", "user"),
        ("LogonId", "login_uid"),
        ("ProcessId", "host_pid"),
        ("ProcessGuid", "process_key"),
        ("ParentImage", "parent_exe"),
        ("ParentCommandLine", "parent_command_line"),
        ("ParentProcessId", "parent_host_pid"),
        ("ParentProcessGuid", "parent_process_key"),
        ("ParentUser", "parent_user"),
        ("sha256", "sha256"),
    ],
    never: &[WINDOWS, OTHER_HASHES],
};

const FILE_FIELDS: &[(&str, &str)] = &[
    ("TargetFilename", "target"),
    ("FileName", "target"),
    ("SourceFilename", "path"),
    ("Image", "exe"),
    ("CommandLine", "command_line"),
    ("User", "user"),
    ("ProcessId", "host_pid"),
    ("ProcessGuid", "process_key"),
];
const FILE_NEVER: &[(&[&str], &str)] =
    &[WINDOWS, OTHER_HASHES, (&["CreationUtcTime", "PreviousCreationUtcTime"], "no event tells a file's birth time")];

const fn files(operations: &'static [&'static str]) -> Map {
    Map { table: "file_accesses", operations, fields: FILE_FIELDS, never: FILE_NEVER }
}

const FILE_EVENT: Map = files(&FILE_CREATED);
const FILE_ACCESS: Map = files(&["open", "create", "exec"]);
const FILE_CHANGE: Map = files(&["truncate", "chmod", "chown", "setxattr", "removexattr", "utime"]);
const FILE_DELETE: Map = files(&FILE_DELETED);
const FILE_RENAME: Map = files(&["rename"]);

const NETWORK_CONNECTION: Map = Map {
    table: "connections",
    operations: &[],
    fields: &[
        ("Image", "exe"),
        ("CommandLine", "command_line"),
        ("User", "user"),
        ("ProcessId", "host_pid"),
        ("ProcessGuid", "process_key"),
        ("Protocol", "protocol"),
        ("Initiated", "initiated"),
        ("SourceIp", "local_address"),
        ("SourcePort", "local_port"),
        ("DestinationIp", "remote_address"),
        ("DestinationPort", "remote_port"),
        ("DestinationHostname", "remote_name"),
    ],
    never: &[(&["SourceHostname"], "nobody asks for the host's own name")],
};

const DNS_QUERY: Map = Map {
    table: "dns_queries",
    operations: &[],
    fields: &[
        ("QueryName", "name"),
        ("query", "name"),
        ("record_type", "record_type"),
        ("QueryStatus", "status"),
        ("QueryResults", "answers"),
        ("answer", "answers"),
        ("Image", "exe"),
        ("CommandLine", "command_line"),
        ("User", "user"),
        ("ProcessId", "host_pid"),
        ("ProcessGuid", "process_key"),
    ],
    never: &[],
};

const AUDITD: Map = Map {
    table: "audit_records",
    operations: &[],
    fields: &[
        ("type", "type"),
        ("SYSCALL", "syscall"),
        ("syscall", "syscall"),
        ("success", "success"),
        ("exit", "exit"),
        ("exe", "exe"),
        ("comm", "comm"),
        ("pid", "host_pid"),
        ("ppid", "ppid"),
        ("uid", "uid"),
        ("euid", "euid"),
        ("auid", "auid"),
        ("argc", "argc"),
        ("name", "name"),
        ("nametype", "nametype"),
        ("cwd", "cwd"),
        ("proctitle", "command_line"),
        ("saddr_fam", "saddr_family"),
        ("laddr", "saddr"),
        ("lport", "saddr_port"),
        ("a0", "a0"),
        ("a1", "a1"),
        ("a2", "a2"),
        ("a3", "a3"),
        ("a4", "a4"),
        ("a5", "a5"),
        ("a6", "a6"),
        ("a7", "a7"),
        ("a8", "a8"),
        ("a9", "a9"),
        ("a10", "a10"),
        ("a11", "a11"),
        ("a12", "a12"),
        ("a13", "a13"),
        ("a14", "a14"),
        ("a15", "a15"),
    ],
    never: &[
        (&["key"], "names of audit rules (auditctl -k) are the audit daemon's own"),
        (
            &[
                "unit", "acct", "op", "res", "terminal", "hostname", "addr", "grantors", "id", "data", "cmd", "old",
                "new",
            ],
            "programs write these records into the audit log themselves, the kernel makes none",
        ),
    ],
};

/// Log sources that are written by programs and not by the kernel: who has those logs can search them.
const LOGS: &str = "is a log that programs write themselves; a kernel recorder has no such source";

impl<'a> Source<'a> {
    /// What a signature of ours is about.
    pub(crate) fn of_table(name: &str, tables: &'a Tables) -> Result<Source<'a>, String> {
        let index = tables.find(name)?;
        let table = tables.all().get(index).ok_or("no such table")?;
        Ok(Source { index, table, condition: None, map: None })
    }

    /// What Sigma's log source is with us, or why there is no such thing.
    pub(crate) fn of_log(
        category: Option<&str>,
        product: Option<&str>,
        service: Option<&str>,
        tables: &'a Tables,
    ) -> Result<Source<'a>, String> {
        if let Some(product) = product.filter(|product| *product != "linux") {
            return Err(format!("the product {} is not Linux", product.escape_debug()));
        }
        let map = match (category, service) {
            (Some("process_creation"), None) => &PROCESS_CREATION,
            (Some("file_event"), None) => &FILE_EVENT,
            (Some("file_access"), None) => &FILE_ACCESS,
            (Some("file_change"), None) => &FILE_CHANGE,
            (Some("file_delete"), None) => &FILE_DELETE,
            (Some("file_rename"), None) => &FILE_RENAME,
            (Some("network_connection"), None) => &NETWORK_CONNECTION,
            (Some("dns_query"), None) => &DNS_QUERY,
            (None, Some("auditd")) => &AUDITD,
            (None, None) => return Err(
                "without category and service it is about text logs of any kind, which a kernel recorder does not have"
                    .to_owned(),
            ),
            (category, service) => {
                let named = [("category", category), ("service", service)];
                let named: Vec<String> = named
                    .iter()
                    .filter_map(|(what, name)| name.map(|name| format!("{what} {}", name.escape_debug())))
                    .collect();
                return Err(format!("{} {LOGS}", named.join(" with ")));
            }
        };
        let mut source = Source::of_table(map.table, tables)?;
        source.map = Some(map);
        if !map.operations.is_empty() {
            source.condition = source.operations(map.operations);
        }
        Ok(source)
    }

    /// Rows of these operations that did not fail.
    fn operations(&self, operations: &[&str]) -> Option<Condition> {
        let (operation, error) = (self.table.column("operation")?, self.table.column("error")?);
        let test = |name: &&str| {
            let check = Check::Text(Pattern::new([Piece::Literal((*name).to_owned())], false));
            Condition::Test(Test { column: operation, check, field: "operation".to_owned() })
        };
        let succeeded = Condition::Test(Test { column: error, check: Check::Null, field: "error".to_owned() });
        Some(Condition::All(vec![Condition::Any(operations.iter().map(test).collect()), succeeded]))
    }

    /// Whether its fields are Sigma's and not the columns themselves.
    pub(crate) fn is_sigma(&self) -> bool {
        self.map.is_some()
    }

    /// What a field is, or what is wrong with its name.
    pub(crate) fn field(&self, name: &str) -> Result<Field, String> {
        let Some(map) = self.map else {
            return self.table.column(name).map(Field::Column).ok_or_else(|| {
                let known = self.table.columns.iter().map(|column| column.name.as_str());
                names::unknown_or("field", name, known, &format!("{} has no such column", self.table.name))
            });
        };
        if let Some((_, column)) = map.fields.iter().find(|(sigma, _)| *sigma == name) {
            return self.table.column(column).map(Field::Column).ok_or_else(|| format!("{column} is no column"));
        }
        if let Some((_, why)) = map.never.iter().find(|(names, _)| names.contains(&name)) {
            return Ok(Field::Never(format!("{name}: {why}")));
        }
        let known = map.fields.iter().map(|(sigma, _)| *sigma);
        Err(names::unknown_or("field", name, known, "docs/signatures.md lists the fields of each log source"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_every_log_source_is_a_column() {
        let tables = Tables::default();
        for (category, service) in [
            (Some("process_creation"), None),
            (Some("file_event"), None),
            (Some("file_access"), None),
            (Some("file_change"), None),
            (Some("file_delete"), None),
            (Some("file_rename"), None),
            (Some("network_connection"), None),
            (Some("dns_query"), None),
            (None, Some("auditd")),
        ] {
            let source = Source::of_log(category, Some("linux"), service, &tables).unwrap();
            let map = source.map.unwrap();
            for (field, _) in map.fields {
                assert!(matches!(source.field(field), Ok(Field::Column(_))), "{field}");
            }
            for operation in map.operations {
                assert!(crate::views::OPERATIONS.contains(operation), "{operation}");
            }
        }
    }

    #[test]
    fn an_unknown_field_is_told_with_its_neighbours() {
        let tables = Tables::default();
        let source = Source::of_log(Some("process_creation"), None, None, &tables).unwrap();
        let why = source.field("Imgae").err().unwrap();
        assert_eq!(why, "unknown field \"Imgae\"; did you mean Image?");
        let why = Source::of_table("conections", &tables).err().unwrap();
        assert_eq!(why, "unknown table \"conections\"; did you mean connections?");
    }

    #[test]
    fn sources_that_a_kernel_recorder_cannot_have_say_so() {
        let tables = Tables::default();
        let why = |category, product, service| Source::of_log(category, product, service, &tables).err().unwrap();
        assert!(why(None, Some("linux"), Some("sshd")).starts_with("service sshd is a log that programs write"));
        assert!(why(Some("process_creation"), Some("windows"), None).contains("not Linux"));
        assert!(why(None, Some("linux"), None).contains("text logs"));
    }
}
