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
    map: Option<&'static LogSource>,
}

/// What a field is.
pub(crate) enum Field {
    /// The column with this index.
    Column(usize),
    /// Something that no capture holds.
    Never(String),
}

/// A log source of Sigma's with us.
#[derive(Debug)]
pub struct LogSource {
    /// Its category, or else
    pub category: Option<&'static str>,
    /// its service.
    pub service: Option<&'static str>,
    /// The table whose rows it is.
    pub table: &'static str,
    /// Operations of `file_accesses` that count, those that failed left out; all rows when empty.
    pub operations: &'static [&'static str],
    /// Sigma's name of a field and the column.
    pub fields: &'static [(&'static str, &'static str)],
    /// Fields of the log source that a kernel recorder cannot have, and why.
    pub never: &'static [(&'static [&'static str], &'static str)],
}

impl LogSource {
    const fn of_category(name: &'static str, table: &'static str) -> LogSource {
        LogSource { category: Some(name), service: None, table, operations: &[], fields: &[], never: &[] }
    }

    const fn of_files(name: &'static str, operations: &'static [&'static str]) -> LogSource {
        let source = LogSource::of_category(name, "file_accesses");
        LogSource { operations, fields: FILE_FIELDS, never: FILE_NEVER, ..source }
    }
}

/// Every log source of which there is a table.
pub const LOG_SOURCES: [&LogSource; 9] = [
    &PROCESS_CREATION,
    &LogSource::of_files("file_event", &FILE_CREATED),
    &LogSource::of_files("file_access", &["open", "create", "exec"]),
    &LogSource::of_files("file_change", &["truncate", "chmod", "chown", "setxattr", "removexattr", "utime"]),
    &LogSource::of_files("file_delete", &FILE_DELETED),
    &LogSource::of_files("file_rename", &["rename"]),
    &NETWORK_CONNECTION,
    &DNS_QUERY,
    &AUDITD,
];

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

const PROCESS_CREATION: LogSource = LogSource {
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
    ..LogSource::of_category("process_creation", "executions")
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

const NETWORK_CONNECTION: LogSource = LogSource {
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
    ..LogSource::of_category("network_connection", "connections")
};

const DNS_QUERY: LogSource = LogSource {
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
    ..LogSource::of_category("dns_query", "dns_queries")
};

const AUDITD: LogSource = LogSource {
    category: None,
    service: Some("auditd"),
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
        let known = LOG_SOURCES.into_iter().find(|known| (known.category, known.service) == (category, service));
        let map = match (known, category, service) {
            (Some(known), ..) => known,
            (None, None, None) => return Err(
                "without category and service it is about text logs of any kind, which a kernel recorder does not have"
                    .to_owned(),
            ),
            (None, category, service) => {
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
        for map in LOG_SOURCES {
            let source = Source::of_log(map.category, Some("linux"), map.service, &tables).unwrap();
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
