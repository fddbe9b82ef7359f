//! What frames say of artifacts, taken out of their payloads by the segment's own schema.

use formats::artifact::{Digest, artifact_flags};
use formats::payload::Value;
use formats::schema::EventSchema;

/// An `artifact` record.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Record<'a> {
    pub(super) artifact: u64,
    pub(super) size: u64,
    pub(super) stored: u64,
    pub(super) part: u64,
    pub(super) parts: u64,
    pub(super) sha256: Option<Digest>,
    /// The pieces as they are stored.
    pub(super) pieces: &'a [u8],
}

impl<'a> Record<'a> {
    /// `None` when the payload is malformed.
    pub(super) fn decode(schema: &'a EventSchema, payload: &'a [u8]) -> Option<Record<'a>> {
        let mut record = Record::default();
        for (field, value) in schema.fields.iter().zip(schema.values(payload)?) {
            match (field.name.as_str(), value) {
                ("artifact", Value::U64(number)) => record.artifact = number,
                ("size", Value::U64(number)) => record.size = number,
                ("stored", Value::U64(number)) => record.stored = number,
                ("part", Value::U64(number)) => record.part = number,
                ("parts", Value::U64(number)) => record.parts = number,
                ("sha256", Value::Variable(_, variable)) => record.sha256 = variable.bytes.try_into().ok(),
                ("pieces", Value::Variable(_, variable)) => record.pieces = variable.bytes,
                _ => {}
            }
        }
        Some(record)
    }
}

/// What an `artifact_source` record says about the artifact itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SourceRecord {
    pub(super) artifact: u64,
    pub(super) at_ns: u64,
    pub(super) missing: u64,
    pub(super) is_complete: bool,
}

impl SourceRecord {
    /// `None` when the payload is malformed.
    pub(super) fn decode(schema: &EventSchema, payload: &[u8]) -> Option<SourceRecord> {
        let mut record = SourceRecord::default();
        for (field, value) in schema.fields.iter().zip(schema.values(payload)?) {
            match (field.name.as_str(), value) {
                ("artifact", Value::U64(number)) => record.artifact = number,
                ("at_ns", Value::U64(number)) => record.at_ns = number,
                ("missing", Value::U64(number)) => record.missing = number,
                ("flags", Value::U64(flags)) => {
                    record.is_complete = flags & u64::from(artifact_flags::COMPLETE) != 0;
                }
                _ => {}
            }
        }
        Some(record)
    }
}

/// A piece's bytes, and the digest that its frame gives them (empty when it gives none).
pub(super) fn piece<'a>(schema: &'a EventSchema, payload: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (mut digest, mut data): (&[u8], &[u8]) = (&[], &[]);
    for (field, value) in schema.fields.iter().zip(schema.values(payload)?) {
        match (field.name.as_str(), value) {
            ("digest", Value::Variable(_, variable)) => digest = variable.bytes,
            ("data", Value::Variable(_, variable)) => data = variable.bytes,
            _ => {}
        }
    }
    Some((digest, data))
}
