//! Schema rows as a schema block holds them.

use std::collections::HashSet;

use super::{EventSchema, FieldSchema};
use crate::cursor::Cursor;
use crate::error::Invalid;
use crate::event::{Kind, Lane};

/// Longest name of an event, a field or a display hint, in bytes.
const NAME_LIMIT: usize = 64;
/// Longest description, in bytes.
const DOC_LIMIT: usize = 4096;
/// Most fields of one event.
const FIELD_LIMIT: u16 = 256;
/// Bit of a field's flags: read from user memory.
const FROM_USER: u8 = 1;

/// The bytes of these rows.
pub(super) fn encode<'a>(events: impl Iterator<Item = &'a EventSchema>) -> Vec<u8> {
    let mut out = vec![0; 4];
    let mut count = 0u32;
    for event in events {
        count = count.saturating_add(1);
        out.extend_from_slice(&event.id.to_le_bytes());
        out.push(event.lane as u8);
        out.push(0);
        text(&mut out, &event.name);
        text(&mut out, &event.doc);
        out.extend_from_slice(&u16::try_from(event.fields.len()).unwrap_or(u16::MAX).to_le_bytes());
        for field in &event.fields {
            out.push(field.kind_number);
            out.push(if field.from_user { FROM_USER } else { 0 });
            text(&mut out, &field.name);
            text(&mut out, &field.display);
            text(&mut out, &field.doc);
        }
    }
    if let Some(first) = out.first_chunk_mut() {
        *first = count.to_le_bytes();
    }
    out
}

fn text(out: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend(text.bytes().take(length.into()));
}

/// Gives every row to `each`, stopping at the first that is wrong.
pub(super) fn decode(bytes: &[u8], mut each: impl FnMut(EventSchema) -> Result<(), Invalid>) -> Result<(), Invalid> {
    let mut cursor = Cursor::new(bytes);
    for _ in 0..cursor.u32()? {
        each(event(&mut cursor)?)?;
    }
    if cursor.is_empty() { Ok(()) } else { Err(Invalid("schema is longer than its rows")) }
}

fn event(cursor: &mut Cursor<'_>) -> Result<EventSchema, Invalid> {
    let id = cursor.u16()?;
    let lane = Lane::from_number(cursor.u8()?).ok_or(Invalid("schema names a lane that is not known"))?;
    let _reserved = cursor.u8()?;
    let name = name(cursor)?;
    let doc = doc(cursor)?;
    let mut event = EventSchema { id, name, doc, lane, fixed_len: 0, fields: Vec::new() };
    let fields = cursor.u16()?;
    if event.name.is_empty() || fields > FIELD_LIMIT {
        return Err(Invalid("schema row has no name or too many fields"));
    }
    for _ in 0..fields {
        event.push(field(cursor)?);
    }
    let mut names = HashSet::new();
    if !event.fields.iter().all(|field| !field.name.is_empty() && names.insert(&field.name)) {
        return Err(Invalid("schema row has a field without a name, or two of one name"));
    }
    Ok(event)
}

fn field(cursor: &mut Cursor<'_>) -> Result<FieldSchema, Invalid> {
    let kind_number = cursor.u8()?;
    let flags = cursor.u8()?;
    Ok(FieldSchema {
        name: name(cursor)?,
        kind: Kind::from_number(kind_number),
        kind_number,
        display: words(cursor, b"_.")?,
        from_user: flags & FROM_USER != 0,
        doc: doc(cursor)?,
        offset: 0,
        width: 0,
    })
}

/// A plain word: it becomes a column's or a table's name.
fn name(cursor: &mut Cursor<'_>) -> Result<String, Invalid> {
    words(cursor, b"_")
}

/// Letters, digits and what else is named: a display hint may be two words with a point between them.
fn words(cursor: &mut Cursor<'_>, others: &[u8]) -> Result<String, Invalid> {
    let length = cursor.u16()?.into();
    let bytes = cursor.bytes(length)?;
    let plain = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9') || others.contains(byte);
    if length > NAME_LIMIT || !bytes.iter().all(plain) {
        return Err(Invalid("schema name is not a plain word"));
    }
    Ok(bytes.iter().map(|byte| char::from(*byte)).collect())
}

fn doc(cursor: &mut Cursor<'_>) -> Result<String, Invalid> {
    let length = cursor.u16()?.into();
    let text = std::str::from_utf8(cursor.bytes(length)?).map_err(|_| Invalid("schema description is not UTF-8"))?;
    if length > DOC_LIMIT || text.chars().any(char::is_control) {
        return Err(Invalid("schema description is too long or not plain text"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::schema::Schema;

    #[test]
    fn rows_come_back_as_they_were_stored() {
        let builtin = Schema::builtin();
        let bytes = builtin.store(builtin.events().iter().map(|event| event.id));
        let mut schema = Schema::new();
        schema.merge(&bytes).unwrap();
        assert_eq!(schema.events(), builtin.events());
    }

    #[test]
    fn cut_or_altered_rows_never_panic() {
        let bytes = Schema::builtin().store([1, 4, 257]);
        for cut in 0..bytes.len() {
            assert!(Schema::new().merge(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 0xff;
            let _ = Schema::new().merge(&altered);
        }
    }

    #[test]
    fn names_that_are_no_plain_words_are_refused() {
        let mut schema = Schema::builtin().get(4).unwrap().clone();
        for name in ["", "Loss", "a b", "x\"; drop table", "é"] {
            schema.name = name.to_owned();
            let mut one = Schema::new();
            one.insert(schema.clone()).unwrap();
            assert!(Schema::new().merge(&one.store([4])).is_err(), "{name}");
        }
    }
}
