//! Values for the `:name`s of a question.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use analyzer::query::{Cell, Coverage};

use crate::arguments::{duration, time};

/// What times are reckoned from.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// Start of what is asked, UTC nanoseconds.
    pub(super) start_ns: i64,
}

impl Clock {
    /// That of what the engine holds.
    pub(super) fn of(covered: Option<&Coverage>) -> Clock {
        Clock { start_ns: covered.map_or(0, |coverage| coverage.start_ns) }
    }
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Real,
    Text,
    /// A point in time, as nanoseconds (UTC).
    Time,
    /// As nanoseconds.
    Duration,
}

impl Kind {
    const ALL: [(&'static str, Kind); 5] = [
        ("integer", Kind::Integer),
        ("real", Kind::Real),
        ("text", Kind::Text),
        ("time", Kind::Time),
        ("duration", Kind::Duration),
    ];

    /// The kind of this name.
    pub(super) fn named(name: &str) -> Option<Kind> {
        Kind::ALL.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        Kind::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Reads a value. The error is one sentence.
    pub(super) fn read(self, text: &str, clock: &Clock) -> Result<Cell, String> {
        let nanoseconds = |duration: Duration| Cell::Integer(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX));
        match self {
            Kind::Integer => text.parse().map(Cell::Integer).map_err(|_| format!("{text:?} is no whole number")),
            Kind::Real => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Cell::Real(number)),
                _ => Err(format!("{text:?} is no number")),
            },
            Kind::Text => Ok(Cell::Text(text.to_owned())),
            Kind::Time => match text.parse() {
                // As `ts_ns` is printed.
                Ok(ts_ns) => Ok(Cell::Integer(ts_ns)),
                Err(_) => time::parse(text).map(|moment| Cell::Integer(moment.resolve(clock.start_ns, now_ns()))),
            },
            Kind::Duration => duration::parse_any(text).map(nanoseconds),
        }
    }
}

fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Reads `NAME=VALUE`.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let is_name = |name: &str| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && is_word(name);
    match text.split_once('=') {
        Some((name, value)) if is_name(name) => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a parameter is NAME=VALUE, like pid=1234".into()),
    }
}

fn is_word(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Values for SQL that declares nothing: a number is one, and anything else, or what is in single quotes, is text.
pub(super) fn guessed(pairs: &[(String, String)]) -> Vec<(String, Cell)> {
    let guess = |text: &str| {
        let quoted = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        let real = || text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Cell::Real);
        match quoted {
            Some(text) => Cell::Text(text.replace("''", "'")),
            None => text.parse().ok().map(Cell::Integer).or_else(real).unwrap_or_else(|| Cell::Text(text.to_owned())),
        }
    };
    pairs.iter().map(|(name, text)| (name.clone(), guess(text))).collect()
}

#[cfg(test)]
mod tests {
    use analyzer::query::Cell;

    use super::{Clock, Kind, guessed, pair};

    #[test]
    fn a_value_is_read_as_what_it_is_declared() {
        let clock = Clock { start_ns: 1_000 };
        for (kind, text, expected) in [
            (Kind::Integer, "-5", Cell::Integer(-5)),
            (Kind::Real, "1e3", Cell::Real(1000.0)),
            (Kind::Text, "5", Cell::Text("5".into())),
            (Kind::Time, "+5s", Cell::Integer(5_000_001_000)),
            (Kind::Time, "1970-01-01 00:00:01", Cell::Integer(1_000_000_000)),
            (Kind::Time, "1770000000000000000", Cell::Integer(1_770_000_000_000_000_000)),
            (Kind::Duration, "250ms", Cell::Integer(250_000_000)),
        ] {
            assert_eq!(kind.read(text, &clock), Ok(expected), "{text}");
            assert_eq!(Kind::named(kind.name()), Some(kind));
        }
        for (kind, text) in [(Kind::Integer, "x"), (Kind::Real, "inf"), (Kind::Time, "soon"), (Kind::Duration, "5")] {
            assert!(kind.read(text, &clock).is_err(), "{text}");
        }
    }

    #[test]
    fn what_nobody_declared_is_a_number_when_it_looks_like_one() {
        let of = |text: &str| guessed(&[("x".to_owned(), text.to_owned())]).remove(0).1;
        assert_eq!(of("5"), Cell::Integer(5));
        assert_eq!(of("0.5"), Cell::Real(0.5));
        assert_eq!(of("nan"), Cell::Text("nan".into()));
        assert_eq!(of("'5'"), Cell::Text("5".into()));
        assert_eq!(of("/tmp/%"), Cell::Text("/tmp/%".into()));
    }

    #[test]
    fn a_pair_has_a_name() {
        assert_eq!(pair("a=b=c"), Ok(("a".into(), "b=c".into())));
        for text in ["a", "=b", "1a=b", "a b=c", ":a=b"] {
            assert!(pair(text).unwrap_err().contains("NAME=VALUE"), "{text}");
        }
    }
}
