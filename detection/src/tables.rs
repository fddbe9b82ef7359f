//! The tables that signatures may read: the views, and one table per event kind.

use analyzer::tables::{self, Catalog};
use signatures::table::{COMMON, Column, Table, Type};
use signatures::{Tables, views};

/// The tables of a capture as signatures see them. Columns of bytes are text: hexadecimal digits.
pub fn tables(catalog: &Catalog) -> Tables {
    let is_kind = |table: &&tables::Table| catalog.event_of(table).is_some();
    let views: Vec<String> = views::all().into_iter().map(|view| view.name).collect();
    Tables::with(catalog.tables().iter().filter(is_kind).filter(|table| !views.contains(&table.name)).map(of_kind))
}

fn of_kind(table: &tables::Table) -> Table {
    let own = table.columns.iter().filter(|column| COMMON.iter().all(|(name, ..)| *name != column.name));
    let own = own.map(|column| match type_of(column.ty) {
        Some(kind) => Column::new(&column.name, kind, &column.doc),
        None => Column::of_bytes(&column.name, &column.doc),
    });
    Table::new(&table.name, &table.doc, own.collect())
}

/// What signatures call a column's type; nothing for bytes.
pub(crate) fn type_of(ty: tables::Type) -> Option<Type> {
    match ty {
        tables::Type::Integer => Some(Type::Integer),
        tables::Type::Boolean => Some(Type::Boolean),
        tables::Type::Real => Some(Type::Real),
        tables::Type::Text => Some(Type::Text),
        tables::Type::Timestamp => Some(Type::Timestamp),
        tables::Type::Bytes => None,
    }
}
