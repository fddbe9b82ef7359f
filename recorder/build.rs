//! Compiles the kernel programs in `bpf/` and makes their skeletons.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};

use libbpf_cargo::SkeletonBuilder;

/// Names that clang goes by, newest first; any from 14 on will do.
const CLANGS: &[&str] =
    &["clang", "clang-21", "clang-20", "clang-19", "clang-18", "clang-17", "clang-16", "clang-15", "clang-14"];

fn main() {
    let bpf = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../bpf");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    println!("cargo:rerun-if-changed={}", bpf.display());
    println!("cargo:rerun-if-env-changed=CLANG");
    let Some(clang) = find_clang() else {
        eprintln!("clang is needed to build the recorder: install the package `clang` (14 or newer), or set CLANG");
        exit(1);
    };
    let target = match env::var("CARGO_CFG_TARGET_ARCH").as_deref() {
        Ok("x86_64") => "-D__TARGET_ARCH_x86",
        Ok("aarch64") => "-D__TARGET_ARCH_arm64",
        other => panic!("the recorder knows the system calls of x86_64 and aarch64, not of {other:?}"),
    };
    // libbpf's own headers, as libbpf-sys carries them.
    let headers = env::var("DEP_BPF_INCLUDE").unwrap();
    // For tests/architectures.rs.
    println!("cargo:rustc-env=LIBBPF_HEADERS={headers}");
    for name in ["tracee", "floor", "probe"] {
        let built = SkeletonBuilder::new()
            .source(bpf.join(format!("{name}.bpf.c")))
            .obj(out.join(format!("{name}.bpf.o")))
            .clang(&clang)
            .clang_args([target, "-mcpu=v3", "-Wall", "-Wno-unused-function", "-I", &headers])
            .build_and_generate(out.join(format!("{name}.skel.rs")));
        if let Err(error) = built {
            eprintln!("cannot build {name}.bpf.c: {error:#}");
            exit(1);
        }
    }
}

fn find_clang() -> Option<String> {
    let chosen = env::var("CLANG").ok();
    let candidates = chosen.iter().map(String::as_str).chain(CLANGS.iter().copied());
    candidates.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok()).map(str::to_owned)
}
