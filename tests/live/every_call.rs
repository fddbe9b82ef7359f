//! Every system call of the table, made once with arguments that no call takes: one row each, with the result that the
//! program got and the arguments that it gave.

use std::collections::HashMap;

use formats::event::Kind;
use formats::events::{self, syscalls::SYSCALLS};
use serde_json::{Value, json};

use crate::capture::{Capture, LIMIT};
use crate::{machine, process, program};

#[test]
fn every_call_has_a_row_that_is_what_was_called() {
    let Some(_turn) = machine::turn("every_call") else { return };
    let capture = Capture::planned();
    let mut command = vec![program::build_static("every_call").into_os_string()];
    command.extend(SYSCALLS.iter().map(|call| call.number.to_string().into()));
    let finished = process::run(&mut capture.recorder(&["--events", "syscalls"], &command), LIMIT);
    assert!(finished.status.success(), "{}", finished.stderr);
    let mut rows: HashMap<i64, Vec<Value>> = HashMap::new();
    for row in capture
        .query("SELECT pid, event, ret, unfinished, marks FROM events WHERE event <> 'exit' ORDER BY ts_ns, event_key")
    {
        rows.entry(row["pid"].as_i64().unwrap_or(0)).or_default().push(row);
    }
    let arguments = arguments(&capture);
    let mut made = 0;
    for line in finished.stdout_text().lines() {
        let mut words = line.split(' ');
        let mut word = || words.next().expect("three words");
        let (number, pid, result) = (word(), word(), word());
        let number: u16 = number.parse().expect("a number");
        let pid: i64 = pid.parse().expect("a process id");
        let call = SYSCALLS.iter().find(|call| call.number == number).expect("a call of the table");
        made += 1;
        // How every child ends: of `exit` itself its row with the status that only this one had.
        let found = if call.name == "exit" { &[][..] } else { rows.get(&pid).map_or(&[][..], Vec::as_slice) };
        if call.name != "exit" {
            let [row] = found else { panic!("{}: {found:?}", call.name) };
            assert_eq!(row["event"], call.name);
            // `-`: the call did not come back to the program, which is no matter of the row.
            if result != "-" {
                assert_eq!(row["ret"].to_string(), result, "{}: {row}", call.name);
            }
        }
        let given =
            arguments.get(&(call.name.to_owned(), pid)).unwrap_or_else(|| panic!("{}: no arguments", call.name));
        look_at_arguments(call.name, given, result.starts_with('-'));
    }
    assert_eq!(made, SYSCALLS.len());
    capture.verify();
}

/// Of each call and process: the fields as they are stored, numbers without names.
fn arguments(capture: &Capture) -> HashMap<(String, i64), Value> {
    let select = |call: &str| {
        let event = events::by_name(call).expect("an event");
        let pairs: Vec<String> =
            event.fields.iter().skip(1).map(|field| format!("'{0}',r.\"f_{0}\"", field.name)).collect();
        format!(
            "SELECT '{call}' AS call, c.pid AS pid, json_object({}) AS fields FROM \"raw_{call}\" r JOIN contexts c ON c.id=r.context",
            pairs.join(",")
        )
    };
    let mut all = HashMap::new();
    for calls in SYSCALLS.chunks(100) {
        let selects: Vec<String> = calls.iter().map(|call| select(call.name)).collect();
        for row in capture.query(&selects.join(" UNION ALL ")) {
            let fields = row["fields"].as_str().and_then(|text| serde_json::from_str(text).ok()).expect("JSON");
            all.insert((row["call"].as_str().unwrap().to_owned(), row["pid"].as_i64().unwrap()), fields);
        }
    }
    all
}

/// Every argument was -1: numbers are that in their width, nothing could be read at such an address, and no descriptor of
/// that number is open.
fn look_at_arguments(call: &str, given: &Value, failed: bool) {
    let event = events::by_name(call).expect("an event");
    for field in event.fields.iter().skip(1) {
        let value = &given[field.name];
        let is_right = match field.kind {
            Kind::Int | Kind::I64 | Kind::I32 | Kind::U64 | Kind::Pointer => *value == json!(-1),
            Kind::Uint | Kind::U32 => *value == json!(u32::MAX),
            Kind::Object if field.name == "cwd" => value.is_number(),
            Kind::Object if field.name == "ret_object" => value.is_null() == failed,
            Kind::Object => value.is_null(),
            // A call that failed has written nothing.
            _ => value.is_null() || value == "" || value == "[]",
        };
        assert!(is_right, "{call}.{}: {given:#}", field.name);
    }
}
