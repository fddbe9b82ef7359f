//! What is said of every result: which time it covers, and whether that is all there was.

use analyzer::query::Coverage;
use analyzer::text::timestamp;

use crate::output::amount::counted;

/// The sentence for what an engine holds; `None` when that is not known.
pub(super) fn sentence(covered: Option<&Coverage>, is_written: bool) -> String {
    match covered {
        Some(coverage) if coverage.captures > 0 => of(coverage, is_written),
        _ => "what this covers is not known: the database does not say it".to_owned(),
    }
}

fn of(coverage: &Coverage, is_written: bool) -> String {
    let range = format!("{} to {} UTC", timestamp(coverage.start_ns), timestamp(coverage.end_ns));
    let captures = if coverage.captures > 1 { format!(" in {} captures", coverage.captures) } else { String::new() };
    let mut missing = Vec::new();
    if is_written {
        missing.push("the capture is still being written".to_owned());
    }
    if coverage.lost > 0 {
        missing.push(format!("{} lost", counted(coverage.lost, "event")));
    }
    if coverage.damaged > 0 {
        missing.push(format!("{} left out", counted(coverage.damaged, "damaged part")));
    }
    // Of a capture that is being written, the end is not there. What no hook sees was not lost, and is said all the same.
    let (hooks, problems): (Vec<_>, Vec<_>) =
        coverage.problems.iter().cloned().partition(|problem| problem.ends_with(" hooks missing"));
    missing.extend(problems.into_iter().filter(|_| !is_written));
    let unseen: String = hooks.iter().map(|hooks| format!("; {hooks}")).collect();
    if missing.is_empty() && (coverage.is_complete || !hooks.is_empty()) {
        return format!("complete: {range}{captures}, no event lost{unseen}");
    }
    format!("not complete: {range}{captures}; {}{unseen}", missing.join("; "))
}

#[cfg(test)]
mod tests {
    use analyzer::query::Coverage;

    use super::of;

    #[test]
    fn what_is_missing_is_said_and_nothing_else() {
        let whole = Coverage { captures: 1, end_ns: 1_500_000_000, is_complete: true, ..Coverage::default() };
        let range = "1970-01-01 00:00:00.000000 to 1970-01-01 00:00:01.500000 UTC";
        assert_eq!(of(&whole, false), format!("complete: {range}, no event lost"));
        let two = Coverage { captures: 2, ..whole.clone() };
        assert_eq!(of(&two, false), format!("complete: {range} in 2 captures, no event lost"));
        let hooks = Coverage { is_complete: false, problems: vec!["9 hooks missing".to_owned()], ..whole.clone() };
        assert_eq!(of(&hooks, false), format!("complete: {range}, no event lost; 9 hooks missing"));
        let problems = vec!["segment 2 is missing".to_owned()];
        let part = Coverage { lost: 1234, damaged: 1, problems, is_complete: false, ..whole };
        assert_eq!(
            of(&part, false),
            format!("not complete: {range}; 1,234 events lost; 1 damaged part left out; segment 2 is missing")
        );
        assert_eq!(
            of(&part, true),
            format!(
                "not complete: {range}; the capture is still being written; 1,234 events lost; 1 damaged part left out"
            )
        );
    }
}
