//! Who may record: root, or CAP_BPF and CAP_PERFMON. Without, one line says what is missing.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use crate::capture::{LIMIT, query, text};
use crate::machine;
use crate::process::{self, Finished};

const NOBODY: &str = "65534";

/// A place that user nobody may read and write, with a copy of the program.
struct Place {
    scratch: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let scratch = tempfile::tempdir().expect("a temporary directory");
        std::fs::set_permissions(scratch.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        std::fs::copy(crate::capture::binary(), scratch.path().join("tracee")).unwrap();
        Place { scratch }
    }

    fn capture(&self) -> PathBuf {
        self.scratch.path().join("capture")
    }

    /// Records `true` with setpriv(1)'s options before the recorder.
    fn record(&self, options: &[&str]) -> Finished {
        self.record_with(options, &[], &["true"])
    }

    /// The same of another command, with options of the recorder.
    fn record_with(&self, options: &[&str], record: &[&str], recorded: &[&str]) -> Finished {
        let mut command = Command::new("setpriv");
        command.args(options).arg(self.scratch.path().join("tracee"));
        command.current_dir(self.scratch.path()).arg("record").args(record);
        process::run(command.arg("-o").arg(self.capture()).arg("--").args(recorded), LIMIT)
    }
}

/// Options of setpriv(1): user nobody with these capabilities alone.
fn nobody_with(capabilities: &str) -> Vec<String> {
    let options = ["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"].map(str::to_owned);
    let sets = ["--inh-caps", "--ambient-caps"].map(|set| format!("{set}=-all{capabilities}"));
    options.into_iter().chain(sets).collect()
}

#[test]
fn without_privilege_one_line_names_the_missing_capabilities() {
    let Some(_turn) = machine::turn("without_privilege_one_line_names_the_missing_capabilities") else { return };
    if process::effective_uid() != 0 {
        return;
    }
    for (held, missing, named_wrongly) in [
        ("", &["CAP_BPF", "CAP_PERFMON"][..], ""),
        (",+bpf", &["CAP_PERFMON"], "CAP_BPF"),
        (",+perfmon", &["CAP_BPF"], "CAP_PERFMON"),
    ] {
        let place = Place::new();
        let options = nobody_with(held);
        let finished = place.record(&options.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(finished.code(), 125, "{held}: {}", finished.stderr);
        assert_eq!(finished.stderr.lines().count(), 1, "{held}: {}", finished.stderr);
        for name in missing {
            assert!(finished.stderr.contains(name), "{held}: {}", finished.stderr);
        }
        // A capability that is there is not called missing (`+CAP` may be listed as what is needed, hence the wording).
        let says_missing = finished.stderr.split("missing").nth(1).unwrap_or(&finished.stderr);
        assert!(named_wrongly.is_empty() || !says_missing.contains(named_wrongly), "{held}: {}", finished.stderr);
        assert!(!place.capture().exists(), "nothing is left behind");
    }
}

#[test]
fn two_capabilities_are_enough() {
    let Some(_turn) = machine::turn("two_capabilities_are_enough") else { return };
    if process::effective_uid() != 0 {
        return;
    }
    let place = Place::new();
    let options = nobody_with(",+bpf,+perfmon");
    let finished = place.record(&options.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let execs = query(&place.capture(), "select exe_path, uid from sched_process_exec");
    assert!(execs.iter().any(|row| text(row, "exe_path").ends_with("/true")), "{execs:?}");
}

#[test]
fn who_may_not_continue_a_program_holds_none() {
    let Some(_turn) = machine::turn("who_may_not_continue_a_program_holds_none") else { return };
    if process::effective_uid() != 0 {
        return;
    }
    let place = Place::new();
    let finished = place.record_with(
        &["--bounding-set", "-kill", "--inh-caps", "-kill"],
        &["--capture", "exec", "--hold", "all"],
        &["setpriv", "--reuid", NOBODY, "--clear-groups", "true"],
    );
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let rows = query(&place.capture(), "SELECT path, held_ns, complete FROM artifact_sources WHERE kind = 'exec'");
    assert!(rows.iter().any(|row| text(row, "path").ends_with("/true") && row["complete"] == 1), "{rows:?}");
    assert!(rows.iter().all(|row| row["held_ns"] == 0), "{rows:?}");
}

#[test]
fn root_without_cap_sys_resource_can_record() {
    let Some(_turn) = machine::turn("root_without_cap_sys_resource_can_record") else { return };
    if process::effective_uid() != 0 {
        return;
    }
    let place = Place::new();
    let finished = place.record(&["--bounding-set=-sys_resource", "--inh-caps=-sys_resource"]);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
}
