//! Arguments: an event's fields as one JSON object, numbers by name where they have one.
//!
//! A field that refers to an object is shown by what the object is called, under the name that [`path_name`] gives.

use std::borrow::Cow;
use std::fmt::Write;

use formats::event::Kind;
use formats::payload::{Value, Variable};
use formats::schema::{EventSchema, FieldSchema};

use crate::definitions::Definitions;
use crate::loss;
use crate::names::Naming;
use crate::object::Property;
use crate::row::{Row, returns};
use crate::{json, names, text};

/// Name of the column that shows what a field of objects refers to: `dirfd_object` gives `dirfd_path`, `sv_object0`
/// `sv_path0`, `cwd` `cwd_path`.
pub(crate) fn path_name(field: &str) -> String {
    for (suffix, path) in [("_object", "_path"), ("_object0", "_path0"), ("_object1", "_path1")] {
        if let Some(stem) = field.strip_suffix(suffix) {
            return format!("{stem}{path}");
        }
    }
    format!("{field}_path")
}

impl Row<'_> {
    /// The fields as a JSON object, in the order they are declared, without the result of a system call. A row of which
    /// the fields are not known has one member, `payload`, in hexadecimal.
    pub fn args(&self) -> String {
        let mut out = String::with_capacity(128);
        self.args_into(&mut out);
        out
    }

    /// Appends [`Row::args`].
    pub fn args_into(&self, out: &mut String) {
        let mut object = json::Object::new(out);
        match self.values() {
            Some(values) => {
                let skip = usize::from(self.schema.is_some_and(returns));
                let namings = self.definitions.namings(self.entry.event);
                let mut command = None;
                for ((field, value), naming) in values.zip(namings).skip(skip) {
                    let shown = Shown {
                        field,
                        naming: naming.as_ref().filter(|_| self.names_hold(field)),
                        flags: self.entry.flags,
                        command,
                        definitions: self.definitions,
                    };
                    match value {
                        Value::Object(_) if self.schema.is_some_and(|schema| has_path(schema, &field.name)) => {}
                        Value::Attribute => {
                            let out = object.member(&field.name);
                            match self.attribute(&field.display) {
                                Some(Property::Number(number)) => json::number(out, number),
                                Some(Property::Text(text)) => json::string(out, &text),
                                None => out.push_str("null"),
                            }
                        }
                        Value::Object(_) => shown.value_into(object.member(&path_name(&field.name)), &value),
                        _ => shown.value_into(object.member(&field.name), &value),
                    }
                    if let ("cmd", Value::I64(number)) = (field.name.as_str(), value) {
                        command = Some(number);
                    }
                }
            }
            None => object.text("payload", &text::hex(self.payload)),
        }
        object.end();
    }

    /// The value of a field with its kind, and how its number is named; `None` when the row has no such field.
    fn field(&self, name: &str) -> Option<(&FieldSchema, Option<&Naming>, Value<'_>)> {
        let schema = self.schema?;
        let index = schema.index(name)?;
        let field = schema.fields.get(index)?;
        let naming = self.definitions.namings(self.entry.event).get(index)?.as_ref();
        Some((field, naming.filter(|_| self.names_hold(field)), schema.value(self.payload, index)?))
    }

    /// The number in a field.
    pub(crate) fn field_number(&self, name: &str) -> Option<i128> {
        let (field, _, value) = self.field(name)?;
        match value {
            Value::U64(number) | Value::Pointer(number) | Value::Context(number) => Some(number.into()),
            Value::I64(number) => Some(number.into()),
            Value::Attribute => match self.attribute(&field.display)? {
                Property::Number(number) => Some(number.into()),
                Property::Text(_) => None,
            },
            Value::Object(_) | Value::Variable(..) => None,
        }
    }

    /// A field's value as it is shown, but text in its own bytes, and lists with blanks between their members.
    pub(crate) fn field_text(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        let (field, naming, value) = self.field(name)?;
        let owned = |text: String| Some(Cow::Owned(text.into_bytes()));
        let number = |number: i64| match naming.and_then(|naming| naming.name(naming.key(number, self.entry.flags))) {
            Some(name) => name.into_owned(),
            None => number.to_string(),
        };
        match value {
            Value::U64(value) => owned(number(value as i64)),
            Value::I64(value) => owned(number(value)),
            Value::Context(number) => owned(number.to_string()),
            Value::Pointer(address) => owned(format!("{address:#x}")),
            Value::Object(id) => owned(self.definitions.object_name(id)?.into_owned()),
            Value::Attribute => match self.attribute(&field.display)? {
                Property::Number(number) => owned(number.to_string()),
                Property::Text(text) => owned(text.into_owned()),
            },
            Value::Variable(_, variable) if !is_shown(&variable) => None,
            Value::Variable(Kind::Text, variable) => Some(Cow::Borrowed(variable.bytes)),
            Value::Variable(Kind::TextArray, variable) => {
                Some(Cow::Owned(text::strings(variable.bytes).collect::<Vec<_>>().join(&b' ')))
            }
            Value::Variable(kind, variable) => {
                let definitions = self.definitions;
                let shown = Shown { field, naming, flags: self.entry.flags, command: None, definitions };
                let mut out = String::new();
                shown.variable_into(&mut out, kind, variable.bytes);
                owned(out.trim_matches('"').to_owned())
            }
        }
    }

    /// The property that an attribute's display hint names.
    fn attribute(&self, display: &str) -> Option<Property<'_>> {
        let (field, property) = display.split_once('.')?;
        let schema = self.schema?;
        match schema.value(self.payload, schema.index(field)?)? {
            Value::Object(id) => self.definitions.property(id, property),
            _ => None,
        }
    }
}

/// Whether another field of the kind shows the path of the object that `field` refers to.
pub(crate) fn has_path(schema: &EventSchema, field: &str) -> bool {
    let shows = |other: &FieldSchema| other.display.strip_suffix(".path") == Some(field);
    schema.fields.iter().any(|other| other.kind == Some(Kind::Attribute) && shows(other))
}

/// A field about to be written.
struct Shown<'a> {
    field: &'a FieldSchema,
    naming: Option<&'a Naming>,
    /// The frame's.
    flags: u16,
    /// The call's `cmd`, which says what some structures hold.
    command: Option<i64>,
    definitions: &'a Definitions,
}

impl Shown<'_> {
    /// Appends the value as JSON.
    fn value_into(&self, out: &mut String, value: &Value<'_>) {
        match *value {
            Value::U64(number) => self.number_into(out, number as i64),
            Value::I64(number) => self.number_into(out, number),
            Value::Context(0) => out.push_str("null"),
            Value::Context(number) => json::number(out, number as i64),
            Value::Pointer(address) => _ = write!(out, "\"{address:#x}\""),
            Value::Object(id) => match self.definitions.object_name(id) {
                Some(name) => json::string(out, &name),
                None => out.push_str("null"),
            },
            Value::Variable(kind, variable) if is_shown(&variable) => self.variable_into(out, kind, variable.bytes),
            Value::Variable(..) | Value::Attribute => out.push_str("null"),
        }
    }

    fn number_into(&self, out: &mut String, number: i64) {
        match self.naming.and_then(|naming| naming.name(naming.key(number, self.flags))) {
            Some(name) => json::string(out, &name),
            None => json::number(out, number),
        }
    }

    fn variable_into(&self, out: &mut String, kind: Kind, bytes: &[u8]) {
        match kind {
            Kind::TextArray | Kind::U64Array | Kind::FdPair | Kind::LossCounts => {
                array_into(out, kind, bytes, usize::MAX);
            }
            Kind::Text => json::string(out, &text::escape(bytes)),
            Kind::Sockaddr => json::string(out, &names::sockaddr_text(bytes)),
            Kind::IpAddress => json::string(out, &names::ip_text(bytes)),
            _ => match names::structure_json(&self.field.display, bytes, self.command, self.definitions.arch) {
                Some(structure) => out.push_str(&structure),
                None => json::string(out, &text::hex(bytes)),
            },
        }
    }
}

/// Whether a variable field has a value: the program gave one, and something of it was read (an environment that nobody
/// asked for was not).
pub(crate) fn is_shown(variable: &Variable<'_>) -> bool {
    !(variable.null || variable.bytes.is_empty() && (variable.fault || variable.full_len.is_none()))
}

/// Appends a variable field that holds many values as a JSON array; of more than `most` the rest is counted, which no
/// longer is JSON.
pub(crate) fn array_into(out: &mut String, kind: Kind, bytes: &[u8], most: usize) {
    let count = match kind {
        Kind::U64Array => {
            let numbers = bytes.as_chunks().0.iter().map(|number| i64::from_le_bytes(*number));
            json::array(out, numbers.take(most), json::number);
            bytes.len() / 8
        }
        Kind::FdPair => {
            let numbers = bytes.as_chunks().0.iter().map(|number| i32::from_le_bytes(*number));
            json::array(out, numbers.take(most), |out, number| json::number(out, number.into()));
            bytes.len() / 4
        }
        Kind::LossCounts => {
            let counts = loss::counts(bytes).take(most);
            json::array(out, counts, |out, (event, count)| _ = write!(out, "[{event},{count}]"));
            bytes.len() / 8
        }
        _ => {
            let strings = text::strings(bytes).take(most);
            json::array(out, strings, |out, string| json::string(out, &text::escape(string)));
            // Counting costs a second look, so only where there can be more.
            if bytes.len() > most { text::strings(bytes).count() } else { 0 }
        }
    };
    if let Some(rest) = count.checked_sub(most).filter(|rest| *rest > 0) {
        out.pop();
        let _ = write!(out, "{}... {rest} more]", if most > 0 { "," } else { "" });
    }
}
