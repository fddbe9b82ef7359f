//! Which crate may sit under which of ours (docs/architecture.md); deny.toml says the same to cargo-deny.

use std::collections::BTreeSet;
use std::process::Command;

/// The direct dependencies, build dependencies included and test dependencies not, of one of our packages.
fn dependencies(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let found = packages.iter().find(|candidate| candidate["name"] == package).unwrap();
    let all = found["dependencies"].as_array().unwrap().iter();
    all.filter(|dependency| dependency["kind"] != "dev")
        .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
        .collect()
}

fn none_of(package: &str, forbidden: &[&str]) {
    let dependencies = dependencies(package);
    for name in forbidden {
        assert!(!dependencies.contains(*name), "{package} must not depend on {name}");
    }
}

#[test]
fn formats_knows_bytes_only() {
    none_of(
        "tracee-formats",
        &[
            "tracee-recorder",
            "tracee-analyzer",
            "tracee-runtimes",
            "libbpf-rs",
            "libbpf-sys",
            "libbpf-cargo",
            "rusqlite",
            "clap",
            "anyhow",
            "indicatif",
        ],
    );
}

#[test]
fn policy_knows_the_event_table_only() {
    none_of(
        "tracee-policy",
        &[
            "tracee-recorder",
            "tracee-analyzer",
            "libbpf-rs",
            "libbpf-sys",
            "libbpf-cargo",
            "rusqlite",
            "clap",
            "anyhow",
            "indicatif",
        ],
    );
    none_of("tracee-formats", &["tracee-policy"]);
}

#[test]
fn runtimes_knows_nothing_of_captures() {
    none_of(
        "tracee-runtimes",
        &["tracee-formats", "tracee-recorder", "tracee-analyzer", "libbpf-rs", "rusqlite", "clap"],
    );
}

#[test]
fn packets_knows_packets_only() {
    none_of(
        "tracee-packets",
        &[
            "tracee-formats",
            "tracee-policy",
            "tracee-runtimes",
            "tracee-recorder",
            "tracee-analyzer",
            "libbpf-rs",
            "rusqlite",
            "clap",
            "anyhow",
            "indicatif",
        ],
    );
    none_of("tracee-recorder", &["tracee-packets"]);
}

#[test]
fn signatures_know_neither_captures_nor_engines() {
    none_of(
        "tracee-signatures",
        &[
            "tracee-recorder",
            "tracee-analyzer",
            "tracee-runtimes",
            "tracee-packets",
            "libbpf-rs",
            "rusqlite",
            "clap",
            "anyhow",
            "indicatif",
        ],
    );
    none_of("tracee-recorder", &["tracee-signatures", "tracee-detection", "ureq"]);
    none_of("tracee-policy", &["tracee-signatures", "tracee-detection"]);
}

#[test]
fn recorder_and_analyzer_do_not_know_each_other() {
    none_of("tracee-recorder", &["tracee-analyzer", "rusqlite", "clap", "indicatif", "rustyline", "ctrlc"]);
    none_of(
        "tracee-analyzer",
        &[
            "tracee-recorder",
            "tracee-runtimes",
            "libbpf-rs",
            "libbpf-sys",
            "libbpf-cargo",
            "clap",
            "indicatif",
            "rustyline",
        ],
    );
}

#[test]
fn the_columnar_engine_knows_the_analyzer_only() {
    none_of(
        "tracee-columnar",
        &["tracee-recorder", "tracee-runtimes", "libbpf-rs", "rusqlite", "clap", "indicatif", "hyper"],
    );
    none_of("tracee-recorder", &["tracee-columnar", "datafusion"]);
    none_of("tracee-analyzer", &["tracee-columnar", "datafusion", "tokio"]);
}

#[test]
fn the_command_line_reaches_kernel_and_sql_through_its_parts_only() {
    none_of("tracee", &["libbpf-rs", "libbpf-sys", "libbpf-cargo", "rusqlite", "datafusion", "zstd", "saphyr-parser"]);
}
