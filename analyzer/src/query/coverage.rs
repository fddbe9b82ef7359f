//! What an answer can rest on: the time that the data covers, and what is missing from it.

use std::time::Duration;

use anyhow::Result;

use super::{Answer, Cell, Engine, Question};
use crate::info::Info;

/// Longer than this it is not looked for: a database may come from an enemy.
const PATIENCE: Duration = Duration::from_secs(10);

/// Problems that are kept, at the most.
const PROBLEMS: usize = 16;

/// What the captures in a database cover together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// How many captures there are.
    pub captures: u64,
    /// Start of the first, UTC nanoseconds.
    pub start_ns: i64,
    /// End of the last, UTC nanoseconds.
    pub end_ns: i64,
    /// Events that were lost.
    pub lost: u64,
    /// Parts that could not be read.
    pub damaged: u64,
    /// What else is missing, in words of [`Info::problems`](crate::info::Info::problems); 16 at the most.
    pub problems: Vec<String>,
    /// Whether there is everything that was to be recorded, of every capture.
    pub is_complete: bool,
}

impl Coverage {
    /// Asks the engine.
    ///
    /// # Errors
    /// The tables that say it are not there.
    pub fn of(engine: &dyn Engine) -> Result<Coverage> {
        let mut coverage = Coverage { is_complete: true, ..Coverage::default() };
        let captures = "SELECT start_ns, end_ns, lost, CASE WHEN complete THEN 1 ELSE 0 END, problems FROM captures ORDER BY start_ns";
        rows(engine, captures, &mut |cells| coverage.add(cells))?;
        rows(engine, "SELECT count(*) FROM damage", &mut |cells| {
            coverage.damaged = cells.first().map_or(0, count);
        })?;
        Ok(coverage)
    }

    /// Of one capture, by its index: parts that only reading shows to be damaged are not counted.
    pub fn of_capture(info: &Info) -> Coverage {
        let mut coverage = Coverage {
            captures: 1,
            start_ns: info.start_ns,
            end_ns: info.end_ns,
            lost: info.lost(),
            damaged: info.damage.len() as u64,
            problems: Vec::new(),
            is_complete: info.is_complete(),
        };
        coverage.add_problems(info.problems.iter().map(String::as_str));
        coverage
    }

    fn add(&mut self, cells: &[Cell]) {
        let [start, end, lost, complete, problems] = cells else { return };
        let number = |cell: &Cell| if let Cell::Integer(number) = cell { *number } else { 0 };
        let is_first = self.captures == 0;
        self.captures += 1;
        self.start_ns = if is_first { number(start) } else { self.start_ns.min(number(start)) };
        self.end_ns = if is_first { number(end) } else { self.end_ns.max(number(end)) };
        self.lost = self.lost.saturating_add(count(lost));
        self.is_complete &= number(complete) == 1;
        if let Cell::Text(text) = problems {
            self.add_problems(text.split("; ").filter(|problem| !problem.is_empty()));
        }
    }

    fn add_problems<'p>(&mut self, problems: impl Iterator<Item = &'p str>) {
        // Losses and damage are counted apart.
        let counted = |problem: &str| problem.ends_with(" events lost") || problem.ends_with(" damaged");
        for problem in problems.filter(|problem| !counted(problem)) {
            if self.problems.len() < PROBLEMS && !self.problems.iter().any(|known| known == problem) {
                self.problems.push(problem.to_owned());
            }
        }
    }
}

fn count(cell: &Cell) -> u64 {
    if let Cell::Integer(number) = cell { u64::try_from(*number).unwrap_or(0) } else { 0 }
}

fn rows(engine: &dyn Engine, sql: &str, each: &mut dyn FnMut(&[Cell])) -> Result<()> {
    struct Each<'e>(&'e mut dyn FnMut(&[Cell]));
    impl Answer for Each<'_> {
        fn columns(&mut self, _: &[&str]) -> Result<()> {
            Ok(())
        }

        fn row(&mut self, cells: &[Cell]) -> Result<()> {
            (self.0)(cells);
            Ok(())
        }
    }
    engine.ask(&Question { sql, timeout: Some(PATIENCE), ..Question::default() }, &mut Each(each))
}
