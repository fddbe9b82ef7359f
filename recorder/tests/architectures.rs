//! The kernel side for both architectures: every clang that is here compiles it for each, what it shares with the recorder is
//! laid out alike, and the verifier of an aarch64 kernel takes it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libbpf_rs::ObjectBuilder;

/// Names that clang goes by: the one that builds the recorder, the oldest that will do, the newest that was tried.
const CLANGS: &[&str] = &["clang", "clang-14", "clang-19"];
/// The objects, as the recorder's build makes them.
const OBJECTS: &[&str] = &["tracee", "floor", "probe"];

/// What an object shares with the recorder: its maps with all that is fixed of each, and its programs' sections.
type Shared = (BTreeMap<String, String>, BTreeMap<String, String>);

/// The clangs that are here, each version once.
fn clangs() -> Vec<&'static str> {
    let mut versions = BTreeSet::new();
    let is_new = |clang: &&&str| {
        let version = Command::new(clang).arg("-dumpversion").output().map(|output| output.stdout);
        version.is_ok_and(|version| versions.insert(version))
    };
    CLANGS.iter().filter(is_new).copied().collect()
}

fn compile(clang: &str, architecture: &str, name: &str) -> PathBuf {
    let bpf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bpf");
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{architecture}-{clang}.o"));
    let compiler = Command::new(clang)
        .args(["-O2", "-g", "-target", "bpf", "-mcpu=v3", "-Wall", "-Wno-unused-function", "-Werror"])
        .arg(format!("-D__TARGET_ARCH_{architecture}"))
        .args(["-I", env!("LIBBPF_HEADERS"), "-c"])
        .arg(bpf.join(format!("{name}.bpf.c")))
        .arg("-o")
        .arg(&output)
        .stdin(Stdio::null())
        .output()
        .expect("a compiler");
    assert!(compiler.status.success(), "{clang} {architecture}: {}", String::from_utf8_lossy(&compiler.stderr));
    output
}

fn shared(object: &Path) -> Shared {
    let object = ObjectBuilder::default().open_file(object).expect("an object that libbpf can read");
    let maps = object.maps().map(|map| {
        let name = map.name().to_string_lossy();
        // The name of a map of constants or variables begins with the object's, which is the file's.
        let name = name.rsplit_once('.').map_or(&*name, |(_, section)| section).to_owned();
        let sizes = (map.key_size(), map.value_size(), map.max_entries(), map.map_flags());
        (name, format!("{:?} {sizes:?} {:?}", map.map_type(), map.initial_value()))
    });
    let text = |name: &std::ffi::OsStr| name.to_string_lossy().into_owned();
    let programs = object.progs().map(|program| (text(program.name()), text(program.section())));
    (maps.collect(), programs.collect())
}

#[test]
fn every_clang_compiles_for_both_architectures_and_lays_out_alike() {
    let clangs = clangs();
    assert!(!clangs.is_empty(), "no clang by any of the names {CLANGS:?}");
    for (clang, name) in clangs.iter().flat_map(|clang| OBJECTS.iter().map(move |name| (clang, name))) {
        // The header's own assertions on every offset hold, or it would not compile.
        let x86 = shared(&compile(clang, "x86", name));
        let arm64 = shared(&compile(clang, "arm64", name));
        assert_eq!(x86.0.keys().collect::<Vec<_>>(), arm64.0.keys().collect::<Vec<_>>(), "{clang} {name}");
        for (map, facts) in &x86.0 {
            assert!(arm64.0.get(map) == Some(facts), "{clang} {name}: the map {map} differs");
        }
        assert_eq!(x86.1, arm64.1, "{clang} {name}");
        assert!(!x86.1.is_empty(), "{clang} {name}");
    }
}

/// Boots a machine, which takes about half a minute: `make test-arm64`.
#[test]
#[ignore = "boots an emulated machine: make test-arm64"]
fn the_verifier_of_an_aarch64_kernel_takes_every_program() {
    let clang =
        CLANGS.iter().rev().find(|clang| Command::new(clang).arg("--version").output().is_ok()).expect("a clang");
    let objects = OBJECTS.iter().map(|name| compile(clang, "arm64", name));
    let verify = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/arm64/verify");
    let output = Command::new(verify).args(objects).stdin(Stdio::null()).output().expect("bash");
    let (said, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.code() == Some(2) && !is_debian() {
        eprintln!("the_verifier_of_an_aarch64_kernel_takes_every_program: skipped, {why}");
        return;
    }
    assert!(output.status.success(), "{}: {said}{why}", output.status);
    assert_eq!(said.matches("taken: ").count(), 2 * OBJECTS.len(), "each object with its options off and on: {said}");
    // What the recorder cannot do without.
    for section in ["tp_btf/sys_enter", "tp_btf/sys_exit", "tp_btf/sched_process_exec", "iter/task"] {
        assert!(!said.contains(&format!("no hook here: {section}\n")), "{said}");
    }
    println!("{said}");
}

/// Whether the machine of the test can be had: it is made of Debian's packages.
fn is_debian() -> bool {
    std::fs::read_to_string("/etc/os-release").unwrap_or_default().lines().any(|line| line == "ID=debian")
}
