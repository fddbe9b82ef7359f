//! Life cycle: processes and threads begin, execute, fail to, are renamed, are signalled and end.

use serde_json::Value;

use super::{Checked, Needs, Scenario, Seen};
use crate::machine;

const fn scenario(event: &'static str, run: &'static str, near: &'static [&'static str], check: fn(&Seen)) -> Scenario {
    Scenario { event, run, near, needs: Needs::Tracepoints, check }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    scenario("sched_process_fork", "process_forked", &["renamed"], process_forked),
    scenario("sched_process_exec", "program_executed", &["exec_failed"], program_executed),
    scenario("sched_process_exec", "thread_executed", &[], thread_executed),
    scenario("sched_process_exit", "process_ended", &[], process_ended),
    scenario("task_rename", "renamed", &["program_executed"], renamed),
    scenario("commit_creds", "credentials_changed", &["credentials_kept"], credentials_changed),
    scenario("process_execute_failed", "exec_failed", &["program_executed"], exec_failed),
    scenario("signal_generate", "signal_sent", &["signal_sent_near"], signal_sent),
];

/// Whether numbers of processes are the same in the initial PID namespace, so that what a program says is what the host says.
pub(super) fn is_initial(row: &Checked<'_>) -> bool {
    row.get("pid") == row.get("host_pid")
}

/// A host number of the process or thread that goes by `fact` in its own namespace.
pub(super) fn is_host_number(row: &Checked<'_>, column: &str, fact: &str) {
    if is_initial(row) {
        row.is_fact(column, fact);
    } else {
        row.fits(column, |number| number.as_u64().is_some_and(|number| number > 0));
    }
}

/// A start that /proc shows in hundredths of a second.
pub(super) fn is_start(seen: &Seen, row: &Checked<'_>, column: &str, fact: &str) {
    let start_ns = seen.number(fact) * 10_000_000;
    row.fits(column, |ns| ns.as_i64().is_some_and(|ns| (start_ns..start_ns + 10_000_000).contains(&ns)));
}

fn process_forked(seen: &Seen) {
    let row = seen.only();
    row.fits("child_context", |id| id.as_u64().is_some_and(|id| id > 0));
    is_start(seen, &row, "start_time", "start");
    is_host_number(&row, "parent_tid", "parent");
    is_host_number(&row, "parent_pid", "parent");
    is_host_number(&row, "child_tid", "child");
    is_host_number(&row, "child_pid", "child");
    row.is_fact("parent_ns_tid", "parent")
        .is_fact("parent_ns_pid", "parent")
        .is_fact("child_ns_tid", "child")
        .is_fact("child_ns_pid", "child")
        .from_user("");
}

fn path_in(seen: &Seen, name: &str) -> String {
    format!("{}/{name}", seen.fact("here"))
}

fn has_type(mode: &Value, wanted: i64) -> bool {
    mode.as_i64().is_some_and(|mode| mode & 0o170000 == wanted)
}

fn program_executed(seen: &Seen) {
    let row = seen.only();
    row.is_fact("exe_path", "shell")
        .null("executable")
        .is_fact("cwd_path", "here")
        .is("stdin_path", path_in(seen, "input"))
        .fits("stdout_path", |path| path.as_str().is_some_and(|path| path.starts_with("pipe:[")))
        .null("stderr_path")
        .fits("previous_context", |id| id.as_u64().is_some_and(|id| id > 0))
        .is("argc", 3)
        .is("envc", 3)
        .is("secure", 0)
        .is("pathname", "./script")
        .is("interp", "/bin/sh")
        .is_fact("prev_comm", "comm")
        .is("argv", r#"["/bin/sh","./script","one"]"#)
        .null("env")
        .is("invoked_from_kernel", 0)
        .is_fact("dev", "shell.dev")
        .is_fact("inode", "shell.inode")
        .is_fact("ctime", "shell.ctime")
        .fits("inode_mode_number", |mode| has_type(mode, 0o100000))
        .fits("stdin_type_number", |mode| *mode == 0o100600)
        .from_user("");
    is_host_number(&row, "old_tid", "tid");
    if seen.facts.contains_key("loader") {
        row.is_fact("interpreter_path", "loader")
            .is_fact("interpreter_pathname", "loader")
            .is_fact("interpreter_dev", "loader.dev")
            .is_fact("interpreter_inode", "loader.inode")
            .is_fact("interpreter_ctime", "loader.ctime");
    } else {
        row.null("interpreter").null("interpreter_pathname").null("interpreter_dev");
        row.null("interpreter_inode").null("interpreter_ctime");
    }
}

/// Every field is looked at by the scenario above; here it is about who called and who goes on.
fn thread_executed(seen: &Seen) {
    program_of_a_thread(&seen.only(), seen);
}

fn program_of_a_thread(row: &Checked<'_>, seen: &Seen) {
    is_host_number(row, "old_tid", "thread");
    row.is("argc", 1).is("argv", r#"["true"]"#).is("pathname", "/bin/true").is("interp", "/bin/true");
    assert_eq!(row.get("host_tid"), row.get("host_pid"), "the leader's number is the one that stays");
    for column in [
        "exe_path",
        "executable",
        "cwd_path",
        "stdin_path",
        "stdout_path",
        "stderr_path",
        "previous_context",
        "envc",
        "secure",
        "prev_comm",
        "env",
        "interpreter_path",
        "invoked_from_kernel",
        "dev",
        "inode",
        "ctime",
        "inode_mode",
        "interpreter_pathname",
        "interpreter_dev",
        "interpreter_inode",
        "interpreter_ctime",
        "stdin_type",
    ] {
        row.get(column);
    }
    assert_ne!(seen.number("thread"), 0);
}

fn process_ended(seen: &Seen) {
    let exited = seen.find(|row| row["pid"] == seen.number("exited"));
    exited
        .is("exit_code", 7)
        .is("signal_code", 0)
        .is("core_dumped", 0)
        .is("process_group_exit", 1)
        .is("group_exit_code", 7 << 8)
        .is("unfinished_syscall", -1)
        .from_user("");
    let killed = seen.find(|row| row["pid"] == seen.number("killed"));
    killed
        .is("exit_code", 0)
        .is("signal_code", "SIGKILL")
        .is("core_dumped", 0)
        .is("process_group_exit", 1)
        .is("group_exit_code", 9)
        .is("unfinished_syscall", -1);
}

fn renamed(seen: &Seen) {
    let row = seen.only();
    let host_tid = row.get("host_tid").clone();
    row.is("task", host_tid).is_fact("old_name", "comm").is("new_name", "a-name-that-is-").from_user("");
}

/// A set of capabilities as columns show it: `capabilities` names the bits, beside it stands the number.
fn is_set(row: &Checked<'_>, column: &str, fact: &str) {
    row.is_fact(&format!("{column}_number"), fact);
    row.get(column);
}

fn credentials_changed(seen: &Seen) {
    // First secure bits and a bounding set, then groups, then users; who was and who is is in each.
    let bits = seen.find(|row| row["new_securebits"] == "SECBIT_NO_SETUID_FIXUP");
    bits.is("old_securebits", "0");
    let bounding = seen.find(|row| row["old_cap_bounding"] != row["new_cap_bounding"]);
    bounding.fits("old_cap_bounding", |set| set.as_str().is_some_and(|set| set.contains("CAP_SYS_BOOT")));
    bounding.fits("new_cap_bounding", |set| set.as_str().is_some_and(|set| !set.contains("CAP_SYS_BOOT")));
    let groups = seen.find(|row| row["new_gid"] == 2001 && row["old_gid"] == 0);
    groups.is("old_egid", 0).is("new_egid", 2002).is("old_sgid", 0).is("new_sgid", 2003);
    groups.is("old_fsgid", 0).is("new_fsgid", 2002).is("old_uid", 0).is("new_uid", 0);
    let users = seen.find(|row| row["new_uid"] == 1001 && row["old_uid"] == 0);
    users.is("old_gid", 2001).is("new_gid", 2001);
    users.is("old_euid", 0).is("new_euid", 1002).is("old_suid", 0).is("new_suid", 1003);
    users.is("old_fsuid", 0).is("new_fsuid", 1002).is("old_securebits", "0").is("new_securebits", "0");
    users.is_fact("old_user_ns", "user_ns").is_fact("new_user_ns", "user_ns");
    for (column, field) in [
        ("cap_inheritable", "CapInh"),
        ("cap_permitted", "CapPrm"),
        ("cap_effective", "CapEff"),
        ("cap_bounding", "CapBnd"),
        ("cap_ambient", "CapAmb"),
    ] {
        is_set(&users, &format!("old_{column}"), &format!("before.{field}"));
        is_set(&users, &format!("new_{column}"), &format!("after.{field}"));
    }
    let (old, new) = (users.get("old_context").as_u64(), users.get("new_context").as_u64());
    assert!(old < new && old > Some(0), "{old:?} {new:?}");
    users.is("uid", 1001).from_user("");
    assert_eq!(seen.len(), 5, "one row for each change");
}

fn exec_failed(seen: &Seen) {
    let nowhere = seen.find(|row| row["arg_pathname"] == "./nowhere" || row["pathname"] == "./nowhere");
    nowhere.is("error", "-ENOENT").is("dirfd", "AT_FDCWD").null("binary").null("interpreter_path");
    nowhere.is("argv", r#"["zero","one"]"#).null("envp").null("dirfd_object").is_fact("cwd_path", "here");
    nowhere.is("stdin_path", path_in(seen, "input")).fits("stdin_type_number", |mode| has_type(mode, 0o100000));
    nowhere.is("kernel_invoked", 0).is("flags", "0").from_user("pathname,argv");
    let lost = seen.find(|row| row["pathname"] == "lost");
    lost.is("error", "-ENOENT").is_fact("dirfd", "directory").is("flags", "AT_SYMLINK_NOFOLLOW");
    lost.is("argv", r#"["zero","one"]"#).is_fact("dirfd_path", "here");
    seen.find(|row| row["pathname"] == "denied").is("error", "-EACCES").null("binary");
    let garbage = seen.find(|row| row["pathname"] == "garbage");
    garbage.is("error", "-ENOEXEC");
    let unreadable = seen.find(|row| row["arg_error"] == "-EFAULT");
    unreadable.null("pathname").fits("truncated", |what| what.as_str().is_some_and(|what| what.contains("pathname")));
    assert_eq!(seen.len(), 5);
    if seen.best && machine::has_upper_hooks() {
        lost.is("binary_path", path_in(seen, "lost"))
            .is_fact("binary_device_id", "lost.dev")
            .is_fact("binary_inode_number", "lost.inode")
            .is_fact("binary_ctime", "lost.ctime")
            .fits("binary_inode_mode_number", |mode| *mode == 0o100700)
            .is("interpreter_path", "/no/such/interpreter");
        garbage.is("binary_path", path_in(seen, "garbage")).null("interpreter_path");
    } else {
        lost.null("binary").null("binary_path").null("binary_device_id").null("binary_inode_number");
        lost.null("binary_ctime").null("binary_inode_mode").null("interpreter_path");
        garbage.null("binary");
    }
}

fn signal_sent(seen: &Seen) {
    let told = seen.find(|row| row["sig"] == "SIGTERM");
    told.is("sig", "SIGTERM").is("code", "SI_USER").is("address", 0).is("group", 1).is("result", "delivered");
    told.fits("target", |id| id.as_u64().is_some_and(|id| id > 0)).is_fact("pid", "self").from_user("");
    is_start(seen, &told, "target_start_time", "start");
    is_host_number(&told, "target_pid", "told");
    is_host_number(&told, "target_tid", "told");
    let stopped = seen.find(|row| row["sig"] == "SIGSTOP");
    stopped.is("code", "SI_TKILL").is("group", 0).is("result", "delivered");
    is_host_number(&stopped, "target_pid", "stopped");
    // From the kernel, for what the task itself did.
    let faulted = seen.find(|row| row["sig"] == "SIGSEGV");
    faulted.is("code", 1).is("address", 0x10).is("group", 0).is_fact("pid", "faulted");
    is_host_number(&faulted, "target_pid", "faulted");
}
