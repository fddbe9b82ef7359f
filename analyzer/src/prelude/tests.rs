use formats::events::structure::{KEYFRAME_FD, SOCKET_OBJECT};
use formats::frame::FrameHeader;
use formats::payload::PayloadBuilder;
use formats::schema::{EventSchema, Schema};

use super::*;
use crate::query::{Cell, Database};
use crate::testing::{OFFSET_NS, Recording, Task, event, fork, key_of};

#[test]
fn every_view_has_the_columns_that_are_declared() {
    let database = Database::open_capture(&shell_alone().open(), 1, &|_, _| {}).unwrap();
    for view in VIEWS {
        let catalog = crate::tables::Catalog::builtin();
        let declared = catalog.table(view.name).unwrap();
        let declared: Vec<&str> = declared.columns.iter().map(|column| column.name.as_str()).collect();
        let mut found = Vec::new();
        let sql = format!("SELECT * FROM {}", view.name);
        database
            .run(&sql, &mut |names| found = names.iter().map(|name| (*name).to_owned()).collect(), &mut |_| Ok(()))
            .unwrap();
        assert_eq!(found, declared, "{}", view.name);
        assert!(!view.select().contains(['{', '}']), "{}", view.name);
    }
}

fn shell_alone() -> Recording {
    let mut recording = shell();
    recording.cut(1_000_000);
    recording
}

#[test]
fn views_keep_to_the_sql_that_engines_share() {
    const OWN: [&str; 6] = ["json_", "printf(", "iif(", "ifnull(", "strftime(", "glob "];
    for view in VIEWS {
        let sql = view.select().to_lowercase();
        for function in OWN {
            assert!(!sql.contains(function), "{} uses {function}", view.name);
        }
    }
}

/// Rows of the answer, cells joined by `|`.
fn ask(recording: &Recording, sql: &str) -> Vec<String> {
    let database = Database::open_capture(&recording.open(), 1, &|_, _| {}).unwrap();
    let show = |cell: &Cell| match cell {
        Cell::Null => "-".to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Text(text) => text.clone(),
        cell => format!("{cell:?}"),
    };
    let mut lines = Vec::new();
    let mut row = |cells: &[Cell]| {
        lines.push(cells.iter().map(show).collect::<Vec<_>>().join("|"));
        Ok(())
    };
    database.run(sql, &mut |_| {}, &mut row).unwrap();
    lines
}

/// A shell, 501, in /srv, with a child, 502, that a signal ends.
fn shell() -> Recording {
    let mut recording = Recording::new();
    recording.file(0, 10, 1, b"/usr/bin/sh");
    recording.file(0, 10, 2, b"/srv");
    recording.context(0, 20, Task { id: 1, pid: 501, tid: 501, ppid: 100, exe: 1, comm: b"sh" });
    recording.event(0, (600_000, 1, 501), fork(501, 502, 2), event("sched_process_fork"));
    recording.context(0, 600_000, Task { id: 2, pid: 502, tid: 502, ppid: 501, exe: 1, comm: b"sh" });
    recording
}

fn ended(signal: i64) -> PayloadBuilder<'static> {
    PayloadBuilder::new(event("sched_process_exit")).i64("signal_code", signal).u64("process_group_exit", 1)
}

#[test]
fn lives_of_processes_are_cut_to_the_capture() {
    let mut recording = shell();
    recording.event(0, (700_000, 2, 502), ended(9), event("sched_process_exit"));
    recording.cut(1_000_000);
    let ns = |boot_ns: i64| OFFSET_NS + boot_ns;
    let sql = "SELECT host_pid, start_ns, start_open, end_ns, end_open, exit_signal, exit_signal_number
        FROM processes ORDER BY host_pid";
    assert_eq!(
        ask(&recording, sql),
        [
            format!("501|{}|0|{}|1|-|-", ns(501_000), ns(1_000_000)),
            format!("502|{}|0|{}|0|SIGKILL|9", ns(502_000), ns(700_000)),
        ]
    );
    let sql =
        "SELECT host_tid, tid, comm, start_ns, end_ns, end_open, thread_key = process_key FROM threads ORDER BY 1";
    assert_eq!(
        ask(&recording, sql),
        [
            format!("501|1|sh|{}|{}|1|1", ns(501_000), ns(1_000_000)),
            format!("502|2|sh|{}|{}|0|1", ns(502_000), ns(700_000)),
        ]
    );
    let sql = "SELECT process_key, ancestor_key, depth, cut FROM process_ancestors ORDER BY process_key = ?1, depth";
    let sql = sql.replace("?1", &key_of(502).to_string());
    assert_eq!(
        ask(&recording, &sql),
        [
            format!("{}|{}|1|1", key_of(501), key_of(100)),
            format!("{}|{}|1|0", key_of(502), key_of(501)),
            format!("{}|{}|2|1", key_of(502), key_of(100)),
        ]
    );
    assert_eq!(
        ask(&recording, "SELECT boot_id, booted_ns, captures FROM hosts"),
        [format!("{}|{OFFSET_NS}|1", "07".repeat(16))]
    );
}

#[test]
fn a_process_from_before_the_capture_began_is_open() {
    let mut recording = Recording::new();
    recording.context(0, 20, Task { id: 1, pid: 501, tid: 501, ppid: 100, exe: 0, comm: b"sh" });
    recording.cut(1_000);
    // Its start, boot-time 501,000, lies behind the capture's end: forged, and at its edge.
    let sql = "SELECT start_ns, start_open, end_ns, end_open, started_ns, ended_ns FROM processes";
    let end = OFFSET_NS + 1_000;
    assert_eq!(ask(&recording, sql), [format!("{end}|1|{end}|1|{}|-", OFFSET_NS + 501_000)]);
}

#[test]
fn containers_have_lives_too() {
    let mut recording = shell();
    let container = event("container");
    let made = |key: u64, is_new: u64, name: &[u8]| {
        let name = name.repeat(32);
        let path = [b"/docker/".as_slice(), &name].concat();
        let payload = PayloadBuilder::new(container).u64("container", key).u64("cgroup_id", key).u64("is_new", is_new);
        payload.bytes("name", &name).bytes("cgroup_path", &path).finish().unwrap()
    };
    let header = |boot_ns| formats::frame::FrameHeader { boot_ns, event: container.id, ..Default::default() };
    recording.raw(container.lane, 0, header(300), &made(7, 0, b"ab"));
    recording.raw(container.lane, 0, header(400), &made(8, 1, b"cd"));
    let removed = event("cgroup_rmdir");
    recording.event(0, (500, 0, 0), PayloadBuilder::new(removed).u64("cgroup_id", 8), removed);
    recording.cut(1_000_000);
    let ns = |boot_ns: i64| OFFSET_NS + boot_ns;
    assert_eq!(
        ask(&recording, "SELECT container_key, start_ns, start_open, end_ns, end_open FROM containers ORDER BY 1"),
        [format!("7|{}|1|{}|1", ns(0), ns(1_000_000)), format!("8|{}|0|{}|0", ns(400), ns(500)),]
    );
}

#[test]
fn events_are_counted_with_those_that_were_lost() {
    let mut recording = shell();
    for boot_ns in [100, 110] {
        recording.event(0, (boot_ns, 1, 501), PayloadBuilder::new(event("close")), event("close"));
    }
    recording.loss(0, 200, 5);
    recording.cut(1_000_000);
    assert_eq!(
        ask(&recording, "SELECT event, rows, lost FROM event_counts ORDER BY event"),
        ["-|0|5", "close|2|0", "sched_process_fork|1|0"]
    );
}

#[test]
fn an_access_is_one_row_whoever_saw_it() {
    let mut recording = shell();
    let (openat, hook) = (event("openat"), event("security_file_open"));
    recording.file(0, 30, 5, b"/srv/made");
    let call = |ret: i64, name: &[u8], flags: i64, object: u64| {
        let call = PayloadBuilder::new(openat).i64("ret", ret).i64("dirfd", -100).bytes("pathname", name);
        call.i64("flags", flags).u64("ret_object", object).u64("cwd", 2)
    };
    recording.event(0, (100, 1, 501), PayloadBuilder::new(hook).u64("file", 5).u64("flags", 0o101), hook);
    recording.event(0, (110, 1, 501), call(3, b"link", 0o101, 5), openat);
    recording.event(0, (120, 1, 501), call(-2, b"gone", 0, 0), openat);
    recording.event(0, (130, 1, 501), call(-13, b"/etc/shadow", 0, 0), openat);
    let unlinkat = event("unlinkat");
    let payload = PayloadBuilder::new(unlinkat).i64("dirfd", -100).bytes("pathname", b"d").i64("flags", 0x200);
    recording.event(0, (140, 1, 501), payload.u64("cwd", 2), unlinkat);
    let rename = event("rename");
    let payload = PayloadBuilder::new(rename).bytes("oldpath", b"a").bytes("newpath", b"/b").u64("cwd", 2);
    recording.event(0, (150, 1, 501), payload, rename);
    recording.cut(1_000_000);
    let sql = "SELECT boot_ns, event, operation, path, other_path, ret, from_user, comm FROM file_accesses ORDER BY 1";
    assert_eq!(
        ask(&recording, sql),
        [
            "110|openat|create|/srv/made|-|3|-|sh",
            "120|openat|open|/srv/gone|-|-2|path|sh",
            "130|openat|open|/etc/shadow|-|-13|path|sh",
            "140|unlinkat|rmdir|/srv/d|-|0|path|sh",
            "150|rename|rename|/srv/a|/b|0|path,other_path|sh",
        ]
    );
    assert_eq!(
        ask(&recording, "SELECT path, inode, accesses, failed, created, removed FROM files ORDER BY path"),
        [
            "/etc/shadow|-|1|1|0|0",
            "/srv/a|-|1|0|0|0",
            "/srv/d|-|1|0|0|1",
            "/srv/gone|-|1|1|0|0",
            "/srv/made|50|1|0|1|0"
        ]
    );
}

#[test]
fn where_only_the_hook_was_asked_for_it_is_the_access() {
    let mut recording = shell();
    let hook = event("security_file_open");
    recording.file(0, 30, 5, b"/srv/made");
    recording.event(0, (100, 1, 501), PayloadBuilder::new(hook).u64("file", 5), hook);
    recording.cut(1_000_000);
    assert_eq!(
        ask(&recording, "SELECT event, operation, path FROM file_accesses"),
        ["security_file_open|open|/srv/made"]
    );
}

/// Bytes of a socket's address, of IPv4.
fn address(ip: [u8; 4], port: u16) -> Vec<u8> {
    [&[2, 0][..], &port.to_be_bytes(), &ip, &[0; 8]].concat()
}

#[test]
fn connections_are_told_once_with_both_ends() {
    let mut recording = shell();
    recording.socket(0, 30, 5, (1234, 80));
    recording.socket(0, 30, 6, (80, 1234));
    let (connect, accept, flow) = (event("connect"), event("accept"), event("net_flow_tcp_begin"));
    let asked = |ret: i64, object: u64, port: u16| {
        let call = PayloadBuilder::new(connect).i64("ret", ret).u64("sockfd_object", object);
        call.bytes("addr", &address([127, 0, 0, 1], port)).finish().unwrap()
    };
    let at = |event: &formats::event::Event, boot_ns, context, tid| formats::frame::FrameHeader {
        boot_ns,
        context,
        tid,
        event: event.id,
        ..Default::default()
    };
    recording.raw(connect.lane, 0, at(connect, 100, 1, 501), &asked(0, 5, 80));
    recording.raw(connect.lane, 0, at(connect, 110, 1, 501), &asked(-111, 0, 9));
    let taken = PayloadBuilder::new(accept).i64("ret", 4).u64("sockfd_object", 6).u64("ret_object", 6);
    recording.event(0, (120, 2, 502), taken.bytes("addr", &address([127, 0, 0, 1], 1234)), accept);
    let refused = PayloadBuilder::new(accept).i64("ret", -11).bytes("addr", &address([9, 9, 9, 9], 1));
    recording.event(0, (130, 2, 502), refused, accept);
    let found = |port: u64| {
        let flow = PayloadBuilder::new(flow).u64("conn_direction", 1).u64("src_port", 1234).u64("dst_port", port);
        flow.bytes("src", &[127, 0, 0, 1]).bytes("dst", &[127, 0, 0, 1])
    };
    // The first is the connection that was asked for; of the other there is no call.
    recording.event(0, (140, 1, 501), found(80), flow);
    recording.event(0, (150, 1, 501), found(443), flow);
    recording.cut(1_000_000);
    let sql =
        "SELECT boot_ns, host_pid, direction, protocol, local_address, local_port, remote_address, remote_port, result
        FROM connections ORDER BY boot_ns";
    assert_eq!(
        ask(&recording, sql),
        [
            "100|501|out|TCP|127.0.0.1|1234|127.0.0.1|80|established",
            "110|501|out|-|-|-|127.0.0.1|9|failed",
            "120|502|in|TCP|127.0.0.1|80|127.0.0.1|1234|established",
            "130|502|in|-|-|-|-|-|failed",
            "150|501|out|TCP|127.0.0.1|1234|127.0.0.1|443|established",
        ]
    );
}

#[test]
fn what_listened_before_recording_began_is_listed() {
    let mut recording = shell();
    let socket = |id: u64, state: u64| {
        let payload = PayloadBuilder::new(&SOCKET_OBJECT).u64("id", id).u64("inode", id * 10).u64("family", 2);
        payload.u64("type", 1).u64("protocol", 6).u64("state", state).bytes("local", &address([127, 0, 0, 1], 80))
    };
    recording.event(0, (30, 0, 0), socket(5, 10), &SOCKET_OBJECT);
    recording.event(0, (30, 0, 0), socket(6, 7), &SOCKET_OBJECT);
    for (fd, object) in [(3, 5), (4, 5), (5, 6)] {
        let payload = PayloadBuilder::new(&KEYFRAME_FD).u64("context", 1).u64("object", object);
        recording.event(0, (40, 0, 0), payload.i64("fd", fd).u64("read_boot_ns", 35), &KEYFRAME_FD);
    }
    recording.cut(1_000_000);
    let sql = "SELECT event, host_pid, exe, protocol, address, port, ret, ts_ns FROM listening";
    assert_eq!(ask(&recording, sql), [format!("-|501|/usr/bin/sh|TCP|127.0.0.1|80|-|{}", OFFSET_NS + 35)]);
    let sql = "SELECT fd, state, capture FROM open_files ORDER BY fd";
    assert_eq!(ask(&recording, sql), ["3|TCP_LISTEN|1", "4|TCP_LISTEN|1", "5|TCP_CLOSE|1"]);
}

#[test]
fn a_capture_of_nothing_has_every_view() {
    let mut recording = Recording::new();
    recording.stop(100);
    recording.cut(1_000);
    for view in VIEWS {
        let sql = format!("SELECT count(*) FROM {}", view.name);
        assert_eq!(ask(&recording, &sql), [if view.name == "hosts" { "1" } else { "0" }], "{}", view.name);
    }
}

/// The schema of a recorder of which openat had two fields less, and no other kind of this build was declared.
fn older_schema() -> &'static Schema {
    let mut schema = Schema::new();
    for event in formats::events::all() {
        let mut declared = EventSchema::from(event);
        if event.name == "openat" {
            let fields = declared.fields.iter().position(|field| field.name == "flags").unwrap();
            declared.fields.truncate(fields);
            declared.fixed_len = event.offset(fields).into();
        }
        schema.insert(declared).unwrap();
    }
    Box::leak(Box::new(schema))
}

#[test]
fn captures_without_a_later_field_have_their_rows_all_the_same() {
    let mut recording = Recording::with_schema(older_schema());
    recording.context(0, 10, Task { id: 1, pid: 501, tid: 501, ppid: 100, exe: 0, comm: b"sh" });
    let openat = older_schema().by_name("openat").unwrap();
    let mut payload = vec![0; openat.fixed_len as usize];
    let path = openat.fields.iter().find(|field| field.name == "pathname").unwrap().offset as usize;
    payload[path] = 4;
    payload[path + 4] = 4;
    payload.extend_from_slice(b"/etc");
    let header = FrameHeader { boot_ns: 20, context: 1, tid: 501, event: openat.id, ..FrameHeader::default() };
    recording.raw(openat.lane, 0, header, &payload);
    recording.cut(1_000);
    assert_eq!(ask(&recording, "SELECT operation, path, flags FROM file_accesses"), ["open|/etc|-"]);
}
