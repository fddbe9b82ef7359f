//! Limits of time and memory, and captures that cannot be read whole.

use std::fs;
use std::time::{Duration, Instant};

use analyzer::query::{Answer, Cell, Engine, Question, Stopped};
use columnar::{Options, Session};
use formats::capture::{Capture, Segment};

use crate::asking::{Asked, columnar, fixtures, refusal, sorted};

/// Enough rows for anything to be too much, in pieces that are not: it is looked between them whether to go on.
const MANY: &str = "SELECT a.value % 7 + b.value % 11 AS s FROM range(0, 500) a CROSS JOIN range(0, 1000000000) b";

fn stopped(error: &anyhow::Error) -> Stopped {
    *error.downcast_ref().unwrap_or_else(|| panic!("{error:#}"))
}

#[test]
fn a_query_ends_when_its_time_is_over() {
    let session = columnar(&fixtures()[0]);
    let begin = Instant::now();
    let timeout = Some(Duration::from_millis(300));
    let sql = &format!("SELECT count(*) FROM ({MANY}) WHERE s = -1");
    let error = refusal(&session, &Question { sql, timeout, ..Question::default() });
    assert_eq!(stopped(&error), Stopped::TimedOut(Duration::from_millis(300)));
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    assert_eq!(Asked::of(&session, "SELECT 1").rows, [[Cell::Integer(1)]]);
}

#[test]
fn what_was_given_up_keeps_nobody_from_the_next_question() {
    let capture = fixtures().remove(0);
    let session = Session::over_capture(&capture, &Options { threads: 1, ..Options::default() }).unwrap();
    // One piece of work that takes minutes, during which nobody looks whether to go on.
    let sql = "SELECT count(*) FROM range(0, 8000)
        WHERE levenshtein(repeat('a', 3000), concat(repeat('b', 3000), CAST(value AS VARCHAR))) < 0";
    let begin = Instant::now();
    let timeout = Some(Duration::from_millis(300));
    let error = refusal(&session, &Question { sql, timeout, ..Question::default() });
    assert_eq!(stopped(&error), Stopped::TimedOut(Duration::from_millis(300)));
    assert_eq!(Asked::of(&session, "SELECT 1").rows, [[Cell::Integer(1)]]);
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[test]
fn it_is_told_how_far_a_question_is() {
    let capture = fixtures().into_iter().find(|capture| capture.path().ends_with("shell.tracee")).unwrap();
    let session = columnar(&capture);
    let meter = session.meter();
    let done = std::thread::scope(|scope| {
        let asked = scope.spawn(|| {
            let sql = "SELECT count(*) FROM (SELECT comm FROM events CROSS JOIN range(0, 300)) WHERE comm = 'none'";
            Asked::of(&session, sql)
        });
        let mut seen = Vec::new();
        while !asked.is_finished() {
            seen.push(meter.read());
            std::thread::sleep(Duration::from_millis(1));
        }
        seen
    });
    let length: u64 = capture.segments().iter().map(|segment| segment.length).sum();
    assert!(done.iter().all(|(done, total)| done <= total), "{done:?}");
    assert!(done.iter().any(|(_, total)| *total >= length), "{length}: {done:?}");
}

/// Interrupts at the first row, as Ctrl-C does from another thread.
struct Impatient<'e>(&'e Session, u64);

impl Answer for Impatient<'_> {
    fn columns(&mut self, _: &[&str]) -> anyhow::Result<()> {
        Ok(())
    }

    fn row(&mut self, _: &[Cell]) -> anyhow::Result<()> {
        self.1 += 1;
        self.0.interrupt().stop();
        Ok(())
    }
}

#[test]
fn a_query_ends_when_it_is_interrupted_and_the_next_is_answered() {
    let session = columnar(&fixtures()[0]);
    let mut impatient = Impatient(&session, 0);
    let error = session.ask(&Question { sql: MANY, ..Question::default() }, &mut impatient).unwrap_err();
    assert_eq!(stopped(&error), Stopped::Interrupted);
    assert_eq!(impatient.1, 1);
    // Before it has a row.
    let interrupt = session.interrupt();
    let waiting = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        interrupt.stop();
    });
    let sql = &format!("SELECT count(*) FROM ({MANY}) WHERE s = -1");
    let error = refusal(&session, &Question { sql, ..Question::default() });
    assert_eq!(stopped(&error), Stopped::Interrupted);
    waiting.join().unwrap();
    assert_eq!(Asked::of(&session, "SELECT 1").rows, [[Cell::Integer(1)]]);
}

#[test]
fn what_does_not_fit_into_memory_goes_through_files_or_is_refused() {
    let capture = fixtures().remove(0);
    let options = |memory_limit| Options { memory_limit, threads: 1, ..Options::default() };
    let small = Session::over_capture(&capture, &options(6 << 20)).unwrap();
    let large = columnar(&capture);
    let sql = "SELECT sum(v * n), max(n) FROM (SELECT v, row_number() OVER (ORDER BY v) AS n
        FROM (SELECT value * 7919 % 1000003 AS v FROM range(0, 1000000)))";
    assert_eq!(Asked::of(&small, sql).rows, Asked::of(&large, sql).rows);
    let spilled = format!("{:?}", Asked::of(&small, &format!("EXPLAIN ANALYZE {sql}")).rows);
    assert!(spilled.contains("spill_count=") && !spilled.contains("spill_count=0,"), "{spilled}");
    // A single value cannot be put aside.
    let sql = "SELECT length(string_agg(repeat(CAST(value AS VARCHAR), 100), ',')) FROM range(0, 100000)";
    let error = refusal(&small, &Question { sql, ..Question::default() });
    assert_eq!(stopped(&error), Stopped::Memory(6 << 20));
}

#[test]
fn a_damaged_block_is_left_out_and_told() {
    let fixture = fixtures().into_iter().find(|capture| capture.path().ends_with("shell.tracee")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let whole = Asked::of(&columnar(&fixture), "SELECT event, event_key FROM events").rows;
    let mut bytes = fs::read(fixture.path()).unwrap();
    let segment = Segment::open(&fixture.segments()[0]).unwrap();
    let block = segment
        .frame_blocks()
        .find(|block| {
            block.header.kinds.iter().any(|kind| segment.schema().by_name("openat").is_some_and(|e| e.id == kind.event))
        })
        .unwrap();
    let end = (segment.file_offset(block.offset) + block.header.block_len()) as usize;
    for byte in &mut bytes[end - 24..end - 8] {
        *byte ^= 0x5a;
    }
    let path = folder.path().join("damaged.tracee");
    fs::write(&path, bytes).unwrap();
    let capture = Capture::open(&path).unwrap();
    let session = columnar(&capture);
    let left = Asked::of(&session, "SELECT event, event_key FROM events").rows;
    assert!(left.len() < whole.len() && !left.is_empty(), "{} of {}", left.len(), whole.len());
    assert_eq!(session.damage().len(), 1, "{:?}", session.damage());
    let database = analyzer::query::Database::open_capture(&capture, 1, &|_, _| ()).unwrap();
    for sql in ["SELECT * FROM damage", "SELECT event, event_key FROM events", "SELECT * FROM processes"] {
        assert_eq!(sorted(Asked::of(&session, sql).rows), sorted(Asked::of(&database, sql).rows), "{sql}");
    }
}
