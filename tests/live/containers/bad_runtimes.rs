//! Runtimes that hang, never stop talking or lie: the recording ends as it would, and says why it knows nothing.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use super::stand_in::{Reply, StandIn};
use super::{Groups, assert_ran, can_make_containers, containers, id, only, shell};
use crate::capture::{Capture, LIMIT, number, text};
use crate::{machine, process};

/// How much longer than without a runtime a recording may take.
const MORE: Duration = Duration::from_millis(4500);
/// Goes into the group and ends there, soon, with a status of its own.
const VISIT: &str = r#"echo $$ >"$1/cgroup.procs"; exec sh -c 'sleep 0.3; exit 7' sh"#;

/// Records a short container; how long that took.
fn record(folder: &std::path::Path, runtime: &str) -> (Capture, Duration) {
    let began = Instant::now();
    let capture = Capture::planned();
    let finished = process::run(&mut capture.recorder(&["--runtime", runtime], &shell(VISIT, [folder])), LIMIT);
    let took = began.elapsed();
    assert_eq!(finished.code(), 7, "{runtime}: {}", finished.stderr);
    (capture, took)
}

/// Asserts that a recording with this runtime is as good as one without, and that the reason holds one of these words.
fn check(groups: &Groups, name: &str, server: &StandIn, words: &[&str]) {
    let folder = groups.make(&format!("docker/{}", id('d')));
    machine::in_one_of_three("a runtime holds up nothing", || {
        let (_, without) = record(&folder, "none");
        let (capture, took) = record(&folder, &format!("docker:{}", server.path().display()));
        assert!(server.connections() > 0, "{name}: it was not asked");
        check_rows(&capture, name, words);
        println!("{name}: {took:?}, and {without:?} without a runtime");
        took.saturating_sub(without) < MORE * process::slowness()
    });
}

fn check_rows(capture: &Capture, name: &str, words: &[&str]) {
    let row = only(containers(&capture.path));
    assert_eq!((text(&row, "container_id"), text(&row, "runtime")), (&*id('d'), "docker"), "{row}");
    assert!(row["name"].is_null() && row["image"].is_null(), "{name}: {row}");
    let why_not = text(&row, "why_not");
    assert!(words.iter().any(|word| why_not.contains(word)), "{name}: {row}");
    assert!(why_not.len() < 2000, "{name}: {} bytes of reason", why_not.len());
    let exec =
        r#"select pid from sched_process_exec where argv like '["sh","-c","sleep %' and container_id is not null"#;
    let pid = number(&only(capture.query(exec)), "pid");
    assert_ran(capture, &id('d'), pid, &["sh", "-c", "sleep 0.3; exit 7", "sh"], 7);
    capture.verify();
}

fn begin(test: &str, name: &str) -> Option<Groups> {
    can_make_containers(test).then(|| Groups::new(name))
}

#[test]
fn a_runtime_that_hangs_holds_up_nothing() {
    const TEST: &str = "a_runtime_that_hangs_holds_up_nothing";
    let Some(_turn) = machine::turn(TEST) else { return };
    let Some(groups) = begin(TEST, "hangs") else { return };
    let server = StandIn::raw(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    check(&groups, "hanging", &server, &["time"]);
}

#[test]
fn a_runtime_that_never_stops_talking_holds_up_nothing() {
    const TEST: &str = "a_runtime_that_never_stops_talking_holds_up_nothing";
    let Some(_turn) = machine::turn(TEST) else { return };
    let Some(groups) = begin(TEST, "endless") else { return };
    let server = StandIn::raw(|mut stream| {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x10000], b"\r\n".to_vec()].concat();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(head.as_bytes());
        while stream.write_all(&chunk).is_ok() {}
    });
    check(&groups, "endless", &server, &["large", "more than", "time"]);
}

#[test]
fn a_runtime_that_tells_of_another_container_is_not_believed() {
    const TEST: &str = "a_runtime_that_tells_of_another_container_is_not_believed";
    let Some(_turn) = machine::turn(TEST) else { return };
    let Some(groups) = begin(TEST, "lies") else { return };
    let server = StandIn::http(|target| {
        let other = id('e');
        match target {
            "/version" => Reply::json(r#"{"Components":[{"Name":"Engine"}]}"#),
            "/containers/json?all=1" => Reply::json(format!(
                r#"[{{"Id":"{other}","Names":["/liar"],"Image":"lies:1","ImageID":"sha256:1","State":"running"}}]"#
            )),
            _ if target.starts_with("/containers/") => Reply::json(format!(
                r#"{{"Id":"{other}","Name":"/liar","State":{{"Running":true,"Pid":1}},"Config":{{"Image":"lies:1"}}}}"#
            )),
            _ => Reply::missing(),
        }
    });
    check(&groups, "lying", &server, &["another", &id('e')[..12]]);
}
