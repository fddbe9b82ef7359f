//! Points in time: RFC 3339, `YYYY-MM-DD HH:MM:SS[.ffffff]` (UTC, as `ts` is printed), `+5s` from the capture's start, or
//! `now`.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::duration;

/// A point in time as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// UTC nanoseconds since 1970.
    Absolute(i64),
    /// Nanoseconds after the capture's start.
    FromStart(i64),
    /// The present.
    Now,
}

impl Moment {
    /// UTC nanoseconds since 1970, for a capture that began at `start_ns`, at `now_ns`.
    pub(crate) fn resolve(self, start_ns: i64, now_ns: i64) -> i64 {
        match self {
            Moment::Absolute(at_ns) => at_ns,
            Moment::FromStart(after_ns) => start_ns.saturating_add(after_ns),
            Moment::Now => now_ns,
        }
    }
}

/// Reads a point in time.
pub(crate) fn parse(text: &str) -> Result<Moment, String> {
    if text == "now" {
        return Ok(Moment::Now);
    }
    if let Some(after) = text.strip_prefix('+') {
        let nanoseconds = duration::parse_any(after)?.as_nanos();
        return Ok(Moment::FromStart(i64::try_from(nanoseconds).unwrap_or(i64::MAX)));
    }
    let midnight = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    let utc = DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .ok()
        .or_else(|| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok().map(|at| at.and_utc()))
        .or_else(|| midnight().map(|at| at.and_utc()))
        .ok_or(
            "a time is like 2026-01-31T08:00:00Z, \"2026-01-31 08:00:00\" (UTC), +5s (from the capture's start) or now",
        )?;
    utc.timestamp_nanos_opt().map(Moment::Absolute).ok_or_else(|| "a time is between the years 1677 and 2262".into())
}

#[cfg(test)]
mod tests {
    use super::{Moment, parse};

    const EIGHT: Moment = Moment::Absolute(1_769_846_400_000_000_000);

    #[test]
    fn the_same_moment_is_written_in_many_ways() {
        for text in
            ["2026-01-31T08:00:00Z", "2026-01-31T09:00:00+01:00", "2026-01-31 08:00:00", "2026-01-31 08:00:00.000000"]
        {
            assert_eq!(parse(text), Ok(EIGHT), "{text}");
        }
        assert_eq!(parse("2026-01-31 08:00:00.000001"), Ok(Moment::Absolute(1_769_846_400_000_001_000)));
        assert_eq!(parse("2026-01-31"), parse("2026-01-31 00:00:00"));
    }

    #[test]
    fn a_relative_moment_counts_from_the_start() {
        assert_eq!(parse("+5s").unwrap().resolve(7, 9), 5_000_000_007);
        assert_eq!(parse("+1.5s").unwrap().resolve(0, 9), 1_500_000_000);
        assert_eq!(parse("+90d").unwrap().resolve(i64::MAX, 9), i64::MAX);
        assert_eq!(parse("now").unwrap().resolve(7, 9), 9);
        assert_eq!(EIGHT.resolve(7, 9), 1_769_846_400_000_000_000);
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "Now", "5s", "2026-13-01 00:00:00", "2026-01-31 8 o'clock", "1769846400"] {
            assert!(parse(text).unwrap_err().contains("a time is like"), "{text}");
        }
        assert!(parse("+5").unwrap_err().contains("like 30s"));
        assert!(parse("9999-01-01 00:00:00").unwrap_err().contains("1677 and 2262"));
    }
}
