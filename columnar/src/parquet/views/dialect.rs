//! How engines are told of files, and what they write differently.

use analyzer::tables::Type;

use super::super::manifest::{ColumnEntry, TableEntry};
use super::{EVENTS, PARTITION};

/// Where the rows of a table are.
pub(super) enum Files<'f> {
    /// All events, by kind in folders.
    Events,
    /// One kind of event: files without the column `event`.
    Kind { event: &'f str, globs: Vec<String> },
    /// Any other table.
    Table { glob: String },
}

/// What rows files have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rows {
    /// Of all events.
    Events,
    /// Of one kind.
    Kind,
    /// No events.
    Other,
}

/// An engine's SQL.
pub(super) trait Dialect {
    /// The engine.
    fn engine(&self) -> &'static str;

    /// A name, whatever is in it.
    fn quoted(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    /// A text.
    fn literal(&self, text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }

    /// What a type is called.
    fn data_type(&self, ty: Type) -> &'static str;

    /// What a view begins with.
    fn create_view(&self) -> &'static str {
        "CREATE OR REPLACE VIEW"
    }

    /// SQL of the prelude as the engine understands it.
    fn translated(&self, sql: &str) -> String {
        sql.to_owned()
    }

    /// Statements that make the table with its columns in their order; `None` for one without rows.
    fn table(&self, table: &TableEntry, files: Option<&Files<'_>>) -> String;

    /// The columns that files have: of events not that which is in the names of folders.
    fn stored(&self, table: &TableEntry, is_event: bool) -> String {
        let column =
            |column: &ColumnEntry| format!("{} {}", self.quoted(&column.name), self.data_type(column.ty.into()));
        let stored = table.columns.iter().filter(|column| !is_event || column.name != PARTITION);
        stored.map(column).collect::<Vec<_>>().join(", ")
    }

    /// SELECT of all columns from somewhere, of which `event` is a constant where it is given.
    fn select(&self, table: &TableEntry, event: Option<&str>, from: &str) -> String {
        let column = |column: &ColumnEntry| match event.filter(|_| column.name == PARTITION) {
            Some(event) => format!("{} AS {}", self.literal(event), self.quoted(PARTITION)),
            None => self.quoted(&column.name),
        };
        let columns = table.columns.iter().map(column).collect::<Vec<_>>().join(", ");
        format!("{} {} AS\nSELECT {columns} FROM {from};\n", self.create_view(), self.quoted(&table.name))
    }

    /// The table without rows.
    fn nothing(&self, table: &TableEntry) -> String {
        let column = |column: &ColumnEntry| {
            format!("CAST(NULL AS {}) AS {}", self.data_type(column.ty.into()), self.quoted(&column.name))
        };
        let columns = table.columns.iter().map(column).collect::<Vec<_>>().join(", ");
        format!("{} {} AS\nSELECT {columns} WHERE false;\n", self.create_view(), self.quoted(&table.name))
    }
}

/// DuckDB.
pub(super) struct DuckDb;

impl Dialect for DuckDb {
    fn engine(&self) -> &'static str {
        "DuckDB"
    }

    fn data_type(&self, ty: Type) -> &'static str {
        match ty {
            Type::Integer => "BIGINT",
            Type::Boolean => "BOOLEAN",
            Type::Real => "DOUBLE",
            Type::Text => "VARCHAR",
            Type::Bytes => "BLOB",
            Type::Timestamp => "TIMESTAMPTZ",
        }
    }

    fn table(&self, table: &TableEntry, files: Option<&Files<'_>>) -> String {
        let read = |globs: &[String], options: &str| {
            let globs: Vec<String> = globs.iter().map(|glob| self.literal(glob)).collect();
            format!("read_parquet([{}], {options})", globs.join(", "))
        };
        let from = match files {
            None => return self.nothing(table),
            Some(Files::Events) => read(&[format!("{EVENTS}/*/*.parquet")], "hive_partitioning = true"),
            Some(Files::Kind { globs, .. }) => read(globs, "hive_partitioning = true, union_by_name = true"),
            Some(Files::Table { glob }) => read(std::slice::from_ref(glob), "union_by_name = true"),
        };
        self.select(table, None, &from)
    }
}

/// DataFusion's own program, `datafusion-cli`.
pub(super) struct DataFusion;

impl DataFusion {
    /// Files as a table of their own, which views read.
    fn external(&self, table: &TableEntry, name: &str, rows: Rows, glob: &str) -> String {
        let (mut columns, mut by) = (self.stored(table, rows != Rows::Other), String::new());
        if rows == Rows::Events {
            columns.push_str(&format!(", {} VARCHAR", self.quoted(PARTITION)));
            by = format!(" PARTITIONED BY ({PARTITION})");
        }
        let (name, glob) = (self.quoted(name), self.literal(glob));
        format!("CREATE EXTERNAL TABLE {name} ({columns}) STORED AS PARQUET{by} LOCATION {glob};\n")
    }
}

impl Dialect for DataFusion {
    fn engine(&self) -> &'static str {
        "DataFusion"
    }

    fn data_type(&self, ty: Type) -> &'static str {
        match ty {
            Type::Integer => "BIGINT",
            Type::Boolean => "BOOLEAN",
            Type::Real => "DOUBLE",
            Type::Text => "VARCHAR",
            Type::Bytes => "BYTEA",
            Type::Timestamp => "TIMESTAMP WITH TIME ZONE",
        }
    }

    fn table(&self, table: &TableEntry, files: Option<&Files<'_>>) -> String {
        let raw = |number: usize| format!("files_{number}_{}", table.name);
        match files {
            None => self.nothing(table),
            Some(Files::Events) => {
                let name = raw(0);
                let external = self.external(table, &name, Rows::Events, &format!("{EVENTS}/"));
                external + &self.select(table, None, &self.quoted(&name))
            }
            Some(Files::Kind { event, globs }) => {
                let all = globs.iter().enumerate();
                let external = all.map(|(number, glob)| self.external(table, &raw(number), Rows::Kind, glob));
                let external: String = external.collect();
                let from = (0..globs.len()).map(|number| format!("SELECT * FROM {}", self.quoted(&raw(number))));
                let from = format!("({}) files", from.collect::<Vec<_>>().join(" UNION ALL "));
                external + &self.select(table, Some(event), &from)
            }
            Some(Files::Table { glob }) => {
                let name = raw(0);
                self.external(table, &name, Rows::Other, glob) + &self.select(table, None, &self.quoted(&name))
            }
        }
    }
}

/// Spark SQL.
pub(super) struct Spark;

impl Spark {
    /// Files as a view of their own, which others read: their columns are said, for kinds have different ones.
    fn files(&self, table: &TableEntry, name: &str, rows: Rows, path: &str) -> String {
        let mut columns = self.stored(table, rows != Rows::Other);
        if rows == Rows::Events {
            columns.push_str(&format!(", {} STRING", self.quoted(PARTITION)));
        }
        let (name, path) = (self.quoted(name), self.literal(path));
        format!("CREATE OR REPLACE TEMPORARY VIEW {name} ({columns}) USING parquet OPTIONS (path {path});\n")
    }
}

impl Dialect for Spark {
    fn engine(&self) -> &'static str {
        "Spark"
    }

    fn quoted(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    fn literal(&self, text: &str) -> String {
        format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
    }

    fn data_type(&self, ty: Type) -> &'static str {
        match ty {
            Type::Integer => "BIGINT",
            Type::Boolean => "BOOLEAN",
            Type::Real => "DOUBLE",
            Type::Text => "STRING",
            Type::Bytes => "BINARY",
            Type::Timestamp => "TIMESTAMP",
        }
    }

    fn create_view(&self) -> &'static str {
        "CREATE OR REPLACE TEMPORARY VIEW"
    }

    /// There, what `ltrim` takes away comes first.
    fn translated(&self, sql: &str) -> String {
        const DIGITS: &str = ", '0123456789')";
        let mut out = String::with_capacity(sql.len());
        let mut rest = sql;
        while let Some((before, behind)) = rest.split_once("ltrim(") {
            out.push_str(before);
            rest = match behind.split_once(DIGITS) {
                Some((trimmed, behind)) => {
                    out.push_str(&format!("ltrim('0123456789', {trimmed})"));
                    behind
                }
                None => {
                    out.push_str("ltrim(");
                    behind
                }
            };
        }
        out + rest
    }

    fn table(&self, table: &TableEntry, files: Option<&Files<'_>>) -> String {
        let raw = |number: usize| format!("files_{number}_{}", table.name);
        match files {
            None => self.nothing(table),
            Some(Files::Events) => {
                let name = raw(0);
                self.files(table, &name, Rows::Events, EVENTS) + &self.select(table, None, &self.quoted(&name))
            }
            Some(Files::Kind { event, globs }) => {
                let all = globs.iter().enumerate();
                let views: String =
                    all.map(|(number, glob)| self.files(table, &raw(number), Rows::Kind, glob)).collect();
                let from = (0..globs.len()).map(|number| format!("SELECT * FROM {}", self.quoted(&raw(number))));
                let from = format!("({}) files", from.collect::<Vec<_>>().join(" UNION ALL "));
                views + &self.select(table, Some(event), &from)
            }
            Some(Files::Table { glob }) => {
                let name = raw(0);
                self.files(table, &name, Rows::Other, glob) + &self.select(table, None, &self.quoted(&name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Spark};

    #[test]
    fn spark_trims_the_other_way_round() {
        let sql = "SELECT ltrim(a, '0123456789') = '', ltrim(b)";
        assert_eq!(Spark.translated(sql), "SELECT ltrim('0123456789', a) = '', ltrim(b)");
        assert_eq!(Spark.literal("it's \\x"), "'it\\'s \\\\x'");
    }
}
