//! Payloads: fields read by their schema, and payloads built for the recorder's own frames.

use crate::error::Invalid;
use crate::event::{Event, FULL_LENGTH_UNKNOWN, Kind, VARIABLE_FAULT, VARIABLE_LENGTH_MASK, VARIABLE_NULL};

/// A variable field: its stored bytes and what is known of the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable<'a> {
    /// Bytes as stored.
    pub bytes: &'a [u8],
    /// Bytes that there were; `None` when not known.
    pub full_len: Option<u32>,
    /// The memory could not be read to the end.
    pub fault: bool,
    /// The program passed a null pointer.
    pub null: bool,
}

impl Variable<'_> {
    /// Whether less is stored than there was.
    pub fn is_truncated(&self) -> bool {
        self.full_len.is_none_or(|full| self.bytes.len() < full as usize)
    }
}

/// One field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// An unsigned number.
    U64(u64),
    /// A signed number.
    I64(i64),
    /// An address.
    Pointer(u64),
    /// An object id, 0 for none.
    Object(u64),
    /// A context id, 0 for none.
    Context(u64),
    /// Not in the payload: a property of the object that another field refers to.
    Attribute,
    /// A variable field; its kind is a variable one.
    Variable(Kind, Variable<'a>),
}

impl<'a> Value<'a> {
    /// Reads a field's slot in the fixed part; `bytes` is the slot, `tail` what follows the variable fields before it.
    /// Gives the value and what follows this field.
    #[inline]
    pub(crate) fn read(kind: Kind, slot: &[u8], tail: &'a [u8]) -> Option<(Value<'a>, &'a [u8])> {
        let value = match kind {
            Kind::Attribute => Value::Attribute,
            Kind::U8 => Value::U64(u64::from(*slot.first()?)),
            Kind::U16 => Value::U64(u64::from(u16::from_le_bytes(*slot.first_chunk()?))),
            Kind::U32 | Kind::Uint => Value::U64(u64::from(u32::from_le_bytes(*slot.first_chunk()?))),
            Kind::I32 | Kind::Int => Value::I64(i64::from(i32::from_le_bytes(*slot.first_chunk()?))),
            Kind::U64 => Value::U64(u64::from_le_bytes(*slot.first_chunk()?)),
            Kind::I64 => Value::I64(i64::from_le_bytes(*slot.first_chunk()?)),
            Kind::Pointer => Value::Pointer(u64::from_le_bytes(*slot.first_chunk()?)),
            Kind::Object => Value::Object(u64::from_le_bytes(*slot.first_chunk()?)),
            Kind::Context => Value::Context(u64::from_le_bytes(*slot.first_chunk()?)),
            Kind::Bytes
            | Kind::Text
            | Kind::TextArray
            | Kind::Sockaddr
            | Kind::U64Array
            | Kind::FdPair
            | Kind::LossCounts
            | Kind::IpAddress => {
                let (word, full) = descriptor(slot)?;
                let (bytes, tail) = tail.split_at_checked((word & VARIABLE_LENGTH_MASK) as usize)?;
                let variable = Variable {
                    bytes,
                    full_len: (full != FULL_LENGTH_UNKNOWN).then_some(full),
                    fault: word & VARIABLE_FAULT != 0,
                    null: word & VARIABLE_NULL != 0,
                };
                return Some((Value::Variable(kind, variable), tail));
            }
        };
        Some((value, tail))
    }
}

/// Length word and full length of a variable field's slot.
#[inline]
pub(crate) fn descriptor(slot: &[u8]) -> Option<(u32, u32)> {
    let (word, behind) = slot.split_first_chunk()?;
    Some((u32::from_le_bytes(*word), u32::from_le_bytes(*behind.first_chunk()?)))
}

/// Builds the payload of one event, field by name. What is not set is zero or empty.
///
/// A name or value that does not fit is remembered and told by [`PayloadBuilder::finish`].
#[derive(Clone, Debug)]
pub struct PayloadBuilder<'e> {
    event: &'e Event,
    slots: Vec<[u8; 8]>,
    tails: Vec<Vec<u8>>,
    wrong: Option<Invalid>,
}

impl<'e> PayloadBuilder<'e> {
    /// An empty payload of `event`.
    pub fn new(event: &'e Event) -> PayloadBuilder<'e> {
        let fields = event.fields.len();
        PayloadBuilder { event, slots: vec![[0; 8]; fields], tails: vec![Vec::new(); fields], wrong: None }
    }

    /// The event that the payload is of.
    pub fn event(&self) -> &'e Event {
        self.event
    }

    /// Sets a number, an id or an address.
    pub fn u64(self, name: &str, value: u64) -> Self {
        let fits = |kind: Kind| match kind {
            Kind::U8 => value <= u64::from(u8::MAX),
            Kind::U16 => value <= u64::from(u16::MAX),
            Kind::U32 => value <= u64::from(u32::MAX),
            Kind::U64 | Kind::Uint | Kind::Pointer | Kind::Object | Kind::Context => true,
            _ => false,
        };
        self.slot(name, fits, value.to_le_bytes())
    }

    /// Sets a signed number.
    pub fn i64(self, name: &str, value: i64) -> Self {
        let fits = |kind: Kind| match kind {
            Kind::I32 => i32::try_from(value).is_ok(),
            Kind::I64 | Kind::Int => true,
            _ => false,
        };
        self.slot(name, fits, value.to_le_bytes())
    }

    /// Sets a variable field that is stored whole.
    pub fn bytes(self, name: &str, bytes: &[u8]) -> Self {
        let full_len = u32::try_from(bytes.len()).ok();
        self.variable(name, Variable { bytes, full_len, fault: false, null: false })
    }

    /// Sets a variable field.
    pub fn variable(mut self, name: &str, value: Variable<'_>) -> Self {
        let mut word = match u32::try_from(value.bytes.len()) {
            Ok(length) if length <= VARIABLE_LENGTH_MASK => length,
            _ => {
                self.wrong = Some(Invalid("variable field is too long"));
                return self;
            }
        };
        if value.fault {
            word |= VARIABLE_FAULT;
        }
        if value.null {
            word |= VARIABLE_NULL;
        }
        let full = value.full_len.unwrap_or(FULL_LENGTH_UNKNOWN);
        if let Some(tail) = self.index(name).and_then(|index| self.tails.get_mut(index)) {
            *tail = value.bytes.to_vec();
        }
        let slot = u64::from(full) << 32 | u64::from(word);
        self.slot(name, Kind::is_variable, slot.to_le_bytes())
    }

    /// The payload.
    ///
    /// # Errors
    /// A name that the event has not got, or a value that its field cannot hold, was set.
    pub fn finish(self) -> Result<Vec<u8>, Invalid> {
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        let mut out = Vec::with_capacity(self.event.fixed_len().into());
        for (field, slot) in self.event.fields.iter().zip(&self.slots) {
            out.extend(slot.iter().take(field.kind.width().into()));
        }
        for tail in &self.tails {
            out.extend_from_slice(tail);
        }
        Ok(out)
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.event.fields.iter().position(|field| field.name == name)
    }

    fn slot(mut self, name: &str, fits: impl Fn(Kind) -> bool, bytes: [u8; 8]) -> Self {
        let index = self.index(name);
        let field = index.and_then(|index| self.event.fields.get(index));
        match (field, index.and_then(|index| self.slots.get_mut(index))) {
            (Some(field), Some(slot)) if fits(field.kind) => *slot = bytes,
            (Some(_), _) => self.wrong = Some(Invalid("value does not fit its field")),
            _ => self.wrong = Some(Invalid("event has no field of this name")),
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::recorder::{CLOCK, RECORDING_STOPPED};
    use crate::schema::Schema;

    #[test]
    fn what_was_built_is_read_back_by_the_schema() {
        let payload = PayloadBuilder::new(&RECORDING_STOPPED)
            .u64("produced", 1 << 40)
            .i64("exit_status", -1)
            .u64("reason", 2)
            .variable("detail", Variable { bytes: b"SIG", full_len: Some(7), fault: true, null: false })
            .finish()
            .unwrap();
        let schema = Schema::builtin().get(RECORDING_STOPPED.id).unwrap();
        let values: Vec<_> = schema.values(&payload).unwrap().collect();
        assert_eq!(values[0], Value::U64(1 << 40));
        assert_eq!(values[1], Value::U64(0));
        assert_eq!(values[3], Value::I64(-1));
        assert_eq!(schema.value(&payload, 4), Some(Value::U64(2)));
        let Some(Value::Variable(Kind::Text, detail)) = schema.value(&payload, 5) else { panic!("detail") };
        assert_eq!((detail.bytes, detail.full_len, detail.fault), (&b"SIG"[..], Some(7), true));
        assert!(detail.is_truncated());
    }

    #[test]
    fn wrong_names_and_values_are_told() {
        assert!(PayloadBuilder::new(&CLOCK).u64("no_such_field", 1).finish().is_err());
        assert!(PayloadBuilder::new(&CLOCK).u64("realtime_ns", 1).finish().is_err());
        assert!(PayloadBuilder::new(&RECORDING_STOPPED).u64("reason", 1 << 32).finish().is_err());
        assert!(PayloadBuilder::new(&RECORDING_STOPPED).bytes("reason", b"x").finish().is_err());
        assert!(PayloadBuilder::new(&RECORDING_STOPPED).i64("exit_status", 1 << 31).finish().is_err());
    }

    #[test]
    fn payloads_that_do_not_add_up_have_no_values() {
        let payload = PayloadBuilder::new(&RECORDING_STOPPED).bytes("detail", b"abc").finish().unwrap();
        let schema = Schema::builtin().get(RECORDING_STOPPED.id).unwrap();
        for cut in 0..payload.len() {
            assert!(schema.values(&payload[..cut]).is_none(), "cut at {cut}");
        }
        let mut longer = payload.clone();
        longer.push(0);
        assert!(schema.values(&longer).is_none());
    }
}
