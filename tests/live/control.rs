//! What is asked of a recording while it runs: another scope, an end; recordings in the background; and which rows a
//! recording by policies and filters has.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::capture::{Capture, LIMIT, number, text, tracee};
use crate::{machine, process, program};

/// Asks the recording of a capture.
fn ctl(capture: &Capture, words: &[&str]) -> String {
    let finished = process::run(tracee().arg("ctl").arg(&capture.path).args(words), LIMIT);
    assert!(finished.status.success(), "ctl {words:?}: {}", finished.stderr);
    finished.stdout_text()
}

/// A program that opens `/insider/NAME-NUMBER` again and again until it is killed.
struct Storm(std::process::Child);

impl Storm {
    fn start(capture: &Capture, name: &str) -> (Storm, String) {
        let program = capture.scratch().join(name);
        std::fs::copy(program::build("storm"), &program).expect("a program of this name");
        let child = Command::new(&program).arg(format!("/insider/{name}")).stdout(Stdio::null()).spawn();
        (Storm(child.expect("the storm starts")), program.display().to_string())
    }
}

impl Drop for Storm {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_scope_that_changes_in_a_storm_is_as_its_record_says() {
    let Some(_turn) = machine::turn("a_scope_that_changes_in_a_storm_is_as_its_record_says") else { return };
    let capture = Capture::planned();
    let ((_first, one), (_second, other)) = (Storm::start(&capture, "one"), Storm::start(&capture, "other"));
    let mut recorder = tracee();
    recorder.args(["record", "-q", "-e", "openat", "--scope", &format!("executable={one}"), "-o"]).arg(&capture.path);
    let mut recorder = recorder.spawn().expect("the recorder starts");
    process::wait_until("recording has begun", || capture.answers());
    process::let_pass(Duration::from_millis(300));
    assert!(ctl(&capture, &["scope", "add", &format!("executable={other}")]).contains("added-1"));
    process::let_pass(Duration::from_millis(300));
    ctl(&capture, &["scope", "remove", "command-line"]);
    process::let_pass(Duration::from_millis(300));
    ctl(&capture, &["stop"]);
    assert!(recorder.wait().expect("it ends").success());
    let changes = capture
        .query("SELECT change, from_boot_ns, until_boot_ns, by_uid FROM scope_changed ORDER BY ts_ns, event_key");
    let shown: Vec<&str> = changes.iter().map(|change| text(change, "change")).collect();
    assert_eq!(shown, [format!("add added-1: executable={other}").as_str(), "remove command-line"]);
    let at = |index: usize, name: &str| number(&changes[index], name);
    let count = |condition: &str| capture.number(&format!("SELECT count(*) FROM openat WHERE {condition}"));
    // Beyond the moment in which it takes effect, each row is by the scope of its time.
    assert!(count(&format!("comm = 'one' AND boot_ns < {}", at(0, "from_boot_ns"))) > 100);
    assert_eq!(count(&format!("comm = 'other' AND boot_ns < {}", at(0, "from_boot_ns"))), 0);
    let both = format!("boot_ns > {} AND boot_ns < {}", at(0, "until_boot_ns"), at(1, "from_boot_ns"));
    assert!(count(&format!("comm = 'one' AND {both}")) > 100);
    assert!(count(&format!("comm = 'other' AND {both}")) > 100);
    assert_eq!(count(&format!("comm = 'one' AND boot_ns > {}", at(1, "until_boot_ns"))), 0);
    assert!(count(&format!("comm = 'other' AND boot_ns > {}", at(1, "until_boot_ns"))) > 100);
    // And by the policy that it was recorded for.
    assert_eq!(count("policies IS NULL OR policies <> iif(comm = 'one', 'command-line', 'added-1')"), 0);
    let moment = at(0, "until_boot_ns") - at(0, "from_boot_ns");
    assert!((0..1_000_000_000).contains(&moment), "{moment} ns");
    assert_eq!(count("comm NOT IN ('one', 'other')"), 0, "nobody else");
    capture.verify();
}

#[test]
fn a_command_is_joined_by_another_process_and_a_wrong_request_changes_nothing() {
    let name = "a_command_is_joined_by_another_process_and_a_wrong_request_changes_nothing";
    let Some(_turn) = machine::turn(name) else { return };
    let capture = Capture::planned();
    let (_storm, beside) = Storm::start(&capture, "beside");
    let mut recorder = capture.start(&["-q", "-e", "openat"], &["sh", "-c", "read line; cat /etc/hostname"]);
    process::wait_until("recording has begun", || capture.answers());
    for wrong in
        [&["scope", "add", "comn=x"][..], &["scope", "remove", "added-1"], &["scope", "add", "tree=2147483646"]]
    {
        let finished = process::run(tracee().arg("ctl").arg(&capture.path).args(wrong), LIMIT);
        assert_eq!(finished.code(), 2, "{wrong:?}");
        assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
    }
    ctl(&capture, &["scope", "add", &format!("executable={beside}")]);
    assert!(ctl(&capture, &["scope", "list"]).contains("command-line"));
    process::let_pass(Duration::from_millis(300));
    drop(recorder.stdin.take());
    assert!(recorder.wait().expect("it ends").success());
    let count = |condition: &str| capture.number(&format!("SELECT count(*) FROM openat WHERE {condition}"));
    assert_eq!(count("comm = 'cat' AND pathname = '/etc/hostname' AND policies = 'command-line'"), 1);
    assert!(count("comm = 'beside' AND policies = 'added-2'") > 100, "the refused one keeps its place");
    assert_eq!(count("comm NOT IN ('tracee', 'sh', 'cat', 'beside')"), 0);
}

/// `tracee record WORDS`; its exit status and what it said to people.
fn record(words: &[&str], pidfile: &Path) -> (i32, String) {
    let finished = process::run(tracee().arg("record").args(words).arg("--pidfile").arg(pidfile), LIMIT);
    (finished.code(), finished.stderr)
}

#[test]
fn a_recording_in_the_background_is_around_several_commands() {
    let Some(_turn) = machine::turn("a_recording_in_the_background_is_around_several_commands") else { return };
    let capture = Capture::planned();
    let (pidfile, output) = (capture.scratch().join("pid"), capture.path.display().to_string());
    let program = capture.scratch().join("step");
    std::fs::copy("/bin/cat", &program).expect("a program of our own");
    let scope = format!("executable={}", program.display());
    assert_eq!(record(&["start", "-o", &output, "-e", "openat", "--scope", &scope], &pidfile).0, 0);
    assert_eq!(record(&["wait-ready", "--timeout", "60s"], &pidfile), (0, String::new()));
    let (status, error) = record(&["start", "-o", &format!("{output}-2"), "--scope", &scope], &pidfile);
    assert_eq!((status, error.contains("still runs")), (125, true), "{error}");
    for file in ["/etc/hostname", "/etc/hosts"] {
        assert!(Command::new(&program).arg(file).stdout(Stdio::null()).status().expect("it runs").success());
    }
    assert_eq!(record(&["status"], &pidfile).0, 0);
    let (status, said) = record(&["stop"], &pidfile);
    assert_eq!((status, said.contains("complete")), (0, true), "{said}");
    assert!(!pidfile.exists());
    let opened = capture.query("SELECT pathname FROM openat WHERE pathname LIKE '/etc/host%' ORDER BY boot_ns");
    assert_eq!(opened.iter().map(|row| text(row, "pathname")).collect::<Vec<_>>(), ["/etc/hostname", "/etc/hosts"]);
    let reason = capture.query("SELECT reason, detail FROM recording_stopped");
    assert_eq!(text(&reason[0], "reason"), "request");
}

#[test]
fn a_recording_in_the_background_that_fails_says_why() {
    let Some(_turn) = machine::turn("a_recording_in_the_background_that_fails_says_why") else { return };
    let capture = Capture::planned();
    let pidfile = capture.scratch().join("pid");
    let output = capture.path.display().to_string();
    // Where it fails: at once, or when the background process tries.
    let _ = record(&["start", "-o", &output, "--scope", "tree=2147483646"], &pidfile);
    let (status, said) = record(&["wait-ready", "--timeout", "60s"], &pidfile);
    assert_eq!((status, said.contains("there is no such process")), (125, true), "{said}");
    let failure = std::fs::read_to_string(capture.scratch().join("pid.failure")).expect("the failure file");
    assert!(failure.contains("there is no such process"), "{failure}");
    assert_eq!(record(&["stop"], &pidfile).0, 125);
    assert!(record(&["status"], &capture.scratch().join("nobody")).1.contains("no recording was started"));
}

#[test]
fn rows_are_those_that_a_policy_wants_and_say_which() {
    let Some(_turn) = machine::turn("rows_are_those_that_a_policy_wants_and_say_which") else { return };
    let capture = Capture::planned();
    let policies = capture.scratch().join("policies.yaml");
    let yaml = "name: etc\nscope:\n- comm=cat\nrules:\n- event: openat\n  filters:\n  - data.pathname=/etc/*\n---\n\
                name: failing\nscope:\n- global\nrules:\n- event: openat\n  filters:\n  - retval<0\n- event: openat2\n---\n\
                name: flags\nscope:\n- global\nrules:\n- event: openat\n  filters:\n  - data.flags=*O_DIRECTORY*\n";
    std::fs::write(&policies, yaml).expect("the policies");
    let script = "cat /etc/hostname /etc/nothing; ls /etc >/dev/null; tail -n 1 /etc/hostname; true";
    let finished = process::run(
        &mut capture.recorder(&["--policy", &policies.display().to_string()], &["sh", "-c", script]),
        LIMIT,
    );
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let matched = |comm: &str, path: &str| {
        let sql = format!("SELECT policies FROM openat WHERE comm = '{comm}' AND pathname = '{path}'");
        capture.query(&sql).iter().map(|row| text(row, "policies").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(matched("cat", "/etc/hostname"), ["etc"]);
    assert_eq!(matched("cat", "/etc/nothing"), ["etc,failing"]);
    assert_eq!(matched("ls", "/etc"), ["flags"]);
    assert_eq!(matched("tail", "/etc/hostname"), [""; 0], "nobody wants it");
    let others = "SELECT count(*) FROM openat WHERE policies IS NULL OR policies = ''";
    assert_eq!(capture.number(others), 0);
    // The same without the database.
    let direct: Vec<Value> = capture.events(&["--event", "openat"]);
    assert!(direct.iter().all(|row| row["policies"].is_string()));
    assert_eq!(direct.len() as i64, capture.number("SELECT count(*) FROM openat"));
}

#[test]
fn a_filter_in_the_kernel_lets_through_what_replay_does() {
    let Some(_turn) = machine::turn("a_filter_in_the_kernel_lets_through_what_replay_does") else { return };
    let command = ["ls", "/usr/bin", "/nonexistent"];
    let whole = Capture::attempt(&["-e", "openat"], &command).0;
    let all = |capture: &Capture, condition: &str| {
        let sql = format!("SELECT pathname, ret < 0 AS failed FROM openat WHERE {condition} ORDER BY boot_ns");
        let shown = |row: &Value| format!("{} {}", text(row, "pathname"), number(row, "failed"));
        capture.query(&sql).iter().map(shown).collect::<Vec<_>>()
    };
    for (filter, condition) in [
        ("openat.retval<0", "ret < 0"),
        ("openat.retval>=0", "ret >= 0"),
        ("openat.data.pathname=/etc/*", "pathname GLOB '/etc/*'"),
        ("openat.data.pathname!=/etc/*,*.mo", "NOT (pathname GLOB '/etc/*' OR pathname GLOB '*.mo')"),
        ("openat.data.pathname=*lib*", "pathname GLOB '*lib*'"),
        ("openat.data.dirfd=-100", "1"),
        ("openat.data.dirfd!=-100", "0"),
        ("openat.data.mode>0", "mode_number > 0"),
        ("openat.data.mode<1", "mode_number < 1"),
    ] {
        let filtered = Capture::attempt(&["-e", filter], &command).0;
        // Who runs the command opens nothing of its own in between.
        assert_eq!(all(&filtered, "1"), all(&whole, condition), "{filter}");
    }
}
