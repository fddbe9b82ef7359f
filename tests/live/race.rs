//! Paths that another thread rewrites while the kernel is about to read them: what a row says was opened or executed is what
//! was, and a row is marked where, and only where, the program's memory said something else when the call was entered.

use std::collections::HashMap;
use std::ffi::OsString;

use serde_json::Value;

use crate::capture::{Capture, LIMIT, text};
use crate::{machine, process, program};

const OPENS: usize = 8000;
const EXECS: usize = 2000;

/// What the program says happened.
struct Facts(HashMap<String, String>);

impl Facts {
    fn letters(&self, name: &str) -> Vec<char> {
        self.0[name].chars().collect()
    }

    fn inode(&self, name: &str) -> i64 {
        self.0[&format!("{name}.inode")].parse().expect("a number")
    }
}

/// Looks at the rows of all rounds: each must be about the file that the round was, and be marked when `given` says that
/// the program's memory named the other; with `marks` false, none can be. Returns how many were marked.
fn check(rows: &[Value], happened: &[char], inode: impl Fn(char) -> i64, given: &str, marks: bool) -> usize {
    assert_eq!(rows.len(), happened.len(), "one row for each round");
    let mut marked = 0;
    for (row, letter) in rows.iter().zip(happened) {
        assert_eq!(row["inode"], inode(*letter), "the kernel's file: {row}");
        let mismatch = marks && !text(row, given).ends_with(*letter);
        assert_eq!(text(row, "marks"), if mismatch { "mismatch" } else { "" }, "{letter}: {row}");
        marked += usize::from(mismatch);
    }
    marked
}

#[test]
fn ten_thousand_rewritten_paths_are_told_apart() {
    let test = "ten_thousand_rewritten_paths_are_told_apart";
    let Some(_turn) = machine::turn(test) else { return };
    let upper = machine::has_upper_hooks();
    let capture = Capture::planned();
    let directory = capture.scratch().join("scene");
    std::fs::create_dir(&directory).expect("a directory");
    let command: Vec<OsString> = vec![
        program::build_static("race").into(),
        directory.into(),
        OPENS.to_string().into(),
        EXECS.to_string().into(),
    ];
    let events = "openat,security_file_open,execve,sched_process_exec";
    let finished = process::run(&mut capture.recorder(&["--events", events], &command), 3 * LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let facts = Facts(
        finished
            .stdout_text()
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    );
    capture.verify();

    let opened = facts.letters("opened");
    let file = |letter| facts.inode(&format!("f{letter}"));
    let rows = |sql: &str| capture.query(sql);
    let openat = rows(
        "SELECT o.inode, c.pathname, c.marks FROM openat c JOIN objects o ON o.id = c.ret_object
         WHERE c.pathname LIKE './f_' ORDER BY c.ts_ns, c.event_key",
    );
    let of_calls = check(&openat, &opened, file, "pathname", upper);
    let opens = rows(
        "SELECT inode, syscall_pathname, marks FROM security_file_open WHERE syscall_pathname LIKE './f_' ORDER BY ts_ns, event_key",
    );
    assert_eq!(check(&opens, &opened, file, "syscall_pathname", upper), of_calls);

    // The kernel's copy of the path is there at each exec, so no better hook is needed.
    let executed = facts.letters("executed");
    let program = |letter| facts.inode(&format!("p{letter}"));
    let execs = rows(
        "SELECT o.inode, e.pathname, c.pathname AS given, e.marks, c.marks AS call_marks
         FROM sched_process_exec e JOIN objects o ON o.id = e.arg_exe
         JOIN execve c ON c.process_key = e.process_key AND c.ret = 0
         WHERE e.pathname LIKE './p_' ORDER BY e.ts_ns, e.event_key",
    );
    let of_execs = check(&execs, &executed, program, "given", true);
    for (row, letter) in execs.iter().zip(&executed) {
        assert!(text(row, "pathname").ends_with(*letter), "the kernel's path: {row}");
        assert_eq!(row["marks"], row["call_marks"], "{row}");
    }
    assert!(of_execs > 0 && of_execs < EXECS, "{of_execs} of {EXECS} executions were won");
    if upper {
        assert!(of_calls > 0 && of_calls < OPENS, "{of_calls} of {OPENS} races for a file were won");
    } else {
        eprintln!("{test}: only tracepoints here, so nobody knows which path the kernel opened");
    }
    eprintln!("marked: {of_calls} of {OPENS} openat, {of_execs} of {EXECS} execve");
}
