//! How `--capture KIND[:FILTER]` is written.

use policy::names::unknown_or;

use super::CaptureKind;
use super::filter::{Filter, Type};

/// Patterns of a filter, and bytes of an option, at the most.
const MOST_PATTERNS: usize = 256;
const MOST_WRITTEN: usize = 64 << 10;

const PARTS: [&str; 5] = ["path", "type", "fd", "new", "max"];
const TYPES: [(&str, Type); 5] = [
    ("elf", Type::Elf),
    ("script", Type::Script),
    ("regular", Type::Regular),
    ("pipe", Type::Pipe),
    ("socket", Type::Socket),
];
const DESCRIPTORS: [(&str, i32); 3] = [("stdin", 0), ("stdout", 1), ("stderr", 2)];

/// Reads one option.
pub(super) fn filter(option: &str) -> Result<Filter, String> {
    if option.len() > MOST_WRITTEN {
        return Err(format!("an option is longer than {MOST_WRITTEN} bytes"));
    }
    let (word, parts) = match option.split_once(':') {
        Some((word, parts)) => (word, Some(parts)),
        None => (option, None),
    };
    let Some((kind, _)) = CaptureKind::ALL.iter().find(|(_, known)| *known == word) else {
        let names = CaptureKind::ALL.iter().map(|(_, name)| *name);
        return Err(unknown_or("kind", word, names, "the kinds are exec, write, read, mem, module, bpf, net"));
    };
    let mut filter = Filter { kind: *kind, paths: vec![], types: vec![], descriptors: vec![], new: false, max: None };
    let Some(parts) = parts else { return Ok(filter) };
    let mut at = word.len() + 1;
    for part in parts.split(',') {
        one(&mut filter, part).map_err(|why| {
            let character = option.get(..at).map_or(at, |before| before.chars().count()) + 1;
            format!("{}, character {character}: {why}", shown(option))
        })?;
        at += part.len() + 1;
    }
    Ok(filter)
}

/// Reads one part into `filter`.
fn one(filter: &mut Filter, part: &str) -> Result<(), String> {
    let (name, value) = match part.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (part, None),
    };
    if !PARTS.contains(&name) {
        return Err(unknown_or("filter", name, PARTS, "the filters are path=, type=, fd=, new, max="));
    }
    let fitting = parts_of(filter.kind);
    if !fitting.contains(&name) {
        return Err(format!("{name} does not go with {}; what does is {}", filter.kind.word(), fitting.join(", ")));
    }
    match (name, value) {
        ("new", None) => filter.new = true,
        ("new", Some(_)) => return Err("new takes no value".to_owned()),
        (_, None | Some("")) => return Err(format!("{name} needs a value, as in {}", example(name))),
        ("path", Some(pattern)) if filter.paths.len() < MOST_PATTERNS => filter.paths.push(pattern.into()),
        ("path", Some(_)) => return Err(format!("there can be {MOST_PATTERNS} patterns")),
        ("max", Some(size)) => filter.max = Some(policy::size::parse(size)?),
        ("fd", Some(word)) => filter.descriptors.push(among("descriptor", word, &DESCRIPTORS)?),
        (_, Some(word)) => {
            let of = among("type", word, &TYPES)?;
            if filter.kind == CaptureKind::Exec && !matches!(of, Type::Elf | Type::Script) {
                return Err("executed files are of the types elf and script".to_owned());
            }
            filter.types.push(of);
        }
    }
    Ok(())
}

/// The parts that a filter of this kind can have.
fn parts_of(kind: CaptureKind) -> &'static [&'static str] {
    match kind {
        CaptureKind::Write | CaptureKind::Read => &PARTS,
        CaptureKind::Exec => &["path", "type", "new", "max"],
        CaptureKind::Memory | CaptureKind::Module | CaptureKind::Bpf => &["max"],
        // Read by `packets::parse`.
        CaptureKind::Net => &[],
    }
}

fn example(name: &str) -> &'static str {
    match name {
        "path" => "path=/tmp/*",
        "type" => "type=elf",
        "fd" => "fd=stdin",
        _ => "max=10MiB",
    }
}

fn among<T: Copy>(what: &str, word: &str, known: &[(&'static str, T)]) -> Result<T, String> {
    let found = known.iter().find(|(name, _)| *name == word);
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let otherwise = format!("it is one of {}", names.join(", "));
    found.map(|(_, value)| *value).ok_or_else(|| unknown_or(what, word, names.iter().copied(), &otherwise))
}

/// An option as messages quote it.
pub(super) fn shown(option: &str) -> String {
    const SHOWN: usize = 80;
    let cut: String = option.chars().take(SHOWN).collect();
    let more = if cut.len() < option.len() { "..." } else { "" };
    format!("\"{}{more}\"", cut.escape_debug())
}
