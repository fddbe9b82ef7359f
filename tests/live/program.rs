//! Test programs in C (`tests/programs`), compiled once per test run, or taken from the folder TRACEE_TEST_PROGRAMS.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex};

static BUILT: LazyLock<Mutex<HashMap<String, PathBuf>>> = LazyLock::new(Mutex::default);

/// Path of the compiled program `tests/programs/NAME.c`, or of all of `tests/programs/NAME/*.c` together.
pub(crate) fn build(name: &str) -> PathBuf {
    build_with(name, &[])
}

/// The same, linked statically: nothing but its own code runs in it.
pub(crate) fn build_static(name: &str) -> PathBuf {
    assert!(STATIC.contains(&name), "{name} is to be in STATIC, so that a guest is given it");
    build_with(name, &["-static"])
}

fn build_with(name: &str, options: &[&str]) -> PathBuf {
    if let Some(folder) = std::env::var_os("TRACEE_TEST_PROGRAMS") {
        let program = Path::new(&folder).join(format!("{name}{}", options.concat()));
        assert!(program.exists(), "{}: TRACEE_TEST_PROGRAMS has no such program", program.display());
        return program;
    }
    let mut built = BUILT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let key = format!("{name}{}", options.concat());
    built.entry(key.clone()).or_insert_with(|| compile(name, &key, options)).clone()
}

fn compile(name: &str, key: &str, options: &[&str]) -> PathBuf {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    // Overwritten by the next run; test runs of one build do not overlap.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
    std::fs::create_dir_all(&folder).expect("a folder for programs");
    let sources = if programs.join(name).is_dir() {
        let entries = std::fs::read_dir(programs.join(name)).expect("the program's folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "c")).collect()
    } else {
        vec![programs.join(format!("{name}.c"))]
    };
    let output = folder.join(key);
    let compiler = Command::new("cc")
        .args(["-O1", "-w", "-pthread", "-o"])
        .arg(&output)
        .args(&sources)
        .args(options)
        .output()
        .expect("cc runs (Debian package: build-essential)");
    assert!(compiler.status.success(), "cc {name}: {}", String::from_utf8_lossy(&compiler.stderr));
    output
}

/// Programs that a test wants linked statically.
const STATIC: &[&str] = &["artifacts", "every_call", "nothing", "packets", "race", "rights", "scenarios", "techniques"];

/// Also leaves all of them in one place, which is how they come into a guest that has no compiler.
#[test]
fn every_program_is_there() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    // In a guest there are no sources: there this asks for those that it was given.
    let names: Vec<String> = match std::fs::read_dir(&sources) {
        Ok(entries) => entries
            .map(|entry| entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
            .collect(),
        Err(_) => STATIC.iter().map(|name| (*name).to_owned()).collect(),
    };
    assert!(!names.is_empty());
    for name in names {
        assert!(build(&name).exists(), "{name}");
    }
    for name in STATIC {
        assert!(build_static(name).exists(), "{name}");
    }
}
