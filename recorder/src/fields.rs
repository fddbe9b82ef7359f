//! Fixed fields of built-in events, read without looking for them: where each lies is known when compiling.

use formats::event::Event;

/// Where a fixed field of a built-in event lies: offset and width. Evaluated when compiling.
pub(crate) const fn place(event: &Event, name: &str) -> (usize, usize) {
    let mut index = 0;
    while index < event.fields.len() {
        if is_same(event.fields[index].name, name) {
            return (event.offset(index) as usize, event.fields[index].kind.width() as usize);
        }
        index += 1;
    }
    panic!("the event has no such field")
}

const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// A fixed field's number out of a payload.
pub(crate) fn number(payload: &[u8], (offset, width): (usize, usize)) -> Option<u64> {
    let bytes = payload.get(offset..offset + width)?;
    Some(bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)))
}

/// The number in a field of a built-in event's payload.
macro_rules! field {
    ($event:expr, $payload:expr, $name:literal) => {{
        const PLACE: (usize, usize) = $crate::fields::place(&$event, $name);
        $crate::fields::number($payload, PLACE)
    }};
}

pub(crate) use field;
