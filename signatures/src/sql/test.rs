//! One test as an expression that is true or false.

use crate::condition::{Check, Place, Relation, Test};
use crate::pattern::{Pattern, Piece, Shape};
use crate::table::{Table, Type};

use super::Dialect;

pub(super) fn test(test: &Test, table: &Table, dialect: Dialect) -> String {
    let column = value(test.column, table, dialect);
    let maybe = match &test.check {
        Check::Null => return format!("({column} IS NULL)"),
        Check::Exists => return format!("({column} IS NOT NULL)"),
        Check::Text(pattern) => text(pattern, &column, dialect),
        Check::Regular(regular) => dialect.regular(&column, regular),
        Check::Integer(comparison, wanted) => format!("{column} {} {wanted}", comparison.sql()),
        Check::Real(comparison, wanted) => format!("{column} {} {wanted:?}", comparison.sql()),
        Check::Boolean(wanted) => format!("{column} = {}", dialect.boolean(*wanted)),
        Check::Network(network) => format!("cidr_match({column}, {})", dialect.text(&network.to_string())),
        Check::Column(relation) => related(relation, &column, test.column, table, dialect),
        Check::Part(part, comparison, wanted) => {
            format!("{} {} {wanted}", dialect.part(*part, &column), comparison.sql())
        }
    };
    format!("coalesce({maybe}, {})", dialect.boolean(false))
}

/// The value of a column as signatures see it.
fn value(column: usize, table: &Table, dialect: Dialect) -> String {
    let name = dialect.name(table.column_name(column));
    if table.columns.get(column).is_some_and(|column| column.is_bytes) { dialect.digits(&name) } else { name }
}

fn text(pattern: &Pattern, column: &str, dialect: Dialect) -> String {
    let value = if pattern.cased { column.to_owned() } else { dialect.folded(column) };
    match pattern.shape() {
        Shape::Equals(wanted) => format!("{value} = {}", dialect.text(wanted)),
        Shape::StartsWith(wanted) => dialect.begins(&value, &dialect.text(wanted)),
        Shape::EndsWith(wanted) => dialect.ends(&value, &dialect.text(wanted)),
        Shape::Contains(wanted) => dialect.contains(&value, &dialect.text(wanted)),
        Shape::Anything => format!("{column} IS NOT NULL"),
        Shape::Other(pieces) => match dialect {
            // GLOB and not LIKE: that one folds letters by itself, or not, as the connection is set.
            Dialect::Sqlite => format!("{value} GLOB {}", dialect.text(&wildcards(pieces, "*", "?", glob))),
            _ => format!("{value} LIKE {}", dialect.text(&wildcards(pieces, "%", "_", like))),
        },
    }
}

fn wildcards(pieces: &[Piece], any: &str, one: &str, literal: impl Fn(&str) -> String) -> String {
    let written = pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => literal(text),
        Piece::Any => any.to_owned(),
        Piece::One => one.to_owned(),
    });
    written.collect()
}

fn glob(text: &str) -> String {
    let escaped = text.chars().map(|c| if matches!(c, '*' | '?' | '[') { format!("[{c}]") } else { c.to_string() });
    escaped.collect()
}

fn like(text: &str) -> String {
    let escaped = text.chars().map(|c| if matches!(c, '%' | '_' | '\\') { format!("\\{c}") } else { c.to_string() });
    escaped.collect()
}

fn related(relation: &Relation, column: &str, index: usize, table: &Table, dialect: Dialect) -> String {
    let other = value(relation.other, table, dialect);
    if table.columns.get(index).is_none_or(|column| column.kind != Type::Text) {
        return format!("{column} = {other}");
    }
    let fold = |name: &str| if relation.cased { name.to_owned() } else { dialect.folded(name) };
    let (value, other) = (fold(column), fold(&other));
    match relation.place {
        Place::Equal => format!("{value} = {other}"),
        Place::Start => dialect.begins(&value, &other),
        Place::End => dialect.ends(&value, &other),
        Place::Inside => format!("({} = '' OR {})", other, dialect.contains(&value, &other)),
    }
}
