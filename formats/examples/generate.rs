//! Writes the files that derive from the event table: `cargo run -p tracee-formats --example generate`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (path, text) in formats::reference::GENERATED {
        std::fs::write(root.join(path), text())?;
        println!("{path}");
    }
    Ok(())
}
