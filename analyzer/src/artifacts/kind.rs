//! What content is, by its first bytes.

/// First bytes that are looked at.
pub(super) const HEAD_BYTES: usize = 512;

/// Magic numbers: where they stand, what they are, what they mean.
const MAGIC: &[(usize, &[u8], &str)] = &[
    (0, b"\x7fELF", "elf"),
    (0, b"#!", "script"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"\xfd7zXZ\0", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (0, b"BZh", "bzip2"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (257, b"ustar", "tar"),
    (0, b"070701", "cpio"),
    (0, b"070702", "cpio"),
    (0, b"!<arch>\n", "ar"),
    (0, b"\xed\xab\xee\xdb", "rpm"),
    (0, b"MZ", "pe"),
];

/// Of content without any bytes.
pub(super) const EMPTY: &str = "empty";

/// What content that begins with these bytes is; [`name`] has the word.
pub(super) fn of(head: &[u8]) -> u8 {
    let stands = |(at, magic, _): &(usize, &[u8], &str)| head.get(*at..).is_some_and(|rest| rest.starts_with(magic));
    let number = MAGIC.iter().position(stands).unwrap_or(if is_text(&head[..head.len().min(HEAD_BYTES)]) {
        MAGIC.len()
    } else {
        MAGIC.len() + 1
    });
    number as u8
}

/// The word for a number of [`of`]: one of the table above, `text` or `data`.
pub(super) fn name(number: u8) -> &'static str {
    let at = usize::from(number);
    MAGIC.get(at).map_or(if at == MAGIC.len() { "text" } else { "data" }, |(_, _, name)| name)
}

/// UTF-8, perhaps cut within a character at the end, without controls that text has no use for.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && text.chars().all(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\x0c' | '\x1b'))
}

#[cfg(test)]
mod tests {
    use super::{name, of};

    #[test]
    fn content_is_known_by_its_first_bytes() {
        let mut tar = vec![0; 512];
        tar[..4].copy_from_slice(b"name");
        tar[257..262].copy_from_slice(b"ustar");
        for (head, kind) in [
            (&b"\x7fELF\x02\x01"[..], "elf"),
            (b"#!/bin/sh\n", "script"),
            (b"\x1f\x8b\x08", "gzip"),
            (b"PK\x03\x04rest", "zip"),
            (&tar, "tar"),
            ("größe\n\tx".as_bytes(), "text"),
            (&"größe".as_bytes()[..3], "text"),
            (b"\x7fEL", "data"),
            (b"a\0b", "data"),
            (b"a\xffb", "data"),
            (b"\xc3", "data"),
        ] {
            assert_eq!(name(of(head)), kind, "{head:?}");
        }
    }
}
