//! Arguments of the calls that strace decodes (open, execve and connect in all their forms), compared with the columns of
//! the capture's rows.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};

use serde_json::Value;

use super::recorded::{Identity, identity};
use super::strace::{self, Call};
use crate::capture::{Capture, unescape};

/// How an argument is compared.
#[derive(Clone, Copy)]
enum Form {
    /// A C `int` or a flag word: 32 bits.
    Number,
    Path,
    Array,
    Address,
    /// `struct open_how`.
    How,
}

use Form::{Address, Array, How, Number, Path};

/// A kind of call and its arguments, in order.
type Kind = (&'static str, &'static [(&'static str, Form)]);

/// The calls of which strace decodes every argument.
const KINDS: &[Kind] = &[
    ("open", &[("pathname", Path), ("flags", Number), ("mode", Number)]),
    ("openat", &[("dirfd", Number), ("pathname", Path), ("flags", Number), ("mode", Number)]),
    ("openat2", &[("dirfd", Number), ("pathname", Path), ("how", How), ("size", Number)]),
    ("creat", &[("pathname", Path), ("mode", Number)]),
    ("execve", &[("pathname", Path), ("argv", Array), ("envp", Array)]),
    ("execveat", &[("dirfd", Number), ("pathname", Path), ("argv", Array), ("envp", Array), ("flags", Number)]),
    ("connect", &[("sockfd", Number), ("addr", Address), ("addrlen", Number)]),
];

/// Names of those calls.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(name, _)| *name)
}

/// Rows of those calls with their columns.
pub(crate) fn rows(capture: &Capture) -> BTreeMap<Identity, Value> {
    let table = |name| capture.query(&format!("select * from {name}"));
    names().flat_map(table).map(|row| (identity(&row), row)).collect()
}

/// Compares each argument that strace printed. Gives the number of arguments, or what differs.
pub(crate) fn compare(call: &Call, row: &Value) -> Result<usize, String> {
    let (_, arguments) = KINDS.iter().find(|(name, _)| *name == call.name).ok_or("not a decoded call")?;
    for ((name, form), printed) in arguments.iter().zip(&call.args) {
        let found = &row[*name];
        let equal = match form {
            Number => number(row, name) == strace::number(printed).map(|expected| expected as i32),
            _ if printed == "NULL" => found.is_null(),
            _ if printed.starts_with("0x") => is_fault(row, name),
            Path => is_path(printed, found, extent(row, name)),
            Array => is_array(printed, found, extent(row, name)),
            Address => found.as_str() == Some(&address(printed)),
            How => is_how(printed, found),
        };
        if !equal {
            return Err(format!(
                "{name}: strace {printed:.400}, capture {:.400}, truncated {}",
                found.to_string(),
                row["truncated"]
            ));
        }
    }
    Ok(call.args.len().min(arguments.len()))
}

/// The number behind a column that may show a name.
fn number(row: &Value, name: &str) -> Option<i32> {
    let number = row.get(format!("{name}_number")).or_else(|| row.get(name))?;
    number.as_i64().map(|number| number as i32)
}

/// What `truncated` says of a field.
fn truncated(row: &Value, name: &str) -> Option<Value> {
    let text = row["truncated"].as_str()?;
    let fields: Value = serde_json::from_str(text).expect("`truncated` is JSON");
    fields.get(name).cloned()
}

fn is_fault(row: &Value, name: &str) -> bool {
    truncated(row, name).is_some_and(|what| what == "fault")
}

/// How much of a field is there.
enum Extent {
    Whole,
    /// It was cut from this many bytes.
    CutFrom(usize),
    /// It was cut, and how long it was could not be told without reading it all.
    Cut,
}

fn extent(row: &Value, name: &str) -> Extent {
    match truncated(row, name) {
        None => Extent::Whole,
        Some(length) => length.as_u64().map_or(Extent::Cut, |length| Extent::CutFrom(length as usize)),
    }
}

fn is_path(printed: &str, found: &Value, extent: Extent) -> bool {
    let Some(found) = found.as_str().map(unescape) else { return false };
    // strace stops where the kernel would refuse the path as too long, and then writes dots.
    let (printed, dots) = printed.strip_suffix("...").map_or((printed, false), |start| (start, true));
    let Some(expected) = strace::string(printed) else { return false };
    let common = expected.len().min(found.len());
    match extent {
        Extent::Whole => !dots && found == expected,
        Extent::CutFrom(full) => full >= expected.len() && common >= 4000 && found[..common] == expected[..common],
        Extent::Cut => dots && common >= 4000 && found[..common] == expected[..common],
    }
}

fn is_array(printed: &str, found: &Value, extent: Extent) -> bool {
    let (Some(expected), Some(found)) = (strace::strings(printed), found.as_str()) else { return false };
    let found: Vec<String> = serde_json::from_str(found).expect("an array column is JSON");
    let found: Vec<Vec<u8>> = found.iter().map(|text| unescape(text)).collect();
    // Each string ends in a NUL, but for one that was cut.
    let bytes = |strings: &[Vec<u8>]| strings.iter().flat_map(|text| [text, &b"\0"[..]].concat()).collect::<Vec<u8>>();
    let is_start = || bytes(&expected).starts_with(bytes(&found).strip_suffix(b"\0").unwrap_or_default());
    match extent {
        Extent::Whole => found == expected,
        Extent::CutFrom(full) => bytes(&expected).len() == full && is_start(),
        // Only what is longer than any buffer for it is cut without telling the length.
        Extent::Cut => bytes(&expected).len() > 4096 && is_start(),
    }
}

/// Strace's members of a socket address, written as the capture's column has it.
fn address(printed: &str) -> String {
    let member = |name: &str| strace::member(printed, name);
    let bytes = |name: &str| member(name).and_then(|text| strace::string(&text));
    let port = |name: &str| bytes(name).and_then(|bytes| Some(u16::from_be_bytes(bytes.try_into().ok()?)));
    match member("sa_family").and_then(|family| strace::number(&family)) {
        Some(1) => {
            let path = member("sun_path").expect("a path");
            let (at, path) = path.strip_prefix('@').map_or(("", path.as_str()), |name| ("@", name));
            let path = strace::string(path).expect("a path");
            format!("{at}{}", String::from_utf8(path).expect("the program's names are ASCII"))
        }
        Some(2) => match (port("sin_port"), bytes("sin_addr").and_then(|bytes| <[u8; 4]>::try_from(bytes).ok())) {
            (Some(port), Some(ip)) => SocketAddrV4::new(Ipv4Addr::from(ip), port).to_string(),
            _ => "AF_INET".to_owned(),
        },
        Some(10) => {
            let ip = bytes("sin6_addr").and_then(|bytes| <[u8; 16]>::try_from(bytes).ok()).expect("an address");
            let scope = member("sin6_scope_id").and_then(|scope| strace::number(&scope)).unwrap_or(0);
            SocketAddrV6::new(Ipv6Addr::from(ip), port("sin6_port").expect("a port"), 0, scope as u32).to_string()
        }
        family => panic!("the program uses no address of family {family:?}: {printed}"),
    }
}

/// The program opens with `resolve` alone, so that is the member to find.
fn is_how(printed: &str, found: &Value) -> bool {
    let resolve = strace::member(printed, "resolve").and_then(|resolve| strace::number(&resolve));
    resolve == Some(8) && found.as_str().is_some_and(|found| found.contains("RESOLVE_BENEATH"))
}
