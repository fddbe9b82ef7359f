//! Reads protobuf messages where they lie: field by field, borrowed, nothing built.
//!
//! A decoder that builds a message first would let four megabytes of empty containers become hundreds of megabytes of
//! structures. Here whoever reads stops when enough has been read.

/// The bytes are not a protobuf message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// What a field holds.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) enum Value<'a> {
    /// A varint.
    Number(u64),
    /// A string, bytes, a message or packed numbers.
    Bytes(&'a [u8]),
    /// A fixed-width number; no message that is read here has one.
    Fixed,
}

impl<'a> Value<'a> {
    /// The text of a string field, which has to be UTF-8.
    pub(crate) fn text(self) -> Result<&'a str, Malformed> {
        str::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }

    /// The insides of a length-delimited field.
    pub(crate) fn bytes(self) -> Result<&'a [u8], Malformed> {
        match self {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(Malformed),
        }
    }

    /// The value of a varint field.
    pub(crate) fn number(self) -> Result<u64, Malformed> {
        match self {
            Value::Number(number) => Ok(number),
            _ => Err(Malformed),
        }
    }
}

/// The fields of a message in the order they were written. Ends after the first error.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or(Malformed)?;
            self.0 = rest;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Malformed);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(length).map_err(|_| Malformed)?;
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn field(&mut self) -> Result<(u32, Value<'a>), Malformed> {
        let tag = u32::try_from(self.varint()?).map_err(|_| Malformed)?;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            _ => return Err(Malformed),
        };
        match tag >> 3 {
            0 => Err(Malformed),
            number => Ok((number, value)),
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Value<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

/// Appends a field that is a string or a message to a message.
pub(crate) fn put_bytes(message: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    message.push(number << 3 | 2);
    let mut length = bytes.len();
    while length >= 0x80 {
        message.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    message.push(length as u8);
    message.extend_from_slice(bytes);
}

/// Appends a field that is true to a message.
pub(crate) fn put_true(message: &mut Vec<u8>, number: u8) {
    message.extend_from_slice(&[number << 3, 1]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_read() {
        let long = "x".repeat(300);
        let mut message = Vec::new();
        put_bytes(&mut message, 1, long.as_bytes());
        put_true(&mut message, 2);
        let fields: Vec<_> = Fields(&message).collect();
        assert_eq!(fields, [Ok((1, Value::Bytes(long.as_bytes()))), Ok((2, Value::Number(1)))]);
    }

    #[test]
    fn every_cut_and_every_flipped_byte_ends() {
        let mut message = Vec::new();
        put_bytes(&mut message, 3, b"a name");
        put_true(&mut message, 4);
        for end in 0..message.len() {
            assert!(Fields(&message[..end]).count() <= 2);
            for byte in 0..=255 {
                let mut wrong = message.clone();
                wrong[end] = byte;
                assert!(Fields(&wrong).count() <= message.len());
            }
        }
    }

    #[test]
    fn a_length_past_the_end_and_an_endless_varint_are_malformed() {
        assert_eq!(Fields(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]).next(), Some(Err(Malformed)));
        assert_eq!(Fields(&[0xff; 64]).next(), Some(Err(Malformed)));
        assert_eq!(Fields(&[0x0b]).next(), Some(Err(Malformed)), "a group");
        assert_eq!(Fields(&[0x02, 0x00]).next(), Some(Err(Malformed)), "field 0");
    }
}
