//! The columns that a kind of event has beside the common ones, out of what a capture says of its fields.

use formats::arch::Arch;
use formats::event::Kind;
use formats::schema::{EventSchema, FieldSchema};

use super::{COMMON, Type};
use crate::arguments::path_name;
use crate::names;
use crate::object::NUMBERS;
use crate::row::returns;
use crate::sqlite::Identifiers;

/// What of a field a column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shows {
    /// Its value.
    Value,
    /// What its number is called, or else the number as text.
    Name,
    /// The number that has a name.
    Number,
    /// The path of the object that it refers to.
    Path,
    /// The name that an answer of DNS gave its address before.
    GivenName,
    /// That answer.
    GivenKey,
}

/// Position of a field that a capture of another version does not have. Its column is NULL.
pub(crate) const ABSENT: usize = usize::MAX;

/// One column of a kind's table.
#[derive(Clone, Debug)]
pub(crate) struct KindColumn {
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) doc: String,
    /// Position of the field that it is of; [`ABSENT`] where the capture's rows have none.
    pub(crate) field: usize,
    pub(crate) shows: Shows,
}

/// The columns of a kind of which every field's kind is known, but the common ones.
pub(crate) fn columns(schema: &EventSchema, arch: Arch) -> Vec<KindColumn> {
    let mut taken = Identifiers::with(COMMON.iter().map(|column| column.name));
    let mut columns = Vec::new();
    let skip = usize::from(returns(schema));
    for (index, field) in schema.fields.iter().enumerate().skip(skip) {
        let mut add = |name: &str, ty, doc: String, shows| {
            let name = taken.claim(name, "arg_");
            columns.push(KindColumn { name: name.clone(), ty, doc, field: index, shows });
            name
        };
        let kind = field.kind.unwrap_or(Kind::Bytes);
        let doc = crate::text::escape(field.doc.as_bytes()).into_owned();
        let is_named = hint(schema, field).is_some_and(|hint| names::naming(hint, arch).is_some());
        if is_named {
            let name = add(&field.name, Type::Text, doc, Shows::Name);
            add(&format!("{name}_number"), Type::Integer, format!("The number of `{name}`."), Shows::Number);
            continue;
        }
        let ty = match kind {
            Kind::Attribute if field.display.ends_with(".path") => Type::Text,
            Kind::Bytes if names::structure::is_known(&field.display) => Type::Text,
            Kind::Bytes => Type::Bytes,
            kind if kind.is_variable() => Type::Text,
            _ => Type::Integer,
        };
        add(&field.name, ty, doc, Shows::Value);
        if kind == Kind::Object {
            add(&path_name(&field.name), Type::Text, format!("What `{}` is called.", field.name), Shows::Path);
        }
        if is_address(kind) {
            let name = format!("{}_name", field.name);
            add(
                &name,
                Type::Text,
                format!("Name that the last answer of DNS before gave `{}`.", field.name),
                Shows::GivenName,
            );
            let key = format!("{}_dns_key", field.name);
            add(&key, Type::Integer, "That answer, in `dns`.".to_owned(), Shows::GivenKey);
        }
    }
    columns
}

/// The same, and what the kind has in this build beside that: views over its table find their columns in every capture.
pub(crate) fn columns_with(schema: &EventSchema, own: &EventSchema, arch: Arch) -> Vec<KindColumn> {
    let mut all = columns(schema, arch);
    for column in columns(own, arch) {
        if !all.iter().any(|other| other.name == column.name) {
            all.push(KindColumn { field: ABSENT, ..column });
        }
    }
    all
}

/// The display hint that names the numbers of a field; `None` for fields that hold none.
pub(crate) fn hint<'a>(schema: &EventSchema, field: &'a FieldSchema) -> Option<&'a str> {
    match field.kind? {
        kind if is_number(kind) => Some(&field.display),
        Kind::Attribute => {
            let (_, property) = attribute(schema, &field.display)?;
            ["dev", "mode", "open_flags"].contains(&property).then_some(property)
        }
        _ => None,
    }
}

/// Field with the object, and which of its properties, that an attribute shows; what a capture says of itself is not trusted.
pub(crate) fn attribute<'a>(schema: &EventSchema, display: &'a str) -> Option<(usize, &'a str)> {
    let (object, property) = display.split_once('.')?;
    let index = schema.index(object)?;
    let is_object = schema.fields.get(index)?.kind == Some(Kind::Object);
    (is_object && (property == "path" || NUMBERS.contains(&property))).then_some((index, property))
}

/// Which number of a row the names of a display hint depend on, and for which of its values they hold; `None` when they
/// always do.
pub(crate) fn condition(schema: &EventSchema, display: &str) -> Option<(usize, &'static [i64])> {
    let (siblings, values) = names::condition(display)?;
    let number = |name: &&str| {
        let index = schema.index(name)?;
        schema.fields.get(index)?.kind.is_some_and(is_number).then_some(index)
    };
    Some((siblings.iter().find_map(number)?, values))
}

/// Whether a field of this kind can hold an address of a network.
pub(crate) fn is_address(kind: Kind) -> bool {
    matches!(kind, Kind::Sockaddr | Kind::IpAddress)
}

fn is_number(kind: Kind) -> bool {
    matches!(kind, Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64 | Kind::I32 | Kind::I64 | Kind::Int | Kind::Uint)
}
