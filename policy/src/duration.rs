//! Durations: `30s`, `5m`, `1h30m`, `250ms`, `1.5s`.

use std::time::Duration;

const UNITS: &[(&str, u128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

const EXPECTED: &str = "a duration is numbers with units (d, h, m, s, ms, us, ns), like 30s, 5m or 1h30m";

/// Reads a duration that is longer than nothing.
///
/// # Errors
/// One sentence that says what would be right.
pub fn parse(text: &str) -> Result<Duration, String> {
    match parse_any(text)? {
        Duration::ZERO => Err("a duration of zero is not possible".into()),
        duration => Ok(duration),
    }
}

/// Reads a duration, zero included.
///
/// # Errors
/// One sentence that says what would be right.
pub fn parse_any(text: &str) -> Result<Duration, String> {
    let mut rest = text;
    let mut total: u128 = 0;
    loop {
        let (nanoseconds, after) = parse_part(rest)?;
        total = total.checked_add(nanoseconds).ok_or(EXPECTED)?;
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    // A signed 64-bit number of nanoseconds is what every clock of a capture counts in: 292 years.
    match i64::try_from(total) {
        Ok(nanoseconds) => Ok(Duration::from_nanos(nanoseconds.unsigned_abs())),
        Err(_) => Err("the duration is longer than 292 years".into()),
    }
}

/// Reads one number with its unit; returns nanoseconds and what follows.
fn parse_part(text: &str) -> Result<(u128, &str), String> {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(number_end);
    let unit_end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit_end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor).ok_or(EXPECTED)?;
    if whole.is_empty() || fraction.is_empty() || fraction.len() > 9 {
        return Err(EXPECTED.into());
    }
    let whole: u128 = whole.parse().map_err(|_| EXPECTED)?;
    let scale = 10u128.pow(fraction.len() as u32);
    let fraction: u128 = fraction.parse().map_err(|_| EXPECTED)?;
    let nanoseconds = whole.checked_mul(factor).ok_or("the duration is longer than 292 years")?;
    Ok((nanoseconds.saturating_add(fraction * factor / scale), rest))
}

#[cfg(test)]
mod tests {
    use super::{Duration, parse_any};

    #[test]
    fn parts_add_up() {
        assert_eq!(parse_any("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse_any("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(parse_any("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse_any("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(parse_any("2s250ms"), Ok(Duration::from_millis(2250)));
        assert_eq!(parse_any("1d"), Ok(Duration::from_secs(86_400)));
        assert_eq!(parse_any("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "5", "s", "5 m", "-5s", "5x", "5s3", ".5s", "5.s", "1.2.3s", "1m ", "5M"] {
            assert!(parse_any(text).unwrap_err().contains("like 30s"), "{text}");
        }
        for text in ["999999999999d", "340282366920938463463374607431768211455d"] {
            assert!(parse_any(text).unwrap_err().contains("292 years"), "{text}");
        }
    }

    #[test]
    fn no_time_is_refused() {
        assert!(super::parse("0s").unwrap_err().contains("zero"));
    }
}
