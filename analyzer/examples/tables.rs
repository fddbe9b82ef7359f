//! Prints the reference of tables: `cargo run -p tracee-analyzer --example tables > docs/tables.md`.

fn main() {
    print!("{}", analyzer::tables::reference());
}
