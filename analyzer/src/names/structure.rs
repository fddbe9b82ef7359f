//! C structures that calls are passed: their bytes as a JSON object, member by member, numbers by name where they have one.
//!
//! Layouts are those of x86_64, but for those that `aarch64` has otherwise. A structure cut short (by the recorder, or by a program that passes an older, smaller one)
//! shows the members that are there whole.

use std::fmt::Write as _;

use formats::arch::Arch;
use formats::artifact::Piece;

use super::{aarch64, naming};
use crate::json::is_active;
use crate::text;

pub(super) mod layout;

use layout::{BPF_ATTRS, Member, STRUCTURES, Storage};

/// Whether the hint names a structure that this build can take apart.
pub fn is_known(display: &str) -> bool {
    [BPF_ATTR, DATA, PIECES, JSON].contains(&display) || layout_of(display, None, Arch::default()).is_some()
}

/// The structure as a JSON object, keys in the order of its members, names as strings, other numbers as numbers, addresses
/// as hexadecimal strings. `command` is the row's `cmd`, which tells what a `bpf_attr` holds; `arch` is the recorded host's.
/// `None` for a hint, or a command, that this build does not know: the bytes are then all there is to show.
pub fn structure_json(display: &str, bytes: &[u8], command: Option<i64>, arch: Arch) -> Option<String> {
    match display {
        DATA => return Some(format!(r#"{{"bytes":{},"blake3":"{}"}}"#, bytes.len(), blake3::hash(bytes).to_hex())),
        PIECES => return Some(pieces_json(bytes)),
        JSON => return harmless(bytes).map(str::to_owned),
        _ => {}
    }
    let members = layout_of(display, command, arch)?;
    let mut json = String::from("{");
    for member in members {
        let Some(stored) = bytes.get(member.offset..).and_then(|rest| rest.get(..member.storage.size())) else {
            continue;
        };
        if json.len() > 1 {
            json.push(',');
        }
        let _ = write!(json, "\"{}\":", member.name);
        write_value(&mut json, member, stored, arch);
    }
    json.push('}');
    Some(json)
}

/// Hints of what is told about and not shown: content, and lists of its pieces.
const DATA: &str = "content_data";
const PIECES: &str = "artifact_pieces";
/// The hint of what is JSON already.
const JSON: &str = "json";
/// The hint of structures that depend on the command.
const BPF_ATTR: &str = "bpf_attr";

/// JSON in which a terminal would obey nothing; `None` for other bytes.
fn harmless(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains(is_active))?;
    serde_json::from_str::<serde_json::Value>(text).ok().map(|_| text)
}

fn pieces_json(bytes: &[u8]) -> String {
    let Ok(pieces) = Piece::decode_all(bytes) else { return r#"{"pieces":null}"#.to_owned() };
    let length: u64 = pieces.iter().map(|piece| u64::from(piece.length)).sum();
    let (first, last) = (pieces.first(), pieces.last());
    let offset = first.map_or(0, |piece| piece.offset);
    let end = last.map_or(0, |piece| piece.offset.saturating_add(piece.length.into()));
    format!(r#"{{"pieces":{},"bytes":{length},"offset":{offset},"end":{end}}}"#, pieces.len())
}

fn layout_of(display: &str, command: Option<i64>, arch: Arch) -> Option<&'static [Member]> {
    if display == BPF_ATTR {
        let found = BPF_ATTRS.iter().find(|(commands, _)| command.is_some_and(|command| commands.contains(&command)));
        return found.map(|(_, members)| *members);
    }
    let own = if arch == Arch::Aarch64 { aarch64::STRUCTURES } else { &[] };
    own.iter().chain(STRUCTURES).find(|(name, _)| *name == display).map(|(_, members)| *members)
}

/// A member's value: the bytes are as many as its storage takes.
fn write_value(json: &mut String, member: &Member, stored: &[u8], arch: Arch) {
    if let Storage::Name(_) = member.storage {
        let name = stored.split(|byte| *byte == 0).next().unwrap_or_default();
        write_string(json, &text::escape(name));
        return;
    }
    let mut wide = [0; 8];
    for (to, from) in wide.iter_mut().zip(stored) {
        *to = *from;
    }
    let bits = u64::from_le_bytes(wide);
    let signed = match member.storage {
        Storage::I32 => i64::from(bits as u32 as i32),
        _ => bits as i64,
    };
    match naming(member.hint, arch).and_then(|naming| naming.name(signed)) {
        Some(name) => write_string(json, &name),
        None if matches!(member.storage, Storage::I32 | Storage::I64) => {
            let _ = write!(json, "{signed}");
        }
        None => {
            let _ = write!(json, "{bits}");
        }
    }
}

fn write_string(json: &mut String, value: &str) {
    json.push('"');
    for character in value.chars() {
        match character {
            '"' | '\\' => {
                json.push('\\');
                json.push(character);
            }
            control if u32::from(control) < 0x20 => {
                let _ = write!(json, "\\u{:04x}", u32::from(control));
            }
            other => json.push(other),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use formats::arch::Arch;

    use super::{is_known, structure_json};

    #[test]
    fn open_how_is_shown_by_name() {
        let mut bytes = Vec::new();
        for word in [0o2000101_u64, 0o644, 0x08] {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        let json = structure_json("open_how", &bytes, None, Arch::X86_64);
        let expected = r#"{"flags":"O_WRONLY|O_CREAT|O_CLOEXEC","mode":"0644","resolve":"RESOLVE_BENEATH"}"#;
        assert_eq!(json.as_deref(), Some(expected));
    }

    #[test]
    fn content_is_told_about_and_not_shown() {
        let shown = |hint, bytes: &[u8]| structure_json(hint, bytes, None, Arch::X86_64).unwrap();
        let hash = blake3::hash(b"abc").to_hex();
        assert_eq!(shown("content_data", b"abc"), format!(r#"{{"bytes":3,"blake3":"{hash}"}}"#));
        let mut list = Vec::new();
        for (offset, length) in [(4096, 10), (8192, 1)] {
            formats::artifact::Piece { offset, length, flags: 0, digest: [1; 32] }.encode(&mut list);
        }
        assert_eq!(shown("artifact_pieces", &list), r#"{"pieces":2,"bytes":11,"offset":4096,"end":8193}"#);
        assert_eq!(shown("artifact_pieces", &list[1..]), r#"{"pieces":null}"#);
    }

    #[test]
    fn members_beyond_the_bytes_are_left_out() {
        let json = structure_json("timespec", &5_u64.to_le_bytes(), None, Arch::X86_64);
        assert_eq!(json.as_deref(), Some(r#"{"tv_sec":5}"#));
        assert_eq!(structure_json("timespec", &[1, 2, 3], None, Arch::X86_64).as_deref(), Some("{}"));
    }

    #[test]
    fn negative_members_keep_their_sign() {
        let mut bytes = 0x2008_0522_u32.to_le_bytes().to_vec();
        bytes.extend_from_slice(&(-1_i32).to_le_bytes());
        let json = structure_json("cap_header", &bytes, None, Arch::X86_64);
        assert_eq!(json.as_deref(), Some(r#"{"version":537396514,"pid":-1}"#));
    }

    #[test]
    fn an_unlimited_resource_is_named_and_a_large_one_is_not_negative() {
        let mut bytes = (u64::MAX - 1).to_le_bytes().to_vec();
        bytes.extend_from_slice(&u64::MAX.to_le_bytes());
        let json = structure_json("rlimit", &bytes, None, Arch::X86_64);
        assert_eq!(json.as_deref(), Some(r#"{"rlim_cur":18446744073709551614,"rlim_max":"RLIM_INFINITY"}"#));
    }

    #[test]
    fn clone_args_name_the_exit_signal() {
        let mut bytes = vec![0; 88];
        bytes[..8].copy_from_slice(&0x1_0002_0100_u64.to_le_bytes());
        bytes[32] = 17;
        let json = structure_json("clone_args", &bytes, None, Arch::X86_64).expect("a known structure");
        assert!(json.contains(r#""flags":"CLONE_VM|CLONE_NEWNS|CLONE_CLEAR_SIGHAND""#), "{json}");
        assert!(json.contains(r#""exit_signal":"SIGCHLD""#), "{json}");
    }

    #[test]
    fn a_bpf_attribute_depends_on_its_command() {
        let mut bytes = vec![0; 72];
        bytes[0] = 2;
        bytes[4] = 9;
        bytes[48..53].copy_from_slice(b"a\"b\xff\0");
        let json = structure_json("bpf_attr", &bytes, Some(5), Arch::X86_64).expect("BPF_PROG_LOAD");
        assert!(json.starts_with(r#"{"prog_type":"BPF_PROG_TYPE_KPROBE","insn_cnt":9,"#), "{json}");
        assert!(json.contains(r#""prog_name":"a\"b\\xff""#), "{json}");
        assert_eq!(structure_json("bpf_attr", &bytes, None, Arch::X86_64), None);
        assert_eq!(structure_json("bpf_attr", &bytes, Some(1_000), Arch::X86_64), None);
        assert!(is_known("bpf_attr") && !is_known("no_such_structure"));
    }
}
