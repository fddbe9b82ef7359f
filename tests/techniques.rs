//! The built-in signatures over the recorded techniques of `fixtures/signatures`: what is found offline, on any machine, is what
//! each technique is, and nothing that comes near it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

#[path = "techniques/expected.rs"]
mod expected;

use expected::{FAMILIES, assert_same, by_technique};

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
    for (family, _) in FAMILIES {
        let (techniques, wanted) = expected::expected(family, "container");
        let found = by_technique(&findings(&fixture(family)), &techniques);
        assert_same(&found, &wanted, family);
    }
}

/// Recorded in the guest of `tests/live/rootkit.rs`, before and after the module was there.
#[test]
fn recorded_hooks_of_a_rootkit_are_found() {
    let name = |row: &Value| format!("{} {}", row["severity"].as_str().unwrap(), row["tracee_id"].as_str().unwrap());
    let found: BTreeSet<String> = findings(&fixture("rootkit")).iter().map(name).collect();
    let expected = ["high TRC-1020", "critical TRC-1030, DRV-002", "critical DRV-003"].map(str::to_owned);
    assert_eq!(found, expected.into());
    assert_eq!(findings(&fixture("no_rootkit")), Vec::<Value>::new());
}

#[test]
fn fixtures_are_small_and_hold_every_technique() {
    for (family, _) in FAMILIES {
        let path = fixture(family);
        let length = std::fs::metadata(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).len();
        assert!(length < 60_000, "{}: {length} bytes", path.display());
        let sql = "select argv from sched_process_exec where argv like '[\"/scene/techniques\",\"run\",%'";
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracee"));
        let output = command.arg("query").arg(&path).args([sql, "--output", "json", "--quiet"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        for technique in expected::expected(family, "container").0 {
            assert!(text.contains(&format!("\\\"{technique}\\\"")), "{family}: {technique} was not recorded");
        }
    }
}

#[test]
fn every_family_is_read() {
    let entries = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/techniques")).unwrap();
    let paths =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "txt"));
    let names: BTreeSet<String> = paths.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, FAMILIES.iter().map(|(name, _)| (*name).to_owned()).collect());
}

/// The built-in signatures, as `tracee list signatures` tells them.
fn listed() -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracee"));
    let output = command.args(["list", "signatures", "--output", "json"]).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_page_lists_every_built_in_signature() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/builtin-signatures.md");
    let text = std::fs::read_to_string(path).unwrap();
    let table: String = text.split_inclusive('\n').filter(|line| line.starts_with('|')).collect();
    let mut expected = "| Tracee id | title | severity | ATT&CK |\n|---|---|---|---|\n".to_owned();
    for row in listed() {
        assert_eq!(row["evaluated"], true, "{row}");
        let cells = ["tracee_id", "title", "severity", "techniques"].map(|name| row[name].as_str().unwrap_or("-"));
        expected.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    assert_eq!(table, expected);
}

/// What no technique does here, as severity and name: hooks in the kernel, which a module makes in the virtual machine
/// (`tests/live/rootkit.rs`), what was compiled (`tests/live/ordinary.rs`), what takes a hole in the kernel.
const ELSEWHERE: [&str; 5] = [
    "info TRC-1022",
    "high TRC-1020",
    "critical TRC-1030, DRV-002",
    "critical DRV-003",
    "critical Capabilities gained out of nothing",
];

#[test]
fn every_built_in_signature_is_found_somewhere() {
    let mut found = BTreeSet::new();
    for (family, _) in FAMILIES {
        for place in ["host", "container"] {
            found.extend(expected::expected(family, place).1.into_values().flatten());
        }
    }
    let wanted = listed().into_iter().map(|row| {
        let cell = |name: &str| row[name].as_str().map(str::to_owned);
        let name = cell("tracee_id").or_else(|| cell("title")).unwrap_or_default();
        format!("{} {name}", cell("severity").unwrap_or_default())
    });
    let is_missing = |what: &String| !found.contains(what) && !ELSEWHERE.contains(&what.as_str());
    let missing: Vec<String> = wanted.filter(is_missing).collect();
    assert!(missing.is_empty(), "no technique is expected to be found as {missing:?}");
}
