//! Containers that runc runs. Their control groups are not called as containers are, so the PID namespace tells them; what
//! they are called is in runc's state files.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    TELL, Told, assert_nothing_from_outside, assert_ran, can_make_containers, containers, make_root, only, tool,
};
use crate::capture::{Capture, LIMIT, number, text, tracee};
use crate::machine;
use crate::process::{self, Finished};

/// A bundle whose first process runs these words, and where runc keeps what it knows of it.
struct Bundle {
    folder: TempDir,
    id: String,
}

impl Bundle {
    fn new(name: &str, words: &[&str]) -> Bundle {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let id = format!("tracee-test-{name}-{}", std::process::id());
        make_root(&folder.path().join("rootfs"));
        let made = process::run(Command::new(tool("runc", "runc")).arg("spec").current_dir(&folder), LIMIT);
        assert!(made.status.success(), "{}", made.stderr);
        let file = folder.path().join("config.json");
        let mut config: Value = serde_json::from_slice(&std::fs::read(&file).expect("config.json")).expect("JSON");
        config["process"]["terminal"] = json!(false);
        config["process"]["args"] = json!(words);
        config["hostname"] = json!("inside");
        std::fs::write(&file, config.to_string()).expect("config.json");
        Bundle { folder, id }
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn runtime(&self) -> String {
        format!("runc:{}", self.state().display())
    }

    /// The command line that runs it.
    fn run(&self) -> Vec<OsString> {
        let (state, folder) = (self.state().into(), self.folder.path().into());
        vec![
            tool("runc", "runc").into(),
            "--root".into(),
            state,
            "run".into(),
            "--bundle".into(),
            folder,
            (&self.id).into(),
        ]
    }

    /// Records that with these options.
    fn record(&self, options: &[&str]) -> (Capture, Finished) {
        let runtime = self.runtime();
        Capture::attempt(&[&["--runtime", &runtime], options].concat(), &self.run())
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        let mut runc = Command::new(tool("runc", "runc"));
        runc.arg("--root").arg(self.state()).args(["delete", "--force", &self.id]);
        let _ = runc.output();
    }
}

/// The first process tells where it is, and so does a child, which waits until somebody has asked what the container is.
fn words() -> [String; 3] {
    let child = "echo child $$; sleep 3; exit 6";
    ["/bin/sh".to_owned(), "-c".to_owned(), format!("{TELL}; tell first; sh -c '{child}'; exit 7")]
}

/// Asserts what the three recordings have in common; gives the container's id.
fn check(bundle: &Bundle, capture: &Capture, finished: &Finished) -> String {
    assert_eq!(finished.code(), 7, "{}", finished.stderr);
    let output = finished.stdout_text();
    let told = Told::of(&output, "first");
    let rows = containers(&capture.path);
    let row = told.find(&rows);
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert_eq!(text(row, "name"), bundle.id, "{row}");
    assert_eq!((text(row, "runtime"), text(row, "runtime_id")), ("runc", &*bundle.id), "{row}");
    assert_eq!(number(row, "is_new"), 1, "{row}");
    assert!(row["why_not"].is_null(), "{row}");
    let id = text(row, "container_id");
    let wrong = format!(
        "select count(*) from events where process_key is not null and (container_id is '{id}') != (pid_ns = {})",
        told.pid_ns
    );
    assert_eq!(capture.number(&wrong), 0);
    assert_eq!(told.pid, 1);
    let words = words();
    assert_ran(capture, id, 1, &words.each_ref().map(String::as_str), 7);
    let child = output.lines().find_map(|line| line.strip_prefix("child ")).expect("a child");
    let child = only(capture.query(&format!(
        "select ppid, exit_code, uts_name from processes where container_id = '{id}' and pid = {child}"
    )));
    assert_eq!((number(&child, "ppid"), number(&child, "exit_code")), (1, 6), "{child}");
    assert_eq!(text(&child, "uts_name"), "inside", "{child}");
    capture.verify();
    id.to_owned()
}

fn bundle(test: &str, name: &str) -> Option<Bundle> {
    can_make_containers(test).then(|| Bundle::new(name, &words().each_ref().map(String::as_str)))
}

#[test]
fn a_container_in_a_commands_tree_is_named_and_the_rest_is_in_none() {
    const TEST: &str = "a_container_in_a_commands_tree_is_named_and_the_rest_is_in_none";
    let Some(_turn) = machine::turn(TEST) else { return };
    let Some(bundle) = bundle(TEST, "tree") else { return };
    let (capture, finished) = bundle.record(&[]);
    check(&bundle, &capture, &finished);
    let runc = capture.number("select count(*) from events where comm = 'runc' and container_id is null");
    assert!(runc > 100, "{runc} rows of runc on the host");
}

#[test]
fn of_new_containers_alone_the_hosts_processes_are_absent() {
    const TEST: &str = "of_new_containers_alone_the_hosts_processes_are_absent";
    let Some(_turn) = machine::turn(TEST) else { return };
    let Some(bundle) = bundle(TEST, "new") else { return };
    let (capture, finished) = bundle.record(&["-c"]);
    let id = check(&bundle, &capture, &finished);
    assert_nothing_from_outside(&capture, &[&id]);
    // What runc does in it before it is the container's own program is there.
    assert!(capture.number("select count(*) from events where comm like 'runc%'") > 0);
}

#[test]
fn of_started_containers_not_even_the_runtimes_own_steps_are_there() {
    const TEST: &str = "of_started_containers_not_even_the_runtimes_own_steps_are_there";
    let Some(_turn) = machine::turn(TEST) else { return };
    let Some(bundle) = bundle(TEST, "started") else { return };
    let (capture, finished) = bundle.record(&["--scope", "container=started"]);
    let id = check(&bundle, &capture, &finished);
    assert_nothing_from_outside(&capture, &[&id]);
    let runcs = capture.query("select event, comm, exe from events where comm like 'runc%' or exe like '%runc%'");
    assert!(runcs.is_empty(), "{runcs:#?}");
    let first = capture
        .query("select event, comm from events where process_key is not null order by boot_ns, event_key limit 1");
    assert_eq!(text(&first[0], "event"), "sched_process_exec", "{first:?}");
}

#[test]
fn a_container_of_twenty_milliseconds_is_named_or_says_why_not() {
    const TEST: &str = "a_container_of_twenty_milliseconds_is_named_or_says_why_not";
    let Some(_turn) = machine::turn(TEST) else { return };
    if !can_make_containers(TEST) {
        return;
    }
    let bundle = Bundle::new("short", &["/bin/true", "short"]);
    for options in [&[][..], &["-c"]] {
        let (capture, finished) = bundle.record(options);
        assert_eq!(finished.code(), 0, "{}", finished.stderr);
        let row = only(containers(&capture.path));
        assert_ran(&capture, text(&row, "container_id"), 1, &["/bin/true", "short"], 0);
        let named = text(&row, "name") == bundle.id && row["why_not"].is_null();
        let says_why_not = row["name"].is_null() && text(&row, "why_not").contains("no runtime kn");
        assert!(named || says_why_not, "{row}");
    }
}

#[test]
fn each_segment_alone_tells_of_the_container_what_all_tell() {
    const TEST: &str = "each_segment_alone_tells_of_the_container_what_all_tell";
    let Some(_turn) = machine::turn(TEST) else { return };
    if !can_make_containers(TEST) {
        return;
    }
    let script = "i=0; while [ $i -lt 15 ]; do sleep 0.1; i=$((i+1)); done";
    let bundle = Bundle::new("segments", &["/bin/sh", "-c", script]);
    let (capture, finished) = bundle.record(&["-c", "--segment-age", "200ms"]);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let all = only(containers(&capture.path));
    let id = text(&all, "container_id");
    let (mut seen, mut is_known) = (BTreeSet::new(), false);
    for segment in capture.segments() {
        let alone = tempfile::tempdir().expect("a temporary directory");
        std::fs::copy(&segment, alone.path().join(segment.file_name().expect("a name"))).expect("a copy");
        let packed = alone.path().join("one.tracee");
        let finished = process::run(tracee().arg("pack").arg(alone.path()).arg("-o").arg(&packed), LIMIT);
        assert_eq!(finished.code(), 0, "{}", finished.stderr);
        let rows = crate::capture::query(&packed, "select distinct container_id from events where syscall is not null");
        if rows.is_empty() {
            continue;
        }
        assert_eq!(text(&only(rows), "container_id"), id, "{}", segment.display());
        let mut row = only(containers(&packed));
        // When it was first seen differs, and what a segment knows of its start and end; those of its first moments may not know its name yet.
        if !is_known && row["name"].is_null() {
            assert!(row["why_not"].is_null(), "{row}");
        } else {
            is_known = true;
            for time in ["first_seen_ns", "start_ns", "end_ns", "start_open", "end_open"] {
                row[time] = all[time].clone();
            }
            assert_eq!(row, all, "{}", segment.display());
        }
        let first = "select argv from processes where container_id is not null and pid = 1";
        let first = only(crate::capture::query(&packed, first));
        assert!(seen.is_empty() || text(&first, "argv").contains(script), "{}: {first}", segment.display());
        seen.insert(segment);
    }
    assert!(seen.len() >= 5 && is_known, "{} segments", seen.len());
}
