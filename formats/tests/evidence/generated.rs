//! Generated files are those of the event table.

use std::path::Path;

use formats::reference::GENERATED;

#[test]
fn generated_files_are_not_stale() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (path, text) in GENERATED {
        let committed = std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(
            committed == text(),
            "{path} is stale: run `cargo run -p tracee-formats --example generate` and commit it"
        );
    }
}
