//! Derived rows: events that replay makes from others, mostly from system calls where the kernel gave no hook of their own.
//!
//! The event's row in the table says from which (`replay/openat+...`), a rule here says what of them becomes what of
//! the event. The capture says of which events: those that the recorder had no better hook for.

use std::cell::Cell;

use formats::event::Event;
use formats::events::memory::PROC_MEM_ACCESS;
use formats::frame::{Frame, NO_ENTRY, UNFINISHED};
use formats::payload::{PayloadBuilder, Value, Variable};
use formats::schema::EventSchema;

use crate::context::Context;
use crate::definitions::Definitions;
use crate::numbers::NumberMap;
use crate::object::{File, Object, Socket};
use crate::origin::Origin;

mod containers;
mod files;
mod kernel;
mod memory;
mod path;
mod process;
mod sockets;

/// Rules of all families.
const FAMILIES: &[&[Rule]] =
    &[process::RULES, containers::RULES, files::RULES, memory::RULES, sockets::RULES, kernel::RULES];

/// How rows of one event are made.
pub(crate) struct Rule {
    /// Which event.
    pub(crate) event: &'static Event,
    /// Fields that then come from user memory, though a hook of the event's own has them from the kernel.
    pub(crate) from_user: &'static [&'static str],
    /// Fills the payload from a call or event; `None` when it was none.
    pub(crate) make: fn(&Source<'_>, PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>>,
}

/// The rules for an event, if replay can make it: each gives a row of its own.
pub(crate) fn rules_of(event: &Event) -> impl Iterator<Item = &'static Rule> + use<> {
    let id = event.id;
    FAMILIES.iter().flat_map(|family| family.iter()).filter(move |rule| rule.event.id == id)
}

/// The event's schema as its rows have it when replay makes them.
pub(crate) fn schema(event: &Event) -> EventSchema {
    let mut schema = EventSchema::from(event);
    for field in &mut schema.fields {
        field.from_user |= rules_of(event).any(|rule| rule.from_user.contains(&field.name.as_str()));
    }
    schema
}

/// A finished or unfinished call, or another event, that an event may be made from.
pub(crate) struct Source<'a> {
    schema: &'a EventSchema,
    payload: &'a [u8],
    flags: u16,
    context: u64,
    boot_ns: u64,
    definitions: &'a Definitions,
    capture: CaptureFacts,
    /// Of the row being made, see [`Derived`].
    vouched: Cell<u32>,
}

/// What a capture says once for all its rows.
#[derive(Clone, Copy, Default)]
struct CaptureFacts {
    /// UTC minus boot-time, nanoseconds.
    offset_ns: i64,
    /// Number of the hierarchy of control groups that tells containers.
    container_hierarchy: u32,
}

impl<'a> Source<'a> {
    fn of(definitions: &'a Definitions, capture: CaptureFacts, frame: &Frame<'a>) -> Option<Source<'a>> {
        let schema = definitions.schema.get(frame.header.event)?;
        let header = &frame.header;
        schema.is_well_formed(frame.payload).then(|| Source {
            schema,
            payload: frame.payload,
            flags: header.flags,
            context: header.context,
            boot_ns: header.boot_ns,
            definitions,
            capture,
            vouched: Cell::new(0),
        })
    }

    /// When it happened, UTC nanoseconds since 1970.
    pub(crate) fn utc_ns(&self) -> i64 {
        self.capture.offset_ns.wrapping_add_unsigned(self.boot_ns)
    }

    /// Number of the hierarchy of control groups in which each container has one.
    pub(crate) fn container_hierarchy(&self) -> u32 {
        self.capture.container_hierarchy
    }

    /// This time the field of the event is the kernel's own word, not the program's.
    pub(crate) fn vouch_for(&self, event: &Event, field: &str) {
        let index = event.fields.iter().position(|one| one.name == field).unwrap_or(usize::MAX);
        let bit = u32::try_from(index).ok().and_then(|index| 1_u32.checked_shl(index)).unwrap_or(0);
        self.vouched.set(self.vouched.get() | bit);
    }

    /// Name of the call.
    pub(crate) fn call(&self) -> &str {
        &self.schema.name
    }

    /// Who made the call.
    pub(crate) fn context(&self) -> Option<&'a Context> {
        self.definitions.context(self.context)
    }

    /// Whether the call's entry was seen; when not, something (seccomp) may have refused it before it began.
    pub(crate) fn was_entered(&self) -> bool {
        self.flags & NO_ENTRY == 0
    }

    /// What the call returned; `None` when it had not.
    pub(crate) fn ret(&self) -> Option<i64> {
        if self.flags & UNFINISHED != 0 { None } else { self.number("ret") }
    }

    /// Whether the call returned something that is no error.
    pub(crate) fn succeeded(&self) -> bool {
        self.ret().is_some_and(|ret| !(-4095..0).contains(&ret))
    }

    /// A field's value.
    pub(crate) fn value(&self, field: &str) -> Option<Value<'a>> {
        self.schema.value(self.payload, self.schema.index(field)?)
    }

    /// A number; unsigned ones of 64 bits as the signed number with the same bits. Also an address.
    pub(crate) fn number(&self, field: &str) -> Option<i64> {
        match self.value(field)? {
            Value::U64(number) | Value::Pointer(number) => Some(number as i64),
            Value::I64(number) => Some(number),
            _ => None,
        }
    }

    /// The 64-bit word number `index` of a structure that the call was given.
    pub(crate) fn bytes_number(&self, field: &str, index: usize) -> Option<u64> {
        let bytes = self.variable(field)?.bytes.get(index.checked_mul(8)?..)?;
        bytes.first_chunk().map(|word| u64::from_le_bytes(*word))
    }

    /// A variable field that has a value.
    pub(crate) fn variable(&self, field: &str) -> Option<Variable<'a>> {
        match self.value(field)? {
            Value::Variable(_, variable) if crate::arguments::is_shown(&variable) => Some(variable),
            _ => None,
        }
    }

    /// Id of the object that a field refers to; 0 when there is none.
    pub(crate) fn object(&self, field: &str) -> u64 {
        match self.value(field) {
            Some(Value::Object(id)) => id,
            _ => 0,
        }
    }

    /// The file that a field refers to.
    pub(crate) fn file(&self, field: &str) -> Option<File<'a>> {
        match self.definitions.object(self.object(field))? {
            Object::File(file) => Some(file),
            Object::Socket(_) => None,
        }
    }

    /// The socket that a field refers to.
    pub(crate) fn socket(&self, field: &str) -> Option<Socket<'a>> {
        match self.definitions.object(self.object(field))? {
            Object::Socket(socket) => Some(socket),
            Object::File(_) => None,
        }
    }
}

/// Filling a row's fields from those of a call.
pub(crate) trait FromCall: Sized {
    /// Sets a variable field to what the call's field `from` holds, with what is known of it; to NULL when that is not there.
    fn copied(self, field: &str, call: &Source<'_>, from: &str) -> Self;
}

impl FromCall for PayloadBuilder<'_> {
    fn copied(self, field: &str, call: &Source<'_>, from: &str) -> Self {
        let nothing = Variable { bytes: &[], full_len: Some(0), fault: false, null: true };
        match call.value(from) {
            Some(Value::Variable(_, variable)) => self.variable(field, variable),
            _ => self.variable(field, nothing),
        }
    }
}

/// A row that replay made.
pub(crate) struct Derived<'a> {
    /// Number of the event.
    pub(crate) event: u16,
    /// Its fields.
    pub(crate) payload: &'a [u8],
    /// Bit by index: fields that this time are the kernel's own word, though their rule lists them as from user memory.
    pub(crate) vouched: u32,
}

/// The rules that hold for a segment, by the number of the call or event.
#[derive(Default)]
pub(crate) struct Derivation {
    rules: NumberMap<u16, Vec<&'static Rule>>,
    capture: CaptureFacts,
}

impl Derivation {
    /// The rules for the events that replay makes, of which events of the segment are sources.
    pub(crate) fn of(origin: &Origin, definitions: &Definitions) -> Derivation {
        let capture = CaptureFacts { offset_ns: origin.offset_ns(), container_hierarchy: origin.container_hierarchy };
        Derivation { capture, ..Derivation::for_events(&origin.replayed, definitions) }
    }

    /// The same for these events, of a capture of which nothing is known.
    pub(crate) fn for_events(events: &[&'static Event], definitions: &Definitions) -> Derivation {
        let mut rules: NumberMap<u16, Vec<&'static Rule>> = NumberMap::default();
        for rule in events.iter().flat_map(|event| rules_of(event)) {
            for source in rule.event.sources().filter_map(|name| definitions.schema.by_name(name)) {
                rules.entry(source.id).or_default().push(rule);
            }
        }
        Derivation { rules, capture: CaptureFacts::default() }
    }

    /// Leaves out the rules of events that are not wanted.
    pub(crate) fn retain(&mut self, wanted: impl Fn(u16) -> bool) {
        self.rules.retain(|_, rules| {
            rules.retain(|rule| wanted(rule.event.id));
            !rules.is_empty()
        });
    }

    /// Leaves out what cannot come out of a segment of which all objects are known: few have the memory of a process open,
    /// for which every read and write would be looked at.
    pub(crate) fn narrow(&mut self, definitions: &Definitions) {
        if !definitions.files_called_mem().any(|file| memory::is_memory(&file)) {
            self.retain(|event| event != PROC_MEM_ACCESS.id);
        }
    }

    /// Whether rows may be made from events of this kind.
    pub(crate) fn is_source(&self, event: u16) -> bool {
        self.rules.contains_key(&event)
    }

    /// Gives number and payload of each row that comes out of a frame.
    pub(crate) fn derive(&self, definitions: &Definitions, frame: &Frame<'_>, mut each: impl FnMut(Derived<'_>)) {
        let Some(rules) = self.rules.get(&frame.header.event) else { return };
        let Some(source) = Source::of(definitions, self.capture, frame) else { return };
        for rule in rules {
            source.vouched.set(0);
            let made = (rule.make)(&source, PayloadBuilder::new(rule.event));
            // A rule that sets what its event has not got is found by its test; a capture cannot cause that.
            if let Some(payload) = made.and_then(|builder| builder.finish().ok()) {
                each(Derived { event: rule.event.id, payload: &payload, vouched: source.vouched.get() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use formats::events;

    use super::{rules_of, schema};

    #[test]
    fn every_event_that_replay_makes_has_a_rule_and_no_other_has() {
        for event in events::all() {
            // What is in packets goes over several of them: `packets::events` makes it.
            let has_rule = event.sources().next().is_some() && !events::packets::is_decoded(event.id);
            assert_eq!(has_rule, rules_of(event).next().is_some(), "{}", event.name);
        }
    }

    #[test]
    fn rules_name_fields_that_there_are() {
        for event in events::all() {
            let schema = schema(event);
            for name in rules_of(event).flat_map(|rule| rule.from_user) {
                assert!(schema.index(name).is_some(), "{}.{name}", event.name);
            }
        }
    }
}
