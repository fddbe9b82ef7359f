use formats::event::Lane;
use formats::events::lifecycle::{SCHED_PROCESS_EXEC, SCHED_PROCESS_EXIT, TASK_RENAME};
use formats::frame::{FrameHeader, LATE, UNFINISHED};
use formats::payload::{PayloadBuilder, Variable};

use super::*;
use crate::print::json_row;
use crate::testing::{OFFSET_NS, Recording, Task, event, fork, key_of, sample};

fn rows<T>(recording: &Recording, options: &Options, mut each: impl FnMut(&Row<'_>) -> T) -> Vec<T> {
    let mut found = Vec::new();
    replay(&recording.open(), options, &mut |row| {
        found.push(each(row));
        Ok(())
    })
    .unwrap();
    found
}

fn all<T>(recording: &Recording, each: impl FnMut(&Row<'_>) -> T) -> Vec<T> {
    rows(recording, &Options::default(), each)
}

fn json(row: &Row<'_>) -> String {
    let mut out = String::new();
    json_row(row, &mut out);
    out
}

fn task(id: u64, pid: u32, comm: &'static [u8]) -> Task {
    Task { id, pid, tid: pid, ppid: 1, exe: 0, comm }
}

fn getpid() -> PayloadBuilder<'static> {
    PayloadBuilder::new(event("getpid")).i64("ret", 5)
}

#[test]
fn threads_do_not_change_a_byte() {
    let recording = sample(7, 9_000);
    let with = |threads| rows(&recording, &Options { threads, ..Options::default() }, json);
    let one = with(1);
    assert_eq!(one.len(), 7 * 9_000);
    assert!(one == with(2) && one == with(4));
}

#[test]
fn the_order_is_time_then_cpu_then_lane_then_sequence() {
    let mut recording = Recording::new();
    let read = event("getpid");
    for (cpu, boot_ns) in [(1, 50), (1, 70), (0, 70), (0, 60), (0, 80), (1, 71)] {
        recording.event(cpu, (boot_ns, 0, 9), getpid(), read);
    }
    recording.event(0, (70, 0, 9), fork(1, 2, 0), &SCHED_PROCESS_FORK);
    recording.cut(1_000);
    let order = all(&recording, |row| (row.boot_ns(), row.cpu().unwrap(), row.lane(), row.sequence()));
    // CPU 0 made its event of 60 after that of 70: sequence decides, and time does not run back within a stream.
    let expected =
        [(50, 1, 1, 1), (70, 0, 0, 1), (70, 0, 1, 1), (60, 0, 1, 2), (70, 1, 1, 2), (71, 1, 1, 3), (80, 0, 1, 3)];
    assert_eq!(order, expected);
}

#[test]
fn rows_in_one_block_or_many_come_in_the_same_order() {
    let order = |block_frames| {
        let mut recording = sample(0, 0);
        recording.block_frames = block_frames;
        for number in 0..1_000u64 {
            let boot_ns = 1_000 + number * 10 - number % 7 * 9;
            recording.event((number % 3) as u32, (boot_ns, 0, 9), getpid(), event("getpid"));
        }
        recording.cut(1_000_000);
        all(&recording, |row| (row.boot_ns(), row.cpu(), row.sequence()))
    };
    assert_eq!(order(1), order(1_000));
    assert_eq!(order(7), order(1_000));
}

#[test]
fn a_sequence_goes_on_over_32_bits() {
    let mut recording = Recording::new();
    recording.block_frames = 2;
    recording.set_sequence(Lane::Events, 0, 0xffff_fffd);
    for number in 0..6 {
        recording.event(0, (100 + number, 0, 9), getpid(), event("getpid"));
    }
    recording.cut(1_000);
    let sequences = all(&recording, |row| row.sequence());
    assert_eq!(sequences, (0xffff_fffd..0x1_0000_0003u64).collect::<Vec<_>>());
}

#[test]
fn a_row_may_come_before_what_it_refers_to() {
    let mut recording = Recording::new();
    let payload = PayloadBuilder::new(event("close")).i64("ret", 0).i64("fd", 3).u64("fd_object", 77);
    recording.event(0, (100, 8, 501), payload, event("close"));
    recording.file(1, 200, 77, b"/etc/hostname");
    recording.context(1, 300, task(8, 501, b"cat"));
    recording.cut(1_000);
    let found = all(&recording, |row| (row.args(), row.comm().map(<[u8]>::to_vec), row.context().map(|c| c.host_pid)));
    assert_eq!(found, [(r#"{"fd":3,"fd_path":"/etc/hostname"}"#.to_owned(), Some(b"cat".to_vec()), Some(501))]);
}

#[test]
fn what_is_not_defined_is_not_invented() {
    let mut recording = Recording::new();
    let payload = PayloadBuilder::new(event("close")).i64("ret", 0).i64("fd", 3).u64("fd_object", 77);
    recording.event(0, (100, 8, 501), payload, event("close"));
    recording.cut(1_000);
    let found = all(&recording, |row| (row.args(), row.comm().is_none(), row.context().is_none(), row.host_tid()));
    assert_eq!(found, [(r#"{"fd":3,"fd_path":null}"#.to_owned(), true, true, 501)]);
}

#[test]
fn a_thread_is_called_what_it_was_called_then() {
    let mut recording = Recording::new();
    let rename = |tid: u64, name: &[u8]| PayloadBuilder::new(&TASK_RENAME).u64("task", tid).bytes("new_name", name);
    recording.context(0, 100, task(1, 501, b"sh"));
    recording.context(0, 110, task(2, 502, b"other"));
    recording.event(0, (120, 1, 501), getpid(), event("getpid"));
    recording.event(0, (130, 1, 501), rename(501, b"renamed"), &TASK_RENAME);
    recording.event(0, (140, 1, 501), getpid(), event("getpid"));
    recording.event(0, (150, 2, 502), rename(501, b"by-another-and-longer-than-kept"), &TASK_RENAME);
    recording.event(0, (160, 1, 501), getpid(), event("getpid"));
    // The exec's context tells its name.
    recording.context(0, 170, task(3, 501, b"cat"));
    recording.event(0, (180, 3, 501), getpid(), event("getpid"));
    recording.cut(1_000);
    let comms = all(&recording, |row| String::from_utf8(row.comm().unwrap().to_vec()).unwrap());
    assert_eq!(comms, ["sh", "sh", "renamed", "other", "by-another-and-", "cat"]);
}

#[test]
fn a_call_that_did_not_return_has_no_result() {
    let mut recording = Recording::new();
    let read = event("read");
    let payload = PayloadBuilder::new(read).i64("ret", 0).finish().unwrap();
    let header = FrameHeader { boot_ns: 100, tid: 9, event: read.id, ..Default::default() };
    recording.raw(Lane::Events, 0, header, &payload);
    recording.raw(Lane::Events, 0, FrameHeader { flags: UNFINISHED, ..header }, &payload);
    recording.cut(1_000);
    assert_eq!(all(&recording, |row| (row.ret(), row.is_unfinished())), [(Some(0), false), (None, true)]);
}

#[test]
fn late_rows_say_so() {
    let mut recording = Recording::new();
    recording.cut(500);
    recording.event(0, (400, 0, 9), getpid(), event("getpid"));
    let header = FrameHeader { boot_ns: 600, flags: LATE, event: event("getpid").id, ..Default::default() };
    recording.raw(Lane::Events, 0, header, &getpid().finish().unwrap());
    recording.event(0, (700, 0, 9), getpid(), event("getpid"));
    recording.cut(1_000);
    assert_eq!(all(&recording, |row| row.is_late()), [true, true, false]);
}

#[test]
fn times_have_one_offset() {
    let recording = sample(3, 10);
    for (ts_ns, boot_ns) in all(&recording, |row| (row.ts_ns(), row.boot_ns())) {
        assert_eq!(ts_ns, OFFSET_NS + boot_ns as i64);
    }
}

#[test]
fn what_was_cut_or_not_readable_is_told() {
    let mut recording = Recording::new();
    let execve = event("execve");
    let variable = |bytes, full_len, fault, null| Variable { bytes, full_len, fault, null };
    let payload = PayloadBuilder::new(execve)
        .variable("pathname", variable(&b"/bin/x"[..], Some(4_000), false, false))
        .variable("argv", variable(b"", None, true, false))
        .variable("envp", variable(b"", Some(0), false, true));
    recording.event(0, (100, 0, 9), payload, execve);
    recording.cut(1_000);
    let found = all(&recording, |row| (row.truncated().unwrap(), row.from_user().unwrap(), row.args()));
    let (truncated, from_user, args) = &found[0];
    assert_eq!(truncated, r#"{"pathname":4000,"argv":"fault"}"#);
    assert_eq!(from_user, "pathname");
    assert!(args.starts_with(r#"{"pathname":"/bin/x","argv":null,"envp":null"#), "{args}");
}

#[test]
fn filters_leave_out_rows_and_nothing_else() {
    let recording = sample(2, 500);
    let everything = all(&recording, json);
    let openat = |line: &&String| line.contains(r#""event":"openat""#);
    let expected: Vec<String> = everything.iter().filter(openat).cloned().collect();
    let events = Some(vec!["openat".to_owned(), "no_such_event".to_owned()]);
    assert_eq!(rows(&recording, &Options { events, ..Options::default() }, json), expected);
    assert_eq!(expected.len(), 200);

    let times = all(&recording, |row| row.ts_ns());
    let (since_ns, until_ns) = (times[300], times[700]);
    let options = Options { since_ns: Some(since_ns), until_ns: Some(until_ns), ..Options::default() };
    assert_eq!(rows(&recording, &options, json), everything[300..700]);
}

#[test]
fn a_task_that_the_keyframe_found_ending_keeps_its_program() {
    let mut recording = Recording::new();
    recording.file(0, 90, 5, b"/bin/sh");
    // Each order: the keyframe, which is written first, tells of it later.
    recording.context(0, 300, task(8, 501, b"sh"));
    recording.context(1, 100, Task { exe: 5, ..task(8, 501, b"sh") });
    recording.context(0, 100, Task { exe: 5, ..task(9, 502, b"sh") });
    recording.context(1, 300, task(9, 502, b"sh"));
    for (context, tid) in [(8, 501), (9, 502)] {
        recording.event(1, (200, context, tid), getpid(), event("getpid"));
    }
    recording.cut(1_000);
    let found = all(&recording, |row| row.context().map(|context| (context.exe, row.exe().map(str::to_owned))));
    assert_eq!(found, [Some((5, Some("/bin/sh".to_owned()))), Some((5, Some("/bin/sh".to_owned())))]);
}

#[test]
fn processes_form_a_tree_over_segments() {
    let mut recording = Recording::new();
    recording.file(0, 90, 5, b"/bin/sh");
    recording.file(0, 90, 6, b"/bin/cp");
    recording.file(0, 90, 7, b"/some dir");
    recording.context(0, 100, Task { exe: 5, ..task(1, 501, b"sh") });
    recording.context(0, 110, Task { ppid: 501, exe: 5, ..task(2, 502, b"sh") });
    recording.event(0, (110, 1, 501), fork(501, 502, 2), &SCHED_PROCESS_FORK);
    recording.context(0, 120, Task { ppid: 501, exe: 6, ..task(3, 502, b"cp") });
    let exec = PayloadBuilder::new(&SCHED_PROCESS_EXEC).u64("exe", 6).u64("cwd", 7).bytes("argv", b"cp\0a b\0");
    recording.event(0, (120, 3, 502), exec, &SCHED_PROCESS_EXEC);
    recording.cut(500);
    // The keyframe of the next segment knows what the process was executed as.
    recording.file(0, 510, 6, b"/bin/cp");
    recording.context(0, 510, Task { ppid: 1, exe: 6, ..task(3, 502, b"cp") });
    let exit = PayloadBuilder::new(&SCHED_PROCESS_EXIT).i64("exit_code", 3).u64("process_group_exit", 1);
    recording.event(0, (600, 3, 502), exit, &SCHED_PROCESS_EXIT);
    recording.cut(1_000);

    let summary = replay(&recording.open(), &Options::default(), &mut |_| Ok(())).unwrap();
    let cp = summary.processes.get(key_of(502)).unwrap();
    assert_eq!(cp.parent_key, Some(key_of(501)));
    assert_eq!((cp.host_ppid, cp.exit_code(), cp.exit_signal(), cp.end_boot_ns), (501, Some(3), None, Some(600)));
    assert_eq!((cp.exe.as_deref(), cp.cwd.as_deref()), (Some("/bin/cp"), Some("/some dir")));
    assert_eq!(crate::text::command_line(cp.argv.as_deref().unwrap()), "cp 'a b'");
    let sh = summary.processes.get(key_of(501)).unwrap();
    assert_eq!((sh.exe.as_deref(), sh.end_boot_ns, sh.exit_code()), (Some("/bin/sh"), None, None));
    assert_eq!(summary.processes.list().len(), 2);
}

#[test]
fn a_signal_that_ended_a_group_is_its_status() {
    let mut recording = Recording::new();
    recording.context(0, 100, task(1, 501, b"x"));
    let exit = PayloadBuilder::new(&SCHED_PROCESS_EXIT)
        .i64("signal_code", 11)
        .u64("core_dumped", 1)
        .u64("process_group_exit", 1)
        .i64("group_exit_code", 0x8b);
    recording.event(0, (600, 1, 501), exit, &SCHED_PROCESS_EXIT);
    recording.cut(1_000);
    let summary = replay(&recording.open(), &Options::default(), &mut |_| Ok(())).unwrap();
    let process = summary.processes.get(key_of(501)).unwrap();
    assert_eq!((process.exit_code(), process.exit_signal()), (None, Some(11)));
}

#[test]
fn a_payload_that_does_not_add_up_is_shown_as_bytes() {
    let mut recording = Recording::new();
    let header = FrameHeader { boot_ns: 100, event: event("read").id, ..Default::default() };
    recording.raw(Lane::Events, 0, header, &[0xde, 0xad]);
    recording.raw(Lane::Events, 0, FrameHeader { event: 60_000, ..header }, &[0xbe]);
    recording.cut(1_000);
    let found = all(&recording, |row| (row.event().to_owned(), row.args(), row.ret()));
    assert_eq!(found[0], ("read".to_owned(), r#"{"payload":"dead"}"#.to_owned(), None));
    assert_eq!(found[1], ("unknown_event".to_owned(), r#"{"payload":"be"}"#.to_owned(), None));
}

#[test]
fn one_damaged_segment_leaves_the_others() {
    let recording = sample(3, 100);
    let path = recording.path().join("00000002.seg");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(100);
    std::fs::write(&path, bytes).unwrap();
    let mut count = 0;
    let summary = replay(&recording.open(), &Options::default(), &mut |_| {
        count += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(count, 200);
    assert_eq!((summary.damage.len(), summary.damage[0].segment), (1, 2));
}

#[test]
fn a_damaged_block_is_left_out_and_named() {
    let recording = sample(1, 1_000);
    let path = recording.path().join("00000001.seg");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    std::fs::write(&path, bytes).unwrap();
    let mut count = 0u64;
    let summary = replay(&recording.open(), &Options::default(), &mut |_| {
        count += 1;
        Ok(())
    })
    .unwrap();
    assert!((800..1_000).contains(&count), "{count}");
    assert!(!summary.damage.is_empty());
}

#[test]
fn the_readers_error_ends_the_replay() {
    let recording = sample(5, 5_000);
    let mut count = 0;
    let error = replay(&recording.open(), &Options { threads: 2, ..Options::default() }, &mut |_| {
        count += 1;
        if count == 10 { Err(anyhow!("enough")) } else { Ok(()) }
    });
    assert_eq!((error.unwrap_err().to_string(), count), ("enough".to_owned(), 10));
}

#[test]
fn content_and_packets_need_no_rule_of_a_policy() {
    let mut recording = Recording::new();
    recording.info(r#"{"policies":{"policies":[{"name":"first","rules":[{"event":"openat"}]},{"name":"b","rules":[{"event":"kill"}]}]}}"#);
    let (content, packet, read) = (event("content"), event("net_packet_raw"), event("read"));
    recording.event(0, (100, 0, 9), PayloadBuilder::new(read), read);
    recording.event(0, (110, 0, 9), PayloadBuilder::new(content).u64("kind", 1), content);
    recording.event(0, (120, 0, 9), PayloadBuilder::new(packet), packet);
    recording.cut(1_000);
    let mut rows = all(&recording, |row| (row.event().to_owned(), row.policies()));
    rows.retain(|(event, _)| event != "tracee_info");
    let both = || Some("first,b".to_owned());
    assert_eq!(rows, [("content".to_owned(), both()), ("net_packet_raw".to_owned(), both())]);
}
