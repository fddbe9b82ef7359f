//! Sequence numbers of each lane and CPU: what is there, what losses account for, and what is neither.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Problem;

/// Most separate stretches kept for one lane and CPU. A capture with more is either forged or its losses are as many.
const RUN_LIMIT: usize = 1 << 20;

/// What a loss frame accounts for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loss {
    pub(super) lane: u8,
    pub(super) cpu: u32,
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) count: u64,
}

/// Frames that follow each other, and where the block lies that begins with the first of them.
#[derive(Clone, Debug)]
struct Stretch {
    first: u64,
    last: u64,
    file: PathBuf,
    offset: u64,
}

#[derive(Default)]
struct LaneOfCpu {
    stretches: Vec<Stretch>,
    losses: Vec<(u64, u64)>,
    is_full: bool,
}

/// Sequence numbers of the capture.
#[derive(Default)]
pub(super) struct Sequences {
    lanes: BTreeMap<(u8, u32), LaneOfCpu>,
}

/// The numbers of one block's frames.
pub(super) struct Run<'a> {
    lane: &'a mut LaneOfCpu,
    file: &'a Path,
    offset: u64,
    open: Option<(u64, u64)>,
}

impl Run<'_> {
    #[inline]
    pub(super) fn add(&mut self, sequence: u64) {
        match &mut self.open {
            Some((_, last)) if last.checked_add(1) == Some(sequence) => *last = sequence,
            _ => {
                self.close();
                self.open = Some((sequence, sequence));
            }
        }
    }

    pub(super) fn finish(mut self) {
        self.close();
    }

    fn close(&mut self) {
        let Some((first, last)) = self.open.take() else { return };
        if let Some(before) = self.lane.stretches.last_mut().filter(|before| before.last.checked_add(1) == Some(first))
        {
            before.last = last;
        } else if self.lane.stretches.len() < RUN_LIMIT {
            self.lane.stretches.push(Stretch { first, last, file: self.file.to_path_buf(), offset: self.offset });
        } else {
            self.lane.is_full = true;
        }
    }
}

impl Sequences {
    /// For the frames of a block that lies at `offset` of `file`.
    pub(super) fn run<'a>(&'a mut self, lane: u8, cpu: u32, file: &'a Path, offset: u64) -> Run<'a> {
        Run { lane: self.lanes.entry((lane, cpu)).or_default(), file, offset, open: None }
    }

    pub(super) fn lost(&mut self, loss: Loss) {
        if loss.first == 0 || loss.last < loss.first {
            return;
        }
        let lane = self.lanes.entry((loss.lane, loss.cpu)).or_default();
        if lane.losses.len() < RUN_LIMIT {
            lane.losses.push((loss.first, loss.last));
        } else {
            lane.is_full = true;
        }
    }

    /// Holes that no loss accounts for, and numbers that are there twice. With `from_first`, the numbers before the
    /// first frame of a lane and CPU are a hole too.
    pub(super) fn problems(self, from_first: bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        for ((lane, cpu), mut found) in self.lanes {
            let who = whose(lane, cpu);
            found.stretches.sort_by_key(|stretch| stretch.first);
            found.losses.sort_unstable();
            let mut next = if from_first { Some(1) } else { None };
            let mut losses = found.losses.iter().peekable();
            for stretch in &found.stretches {
                let mut problem =
                    |what| problems.push(Problem { file: stretch.file.clone(), offset: stretch.offset, what });
                let expected = next.unwrap_or(stretch.first);
                if stretch.first < expected {
                    let last = stretch.last.min(expected.saturating_sub(1));
                    problem(format!("frames {} to {last} of {who} are there twice", stretch.first));
                }
                let mut at = expected;
                while at < stretch.first {
                    while losses.next_if(|(_, last)| *last < at).is_some() {}
                    match losses.peek() {
                        Some((first, last)) if *first <= at => at = last.saturating_add(1),
                        other => {
                            let end = other.map_or(stretch.first, |(first, _)| stretch.first.min(*first));
                            let last = end.saturating_sub(1);
                            problem(format!(
                                "frames {at} to {last} of {who} are missing, and no loss accounts for them"
                            ));
                            at = end;
                        }
                    }
                }
                next = Some(expected.max(stretch.last.saturating_add(1)));
            }
            if let (true, Some(last)) = (found.is_full, found.stretches.last()) {
                let what = format!("{who} has too many holes to check them all");
                problems.push(Problem { file: last.file.clone(), offset: last.offset, what });
            }
        }
        problems
    }
}

fn whose(lane: u8, cpu: u32) -> String {
    let lane = crate::event::Lane::from_number(lane)
        .map_or_else(|| format!("lane {lane}"), |lane| format!("lane {}", lane.name()));
    if cpu == u32::MAX { format!("{lane}, the recorder's own") } else { format!("{lane}, CPU {cpu}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(stretches: &[(u64, u64)], losses: &[(u64, u64)]) -> Vec<String> {
        let mut sequences = Sequences::default();
        for (first, last) in stretches {
            let mut run = sequences.run(1, 0, Path::new("x"), 0);
            (*first..=*last).for_each(|sequence| run.add(sequence));
            run.finish();
        }
        for (first, last) in losses {
            sequences.lost(Loss { lane: 1, cpu: 0, first: *first, last: *last, count: last - first + 1 });
        }
        sequences.problems(true).into_iter().map(|problem| problem.what).collect()
    }

    #[test]
    fn whole_and_accounted_sequences_have_no_problem() {
        assert!(problems(&[(1, 5), (6, 9)], &[]).is_empty());
        assert!(problems(&[(1, 5), (9, 9)], &[(6, 8)]).is_empty());
        assert!(problems(&[(4, 9)], &[(1, 1), (2, 3)]).is_empty());
        assert!(problems(&[(6, 9), (1, 5)], &[]).is_empty());
    }

    #[test]
    fn holes_and_repetitions_are_named() {
        let missing = |first, last| {
            format!("frames {first} to {last} of lane events, CPU 0 are missing, and no loss accounts for them")
        };
        assert_eq!(problems(&[(1, 5), (9, 9)], &[]), [missing(6, 8)]);
        assert_eq!(problems(&[(1, 5), (9, 9)], &[(7, 7)]), [missing(6, 6), missing(8, 8)]);
        assert_eq!(problems(&[(3, 5)], &[]), [missing(1, 2)]);
        assert_eq!(problems(&[(1, 5), (4, 6)], &[]), ["frames 4 to 5 of lane events, CPU 0 are there twice"]);
    }
}
