//! What the modifiers of encodings make of a value's bytes.

/// Characters of two bytes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Utf16 {
    /// The low byte first, without a mark.
    Little,
    /// The high byte first, without a mark.
    Big,
    /// The low byte first, behind a byte order mark.
    Marked,
}

/// UTF-8 as UTF-16; `None` when it is no UTF-8.
pub(super) fn utf16(bytes: &[u8], form: Utf16) -> Option<Vec<u8>> {
    let units = std::str::from_utf8(bytes).ok()?.encode_utf16();
    let mut encoded: Vec<u8> = Vec::with_capacity(bytes.len().saturating_mul(2));
    if form == Utf16::Marked {
        encoded.extend([0xff, 0xfe]);
    }
    for unit in units {
        encoded.extend(if form == Utf16::Big { unit.to_be_bytes() } else { unit.to_le_bytes() });
    }
    Some(encoded)
}

/// Base64 with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4_usize {
            let letter = LETTERS.get((bits >> (18 - 6 * place) & 63) as usize).copied().unwrap_or(b'=');
            text.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

/// What is the same wherever in encoded text the bytes stand: one text for each of the three places in a group.
pub(super) fn base64_offsets(bytes: &[u8]) -> [String; 3] {
    [0_usize, 1, 2].map(|offset| {
        let mut padded = vec![b' '; offset];
        padded.extend_from_slice(bytes);
        let encoded = base64(&padded);
        // Letters at the ends hold bits of whatever stands beside the bytes.
        let start = (offset * 8).div_ceil(6);
        let end = padded.len().saturating_mul(8) / 6;
        encoded.get(start..end).unwrap_or_default().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::{Utf16, base64, base64_offsets, utf16};

    #[test]
    fn base64_pads() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn offsets_are_found_wherever_the_bytes_stand() {
        assert_eq!(base64_offsets(b"/bin/bash"), ["L2Jpbi9iYXNo", "9iaW4vYmFza", "vYmluL2Jhc2"]);
        for wanted in ["/bin/bash", "/bin/sh", "x=", "abcd"] {
            for before in ["", "a", "ab", "abc"] {
                for after in ["", "x", "yz"] {
                    let whole = base64(format!("{before}{wanted}{after}").as_bytes());
                    let offsets = base64_offsets(wanted.as_bytes());
                    assert!(offsets.iter().any(|part| whole.contains(part.as_str())), "{before}{wanted}{after}");
                }
            }
        }
    }

    #[test]
    fn utf16_has_two_bytes_a_character() {
        assert_eq!(utf16(b"ab", Utf16::Little).unwrap(), b"a\0b\0");
        assert_eq!(utf16(b"ab", Utf16::Big).unwrap(), b"\0a\0b");
        assert_eq!(utf16(b"a", Utf16::Marked).unwrap(), b"\xff\xfea\0");
        assert_eq!(utf16(b"\xff", Utf16::Little), None);
    }
}
