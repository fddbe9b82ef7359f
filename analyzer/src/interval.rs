//! Intervals: how long something was there, as far as a capture can tell.

/// From when to when something was there, within the time that a capture covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Start, UTC nanoseconds.
    pub start_ns: i64,
    /// End, UTC nanoseconds; never before the start.
    pub end_ns: i64,
    /// Whether it began before, or at an unknown time.
    pub start_open: bool,
    /// Whether it ended later, at an unknown time, or not at all.
    pub end_open: bool,
}

impl Interval {
    /// The part of an interval, given in UTC nanoseconds as far as it is known, that lies within `range`, a start and an end.
    pub fn within(range: (i64, i64), start_ns: Option<i64>, end_ns: Option<i64>) -> Interval {
        let (first, last) = (range.0, range.1.max(range.0));
        let is_inside = |ns: &i64| (first..=last).contains(ns);
        let start = start_ns.filter(is_inside);
        // What began behind the end, or ended before the start, is at that edge.
        let edge = |ns: Option<i64>, unknown: i64| ns.map_or(unknown, |ns| ns.clamp(first, last));
        let from = start.unwrap_or_else(|| edge(start_ns, first));
        let end = end_ns.filter(is_inside).filter(|end| *end >= from);
        Interval {
            start_ns: from,
            end_ns: end.unwrap_or_else(|| edge(end_ns, last).max(from)),
            start_open: start.is_none(),
            end_open: end.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(start_ns: Option<i64>, end_ns: Option<i64>) -> (i64, i64, bool, bool) {
        let interval = Interval::within((100, 200), start_ns, end_ns);
        (interval.start_ns, interval.end_ns, interval.start_open, interval.end_open)
    }

    #[test]
    fn bounds_outside_or_unknown_are_open() {
        assert_eq!(within(Some(110), Some(120)), (110, 120, false, false));
        assert_eq!(within(Some(100), Some(200)), (100, 200, false, false));
        assert_eq!(within(None, None), (100, 200, true, true));
        assert_eq!(within(Some(50), Some(120)), (100, 120, true, false));
        assert_eq!(within(Some(150), Some(250)), (150, 200, false, true));
        assert_eq!(within(Some(10), Some(20)), (100, 100, true, true));
        assert_eq!(within(Some(300), None), (200, 200, true, true));
    }

    #[test]
    fn no_end_comes_before_its_start() {
        assert_eq!(within(Some(150), Some(120)), (150, 150, false, true));
        let backwards = Interval::within((200, 100), None, None);
        assert_eq!((backwards.start_ns, backwards.end_ns), (200, 200));
    }
}
