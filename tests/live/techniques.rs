//! Every technique that a built-in signature is about, done while recording: it is found, as what it is, on the host as in a
//! container, and what comes near it is not.

use std::ffi::OsString;
use std::path::Path;

use crate::capture::{Capture, LIMIT, rows, tracee};
use crate::containers::make_root;
use crate::{machine, process, program};

#[path = "../techniques/expected.rs"]
mod expected;

use expected::{FAMILIES, Found, assert_same, by_technique};

/// Makes the root that techniques see: busybox and they themselves.
fn make_stage(folder: &Path) {
    make_root(folder);
    std::fs::create_dir(folder.join("scene")).expect("a folder");
    std::fs::copy(program::build_static("techniques"), folder.join("scene/techniques")).expect("a copy");
}

fn check(place: &str) {
    let Some(_turn) = machine::turn(place) else { return };
    if process::effective_uid() != 0 {
        eprintln!("{place}: skipped, only root makes namespaces");
        return;
    }
    let (mut order, mut wanted) = (Vec::new(), Found::new());
    for (family, _) in FAMILIES {
        let (techniques, found) = expected::expected(family, place);
        order.extend(techniques);
        wanted.extend(found);
    }
    let capture = Capture::planned();
    let root = capture.scratch().join("root");
    make_stage(&root);
    let mut command: Vec<OsString> = vec![program::build_static("techniques").into(), root.into(), place.into()];
    command.extend(order.iter().map(OsString::from));
    let mut recorder = capture.recorder(&["--env", "--capture", "net"], &command);
    // Cargo sets it for tests, and that too is found.
    recorder.env_remove("LD_LIBRARY_PATH");
    let finished = process::run(&mut recorder, LIMIT);
    assert!(finished.status.success(), "{}: {}", finished.status, finished.stderr);
    assert_eq!(capture.number("select count(*) from losses"), 0);
    let finished = process::run(tracee().arg("detect").arg(&capture.path).args(["--output", "json"]), LIMIT);
    assert!(finished.code() < 2, "detect: {}: {}", finished.status, finished.stderr);
    assert_same(&by_technique(&rows(&finished), &order), &wanted, place);
}

#[test]
fn techniques_of_the_host_are_found() {
    check("host");
}

#[test]
fn techniques_of_a_container_are_found() {
    check("container");
}
