//! Calls that a 64-bit kernel takes by other interfaces than its own: they have names, arguments and marks, and none of them
//! passes for a call of the architecture's table that has the same number.

use crate::capture::{Capture, number, text};
use crate::{machine, program};

const ENOENT: i64 = 2;
const EBADF: i64 = 9;
const ENOSYS: i64 = 38;

#[test]
fn calls_by_other_interfaces_are_named_and_marked() {
    let Some(_turn) = machine::turn("calls_by_other_interfaces_are_named_and_marked") else { return };
    if !cfg!(target_arch = "x86_64") {
        eprintln!("calls_by_other_interfaces_are_named_and_marked: skipped, the program is for x86_64");
        return;
    }
    let capture = Capture::planned();
    let mut recorder = capture.recorder(&[], &[program::build("compat").as_os_str(), "/bin/true".as_ref()]);
    let finished = crate::process::run(&mut recorder, crate::capture::LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let said: Vec<i64> = finished.stdout_text().lines().filter_map(|line| line.parse().ok()).collect();
    assert_eq!(said.len(), 7, "the program's own view: {}", finished.stdout_text());
    capture.verify();

    let rows = capture.query(
        "select syscall, number, number_number, ret, marks, arg0, arg1, arg2, arg3, arg4, arg5, from_user, comm \
         from compat_syscall order by boot_ns, event_key",
    );
    let found: Vec<(&str, i64, i64, &str)> = rows
        .iter()
        .map(|row| (text(row, "syscall"), number(row, "number_number"), number(row, "ret"), text(row, "marks")))
        .collect();
    let expected = [
        ("write", 4, 12, "compat32"),
        ("openat", 295, -ENOENT, "compat32"),
        ("_llseek", 140, -EBADF, "compat32"),
        ("", 222, -ENOSYS, "compat32"),
        ("", 0x4000_0001, -ENOSYS, "compat32"),
        ("getpid", 0x4000_0027, said[5], "x32"),
        ("", 0x4000_003b, said[6], "x32"),
        ("execve", 11, 0, "compat32"),
    ];
    assert_eq!(found, expected);
    assert_eq!(said[..5], [12, -ENOENT, -EBADF, -ENOSYS, -ENOSYS], "what is expected is what the program saw");
    assert!(said[6] < 0, "x32 has no execve at that number");

    let arguments = |row: usize, count: usize| -> Vec<i64> {
        (0..count).map(|at| number(&rows[row], &format!("arg{at}"))).collect()
    };
    assert_eq!(arguments(0, 3), [1, 0x1000_0000, 12], "the low half of a register is what the kernel took");
    assert_eq!(arguments(1, 3), [0xffff_ff9c, 0x1000_0000, 0]);
    assert_eq!(arguments(2, 5), [77, 1, 2, 3, 4]);
    assert_eq!(arguments(5, 3), [11, 22, 33]);
    assert_eq!(text(&rows[0], "number"), "write");
    assert!(rows.iter().all(|row| text(row, "from_user").is_empty()), "nothing was read from the program's memory");

    assert_eq!(capture.number("select count(*) from events where syscall is null and marks is not null"), 3);
    assert_eq!(capture.number("select count(*) from stat where comm = 'compat'"), 0, "4 was not stat");
    assert_eq!(capture.number("select count(*) from unknown_syscall"), 0);
    // The exec is known from the kernel's own structures, whichever interface it came by.
    let executed = capture.query("select pathname, prev_comm from sched_process_exec where pathname = '/bin/true'");
    assert_eq!(executed.len(), 1, "{executed:?}");
    assert_eq!(text(&executed[0], "prev_comm"), "compat");
    assert_eq!(capture.number("select count(*) from task_rename"), 0, "its new name is the exec's matter");
}

#[test]
fn the_rows_of_events_say_the_same_as_the_database() {
    let Some(_turn) = machine::turn("the_rows_of_events_say_the_same_as_the_database") else { return };
    if !cfg!(target_arch = "x86_64") {
        eprintln!("the_rows_of_events_say_the_same_as_the_database: skipped, the program is for x86_64");
        return;
    }
    let (capture, finished) = Capture::attempt(&[], &[program::build("compat")]);
    assert_eq!(finished.code(), 1, "the program ends with 1 when it was not asked to exec: {}", finished.stderr);
    let rows = capture.events(&["--event", "compat_syscall"]);
    let named: Vec<(&str, &str)> = rows.iter().map(|row| (text(row, "syscall"), text(row, "marks"))).collect();
    let expected = [
        ("write", "compat32"),
        ("openat", "compat32"),
        ("_llseek", "compat32"),
        ("", "compat32"),
        ("", "compat32"),
        ("getpid", "x32"),
        ("", "x32"),
    ];
    assert_eq!(named, expected);
    assert_eq!(rows[0]["args"]["number"], "write");
    assert_eq!(rows[3]["args"]["number"], 222);
}
