use std::path::PathBuf;

use formats::event::{Event, Field, Kind, Lane};
use formats::events::structure::LOSS;
use formats::frame::{FrameHeader, UNFINISHED};
use formats::payload::{PayloadBuilder, Variable};
use formats::schema::{EventSchema, Schema};

use super::*;
use crate::print::json_row;
use crate::query::{Cell, Database};
use crate::tables::COMMON;
use crate::testing::{OFFSET_NS, Recording, Task, chance, event, sample};

/// A loaded capture.
struct Loaded {
    directory: tempfile::TempDir,
    database: Database,
}

impl Loaded {
    fn of(recording: &Recording) -> Loaded {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.db");
        load(&recording.open(), &path, &LoadOptions { threads: 1 }, &|_, _| {}).unwrap();
        Loaded { database: Database::open_file(&path).unwrap(), directory }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("out.db")
    }

    /// Rows of the result, cells joined by `|`.
    fn ask(&self, sql: &str) -> Vec<String> {
        let mut lines = Vec::new();
        let mut row = |cells: &[Cell]| {
            lines.push(cells.iter().map(show).collect::<Vec<_>>().join("|"));
            Ok(())
        };
        self.database.run(sql, &mut |_| {}, &mut row).unwrap();
        lines
    }
}

fn show(cell: &Cell) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Blob(bytes) => format!("x'{}'", crate::text::hex(bytes)),
    }
}

/// What artifacts are made of has tables of its own.
fn is_event(id: u16) -> bool {
    id >= 64 && !crate::replay::MATERIAL.contains(&id)
}

fn at(event: &Event) -> FrameHeader {
    FrameHeader { boot_ns: 1_000, tid: 9, event: event.id, ..Default::default() }
}

#[test]
fn one_and_many_threads_make_the_same_file() {
    let recording = sample(5, 6_000);
    let directory = tempfile::tempdir().unwrap();
    let file = |threads: usize| {
        let path = directory.path().join(format!("{threads}.db"));
        let summary = load(&recording.open(), &path, &LoadOptions { threads }, &|_, _| {}).unwrap();
        assert_eq!(summary.events, 30_000);
        std::fs::read(path).unwrap()
    };
    let one = file(1);
    assert!(one == file(2) && one == file(4));
}

#[test]
fn events_in_sql_are_the_rows_of_replay() {
    let recording = sample(2, 300);
    let loaded = Loaded::of(&recording);
    let columns: Vec<&str> = COMMON.iter().map(|column| column.name).collect();
    // json() of args and truncated keeps them objects; SQL has numbers for the two truth values.
    let pairs: Vec<String> = columns
        .iter()
        .map(|name| match *name {
            "args" | "truncated" => format!("'{name}',json({name})"),
            "unfinished" | "late" => format!("'{name}',json(iif({name},'true','false'))"),
            _ => format!("'{name}',{name}"),
        })
        .collect();
    let sql = format!("SELECT json_object({}) FROM events ORDER BY boot_ns, event_key", pairs.join(","));
    let mut expected = Vec::new();
    crate::replay::replay(&recording.open(), &Options::default(), &mut |row| {
        let mut line = String::new();
        json_row(row, &mut line);
        expected.push(line);
        Ok(())
    })
    .unwrap();
    let found = loaded.ask(&sql);
    assert_eq!(found.len(), 600);
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
}

#[test]
fn flags_and_constants_are_shown_by_name() {
    let mut recording = Recording::new();
    recording.file(0, 10, 4, b"/etc/passwd");
    let openat = event("openat");
    let payload = PayloadBuilder::new(openat)
        .i64("ret", -2)
        .i64("dirfd", -100)
        .bytes("pathname", b"passwd")
        .i64("flags", 0o2000000)
        .u64("mode", 0o644)
        .u64("ret_object", 4);
    recording.event(0, (100, 0, 9), payload, openat);
    recording.cut(1_000);
    let loaded = Loaded::of(&recording);
    let sql = "SELECT dirfd, dirfd_number, pathname, flags, flags_number, mode, ret, ret_object, ret_path, cwd_path FROM openat";
    assert_eq!(loaded.ask(sql), ["AT_FDCWD|-100|passwd|O_RDONLY|O_CLOEXEC|524288|0644|-2|4|/etc/passwd|NULL"]);
    let args = loaded.ask("SELECT args FROM events").remove(0);
    assert!(args.contains(r#""dirfd":"AT_FDCWD","pathname":"passwd","flags":"O_RDONLY|O_CLOEXEC""#), "{args}");
}

#[test]
fn arguments_may_be_called_as_columns_are() {
    let mut recording = Recording::new();
    recording.context(0, 50, Task { id: 1, pid: 501, tid: 501, ppid: 1, exe: 0, comm: b"sh" });
    let kill = event("kill");
    recording.event(0, (100, 1, 501), PayloadBuilder::new(kill).i64("pid", 777).i64("sig", 9), kill);
    recording.cut(1_000);
    let loaded = Loaded::of(&recording);
    assert_eq!(loaded.ask("SELECT host_pid, arg_pid, sig, ret, comm FROM kill"), ["501|777|SIGKILL|0|sh"]);
    assert_eq!(loaded.ask("SELECT json_extract(args,'$.pid') FROM events"), ["777"]);
}

#[test]
fn content_is_told_about_and_not_shown() {
    let mut recording = Recording::new();
    recording.context(0, 50, Task { id: 1, pid: 501, tid: 501, ppid: 1, exe: 0, comm: b"dd" });
    recording.file(0, 60, 4, b"/tmp/out");
    let content = event("content");
    let data = vec![0xab; 65536];
    let hash = *blake3::hash(&data).as_bytes();
    let written = |offset: i64, data: &[u8], flags: u64| {
        PayloadBuilder::new(content)
            .u64("file", 4)
            .i64("offset", offset)
            .u64("size", 65536)
            .i64("fd", 3)
            .u64("kind", 1)
            .u64("way", 1)
            .u64("flags", flags)
            .bytes("digest", &hash)
            .bytes("data", data)
    };
    recording.event(0, (100, 1, 501), written(4096, &data, 64), content);
    recording.event(0, (110, 1, 501), written(-1, b"", 4 | 64), content);
    recording.event(0, (120, 1, 501), PayloadBuilder::new(content).u64("kind", 3).u64("way", 8), content);
    // What artifacts are made of is no row, unless it is asked for by name.
    let piece = event("artifact_content");
    recording.event(u32::MAX, (130, 0, 0), PayloadBuilder::new(piece).bytes("data", &data), piece);
    recording.cut(1_000);
    let loaded = Loaded::of(&recording);
    let hash = crate::text::hex(&hash);
    assert_eq!(loaded.ask("SELECT event, count(*) FROM events GROUP BY event"), ["content|3"]);
    assert_eq!(
        loaded.ask("SELECT data, kind, way, flags, pathname FROM content ORDER BY ts_ns, event_key LIMIT 1"),
        [format!(r#"{{"bytes":65536,"blake3":"{hash}"}}|write|buffer|append|/tmp/out"#)]
    );
    assert_eq!(
        loaded.ask("SELECT ts_ns, host_pid, comm, path, offset, size, way, flags, digest, stored, fd FROM artifact_writes ORDER BY ts_ns, event_key"),
        [
            format!("{}|501|dd|/tmp/out|4096|65536|buffer|append|{hash}|1|3", OFFSET_NS + 100),
            format!("{}|501|dd|/tmp/out|NULL|65536|buffer|stored_before|append|{hash}|0|3", OFFSET_NS + 110),
        ]
    );
    let rows = |events: Option<Vec<String>>| {
        let mut lines = Vec::new();
        let options = Options { events, ..Options::default() };
        crate::replay::replay(&recording.open(), &options, &mut |row| {
            let mut line = String::new();
            json_row(row, &mut line);
            lines.push(line);
            Ok(())
        })
        .unwrap();
        lines
    };
    let shown = format!(r#""data":{{"bytes":65536,"blake3":"{}"}}"#, blake3::hash(&data).to_hex());
    assert!(rows(None)[0].contains(&shown) && rows(None).len() == 3, "{}", rows(None)[0]);
    assert!(rows(Some(vec!["artifact_content".to_owned()]))[0].contains(&shown));
    assert_eq!(crate::info::Info::gather(&recording.open()).unwrap().rows(), 3);
}

#[test]
fn artifacts_and_their_sources_are_tables() {
    let mut recording = Recording::new();
    let (piece, artifact, source) = (event("artifact_content"), event("artifact"), event("artifact_source"));
    let data = b"\x7fELF";
    let digest = *blake3::hash(data).as_bytes();
    recording.event(9, (100, 0, 0), PayloadBuilder::new(piece).bytes("digest", &digest).bytes("data", data), piece);
    let mut list = Vec::new();
    formats::artifact::Piece { offset: 0, length: 4, flags: 0, digest }.encode(&mut list);
    for (number, part) in [(1, 0), (2, 0), (2, 5)] {
        let payload = PayloadBuilder::new(artifact)
            .u64("artifact", number)
            .u64("size", 8)
            .u64("stored", 4)
            .u64("part", part)
            .u64("parts", 1)
            .bytes("sha256", &[number as u8; 32])
            .bytes("pieces", &list);
        recording.event(9, (200, 0, 0), payload, artifact);
    }
    let payload = PayloadBuilder::new(source)
        .u64("artifact", 2)
        .u64("at_ns", 150)
        .u64("kind", 5)
        .u64("way", 3)
        .u64("flags", 1)
        .u64("held_ns", 5)
        .bytes("path", b"/tmp/x")
        .bytes("why", b"");
    recording.event(9, (300, 0, 0), payload, source);
    recording.cut(1_000);
    let loaded = Loaded::of(&recording);
    let key = "01".repeat(32);
    let other = "02".repeat(32);
    assert_eq!(
        loaded.ask("SELECT * FROM artifacts ORDER BY artifact_key"),
        [
            format!("1|{key}|8|4|4|1|elf|0|NULL|NULL|1"),
            format!("2|{other}|8|4|4|1|elf|1|{}|{}|1", OFFSET_NS + 150, crate::text::timestamp(OFFSET_NS + 150)),
        ]
    );
    assert_eq!(
        loaded.ask("SELECT artifact_key, sha256, ts_ns, kind, way, flags, complete, path, held_ns, why, segment FROM artifact_sources"),
        [format!("2|{other}|{}|write|pinned|complete|1|/tmp/x|5|NULL|1", OFFSET_NS + 150)]
    );
    assert_eq!(loaded.ask("SELECT segment, what FROM damage"), ["1|record of an artifact has a number that cannot be"]);
    // The event is there too.
    assert_eq!(loaded.ask("SELECT kind, path FROM artifact_source"), ["write|/tmp/x"]);
}

#[test]
fn every_event_has_a_view_and_the_plain_shell_reads_it() {
    let loaded = Loaded::of(&sample(1, 20));
    for event in formats::events::all().filter(|event| is_event(event.id)) {
        loaded.ask(&format!("SELECT * FROM {} LIMIT 1", identifiers::quoted(event.name)));
    }
    assert_eq!(loaded.ask("SELECT count(*) FROM connect"), ["0"]);
    assert_eq!(loaded.ask("PRAGMA user_version"), ["3"]);
    // The shell is an older SQLite without functions of ours; without it there is nothing to compare with.
    let Ok(shell) = std::process::Command::new("sqlite3")
        .arg(loaded.path())
        .arg("SELECT count(*), count(args), count(ts) FROM events; SELECT event, args FROM events ORDER BY boot_ns, event_key LIMIT 1;")
        .output()
    else {
        return;
    };
    let said = String::from_utf8_lossy(&shell.stdout);
    assert!(said.starts_with("20|20|20\nopenat|{\"dirfd\":"), "{said} {}", String::from_utf8_lossy(&shell.stderr));
}

#[test]
fn strange_bytes_come_back_from_text() {
    let mut recording = Recording::new();
    let bytes: Vec<u8> = (0..=255).collect();
    let execve = event("execve");
    let argv: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).chain([0]).collect();
    let payload = PayloadBuilder::new(execve).bytes("pathname", &bytes).bytes("argv", &argv);
    recording.event(0, (100, 0, 9), payload, execve);
    recording.cut(1_000);
    let loaded = Loaded::of(&recording);
    let back = |sql: &str| crate::text::unescape(&loaded.ask(sql).remove(0)).unwrap();
    assert_eq!(back("SELECT pathname FROM execve"), bytes);
    assert_eq!(back("SELECT json_extract(args,'$.pathname') FROM events"), bytes);
    assert_eq!(back("SELECT json_extract(argv,'$[0]') FROM execve"), argv[..255]);
    assert_eq!(back("SELECT json_extract(args,'$.argv[0]') FROM events"), argv[..255]);
}

#[test]
fn a_result_that_is_not_there_is_null() {
    let mut recording = Recording::new();
    let read = event("read");
    let payload = PayloadBuilder::new(read).i64("ret", 0).finish().unwrap();
    recording.raw(Lane::Events, 0, at(read), &payload);
    recording.raw(Lane::Events, 0, FrameHeader { flags: UNFINISHED | 1, ..at(read) }, &payload);
    recording.cut(1_000);
    let sql = "SELECT ret, unfinished, marks, cpu, host_tid FROM read ORDER BY ts_ns, event_key";
    assert_eq!(Loaded::of(&recording).ask(sql), ["0|0|NULL|0|9", "NULL|1|no_entry|0|9"]);
}

#[test]
fn what_was_cut_is_told_in_sql() {
    let mut recording = Recording::new();
    let execve = event("execve");
    let cut = Variable { bytes: b"/bin/x", full_len: Some(4_000), fault: false, null: false };
    let null = Variable { bytes: b"", full_len: Some(0), fault: false, null: true };
    let payload = PayloadBuilder::new(execve).variable("pathname", cut).variable("argv", null).bytes("envp", b"");
    recording.event(0, (100, 0, 9), payload, execve);
    let unread = Variable { bytes: b"", full_len: None, fault: true, null: false };
    let unasked = Variable { fault: false, ..unread };
    let payload =
        PayloadBuilder::new(execve).bytes("pathname", b"x").variable("argv", unread).variable("envp", unasked);
    recording.event(0, (100, 0, 9), payload, execve);
    recording.cut(1_000);
    let loaded = Loaded::of(&recording);
    let sql = "SELECT pathname, argv, envp, from_user, truncated FROM execve ORDER BY ts_ns, event_key";
    assert_eq!(
        loaded.ask(sql),
        [r#"/bin/x|NULL|[]|pathname,envp|{"pathname":4000}"#, r#"x|NULL|NULL|pathname|{"argv":"fault","envp":null}"#]
    );
}

#[test]
fn losses_are_counted_per_kind() {
    let mut recording = Recording::new();
    let loss = |first, last, count, counts: &[(u16, u32)]| {
        let bytes: Vec<u8> = counts
            .iter()
            .flat_map(|(event, count)| [&event.to_le_bytes()[..], &[0, 0], &count.to_le_bytes()].concat())
            .collect();
        PayloadBuilder::new(&LOSS)
            .u64("first_sequence", first)
            .u64("last_sequence", last)
            .u64("first_boot_ns", 10)
            .u64("last_boot_ns", 20)
            .u64("count", count)
            .u64("cpu", 1)
            .u64("lane", 1)
            .u64("reason", 1)
            .bytes("counts", &bytes)
    };
    let (read, close) = (event("read").id, event("close").id);
    recording.event(0, (30, 0, 0), loss(5, 14, 10, &[(read, 7), (close, 3)]), &LOSS);
    recording.event(0, (40, 0, 0), loss(20, 24, 5, &[(read, 4)]), &LOSS);
    recording.cut(1_000);
    let loaded = Loaded::of(&recording);
    let sql =
        "SELECT lane, cpu, reason, first_seq, last_seq, first_ns, event, count FROM losses ORDER BY first_seq, event";
    let first_ns = OFFSET_NS + 10;
    assert_eq!(
        loaded.ask(sql),
        [
            format!("events|1|no room in the ring|5|14|{first_ns}|close|3"),
            format!("events|1|no room in the ring|5|14|{first_ns}|read|7"),
            format!("events|1|no room in the ring|20|24|{first_ns}|NULL|1"),
            format!("events|1|no room in the ring|20|24|{first_ns}|read|4"),
        ]
    );
    assert_eq!(loaded.ask("SELECT lost, complete FROM captures"), ["15|0"]);
}

#[test]
fn objects_are_shown_as_what_they_are() {
    let mut recording = Recording::new();
    recording.socket(0, 10, 5, (1234, 80));
    let payload = PayloadBuilder::new(event("close")).i64("fd", 4).u64("fd_object", 5);
    recording.event(0, (100, 0, 9), payload, event("close"));
    recording.cut(1_000);
    let loaded = Loaded::of(&recording);
    assert_eq!(loaded.ask("SELECT fd_path FROM close"), ["socket:[50] TCP 127.0.0.1:1234->127.0.0.1:80"]);
    let sql = "SELECT kind, family, type, protocol, local, peer, dev FROM objects";
    assert_eq!(loaded.ask(sql), ["socket|AF_INET|SOCK_STREAM|IPPROTO_TCP|127.0.0.1:1234|127.0.0.1:80|NULL"]);
}

/// A schema that this build does not have, with names chosen to do harm.
fn hostile_schema() -> &'static Schema {
    const FIELDS: &[Field] = &[
        Field::new("ret", Kind::U64, "Not a result."),
        Field::new("ts_ns", Kind::U32, "Called as a column is."),
        Field::new("event_key", Kind::U32, "The same."),
        Field::new("x_object", Kind::Object, "Its path's name is taken."),
        Field::new("x_path", Kind::Text, "Takes it."),
        Field::new("select", Kind::Text, "A word of SQL."),
        Field::new("arg_event_key", Kind::U64, "Taken too."),
    ];
    let named = |id, name| {
        EventSchema::from(&Event { id, name, doc: "x", lane: Lane::Events, hooks: &[], sets: &[], fields: FIELDS })
    };
    let mut schema = Schema::new();
    for (id, name) in [(700, "events"), (701, "raw_openat"), (702, "sqlite_master"), (703, "select"), (704, "names")] {
        schema.insert(named(id, name)).unwrap();
    }
    let mut wide = named(705, "wide");
    let field = wide.fields[1].clone();
    wide.fields.clear();
    wide.fixed_len = 0;
    for number in 0..200 {
        let offset = wide.fixed_len;
        wide.fields.push(formats::schema::FieldSchema { name: format!("f{number}"), offset, ..field.clone() });
        wide.fixed_len += 4;
    }
    schema.insert(wide).unwrap();
    schema.insert(event("openat").into()).unwrap();
    Box::leak(Box::new(schema))
}

#[test]
fn names_of_an_embedded_schema_do_no_harm() {
    let schema = hostile_schema();
    let mut recording = Recording::with_schema(schema);
    for id in [700, 701, 702, 703, 704] {
        let mut payload = Vec::new();
        payload.extend_from_slice(&11u64.to_le_bytes());
        payload.extend_from_slice(&12u32.to_le_bytes());
        payload.extend_from_slice(&13u32.to_le_bytes());
        payload.extend_from_slice(&0u64.to_le_bytes());
        payload.extend_from_slice(&[2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0]);
        payload.extend_from_slice(&14u64.to_le_bytes());
        payload.extend_from_slice(b"a'b\"c");
        let header = FrameHeader { boot_ns: 100, event: id, ..Default::default() };
        recording.raw(Lane::Events, 0, header, &payload);
    }
    let wide: Vec<u8> = (0..200u32).flat_map(u32::to_le_bytes).collect();
    recording.raw(Lane::Events, 0, FrameHeader { boot_ns: 100, event: 705, ..Default::default() }, &wide);
    recording.event(0, (200, 0, 9), PayloadBuilder::new(event("openat")).i64("ret", 3), event("openat"));
    recording.cut(1_000);
    let loaded = Loaded::of(&recording);
    assert_eq!(loaded.ask("SELECT count(*), count(DISTINCT event) FROM events"), ["7|7"]);
    assert_eq!(loaded.ask("SELECT ret FROM openat"), ["3"]);
    let args = r#"{"ret":11,"ts_ns":12,"event_key":13,"x_path":null,"x_path":"a'","select":"b\"c","arg_event_key":14}"#;
    // The last of them is this build's own row, of which the arguments are others.
    assert_eq!(loaded.ask("SELECT args FROM events ORDER BY ts_ns, event_key LIMIT 5"), [args; 5]);
    let views = loaded.ask("SELECT event, view, rows FROM event_kinds ORDER BY id");
    assert_eq!(
        views[..5],
        [
            "events|event_events|1",
            "raw_openat|raw_openat|1",
            "sqlite_master|event_sqlite_master|1",
            "select|event_select|1",
            "names|event_names|1"
        ]
    );
    let sql = "SELECT arg_ts_ns, arg_event_key, arg_arg_event_key, x_path, arg_x_path, \"select\" FROM event_select";
    assert_eq!(loaded.ask(sql), ["12|13|14|NULL|a'|b\"c"]);
    let wide = loaded.ask("SELECT args FROM wide").remove(0);
    assert!(wide.starts_with(r#"{"f0":0,"f1":1"#) && wide.ends_with(r#""f198":198,"f199":199}"#), "{wide}");
    assert_eq!(loaded.ask("SELECT json_extract(args,'$.f60'), json_valid(args) FROM wide"), ["60|1"]);
}

#[test]
fn rows_of_which_the_kind_is_not_declared_are_kept() {
    let mut recording = Recording::new();
    recording.raw(Lane::Events, 0, FrameHeader { event: 60_000, ..at(event("read")) }, &[0xbe]);
    recording.raw(Lane::Events, 0, at(event("read")), &[0xde, 0xad]);
    recording.cut(1_000);
    let loaded = Loaded::of(&recording);
    let sql = "SELECT event, args, ret FROM events ORDER BY ts_ns, event_key";
    assert_eq!(loaded.ask(sql), [r#"unknown_event|{"payload":"be"}|NULL"#, r#"read|{"payload":"dead"}|NULL"#]);
}

#[test]
fn payloads_of_any_bytes_are_loaded() {
    let mut next = chance();
    let mut recording = Recording::new();
    for round in 0..40 {
        for event in formats::events::all() {
            let mut payload: Vec<u8> = (0..event.fixed_len()).map(|_| next() as u8).collect();
            // In most rounds the lengths add up, so that the bytes are believed.
            for (index, _) in event.fields.iter().enumerate().filter(|(_, field)| field.kind.is_variable()) {
                let length = (next() % 40) as u32;
                let word = length | (next() as u32 & if round % 3 == 0 { 3 << 30 } else { 0 });
                let at = usize::from(event.offset(index));
                payload[at..at + 4].copy_from_slice(&word.to_le_bytes());
                payload.extend((0..length).map(|_| next() as u8));
            }
            if round % 5 == 4 {
                payload.truncate((next() as usize) % (payload.len() + 1));
            }
            let header = FrameHeader {
                boot_ns: if round % 7 == 0 { next() } else { 1_000_000 + next() % 1_000 },
                context: next() % 64,
                tid: next() as u32,
                event: event.id,
                flags: next() as u16,
                ..Default::default()
            };
            recording.raw(event.lane, (next() % 4) as u32, header, &payload);
        }
    }
    recording.cut(2_000_000);
    let rows = formats::events::all().filter(|event| is_event(event.id)).count() * 40;
    let loaded = Loaded::of(&recording);
    assert_eq!(loaded.ask("SELECT count(*), count(args) FROM events"), [format!("{rows}|{rows}")]);
    assert_eq!(loaded.ask("SELECT count(*) FROM events WHERE NOT json_valid(args)"), ["0"]);
    assert_eq!(
        loaded.ask("SELECT count(*) FROM events WHERE truncated IS NOT NULL AND NOT json_valid(truncated)"),
        ["0"]
    );
    let mut lines = 0;
    crate::replay::replay(&recording.open(), &Options::default(), &mut |row| {
        assert_eq!(shown_cells(row), crate::print::SHOWN.len());
        let mut line = String::new();
        json_row(row, &mut line);
        serde_json::from_str::<serde_json::Value>(&line)?;
        lines += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(lines, rows);
}

#[test]
fn nothing_is_written_over() {
    let recording = sample(1, 10);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("there.db");
    std::fs::write(&path, "precious").unwrap();
    let error = load(&recording.open(), &path, &LoadOptions::default(), &|_, _| {}).unwrap_err();
    assert!(error.to_string().contains("exists already"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
}

#[test]
fn wrong_sql_is_told_with_its_place() {
    let loaded = Loaded::of(&sample(1, 10));
    let error = |sql: &str| loaded.database.run(sql, &mut |_| {}, &mut |_| Ok(())).unwrap_err().to_string();
    assert_eq!(error("SELECT 1;\nSELECT nme FROM processes"), "SQL, line 2, column 8: no such column: nme");
    assert_eq!(error("SELEC 1"), "SQL, line 1, column 1: near \"SELEC\": syntax error");
    assert!(error("SELECT * FROM nowhere").contains("no such table: nowhere"));
}

#[test]
fn a_capture_is_asked_without_a_trace() {
    let recording = sample(2, 50);
    let database = Database::open_capture(&recording.open(), 2, &|done, total| assert!(done <= total)).unwrap();
    let mut columns = Vec::new();
    let mut cells = Vec::new();
    database
        .run(
            "SELECT event, count(*) AS n FROM events GROUP BY event ORDER BY event",
            &mut |names| columns.extend(names.iter().map(|name| (*name).to_owned())),
            &mut |row| {
                cells.extend_from_slice(row);
                Ok(())
            },
        )
        .unwrap();
    assert_eq!(columns, ["event", "n"]);
    let text = |text: &str| Cell::Text(text.to_owned());
    assert_eq!(cells, [text("openat"), Cell::Integer(20), text("read"), Cell::Integer(80)]);
}

/// Asks every column of every kind for its value.
fn shown_cells(row: &crate::row::Row<'_>) -> usize {
    COMMON.iter().for_each(|column| drop((column.value)(row)));
    let shown: Vec<_> = crate::print::SHOWN.iter().map(|column| (column.value)(row, 3)).collect();
    shown.len()
}
