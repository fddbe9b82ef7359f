//! The schema that payloads are decoded by: the build's own table, or rows that a capture embeds.
//!
//! An embedded schema is hostile input: names are plain words (they become SQL names), sizes are bounded, and rows that
//! contradict each other are refused.

use std::sync::LazyLock;

use crate::error::Invalid;
use crate::event::{Event, Kind, Lane, VARIABLE_LENGTH_MASK};
use crate::events;
use crate::payload::{Value, descriptor};

mod stored;

/// One field of an event's payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSchema {
    /// Column name.
    pub name: String,
    /// Storage and meaning; `None` when this build does not know the number.
    pub kind: Option<Kind>,
    /// The kind's number as stored.
    pub kind_number: u8,
    /// Display hint, empty for plainly.
    pub display: String,
    /// Whether it was read from user memory.
    pub from_user: bool,
    /// What it is.
    pub doc: String,
    /// Offset in the fixed part, in bytes.
    pub offset: u32,
    /// Bytes in the fixed part; 0 when the kind is not known.
    pub width: u16,
}

/// One event kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSchema {
    /// Its number.
    pub id: u16,
    /// Its name.
    pub name: String,
    /// When a row is made.
    pub doc: String,
    /// The lane that it travels in.
    pub lane: Lane,
    /// Bytes of the fixed part.
    pub fixed_len: u32,
    /// Its fields, in payload order.
    pub fields: Vec<FieldSchema>,
}

impl EventSchema {
    /// Whether this build knows the kind of every field. If not, payloads are opaque bytes.
    pub fn is_known(&self) -> bool {
        self.fields.iter().all(|field| field.kind.is_some())
    }

    /// Whether the payload's fixed part and variable lengths add up to its length.
    pub fn is_well_formed(&self, payload: &[u8]) -> bool {
        let Some((fixed, mut left)) =
            payload.split_at_checked(self.fixed_len as usize).map(|(fixed, tail)| (fixed, tail.len()))
        else {
            return false;
        };
        for field in &self.fields {
            match field.kind {
                Some(kind) if !kind.is_variable() => continue,
                Some(_) => {}
                None => return false,
            }
            let Some((word, _)) = fixed.get(field.offset as usize..).and_then(descriptor) else { return false };
            match left.checked_sub((word & VARIABLE_LENGTH_MASK) as usize) {
                Some(rest) => left = rest,
                None => return false,
            }
        }
        left == 0
    }

    /// The payload's values in field order; `None` when it is malformed or a field's kind is not known.
    pub fn values<'a>(&'a self, payload: &'a [u8]) -> Option<Values<'a>> {
        if !self.is_well_formed(payload) {
            return None;
        }
        let (fixed, tail) = payload.split_at_checked(self.fixed_len as usize)?;
        Some(Values { fields: self.fields.iter(), fixed, tail })
    }

    /// The value of field `index`; `None` when there is none, or the payload is malformed.
    pub fn value<'a>(&'a self, payload: &'a [u8], index: usize) -> Option<Value<'a>> {
        if !self.is_well_formed(payload) {
            return None;
        }
        let (fixed, tail) = payload.split_at_checked(self.fixed_len as usize)?;
        let field = self.fields.get(index)?;
        let kind = field.kind?;
        let slot = fixed.get(field.offset as usize..)?.get(..field.width.into())?;
        let before = if kind.is_variable() { self.variable_len(fixed, index)? } else { 0 };
        Value::read(kind, slot, tail.get(before..)?).map(|(value, _)| value)
    }

    /// Bytes of the variable fields before field `index`.
    fn variable_len(&self, fixed: &[u8], index: usize) -> Option<usize> {
        let mut length = 0usize;
        for field in self.fields.get(..index)?.iter().filter(|field| field.kind.is_some_and(Kind::is_variable)) {
            let (word, _) = descriptor(fixed.get(field.offset as usize..)?)?;
            length = length.saturating_add((word & VARIABLE_LENGTH_MASK) as usize);
        }
        Some(length)
    }

    /// The index of the field of this name.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// Adds a field at the end.
    fn push(&mut self, mut field: FieldSchema) {
        field.offset = self.fixed_len;
        field.width = field.kind.map_or(0, Kind::width);
        self.fixed_len = self.fixed_len.saturating_add(field.width.into());
        self.fields.push(field);
    }
}

impl From<&Event> for EventSchema {
    fn from(event: &Event) -> EventSchema {
        let mut schema = EventSchema {
            id: event.id,
            name: event.name.to_owned(),
            doc: event.doc.to_owned(),
            lane: event.lane,
            fixed_len: 0,
            fields: Vec::with_capacity(event.fields.len()),
        };
        for field in event.fields {
            schema.push(FieldSchema {
                name: field.name.to_owned(),
                kind: Some(field.kind),
                kind_number: field.kind as u8,
                display: field.display.to_owned(),
                from_user: field.from_user,
                doc: field.doc.to_owned(),
                offset: 0,
                width: 0,
            });
        }
        schema
    }
}

/// Values of a well-formed payload, in field order.
#[derive(Clone, Debug)]
pub struct Values<'a> {
    fields: std::slice::Iter<'a, FieldSchema>,
    fixed: &'a [u8],
    tail: &'a [u8],
}

impl<'a> Iterator for Values<'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        let field = self.fields.next()?;
        let (slot, fixed) = self.fixed.split_at_checked(field.width.into())?;
        let (value, tail) = Value::read(field.kind?, slot, self.tail)?;
        self.fixed = fixed;
        self.tail = tail;
        Some(value)
    }
}

/// Event kinds by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    events: Vec<EventSchema>,
    /// Position in `events` plus one, by id; ids are few and low.
    positions: Vec<u16>,
}

impl Schema {
    /// A schema without events.
    pub fn new() -> Schema {
        Schema::default()
    }

    /// The event table of this build.
    pub fn builtin() -> &'static Schema {
        static BUILTIN: LazyLock<Schema> = LazyLock::new(|| Schema::of_build(|_| false));
        &BUILTIN
    }

    /// The event table of this build, as a recording has it that makes rows of the given events at the entry or exit of
    /// calls: fields for which that means user memory say so.
    pub fn of_build(made_at_calls: impl Fn(&Event) -> bool) -> Schema {
        let mut schema = Schema::new();
        for event in events::all() {
            let mut row = EventSchema::from(event);
            if made_at_calls(event) {
                for (field, declared) in row.fields.iter_mut().zip(event.fields) {
                    field.from_user |= declared.from_user_at_calls;
                }
            }
            // The table's own rows cannot contradict each other: their ids ascend and a test compares their names.
            let _ = schema.insert(row);
        }
        schema
    }

    /// The kind with this id.
    #[inline]
    pub fn get(&self, id: u16) -> Option<&EventSchema> {
        let position = self.positions.get(usize::from(id))?.checked_sub(1)?;
        self.events.get(usize::from(position))
    }

    /// The kind with this name.
    pub fn by_name(&self, name: &str) -> Option<&EventSchema> {
        self.events.iter().find(|event| event.name == name)
    }

    /// Every kind, in the order they were added.
    pub fn events(&self) -> &[EventSchema] {
        &self.events
    }

    /// Adds a kind. Adding the same again changes nothing.
    ///
    /// # Errors
    /// A kind with the same id and another row, or with the same name and another id, is there already.
    pub fn insert(&mut self, event: EventSchema) -> Result<(), Invalid> {
        if let Some(known) = self.get(event.id) {
            return if *known == event {
                Ok(())
            } else {
                Err(Invalid("schema contradicts an earlier row of the same event"))
            };
        }
        if self.by_name(&event.name).is_some() {
            return Err(Invalid("schema has two events of one name"));
        }
        let index = usize::from(event.id);
        if self.positions.len() <= index {
            self.positions.resize(index.saturating_add(1), 0);
        }
        let position =
            u16::try_from(self.events.len().saturating_add(1)).map_err(|_| Invalid("schema has too many events"))?;
        if let Some(slot) = self.positions.get_mut(index) {
            *slot = position;
        }
        self.events.push(event);
        Ok(())
    }

    /// Adds the rows of a schema block's raw payload.
    ///
    /// # Errors
    /// The bytes are not a schema, or contradict what is here; rows before the wrong one are kept.
    pub fn merge(&mut self, bytes: &[u8]) -> Result<(), Invalid> {
        stored::decode(bytes, |event| self.insert(event))
    }

    /// The raw payload of a schema block that holds these kinds; ids without a row are left out.
    pub fn store(&self, ids: impl IntoIterator<Item = u16>) -> Vec<u8> {
        stored::encode(ids.into_iter().filter_map(|id| self.get(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::structure::{CONTEXT, LOSS};

    #[test]
    fn builtin_holds_every_event_with_the_offsets_of_the_table() {
        let schema = Schema::builtin();
        for event in events::all() {
            let row = schema.get(event.id).unwrap_or_else(|| panic!("{}", event.name));
            assert_eq!(row.fixed_len, u32::from(event.fixed_len()));
            for (index, field) in row.fields.iter().enumerate() {
                assert_eq!(field.offset, u32::from(event.offset(index)), "{}.{}", event.name, field.name);
            }
        }
        assert_eq!(schema.events().len(), events::all().count());
    }

    #[test]
    fn fields_say_that_they_are_from_user_memory_where_the_row_is_made_at_calls() {
        let sendmsg = &events::sockets::SECURITY_SOCKET_SENDMSG;
        let schema = Schema::of_build(|event| event.id == sendmsg.id);
        let from_user = |schema: &Schema| {
            let fields = &schema.get(sendmsg.id).unwrap().fields;
            fields.iter().filter(|field| field.from_user).map(|field| field.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(from_user(&schema), ["remote_addr", "size"]);
        assert!(from_user(Schema::builtin()).is_empty());
    }

    #[test]
    fn contradictions_are_refused_and_repetitions_are_not() {
        let mut schema = Schema::new();
        schema.insert((&CONTEXT).into()).unwrap();
        schema.insert((&CONTEXT).into()).unwrap();
        let mut other = EventSchema::from(&CONTEXT);
        other.fields.pop();
        assert!(schema.insert(other).is_err());
        let mut renamed = EventSchema::from(&LOSS);
        renamed.name = CONTEXT.name.to_owned();
        assert!(schema.insert(renamed).is_err());
        assert_eq!(schema.events().len(), 1);
    }
}
