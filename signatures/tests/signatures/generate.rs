//! Rows made from a condition: such that it holds, and such that differ from those in one field.

use std::collections::BTreeMap;

use regex_syntax::hir::{Class, Hir, HirKind};
use signatures::condition::{Place, Relation};
use signatures::pattern::{Piece, Shape};
use signatures::{Body, Check, Comparison, Condition, Set, Table, Test, Type};

use crate::rows::{Owned, OwnedRow, Random};

/// What a column must be for some tests to hold.
#[derive(Clone, Default)]
struct Wanted {
    whole: Option<Owned>,
    start: String,
    inside: Vec<String>,
    end: String,
    like: Option<usize>,
}

/// Rows of each kind and signature.
pub(crate) const ROWS: usize = 20;

/// Rows made from the conditions of a set, `(table, row)`: such that match, such that are off by one field, and such that are
/// off by one field and match still. Each has its own key.
pub(crate) fn rows(set: &Set) -> Vec<(usize, OwnedRow)> {
    let mut rows: Vec<(usize, OwnedRow)> = Vec::new();
    for (index, signature) in set.signatures().iter().enumerate() {
        let Body::Rows { table, condition } = &signature.body else { continue };
        let title = &signature.metadata.title;
        let declared = &set.tables().all()[*table];
        let mut random = Random::new(index as u64 + 1);
        let hits = matching(condition, declared, ROWS, &mut random);
        assert_eq!(hits.len(), ROWS, "{title}: rows that match");
        let (off, still) = off_by_one(condition, &hits, declared, ROWS, &mut random);
        assert_eq!(off.len(), ROWS, "{title}: rows that are off by one field");
        rows.extend(hits.into_iter().chain(off).chain(still).map(|row| (*table, row)));
    }
    for (number, (_, row)) in rows.iter_mut().enumerate() {
        row.0[2] = Owned::Integer(number as i64);
        row.0[3] = Owned::Integer(number as i64);
    }
    rows
}

/// Rows for which the condition holds; fewer when it is hard to find any.
fn matching(condition: &Condition, table: &Table, count: usize, random: &mut Random) -> Vec<OwnedRow> {
    let mut rows = Vec::new();
    for attempt in 0..count * 60 {
        let mut wanted = BTreeMap::new();
        want(condition, true, &mut wanted, random);
        let mut row = built(&wanted, table, random);
        if attempt % 3 == 0 {
            let other_case = flipped(&row, random);
            if condition.holds(&other_case) {
                row = other_case;
            }
        }
        if condition.holds(&row) && !rows.contains(&row) {
            rows.push(row);
            if rows.len() == count {
                break;
            }
        }
    }
    rows
}

/// Rows that differ from one of `rows` in one field that is tested: some for which the condition does not hold, as many as
/// `count` if they are found, and those that came up and still match.
fn off_by_one(
    condition: &Condition,
    rows: &[OwnedRow],
    table: &Table,
    count: usize,
    random: &mut Random,
) -> (Vec<OwnedRow>, Vec<OwnedRow>) {
    let columns: Vec<usize> = condition.tests().iter().map(|test| test.column).collect();
    let (mut off, mut still) = (Vec::new(), Vec::new());
    for attempt in 0..count * 60 {
        let mut row = random.pick(rows).clone();
        let column = *random.pick(&columns);
        row.0[column] = changed(&row.0[column], table.columns[column].kind, attempt, random);
        if off.contains(&row) || still.contains(&row) || rows.contains(&row) {
            continue;
        }
        if !condition.holds(&row) {
            off.push(row);
        } else if still.len() < count {
            still.push(row);
        }
        if off.len() == count {
            break;
        }
    }
    (off, still)
}

fn want(condition: &Condition, holds: bool, wanted: &mut BTreeMap<usize, Wanted>, random: &mut Random) {
    match (condition, holds) {
        (Condition::All(members), true) | (Condition::Any(members), false) => {
            members.iter().for_each(|member| want(member, holds, wanted, random));
        }
        (Condition::Any(members), true) | (Condition::All(members), false) => {
            let possible: Vec<&Condition> = members.iter().filter(|member| !holds || member.is_possible()).collect();
            if !possible.is_empty() {
                let chosen = *random.pick(&possible);
                want(chosen, holds, wanted, random);
            }
        }
        (Condition::Not(member), holds) => want(member, !holds, wanted, random),
        (Condition::Test(test), true) => test_wanted(test, wanted, random),
        // What must not hold mostly does not by itself.
        (Condition::Test(_) | Condition::Never(_), _) => {}
    }
}

fn test_wanted(test: &Test, wanted: &mut BTreeMap<usize, Wanted>, random: &mut Random) {
    let column = wanted.entry(test.column).or_default();
    match &test.check {
        Check::Null => column.whole = Some(Owned::Null),
        Check::Exists => {}
        Check::Text(pattern) => match pattern.shape() {
            Shape::Equals(text) => column.whole = Some(Owned::Text(text.to_owned())),
            Shape::StartsWith(text) => column.start = text.to_owned(),
            Shape::EndsWith(text) => column.end = text.to_owned(),
            Shape::Contains(text) => column.inside.push(text.to_owned()),
            Shape::Anything => {}
            Shape::Other(pieces) => column.whole = Some(Owned::Text(fitting(pieces, random))),
        },
        Check::Regular(regular) => {
            let parsed = regex_syntax::Parser::new().parse(&regular.source).unwrap();
            let mut text = String::new();
            from_expression(&parsed, &mut text, random);
            column.inside.push(text);
        }
        Check::Integer(comparison, number) => {
            let value = match comparison {
                Comparison::Equal | Comparison::LessOrEqual | Comparison::GreaterOrEqual => *number,
                Comparison::Less => number - 1 - random.below(9) as i64,
                Comparison::Greater | Comparison::NotEqual => number + 1 + random.below(9) as i64,
            };
            column.whole = Some(Owned::Integer(value));
        }
        Check::Real(comparison, number) => {
            let value = match comparison {
                Comparison::Equal | Comparison::LessOrEqual | Comparison::GreaterOrEqual => *number,
                Comparison::Less => number - 0.5,
                Comparison::Greater | Comparison::NotEqual => number + 0.5,
            };
            column.whole = Some(Owned::Real(value));
        }
        Check::Boolean(value) => column.whole = Some(Owned::Boolean(*value)),
        Check::Network(network) => {
            let (first, last) = network.bounds();
            column.whole = Some(Owned::Text(random.pick(&[first, last]).to_string()));
        }
        Check::Column(Relation { other, place, .. }) => {
            column.like = Some(*other);
            if *place != Place::Equal {
                column.inside.push(random.word());
            }
        }
        Check::Part(..) => {}
    }
}

fn fitting(pieces: &[Piece], random: &mut Random) -> String {
    let text = pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => text.clone(),
        Piece::Any if random.one_in(3) => String::new(),
        Piece::Any => random.word(),
        Piece::One => random.pick(&["x", "\u{fc}", "/"]).to_string(),
    });
    text.collect()
}

fn from_expression(hir: &Hir, text: &mut String, random: &mut Random) {
    match hir.kind() {
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).unwrap()),
        HirKind::Class(Class::Unicode(class)) => {
            let ranges: Vec<(u32, u32)> =
                class.ranges().iter().map(|range| (range.start() as u32, range.end() as u32)).collect();
            // Printable ASCII where there is any.
            let ascii = ranges.iter().filter(|(start, end)| *start < 0x7f && *end >= 0x20);
            let ascii: Vec<(u32, u32)> = ascii.map(|(start, end)| ((*start).max(0x20), (*end).min(0x7e))).collect();
            let ascii: Vec<(u32, u32)> = ascii.into_iter().filter(|(start, end)| start <= end).collect();
            let (start, end) = *random.pick(if ascii.is_empty() { &ranges } else { &ascii });
            text.extend(char::from_u32(start + random.below((end - start + 1) as usize) as u32));
        }
        HirKind::Repetition(repetition) => {
            let most = repetition.max.map_or(repetition.min + 2, |max| max.min(repetition.min + 2));
            for _ in 0..repetition.min as usize + random.below((most - repetition.min + 1) as usize) {
                from_expression(&repetition.sub, text, random);
            }
        }
        HirKind::Capture(capture) => from_expression(&capture.sub, text, random),
        HirKind::Concat(parts) => parts.iter().for_each(|part| from_expression(part, text, random)),
        HirKind::Alternation(parts) => {
            let chosen = random.below(parts.len());
            from_expression(&parts[chosen], text, random);
        }
        _ => {}
    }
}

fn built(wanted: &BTreeMap<usize, Wanted>, table: &Table, random: &mut Random) -> OwnedRow {
    let mut row = OwnedRow::new(table, 0);
    for (index, column) in table.columns.iter().enumerate().skip(5) {
        row.0[index] = match column.kind {
            Type::Text if random.one_in(3) => Owned::Text(random.word()),
            Type::Integer if random.one_in(3) => Owned::Integer(random.below(70_000) as i64),
            Type::Boolean if random.one_in(3) => Owned::Boolean(random.one_in(2)),
            _ => Owned::Null,
        };
    }
    for (index, wanted) in wanted.iter().filter(|(_, wanted)| wanted.like.is_none()) {
        row.0[*index] = match (&wanted.whole, table.columns[*index].kind) {
            (Some(value), _) => value.clone(),
            (None, Type::Text) => {
                let mut text = wanted.start.clone();
                for part in &wanted.inside {
                    if !text.is_empty() || random.one_in(2) {
                        text.push_str(random.pick::<&str>(&["", " ", "x", " -y "]));
                    }
                    text.push_str(part);
                }
                if random.one_in(2) {
                    text.push_str(&random.word());
                }
                text.push_str(&wanted.end);
                Owned::Text(text)
            }
            (None, Type::Integer) => Owned::Integer(7),
            (None, Type::Boolean) => Owned::Boolean(true),
            (None, _) => row.0[*index].clone(),
        };
    }
    for (index, other) in wanted.iter().filter_map(|(index, wanted)| wanted.like.map(|other| (*index, other))) {
        if row.0[other] == Owned::Null {
            row.0[other] = match table.columns[other].kind {
                Type::Integer => Owned::Integer(random.below(70_000) as i64),
                _ => Owned::Text(random.word()),
            };
        }
        row.0[index] = row.0[other].clone();
    }
    row
}

fn flipped(row: &OwnedRow, random: &mut Random) -> OwnedRow {
    let mut row = row.clone();
    for value in &mut row.0 {
        if let Owned::Text(text) = value {
            let flip = |c: char| match random.below(3) {
                0 => c.to_ascii_uppercase(),
                1 => c.to_ascii_lowercase(),
                _ => c,
            };
            *text = text.chars().map(flip).collect();
        }
    }
    row
}

fn changed(value: &Owned, kind: Type, attempt: usize, random: &mut Random) -> Owned {
    match value {
        _ if attempt.is_multiple_of(7) => Owned::Null,
        Owned::Null if kind == Type::Text => Owned::Text(random.word()),
        Owned::Null if kind == Type::Integer => Owned::Integer(random.below(100) as i64),
        Owned::Integer(number) => Owned::Integer(number + random.below(5) as i64 - 2),
        Owned::Real(number) => Owned::Real(number + random.below(5) as f64 - 2.0),
        Owned::Boolean(boolean) => Owned::Boolean(!boolean),
        Owned::Text(text) if text.is_empty() => Owned::Text(random.word()),
        Owned::Text(text) => {
            let mut chars: Vec<char> = text.chars().collect();
            let at = random.below(chars.len());
            match random.below(7) {
                0 => drop(chars.remove(at)),
                1 => chars[at] = '~',
                2 => chars.insert(at, '\u{e9}'),
                3 => chars.push('~'),
                4 => chars.insert(0, '~'),
                5 => chars.iter_mut().for_each(|c| *c = c.to_ascii_uppercase()),
                _ => return Owned::Text(random.word()),
            }
            Owned::Text(chars.into_iter().collect())
        }
        other => other.clone(),
    }
}
