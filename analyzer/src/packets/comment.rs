//! The comment of a packet in a file: who owns it, in one line of `name=value` words that programs take apart again.
//!
//! A value is text as columns have it (`\xff` for a byte that is not UTF-8, `\\` for a backslash); in addition, the bytes of
//! spaces, controls, and of what turns the direction of text or hides in it are written as `\x20`. So a value has no space,
//! and [`text::unescape`] gives its bytes back.

use std::fmt::Write;

use super::Packet;
use crate::json::is_active;

/// The comment.
pub fn comment(packet: &Packet<'_>) -> String {
    let mut line = String::new();
    if let Some(owner) = packet.owner() {
        number(&mut line, "pid", owner.host_pid);
        number(&mut line, "tid", owner.host_tid);
    }
    word(&mut line, "comm", packet.comm().as_deref());
    word(&mut line, "exe", packet.row.exe());
    word(&mut line, "container", packet.row.container_id());
    word(&mut line, "owner_by", Some(&packet.owner_by()));
    if let Some(segments) = packet.segments() {
        number(&mut line, "gso_segs", segments);
        number(&mut line, "gso_size", packet.gso_size);
    }
    line
}

fn number(line: &mut String, name: &str, number: u32) {
    // A string takes whatever is written to it.
    let _ = write!(line, "{}{name}={number}", if line.is_empty() { "" } else { " " });
}

fn word(line: &mut String, name: &str, value: Option<&str>) {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return };
    if !line.is_empty() {
        line.push(' ');
    }
    line.push_str(name);
    line.push('=');
    value_into(line, value);
}

/// Appends text of a column so that it is one word and shows what it is.
pub(super) fn value_into(line: &mut String, value: &str) {
    for c in value.chars() {
        if c != ' ' && !c.is_whitespace() && !is_active(c) {
            line.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            let _ = write!(line, "\\x{byte:02x}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::value_into;
    use crate::text::{escape, unescape};

    fn value(bytes: &[u8]) -> String {
        let mut line = String::new();
        value_into(&mut line, &escape(bytes));
        line
    }

    #[test]
    fn a_value_is_one_word_and_its_bytes_come_back() {
        for (bytes, expected) in [
            (&b"curl"[..], "curl"),
            (b"a b=c", "a\\x20b=c"),
            (b"x\npid=1", "x\\x0apid=1"),
            (b"\xff\0\\x41", "\\xff\\x00\\\\x41"),
            (b"\x1b[2J", "\\x1b[2J"),
            ("gpj.\u{202e}exe".as_bytes(), "gpj.\\xe2\\x80\\xaeexe"),
            ("a\u{a0}\u{3000}b".as_bytes(), "a\\xc2\\xa0\\xe3\\x80\\x80b"),
            ("größe".as_bytes(), "größe"),
        ] {
            assert_eq!(value(bytes), expected);
            assert_eq!(unescape(expected).as_deref(), Some(bytes));
        }
        let every: Vec<u8> = (0..=255).collect();
        let word = value(&every);
        assert!(!word.contains(char::is_whitespace) && !word.contains(char::is_control));
        assert_eq!(unescape(&word), Some(every));
    }
}
