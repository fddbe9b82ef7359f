//! Modifiers behind a field's name.

use policy::error::quoted;
use policy::names;

use crate::condition::{Comparison, Place};
use crate::time::Part;

use super::encoding::Utf16;

/// What changes a value, in the order written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Expand,
    Windash,
    Utf16(Utf16),
    Base64,
    Base64Offset,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Meaning {
    #[default]
    Plain,
    Regular,
    Cidr,
    Exists,
    Field,
    Compare(Comparison),
}

/// A field with its modifiers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Modifiers {
    pub(super) changes: Vec<Change>,
    pub(super) meaning: Meaning,
    /// Where the value must be found; the whole by default.
    pub(super) place: Option<Place>,
    pub(super) cased: bool,
    /// All values and not any.
    pub(super) all: bool,
    /// None of what follows may hold.
    pub(super) negated: bool,
    /// `i`, `m`, `s` of a regular expression.
    pub(super) flags: String,
    pub(super) part: Option<Part>,
}

const KNOWN: &[&str] = &[
    "all",
    "base64",
    "base64offset",
    "cased",
    "cidr",
    "contains",
    "day",
    "endswith",
    "exists",
    "expand",
    "fieldref",
    "gt",
    "gte",
    "hour",
    "i",
    "lt",
    "lte",
    "m",
    "minute",
    "month",
    "neq",
    "re",
    "s",
    "startswith",
    "utf16",
    "utf16be",
    "utf16le",
    "week",
    "wide",
    "windash",
    "year",
];

/// The field and its modifiers: `CommandLine|contains|all`.
pub(super) fn parse(written: &str) -> Result<(&str, Modifiers), String> {
    let mut words = written.split('|');
    let field = words.next().unwrap_or_default();
    let mut modifiers = Modifiers::default();
    let mut seen: Vec<&str> = Vec::new();
    for word in words {
        if seen.contains(&word) {
            return Err(format!("the modifier {} is there twice", quoted(word)));
        }
        seen.push(word);
        modifiers.add(word)?;
    }
    modifiers.check()?;
    Ok((field, modifiers))
}

impl Modifiers {
    fn add(&mut self, word: &str) -> Result<(), String> {
        match word {
            "contains" => self.place(Place::Inside)?,
            "startswith" => self.place(Place::Start)?,
            "endswith" => self.place(Place::End)?,
            "all" => self.all = true,
            "cased" => self.cased = true,
            "neq" => self.negated = true,
            "re" => self.mean(Meaning::Regular, word)?,
            "cidr" => self.mean(Meaning::Cidr, word)?,
            "exists" => self.mean(Meaning::Exists, word)?,
            "fieldref" => self.mean(Meaning::Field, word)?,
            "gt" => self.mean(Meaning::Compare(Comparison::Greater), word)?,
            "gte" => self.mean(Meaning::Compare(Comparison::GreaterOrEqual), word)?,
            "lt" => self.mean(Meaning::Compare(Comparison::Less), word)?,
            "lte" => self.mean(Meaning::Compare(Comparison::LessOrEqual), word)?,
            "i" | "m" | "s" if self.meaning == Meaning::Regular => self.flags.push_str(word),
            "i" | "m" | "s" => return Err(format!("the modifier {word} stands behind re")),
            "expand" => self.changes.push(Change::Expand),
            "windash" => self.changes.push(Change::Windash),
            "wide" | "utf16le" => self.changes.push(Change::Utf16(Utf16::Little)),
            "utf16be" => self.changes.push(Change::Utf16(Utf16::Big)),
            "utf16" => self.changes.push(Change::Utf16(Utf16::Marked)),
            "base64" => self.changes.push(Change::Base64),
            "base64offset" => self.changes.push(Change::Base64Offset),
            other => match Part::named(other) {
                Some(part) if self.part.is_none() => self.part = Some(part),
                Some(_) => return Err("two parts of a moment at once".to_owned()),
                None => {
                    let otherwise = "docs/signatures.md lists the modifiers";
                    return Err(names::unknown_or("modifier", other, KNOWN.iter().copied(), otherwise));
                }
            },
        }
        Ok(())
    }

    fn place(&mut self, place: Place) -> Result<(), String> {
        match self.place.replace(place) {
            None => Ok(()),
            Some(_) => Err("only one of contains, startswith and endswith can hold".to_owned()),
        }
    }

    fn mean(&mut self, meaning: Meaning, word: &str) -> Result<(), String> {
        match std::mem::replace(&mut self.meaning, meaning) {
            Meaning::Plain => Ok(()),
            _ => Err(format!("the modifier {word} does not go with those before it")),
        }
    }

    /// Refuses what cannot mean anything together.
    fn check(&self) -> Result<(), String> {
        let refused = |with: &str| Err(format!("{with} do not go together"));
        match self.meaning {
            Meaning::Plain => {}
            Meaning::Regular if self.place.is_some() => return refused("re and contains, startswith or endswith"),
            Meaning::Regular if self.cased => return refused("re and cased (it is cased unless |i is there)"),
            Meaning::Regular if self.changes.iter().any(|change| *change != Change::Expand) => {
                return refused("re and encodings");
            }
            Meaning::Regular | Meaning::Field if self.part.is_none() => {}
            Meaning::Compare(_) if self.place.is_none() && self.changes.is_empty() && !self.cased => {}
            Meaning::Cidr | Meaning::Exists
                if self.place.is_none() && self.changes.is_empty() && !self.cased && self.part.is_none() => {}
            _ => return refused("these modifiers"),
        }
        if self.meaning == Meaning::Field && !self.changes.is_empty() {
            return refused("fieldref and encodings");
        }
        if self.meaning == Meaning::Exists && self.all {
            return refused("exists and all");
        }
        if self.part.is_some() && (self.place.is_some() || self.cased || !self.changes.is_empty()) {
            return refused("a part of a moment and modifiers of text");
        }
        Ok(())
    }
}
