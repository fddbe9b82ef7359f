//! `docs/tables.md`: every table with its columns.

use std::fmt::Write;

use super::{COMMON, Catalog, Table};
use crate::row::is_named_syscall;

/// The page, as a capture of this build has its tables.
pub fn reference() -> String {
    let catalog = Catalog::builtin();
    let mut out = String::from(
        "<!-- Generated from analyzer/src/tables by `cargo run -p tracee-analyzer --example tables`. Do not edit. -->\n\n\
         # Tables\n\n\
         What `tracee query` and `tracee replay` show of a capture. Every engine has the same tables and columns; a column of the type\n\
         `boolean` is 0 or 1 in SQLite, one of the type `timestamp` is text there: `2026-01-31 23:59:59.123456`, UTC. Numbers that have\n\
         names are shown by name, where one has none as text; the number itself is in the column `..._number` beside it.\n",
    );
    let kinds: Vec<&str> = catalog.kinds().map(|(_, table)| table.name.as_str()).collect();
    for table in catalog.tables().iter().filter(|table| !kinds.contains(&table.name.as_str())) {
        section(&mut out, "##", table, 0);
    }
    let _ = write!(
        out,
        "\n## Kinds of event\n\nEach kind has a table of its own, which begins with the {} columns of `events`. A capture has its own fields: one of\n\
         another version may have others.\n",
        COMMON.len()
    );
    for (_, table) in catalog.kinds().filter(|(kind, _)| !is_named_syscall(kind.schema.id)) {
        section(&mut out, "###", table, COMMON.len());
    }
    out.push_str("\n### System calls\n\n| table | columns behind those of `events` |\n|---|---|\n");
    for (_, table) in catalog.kinds().filter(|(kind, _)| is_named_syscall(kind.schema.id)) {
        let column = |column: &super::Column| match column.ty {
            super::Type::Text => column.name.clone(),
            ty => format!("{} ({})", column.name, ty.name()),
        };
        let columns: Vec<String> = table.columns.iter().skip(COMMON.len()).map(column).collect();
        let _ = writeln!(out, "| {} | {} |", table.name, columns.join(", "));
    }
    out
}

/// The table's columns from `first` on.
fn section(out: &mut String, level: &str, table: &Table, first: usize) {
    let _ = write!(out, "\n{level} {}\n\n{}\n", table.name, escaped(&table.doc));
    if table.columns.len() > first {
        out.push_str("\n| column | type | meaning |\n|---|---|---|\n");
    }
    for column in table.columns.iter().skip(first) {
        let _ = writeln!(out, "| {} | {} | {} |", column.name, column.ty.name(), escaped(&column.doc));
    }
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_page_is_not_stale() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/tables.md");
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(committed == super::reference(), "docs/tables.md is stale: run `make generate`");
    }
}
