//! Parts of a moment, UTC.

use policy::calendar::civil;

/// A part of a moment that can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// Of the month, from 1.
    Day,
    /// Of the year as ISO 8601 counts, from 1.
    Week,
    /// From 1.
    Month,
    /// Of the common era.
    Year,
}

impl Part {
    /// The part that a modifier names.
    pub(crate) fn named(name: &str) -> Option<Part> {
        Some(match name {
            "minute" => Part::Minute,
            "hour" => Part::Hour,
            "day" => Part::Day,
            "week" => Part::Week,
            "month" => Part::Month,
            "year" => Part::Year,
            _ => return None,
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Part::Minute => "minute",
            Part::Hour => "hour",
            Part::Day => "day",
            Part::Week => "week",
            Part::Month => "month",
            Part::Year => "year",
        }
    }

    /// This part of `ns` nanoseconds since 1970.
    pub fn of(self, ns: i64) -> i64 {
        let seconds = ns.div_euclid(1_000_000_000);
        let days = seconds.div_euclid(86_400);
        match self {
            Part::Minute => seconds.div_euclid(60).rem_euclid(60),
            Part::Hour => seconds.div_euclid(3600).rem_euclid(24),
            Part::Day => civil(days).2,
            Part::Month => civil(days).1,
            Part::Year => civil(days).0,
            Part::Week => {
                // The week belongs to the year that its Thursday is in; 1970 began with one.
                let thursday = days - (days + 3).rem_euclid(7) + 3;
                let (year, ..) = civil(thursday);
                (thursday - days_before(year)).div_euclid(7) + 1
            }
        }
    }
}

/// The day, counted from 1970, that a year begins with.
fn days_before(year: i64) -> i64 {
    let before = year - 1;
    before * 365 + before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400) - 719_162
}

#[cfg(test)]
mod tests {
    use super::Part;

    #[test]
    fn parts_of_moments() {
        // 2024-02-29 23:59:59, 2021-01-01 00:00:00 (a Friday, of week 53), 1969-12-31 23:59:59.999999999.
        for (ns, parts) in [
            (1_709_251_199_000_000_000, [59, 23, 29, 9, 2, 2024]),
            (1_609_459_200_000_000_000, [0, 0, 1, 53, 1, 2021]),
            (-1, [59, 23, 31, 1, 12, 1969]),
        ] {
            let all = [Part::Minute, Part::Hour, Part::Day, Part::Week, Part::Month, Part::Year];
            assert_eq!(all.map(|part| part.of(ns)), parts);
        }
    }

    #[test]
    fn hostile_times_do_not_panic() {
        for ns in [i64::MIN, i64::MAX, 0] {
            for part in [Part::Minute, Part::Hour, Part::Day, Part::Week, Part::Month, Part::Year] {
                part.of(ns);
            }
        }
    }
}
