//! One field with its values, as tests of a column of the right type.

use std::cell::Cell;
use std::collections::BTreeMap;

use policy::error::quoted;
use policy::names;

use crate::condition::{Check, Comparison, Condition, Place, Relation, Test};
use crate::document::{At, boolean};
use crate::error::Error;
use crate::limits::{MAX_TESTS, MAX_VALUE_BYTES, MAX_VARIANTS};
use crate::network::Network;
use crate::pattern::{Pattern, Piece, Shape};
use crate::regular::Regular;
use crate::source::{Field, Source};
use crate::table::Type;

use super::encoding;
use super::modifiers::{self, Change, Meaning, Modifiers};
use super::text::{self, Part};

/// Values of placeholders by name.
pub(crate) type Placeholders = BTreeMap<String, Vec<String>>;

/// What the tests of one signature are about.
pub(crate) struct Context<'a> {
    /// The table, or why there is none: then the signature is only checked for its form.
    pub(crate) source: Result<Source<'a>, String>,
    pub(crate) placeholders: &'a Placeholders,
    /// Tests made so far.
    pub(crate) tests: Cell<usize>,
}

impl Context<'_> {
    /// Counts tests against the limit.
    pub(crate) fn count(&self, tests: usize) -> Result<(), String> {
        self.tests.set(self.tests.get().saturating_add(tests));
        if self.tests.get() > MAX_TESTS {
            return Err(format!(
                "more than {MAX_TESTS} tests in one signature, with every list and variant spelled out"
            ));
        }
        Ok(())
    }
}

/// A column that values are compared with.
struct Target<'a> {
    column: usize,
    kind: Type,
    field: &'a str,
    /// All values that it can have, or none where that is not known.
    values: &'static [&'static str],
}

/// The condition of `written`, a field with modifiers, over its value or values; nothing in front of the modifiers stands
/// for values without a field.
pub(super) fn item(written: &str, values: &At<'_>, context: &Context<'_>) -> Result<Condition, Error> {
    let (field, modifiers) = modifiers::parse(written).map_err(|why| values.wrong(why))?;
    let members = values.one_or_more();
    if members.is_empty() {
        return Err(values.wrong("an empty list of values"));
    }
    let mut found = Vec::new();
    for member in &members {
        let condition = value(field, member, &modifiers, context);
        found.push(condition.map_err(|error| error.field(&values.path).at((member.node.line, member.node.column)))?);
    }
    let condition = match (found.len(), modifiers.all) {
        (1, _) => found.remove(0),
        (_, true) => Condition::All(found),
        (_, false) => Condition::Any(found),
    };
    Ok(if modifiers.negated { Condition::Not(Box::new(condition)) } else { condition })
}

fn value(field: &str, at: &At<'_>, modifiers: &Modifiers, context: &Context<'_>) -> Result<Condition, Error> {
    let wrong = |why: String| at.wrong(why);
    let written = if at.node.is_null() { None } else { Some(at.text()?) };
    if written.is_some_and(|written| written.len() > MAX_VALUE_BYTES) {
        return Err(at.wrong(format!("a value longer than {MAX_VALUE_BYTES} bytes")));
    }
    let source = match &context.source {
        Ok(source) => source,
        Err(why) => return Ok(Condition::Never(why.clone())),
    };
    if field.is_empty() {
        let written = written.ok_or_else(|| at.wrong("nothing cannot be looked for without a field"))?;
        return keyword(written, modifiers, source, context).map_err(wrong);
    }
    let column = match source.field(field).map_err(wrong)? {
        Field::Never(why) => return Ok(Condition::Never(why)),
        Field::Column(column) => column,
    };
    let Some(declared) = source.table.columns.get(column) else { return Err(at.wrong("no such column")) };
    let target = Target { column, kind: declared.kind, field, values: declared.values };
    match written {
        None if modifiers.meaning == Meaning::Plain && modifiers.place.is_none() && modifiers.part.is_none() => {
            target.test(Check::Null, context).map_err(wrong)
        }
        None => Err(at.wrong("nothing goes with no modifier")),
        Some(written) => target.value(written, modifiers, source, context).map_err(wrong),
    }
}

/// A value that may stand in any of the table's columns for such.
fn keyword(
    written: &str,
    modifiers: &Modifiers,
    source: &Source<'_>,
    context: &Context<'_>,
) -> Result<Condition, String> {
    if !matches!(modifiers.meaning, Meaning::Plain | Meaning::Regular) || modifiers.part.is_some() {
        return Err("this modifier needs a field".to_owned());
    }
    let mut modifiers = modifiers.clone();
    if modifiers.meaning == Meaning::Plain {
        modifiers.place.get_or_insert(Place::Inside);
    }
    let mut found = Vec::new();
    for column in &source.table.keywords {
        let Some(declared) = source.table.columns.get(*column) else { continue };
        let target = Target { column: *column, kind: declared.kind, field: &declared.name, values: &[] };
        found.push(target.value(written, &modifiers, source, context)?);
    }
    Ok(Condition::Any(found))
}

impl Target<'_> {
    fn test(&self, check: Check, context: &Context<'_>) -> Result<Condition, String> {
        context.count(1)?;
        Ok(Condition::Test(Test { column: self.column, check, field: self.field.to_owned() }))
    }

    fn needs(&self, kind: Type, what: &str) -> Result<(), String> {
        if self.kind == kind {
            return Ok(());
        }
        Err(format!("wrong type: {} is {}, and {what} needs {}", self.field, self.kind.name(), kind.name()))
    }

    fn value(
        &self,
        written: &str,
        modifiers: &Modifiers,
        source: &Source<'_>,
        context: &Context<'_>,
    ) -> Result<Condition, String> {
        if let Some(part) = modifiers.part {
            self.needs(Type::Timestamp, part.name())?;
            let comparison = match modifiers.meaning {
                Meaning::Compare(comparison) => comparison,
                _ => Comparison::Equal,
            };
            return self.test(Check::Part(part, comparison, self.integer(written)?), context);
        }
        match modifiers.meaning {
            Meaning::Plain => self.plain(written, modifiers, source, context),
            Meaning::Exists => {
                let wanted =
                    boolean(written).ok_or_else(|| format!("{} is neither true nor false", quoted(written)))?;
                self.test(if wanted { Check::Exists } else { Check::Null }, context)
            }
            Meaning::Regular => {
                self.needs(Type::Text, "a regular expression")?;
                let mut found = Vec::new();
                match filled(written, modifiers, context)? {
                    Err(why) => return Ok(Condition::Never(why)),
                    Ok(all) => {
                        for written in all {
                            let regular = Regular::new(&written, &modifiers.flags)?;
                            found.push(self.test(Check::Regular(regular), context)?);
                        }
                    }
                }
                Ok(any(found))
            }
            Meaning::Cidr => {
                self.needs(Type::Text, "cidr")?;
                self.test(Check::Network(Network::parse(written)?), context)
            }
            Meaning::Field => self.relation(written, modifiers, source, context),
            Meaning::Compare(comparison) => match self.kind {
                Type::Integer => self.test(Check::Integer(comparison, self.integer(written)?), context),
                Type::Real => self.test(Check::Real(comparison, self.real(written)?), context),
                _ => self.needs(Type::Integer, "an order").map(|()| Condition::Any(Vec::new())),
            },
        }
    }

    /// A value that is neither an expression nor a name.
    fn plain(
        &self,
        written: &str,
        modifiers: &Modifiers,
        source: &Source<'_>,
        context: &Context<'_>,
    ) -> Result<Condition, String> {
        let is_text = modifiers.place.is_some() || modifiers.cased || !modifiers.changes.is_empty();
        if self.kind != Type::Text {
            if is_text {
                self.needs(Type::Text, "this modifier")?;
            }
            if written == "*" {
                return self.test(Check::Exists, context);
            }
        }
        match self.kind {
            Type::Text => self.text(written, modifiers, source, context),
            Type::Integer => self.test(Check::Integer(Comparison::Equal, self.integer(written)?), context),
            Type::Real => self.test(Check::Real(Comparison::Equal, self.real(written)?), context),
            Type::Boolean => {
                let wanted = boolean(written).ok_or_else(|| self.mismatch(written))?;
                self.test(Check::Boolean(wanted), context)
            }
            Type::Timestamp => {
                Err(format!("wrong type: {} is a timestamp; compare a part of it (|hour, ...), or ts_ns", self.field))
            }
        }
    }

    fn text(
        &self,
        written: &str,
        modifiers: &Modifiers,
        source: &Source<'_>,
        context: &Context<'_>,
    ) -> Result<Condition, String> {
        let written = match filled(written, modifiers, context)? {
            Ok(written) => written,
            Err(why) => return Ok(Condition::Never(why)),
        };
        let mut found = Vec::new();
        for written in written {
            for parts in changed(text::parse(&written), &modifiers.changes)? {
                found.push(self.pattern(&parts, modifiers, source, context)?);
            }
        }
        Ok(any(found))
    }

    fn pattern(
        &self,
        parts: &[Part],
        modifiers: &Modifiers,
        source: &Source<'_>,
        context: &Context<'_>,
    ) -> Result<Condition, String> {
        let before = matches!(modifiers.place, Some(Place::Inside | Place::End)).then_some(Piece::Any);
        let after = matches!(modifiers.place, Some(Place::Inside | Place::Start)).then_some(Piece::Any);
        let pieces = before.into_iter().chain(text::pieces(parts)).chain(after);
        let pattern = Pattern::new(pieces, modifiers.cased);
        if pattern.shape() == Shape::Anything {
            return self.test(Check::Exists, context);
        }
        if !self.values.is_empty() && !self.values.iter().any(|value| pattern.matches(value)) {
            let values = self.values.join(", ");
            if source.is_sigma() {
                return Ok(Condition::Never(format!(
                    "{}: {} is none of {values}; the kernel makes no others",
                    self.field,
                    quoted(pattern.longest())
                )));
            }
            let known = self.values.iter().copied();
            return Err(names::unknown_or("value", pattern.longest(), known, &format!("there are {values}")));
        }
        self.test(Check::Text(pattern), context)
    }

    fn relation(
        &self,
        written: &str,
        modifiers: &Modifiers,
        source: &Source<'_>,
        context: &Context<'_>,
    ) -> Result<Condition, String> {
        let other = match source.field(written)? {
            Field::Column(other) => other,
            Field::Never(why) => return Ok(Condition::Never(why)),
        };
        let kind = source.table.columns.get(other).map_or(self.kind, |column| column.kind);
        if kind != self.kind {
            let (this, that) = (self.kind.name(), kind.name());
            return Err(format!("wrong type: {} is {this}, and {} {that}", self.field, quoted(written)));
        }
        if modifiers.place.is_some() || modifiers.cased {
            self.needs(Type::Text, "this modifier")?;
        }
        let place = modifiers.place.unwrap_or(Place::Equal);
        self.test(Check::Column(Relation { other, place, cased: modifiers.cased }), context)
    }

    fn integer(&self, written: &str) -> Result<i64, String> {
        let hexadecimal = written.strip_prefix("0x").map(|digits| i64::from_str_radix(digits, 16));
        hexadecimal.unwrap_or_else(|| written.parse()).map_err(|_| self.mismatch(written))
    }

    fn real(&self, written: &str) -> Result<f64, String> {
        written.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| self.mismatch(written))
    }

    fn mismatch(&self, written: &str) -> String {
        let kind = if self.kind == Type::Timestamp { "an integer" } else { self.kind.name() };
        format!("wrong type: {} is {}, and {} is not {kind}", self.field, self.kind.name(), quoted(written))
    }
}

/// Any of the conditions, where there may be one only.
fn any(mut members: Vec<Condition>) -> Condition {
    if members.len() == 1 { members.remove(0) } else { Condition::Any(members) }
}

/// The value with its placeholders filled in, once for each of their values; or why a placeholder has none.
fn filled(written: &str, modifiers: &Modifiers, context: &Context<'_>) -> Result<Result<Vec<String>, String>, String> {
    let mut all = vec![written.to_owned()];
    if !modifiers.changes.contains(&Change::Expand) {
        return Ok(Ok(all));
    }
    let mut parts = written.split('%');
    all = vec![parts.next().unwrap_or_default().to_owned()];
    while let Some(name) = parts.next() {
        let Some(behind) = parts.next() else {
            all.iter_mut().for_each(|text| text.extend(["%", name]));
            break;
        };
        let Some(values) = context.placeholders.get(name).filter(|values| !values.is_empty()) else {
            return Ok(Err(format!("the placeholder {} has no values", quoted(name))));
        };
        if all.len().saturating_mul(values.len()) > MAX_TESTS {
            return Err(format!("placeholders make more than {MAX_TESTS} values of one"));
        }
        all =
            all.iter().flat_map(|before| values.iter().map(move |value| format!("{before}{value}{behind}"))).collect();
    }
    Ok(Ok(all))
}

/// What the modifiers make of a value.
fn changed(parts: Vec<Part>, changes: &[Change]) -> Result<Vec<Vec<Part>>, String> {
    let mut all = vec![parts];
    for change in changes {
        let mut next = Vec::new();
        for parts in all {
            match change {
                Change::Expand => next.push(parts),
                Change::Windash => next.extend(windash(&parts)?),
                Change::Utf16(form) => {
                    let mut encoded = Vec::new();
                    for part in &parts {
                        encoded.push(match part {
                            Part::Literal(bytes) => Part::Literal(
                                encoding::utf16(bytes, *form).ok_or("what is encoded already is no text any more")?,
                            ),
                            wildcard => wildcard.clone(),
                        });
                    }
                    next.push(encoded);
                }
                Change::Base64 => next.push(vec![Part::Literal(encoding::base64(&plain(&parts)?).into_bytes())]),
                Change::Base64Offset => {
                    let offsets = encoding::base64_offsets(&plain(&parts)?);
                    next.extend(offsets.map(|text| vec![Part::Literal(text.into_bytes())]));
                }
            }
        }
        all = next;
    }
    Ok(all)
}

fn plain(parts: &[Part]) -> Result<Vec<u8>, String> {
    let bytes = text::plain(parts).ok_or("a value with wildcards cannot be encoded in base64")?;
    if bytes.is_empty() { Err("nothing cannot be encoded in base64".to_owned()) } else { Ok(bytes) }
}

/// The value with every dash before a word as each of the characters that are taken for one.
fn windash(parts: &[Part]) -> Result<Vec<Vec<Part>>, String> {
    const DASHES: [&str; 5] = ["-", "/", "\u{2013}", "\u{2014}", "\u{2015}"];
    let mut all: Vec<Vec<Part>> = vec![Vec::new()];
    for part in parts {
        let Part::Literal(bytes) = part else {
            all.iter_mut().for_each(|parts| parts.push(part.clone()));
            continue;
        };
        let mut texts: Vec<Vec<u8>> = vec![Vec::new()];
        let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        for (at, byte) in bytes.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| bytes.get(before));
            let is_dash = matches!(byte, b'-' | b'/') && !is_word(before) && is_word(bytes.get(at + 1));
            if !is_dash {
                texts.iter_mut().for_each(|text| text.push(*byte));
                continue;
            }
            texts = texts.iter().flat_map(|text| DASHES.map(|dash| [text, dash.as_bytes()].concat())).collect();
            if texts.len().saturating_mul(all.len()) > MAX_VARIANTS {
                return Err(format!("windash makes more than {MAX_VARIANTS} values of one"));
            }
        }
        all = all
            .iter()
            .flat_map(|parts| texts.iter().map(|text| [parts.as_slice(), &[Part::Literal(text.clone())]].concat()))
            .collect();
    }
    Ok(all)
}
