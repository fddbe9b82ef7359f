//! Sockets, beyond the scenarios: an address that changes while it is used, whose an accepted connection is, sockets that
//! listen.

use serde_json::Value;

use crate::capture::{Capture, LIMIT, text};
use crate::{machine, process, program};

/// Rounds of the race.
const ROUNDS: usize = 3000;

fn is_marked(row: &Value) -> bool {
    row["marks"].as_str().is_some_and(|marks| marks.split(',').any(|mark| mark == "mismatch"))
}

/// Records the race and returns the port that each round became.
fn race(capture: &Capture, hooks: &str) -> Vec<String> {
    let program = program::build("connect_race");
    let events = "connect,security_socket_connect";
    let command = [program.as_os_str(), ROUNDS.to_string().as_ref()].map(|word| word.to_owned());
    let finished = process::run(&mut capture.recorder(&["--hooks", hooks, "--events", events], &command), LIMIT);
    assert!(finished.status.success(), "{}: {}", finished.status, finished.stderr);
    finished.stdout_text().lines().map(|port| format!("127.0.0.1:{port}")).collect()
}

/// An address that another thread writes to while connect runs: the kernel's word is what happened, and what user memory
/// held at the entry is marked where it is something else, and only there. How many were.
fn rewritten_addresses_are_marked(hooks: &str) -> usize {
    let capture = Capture::planned();
    let became = race(&capture, hooks);
    assert_eq!(became.len(), ROUNDS);
    let calls = capture.query("SELECT addr, sockfd_path, marks FROM connect ORDER BY ts_ns, event_key");
    let checks = capture
        .query("SELECT remote_addr, socket_path, marks, from_user, hook FROM security_socket_connect ORDER BY ts_ns, event_key");
    assert_eq!((calls.len(), checks.len()), (ROUNDS, ROUNDS));
    let mut differing = 0;
    for ((call, check), became) in calls.iter().zip(&checks).zip(&became) {
        let differs = text(call, "addr") != became;
        differing += usize::from(differs);
        assert!(text(call, "sockfd_path").ends_with(&format!("->{became}")), "{call} became {became}");
        assert_eq!((is_marked(call), is_marked(check)), (differs, differs), "{call} {check} became {became}");
        if text(check, "hook").starts_with("tp_btf/") {
            assert_eq!(text(check, "remote_addr"), text(call, "addr"));
            assert_eq!(text(check, "from_user"), "remote_addr");
            assert!(text(check, "socket_path").ends_with(&format!("->{became}")), "{check} became {became}");
        } else {
            assert_eq!((text(check, "remote_addr"), &check["from_user"]), (became.as_str(), &Value::Null));
        }
    }
    eprintln!("{hooks}: {differing} of {ROUNDS} addresses were rewritten in time");
    differing
}

/// On a busy machine the two threads may never run at once.
fn a_rewritten_address_is_marked(hooks: &str) {
    let won = (0..5).any(|_| rewritten_addresses_are_marked(hooks) > 0);
    assert!(won, "the race was never won: nothing was tested");
}

#[test]
fn an_address_that_is_rewritten_while_connect_runs_is_marked() {
    let Some(_turn) = machine::turn("an_address_that_is_rewritten_while_connect_runs_is_marked") else { return };
    a_rewritten_address_is_marked("best");
    if machine::has_upper_hooks() {
        a_rewritten_address_is_marked("tracepoints");
    }
}

#[test]
fn a_socket_that_listens_is_another_object_than_the_one_that_was_bound() {
    let Some(_turn) = machine::turn("a_socket_that_listens_is_another_object") else { return };
    let scenes = Capture::planned();
    let directory = scenes.scratch().join("scene");
    std::fs::create_dir(&directory).expect("a directory");
    let command = [program::build_static("scenarios").into_os_string(), directory.into(), "socket_listen".into()];
    let finished = process::run(&mut scenes.recorder(&["--events", "bind,listen"], &command), LIMIT);
    assert!(finished.status.success(), "{}: {}", finished.status, finished.stderr);
    let state = |call: &str| {
        let rows = scenes.query(&format!(
            "SELECT o.state FROM {call} c JOIN objects o ON o.id = c.sockfd_object ORDER BY c.ts_ns, c.event_key"
        ));
        rows.iter().map(|row| text(row, "state").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(state("bind"), ["TCP_CLOSE"]);
    assert_eq!(state("listen"), ["TCP_LISTEN", "TCP_LISTEN"]);
}
