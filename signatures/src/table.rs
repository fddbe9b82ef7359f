//! Tables that signatures read: names and types of their columns.

use policy::names;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Signed, 64 bits.
    Integer,
    /// A number with a fraction.
    Real,
    /// True or false.
    Boolean,
    /// Text.
    Text,
    /// A moment, UTC.
    Timestamp,
}

impl Type {
    /// As errors call it.
    pub fn name(self) -> &'static str {
        match self {
            Type::Integer => "an integer",
            Type::Real => "a number",
            Type::Boolean => "a boolean",
            Type::Text => "text",
            Type::Timestamp => "a timestamp",
        }
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name in SQL.
    pub name: String,
    /// What it holds.
    pub kind: Type,
    /// One sentence: what it is, its unit.
    pub doc: String,
    /// Every value that it can have, where those are few: a test for one alone chooses too many rows to be worth an index,
    /// and a test for any other can never hold.
    pub values: &'static [&'static str],
    /// Whether the engines hold bytes there, of which signatures see the hexadecimal digits.
    pub is_bytes: bool,
}

impl Column {
    /// A column whose values are not known beforehand.
    pub fn new(name: &str, kind: Type, doc: &str) -> Column {
        Column { name: name.to_owned(), kind, doc: doc.to_owned(), values: &[], is_bytes: false }
    }

    /// A column of bytes, which is text to signatures: hexadecimal digits in lower case.
    pub fn of_bytes(name: &str, doc: &str) -> Column {
        Column { is_bytes: true, ..Column::new(name, Type::Text, doc) }
    }
}

/// A table. Its first columns are [`COMMON`], in this order.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name in SQL.
    pub name: String,
    /// One sentence: what a row is.
    pub doc: String,
    /// The columns, in the order in which a [`Row`](crate::Row) is asked for them.
    pub columns: Vec<Column>,
    /// Columns that values without a field (Sigma's keywords) are looked for in.
    pub keywords: Vec<usize>,
}

/// Columns that every table begins with.
pub const COMMON: [(&str, Type, &str); 5] = [
    ("ts", Type::Timestamp, "When, UTC."),
    ("ts_ns", Type::Integer, "The same in ns since 1970."),
    ("boot_ns", Type::Integer, "When, in ns since the host was started; never runs back."),
    ("event_key", Type::Integer, "Reference into the capture."),
    ("event", Type::Text, "Name of the event that the row was made of."),
];
/// Index of `boot_ns`.
pub const BOOT_NS: usize = 2;
/// Index of `event_key`.
pub const EVENT_KEY: usize = 3;
/// Index of `event`.
pub const EVENT: usize = 4;

impl Table {
    /// A table with the common columns and `columns` behind them; values without a field are looked for in all text columns
    /// of its own.
    pub fn new(name: &str, doc: &str, columns: Vec<Column>) -> Table {
        let common = COMMON.iter().map(|(name, kind, doc)| Column::new(name, *kind, doc));
        let columns: Vec<Column> = common.chain(columns).collect();
        let own = columns.iter().enumerate().skip(COMMON.len());
        let keywords = own.filter(|(_, column)| column.kind == Type::Text).map(|(index, _)| index).collect();
        Table { name: name.to_owned(), doc: doc.to_owned(), columns, keywords }
    }

    /// The index of the column of this name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The name of a column in SQL.
    pub(crate) fn column_name(&self, index: usize) -> &str {
        self.columns.get(index).map_or("", |column| &column.name)
    }
}

/// The tables that signatures may be about.
#[derive(Clone, Debug)]
pub struct Tables {
    all: Vec<Table>,
}

impl Default for Tables {
    fn default() -> Tables {
        Tables { all: crate::views::all() }
    }
}

impl Tables {
    /// The views that this crate declares, and those of the engine: one per event kind, for instance.
    pub fn with(tables: impl IntoIterator<Item = Table>) -> Tables {
        let mut all = crate::views::all();
        all.extend(tables);
        Tables { all }
    }

    /// Every table; a signature's table is an index of this.
    pub fn all(&self) -> &[Table] {
        &self.all
    }

    /// The index of the table of this name.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|table| table.name == name)
    }

    /// The same, or what is wrong with the name.
    pub(crate) fn find(&self, name: &str) -> Result<usize, String> {
        self.named(name).ok_or_else(|| {
            let known = self.all.iter().map(|table| table.name.as_str());
            names::unknown_or("table", name, known, "docs/signatures.md lists the tables")
        })
    }
}
