//! What was found, and where in the capture.

/// A row that makes a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The table that the signature read it in.
    pub table: String,
    /// Name of the event that the row was made of.
    pub event: String,
    /// Reference into the capture, as in the column `event_key` of every table.
    pub event_key: i64,
    /// When, UTC, in ns since 1970.
    pub ts_ns: i64,
    /// When, in ns since the host was started.
    pub boot_ns: i64,
    /// The columns that the signature looked at, as text, in the order of the table's columns; columns without a value are
    /// left out.
    pub fields: Vec<(String, String)>,
}

/// A process as findings show it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProcessOf {
    /// Key in the table `processes`.
    pub process_key: i64,
    /// Its id on the host.
    pub host_pid: i64,
    /// Its id in its own PID namespace.
    pub pid: i64,
    /// Name of its thread.
    pub comm: String,
    /// Path of the executed file, where known.
    pub exe: Option<String>,
    /// Its arguments, joined by one space, where known.
    pub command_line: Option<String>,
    /// User id.
    pub uid: Option<i64>,
}

/// What a signature found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Index of the signature in the set.
    pub signature: usize,
    /// The rows that make it, the last one the one with which it began to hold; never none.
    pub evidence: Vec<Evidence>,
    /// Who did it: the process of the last row, where a process did it.
    pub process: Option<ProcessOf>,
    /// Its ancestors, the parent first.
    pub ancestors: Vec<ProcessOf>,
    /// Id of the container; nothing on the host itself.
    pub container_id: Option<String>,
    /// Whether rows may be missing: a correlation's window holds a loss.
    pub loss: bool,
    /// Whether the correlation had forgotten rows for want of room before.
    pub forgot: bool,
}

impl Finding {
    /// When it began to hold, UTC, in ns since 1970.
    pub fn ts_ns(&self) -> i64 {
        self.evidence.last().map_or(0, |row| row.ts_ns)
    }
}
