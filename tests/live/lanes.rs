//! A flood in one lane does not push out another.

use std::collections::BTreeSet;
use std::path::Path;

use crate::capture::{Capture, LIMIT, text};
use crate::{machine, process, program};

const EXECS: usize = 1000;

#[test]
fn a_thousand_execs_survive_four_flooding_threads() {
    let Some(_turn) = machine::turn("a_thousand_execs_survive_four_flooding_threads") else { return };
    let (program, nothing) = (program::build("lanes"), program::build_static("nothing"));
    // A recorder that the machine keeps waiting loses of its own lane too, and says how many.
    machine::in_one_of_three("a thousand execs beside a flood", || {
        let missing = flood(&program, &nothing);
        if missing > 0 {
            eprintln!("{missing} of {EXECS} execs lost, as the capture says");
        }
        missing == 0
    });
}

/// Records the flood, and returns how many of the programs are missing: as many as the capture says.
fn flood(program: &Path, nothing: &Path) -> usize {
    let capture = Capture::planned();
    let count = EXECS.to_string();
    // Small rings, so that the events lane overflows where the recorder would otherwise keep up.
    let command = [program.as_os_str(), count.as_ref(), nothing.as_os_str()];
    let finished = process::run(&mut capture.recorder(&["--buffer-size", "2MiB"], &command), LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let flooded: u64 = finished.stdout_text().trim().parse().expect("the program says how many calls it made");
    assert!(flooded > 50_000, "the threads flooded: {flooded} calls");

    let executed = capture.events(&["--event", "sched_process_exec"]);
    let mut numbers = BTreeSet::new();
    for row in &executed {
        let args = row.get("args").expect("arguments").to_string();
        let run = args.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').find(|word| word.starts_with("run-"));
        if let Some(run) = run {
            assert!(numbers.insert(run.to_owned()), "{run} twice");
            assert_eq!(text(row, "exe"), nothing.display().to_string(), "{row}");
        }
    }
    let expected: BTreeSet<String> = (0..EXECS).map(|number| format!("run-{number}")).collect();
    let missing: Vec<_> = expected.difference(&numbers).collect();
    let lost = capture.number("SELECT coalesce(sum(count), 0) FROM losses WHERE event = 'sched_process_exec'");
    assert_eq!(missing.len() as i64, lost, "missing: {missing:?}");
    eprintln!("{} of {EXECS} execs beside {flooded} calls; {}", numbers.len(), finished.stderr.trim());
    capture.verify();
    missing.len()
}
