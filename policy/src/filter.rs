//! Filters of one rule: which rows of the event match. They are decided at replay, on the row as it is shown; the kernel
//! side may leave out what cannot match.

use std::fmt;
use std::str::FromStr;

use formats::event::{Event, Field, Kind};
use formats::events::structure::{FILE_OBJECT, SOCKET_OBJECT};
use formats::events::syscalls::GENERIC;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::column::Column;
use crate::error::{Error, quoted};
use crate::names;
use crate::operator::Operator;
use crate::scope::listed;
use crate::text::Text;
use crate::words;

/// One filter of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Filter {
    /// `container` (true), `not-container` (false): where it happened.
    InContainer(bool),
    /// A comparison. By size it has exactly one value, a number.
    Test {
        /// What is compared.
        target: Target,
        /// How.
        operator: Operator,
        /// With what.
        values: Vec<Value>,
    },
}

/// What a filter compares.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// `data.FIELD`: a field of the event, by its name in the event table.
    Data(String),
    /// `retval`: what the system call returned.
    Return,
    /// A column that every row has.
    Column(Column),
    /// `container`: the container's id, the beginning of it, or its name.
    Container,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Data(field) => write!(f, "data.{field}"),
            Target::Return => f.write_str("retval"),
            Target::Column(column) => f.write_str(column.name()),
            Target::Container => f.write_str("container"),
        }
    }
}

/// One value of a filter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Value {
    /// As text.
    pub text: Text,
    /// As a number, when it is one.
    pub number: Option<i128>,
}

impl Value {
    /// The value of this text.
    pub fn new(text: Text) -> Value {
        let number = words::number(&text.bytes).filter(|_| text.is_exact());
        Value { text, number }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// What a field holds, as far as comparing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A number that is shown as one.
    Number,
    /// A number that may be shown by a name or in another way (`O_RDONLY`, `0644`, `SIGKILL`).
    NamedNumber,
    /// Text, or what is shown as text: paths, addresses, lists.
    Text,
}

impl FieldKind {
    /// What a field of the event table holds.
    pub fn of(field: &Field) -> FieldKind {
        match field.kind {
            Kind::Object => FieldKind::Text,
            Kind::Attribute => {
                let property = field.display.split_once('.').map_or("", |(_, property)| property);
                let known = FILE_OBJECT.fields.iter().chain(SOCKET_OBJECT.fields);
                // A property is not itself a property, so this ends.
                let found = known.clone().find(|known| known.name == property && known.kind != Kind::Attribute);
                found.map_or(FieldKind::Text, FieldKind::of)
            }
            kind if kind.is_variable() => FieldKind::Text,
            _ if field.display.is_empty() => FieldKind::Number,
            _ => FieldKind::NamedNumber,
        }
    }
}

/// Whether the event is a system call, with a result that `retval` compares.
pub fn returns(event: &Event) -> bool {
    GENERIC.first().is_some_and(|first| event.id >= first.id)
        && event.fields.first().is_some_and(|field| field.name == "ret")
}

/// The name that rows show an object's path by: `dirfd_object` is `dirfd_path` there.
fn shown_name(field: &Field) -> Option<String> {
    let stems = [("_object", "_path"), ("_object0", "_path0"), ("_object1", "_path1")];
    let renamed = stems.iter().find_map(|(end, path)| Some(format!("{}{path}", field.name.strip_suffix(end)?)));
    (field.kind == Kind::Object).then(|| renamed.unwrap_or_else(|| format!("{}_path", field.name)))
}

impl Filter {
    /// Reads a filter as policy files have it. With an event, its fields are checked and named as the table names them.
    pub(crate) fn parse(written: &str, event: Option<&Event>) -> Result<Filter, String> {
        let written = written.trim();
        let bare = written.strip_prefix("scope.").or_else(|| written.strip_prefix("context.")).unwrap_or(written);
        match bare {
            "container" => return Ok(Filter::InContainer(true)),
            "not-container" | "!container" | "host" => return Ok(Filter::InContainer(false)),
            "" => return Err("an empty filter".to_owned()),
            _ => {}
        }
        let Some((subject, operator, values)) = words::split(written)? else {
            return Err(format!("{} has no operator (= != < > <= >=) and value", quoted(written)));
        };
        let target = target(subject, event)?;
        let values = words::list(values, |_| 0)?.into_iter().map(|word| Value::new(word.text)).collect();
        Filter::test(target, operator, values, event)
    }

    /// The filter that compares so, if it makes sense.
    pub(crate) fn test(
        target: Target,
        operator: Operator,
        values: Vec<Value>,
        event: Option<&Event>,
    ) -> Result<Filter, String> {
        let kind = match &target {
            Target::Data(name) => event.and_then(|event| field(event, name)).map(FieldKind::of),
            Target::Return => Some(FieldKind::Number),
            Target::Column(column) if column.is_number() => Some(FieldKind::Number),
            Target::Column(_) | Target::Container => Some(FieldKind::Text),
        };
        if operator.is_order() {
            if kind == Some(FieldKind::Text) {
                return Err(format!("wrong type: {target} is text, and {operator} compares numbers"));
            }
            if values.len() != 1 {
                return Err(format!("{target}{operator} takes one number; = and != take lists"));
            }
        }
        let must_be_number = operator.is_order() || kind == Some(FieldKind::Number);
        if let Some(value) = values.iter().find(|value| must_be_number && value.number.is_none()) {
            let what = if operator.is_order() {
                format!("{operator} compares numbers")
            } else {
                format!("{target} is a number")
            };
            return Err(format!("wrong type: {what}, and {} is none", quoted(&value.to_string())));
        }
        Ok(Filter::Test { target, operator, values })
    }

    /// How many values it has.
    pub(crate) fn count(&self) -> usize {
        match self {
            Filter::InContainer(_) => 1,
            Filter::Test { values, .. } => values.len(),
        }
    }
}

/// The field of this name, or whose path rows show by this name.
fn field<'a>(event: &'a Event, name: &str) -> Option<&'a Field> {
    let by_name = event.fields.iter().find(|field| field.name == name);
    by_name.or_else(|| event.fields.iter().find(|field| shown_name(field).as_deref() == Some(name)))
}

/// What a filter's subject stands for.
fn target(subject: &str, event: Option<&Event>) -> Result<Target, String> {
    if let Some(name) = subject.strip_prefix("data.").or_else(|| subject.strip_prefix("args.")) {
        return data(name, event).map(Target::Data);
    }
    if subject == "retval" {
        return match event.filter(|event| !returns(event)) {
            Some(event) => Err(format!("{} is no system call and has no retval", event.name)),
            None => Ok(Target::Return),
        };
    }
    let (prefix, name) = match subject.split_once('.') {
        Some((prefix @ ("scope" | "context"), name)) => (prefix, name),
        _ => ("", subject),
    };
    if name == "container" {
        return Ok(Target::Container);
    }
    if let Some(column) = Column::named(name) {
        return Ok(Target::Column(column));
    }
    let fields = event.into_iter().flat_map(|event| event.fields).map(|field| format!("data.{}", field.name));
    let mut known: Vec<String> = Column::names().chain(["container"]).map(str::to_owned).collect();
    if prefix.is_empty() {
        known.push("retval".to_owned());
        // Somebody who leaves the `data.` out means the field.
        if let Some(event) = event
            && let Some(field) = field(event, name)
        {
            return Err(format!("unknown filter {}; did you mean data.{}?", quoted(subject), field.name));
        }
        known.extend(fields);
    }
    let otherwise = "filters are data.FIELD, retval, container and the columns of a row (comm, pid, uid, exe, ...)";
    Err(names::unknown_or("filter", name, known.iter().map(String::as_str), otherwise))
}

/// A field's name as the table has it.
pub(crate) fn data(name: &str, event: Option<&Event>) -> Result<String, String> {
    match event {
        Some(event) => field(event, name).map(|field| field.name.to_owned()).ok_or_else(|| {
            let shown: Vec<String> = event.fields.iter().filter_map(shown_name).collect();
            let known = event.fields.iter().map(|field| field.name).chain(shown.iter().map(String::as_str));
            let all: Vec<&str> = event.fields.iter().map(|field| field.name).collect();
            let otherwise =
                if all.is_empty() { "it has none".to_owned() } else { format!("it has {}", all.join(", ")) };
            names::unknown_or(&format!("field of {}", event.name), name, known, &otherwise)
        }),
        // What a capture says: any plain word.
        None if (1..=64).contains(&name.len())
            && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_')) =>
        {
            Ok(name.to_owned())
        }
        None => Err(format!("{} is no name of a field", quoted(name))),
    }
}

impl FromStr for Filter {
    type Err = Error;

    /// Reads a filter without knowing the event: fields and types are not checked.
    fn from_str(written: &str) -> Result<Filter, Error> {
        Filter::parse(written, None).map_err(Error::new)
    }
}

/// In the form that reads back as the same filter.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Filter::InContainer(true) => f.write_str("container"),
            Filter::InContainer(false) => f.write_str("not-container"),
            Filter::Test { target, operator, values } => listed(f, &target.to_string(), *operator, values),
        }
    }
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Filter, D::Error> {
        let written = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Filter::parse(&written, None).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
