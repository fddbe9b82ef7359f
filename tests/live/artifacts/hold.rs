//! Who is not held: what somebody is told of, traces, or cannot do without.

use std::io::Write;

use serde_json::Value;

use super::{Kept, brief, has_flag, rounds, sha256, tell};
use crate::capture::{LIMIT, number, text};
use crate::{machine, process};

const EXEC: &[&str] = &["--capture", "exec"];

/// What is there of these programs is right, and what is not says why.
fn assert_right_or_told(rows: &[Value], expected: &[String]) {
    for row in rows {
        let whole = number(row, "complete") == 1 && expected.contains(&text(row, "sha256").to_owned());
        assert!(whole || number(row, "complete") == 0 && !row["why"].is_null(), "{row:#}");
    }
}

/// The same of the programs or files that the recorded program said it had made.
fn assert_as_said(kept: &Kept, rows: &[Value]) {
    let expected: Vec<String> = kept.said("run").iter().map(|words| bytes_and(&words[0])).collect();
    assert_right_or_told(rows, &expected);
}

fn bytes_and(trailer: &str) -> String {
    sha256(&[std::fs::read("/bin/true").expect("a program"), trailer.as_bytes().to_vec()].concat())
}

/// Programs whose parent looks for stops, in this way; it must be told of none.
fn watched(how: &str) -> Vec<Value> {
    let times = rounds(100);
    let kept = Kept::record(EXEC, &["parent", how, "{}", "/bin/true", &times.to_string()]);
    assert_eq!(kept.said("told"), [["0"]], "{how}: a parent was told of a stop");
    let rows = kept.of("exec", "x");
    eprintln!("signals for stops, which nothing came of: {}", kept.said("signals")[0][0]);
    tell(how, &rows);
    assert_eq!(rows.len(), times, "{how}");
    assert_as_said(&kept, &rows);
    rows
}

#[test]
fn a_parent_that_waits_for_stops_is_told_of_none() {
    let Some(_turn) = machine::turn("a_parent_that_waits_for_stops_is_told_of_none") else { return };
    watched("untraced");
    watched("polling");
}

#[test]
fn a_parent_that_waits_when_it_is_signalled_sees_none() {
    let Some(_turn) = machine::turn("a_parent_that_waits_when_it_is_signalled_sees_none") else { return };
    watched("handler");
}

#[test]
fn a_traced_program_is_not_held() {
    let Some(_turn) = machine::turn("a_traced_program_is_not_held") else { return };
    for row in watched("traced") {
        assert_eq!(number(&row, "held_ns"), 0, "{row:#}");
        assert!(has_flag(&row, "may_not_be_held"), "{row:#}");
    }
}

/// Twenty files that are mapped as code and removed at once, by a program of this kind; nobody in it must notice.
fn mapped(how: &str) -> Vec<Value> {
    let kept = Kept::record(EXEC, &["code", how, "{}", "/bin/true"]);
    assert_eq!(kept.said("noticed"), [["0"]], "{how}: somebody noticed that the program was stopped");
    let rows = kept.of("shared_object", "code");
    tell(how, &rows);
    assert_as_said(&kept, &rows);
    rows
}

#[test]
fn who_maps_new_code_waits_while_it_is_taken() {
    let Some(_turn) = machine::turn("who_maps_new_code_waits_while_it_is_taken") else { return };
    let rows = mapped("alone");
    let held = rows.iter().filter(|row| number(row, "held_ns") > 0 && number(row, "complete") == 1).count();
    assert_eq!((rows.len(), held), (20, 20), "{}", brief(&rows));
}

#[test]
fn who_would_notice_is_not_stopped_for_the_code_that_it_maps() {
    let Some(_turn) = machine::turn("who_would_notice_is_not_stopped_for_the_code_that_it_maps") else { return };
    for how in ["handler", "threads"] {
        let rows = mapped(how);
        assert_eq!(rows.len(), 20, "{how}: {}", brief(&rows));
        for row in rows {
            assert_eq!(number(&row, "held_ns"), 0, "{how}: {row:#}");
            assert!(has_flag(&row, "not_held"), "{how}: {row:#}");
        }
    }
}

#[test]
fn the_first_process_of_a_pid_namespace_is_not_held() {
    let Some(_turn) = machine::turn("the_first_process_of_a_pid_namespace_is_not_held") else { return };
    let kept = Kept::shell(
        EXEC,
        "for i in 1 2 3 4 5 6 7 8 9 10; do cp /bin/true first$i; echo $i >>first$i; unshare -pf ./first$i; echo ended $?; done
         cp /bin/true second; echo second >>second; unshare -pf sh -c './second; echo ended $?'",
    );
    assert_eq!(kept.finished.stdout_text(), "ended 0\n".repeat(11));
    let rows = kept.of("exec", "first");
    assert_eq!(rows.len(), 10, "{}", brief(&rows));
    for row in &rows {
        assert_eq!(number(row, "held_ns"), 0, "{row:#}");
        assert!(has_flag(row, "may_not_be_held"), "{row:#}");
    }
    let expected: Vec<String> = (1..=10).map(|i| bytes_and(&format!("{i}\n"))).collect();
    assert_right_or_told(&rows, &expected);
    // Its children are as others.
    let rows = kept.of("exec", "second");
    assert_eq!(rows.len(), 1, "{}", brief(&rows));
    assert!(!has_flag(&rows[0], "may_not_be_held"), "{}", brief(&rows));
}

/// Runs ten new programs and says how each ended.
const JOBS: &str =
    "for i in 1 2 3 4 5 6 7 8 9 10; do cp /bin/true job$i; echo $i >>job$i; ./job$i; echo \"status:$?\"; done";

#[track_caller]
fn assert_no_job_stopped(kept: &Kept, said: &str) {
    assert_eq!(said.matches("status:0").count(), 10, "{said}");
    assert!(!said.contains("Stopped"), "{said}");
    let rows = kept.of("exec", "job");
    assert_eq!(rows.len(), 10, "{}", brief(&rows));
    tell("jobs", &rows);
    let expected: Vec<String> = (1..=10).map(|i| bytes_and(&format!("{i}\n"))).collect();
    assert_right_or_told(&rows, &expected);
}

#[test]
fn a_shell_that_controls_jobs_sees_none_of_them_stopped() {
    let Some(_turn) = machine::turn("a_shell_that_controls_jobs_sees_none_of_them_stopped") else { return };
    let kept = Kept::shell(EXEC, &format!("bash -m -c '{}; jobs'", JOBS.replace('\'', "")));
    assert_no_job_stopped(&kept, &kept.finished.stdout_text());
}

#[test]
fn a_shell_on_a_terminal_sees_none_of_its_jobs_stopped() {
    let Some(_turn) = machine::turn("a_shell_on_a_terminal_sees_none_of_its_jobs_stopped") else { return };
    let (capture, scene) = Kept::planned();
    let shell = format!("cd '{}' && exec bash --norc --noprofile -i", scene.display());
    let mut recorder = capture.start(EXEC, &["script", "-qec", &shell, "/dev/null"]);
    let mut input = recorder.stdin.take().expect("a pipe");
    input.write_all(format!("{JOBS}\njobs\nexit\n").as_bytes()).expect("the shell reads");
    drop(input);
    let finished = process::finish(recorder, LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    // The terminal says what was typed as well.
    let said = String::from_utf8_lossy(&finished.stdout).into_owned();
    capture.verify();
    let kept = Kept { capture, scene, finished };
    assert_no_job_stopped(&kept, &said);
}
