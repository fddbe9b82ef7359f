//! Files: opened, read, written, renamed, removed, changed.

use super::{Needs, Scenario, Seen};

pub(super) const SCENARIOS: &[Scenario] = &[Scenario {
    event: "security_file_open",
    run: "file_open",
    near: &["file_open_near"],
    needs: Needs::Tracepoints,
    check: file_open,
}];

fn file_open(seen: &Seen) {
    seen.find(|row| row["syscall_pathname"] == "./link")
        .fits("pathname", |path| path.as_str().unwrap().ends_with("/scene/target"))
        .is("flags", "O_RDWR|O_APPEND|O_LARGEFILE")
        .is_fact("dev", "target.dev")
        .is_fact("inode", "target.inode")
        .is_fact("ctime", "target.ctime")
        .is("syscall_pathname", "./link")
        .from_user("syscall_pathname");
}
