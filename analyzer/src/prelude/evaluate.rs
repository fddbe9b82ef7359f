//! The values of a branch in one row.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::program::{Branch, Compiled, Like, Place};
use super::syntax::{Function, Operator};
use crate::tables::Cell;

/// A value, as it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shown<'v> {
    /// None.
    Null,
    /// A whole number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// A number.
    Real(f64),
    /// Text.
    Text(&'v str),
    /// A time, UTC nanoseconds since 1970.
    Timestamp(i64),
}

impl<'v> Shown<'v> {
    /// What a cell shows; bytes are no value here.
    fn of(cell: &'v Cell<'_>) -> Shown<'v> {
        match cell {
            Cell::Null | Cell::Bytes(_) => Shown::Null,
            Cell::Integer(number) => Shown::Integer(*number),
            Cell::Boolean(is_true) => Shown::Boolean(*is_true),
            Cell::Real(number) => Shown::Real(*number),
            Cell::Text(text) => Shown::Text(text),
            Cell::Timestamp(utc_ns) => Shown::Timestamp(*utc_ns),
        }
    }

    fn truth(self) -> Option<bool> {
        match self {
            Shown::Boolean(is_true) => Some(is_true),
            Shown::Integer(number) => Some(number != 0),
            _ => None,
        }
    }

    fn text(self) -> Option<Cow<'v, str>> {
        match self {
            Shown::Text(text) => Some(text.into()),
            Shown::Integer(number) => Some(number.to_string().into()),
            Shown::Boolean(is_true) => Some(i64::from(is_true).to_string().into()),
            _ => None,
        }
    }

    fn integer(self) -> Option<i64> {
        match self {
            Shown::Integer(number) | Shown::Timestamp(number) => Some(number),
            Shown::Boolean(is_true) => Some(is_true.into()),
            _ => None,
        }
    }
}

/// What an expression gives: a value of its own, or where it is.
#[derive(Clone, Debug)]
enum Given<'p> {
    Null,
    Integer(i64),
    Boolean(bool),
    Owned(String),
    Literal(&'p str),
    Place(Place),
}

/// Gives the columns of the row that is read, by their number in [`Branch::inputs`].
pub(crate) trait Inputs<'a> {
    fn input(&self, index: usize) -> Cell<'a>;
}

/// One row of a view, as far as it was asked for.
pub(crate) struct Evaluation<'p, 'a, I> {
    branch: &'p Branch,
    source: I,
    inputs: Vec<OnceCell<Cell<'a>>>,
    slots: Vec<OnceCell<Given<'p>>>,
}

impl<'p, 'a, I: Inputs<'a>> Evaluation<'p, 'a, I> {
    pub(crate) fn new(branch: &'p Branch, source: I) -> Evaluation<'p, 'a, I> {
        Evaluation {
            branch,
            source,
            inputs: vec![OnceCell::new(); branch.inputs.len()],
            slots: vec![OnceCell::new(); branch.slots.len()],
        }
    }

    /// Whether there is such a row.
    pub(crate) fn is_there(&self) -> bool {
        self.branch.conditions.iter().all(|condition| self.truth(condition) == Some(true))
    }

    /// The value at a place.
    pub(crate) fn at(&self, place: Place) -> Shown<'_> {
        match place {
            Place::Input(index) => {
                let Some(cell) = self.inputs.get(index) else { return Shown::Null };
                Shown::of(cell.get_or_init(|| self.source.input(index)))
            }
            Place::Slot(index) => {
                let Some((cell, expression)) = self.slots.get(index).zip(self.branch.slots.get(index)) else {
                    return Shown::Null;
                };
                // Slots refer to earlier ones alone.
                match cell.get_or_init(|| self.given(expression)) {
                    Given::Null => Shown::Null,
                    Given::Integer(number) => Shown::Integer(*number),
                    Given::Boolean(is_true) => Shown::Boolean(*is_true),
                    Given::Owned(text) => Shown::Text(text),
                    Given::Literal(text) => Shown::Text(text),
                    Given::Place(place) => self.at(*place),
                }
            }
        }
    }

    fn truth(&self, expression: &'p Compiled) -> Option<bool> {
        match self.given(expression) {
            Given::Boolean(is_true) => Some(is_true),
            Given::Integer(number) => Some(number != 0),
            Given::Place(place) => self.at(place).truth(),
            Given::Null | Given::Owned(_) | Given::Literal(_) => None,
        }
    }

    /// Does something with the value of an expression.
    fn with<T>(&self, expression: &'p Compiled, act: impl FnOnce(Shown<'_>) -> T) -> T {
        match self.given(expression) {
            Given::Null => act(Shown::Null),
            Given::Integer(number) => act(Shown::Integer(number)),
            Given::Boolean(is_true) => act(Shown::Boolean(is_true)),
            Given::Owned(text) => act(Shown::Text(&text)),
            Given::Literal(text) => act(Shown::Text(text)),
            Given::Place(place) => act(self.at(place)),
        }
    }

    fn is_null(&self, given: &Given<'p>) -> bool {
        match given {
            Given::Null => true,
            Given::Place(place) => self.at(*place) == Shown::Null,
            _ => false,
        }
    }

    fn given(&self, expression: &'p Compiled) -> Given<'p> {
        match expression {
            Compiled::Null => Given::Null,
            Compiled::Integer(number) => Given::Integer(*number),
            Compiled::Text(text) => Given::Literal(text),
            Compiled::Place(place) => Given::Place(*place),
            Compiled::Case(arms, otherwise) => {
                let arm = arms.iter().find(|(when, _)| self.truth(when) == Some(true));
                self.given(arm.map_or(otherwise, |(_, then)| then))
            }
            Compiled::Call(function, arguments) => self.call(*function, arguments),
            Compiled::Binary(operator, left, right) => self.binary(*operator, left, right),
            Compiled::Not(inner) => boolean(self.truth(inner).map(|is_true| !is_true)),
            Compiled::IsNull(inner) => Given::Boolean(self.is_null(&self.given(inner))),
            Compiled::Like(value, pattern) => boolean(self.with(value, |value| Some(like(&value.text()?, pattern)))),
            Compiled::In(value, list) => boolean(self.with(value, |value| {
                if value == Shown::Null {
                    return None;
                }
                let equal = |member| self.with(member, |member| compare(value, member).map(|order| order.is_eq()));
                let mut is_known = true;
                for member in list {
                    match equal(member) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => is_known = false,
                    }
                }
                is_known.then_some(false)
            })),
        }
    }

    fn binary(&self, operator: Operator, left: &'p Compiled, right: &'p Compiled) -> Given<'p> {
        match operator {
            Operator::Or => boolean(match self.truth(left) {
                Some(true) => Some(true),
                Some(false) => self.truth(right),
                None => self.truth(right).filter(|is_true| *is_true),
            }),
            Operator::And => boolean(match self.truth(left) {
                Some(false) => Some(false),
                Some(true) => self.truth(right),
                None => self.truth(right).filter(|is_true| !is_true),
            }),
            Operator::Concat => self.with(left, |left| {
                self.with(right, |right| match (left.text(), right.text()) {
                    (Some(left), Some(right)) => Given::Owned(format!("{left}{right}")),
                    _ => Given::Null,
                })
            }),
            Operator::Add | Operator::Subtract | Operator::Divide | Operator::Remainder => self.with(left, |left| {
                self.with(right, |right| {
                    let numbers = left.integer().zip(right.integer());
                    let result = numbers.and_then(|(left, right)| match operator {
                        Operator::Add => left.checked_add(right),
                        Operator::Subtract => left.checked_sub(right),
                        Operator::Divide => left.checked_div(right),
                        _ => left.checked_rem(right),
                    });
                    result.map_or(Given::Null, Given::Integer)
                })
            }),
            comparison => self.with(left, |left| {
                self.with(right, |right| {
                    boolean(compare(left, right).map(|order| match comparison {
                        Operator::Equal => order.is_eq(),
                        Operator::Unequal => order.is_ne(),
                        Operator::Less => order.is_lt(),
                        Operator::LessOrEqual => order.is_le(),
                        Operator::Greater => order.is_gt(),
                        _ => order.is_ge(),
                    }))
                })
            }),
        }
    }

    fn call(&self, function: Function, arguments: &'p [Compiled]) -> Given<'p> {
        if function == Function::Coalesce {
            let mut given = arguments.iter().map(|argument| self.given(argument));
            return given.find(|given| !self.is_null(given)).unwrap_or(Given::Null);
        }
        let Some((first, rest)) = arguments.split_first() else { return Given::Null };
        let number = |index: usize| rest.get(index).map(|argument| self.with(argument, |value| value.integer()));
        let owned = |text: Option<String>| text.map_or(Given::Null, Given::Owned);
        let count = |count: Option<usize>| count.map_or(Given::Null, |count| Given::Integer(count as i64));
        match function {
            Function::Coalesce => Given::Null,
            Function::Nullif => {
                let is_equal = self.with(first, |value| {
                    rest.first().map(|other| self.with(other, |other| compare(value, other).is_some_and(|o| o.is_eq())))
                });
                if is_equal == Some(true) { Given::Null } else { self.given(first) }
            }
            Function::Substr => match (number(0), number(1)) {
                (Some(Some(start)), None) => owned(self.with(first, |text| Some(part(&text.text()?, start, i64::MAX)))),
                (Some(Some(start)), Some(Some(length))) => {
                    owned(self.with(first, |text| Some(part(&text.text()?, start, length))))
                }
                _ => Given::Null,
            },
            Function::Instr => count(self.with(first, |text| {
                let text = text.text()?;
                let part = rest.first().and_then(|part| self.with(part, |part| part.text().map(Cow::into_owned)))?;
                let before = |at: usize| text.get(..at).map_or(0, |before| before.chars().count()) + 1;
                Some(text.find(&part).map_or(0, before))
            })),
            Function::Length => count(self.with(first, |text| Some(text.text()?.chars().count()))),
            Function::Ltrim => owned(self.with(first, |text| {
                let set = rest.first().and_then(|set| self.with(set, |set| set.text().map(Cow::into_owned)))?;
                Some(text.text()?.trim_start_matches(|c| set.contains(c)).to_owned())
            })),
            Function::AsInteger => {
                let number = self.with(first, |value| match value {
                    Shown::Text(text) => text.parse().ok(),
                    value => value.integer(),
                });
                number.map_or(Given::Null, Given::Integer)
            }
            Function::AsText => owned(self.with(first, |value| value.text().map(Cow::into_owned))),
        }
    }
}

fn boolean<'p>(truth: Option<bool>) -> Given<'p> {
    truth.map_or(Given::Null, Given::Boolean)
}

/// The order of two values; nothing where one is missing, and of a text and a number, which views do not compare.
fn compare(left: Shown<'_>, right: Shown<'_>) -> Option<std::cmp::Ordering> {
    match (left, right) {
        (Shown::Text(left), Shown::Text(right)) => Some(left.cmp(right)),
        (left, right) => Some(left.integer()?.cmp(&right.integer()?)),
    }
}

/// Characters of a text from one, counted from 1, on.
fn part(text: &str, start: i64, length: i64) -> String {
    let before = usize::try_from(start.max(1) - 1).unwrap_or(usize::MAX);
    let length = usize::try_from(length.max(0)).unwrap_or(usize::MAX);
    text.chars().skip(before).take(length).collect()
}

fn like(text: &str, pattern: &Like) -> bool {
    match pattern {
        Like::Contains(part) => {
            part.is_empty() || text.as_bytes().windows(part.len()).any(|at| at.eq_ignore_ascii_case(part.as_bytes()))
        }
        Like::Starts(start) => {
            text.as_bytes().get(..start.len()).is_some_and(|at| at.eq_ignore_ascii_case(start.as_bytes()))
        }
        Like::Pattern(pattern) => fits(text, pattern),
    }
}

/// Whether a text fits a pattern in which `%` stands for anything and `_` for a character; ASCII letters in either case. It takes
/// time by the product of the lengths at most.
fn fits(text: &str, pattern: &str) -> bool {
    let (mut text, mut pattern) = (text.chars(), pattern.chars());
    // What is tried again behind the last `%`, with a character more of the text in it.
    let mut again = None;
    loop {
        let mut behind = pattern.clone();
        match behind.next() {
            Some('%') => {
                again = Some((text.clone(), behind.clone()));
                pattern = behind;
                continue;
            }
            None if text.as_str().is_empty() => return true,
            Some(wanted) => {
                let mut rest = text.clone();
                if rest.next().is_some_and(|c| wanted == '_' || c.eq_ignore_ascii_case(&wanted)) {
                    (text, pattern) = (rest, behind);
                    continue;
                }
            }
            None => {}
        }
        let Some((from, after)) = &mut again else { return false };
        if from.next().is_none() {
            return false;
        }
        (text, pattern) = (from.clone(), after.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::{Like, fits, like, part};

    #[test]
    fn patterns_fit_as_in_sqlite() {
        for (text, pattern, is_fitting) in [
            ("O_RDWR|O_CREAT", "%o_creat%", true),
            ("O_RDWR", "%O_CREAT%", false),
            ("[::1]:80", "[%]:%", true),
            ("[::1]", "[%]:%", false),
            ("1.2.3.4:5", "%.%.%.%:%", true),
            ("1.2.3:5", "%.%.%.%:%", false),
            ("", "%", true),
            ("ab", "a_", true),
            ("a", "a_", false),
            ("aXbXc", "a%b_c", true),
        ] {
            assert_eq!(fits(text, pattern), is_fitting, "{text} {pattern}");
        }
        assert!(matches!(Like::of("%x%"), Like::Contains(_)) && like("aXb", &Like::of("%x%")));
        assert!(like("UNIX STREAM", &Like::of("UNIX%")) && !like("UN", &Like::of("UNIX%")));
    }

    #[test]
    fn parts_are_counted_from_one() {
        assert_eq!(part("größe", 3, 2), "öß");
        assert_eq!(part("abc", 2, i64::MAX), "bc");
        assert_eq!(part("abc", 1, -1), "");
        assert_eq!(part("abc", 9, 2), "");
    }
}
