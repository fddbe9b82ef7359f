//! Reads what `strace -f -X raw -xx -v` wrote: strings are all hexadecimal and constants all numbers, so that a line splits
//! without knowing the call.

use std::collections::HashMap;

/// Options that make strace print what this module reads. Calls named after `!` are decoded, all others are register values.
pub(crate) const OPTIONS: &[&str] =
    &["-f", "-v", "-xx", "-X", "raw", "-s", "200000", "-e", "raw=!execve,execveat,open,openat,openat2,creat,connect"];

/// What a call gave back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Outcome {
    /// The value in the return register, negative errors included.
    Returned(i64),
    /// The call was still running when its thread ended (`= ?`).
    Unfinished,
}

/// One system call as strace saw it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) tid: i64,
    pub(crate) name: String,
    /// Arguments as printed, split at the top level.
    pub(crate) args: Vec<String>,
    pub(crate) outcome: Outcome,
}

/// What strace saw, in the order in which calls ended.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) calls: Vec<Call>,
    /// Threads that ended because another thread of their process executed a program: (leader, the thread that did).
    pub(crate) superseded: Vec<(i64, i64)>,
}

/// Parses the output file.
///
/// # Panics
/// On a line that it does not understand: nothing is passed over in silence.
pub(crate) fn parse(text: &str) -> Trace {
    let mut trace = Trace::default();
    let mut running: HashMap<i64, String> = HashMap::new();
    for line in text.lines() {
        let (tid, rest) = line.split_once(' ').expect("a thread id opens each line");
        let tid: i64 = tid.parse().expect("a thread id opens each line");
        let rest = rest.trim_start();
        if rest.starts_with("---") {
            continue;
        }
        if let Some(end) = rest.strip_prefix("+++ ") {
            if let Some(by) = end.strip_prefix("superseded by execve in pid ") {
                let by: i64 = by.trim_end_matches(" +++").parse().expect("a thread id");
                trace.superseded.push((tid, by));
                // The call goes on under the id of the leader.
                let call = running.remove(&by).expect("a thread that executes is in a call");
                running.insert(tid, call);
            } else if let Some(call) = running.remove(&tid) {
                trace.calls.push(parse_call(tid, &format!("{call}) = ?")));
            }
        } else if let Some(start) = rest.strip_suffix("<unfinished ...>") {
            running.insert(tid, start.trim_end().to_owned());
        } else if rest.starts_with("<... ") {
            let (_, end) = rest.split_once(" resumed>").expect("a resumed call");
            let start = running.remove(&tid).expect("a resumed call was begun");
            let separator = if start.ends_with(',') { " " } else { "" };
            trace.calls.push(parse_call(tid, &format!("{start}{separator}{end}")));
        } else {
            trace.calls.push(parse_call(tid, rest));
        }
    }
    for (tid, call) in running {
        trace.calls.push(parse_call(tid, &format!("{call}) = ?")));
    }
    trace
}

/// `name(argument, ...) = value [ERROR (words)]`
fn parse_call(tid: i64, text: &str) -> Call {
    let (name, rest) = text.split_once('(').unwrap_or_else(|| panic!("not a call: {text}"));
    // Strings are hexadecimal, so the first parenthesis followed by an equals sign ends the arguments.
    let end = rest.match_indices(')').find(|(at, _)| rest[at + 1..].trim_start().starts_with("= "));
    let (end, _) = end.unwrap_or_else(|| panic!("no result: {text}"));
    let result = rest[end + 1..].trim_start().trim_start_matches("= ");
    Call { tid, name: name.to_owned(), args: split(&rest[..end]), outcome: parse_outcome(result, text) }
}

fn parse_outcome(result: &str, line: &str) -> Outcome {
    let mut words = result.split_whitespace();
    match (words.next(), words.next()) {
        (Some("?"), None) => Outcome::Unfinished,
        (Some("-1"), Some(error)) => Outcome::Returned(-error_number(error)),
        (Some(value), _) => Outcome::Returned(number(value).unwrap_or_else(|| panic!("result of {line}"))),
        (None, _) => panic!("no result: {line}"),
    }
}

/// A number as strace prints it: decimal, hexadecimal or octal.
pub(crate) fn number(text: &str) -> Option<i64> {
    if let Some(hexadecimal) = text.strip_prefix("0x") {
        return u64::from_str_radix(hexadecimal, 16).ok().map(u64::cast_signed);
    }
    if text == "NULL" {
        return Some(0);
    }
    match text.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => i64::from_str_radix(octal, 8).ok(),
        _ => text.parse().ok(),
    }
}

/// Splits at commas outside of brackets, braces and quotes.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let (mut depth, mut quoted, mut start) = (0_u32, false, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'[' | b'{' | b'(' if !quoted => depth += 1,
            b']' | b'}' | b')' if !quoted => depth = depth.saturating_sub(1),
            b',' if !quoted && depth == 0 => {
                parts.push(text[start..at].trim().to_owned());
                start = at + 1;
            }
            _ => {}
        }
    }
    if !text[start..].trim().is_empty() {
        parts.push(text[start..].trim().to_owned());
    }
    parts
}

/// Bytes of a string printed by `-xx`: `"\x2f\x74"`. `None` for an address that could not be read.
pub(crate) fn string(text: &str) -> Option<Vec<u8>> {
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    let digits: Vec<&str> = inside.split("\\x").skip(1).collect();
    digits.iter().map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

/// The strings of `["\x61", "\x62"]`. `None` for an address that could not be read.
pub(crate) fn strings(text: &str) -> Option<Vec<Vec<u8>>> {
    let inside = text.strip_prefix('[')?.strip_suffix(']')?;
    split(inside).iter().map(|part| string(part)).collect()
}

/// Member `name` of `{name=value, ...}` as printed.
pub(crate) fn member(text: &str, name: &str) -> Option<String> {
    let inside = text.strip_prefix('{')?.strip_suffix('}')?;
    let parts = split(inside);
    parts.iter().find_map(|part| part.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

/// The kernel's number of an error name, including those that never reach a program (`ERESTARTSYS`).
fn error_number(name: &str) -> i64 {
    let known: &[(&str, i32)] = &[
        ("EPERM", libc::EPERM),
        ("ENOENT", libc::ENOENT),
        ("EINTR", libc::EINTR),
        ("EIO", libc::EIO),
        ("ENXIO", libc::ENXIO),
        ("E2BIG", libc::E2BIG),
        ("EBADF", libc::EBADF),
        ("ECHILD", libc::ECHILD),
        ("EAGAIN", libc::EAGAIN),
        ("ENOMEM", libc::ENOMEM),
        ("EACCES", libc::EACCES),
        ("EFAULT", libc::EFAULT),
        ("EEXIST", libc::EEXIST),
        ("EXDEV", libc::EXDEV),
        ("ENOTDIR", libc::ENOTDIR),
        ("EISDIR", libc::EISDIR),
        ("EINVAL", libc::EINVAL),
        ("ENFILE", libc::ENFILE),
        ("ENOTTY", libc::ENOTTY),
        ("ESPIPE", libc::ESPIPE),
        ("EPIPE", libc::EPIPE),
        ("ENAMETOOLONG", libc::ENAMETOOLONG),
        ("ENOSYS", libc::ENOSYS),
        ("ELOOP", libc::ELOOP),
        ("ENOTSOCK", libc::ENOTSOCK),
        ("EOPNOTSUPP", libc::EOPNOTSUPP),
        ("EAFNOSUPPORT", libc::EAFNOSUPPORT),
        ("ENOTCONN", libc::ENOTCONN),
        ("ECONNREFUSED", libc::ECONNREFUSED),
        ("ERESTARTSYS", 512),
        ("ERESTARTNOINTR", 513),
        ("ERESTARTNOHAND", 514),
        ("ERESTART_RESTARTBLOCK", 516),
    ];
    let found = known.iter().find(|(known, _)| *known == name);
    i64::from(found.unwrap_or_else(|| panic!("error {name} is not in the table")).1)
}

#[test]
fn a_line_splits_without_knowing_the_call() {
    let text = "7  openat(-100, \"\\x2f\\x61\", 0x80000 <unfinished ...>\n\
                8  execve(\"\\x62\", [\"\\x63\", \"\"], 0x7ff /* 2 vars */) = 0\n\
                7  <... openat resumed>)     = -1 ENOENT (No such file or directory)\n\
                7  pause( <unfinished ...>\n7  +++ killed by SIGKILL +++\n";
    let trace = parse(text);
    assert_eq!(trace.calls.len(), 3);
    assert_eq!(trace.calls[0].name, "execve");
    assert_eq!(strings(&trace.calls[0].args[1]), Some(vec![b"c".to_vec(), Vec::new()]));
    assert_eq!((trace.calls[1].tid, trace.calls[1].outcome), (7, Outcome::Returned(-2)));
    assert_eq!(string(&trace.calls[1].args[1]), Some(b"/a".to_vec()));
    assert_eq!((trace.calls[2].name.as_str(), trace.calls[2].outcome), ("pause", Outcome::Unfinished));
}
