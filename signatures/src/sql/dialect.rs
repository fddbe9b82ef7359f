//! What engines write differently.

use crate::regular::Regular;
use crate::time::Part;

/// An engine's SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite, with `regexp` and `cidr_match` registered.
    Sqlite,
    /// DataFusion, with `cidr_match` registered.
    Datafusion,
    /// Spark 3.3 or later, with `cidr_match` registered, its session's time zone UTC.
    Spark,
}

const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";

impl Dialect {
    /// All.
    pub const ALL: [Dialect; 3] = [Dialect::Sqlite, Dialect::Datafusion, Dialect::Spark];

    /// Its name on the command line.
    pub fn label(self) -> &'static str {
        match self {
            Dialect::Sqlite => "sqlite",
            Dialect::Datafusion => "datafusion",
            Dialect::Spark => "spark",
        }
    }

    /// The dialect of this name.
    pub fn named(name: &str) -> Option<Dialect> {
        Dialect::ALL.into_iter().find(|dialect| dialect.label() == name)
    }

    /// The name of a table or column.
    pub(super) fn name(self, name: &str) -> String {
        match self {
            Dialect::Spark => format!("`{}`", name.replace('`', "``")),
            _ => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    pub(super) fn text(self, text: &str) -> String {
        match self {
            // Spark reads backslashes in literals.
            Dialect::Spark => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            _ => format!("'{}'", text.replace('\'', "''")),
        }
    }

    pub(super) fn boolean(self, value: bool) -> &'static str {
        match (self, value) {
            (Dialect::Sqlite, true) => "1",
            (Dialect::Sqlite, false) => "0",
            (_, true) => "true",
            (_, false) => "false",
        }
    }

    /// The value with ASCII letters in lower case. SQLite's own `lower` knows no others.
    pub(super) fn folded(self, value: &str) -> String {
        match self {
            Dialect::Sqlite => format!("lower({value})"),
            _ => format!("translate({value}, '{UPPER}', '{LOWER}')"),
        }
    }

    /// The hexadecimal digits of bytes. SQLite makes empty text of a missing value.
    pub(super) fn digits(self, value: &str) -> String {
        match self {
            Dialect::Sqlite => format!("CASE WHEN {value} IS NOT NULL THEN lower(hex({value})) END"),
            Dialect::Datafusion => format!("encode({value}, 'hex')"),
            Dialect::Spark => format!("lower(hex({value}))"),
        }
    }

    pub(super) fn begins(self, value: &str, with: &str) -> String {
        match self {
            Dialect::Sqlite => format!("substr({value}, 1, length({with})) = {with}"),
            Dialect::Datafusion => format!("starts_with({value}, {with})"),
            Dialect::Spark => format!("startswith({value}, {with})"),
        }
    }

    pub(super) fn ends(self, value: &str, with: &str) -> String {
        match self {
            Dialect::Sqlite => format!(
                "(length({value}) >= length({with}) AND substr({value}, length({value}) - length({with}) + 1) = {with})"
            ),
            Dialect::Datafusion => format!("ends_with({value}, {with})"),
            Dialect::Spark => format!("endswith({value}, {with})"),
        }
    }

    pub(super) fn contains(self, value: &str, part: &str) -> String {
        match self {
            Dialect::Sqlite => format!("instr({value}, {part}) > 0"),
            _ => format!("contains({value}, {part})"),
        }
    }

    pub(super) fn regular(self, value: &str, regular: &Regular) -> String {
        match self {
            Dialect::Sqlite => format!("regexp({}, {value})", self.text(&regular.source)),
            Dialect::Datafusion => format!("{value} ~ {}", self.text(&regular.source)),
            Dialect::Spark => format!("regexp_like({value}, {})", self.text(&regular.spelled_out())),
        }
    }

    pub(super) fn part(self, part: Part, value: &str) -> String {
        match self {
            Dialect::Sqlite => {
                let format = match part {
                    Part::Minute => "%M",
                    Part::Hour => "%H",
                    Part::Day => "%d",
                    Part::Week => "%V",
                    Part::Month => "%m",
                    Part::Year => "%Y",
                };
                format!("CAST(strftime('{format}', {value}) AS INTEGER)")
            }
            Dialect::Datafusion => format!("date_part('{}', {value})", part.name()),
            Dialect::Spark => format!("extract({} FROM {value})", part.name().to_ascii_uppercase()),
        }
    }
}
