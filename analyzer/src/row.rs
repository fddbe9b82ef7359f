//! Rows: one per event, with everything that replay knows of it.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::Arc;

use formats::event::{FIRST_SYSCALL_EVENT, Kind};
use formats::events::syscalls::GENERIC;
use formats::frame::{ARGS_AT_EXIT, COMPAT32, INTERRUPT_CPU, LATE, MISMATCH, NO_ENTRY, OVER_BUDGET, UNFINISHED, X32};
use formats::payload::Value;
use formats::schema::{EventSchema, FieldSchema};

use crate::arguments::is_shown;
use crate::context::Context;
use crate::definitions::{Definitions, NONE};
use crate::event_key;
use crate::names::{self, Naming};
use crate::origin::Origin;
use crate::tables::condition;

/// The CPU of frames that the recorder made itself.
pub const RECORDER_CPU: u32 = u32::MAX;

/// One row in a batch, by numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) boot_ns: u64,
    pub(crate) sequence: u64,
    pub(crate) context: u32,
    pub(crate) context_id: u64,
    pub(crate) tid: u32,
    pub(crate) cpu: u32,
    pub(crate) payload: (u32, u32),
    pub(crate) comm: (u32, u32),
    pub(crate) event: u16,
    pub(crate) flags: u16,
    pub(crate) lane: u8,
    /// Of a row that replay made; see [`crate::derive::Derived`].
    pub(crate) vouched: u32,
    /// Bits of the policies that it matches.
    pub(crate) policies: u64,
}

/// Consecutive rows of one segment.
pub(crate) struct Batch {
    pub(crate) definitions: Arc<Definitions>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) entries: Vec<Entry>,
}

impl Batch {
    /// The row at `index`.
    pub(crate) fn row<'a>(&'a self, origin: &'a Origin, entry: &'a Entry) -> Row<'a> {
        let piece = |(start, length): (u32, u32)| &self.bytes[start as usize..start as usize + length as usize];
        Row {
            origin,
            definitions: &self.definitions,
            schema: self.definitions.schema.get(entry.event),
            entry,
            payload: piece(entry.payload),
            comm: (entry.comm.0 != NONE).then(|| piece(entry.comm)),
        }
    }
}

/// One event.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    pub(crate) origin: &'a Origin,
    pub(crate) definitions: &'a Definitions,
    pub(crate) schema: Option<&'a EventSchema>,
    pub(crate) entry: &'a Entry,
    pub(crate) payload: &'a [u8],
    pub(crate) comm: Option<&'a [u8]>,
}

impl<'a> Row<'a> {
    /// What is the same for every row of the capture.
    pub fn origin(&self) -> &'a Origin {
        self.origin
    }

    /// What the row's numbers refer to.
    pub fn definitions(&self) -> &'a Definitions {
        self.definitions
    }

    /// UTC nanoseconds since 1970: the boot-time and the capture's one offset.
    pub fn ts_ns(&self) -> i64 {
        self.origin.utc_ns(self.entry.boot_ns)
    }

    /// CLOCK_BOOTTIME, nanoseconds.
    pub fn boot_ns(&self) -> u64 {
        self.entry.boot_ns
    }

    /// The CPU that it was made on; `None` for what the recorder itself says.
    pub fn cpu(&self) -> Option<u32> {
        (self.entry.cpu != RECORDER_CPU).then_some(self.entry.cpu % INTERRUPT_CPU)
    }

    /// Key of the frame that it comes from, unique together with the event's name. Not in the order of time.
    pub fn event_key(&self) -> i64 {
        // The merge refuses what has none.
        event_key::of(self.entry.cpu, self.entry.lane, self.entry.sequence).unwrap_or_default()
    }

    /// Number of the lane that it came through.
    pub fn lane(&self) -> u8 {
        self.entry.lane
    }

    /// Sequence number in its lane and CPU.
    pub fn sequence(&self) -> u64 {
        self.entry.sequence
    }

    /// Number of the event kind.
    pub fn event_id(&self) -> u16 {
        self.entry.event
    }

    /// Name of the event kind; `unknown_event` when the capture does not say.
    pub fn event(&self) -> &'a str {
        self.schema.map_or(UNKNOWN_EVENT, |schema| &schema.name)
    }

    /// The event kind as the capture declares it.
    pub fn schema(&self) -> Option<&'a EventSchema> {
        self.schema
    }

    /// The hook that saw it, when the capture tells.
    pub fn hook(&self) -> Option<&'a str> {
        self.origin.hook(self.entry.event)
    }

    /// Name of the system call that it is; `None` for other events, and for a call that has no name.
    pub fn syscall(&self) -> Option<Cow<'a, str>> {
        let schema = self.schema?;
        if is_named_syscall(schema.id) {
            return Some(schema.name.as_str().into());
        }
        if !returns(schema) {
            return None;
        }
        let mut fields = self.definitions.namings(schema.id).iter().zip(self.values()?);
        fields.find_map(|(naming, (_, value))| match (naming, value) {
            (Some(naming @ Naming::CompatCalls(_)), Value::U64(number)) => {
                naming.name(naming.key(number as i64, self.entry.flags))
            }
            _ => None,
        })
    }

    /// Who did it.
    pub fn context(&self) -> Option<&'a Context> {
        self.definitions.contexts.get(self.entry.context as usize)
    }

    /// Number of the context, 0 for none; it may not be defined.
    pub fn context_id(&self) -> u64 {
        self.entry.context_id
    }

    /// Thread id in the initial PID namespace.
    pub fn host_tid(&self) -> u32 {
        self.entry.tid
    }

    /// The thread's name at this moment.
    pub fn comm(&self) -> Option<&'a [u8]> {
        self.comm
    }

    /// Path of the program, as a column shows it.
    pub fn exe(&self) -> Option<&'a str> {
        self.definitions.exe(self.entry.context)
    }

    /// Id of the container that it happened in, as a column shows it.
    pub fn container_id(&self) -> Option<&'a str> {
        self.definitions.container_id(self.entry.context)
    }

    /// What a runtime said of that container; a name of [`crate::container::TEXTS`].
    pub(crate) fn described(&self, name: &str) -> Option<&'a [u8]> {
        self.definitions.description(self.context()?.container)?.text(name)
    }

    /// Names of the policies that it matches, separated by commas; `None` when the capture was recorded without any, and for
    /// what the recorder itself says.
    pub fn policies(&self) -> Option<String> {
        let policies = self.definitions.policies()?;
        (self.entry.policies != 0).then(|| policies.names(self.entry.policies))
    }

    /// Bits of the frame's header.
    pub fn flags(&self) -> u16 {
        self.entry.flags
    }

    /// The call had not returned when its row was made.
    pub fn is_unfinished(&self) -> bool {
        self.entry.flags & UNFINISHED != 0
    }

    /// It came after its segment had been cut, or is from before its segment.
    pub fn is_late(&self) -> bool {
        is_late(self.entry.flags, self.entry.boot_ns, self.definitions)
    }

    /// The payload as it came.
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// The fields with their values; `None` when the capture does not declare the kind, this build does not know one of
    /// its fields' kinds, or the payload is malformed.
    pub fn values(&self) -> Option<impl Iterator<Item = (&'a FieldSchema, Value<'a>)> + use<'a>> {
        let schema = self.schema?;
        Some(schema.fields.iter().zip(schema.values(self.payload)?))
    }

    /// What the system call returned; `None` for other events, and when it had not returned.
    pub fn ret(&self) -> Option<i64> {
        let schema = self.schema.filter(|schema| returns(schema))?;
        match schema.value(self.payload, 0)? {
            Value::I64(ret) if !self.is_unfinished() => Some(ret),
            _ => None,
        }
    }

    /// Name of the error that the system call returned, or its number where it has none; `None` when it did not fail.
    pub fn error(&self) -> Option<Cow<'a, str>> {
        let number = self.ret().filter(|ret| ERRORS.contains(ret))?.checked_neg()?;
        Some(names::errno_name(number).map_or_else(|| number.to_string().into(), Cow::from))
    }

    /// Whether a field is the kernel's word in this row, though it is user memory's in others.
    pub(crate) fn is_vouched_for(&self, index: usize) -> bool {
        u32::try_from(index).is_ok_and(|index| self.entry.vouched.checked_shr(index).is_some_and(|bits| bits & 1 != 0))
    }

    /// Names of the values that were read from user memory, separated by commas; `None` when there are none.
    pub fn from_user(&self) -> Option<String> {
        if !self.schema?.fields.iter().any(|field| field.from_user) {
            return None;
        }
        let mut names = String::new();
        let is_from_user = |(index, (field, value)): &(usize, (&FieldSchema, Value<'_>))| {
            field.from_user && is_there(value) && !self.is_vouched_for(*index)
        };
        for (_, (field, _)) in self.values()?.enumerate().filter(is_from_user) {
            if !names.is_empty() {
                names.push(',');
            }
            names.push_str(&field.name);
        }
        (!names.is_empty()).then_some(names)
    }

    /// JSON of the values that are not whole: the full length by name, null when it is not known, `"fault"` when the
    /// memory could not be read. `None` when all are whole.
    pub fn truncated(&self) -> Option<String> {
        if !self.schema?.fields.iter().any(|field| field.kind.is_some_and(Kind::is_variable)) {
            return None;
        }
        let mut out = String::new();
        for (field, value) in self.values()? {
            truncated_into(&mut out, field, &value);
        }
        if out.is_empty() {
            return None;
        }
        out.push('}');
        Some(out)
    }

    /// Whether the names that a field's display hint gives hold in this row.
    pub(crate) fn names_hold(&self, field: &FieldSchema) -> bool {
        let Some(schema) = self.schema else { return true };
        let Some((sibling, values)) = condition(schema, &field.display) else { return true };
        match schema.value(self.payload, sibling) {
            Some(Value::U64(number)) => values.contains(&(number as i64)),
            Some(Value::I64(number)) => values.contains(&number),
            _ => true,
        }
    }

    /// Words for what is special about how the row was made (`no_entry`, `x32`, ...), separated by commas.
    pub fn marks(&self) -> Option<String> {
        marks(self.entry.flags)
    }
}

/// What a system call returns when it fails: the error's number, negative.
const ERRORS: RangeInclusive<i64> = -4095..=-1;

/// Name of rows of which the kind is not declared.
pub const UNKNOWN_EVENT: &str = "unknown_event";

/// Whether a frame came after its segment had been cut, or is from before its segment.
pub(crate) fn is_late(flags: u16, boot_ns: u64, definitions: &Definitions) -> bool {
    flags & LATE != 0 || boot_ns < definitions.start_boot_ns
}

/// Whether events of the kind are calls of one system call.
pub(crate) fn is_named_syscall(event: u16) -> bool {
    event >= FIRST_SYSCALL_EVENT
}

/// Whether the kind's first field is what a system call returned.
pub(crate) fn returns(schema: &EventSchema) -> bool {
    schema.id >= GENERIC[0].id && schema.fields.first().is_some_and(|field| field.name == "ret")
}

/// Whether there is a value: numbers always are.
pub(crate) fn is_there(value: &Value<'_>) -> bool {
    !matches!(value, Value::Variable(_, variable) if !is_shown(variable))
}

/// Appends the field to the object of [`Row::truncated`], which is still open, when its value is not whole.
pub(crate) fn truncated_into(out: &mut String, field: &FieldSchema, value: &Value<'_>) {
    let Value::Variable(_, variable) = value else { return };
    if variable.null || !(variable.fault || variable.is_truncated()) {
        return;
    }
    out.push(if out.is_empty() { '{' } else { ',' });
    crate::json::string(out, &field.name);
    match variable.full_len {
        _ if variable.fault => out.push_str(":\"fault\""),
        Some(full) => *out += &format!(":{full}"),
        None => out.push_str(":null"),
    }
}

/// Bits of a frame that [`marks`] names.
pub(crate) const MARKED: [(u16, &str); 6] = [
    (NO_ENTRY, "no_entry"),
    (COMPAT32, "compat32"),
    (X32, "x32"),
    (ARGS_AT_EXIT, "args_at_exit"),
    (OVER_BUDGET, "over_budget"),
    (MISMATCH, "mismatch"),
];

/// Words for a frame's flags.
pub(crate) fn marks(flags: u16) -> Option<String> {
    let words: Vec<&str> = MARKED.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, word)| *word).collect();
    (!words.is_empty()).then(|| words.join(","))
}
