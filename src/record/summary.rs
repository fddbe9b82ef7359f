//! What is said at the end of a recording.

use std::path::Path;

use recorder::Outcome;

use crate::output::amount::{bytes, counted, grouped};

/// The sentences, for people: what there is, whether it is whole, and what the kernel could not give.
pub(super) fn lines(output: &Path, outcome: &Outcome) -> Vec<String> {
    let mut lines = vec![format!(
        "{}: {}, {} in {}; {}",
        output.display(),
        counted(outcome.written, "frame"),
        bytes(outcome.bytes),
        counted(outcome.segments, "segment"),
        wholeness(outcome)
    )];
    for (limit, count) in &outcome.limits {
        lines.push(format!("limit reached: {limit} ({})", counted_times(*count)));
    }
    if let Some(missing) = missing(&outcome.missing) {
        lines.push(format!("no hook on this kernel for {missing}; `tracee info {}` says why", output.display()));
    }
    lines
}

fn counted_times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{} times", grouped(count)) }
}

/// The events that have no hook, by name as far as these fit on a line.
fn missing(events: &[String]) -> Option<String> {
    const NAMED: usize = 3;
    match events {
        [] => None,
        _ if events.len() <= NAMED + 1 => Some(events.join(", ")),
        _ => Some(format!("{} and {} more", events[..NAMED].join(", "), events.len() - NAMED)),
    }
}

fn wholeness(outcome: &Outcome) -> String {
    let unexplained = outcome.produced.saturating_sub(outcome.written).saturating_sub(outcome.lost);
    match (outcome.lost, unexplained) {
        (0, 0) if outcome.error.is_none() => format!("complete ({})", outcome.stop),
        (0, 0) => format!("partial ({})", outcome.stop),
        (lost, 0) => format!("partial: {} of {} lost ({})", grouped(lost), grouped(outcome.produced), outcome.stop),
        (lost, more) => {
            format!("partial: {} lost, {} unaccounted for ({})", grouped(lost), grouped(more), outcome.stop)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use recorder::Outcome;

    use super::{lines, missing};

    fn outcome() -> Outcome {
        Outcome {
            status: Some(0),
            produced: 1_234_567,
            written: 1_234_567,
            segments: 1,
            bytes: 5 << 20,
            stop: "the command ended".into(),
            ..Outcome::default()
        }
    }

    #[test]
    fn a_complete_recording_says_so() {
        assert_eq!(
            lines(Path::new("cap"), &outcome()),
            ["cap: 1,234,567 frames, 5.0 MiB in 1 segment; complete (the command ended)"]
        );
    }

    #[test]
    fn losses_and_missing_hooks_are_named() {
        let partial = Outcome { written: 1_234_560, lost: 7, segments: 2, missing: vec!["x".into()], ..outcome() };
        assert_eq!(
            lines(Path::new("cap"), &partial),
            [
                "cap: 1,234,560 frames, 5.0 MiB in 2 segments; partial: 7 of 1,234,567 lost (the command ended)",
                "no hook on this kernel for x; `tracee info cap` says why"
            ]
        );
        let names = |count: usize| (1..=count).map(|number| format!("e{number}")).collect::<Vec<_>>();
        assert_eq!(missing(&names(4)).unwrap(), "e1, e2, e3, e4");
        assert_eq!(missing(&names(5)).unwrap(), "e1, e2, e3 and 2 more");
        let holes = Outcome { written: 1_234_560, lost: 5, ..outcome() };
        assert!(lines(Path::new("cap"), &holes)[0].contains("partial: 5 lost, 2 unaccounted for"));
    }
}
