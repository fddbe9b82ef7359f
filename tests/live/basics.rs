//! The first questions anyone asks of a capture: what was copied, what ran, who fed whom, did anything slip out at the end.

use crate::capture::{Capture, number, text};
use crate::{machine, program};

/// A shell that copies a program, runs the copy and counts bytes through a pipe; the path of the copy.
fn record_copy_and_pipe() -> (Capture, String) {
    let capture = Capture::planned();
    let copy = capture.scratch().join("t").display().to_string();
    let input = capture.scratch().join("input").display().to_string();
    std::fs::write(&input, "nineteen bytes here\n").unwrap();
    let script = format!("cp /bin/true {copy}; {copy}; cat {input} | wc -c");
    let finished = crate::process::run(&mut capture.recorder(&[], &["sh", "-c", &script]), crate::capture::LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    assert_eq!(finished.stdout_text().trim(), "20", "standard output of the command passes through");
    (capture, copy)
}

#[test]
fn copy_run_and_pipe_are_found_by_sql() {
    let Some(_turn) = machine::turn("copy_run_and_pipe_are_found_by_sql") else { return };
    let (capture, copy) = record_copy_and_pipe();
    capture.verify();
    assert_eq!(capture.number("select count(*) from losses"), 0);

    let created = capture.query(&format!(
        "select comm, pathname, flags from openat where ret_path = '{copy}' and flags like '%O_CREAT%'"
    ));
    assert_eq!(created.len(), 1, "{created:?}");
    assert_eq!(text(&created[0], "comm"), "cp");
    assert!(text(&created[0], "flags").contains("O_WRONLY"), "{created:?}");

    let ran = capture.query(&format!(
        "select c.argv_json, c.exit_code, c.exe, p.comm as parent, p.argv as parent_argv, p.exit_code as parent_code \
         from processes c join processes p on c.parent_key = p.process_key where c.exe = '{copy}'"
    ));
    assert_eq!(ran.len(), 1, "{ran:?}");
    assert_eq!(text(&ran[0], "argv_json"), format!("[\"{copy}\"]"));
    assert_eq!(number(&ran[0], "exit_code"), 0);
    assert_eq!(text(&ran[0], "parent"), "sh");
    assert!(text(&ran[0], "parent_argv").contains(&copy), "{ran:?}");
    assert_eq!(number(&ran[0], "parent_code"), 0);

    let executed =
        capture.query(&format!("select pathname, exe_path from sched_process_exec where exe_path = '{copy}'"));
    assert_eq!(executed.len(), 1, "{executed:?}");
    assert_eq!(text(&executed[0], "pathname"), copy);

    let piped = capture.query(
        "select w.comm as writer, r.comm as reader, w.ret as written, w.fd_path as pipe \
         from write w join read r on w.fd_path = r.fd_path \
         where w.fd_path like 'pipe:[%' and w.comm = 'cat' and r.comm = 'wc' and r.ret > 0",
    );
    assert_eq!(piped.len(), 1, "{piped:?}");
    assert_eq!(number(&piped[0], "written"), 20);
}

#[test]
fn times_and_ids_of_every_row_are_filled() {
    let Some(_turn) = machine::turn("times_and_ids_of_every_row_are_filled") else { return };
    let (capture, _) = record_copy_and_pipe();
    assert!(capture.number("select count(*) from events where syscall is not null") > 100);
    let unfilled = capture.query(
        "select event, comm, exe, pid, host_pid, ts from events where syscall is not null and \
         (ts is null or ts_ns is null or process_key is null or host_pid = 0 or pid = 0 or tid = 0 or comm is null or \
          exe is null or mnt_ns is null or pid_ns is null or uts_name is null or uid is null or boot_id is null)",
    );
    assert_eq!(unfilled.len(), 0, "{:?}", unfilled.first());
    assert_eq!(capture.number("select count(*) from events e where not exists (select 1 from processes p where p.process_key = e.process_key) and syscall is not null"), 0);
    let times: Vec<i64> = capture.events(&[]).iter().map(|row| number(row, "ts_ns")).collect();
    assert!(times.len() > 100 && times.is_sorted(), "rows are in order of time");
}

#[test]
fn a_process_of_the_last_millisecond_is_recorded() {
    let Some(_turn) = machine::turn("a_process_of_the_last_millisecond_is_recorded") else { return };
    let program = program::build("last_moment");
    for round in 0..10 {
        let marker = format!("last-{round}");
        let capture = Capture::record(&[], &[program.as_os_str(), marker.as_ref()]);
        // The child lives for some microseconds and is the last thing that happens before the command ends.
        let child = capture.query(&format!(
            "select o.host_pid, p.exit_code, p.comm from openat o join processes p on p.process_key = o.process_key \
             where o.pathname = '/{marker}/child'"
        ));
        assert_eq!(child.len(), 1, "round {round}: {child:?}");
        assert_eq!(number(&child[0], "exit_code"), 42, "round {round}");
        let root = capture.query(&format!("select ret from openat where pathname = '/{marker}/parent'"));
        assert_eq!(root.len(), 1, "round {round}: the parent's last call");
        let ended = capture.number("select count(*) from sched_process_exit where process_group_exit = 1");
        assert_eq!(ended, 2, "round {round}: both ends");
        capture.verify();
    }
}

#[test]
fn a_call_still_running_at_stop_is_a_row_without_a_result() {
    let Some(_turn) = machine::turn("a_call_still_running_at_stop_is_a_row_without_a_result") else { return };
    // The command ends while its child sleeps, which holds up nobody and ends by itself.
    let capture = Capture::record(&[], &["sh", "-c", "sleep 15 >/dev/null 2>&1 & sleep 1"]);
    let sleeping = capture.query(
        "select s.ret, s.unfinished, s.host_pid, p.argv, p.exit_code, p.end_open as open from clock_nanosleep s \
         join processes p on p.process_key = s.process_key where s.unfinished",
    );
    assert_eq!(sleeping.len(), 1, "{sleeping:?}");
    assert_eq!(text(&sleeping[0], "argv"), "sleep 15");
    assert!(sleeping[0]["ret"].is_null() && sleeping[0]["exit_code"].is_null(), "{sleeping:?}");
    assert_eq!(number(&sleeping[0], "open"), 1);
    let whole = capture.query("select s.ret from clock_nanosleep s where not s.unfinished");
    assert_eq!(whole.len(), 1, "{whole:?}");
    assert_eq!(number(&whole[0], "ret"), 0);
    capture.verify();
}
