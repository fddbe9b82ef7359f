//! Cells: the values of a row in the columns of a table, without a database.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use formats::arch::Arch;
use formats::event::Kind;
use formats::payload::{Value, Variable};
use formats::schema::FieldSchema;

use super::catalog::Shown;
use super::{Shows, attribute, condition};
use crate::arguments::{array_into, is_shown};
use crate::names::{self, Naming, Sockaddr};
use crate::object::Property;
use crate::row::Row;
use crate::{query, text};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// None.
    Null,
    /// A whole number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// A number.
    Real(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// A time, UTC nanoseconds since 1970.
    Timestamp(i64),
}

impl From<Cell<'_>> for query::Cell {
    /// The value as a database without truth values and times has it.
    fn from(cell: Cell<'_>) -> query::Cell {
        match cell {
            Cell::Null => query::Cell::Null,
            Cell::Integer(number) => query::Cell::Integer(number),
            Cell::Boolean(is_true) => query::Cell::Integer(is_true.into()),
            Cell::Real(number) => query::Cell::Real(number),
            Cell::Text(text) => query::Cell::Text(text.into_owned()),
            Cell::Bytes(bytes) => query::Cell::Blob(bytes.into_owned()),
            Cell::Timestamp(utc_ns) => query::Cell::Text(text::timestamp(utc_ns)),
        }
    }
}

/// Which name an answer of DNS gave an address before a row.
pub(crate) trait Given {
    /// The name, and the number of the answer.
    fn given(&self, address: IpAddr, net_namespace: Option<u32>, row: &Row<'_>) -> Option<(Arc<str>, i64)>;
}

/// Reads the values of rows of one table in some of its columns.
pub(crate) struct Reader<'t> {
    columns: Vec<&'t Shown>,
    reads_fields: bool,
}

impl<'t> Reader<'t> {
    /// For these columns, in this order.
    pub(crate) fn new(columns: Vec<&'t Shown>) -> Reader<'t> {
        let reads_fields = columns.iter().any(|column| matches!(column, Shown::Field(..)));
        Reader { columns, reads_fields }
    }

    /// Whether a column says what answers of DNS said.
    pub(crate) fn reads_names(&self) -> bool {
        let is_given = |shows: &Shows| matches!(shows, Shows::GivenName | Shows::GivenKey);
        self.columns.iter().any(|column| matches!(column, Shown::Field(_, shows) if is_given(shows)))
    }

    /// Replaces `cells` by the values of a row.
    pub(crate) fn read<'a>(&self, row: &Row<'a>, given: &dyn Given, cells: &mut Vec<Cell<'a>>) {
        cells.clear();
        let fields = if self.reads_fields { Fields::of(row) } else { None };
        cells.extend(self.columns.iter().map(|column| match column {
            Shown::Common(column) => (column.value)(row),
            Shown::Field(field, shows) => {
                fields.as_ref().and_then(|fields| fields.cell(*field, *shows, given)).unwrap_or(Cell::Null)
            }
        }));
    }
}

/// The fields of a row.
struct Fields<'r, 'a> {
    row: &'r Row<'a>,
    fields: &'a [FieldSchema],
    values: Vec<Value<'a>>,
    namings: &'a [Option<Naming>],
}

impl<'r, 'a> Fields<'r, 'a> {
    fn of(row: &'r Row<'a>) -> Option<Fields<'r, 'a>> {
        let schema = row.schema()?;
        let values = schema.values(row.payload())?.collect();
        Some(Fields { row, fields: &schema.fields, values, namings: row.definitions().namings(schema.id) })
    }

    fn cell(&self, index: usize, shows: Shows, given: &dyn Given) -> Option<Cell<'a>> {
        let (field, value) = (self.fields.get(index)?, self.values.get(index)?);
        let definitions = self.row.definitions();
        Some(match shows {
            Shows::Value => return self.value(index, field, value),
            Shows::Number => Cell::Integer(self.number(field, value)?),
            Shows::Name => {
                let number = self.number(field, value)?;
                Cell::Text(self.name(index, field, number).unwrap_or_else(|| number.to_string().into()))
            }
            Shows::Path => match value {
                Value::Object(id) => Cell::Text(definitions.object_name(*id)?),
                _ => return None,
            },
            Shows::GivenName | Shows::GivenKey => {
                let Value::Variable(kind, variable) = value else { return None };
                let (name, key) = given.given(address(*kind, variable)?, self.net_namespace(), self.row)?;
                if shows == Shows::GivenName { Cell::Text(name.to_string().into()) } else { Cell::Integer(key) }
            }
        })
    }

    fn value(&self, index: usize, field: &FieldSchema, value: &Value<'a>) -> Option<Cell<'a>> {
        Some(match *value {
            Value::I64(number) => Cell::Integer(number),
            Value::U64(number) | Value::Pointer(number) => Cell::Integer(number as i64),
            Value::Object(id) | Value::Context(id) => Cell::Integer(Some(id as i64).filter(|id| *id != 0)?),
            Value::Attribute => match self.property(field)? {
                Property::Number(number) => Cell::Integer(number),
                Property::Text(text) => Cell::Text(text),
            },
            Value::Variable(kind, variable) => {
                let structure = (kind == Kind::Bytes && names::structure::is_known(&field.display)).then(|| {
                    Structure { hint: &field.display, command: self.command(index), arch: self.row.definitions().arch }
                });
                match variable_cell(kind, &variable, structure)? {
                    Cell::Bytes(bytes) if structure.is_some() => Cell::Text(text::hex(&bytes).into()),
                    cell => cell,
                }
            }
        })
    }

    /// The number in a field, or of the object that it shows.
    fn number(&self, field: &FieldSchema, value: &Value<'_>) -> Option<i64> {
        match *value {
            Value::I64(number) => Some(number),
            Value::U64(number) => Some(number as i64),
            Value::Attribute => match self.property(field)? {
                Property::Number(number) => Some(number),
                Property::Text(_) => None,
            },
            _ => None,
        }
    }

    fn name(&self, index: usize, field: &FieldSchema, number: i64) -> Option<Cow<'a, str>> {
        let schema = self.row.schema()?;
        if field.kind == Some(Kind::Attribute) {
            let (_, property) = attribute(schema, &field.display)?;
            return names::naming(property, self.row.definitions().arch)?.name(number);
        }
        if let Some((sibling, values)) = condition(schema, &field.display) {
            let sibling = self.number(self.fields.get(sibling)?, self.values.get(sibling)?)?;
            if !values.contains(&sibling) {
                return None;
            }
        }
        let naming = self.namings.get(index)?.as_ref()?;
        naming.name(naming.key(number, self.row.flags()))
    }

    fn property(&self, field: &FieldSchema) -> Option<Property<'a>> {
        let (object, property) = attribute(self.row.schema()?, &field.display)?;
        match self.values.get(object)? {
            Value::Object(id) => self.row.definitions().property(*id, property),
            _ => None,
        }
    }

    /// The command of a call, which says what some structures behind it hold.
    fn command(&self, before: usize) -> Option<i64> {
        let mut fields = self.fields.iter().zip(&self.values).take(before);
        fields.find_map(|(field, value)| match value {
            Value::I64(number) if field.name == "cmd" => Some(*number),
            _ => None,
        })
    }

    /// The network namespace that it says it was in, or else that of who did it.
    fn net_namespace(&self) -> Option<u32> {
        let named = self.fields.iter().zip(&self.values).find(|(field, _)| is_net_ns(field));
        match named {
            Some((_, Value::U64(number))) => Some(*number as u32),
            _ => self.row.context().map(|context| context.net_ns()),
        }
    }
}

/// Whether a field says in which network namespace an event was.
pub(crate) fn is_net_ns(field: &FieldSchema) -> bool {
    field.name == "net_ns" && field.kind == Some(Kind::U32)
}

/// What a variable field's bytes are: the hint of a structure, the command that says which, and the host's architecture.
#[derive(Clone, Copy)]
pub(crate) struct Structure<'a> {
    pub(crate) hint: &'a str,
    pub(crate) command: Option<i64>,
    pub(crate) arch: Arch,
}

/// The value of a variable field; `None` when it has none. Bytes that are not the structure that they should be stay bytes.
pub(crate) fn variable_cell<'a>(
    kind: Kind,
    variable: &Variable<'a>,
    structure: Option<Structure<'_>>,
) -> Option<Cell<'a>> {
    if !is_shown(variable) {
        return None;
    }
    let bytes = variable.bytes;
    Some(Cell::Text(match (kind, structure) {
        (Kind::Text, _) => text::escape(bytes),
        (Kind::Sockaddr, _) => names::sockaddr_text(bytes).into(),
        (Kind::IpAddress, _) => names::ip_text(bytes).into(),
        (Kind::TextArray | Kind::U64Array | Kind::FdPair | Kind::LossCounts, _) => {
            let mut array = String::new();
            array_into(&mut array, kind, bytes, usize::MAX);
            array.into()
        }
        (_, None) => return Some(Cell::Bytes(bytes.into())),
        (_, Some(structure)) => match names::structure_json(structure.hint, bytes, structure.command, structure.arch) {
            Some(json) => json.into(),
            None => return Some(Cell::Bytes(bytes.into())),
        },
    }))
}

/// The address of a network that a field holds, as answers of DNS name it.
pub(crate) fn address(kind: Kind, variable: &Variable<'_>) -> Option<IpAddr> {
    if !is_shown(variable) {
        return None;
    }
    let address = match kind {
        Kind::Sockaddr => Sockaddr::parse(variable.bytes)?.ip?,
        Kind::IpAddress => match variable.bytes.len() {
            4 => IpAddr::from(<[u8; 4]>::try_from(variable.bytes).ok()?),
            _ => IpAddr::from(<[u8; 16]>::try_from(variable.bytes).ok()?),
        },
        _ => return None,
    };
    Some(address.to_canonical())
}
