//! The built-in signatures over the recorded techniques of `fixtures/signatures`: what is found offline, on any machine, is what
//! each technique is, and nothing that comes near it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

#[path = "techniques/expected.rs"]
mod expected;

use expected::{assert_same, by_technique, families};

fn fixture(family: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/signatures").join(family).with_extension("tracee")
}

fn findings(capture: &Path) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracee"));
    let output = command.arg("detect").arg(capture).args(["--output", "json"]).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn recorded_techniques_are_found_as_what_they_are() {
    for family in families() {
        let (techniques, wanted) = expected::expected(&family, "container");
        let found = by_technique(&findings(&fixture(&family)), &techniques);
        assert_same(&found, &wanted, &family);
    }
}

#[test]
fn fixtures_are_small_and_hold_every_technique() {
    for family in families() {
        let path = fixture(&family);
        let length = std::fs::metadata(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).len();
        assert!(length < 60_000, "{}: {length} bytes", path.display());
        let sql = "select argv from sched_process_exec where argv like '[\"/scene/techniques\",\"run\",%'";
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracee"));
        let output = command.arg("query").arg(&path).args([sql, "--output", "json", "--quiet"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        for technique in expected::expected(&family, "container").0 {
            assert!(text.contains(&format!("\\\"{technique}\\\"")), "{family}: {technique} was not recorded");
        }
    }
}
