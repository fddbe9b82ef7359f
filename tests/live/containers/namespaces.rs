//! Containers without any runtime: PID namespaces, and others within them.

use std::collections::BTreeSet;

use super::{TELL, Told, assert_nothing_from_outside, assert_ran, can_make_containers, containers, only, shell};
use crate::capture::{Capture, LIMIT, number, text};
use crate::{machine, process};

/// A namespace, one within it, and a shell in each: its child is 2 there, or more where shells make one to ask.
fn nested() -> String {
    format!(
        "{TELL}\ntell host\nexport INNER='{TELL}; tell inner; sh -c \"tell_pid=\\$\\$; echo inner-child \\$tell_pid; exit 5\"; exit 3'\n\
         unshare -pf --mount-proc sh -c '{TELL}; tell outer; unshare -pf --mount-proc sh -c \"$INNER\"; echo inner-status $?; exit 4'"
    )
}

#[test]
fn nested_pid_namespaces_are_containers_with_their_own_ids_and_pids() {
    const TEST: &str = "nested_pid_namespaces_are_containers_with_their_own_ids_and_pids";
    let Some(_turn) = machine::turn(TEST) else { return };
    if !can_make_containers(TEST) {
        return;
    }
    let all = [&["--runtime", "none", "-c"][..], &["--runtime", "none"]];
    // A recording takes most of a minute in the guest, and the second asks nothing more of the kernel.
    let recordings = if std::env::var_os("TRACEE_IN_GUEST").is_some() { &all[..1] } else { &all };
    for options in recordings {
        let capture = Capture::planned();
        let finished = process::run(&mut capture.recorder(options, &shell(&nested(), [""; 0])), LIMIT);
        assert_eq!(finished.code(), 4, "{}", finished.stderr);
        let output = finished.stdout_text();
        assert!(output.contains("inner-status 3"), "{output}");
        let (host, outer, inner) = (Told::of(&output, "host"), Told::of(&output, "outer"), Told::of(&output, "inner"));
        let rows = containers(&capture.path);
        assert_eq!(rows.len(), 2, "{rows:#?}");
        let ids = [&outer, &inner].map(|told| text(told.find(&rows), "container_id"));
        assert_ne!(ids[0], ids[1]);
        for (told, id) in [&outer, &inner].into_iter().zip(ids) {
            assert_eq!(told.pid, 1);
            let row = told.find(&rows);
            assert_eq!(number(row, "is_new"), 1, "{row}");
            assert!(row["name"].is_null() && row["runtime"].is_null(), "{row}");
            assert!(text(row, "why_not").contains("no runtime"), "{row}");
            let wrong = format!(
                "select count(*) from events where process_key is not null and (container_id = '{id}') != (pid_ns = {})",
                told.pid_ns
            );
            assert_eq!(capture.number(&wrong), 0, "{id}");
        }
        // Numbers are those of the process's own namespace; the shell in the inner one is 2 or more there.
        let child = output.lines().find_map(|line| line.strip_prefix("inner-child ")).expect("a child");
        let of_inner = format!("from processes where container_id = '{}'", ids[1]);
        let child = only(capture.query(&format!("select exit_code, ppid {of_inner} and pid = {child}")));
        assert_eq!((number(&child, "exit_code"), number(&child, "ppid")), (5, 1));
        let first = only(capture.query(&format!("select exit_code, host_pid {of_inner} and pid = 1")));
        assert_eq!(number(&first, "exit_code"), 3);
        assert!(number(&first, "host_pid") > 1);
        if options.contains(&"-c") {
            assert_nothing_from_outside(&capture, &ids);
        } else {
            let outside =
                format!("select count(*) from getpid where container_id is null and pid_ns = {}", host.pid_ns);
            let all = format!("select count(*) from execve where container_id is null and pid_ns = {}", host.pid_ns);
            assert!(capture.number(&outside) + capture.number(&all) > 0);
        }
        capture.verify();
    }
}

#[test]
fn namespaces_of_a_moment_have_an_id_each_though_their_inodes_come_again() {
    const TEST: &str = "namespaces_of_a_moment_have_an_id_each_though_their_inodes_come_again";
    let Some(_turn) = machine::turn(TEST) else { return };
    if !can_make_containers(TEST) {
        return;
    }
    let script = "for i in 1 2 3 4 5; do unshare -pf true $i; done";
    let capture = Capture::record(&["--runtime", "none", "-c"], &shell(script, [""; 0]));
    let rows = containers(&capture.path);
    let ids: BTreeSet<&str> = rows.iter().map(|row| text(row, "container_id")).collect();
    assert_eq!(ids.len(), 5, "{rows:#?}");
    for (nth, row) in rows.iter().enumerate() {
        assert!(!text(row, "why_not").is_empty(), "{row}");
        assert_ran(&capture, text(row, "container_id"), 1, &["true", &(nth + 1).to_string()], 0);
    }
    assert_nothing_from_outside(&capture, &ids.into_iter().collect::<Vec<_>>());
}
