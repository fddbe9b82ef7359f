//! The first bytes of a text as a number: what has to be compared byte by byte is little after that.

/// The first eight bytes, in the order of texts; zeros where there are fewer.
pub(super) fn head(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(first) => u64::from_be_bytes(*first),
        None => padded(bytes.iter()),
    }
}

/// The last eight bytes, from the last on.
pub(super) fn tail(bytes: &[u8]) -> u64 {
    match bytes.last_chunk() {
        Some(last) => u64::from_le_bytes(*last),
        None => padded(bytes.iter().rev()),
    }
}

fn padded<'a>(bytes: impl Iterator<Item = &'a u8>) -> u64 {
    let mut first = [0; 8];
    for (place, byte) in first.iter_mut().zip(bytes) {
        *place = *byte;
    }
    u64::from_be_bytes(first)
}

/// The same eight bytes with ASCII letters in lower case.
pub(super) fn lower(head: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // The highest bit of each byte says whether it is at least, or above, a letter.
    let low = head & (EACH * 0x7f);
    let from_a = low + EACH * u64::from(0x80 - b'A');
    let above_z = low + EACH * u64::from(0x7f - b'Z');
    let is_upper = (from_a ^ above_z) & !head & (EACH * 0x80);
    head | is_upper >> 2
}

#[cfg(test)]
mod tests {
    use super::{head, lower, tail};

    #[test]
    fn bytes_stand_in_their_order() {
        assert_eq!(head(b"abcdefghi"), u64::from_be_bytes(*b"abcdefgh"));
        assert_eq!(head(b"ab"), u64::from_be_bytes(*b"ab\0\0\0\0\0\0"));
        assert_eq!(tail(b"xabcdefgh"), u64::from_be_bytes(*b"hgfedcba"));
        assert_eq!(tail(b"ab"), u64::from_be_bytes(*b"ba\0\0\0\0\0\0"));
    }

    #[test]
    fn letters_are_folded_as_one_by_one() {
        for first in 0..=255_u8 {
            let bytes = [first, b'@', b'A', b'Z', b'[', first.wrapping_add(1), 0, 255];
            assert_eq!(lower(head(&bytes)), head(&bytes.to_ascii_lowercase()));
        }
    }
}
